"""The case ledger: what it derives from history, how it refreshes, and what it says when something is missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.clock import FixedClock
from connectors.errors import BackendError, Refused, Unavailable
from connectors.ledger import MemoryCaseLedger
from connectors.ledger.gathering import CHUNK
from connectors.ledger.ledger import OVERLAP
from connectors.models.cases import Case, CaseDetail, CaseEvent, CaseOrigin, CaseSummary
from connectors.models.reading import Ping, Reading, Window, Written
from connectors.ports import CaseDesk
from tests.ledger_views import events_of

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class ScriptedDesk:
    """A case desk that holds what a test puts into it, and remembers which windows it was asked for."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.held: dict[str, Case] = {}
        self.events: list[CaseEvent] = []
        self.births: dict[str, CaseOrigin] = {}
        self.asked: list[tuple[str, Window | None]] = []
        self.errors: dict[str, BackendError] = {}
        self.cut = False
        self.hold_after: int | None = None
        """Listings of cases after which the next ones wait for the gate."""
        self.refused_before: datetime | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    def _ask(self, what: str, window: Window | None) -> None:
        self.asked.append((what, window))
        if what in self.errors:
            raise self.errors[what]

    async def ping(self) -> Ping:
        return Ping("Case desk", True)

    async def open_cases(self) -> Reading[Case]:
        self._ask("open", None)
        items = tuple(case for case in self.held.values() if case.is_open)
        return Reading(items, "test", self.clock.now())

    async def cases(self, window: Window) -> AsyncIterator[Reading[Case]]:
        self._ask("cases", window)
        if self.hold_after is not None and self.count("cases") > self.hold_after:
            self.gate.clear()
            self.hold_after = None
        await self.gate.wait()
        items = tuple(case for case in self.held.values() if window.holds(case.created_at))
        notes = ("Cut.",) if self.cut else ()
        for first in range(0, max(len(items), 1), 2500):
            page = items[first : first + 2500]
            yield Reading(page, "test", self.clock.now(), total=len(items), truncated=self.cut, notes=notes)

    async def history(self, window: Window) -> AsyncIterator[Reading[CaseEvent]]:
        self._ask("history", window)
        if self.refused_before is not None and window.start < self.refused_before:
            raise Refused("Case desk", "refused the request (HTTP 400)", 400)
        items = tuple(event for event in self.events if window.holds(event.at))
        yield Reading(items, "test", self.clock.now())

    async def origins(self, window: Window) -> AsyncIterator[Reading[CaseOrigin]]:
        self._ask("origins", window)
        items = tuple(self.births[number] for number, case in self.held.items()
                      if number in self.births and window.holds(case.created_at))  # fmt: skip
        yield Reading(items, "test", self.clock.now())

    async def case(self, case_id: str) -> CaseDetail:
        raise NotImplementedError

    async def comment(self, case_id: str, text: str) -> Written:
        raise NotImplementedError

    async def change_priority(self, case_id: str, priority: str) -> Written:
        raise NotImplementedError

    async def summary(self, case_id: str) -> CaseSummary:
        raise NotImplementedError

    def put(self, number: str, age: float = 48, status: str = "opened", **more: Any) -> Case:
        """A case created `age` hours ago."""
        at = NOW - age * HOUR
        case = Case(number, f"Case {number}", "high", status, "Triage", at, NOW - HOUR, **more)
        self.held[number] = case
        return case

    def tell(self, number: str, *steps: tuple[float, str, str]) -> None:
        """History of a case: (hours ago, activity, value)."""
        for seq, (ago, activity, value) in enumerate(steps):
            self.events.append(CaseEvent(number, NOW - ago * HOUR, activity, value, "", seq))

    def count(self, what: str) -> int:
        """How often the desk was asked for this."""
        return sum(asked == what for asked, _ in self.asked)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def desk(clock: FixedClock) -> ScriptedDesk:
    return ScriptedDesk(clock)


def ledger_of(desk: CaseDesk, clock: FixedClock, **options: Any) -> MemoryCaseLedger:
    return MemoryCaseLedger(desk, clock, **{"horizon_days": 100, **options})


