"""`audit prepare` through run(): scope by framework, requests and their day, gaps, samples, missing inputs."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import Unavailable
from connectors.models.organisation import Control
from connectors.models.organisation.assurance import (
    AssurancePolicy,
    AuditDocument,
    AuditPlan,
    ControlException,
    Evidence,
    FrameworkRef,
    FrameworkTopic,
    MockTest,
    PriorFinding,
)
from connectors.organisation.files import load_file
from handlers.analysis.audit import due_day, references
from handlers.commands.audit_prepare import COMMAND, FRAMEWORKS
from handlers.commands.audit_prepare.sections import sure
from handlers.core.errors import BadFlag, NotFound
from tests.handlers.commands.desk import dangling
from tests.handlers.commands.twins import Desk, cases_frame, cells, lines, with_commands, words

DAY = date(2026, 11, 22)
MAP = tuple(one.record for one in load_file(Path("/nonexistent"), FrameworkTopic))
TOPICS = {one.id: one for one in MAP}


def control(control_id: str, topic: str = "monitoring", **more: Any) -> Control:
    given: dict[str, Any] = {"statement": f"Statement of {control_id}", "owner": "lead-01", "frequency": "annual",
                             "result": "pass", "design": 1, "last_evidence": DAY - timedelta(days=20)}  # fmt: skip
    return Control(id=control_id, topic=topic, **(given | more))


def evidence(control_id: str) -> Evidence:
    return Evidence(
        id=f"e-{control_id}", control=control_id, at=datetime.fromisoformat("2026-11-02T12:00:00Z"),
        period_from=date(2026, 10, 1), period_to=date(2026, 10, 31), kind="report",
    )  # fmt: skip


def plan(**more: Any) -> AuditPlan:
    given: dict[str, Any] = {
        "id": "p", "framework": "soc2", "title": "SOC 2 Type II", "period_from": date(2026, 1, 1),
        "owner": "manager-01", "period_to": date(2026, 12, 31), "fieldwork": date(2027, 1, 18),
        "auditor": "Auditor", "seed": 7,
    }  # fmt: skip
    return AuditPlan(**(given | more))


def desk() -> Desk:
    """Everything in order: one control for every row of the map, evidence, documents, nothing open."""
    made = with_commands(COMMAND)
    controls = [control(f"c-{topic}", topic, key=topic == "monitoring") for topic in TOPICS]
    made.organisation.files = {
        Control: controls,
        Evidence: [evidence(one.id) for one in controls],
        FrameworkTopic: list(MAP),
        AuditPlan: [plan()],
        PriorFinding: [],
        AuditDocument: [AuditDocument(id="d", kind="policy", title="Policy", version="1", approved=date(2026, 2, 1),
                                      review_due=date(2027, 2, 1), owner="manager-01")],
        ControlException: [],
        MockTest: [],
        AssurancePolicy: [AssurancePolicy(holiday_country="DE")],
    }  # fmt: skip
    return made


async def test_all_in_order_is_green_and_never_says_compliant() -> None:
    """With everything in place the answer is green and says so by counts, never by a word about compliance."""
    said = await desk().run("audit prepare --soc-assessment --compliance-framework soc2")
    assert said.verdict is not None and said.verdict.status == "green"
    assert said.figure("evidence.in_place").value == said.figure("evidence.in_place").n == 13
    assert said.figure("requests.ready").value == 14
    assert "compliant" not in words(said).lower() and "not ready" not in str(said.verdict.text)
    assert dangling(said) == set()


def test_evidence_is_due_ten_working_days_before_fieldwork() -> None:
    """Fieldwork on Mon 18 Jan 2027: ten working days before is Mon 4 Jan; New Year's Day is no working day."""
    assert due_day(plan(), 10, "DE") == date(2027, 1, 4)
    assert due_day(plan(), 11, "DE") == date(2026, 12, 31)
    assert due_day(plan(), 11, None) == date(2027, 1, 1)
    assert due_day(None, 10, "DE") is None


