"""`process optimize` and `runbooks` through run(): what is said, what is missing, who may."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import TimedOut
from connectors.models.organisation import HandlingTime, Person, StaffingPolicy, Target
from connectors.models.organisation.detection import TechniqueRemap
from connectors.models.organisation.process import (
    Automation,
    Hunt,
    PlaybookRun,
    ProcessPolicy,
    Runbook,
    RunbookStep,
    RunbookUse,
)
from handlers.analysis.runbook_health import PERSONA
from handlers.commands.process_optimize import COMMAND
from handlers.commands.runbooks import COMMAND as RUNBOOKS
from handlers.core.errors import BadFlag, NotFound
from tests.handlers.commands.desk import dangling
from tests.handlers.commands.twins import Desk, cases_frame, cells, events_frame, with_commands, words

START = datetime.fromisoformat("2026-10-05T08:00:00Z")
DAY = date(2026, 11, 22)
LINE = "process optimize --workflow --automation-opportunities"


def closed(case_id: str, **more: Any) -> dict[str, Any]:
    done = START + timedelta(hours=10)
    base = {"case_id": case_id, "title": "Phishing mail", "created_at": START, "updated_at": done, "closed_at": done}
    return base | {"status": "closed", "acknowledged_at": START + timedelta(hours=2), "root_cause": "mail"} | more


def event(case_id: str, hours: float, activity: str, value: str = "") -> dict[str, Any]:
    return {"case_id": case_id, "at": START + timedelta(hours=hours), "activity": activity, "value": value}


def runbook(name: str = "phishing_response", **more: Any) -> Runbook:
    steps = (
        RunbookStep(id="own", text="Take it", mark="owner"),
        RunbookStep(id="why", text="Say why", mark="root_cause"),
    )
    given: dict[str, Any] = {"title": name.replace("_", " "), "file": f"{name}.md", "category": "response",
                             "owner": "lead-01", "reviewed": DAY, "steps": steps}  # fmt: skip
    if name == "phishing_response":
        given["case_types"] = ("Phishing",)
    return Runbook(id=name, **(given | more))


def desk() -> Desk:
    """Thirty phishing cases that all did their steps, nothing late."""
    made = with_commands(COMMAND, RUNBOOKS)
    ids = [str(n) for n in range(30)]
    made.ledger.cases = cases_frame([closed(one) for one in ids])
    made.ledger.events = events_frame(
        [event(one, 0, "CREATE_CASE", "@Tier1") for one in ids]
        + [event(one, 2, "ASSIGNEE_CHANGE", "a1") for one in ids]
        + [event(one, 10, "CLOSE_CASE") for one in ids]
    )
    auto = {"id": "auto-1", "title": "Enrich mail", "case_type": "Phishing", "share": 0.7, "failure": 0.15,
            "build_hours": 5, "action": "read-only", "volume_per_month": 620, "owner": "lead-01"}  # fmt: skip
    made.organisation.files = {
        HandlingTime: [HandlingTime(type="Phishing", match="Phishing", minutes=18, basis="measured")],
        Person: [Person(id="a1", name="A", tier=1, role="r", zone="UTC", desk_user="a1")],
        StaffingPolicy: [StaffingPolicy()],
        Runbook: [runbook(name) for name in PERSONA],
        RunbookUse: [RunbookUse(runbook="phishing_response", case_type="Phishing", period_from=DAY, period_to=DAY,
                                used=40, unused=20, sampled=20, followed=20, minutes_used=16, minutes_unused=24)],
        ProcessPolicy: [ProcessPolicy()],
        Target: [],
        Hunt: [],
        Automation: [Automation.model_validate(auto)],
        PlaybookRun: [],
    }  # fmt: skip
    return made


async def test_worked_example_reaches_the_reader() -> None:
    """620 × 18 min × .70 × .85 is 110.7 hours a month, 0.79 full-time posts at 140 h, green when nothing is wrong."""
    said = await desk().run(LINE)
    assert said.verdict is not None and said.verdict.status == "green"
    assert said.figure("automation.hours").value == pytest.approx(110.67)
    assert said.figure("automation.fte").value == pytest.approx(0.79, abs=0.001)
    assert said.figure("conformance.share").value == 1
    assert said.figure("waiting.bottleneck.hours").value == pytest.approx(60)
    assert said.figure("effort.hours").value == pytest.approx(9)
    assert "headcount" in words(said) and "Quick win: Enrich mail" in words(said)
    assert dangling(said) == set()


async def test_no_flag_is_short() -> None:
    """Without a flag the waits and the three best automations are shown, the rest is a press away."""
    said = await desk().run("process optimize")
    assert [b.caption for b in said.blocks if b.kind == "table"] == ["Where cases wait", "What to automate first"]


async def test_ledger_away_is_unknown_and_no_zero() -> None:
    """Without the ledger the colour is unknown and no flow figure exists; what the file says alone is still scored."""
    made = desk()
    made.ledger.fails["view"] = TimedOut("Case ledger", 5.0)
    said = await made.run(LINE)
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert not [f for f in said.figures if f.id.startswith(("workflow", "waiting", "effort"))]
    assert any("Case ledger" in words_of for words_of in (n.model_dump_json() for n in said.notices))
    hours = said.figure("automation.hours")
    assert hours.value == pytest.approx(110.67) and hours.sources == ("Organisation files",)


async def test_an_automation_without_a_volume_is_unscored_without_the_ledger() -> None:
    """Where the file names no volume and the ledger is away, the hours are unknown with the reason, never zero."""
    made = desk()
    made.ledger.fails["view"] = TimedOut("Case ledger", 5.0)
    one = made.organisation.files[Automation][0]
    made.organisation.files[Automation] = [one.model_copy(update={"volume_per_month": None})]
    hours = (await made.run(LINE)).figure("automation.hours")
    assert (hours.value, hours.note) == (None, "1 of 1 cannot be scored: no volume")


async def test_every_missing_file_is_named() -> None:
    """Each file that is missing is named in a notice, and the answer still comes."""
    for record in (HandlingTime, Runbook, Hunt, Automation, PlaybookRun, ProcessPolicy, Person):
        made = desk()
        del made.organisation.files[record]
        said = await made.run(LINE)
        assert record.FILE in " ".join(n.model_dump_json() for n in said.notices)
        assert dangling(said) == set()


async def test_unscored_automation_is_said() -> None:
    """An automation without a known failure share is named, not scored as if it never failed."""
    made = desk()
    made.organisation.files[Automation][0] = made.organisation.files[Automation][0].model_copy(update={"failure": None})
    said = await made.run(LINE)
    assert "cannot be scored: no failure" in words(said)
    hours = said.figure("automation.hours")
    assert (hours.value, hours.n, hours.note) == (None, None, "1 of 1 cannot be scored: no failure")


async def test_without_minutes_there_are_no_hours_to_give_back() -> None:
    """Handling times missing: the hours to give back are not known, never 0, and the verdict names the file."""
    made = desk()
    del made.organisation.files[HandlingTime]
    said = await made.run(LINE)
    assert [said.figure(f"automation.{name}").value for name in ("hours", "fte")] == [None, None]
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert "Not judged without handling_times.yaml" in words(said)


async def test_a_runbook_not_reviewed_for_longer_than_its_limit_is_stale() -> None:
    """Domain §12: over 180 days unreviewed is stale, 180 days are not, and a runbook's own limit goes first."""
    for days, own, said in ((180, None, "180 d ago"), (181, None, "181 d ago (stale, limit 180 d)"),
                            (31, 30, "31 d ago (stale, limit 30 d)")):  # fmt: skip
        made = desk()
        made.organisation.files[Runbook] = [runbook(reviewed=DAY - timedelta(days=days), review_days=own)]
        assert cells(await made.run(LINE), "Mandatory steps by runbook")[0][5] == said