async def row(desk: ScriptedDesk, clock: FixedClock, number: str = "1", **options: Any) -> dict[str, Any]:
    view = await ledger_of(desk, clock, **options).view(NOW - 90 * 24 * HOUR)
    return next(found for found in view.cases.iter_rows(named=True) if found["case_id"] == number)


def ago(hours: float) -> datetime:
    return NOW - hours * HOUR


async def test_the_life_of_a_case(desk: ScriptedDesk, clock: FixedClock) -> None:
    """Acknowledged is the first change to a person, not to a queue or a machine; closed is the last close."""
    desk.put("1", status="closed", close_action="MANUALLY", products=("Endpoint", "Mail"))
    desk.tell(
        "1",
        (48, "CREATE_CASE", "@Tier1"),
        (47, "ASSIGNEE_CHANGE", "playbook-engine"),
        (46, "ASSIGNEE_CHANGE", "@Tier1"),
        (45, "ASSIGNEE_CHANGE", "analyst-07"),
        (44, "STAGE_CHANGE", "Investigation"),
        (43, "STAGE_CHANGE", "Incident"),
        (40, "CLOSE_CASE", "CLOSED"),
        (30, "REOPEN_CASE", "OPENED"),
        (20, "CLOSE_CASE", "CLOSED"),
    )
    found = await row(desk, clock, automation=["playbook-engine"])
    assert (found["acknowledged_at"], found["identified_at"]) == (ago(45), ago(43))
    assert (found["first_closed_at"], found["closed_at"]) == (ago(40), ago(20))
    assert (found["reopened"], found["auto_closed"], found["closed_is_proxy"]) == (1, False, False)
    assert (found["first_activity_at"], found["detected_at"], found["contained_at"]) == (None, None, None)
    assert found["rule"] == "Endpoint"


@pytest.mark.parametrize(
    ("status", "steps", "reopened"),
    [
        ("closed", [(9, "CLOSE_CASE", "")], 0),
        ("opened", [(9, "CLOSE_CASE", "")], 1),
        ("opened", [(9, "CLOSE_CASE", ""), (8, "REOPEN_CASE", "")], 1),
        ("closed", [(9, "CLOSE_CASE", ""), (8, "CLOSE_CASE", "")], 1),
        ("closed", [(9, "CLOSE_CASE", ""), (9, "CLOSE_CASE", "")], 0),
        ("closed", [(9, "CLOSE_CASE", ""), (8, "REOPEN_CASE", ""), (7, "REOPEN_CASE", ""), (6, "CLOSE_CASE", "")], 1),
        ("opened", [(9, "CREATE_CASE", "")], 0),
    ],
)
async def test_reopenings(
    desk: ScriptedDesk, clock: FixedClock, status: str, steps: list[tuple[float, str, str]], reopened: int
) -> None:
    """A close counts as reopened when something opened the case again: an event, another close, or that it is open."""
    desk.put("1", status=status)
    desk.tell("1", *steps)
    assert (await row(desk, clock))["reopened"] == reopened


@pytest.mark.parametrize(
    ("owners", "escalated", "returned"),
    [
        (["@Tier1", "analyst-07"], False, False),
        (["@Tier1", "analyst-07", "@Tier2", "analyst-09"], True, False),
        (["@Tier1", "@tier 3", "analyst-11", "@Tier-1"], True, True),
        (["@Tier2", "@Tier1"], False, False),
        (["@Tier2", "@Tier1", "@Tier2"], True, False),
        (["@Queue", "analyst-07"], False, False),
    ],
)
async def test_handovers(
    desk: ScriptedDesk, clock: FixedClock, owners: list[str], escalated: bool, returned: bool
) -> None:
    """Up a tier is an escalation, down again after one is a return; other queues have no tier."""
    desk.put("1")
    first, *others = owners
    desk.tell("1", (40, "CREATE_CASE", first), *((39 - k, "ASSIGNEE_CHANGE", name) for k, name in enumerate(others)))
    found = await row(desk, clock)
    assert (found["escalated"], found["returned"]) == (escalated, returned)