@pytest.mark.parametrize("framework", FRAMEWORKS)
async def test_every_framework_has_its_scope(framework: str) -> None:
    """Each framework takes the controls whose row of the map refers to it, and shows those references."""
    made = desk()
    made.organisation.files[AuditPlan] = [plan(framework=framework)]
    said = await made.run(f"audit prepare --soc-assessment --compliance-framework {framework} --controls")
    expected = {f"c-{t.id}" for t in MAP if any(ref.framework == framework for ref in t.references)}
    shown = {row[0].removesuffix(" (key)"): row for row in cells(said, "Controls in scope")}
    assert set(shown) == expected and len(expected) >= 10
    assert all(row[2] != "—" and row[3] != "—" for row in shown.values())
    assert said.figure("audit.controls").value == len(expected)
    assert "must be checked by a person" in words(said)


def test_confidence_travels_with_each_reference() -> None:
    """PCI 12.10.3 was read in the standard, 10.4.1 was not; a control's own reference comes first."""
    pci = references(control("c"), TOPICS, "pci")
    refs = {name: ref.confidence for name, ref in pci}
    assert refs["12.10.3"] == "V" and refs["10.4.1"] == "K"
    assert sure(pci, DAY) == (
        "10.4.1, 10.4.1.1, 11.5.1 K: not compared with the standard; 12.10.3, 12.10.5 V: read in the standard"
    )
    own = control("c", references=(FrameworkRef(framework="pci", ids=("9.9",), confidence="S"),))
    assert references(own, TOPICS, "pci")[0] == ("9.9", own.references[0])
    assert references(control("c", "lessons"), TOPICS, "sox") == ()


def test_that_an_id_exists_is_told_apart_from_its_mapping() -> None:
    """Ids that were looked up have the day beside the words that nobody compared the mapping; an old day is marked."""
    csf = references(control("c", "lessons"), TOPICS, "nist-csf")
    assert sure(csf, DAY) == "K: not compared with the standard; ids exist, 2026-11-22"
    assert sure(csf, DAY + timedelta(days=366)).endswith("ids exist, 2026-11-22, over a year ago")


async def test_a_draft_is_called_a_draft_beside_its_ids() -> None:
    """The list of controls says what the rows of the map call themselves, and where ids were looked up."""
    made = desk()
    made.organisation.files[AuditPlan] = [plan(framework="nist-csf")]
    said = await made.run("audit prepare --compliance-framework nist-csf --controls")
    assert "“draft: not compared with the standards”" in words(said)
    assert "Ids were looked up in: NIST OSCAL catalog of CSF 2.0." in words(said)
    assert {row[3] for row in cells(said, "Controls in scope")} == {
        "K: not compared with the standard; ids exist, 2026-11-22"
    }


def test_the_map_says_how_sure_it_is() -> None:
    """Every row has a confidence and a source, and what is unchecked has no checked date."""
    assert len(MAP) == 13
    for row in MAP:
        assert row.source and (row.checked is None) == (row.mapping_confidence == "K")
        assert row.status.startswith("draft: not compared with the standards")
        assert {ref.framework for ref in row.references} >= {"nist-csf", "iso27001", "soc2", "pci", "dora", "sp800-53"}


async def test_sox_says_what_relies_on_the_soc() -> None:
    """For SOX every control says whether a financial-reporting control relies on it."""
    made = desk()
    made.organisation.files[Control][0] = control("c-monitoring", key=True, relies_on_soc="Log review")
    said = await made.run("audit prepare --soc-assessment --compliance-framework sox --controls")
    rows = {row[0]: row[-1] for row in cells(said, "Controls in scope")}
    assert rows["c-monitoring (key)"] == "yes: Log review" and rows["c-triage"] == "no"
    assert "The SOC is not in scope of SOX as such" in words(said)
    short = await made.run("audit prepare --compliance-framework sox")
    assert "Control relies on SOC: yes for c-monitoring, no for the others." in words(short)


async def test_a_key_control_without_evidence_is_not_ready() -> None:
    """A key control without evidence in the period caps the answer at "not ready", red, whatever the score."""
    made = desk()
    made.organisation.files[Evidence] = made.organisation.files[Evidence][1:]
    said = await made.run("audit prepare")
    assert said.verdict is not None and said.verdict.status == "red"
    assert "not ready, c-monitoring without operating evidence" in words(said)
    score = said.figure("readiness.score").value
    assert score is not None and score > 0.9
    assert cells(said, "Gaps")[0][:2] == ["high", "c-monitoring"]
    assert cells(said, "Evidence requests")[0][3:5] == ["2027-01-04", "missing"]