async def test_what_never_pays_back_is_not_recommended() -> None:
    """Domain §12: 120 h at 110.67 h a month pay back in 1.1 months; 10,000 h in 90.4, which no verdict recommends."""
    for build, said in ((120, "Automate first: Enrich mail"), (10_000, "Nothing to automate pays back in 24 months")):
        made = desk()
        one = made.organisation.files[Automation][0]
        made.organisation.files[Automation] = [one.model_copy(update={"build_hours": build})]
        answer = await made.run(LINE)
        assert answer.verdict is not None
        text = answer.verdict.model_dump_json()
        assert said in text
        assert f"pays back in {build / 110.67:.1f} months" in text


async def test_a_hunt_for_a_retired_technique_is_named() -> None:
    """A hunt that names T1562.001 is told with what stands for it in ATT&CK today."""
    made = desk()
    made.organisation.files[TechniqueRemap] = [
        TechniqueRemap(old="T1562.001", new="T1685", since="19", confidence="name-inferred", source="s", checked=DAY)
    ]
    made.organisation.files[Hunt] = [Hunt(id="h", title="Hunt", hypothesis="x", owner="lead-01", status="planned",
                                          due=DAY, techniques=("T1562.001",))]  # fmt: skip
    answer = await made.run(LINE)
    assert "h names T1562.001, now T1685" in " ".join(n.model_dump_json() for n in answer.notices)
    made.organisation.files[Hunt] = []
    assert len((await made.run(LINE)).provenance) == len(answer.provenance) - 1
    del made.organisation.files[TechniqueRemap]
    made.organisation.files[Hunt] = [Hunt(id="h", title="Hunt", hypothesis="x", owner="lead-01", status="planned",
                                          due=DAY, techniques=("T1562.001",))]  # fmt: skip
    assert "attack_remap.yaml" in " ".join(n.model_dump_json() for n in (await made.run(LINE)).notices)