@pytest.mark.parametrize(
    ("more", "steps", "auto"),
    [
        ({"close_action": "AUTOMATICALLY"}, [(9, "CLOSE_CASE", "")], True),
        ({}, [(9, "CLOSE_CASE", "")], True),
        ({"close_action": "MANUALLY"}, [(9, "CLOSE_CASE", "")], False),
        ({}, [(10, "ASSIGNEE_CHANGE", "analyst-07"), (9, "CLOSE_CASE", "")], False),
        ({}, [(10, "CREATE_CASE", "analyst-07"), (9, "CLOSE_CASE", "")], False),
        ({"close_action": "AUTOMATICALLY"}, [], True),
        ({}, [], False),
    ],
)
async def test_what_no_person_ever_owned(
    desk: ScriptedDesk, clock: FixedClock, more: dict[str, Any], steps: list[tuple[float, str, str]], auto: bool
) -> None:
    """Closed with no owner is automatic, unless the desk says "manually"; without history only its word counts."""
    desk.put("1", status="closed", **more)
    desk.tell("1", *steps)
    assert (await row(desk, clock))["auto_closed"] is auto


async def test_a_close_without_history_is_a_proxy(desk: ScriptedDesk, clock: FixedClock) -> None:
    """The last update stands in for an unknown closing time, is marked, and is counted in a note."""
    desk.put("1", status="closed")
    desk.put("2", status="merged", merged_into="1")
    desk.put("3")
    desk.tell("3", (48, "CREATE_CASE", "@Tier1"))
    view = await ledger_of(desk, clock).view(NOW)
    rows = {found["case_id"]: found for found in view.cases.iter_rows(named=True)}
    assert [rows[k]["closed_is_proxy"] for k in "123"] == [True, True, False]
    assert (rows["1"]["closed_at"], rows["3"]["closed_at"]) == (NOW - HOUR, None)
    assert view.facts.notes[0] == "2 closing times are last updates: history starts at 2026-11-20."
    assert "100% of the cases closed since then lack their closing event" in view.facts.notes[1]
    assert view.facts.truncated
    assert view.facts.history_from == ago(48)


async def test_a_close_before_its_case_stays_as_it_is(desk: ScriptedDesk, clock: FixedClock) -> None:
    """A clock that was off is not corrected here: analysis counts and excludes it."""
    desk.put("1", age=10, status="closed")
    desk.tell("1", (12, "CLOSE_CASE", ""), (10, "CREATE_CASE", "@Tier1"))
    assert (await row(desk, clock))["closed_at"] == ago(12)


async def test_an_empty_desk(desk: ScriptedDesk, clock: FixedClock) -> None:
    """No case is a ledger without rows, not an error."""
    view = await ledger_of(desk, clock).view(NOW)
    assert (view.cases.height, events_of(view).height, view.facts.notes) == (0, 0, ())


async def test_pages_larger_than_a_chunk(desk: ScriptedDesk, clock: FixedClock) -> None:
    """However rows are cut for the worker thread, every one arrives once, oldest case first."""
    for number in range(CHUNK * 3 + 1):
        desk.put(str(number), age=2000 - number / 10)
        desk.tell(str(number), (2000 - number / 10, "CREATE_CASE", "@Tier1"))
    view = await ledger_of(desk, clock).view(NOW)
    assert view.cases.get_column("case_id").to_list() == [str(number) for number in range(CHUNK * 3 + 1)]
    assert events_of(view).height == CHUNK * 3 + 1


async def test_nothing_is_asked_while_it_is_fresh(desk: ScriptedDesk, clock: FixedClock) -> None:
    """Within `refresh` seconds the same frames are given, and many who ask at once cost one reading."""
    desk.put("1")
    ledger = ledger_of(desk, clock, refresh=60)
    one, two = await asyncio.gather(ledger.view(NOW), ledger.view(NOW))
    clock.advance(59)
    assert one is two is await ledger.view(NOW)
    assert (desk.count("cases"), desk.count("history")) == (1, 1)