async def test_requests_past_their_day_are_late() -> None:
    """When the day has passed, what is not ready is late and red, with the audit's owner."""
    made = desk()
    made.organisation.files[AuditPlan] = [plan(fieldwork=date(2026, 11, 30))]
    made.organisation.files[AuditDocument][0] = made.organisation.files[AuditDocument][0].model_copy(
        update={"approved": None}
    )
    said = await made.run("audit prepare")
    assert said.verdict is not None and said.verdict.status == "red"
    assert cells(said, "Evidence requests")[0][4] == "part, late"
    assert "1 evidence request past 2026-11-16 (owner manager-01)." in words(said)


async def test_gaps_by_severity() -> None:
    """Earlier findings, documents, exceptions and own tests are gaps with their severity; verified ones are not."""
    made = desk()
    finding: dict[str, Any] = {
        "audit": "2025",
        "severity": "high",
        "due": date(2026, 9, 30),
        "owner": "o",
        "title": "t",
    }
    made.organisation.files[PriorFinding] = [
        PriorFinding(id="f1", status="open", **finding), PriorFinding(id="f2", status="verified", **finding),
        PriorFinding(id="f3", status="open", **(finding | {"framework": "dora"})),
    ]  # fmt: skip
    made.organisation.files[ControlException] = [ControlException(
        id="x", control="c-triage", reason="r", approved_by="o", approved_on=date(2026, 1, 1),
        expires=date(2026, 11, 21))]  # fmt: skip
    made.organisation.files[MockTest] = [
        MockTest(control="c-triage", on=date(2026, 10, 1), sampled=25, exceptions=1, tester="o")
    ]
    said = await made.run("audit prepare --compliance-framework soc2 --requests --sampling")
    rows = [row[:2] for row in cells(said, "Gaps")]
    assert rows == [["high", "f1"], ["medium", "c-triage"], ["medium", "x"]]
    assert (
        cells(said, "Findings of earlier audits")[0][0] == "f1" and len(cells(said, "Findings of earlier audits")) == 2
    )
    assert cells(said, "Own tests")[0][4:] == ["14.7 %", "one exception: extend the sample or fail"]


async def test_evidence_after_the_fact_is_flagged() -> None:
    """Evidence made long after the period it covers is told with the days."""
    made = desk()
    made.organisation.files[Evidence][0] = evidence("c-monitoring").model_copy(
        update={"period_from": date(2025, 1, 1), "period_to": date(2025, 6, 30)}
    )
    said = await made.run("audit prepare --requests")
    assert cells(said, "Evidence to question")[0][3] == "made 490 days after the period it covers"


async def test_samples_name_their_population_and_can_be_drawn_again() -> None:
    """A sample shows query, count, hash and seed, is the same twice, and opens as a list of cases."""
    made = desk()
    made.organisation.files[Control][0] = control(
        "c-monitoring", key=True, frequency="monthly", population="critical cases"
    )
    rows = [
        {"case_id": str(n), "created_at": datetime.fromisoformat("2026-05-05T08:00:00Z") + timedelta(hours=n),
         "updated_at": datetime.fromisoformat("2026-06-05T08:00:00Z"), "priority": "critical" if n % 2 else "low"}
        for n in range(40)
    ]  # fmt: skip
    made.ledger.cases = cases_frame(rows)
    said = await made.run("audit prepare --sampling")
    first = cells(said, "Samples by control")[0]
    assert first[1] == "critical cases created 2026-01-01T00:00Z to 2026-11-22T09:00Z" and first[2] == "20"
    figure = said.figure("sample.c-monitoring")
    assert figure.value == 5 and figure.n == 20 and figure.cases is not None and figure.cases.count == 5
    assert "seed 7" in figure.definition
    again = cells(await made.run("audit prepare --sampling"), "Samples by control")[0]
    assert again == first
    made.organisation.files[AuditPlan] = [plan(seed=8)]
    assert cells(await made.run("audit prepare --sampling"), "Samples by control")[0][4] != first[4]
    one = await made.run("audit prepare --sample-of c-monitoring")
    assert len(cells(one, "Samples by control")) == 1
    with pytest.raises(NotFound, match="in scope"):
        await made.run("audit prepare --sample-of zz")


