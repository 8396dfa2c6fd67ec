"""Who is counted in a duration, who is not, and that the count does not depend on what it must not depend on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import pytest

from connectors.models.cases import Activity
from connectors.models.organisation import Calendar
from handlers.analysis.business import lay_out
from handlers.analysis.definitions import definition
from handlers.analysis.durations import extract, with_history_points
from handlers.analysis.summary import summaries, summary
from tests.handlers.analysis.frames import NOW, OCTOBER, T0, cases, events, many
from tests.ledger_views import view_of

HOUR = timedelta(hours=1)
MTTR = definition("mttr")


def test_everything_left_out_is_counted() -> None:
    """Tests, simulations, merged duplicates, maintenance and negative durations are out, each under its own count."""
    frame = cases(
        {"hours": 2},
        {"hours": 3, "closed_is_proxy": True},
        {"status": "opened"},
        {"hours": 1, "type": "test"},
        {"hours": 1, "type": "simulation"},
        {"hours": 1, "status": "merged", "merged_into": "1"},
        {"hours": 1, "close_reason": "MAINTENANCE"},
        {"hours": -1, "case_id": "skewed"},
        {"status": "closed"},
        {"hours": 1, "created_at": OCTOBER.end},
        {"hours": 0, "case_id": "instant"},
    )
    told = extract(frame, MTTR, OCTOBER, NOW)
    assert told.frame["case_id"].to_list() == ["1", "2", "3", "instant"]
    assert told.frame["seconds"].to_list() == [7200, 10800, (NOW - T0).total_seconds(), 0]
    assert told.frame["observed"].to_list() == [True, True, False, True]
    assert (told.tests, told.merged, told.maintenance, told.unreached) == (2, 1, 1, 1)
    assert told.negative_ids == ("skewed",)
    assert (told.proxies, told.open, told.excluded) == (1, 1, 6)


def test_what_came_later_is_unknown() -> None:
    """Seen from an earlier moment, a case closed later is open and as old as it was then."""
    frame = cases({"hours": 10})
    told = extract(frame, MTTR, OCTOBER, T0 + 4 * HOUR)
    assert told.frame.select("seconds", "observed").row(0) == (4 * 3600, False)
    assert extract(frame, MTTR, OCTOBER, T0 + 10 * HOUR).frame["observed"].item()


def test_cohorts_differ() -> None:
    """The opened cohort holds cases opened in the window, the closed cohort those closed in it."""
    september = OCTOBER.start - 5 * HOUR
    frame = cases({"created_at": september, "hours": 10}, {"created_at": OCTOBER.end - HOUR, "hours": 3}, {})
    assert extract(frame, MTTR, OCTOBER, NOW).frame["case_id"].to_list() == ["2", "3"]
    assert extract(frame, MTTR, OCTOBER, NOW, cohort="closed").frame["case_id"].to_list() == ["1"]


def test_acknowledgement_of_untouched_cases() -> None:
    """An open case nobody owns is censored; one closed without an owner never gets there and is counted."""
    frame = cases({"acknowledged_at": T0 + HOUR}, {}, {"hours": 2, "auto_closed": True})
    told = extract(frame, definition("mtta"), OCTOBER, NOW)
    assert told.frame["observed"].to_list() == [True, False]
    assert (told.open, told.unreached) == (1, 1)


def test_detection_without_its_inputs() -> None:
    """Without a first activity there is no figure, never zero; without a detection time creation is a proxy."""
    frame = cases({}, {"first_activity_at": T0 - HOUR}, {"first_activity_at": T0 - HOUR, "detected_at": T0 - HOUR / 2})
    told = extract(frame, definition("mttd"), OCTOBER, NOW)
    assert told.frame["seconds"].to_list() == [3600, 1800]
    assert (told.not_computable, told.proxies) == (1, 1)


def test_incident_metrics_count_incidents() -> None:
    """Containment is over incidents alone; a closed one without a recorded containment is counted as unreached."""
    frame = cases(
        {"hours": 5},
        {"incident": True, "contained_at": T0 + 2 * HOUR, "hours": 9},
        {"identified_at": T0 + HOUR, "hours": 9},
        {"incident": True},
    )
    told = extract(frame, definition("mttc"), OCTOBER, NOW)
    assert told.frame.select("case_id", "observed").rows() == [("2", True), ("4", False)]
    assert told.unreached == 1


def test_google_preset_needs_both_events() -> None:
    """Google's MTTR runs from the earliest event to the latest close, over cases with both, and needs the history."""
    google = definition("mttr", "google")
    frame = cases({"hours": 4}, {"hours": 4}, {})
    history = events(
        ("1", T0 - HOUR, Activity.PRIORITY_CHANGE, "high"),
        ("1", T0, Activity.CREATE_CASE, ""),
        ("1", T0 + HOUR, Activity.CLOSE_CASE, ""),
        ("1", T0 + 4 * HOUR, Activity.CLOSE_CASE, ""),
        ("2", T0 + 4 * HOUR, Activity.CLOSE_CASE, ""),
        ("3", T0, Activity.CREATE_CASE, ""),
        ("3", T0 + HOUR, Activity.ASSIGNEE_CHANGE, "@tier1"),
        ("unknown", T0, Activity.CREATE_CASE, ""),
    )
    with_points = with_history_points(view_of(frame, history))
    told = extract(with_points, google, OCTOBER, NOW)
    assert told.frame.select("case_id", "seconds").rows() == [("1", 5 * 3600)]
    assert told.not_computable == 1
    acknowledged = extract(with_points, definition("mtta", "google"), OCTOBER, NOW)
    assert acknowledged.frame.select("case_id", "seconds").rows() == [("3", 3600)]
    with pytest.raises(ValueError, match="earliest history event"):
        extract(frame, google, OCTOBER, NOW)
    twice = with_history_points(view_of(frame, pl.concat([history, history])))
    assert twice.equals(with_points)