async def test_a_refresh_reads_by_watermark(desk: ScriptedDesk, clock: FixedClock) -> None:
    """A refresh finds new, closed and reopened cases, and asks for history since the watermark alone."""
    desk.put("old", age=60 * 24, status="closed")
    desk.tell("old", (60 * 24, "CREATE_CASE", "@Tier1"), (59 * 24, "CLOSE_CASE", ""))
    desk.put("queue", age=48)
    desk.put("untouched", age=90 * 24, status="closed")
    ledger = ledger_of(desk, clock)
    await ledger.view(NOW)
    clock.advance(600)
    desk.held["old"] = replace(desk.held["old"], status="opened")
    desk.held["queue"] = replace(desk.held["queue"], status="closed", close_reason="MALICIOUS")
    desk.put("new", age=-0.1)
    desk.tell("old", (-0.05, "REOPEN_CASE", ""))
    desk.tell("queue", (-0.05, "CLOSE_CASE", ""))
    desk.asked.clear()
    view = await ledger.view(NOW)
    rows = {found["case_id"]: found for found in view.cases.iter_rows(named=True)}
    assert {number: found["status"] for number, found in rows.items()} == {
        "old": "opened", "queue": "closed", "untouched": "closed", "new": "opened",
    }  # fmt: skip
    assert (rows["queue"]["close_reason"], rows["queue"]["closed_at"]) == ("MALICIOUS", ago(-0.05))
    assert (rows["old"]["reopened"], rows["old"]["closed_at"]) == (1, None)
    (tail,) = [window for what, window in desk.asked if what == "history" and window]
    assert tail.start == NOW - OVERLAP
    spans = [window for what, window in desk.asked if what == "cases" and window]
    assert not any(window.holds(desk.held["untouched"].created_at) for window in spans)
    assert events_of(view).height == 4 and view.facts.as_of == clock.now()


async def test_a_closed_case_reopened_and_closed_between_two_readings(desk: ScriptedDesk, clock: FixedClock) -> None:
    """New history alone, without any change in the queue, makes a case be read again."""
    desk.put("1", age=80 * 24, status="closed", close_reason="INCONCLUSIVE")
    desk.tell("1", (79 * 24, "CLOSE_CASE", ""))
    ledger = ledger_of(desk, clock)
    await ledger.view(NOW)
    clock.advance(600)
    desk.held["1"] = replace(desk.held["1"], close_reason="MALICIOUS")
    desk.tell("1", (-0.02, "REOPEN_CASE", ""), (-0.05, "CLOSE_CASE", ""))
    (found,) = (await ledger.view(NOW)).cases.iter_rows(named=True)
    assert (found["close_reason"], found["reopened"], found["closed_at"]) == ("MALICIOUS", 1, ago(-0.05))


async def test_a_desk_that_is_away_leaves_the_old_ledger(desk: ScriptedDesk, clock: FixedClock) -> None:
    """A passing failure serves what is held, with its instant and the reason; a refusal is raised."""
    desk.put("1")
    ledger = ledger_of(desk, clock)
    await ledger.view(NOW)
    clock.advance(61)
    desk.errors["open"] = Unavailable("Case desk", "failed (HTTP 500)")
    old = await ledger.view(NOW)
    assert (old.cases.height, old.facts.as_of) == (1, NOW)
    assert old.facts.notes == ("Case desk failed (HTTP 500); shown as of 2026-11-22 10:00 UTC.",)
    desk.errors["open"] = Refused("Case desk", "refused our credentials (HTTP 401)", 401)
    with pytest.raises(Refused):
        await ledger.view(NOW)
    desk.errors.clear()
    assert (await ledger.view(NOW)).facts.notes == ()


async def test_a_first_reading_that_fails_is_an_error(desk: ScriptedDesk, clock: FixedClock) -> None:
    """With nothing held the failure is the answer, and the next call tries again."""
    desk.put("1")
    desk.errors["cases"] = Unavailable("Case desk", "failed (HTTP 500)")
    ledger = ledger_of(desk, clock)
    with pytest.raises(Unavailable):
        await ledger.view(NOW)
    desk.errors.clear()
    assert (await ledger.view(NOW)).cases.height == 1