async def test_a_silent_ledger_leaves_case_samples_out() -> None:
    """Without the ledger the sample of cases is not available, others stay, and a notice says so."""
    made = desk()
    made.organisation.files[Control][0] = control("c-monitoring", key=True, population="cases")
    made.ledger.fails["view"] = Unavailable("Case ledger", "is away")
    said = await made.run("audit prepare --sampling")
    assert cells(said, "Samples by control")[0][2] == "not available"
    assert "Case ledger is away" in words(said)


async def test_own_systems_and_walkthroughs() -> None:
    """Controls over the SOC's own systems are listed; a control's own script is shown, and who will be asked."""
    made = desk()
    made.organisation.files[Control][0] = control(
        "c-monitoring", key=True, own_system=True, walkthrough=("Open the roster.",)
    )
    said = await made.run("audit prepare --soc-systems --walkthroughs")
    assert [row[0] for row in cells(said, "Access, changes")] == ["c-monitoring"]
    assert "c-monitoring: Open the roster." in words(said)
    assert cells(said, "Interviews")[0][0] == "lead-01"


async def test_without_a_planned_audit_nothing_has_a_day() -> None:
    """A framework without an audit is prepared over the last 365 days, with a notice and without due dates."""
    made = desk()
    made.organisation.files[Evidence] = []
    said = await made.run("audit prepare --compliance-framework pci")
    assert "No audit of PCI DSS 4.0.1 is planned" in words(said)
    assert cells(said, "Evidence requests")[0][3] == "—"
    assert "audit prepare --compliance-framework pci --requests" in lines(said)


async def test_the_next_audit_is_taken() -> None:
    """Without a framework the audit whose fieldwork comes next is prepared; past ones are not."""
    made = desk()
    made.organisation.files[AuditPlan] = [
        plan(fieldwork=date(2026, 11, 21)), plan(framework="dora", fieldwork=date(2027, 2, 1)), plan(title="Later")
    ]  # fmt: skip
    made.organisation.files[AuditPlan][2] = plan(fieldwork=date(2027, 3, 1))
    assert (await made.run("audit prepare")).title == "Audit preparation, DORA"


@pytest.mark.parametrize(
    "record", [Control, Evidence, FrameworkTopic, AuditPlan, PriorFinding, AuditDocument, ControlException, MockTest]
)
async def test_a_missing_file_is_a_notice_and_never_green(record: Any) -> None:
    """Each missing file is named in a notice, and the colour is unknown."""
    made = desk()
    del made.organisation.files[record]
    said = await made.run("audit prepare --soc-assessment --compliance-framework soc2 --requests")
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert any(record.FILE in str(notice) for notice in said.notices)
    assert dangling(said) == set()
    if record is Evidence:
        assert not [f.id for f in said.figures if f.id.startswith(("evidence.", "requests.", "gaps.", "readiness."))]
    if record in (AuditDocument, PriorFinding, ControlException, MockTest):
        assert said.figure("gaps.medium").note == f"at least: without {record.FILE}"


async def test_unknown_frameworks_and_topics() -> None:
    """A framework that is none offers the known ones; a control whose row does not exist is a sentence."""
    made = desk()
    with pytest.raises(BadFlag) as wrong:
        await made.run("audit prepare --compliance-framework soc3")
    assert set(FRAMEWORKS) <= set(wrong.value.choices)
    made.organisation.files[Control].append(control("c-x", "spelling"))
    said = await made.run("audit prepare")
    assert "rows that the framework map does not have: spelling" in words(said)


async def test_who_may_ask() -> None:
    """Managers and auditors may read it as typed in the specification; an analyst may not."""
    for role, outcome in (("manager", "answered"), ("auditor", "answered"), ("analyst", "refused")):
        made = desk()
        made.everybody = (role,)
        line = "/security:audit prepare --soc-assessment --compliance-framework sox"
        assert (await made.answer(line)).outcome == outcome
