"""Processes: ways, waiting, effort, automation, conformance, hunts, runbook health, handovers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connectors.models.organisation import HandlingTime, Person
from connectors.models.organisation.process import (
    Automation,
    HandoverNote,
    Hunt,
    PlaybookRun,
    ProcessPolicy,
    Runbook,
    RunbookStep,
    RunbookUse,
)
from connectors.models.reading import Window
from handlers.analysis import automation, effort, workflow
from handlers.analysis.conformance import conformance
from handlers.analysis.handover import around, changes, current
from handlers.analysis.hunting import hunting
from handlers.analysis.roster import Block
from handlers.analysis.runbook_health import PERSONA, absent, find, health
from handlers.analysis.waiting import waits
from tests.handlers.commands.twins import cases_frame, events_frame

START = datetime(2026, 10, 5, 8, tzinfo=UTC)
TODAY = date(2026, 11, 22)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def case(case_id: str, closed: float | None = 10, **more: Any) -> dict[str, Any]:
    done = None if closed is None else at(closed)
    status = "opened" if closed is None else "closed"
    base = {"case_id": case_id, "created_at": START, "updated_at": done or START, "closed_at": done, "status": status}
    return base | more


def event(case_id: str, hours: float, activity: str, value: str = "", seq: int = 0) -> dict[str, Any]:
    return {"case_id": case_id, "at": at(hours), "activity": activity, "value": value, "seq": seq}


def item(name: str, **more: Any) -> Automation:
    base: dict[str, Any] = {"title": name, "case_type": name, "share": 0.7, "build_hours": 0, "action": "read-only"}
    return Automation.model_validate({"id": name} | base | more)


@pytest.mark.parametrize(
    ("name", "volume", "minutes", "share", "failure", "handled", "expected"),
    [
        ("phishing", 620, 18, 0.70, 0.15, 186, 110.67),
        ("login", 410, 12, 0.55, 0.15, 82, 38.335),
        ("malware", 90, 55, 0.25, 0.15, 82.5, 17.53),
        ("duplicates", 300, 6, 0.90, 0.15, 30, 22.95),
    ],
)
def test_automation_score(  # noqa: PLR0917 - one argument a column of the worked example
    name: str, volume: float, minutes: float, share: float, failure: float, handled: float, expected: float
) -> None:
    """The four worked examples of the score come out as computed by hand."""
    one = automation.scored(item(name, share=share), automation.Facts(volume, minutes, failure))
    assert one is not None
    assert one.handled == pytest.approx(handled)
    assert one.hours == pytest.approx(expected, abs=0.01)


def test_automation_order_and_payback() -> None:
    """Phishing, login, duplicates, malware: not by handling time; 120 h to build at 110.7 h a month is 1.1 months."""
    given = [
        ("malware", 90, 55, 0.25),
        ("duplicates", 300, 6, 0.9),
        ("login", 410, 12, 0.55),
        ("phishing", 620, 18, 0.7),
    ]
    made = [automation.scored(item(n, share=s, build_hours=120), automation.Facts(v, m, 0.15)) for n, v, m, s in given]
    order = automation.ranked([one for one in made if one is not None])
    assert [one.item.id for one in order] == ["phishing", "login", "duplicates", "malware"]
    assert order[0].payback == pytest.approx(1.1, abs=0.05)
    assert order[0].low == pytest.approx(88.5, abs=0.1)
    assert order[0].high == pytest.approx(132.8, abs=0.1)


def test_automation_that_costs_more_never_pays_back() -> None:
    """Running hours above the hours given back leave no payback, and a missing fact leaves no score."""
    one = automation.scored(item("a", run_hours_per_month=50, build_hours=5), automation.Facts(10, 6, 0.0))
    assert one is not None and one.payback is None and one.net < 0
    assert automation.scored(item("a"), automation.Facts(None, 6, 0.0)) is None
    assert automation.scored(item("a"), automation.Facts(10, 6, None)) is None


def test_facts_are_measured_where_nothing_is_said() -> None:
    """What the file leaves out comes from the records; what it says stands."""
    runs = [PlaybookRun(playbook="p", period_from=TODAY, period_to=TODAY, runs=200, failed=30)]
    told = automation.facts(item("a", playbook="p", minutes=9), {"a": 40.0}, {"a": 18.0}, runs)
    assert told == automation.Facts(40.0, 9, 0.15, ("volume", "failure"))
    assert automation.facts(item("b"), None, {}, runs).volume is None
    assert [name for name, _ in automation.overfull([item("x"), item("y", case_type="x")])] == ["x"]


def flow_of(groups: dict[str, str] | None) -> workflow.Flow:
    cases = [case("1"), case("2"), case("3", reopened=1), case("4", closed=None)]
    events = [
        event(c, 0, "CREATE_CASE", "@Tier1") for c in "1234"
    ] + [
        event("1", 1, "ASSIGNEE_CHANGE", "a1"), event("1", 2, "STAGE_CHANGE", "Assessment"),
        event("1", 3, "STAGE_CHANGE", "Assessment"), event("1", 10, "CLOSE_CASE"),
        event("2", 1, "ASSIGNEE_CHANGE", "a1"), event("2", 2, "STAGE_CHANGE", "Assessment"),
        event("2", 3, "ASSIGNEE_CHANGE", "@Tier2"), event("2", 4, "ASSIGNEE_CHANGE", "b1"),
        event("2", 5, "STAGE_CHANGE", "Triage"), event("2", 6, "ASSIGNEE_CHANGE", "@Tier1"),
        event("2", 10, "CLOSE_CASE"),
        event("3", 5, "CLOSE_CASE"), event("3", 6, "REOPEN_CASE"), event("3", 10, "CLOSE_CASE"),
    ]  # fmt: skip
    return workflow.flow(cases_frame(cases), events_frame(events), groups)


def test_variants_loops_and_ping_pong() -> None:
    """Repeats collapse, a stage entered twice is a loop, A→B→A between groups is ping-pong, open cases are apart."""
    found = flow_of({"a1": "Tier 1", "b1": "Tier 2"})
    assert (found.cases, found.open) == (3, 1)
    assert {v.path for v in found.variants} == {
        ("Triage", "Assessment", "Closed"), ("Triage", "Assessment", "Triage", "Closed"),
        ("Triage", "Closed", "Reopened", "Closed"),
    }  # fmt: skip
    assert (found.loops, found.reopened, found.ping_pong) == (("2",), ("3",), ("2",))
    assert found.rework == ("2", "3")
    assert found.handovers == pytest.approx(1 / 3)
    assert found.covered(3) == pytest.approx(1)


def test_ping_pong_without_groups_is_unknown() -> None:
    """Without the roster nobody knows the groups: None, not zero."""
    assert flow_of(None).ping_pong is None


def test_same_second_keeps_the_sources_order() -> None:
    """Events of one second are ordered by seq, and creation comes first."""
    rows = [event("1", 0, "CLOSE_CASE", seq=3), event("1", 0, "STAGE_CHANGE", "Investigation", seq=2),
            event("1", 0, "CREATE_CASE", seq=1), event("1", 0, "STAGE_CHANGE", "Assessment", seq=1)]  # fmt: skip
    told = workflow.steps(workflow.ordered(cases_frame([case("1")]), events_frame(rows)))
    assert told["step"].to_list() == ["Triage", "Assessment", "Investigation", "Closed"]


def test_waiting_and_little() -> None:
    """Time with nobody or a queue is waiting; a close ends it; queue = entries an hour × hours each."""
    events = [event("1", 0, "CREATE_CASE", "@Tier1"), event("1", 2, "ASSIGNEE_CHANGE", "a1"),
              event("1", 3, "STAGE_CHANGE", "Investigation"), event("1", 4, "ASSIGNEE_CHANGE", "@Tier2"),
              event("1", 9, "ASSIGNEE_CHANGE", "b1"), event("1", 10, "CLOSE_CASE")]  # fmt: skip
    found = waits(cases_frame([case("1")]), events_frame(events), Window(START, at(20)), at(20))
    assert [(w.stage, w.waiting / 3600, w.owned / 3600) for w in found] == [("Investigation", 5, 2), ("Triage", 2, 1)]
    assert found[1].queue == pytest.approx(3 / 20)
    assert found[1].hours_each == pytest.approx(3)


def test_waiting_is_clipped_and_open_cases_count() -> None:
    """Only time inside the window counts, an open case waits until now, a case without history as it stands."""
    old = case("1", closed=None)
    found = waits(
        cases_frame([old]), events_frame([event("1", 0, "CREATE_CASE", "@Tier1")]), Window(at(2), at(5)), at(9)
    )
    assert (found[0].waiting / 3600, found[0].entered, found[0].hours_each) == (3, 0, None)
    bare = waits(cases_frame([old | {"stage": "Incident"}]), events_frame(), Window(START, at(5)), at(4))
    assert (bare[0].stage, bare[0].waiting / 3600) == ("Incident", 4)


TIMES = [HandlingTime(type="Phishing", match="Phishing", minutes=18, basis="measured"),
         HandlingTime(type="Any low", match="low", minutes=6, basis="estimated")]  # fmt: skip


def test_effort_and_pareto() -> None:
    """Hours are cases times minutes, automatic closes have none, and Pareto stops at the share."""
    rows = [case(str(n), title="Phishing mail") for n in range(10)] + [case("x", priority="low")]
    rows += [case("y", title="odd", priority="high"), case("z", title="Phishing", auto_closed=True)]
    found = effort.efforts(effort.typed(cases_frame(rows), TIMES, 20))
    assert [(e.type, e.cases, e.hours) for e in found] == [
        ("Phishing", 10, 3.0), (effort.UNTYPED, 1, pytest.approx(1 / 3)), ("Any low", 1, pytest.approx(0.1)),
    ]  # fmt: skip
    assert [e.type for e in effort.pareto(found)] == ["Phishing"]
    assert [e.type for e in effort.pareto(found, 0.9)] == ["Phishing", effort.UNTYPED]
    assert effort.efforts(effort.typed(cases_frame(), TIMES, 20)) == []


def test_conformance_missing_and_early() -> None:
    """A mandatory step without its mark is missing, one before an earlier step is too early, the rest is complete."""
    steps = (RunbookStep(id="own", text="t", mark="owner"), RunbookStep(id="scope", text="t", mark="stage:Assessment"),
             RunbookStep(id="stop", text="t", mark="contained"), RunbookStep(id="why", text="t", mark="root_cause"),
             RunbookStep(id="ask", text="t"))  # fmt: skip
    book = Runbook(id="b", title="B", file="b.md", category="response", case_types=("Phishing",), steps=steps)
    good: dict[str, Any] = {"title": "Phishing", "acknowledged_at": at(1), "contained_at": at(5), "root_cause": "mail"}
    rows = [case("ok", **good), case("early", **(good | {"contained_at": at(1.5)})),
            case("bare", **(good | {"root_cause": " "}))]  # fmt: skip
    events = [event(c, 2, "STAGE_CHANGE", "Assessment") for c in ("ok", "early", "bare")]
    found = conformance(book, effort.typed(cases_frame(rows), TIMES, 20), events_frame(events))
    assert found is not None and (found.cases, found.bad, found.unseen) == (3, ("bare", "early"), 1)
    assert [(s.step.id, s.missing, s.early) for s in found.steps] == [
        ("own", (), ()), ("scope", (), ()), ("stop", (), ("early",)), ("why", ("bare",), ()),
    ]  # fmt: skip
    assert (
        conformance(book.model_copy(update={"steps": ()}), effort.typed(cases_frame(rows), TIMES, 20), events_frame())
        is None
    )


def test_hunting() -> None:
    """Finished in 91 days, late ones, overdue and ahead are told apart; dropped ones are none of them."""
    base: dict[str, Any] = {"title": "t", "hypothesis": "h", "owner": "a"}
    rows = [("new", "done", date(2026, 11, 1), date(2026, 11, 2)), ("old", "done", date(2026, 5, 1), date(2026, 5, 1)),
            ("due", "running", date(2026, 11, 21), None), ("today", "planned", TODAY, None),
            ("gone", "dropped", date(2026, 1, 1), None)]  # fmt: skip
    found = hunting([Hunt(id=i, status=s, due=d, finished=f, **base) for i, s, d, f in rows], TODAY)  # type: ignore[arg-type]
    assert [[h.id for h in part] for part in (found.done, found.overdue, found.ahead)] == [["new"], ["due"], ["today"]]
    assert found.late == 1


def book(**more: Any) -> Runbook:
    return Runbook.model_validate({"id": "b", "title": "B", "file": "b.md", "category": "triage"} | more)


@pytest.mark.parametrize(("days", "stale"), [(179, False), (180, False), (181, True), (None, True)])
def test_staleness(days: int | None, stale: bool) -> None:
    """Older than 180 days, or never reviewed, is stale."""
    reviewed = None if days is None else TODAY - timedelta(days=days)
    assert health(book(reviewed=reviewed), (), ProcessPolicy(), TODAY).stale is stale


def test_health_of_use() -> None:
    """Samples are pooled, an effect under twenty cases on a side is too few, a wrong sample is left out."""
    base: dict[str, Any] = {"runbook": "b", "period_from": TODAY, "period_to": TODAY}
    uses = [RunbookUse(case_type="A", used=30, unused=20, sampled=10, followed=9, minutes_used=16,
                       minutes_unused=24, **base),
            RunbookUse(case_type="B", used=5, unused=40, sampled=2, followed=3, **base)]  # fmt: skip
    found = health(book(), uses, ProcessPolicy(), TODAY)
    assert (found.use.successes, found.use.n, found.followed.successes, found.followed.n) == (35, 95, 9, 10)
    assert [(e.saved, e.enough) for e in found.effects] == [(8, True), (None, False)]
    assert not found.below(0.9)


@pytest.mark.parametrize(
    "said", ["investgate_a_case_w_external_tools", "investgate_a_case_w_external_tools.md",
             "run_books/investigate_a_case_w_external_tools.md", "Investigate a case w external-tools"],
)  # fmt: skip
def test_find_takes_every_spelling(said: str) -> None:
    """The misspelt name, the file and loose words find the same runbook."""
    one = book(id="investigate_a_case_w_external_tools")
    assert find([book(), one], said) is one


def test_persona_has_nineteen() -> None:
    """The persona names nineteen runbooks; a catalogue tells which it lacks, and an alias counts."""
    assert len(set(PERSONA)) == 19
    assert len(absent([book(id="mine", aliases=("triage_alerts",))])) == 18


def block(person: str, start: float, end: float, kind: str = "on", tier: int = 1) -> Block:
    return Block(person, tier, at(start), at(end), kind, START.date(), "")


def test_changes_of_shift() -> None:
    """Who leaves soon after others come hands over; office hours do not; when the last leaves nobody takes over."""
    lead = Person(id="l", name="L", tier=4, role="r", zone="UTC")
    blocks = [
        block("a", 0, 8.25),
        block("b", 8, 16.25),
        block("office", 1, 9.5),
        block("l", 8, 16.25, "on-call", lead.tier),
    ]
    first, last = changes(blocks, 60)
    assert (first.at, [b.person for b in first.leave], first.present, first.leads) == (
        at(8),
        ["a"],
        ("b", "office"),
        ("l",),
    )
    assert (last.at, last.present) == (at(16.25), ())
    assert first.id == "20261005T1600Z"
    assert around([first, last], at(7.5), timedelta(hours=1)) == (first, last)
    assert around([first, last], at(6.5), timedelta(hours=1)) == (None, first)


def test_notes_that_hold() -> None:
    """Notes over or far ahead are left out; what is to be done comes first."""
    rows = [("over", "watch", -9, -1), ("now", "watch", -1, 5), ("do", "action", -1, 8), ("far", "change", 90, 99)]
    notes = [HandoverNote(id=i, kind=k, text="t", since=at(s), until=at(u), owner="l") for i, k, s, u in rows]  # type: ignore[arg-type]
    assert [n.id for n in current(notes, START, at(12))] == ["do", "now"]