async def test_a_desk_that_refuses_its_history(desk: ScriptedDesk, clock: FixedClock) -> None:
    """Cases are there without it, the loss is a note; once it is granted the whole of it is read."""
    desk.put("1", status="closed")
    desk.tell("1", (40, "CLOSE_CASE", ""))
    desk.errors["history"] = Refused("Case desk", "refused the request (HTTP 403)", 403)
    ledger = ledger_of(desk, clock)
    facts = (await ledger.view(NOW)).facts
    assert facts.cases == 1 and facts.history_from is None
    assert facts.notes[0].startswith("Case history cannot be read (Case desk refused the request (HTTP 403))")
    assert facts.notes[1] == "1 closing times are last updates: there is no history."
    desk.errors.clear()
    clock.advance(61)
    view = await ledger.view(NOW)
    assert (view.facts.notes, events_of(view).height, view.cases["closed_at"][0]) == ((), 1, ago(40))


async def test_history_refused_later_loses_nothing(desk: ScriptedDesk, clock: FixedClock) -> None:
    """What was read stays when the desk stops giving its history."""
    desk.put("1")
    desk.tell("1", (0.5, "ASSIGNEE_CHANGE", "analyst-07"))
    ledger = ledger_of(desk, clock)
    await ledger.view(NOW)
    clock.advance(61)
    desk.errors["history"] = Refused("Case desk", "refused the request (HTTP 403)", 403)
    view = await ledger.view(NOW)
    assert events_of(view).height == 1 and view.cases["acknowledged_at"][0] == ago(0.5)
    assert len(view.facts.notes) == 1


async def test_what_was_cut_is_said(desk: ScriptedDesk, clock: FixedClock) -> None:
    """A truncated page makes the ledger truncated, complete only from the oldest case it holds."""
    desk.put("1", age=48)
    desk.cut = True
    facts = (await ledger_of(desk, clock).view(NOW)).facts
    assert (facts.truncated, facts.complete_from, facts.notes) == (True, ago(48), ("Cut.",))


async def test_before_the_horizon_nothing_is_promised(desk: ScriptedDesk, clock: FixedClock) -> None:
    """A question that reaches further back than the ledger is answered with a note."""
    desk.put("1")
    ledger = ledger_of(desk, clock, horizon_days=10)
    assert (await ledger.view(NOW - timedelta(days=9))).facts.notes == ()
    facts = (await ledger.view(NOW - timedelta(days=30))).facts
    assert facts.notes == ("No cases before 2026-11-12 are held.",)
    assert facts.complete_from == NOW - timedelta(days=10)


async def test_a_caller_who_leaves_does_not_stop_the_filling(desk: ScriptedDesk, clock: FixedClock) -> None:
    """A command that runs out of time leaves the fill to those who come after."""
    desk.put("1")
    desk.gate.clear()
    ledger = ledger_of(desk, clock)
    first = asyncio.create_task(ledger.view(NOW))
    while not desk.asked:
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    desk.gate.set()
    assert (await ledger.view(NOW)).cases.height == 1
    assert desk.count("cases") == 1


async def test_ping_says_what_is_held(desk: ScriptedDesk, clock: FixedClock) -> None:
    """Before the first reading that is said; afterwards how much is held, and as of when."""
    desk.put("1")
    ledger = ledger_of(desk, clock)
    assert await ledger.ping() == Ping("Case ledger", True, "Not read yet.")
    await ledger.view(NOW)
    assert (await ledger.ping()).detail == "1 cases and 0 events as of 2026-11-22 10:00 UTC."


def born(desk: ScriptedDesk, number: str, happened: float | None, detected: float | None, rule: str = "") -> None:
    """The origin of a case: hours ago."""
    first, second = (None if hours is None else ago(hours) for hours in (happened, detected))
    desk.births[number] = CaseOrigin(number, first, second, rule)