async def test_rework_without_the_roster_says_what_it_cannot_see() -> None:
    """Without the roster no going back and forth is seen: the definition leaves it out and the note says so."""
    made = desk()
    assert "went back to a group" in (await made.run(LINE)).figure("workflow.rework").definition
    del made.organisation.files[Person]
    found = (await made.run(LINE)).figure("workflow.rework")
    assert "group" not in found.definition.partition("(95")[0]
    assert "roster.yaml" in found.note


async def test_late_hunt_is_amber_and_missing_steps_are_red() -> None:
    """A hunt past its day is amber; fewer than half of the cases with every mandatory step is red."""
    made = desk()
    made.organisation.files[Hunt] = [Hunt(id="h", title="Hunt", hypothesis="x", owner="lead-01", status="planned",
                                          due=DAY - timedelta(days=1))]  # fmt: skip
    late = await made.run(LINE)
    assert late.verdict is not None and late.verdict.status == "amber" and "Hunt overdue since" in words(late)
    assert "1 hunt is overdue. " in late.verdict.model_dump_json()
    made.ledger.cases = cases_frame([closed(str(n), root_cause=None) for n in range(30)])
    bad = await made.run(LINE)
    assert bad.verdict is not None and bad.verdict.status == "red"


async def test_empty_period_and_bad_timeframe() -> None:
    """A period without cases answers without a statistic, and a timeframe that is none is refused with choices."""
    made = desk()
    said = await made.run(f"{LINE} --timeframe 2026-09")
    assert said.figure("workflow.rework").value is None
    with pytest.raises(BadFlag):
        await made.run("process optimize --timeframe soon")


async def test_runbooks_green_and_misspelt_name() -> None:
    """All nineteen, reviewed and followed: green; the misspelt name shows the runbook; an unknown one is suggested."""
    made = desk()
    said = await made.run("runbooks health")
    assert said.verdict is not None and said.verdict.status == "green"
    assert said.figure("runbooks.count").value == 19
    effects = cells(said, "Use by case type")
    assert effects[0][-1] == "8 min shorter"
    shown = await made.run("runbooks show investgate_a_case_w_external_tools.md")
    assert shown.title == "Runbook: investigate a case w external tools"
    with pytest.raises(NotFound) as told:
        await made.run("runbooks show phishing_respons")
    assert "phishing_response" in told.value.hint
    for line in ("runbooks show", "runbooks list phishing", "runbooks burn"):
        with pytest.raises(BadFlag):
            await made.run(line)


async def test_runbooks_stale_unowned_and_missing() -> None:
    """Stale, unowned and missing runbooks are amber and named; a response runbook surely not followed is red."""
    made = desk()
    books = made.organisation.files[Runbook]
    books[0] = books[0].model_copy(update={"reviewed": DAY - timedelta(days=181)})
    books[1] = books[1].model_copy(update={"owner": None})
    del books[2]
    said = await made.run("runbooks")
    assert said.verdict is not None and said.verdict.status == "amber"
    assert (said.figure("runbooks.stale").value, said.figure("runbooks.unowned").value) == (1, 1)
    assert f"Not in the catalogue: {PERSONA[2]}" in words(said)
    use = made.organisation.files[RunbookUse][0]
    made.organisation.files[RunbookUse] = [use.model_copy(update={"followed": 4})]
    red = await made.run("runbooks health")
    assert red.verdict is not None and red.verdict.status == "red"


async def test_runbooks_without_files() -> None:
    """Without the catalogue or the samples the colour is unknown, the file is named and nothing counts as zero."""
    for record, lost in ((Runbook, "runbooks.count"), (RunbookUse, "runbooks.adherence")):
        made = desk()
        del made.organisation.files[record]
        for line in ("runbooks health", "runbooks show phishing_response"):
            said = await made.run(line)
            assert record.FILE in words(said)
            assert lost not in {f.id for f in said.figures}
        said = await made.run("runbooks")
        assert said.verdict is not None and said.verdict.status == "unknown"


async def test_who_may() -> None:
    """Analysts may not read process metrics."""
    made = desk()
    made.everybody = ("analyst",)
    for line in (LINE, "runbooks"):
        assert (await made.answer(line)).outcome == "refused"
