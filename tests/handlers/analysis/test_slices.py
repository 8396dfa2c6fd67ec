"""Cuts of the case table, time per stage, and the spread of work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from datetime import time as clock

import polars as pl
import pytest

from connectors.models.cases import CaseEvent
from connectors.models.organisation import Person, Shift
from connectors.models.reading import Window
from handlers.analysis import slices, stage_time, workload
from handlers.analysis.definitions import ORG
from handlers.analysis.durations import extract
from handlers.analysis.roster import expand
from tests.handlers.commands.desk import case_frame, event_frame

T0 = datetime(2026, 10, 5, 8, tzinfo=UTC)
H = timedelta(hours=1)


def test_open_at_counts_what_had_been_opened_and_not_yet_closed() -> None:
    """A case is open at an instant from its creation until its last close, tests left out."""
    frame = case_frame(
        [
            {"case_id": "a", "created_at": T0, "closed_at": T0 + 4 * H},
            {"case_id": "b", "created_at": T0 + 2 * H},
            {"case_id": "c", "created_at": T0, "type": "test"},
        ]
    )
    assert slices.ids(slices.open_at(frame, T0 + H)) == ["a"]
    assert slices.ids(slices.open_at(frame, T0 + 3 * H)) == ["a", "b"]
    assert slices.ids(slices.open_at(frame, T0 + 4 * H)) == ["b"]


def test_average_open_is_open_time_over_the_window() -> None:
    """Two cases open for 4 h and 2 h of an 8 h window are 0.75 open on average; a window of nothing has none."""
    rows = [
        {"created_at": T0 - H, "closed_at": T0 + 4 * H},
        {"created_at": T0 + 6 * H},
        {"created_at": T0 + 9 * H},
        {"created_at": T0, "status": "closed"},
    ]
    assert slices.average_open(case_frame(rows), Window(T0, T0 + 8 * H)) == pytest.approx(0.75)
    assert slices.average_open(case_frame(rows), Window(T0, T0)) is None


def test_overdue_lists_the_latest_first() -> None:
    """Open cases past due come with their owner and the seconds past the due time, the most overdue first."""
    frame = case_frame([{"case_id": i, "created_at": T0, "assignee": f"analyst-0{i}"} for i in "123"])
    judged = pl.DataFrame(
        {"case_id": ["1", "2", "3"], "spent": [50.0, 90.0, 10.0], "target": [20.0] * 3,
         "outcome": ["past due", "past due", "not due"]}
    )  # fmt: skip
    late = slices.overdue(frame, judged, 5)
    assert [(w.case_id, w.assignee, w.seconds) for w in late] == [("2", "analyst-02", 70.0), ("1", "analyst-01", 30.0)]


def test_unfinished_rows_are_the_censored_ones() -> None:
    """The open cases of a durations frame are those whose end was not observed."""
    frame = case_frame([{"case_id": "a", "created_at": T0, "closed_at": T0 + H}, {"case_id": "b", "created_at": T0}])
    found = extract(frame, ORG["mttr"], Window(T0, T0 + H), T0 + 9 * H)
    assert slices.ids(slices.unfinished(found.frame)) == ["b"]


def _event(case_id: str, hours: float, activity: str, value: str, seq: int = 0) -> CaseEvent:
    return CaseEvent(case_id, T0 + hours * H, activity, value, "", seq)


def test_stage_time_is_per_case_and_visit() -> None:
    """Each visit is measured by itself; time between a close and a reopening is nobody's."""
    frame = case_frame([{"case_id": "1", "created_at": T0, "closed_at": T0 + 12 * H}])
    events = event_frame(
        [
            _event("1", 0, "CREATE_CASE", ""),
            _event("1", 1, "STAGE_CHANGE", "Investigation"),
            _event("1", 4, "CLOSE_CASE", "CLOSED"),
            _event("1", 10, "REOPEN_CASE", "OPENED"),
            _event("1", 11, "STAGE_CHANGE", "Improvement"),
            _event("1", 12, "CLOSE_CASE", "CLOSED"),
        ]
    )
    found = {s.name: s for s in stage_time.decompose(stage_time.visits(frame, events, T0 + 48 * H))}
    assert {name: s.seconds / 3600 for name, s in found.items()} == {"Investigation": 4, "Triage": 1, "Improvement": 1}
    assert found["Investigation"].visits == 2
    assert found["Investigation"].share == pytest.approx(4 / 6)


def test_stage_time_of_several_cases_is_no_calendar_span() -> None:
    """Two cases a week apart, an hour each in a stage, make two hours and not a week."""
    frame = case_frame(
        [
            {"case_id": "1", "created_at": T0, "closed_at": T0 + H},
            {"case_id": "2", "created_at": T0 + 168 * H, "closed_at": T0 + 169 * H},
        ]
    )
    (only,) = stage_time.decompose(stage_time.visits(frame, event_frame([]), T0 + 400 * H))
    assert (only.name, only.seconds, only.cases, only.case_share) == ("Triage", 7200.0, 2, 1.0)