async def test_origins_are_joined_to_their_cases(desk: ScriptedDesk, clock: FixedClock) -> None:
    """What a case's origin tells is in its row; what it does not tell is null, and a product stands for the rule."""
    for number in "123":
        desk.put(number, products=("Endpoint",))
    born(desk, "1", 50, 49, "encoded_command")
    born(desk, "2", None, 49)
    view = await ledger_of(desk, clock).view(NOW)
    rows = view.cases.select("first_activity_at", "detected_at", "rule").rows()
    assert rows == [(ago(50), ago(49), "encoded_command"), (None, ago(49), "Endpoint"), (None, None, "Endpoint")]
    assert view.facts.notes == ()


async def test_a_refresh_asks_for_the_origins_of_new_cases_alone(desk: ScriptedDesk, clock: FixedClock) -> None:
    """Old origins are kept, new ones are read since the last reading, and the earliest time of both counts."""
    desk.put("1")
    desk.put("2", age=0.5)
    born(desk, "1", 50, 49, "encoded_command")
    born(desk, "2", 3, 1, "first_rule")
    ledger = ledger_of(desk, clock)
    await ledger.view(NOW)
    clock.advance(600)
    desk.put("3", age=-0.1)
    born(desk, "2", 2, 2, "second_rule")
    born(desk, "3", 0.5, -0.05, "new_rule")
    desk.asked.clear()
    view = await ledger.view(NOW)
    rows = {row[0]: row[1:] for row in view.cases.select("case_id", "first_activity_at", "detected_at", "rule").rows()}
    assert rows == {
        "1": (ago(50), ago(49), "encoded_command"),
        "2": (ago(3), ago(2), "first_rule"),
        "3": (ago(0.5), ago(-0.05), "new_rule"),
    }
    assert [window.start for what, window in desk.asked if what == "origins" and window] == [NOW - OVERLAP]


@pytest.mark.parametrize(
    "error",
    [Refused("Case desk", "refused the request (HTTP 400)", 400), Unavailable("Case desk", "failed (HTTP 500)")],
    ids=["refused", "away"],
)
async def test_a_desk_without_origins_is_a_note(desk: ScriptedDesk, clock: FixedClock, error: BackendError) -> None:
    """Refused for good or away for now: the cases are there, the loss is said, and what is granted later is read."""
    desk.put("1", products=("Endpoint",))
    born(desk, "1", 50, 49, "encoded_command")
    desk.errors["origins"] = error
    ledger = ledger_of(desk, clock)
    view = await ledger.view(NOW)
    assert view.cases.select("first_activity_at", "detected_at", "rule").row(0) == (None, None, "Endpoint")
    lost = f"Detection times are not known ({error}): MTTD is not computable, and products stand in for rules."
    assert view.facts.notes == (lost,) and not view.facts.truncated
    desk.errors.clear()
    clock.advance(61)
    view = await ledger.view(NOW)
    assert (view.facts.notes, view.cases["detected_at"][0], view.cases["rule"][0]) == ((), ago(49), "encoded_command")


async def test_origins_refused_later_lose_nothing(desk: ScriptedDesk, clock: FixedClock) -> None:
    """What was read stays when the desk stops giving origins, and new cases are asked for again until it does."""
    desk.put("1")
    born(desk, "1", 50, 49, "encoded_command")
    ledger = ledger_of(desk, clock)
    await ledger.view(NOW)
    desk.errors["origins"] = Refused("Case desk", "refused the request (HTTP 403)", 403)
    desk.put("2", age=-0.1)
    born(desk, "2", 0.5, 0.2, "new_rule")
    clock.advance(6 * 3600)
    view = await ledger.view(NOW)
    assert view.cases["detected_at"].to_list() == [ago(49), None]
    assert "those of the newest cases are missing" in view.facts.notes[0]
    desk.errors.clear()
    clock.advance(6 * 3600)
    view = await ledger.view(NOW)
    assert (view.cases["detected_at"].to_list(), view.facts.notes) == ([ago(49), ago(0.2)], ())