def test_google_detection_runs_from_detection_to_case() -> None:
    """Google's MTTD is detection to case; a case without a detection time is left out."""
    frame = cases({"detected_at": T0 - HOUR}, {})
    told = extract(frame, definition("mttd", "google"), OCTOBER, NOW)
    assert told.frame["seconds"].to_list() == [3600]
    assert told.not_computable == 1


def test_reached_only_leaves_open_cases_out() -> None:
    """Without Kaplan–Meier the open cases are in no statistic and still told."""
    rows = [{"hours": h} for h in (1, 2, 3, 4, 5)]
    told = extract(cases(*rows, {}), replace(MTTR, censoring="reached only"), OCTOBER, NOW)
    assert (told.frame.height, told.open) == (5, 1)
    assert (summary(told).n, summary(told).open, summary(told).median) == (5, 1, 3 * 3600)


def test_business_clock() -> None:
    """On a business clock Friday 16:30 to Monday 11:15 is 2.75 h; without hours, or with skew, it does not pretend."""
    calendar = Calendar(id="office", zone="UTC", days=("mon", "tue", "wed", "thu", "fri"), start=time(9), end=time(17))
    hours = lay_out(calendar, date(2026, 10, 1), date(2026, 11, 30))
    friday = datetime(2026, 10, 9, 16, 30, tzinfo=UTC)
    office = replace(MTTR, clock="business")
    frame = cases({"created_at": friday, "hours": 66.75}, {"created_at": friday, "hours": -1, "case_id": "skewed"})
    told = extract(frame, office, OCTOBER, NOW, hours=hours)
    assert told.frame["seconds"].to_list() == [2.75 * 3600]
    assert told.negative_ids == ("skewed",)
    with pytest.raises(ValueError, match="business clock"):
        extract(frame, office, OCTOBER, NOW)


def test_missing_words_do_not_lose_cases() -> None:
    """A case whose type or status the source left out is a real one; it does not vanish uncounted."""
    frame = cases({"hours": 1, "type": None}, {"status": None}, {"hours": 2, "incident": None})
    told = extract(frame, MTTR, OCTOBER, NOW)
    assert told.frame.height + told.excluded == 3
    assert told.frame["case_id"].to_list() == ["1", "3"]


def test_empty_frame() -> None:
    """No cases at all give no durations and a summary without statistics."""
    told = extract(cases(), MTTR, OCTOBER, NOW)
    assert told.frame.is_empty()
    assert summary(told).list_only
    assert summaries(told) == {}


def test_rows_may_come_in_any_order() -> None:
    """Shuffling the table changes no statistic and no count."""
    frame = many(2000)
    a, b = (summary(extract(f, MTTR, OCTOBER, NOW)) for f in (frame, frame.sample(fraction=1, shuffle=True, seed=3)))
    assert (a.n, a.open, a.excluded, a.median, a.km_median) == (b.n, b.open, b.excluded, b.median, b.km_median)
    assert a.mean == pytest.approx(b.mean)


def test_moving_all_instants_changes_no_duration() -> None:
    """The same history lived in another zone, eight hours later, has the same durations."""
    frame, shift = many(2000), timedelta(hours=8)
    times = [name for name, kind in frame.schema.items() if kind == pl.Datetime("us", "UTC")]
    moved = frame.with_columns(pl.col(times) + shift)
    window = replace(OCTOBER, start=OCTOBER.start + shift, end=OCTOBER.end + shift)
    a = extract(frame, MTTR, OCTOBER, NOW)
    b = extract(moved, MTTR, window, NOW + shift)
    assert a.frame["seconds"].equals(b.frame["seconds"])
    assert (a.excluded, a.open) == (b.excluded, b.open)


def test_more_of_the_same_changes_counts_alone() -> None:
    """Ten times the volume has ten times the counts and the same median and Kaplan–Meier median."""
    frame = many(500)
    copies = [frame.with_columns(pl.col("case_id") + f"-{i}") for i in range(11)]
    a, b = (summary(extract(f, MTTR, OCTOBER, NOW)) for f in (frame, pl.concat(copies)))
    assert (b.n, b.open, b.excluded) == (11 * a.n, 11 * a.open, 11 * a.excluded)
    assert b.median == pytest.approx(a.median)
    assert b.km_median == a.km_median


def test_auto_closed_are_their_own_stratum() -> None:
    """Summaries by stratum keep what a machine closed apart from what people closed."""
    rows = [{"hours": 0.1, "auto_closed": True}] * 5 + [{"hours": 4}] * 5
    told = summaries(extract(cases(*rows), MTTR, OCTOBER, NOW), by="auto_closed")
    assert {k: s.median for k, s in told.items()} == {"False": 4 * 3600, "True": 360}