def test_stage_time_of_an_open_case_runs_until_now_and_no_further() -> None:
    """An open case's last stage lasts until as_of; events after as_of are unknown."""
    frame = case_frame([{"case_id": "1", "created_at": T0}])
    events = event_frame([_event("1", 1, "STAGE_CHANGE", "Investigation"), _event("1", 9, "STAGE_CHANGE", "Incident")])
    found = {s.name: s.seconds for s in stage_time.decompose(stage_time.visits(frame, events, T0 + 5 * H))}
    assert found == {"Triage": 3600.0, "Investigation": 4 * 3600.0}


def test_no_time_is_no_stage() -> None:
    """Without cases there is nothing to decompose."""
    assert stage_time.decompose(stage_time.visits(case_frame([]), event_frame([]), T0)) == []


def test_workload_leaves_queues_and_robots_out_and_gives_the_worked_example() -> None:
    """Cases 40, 22, 20, 18, 10 per person give Gini 0.233, CV 0.449 and max/mean 1.82 (domain §2)."""
    rows = [
        {"created_at": T0, "closed_at": T0 + H, "assignee": f"analyst-{person}"}
        for person, count in enumerate((40, 22, 20, 18, 10))
        for _ in range(count)
    ]
    rows += [{"created_at": T0, "closed_at": T0 + H, "assignee": "@Tier1"}] * 50
    rows += [{"created_at": T0, "closed_at": T0 + H, "assignee": "playbook", "auto_closed": True}] * 50
    frame = case_frame(rows)
    found = workload.evenness(frame)
    assert found is not None
    assert workload.counts(frame) == [40, 22, 20, 18, 10]
    assert (round(found.gini, 3), round(found.cv, 3), round(found.max_over_mean, 2)) == (0.233, 0.449, 1.82)
    assert workload.evenness(case_frame([])) is None


def test_handled_is_in_the_order_of_names_with_the_case_mix() -> None:
    """Per person: cases, urgent ones, median, false positives; sorted by name, never by speed."""
    rows = [
        {"assignee": "analyst-02", "created_at": T0, "closed_at": T0 + H, "close_reason": "NOT_MALICIOUS"},
        {"assignee": "analyst-01", "created_at": T0, "closed_at": T0 + 9 * H, "priority": "critical",
         "close_reason": "MALICIOUS"},
        {"assignee": "analyst-01", "created_at": T0, "closed_at": T0 - H},
    ]  # fmt: skip
    one, two = workload.handled(case_frame(rows))
    assert (one.person, one.cases, one.urgent, one.median, one.false_positives, one.judged) == (
        "analyst-01", 2, 1, 9 * 3600.0, 0, 1,
    )  # fmt: skip
    assert (two.person, two.false_positives, two.judged) == ("analyst-02", 1, 1)


def test_hours_on_shift_are_cut_at_the_window_and_runs_are_of_days() -> None:
    """Hours inside the window count, on-call does not; a run is consecutive days on which a shift began."""
    persons = [Person(id=i, name=i, tier=1, role="x", zone="UTC") for i in ("a", "b")]
    shifts = [
        Shift(person="a", days=("mon", "tue", "wed", "fri"), start=clock(22), end=clock(6), zone="UTC"),
        Shift(person="b", days=("mon",), start=clock(8), end=clock(16), zone="UTC", kind="on-call"),
    ]
    blocks = expand(shifts, persons, [], T0.date(), T0.date() + timedelta(days=6))
    monday = T0.replace(hour=0)
    assert workload.hours_on(blocks, Window(monday, monday + 24 * H)) == 2
    assert workload.hours_on(blocks, Window(monday, monday + 200 * H)) == 32
    assert workload.longest_runs(blocks) == {"a": 3}


def test_firings_make_the_table_that_unusual_reads() -> None:
    """Keys with their instants become rows, and a subset of keys can be taken."""
    table = slices.firings([("a", [T0, T0 + H]), ("b", [T0]), ("c", [])])
    assert table.rows() == [("a", T0), ("a", T0 + H), ("b", T0)]
    assert slices.of_keys(table, ["b"]).height == 1
    assert slices.firings([]).height == 0


def test_stage_time_does_not_depend_on_the_order_of_rows() -> None:
    """Shuffled cases and events, in whatever order a source gives them, make the same decomposition."""
    cases = [{"case_id": str(n), "created_at": T0 + n * H, "closed_at": T0 + 3 * n * H + H} for n in range(40)]
    events = [
        _event(str(n), n + step * n / 4, "STAGE_CHANGE", f"S{step}", step) for n in range(40) for step in (1, 2, 3)
    ]
    told = []
    for seed in (1, 2):
        shuffled = case_frame(cases).sample(fraction=1, shuffle=True, seed=seed)
        mixed = event_frame(events).sample(fraction=1, shuffle=True, seed=seed)
        told.append(stage_time.decompose(stage_time.visits(shuffled, mixed, T0 + 500 * H)))
    assert [s.name for s in told[0]] == [s.name for s in told[1]]
    assert [s.seconds for s in told[0]] == pytest.approx([s.seconds for s in told[1]])
    assert sum(s.share for s in told[0]) == pytest.approx(1)
