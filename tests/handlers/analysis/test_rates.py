"""Shares of cases (section 2), bulk closes, unusual volume and silence (section 1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from handlers.analysis.rates import (
    bulk_closes,
    escalation,
    flow,
    fp_rate,
    funnel,
    outcomes,
    precision,
    with_disposition,
)
from handlers.analysis.unusual import band, same_hour, silences, silent
from tests.handlers.analysis.frames import NOW, OCTOBER, T0, cases, many

HOUR = timedelta(hours=1)
TP = {"hours": 1, "close_reason": "MALICIOUS"}
FP = {"hours": 1, "close_reason": "NOT_MALICIOUS", "root_cause": "Rule logic"}
BTP = {"hours": 1, "close_reason": "NOT_MALICIOUS", "root_cause": "Legit action"}
UNCLEAR = {"hours": 1, "close_reason": "INCONCLUSIVE"}


def test_2_precision() -> None:
    """A rule with 6 true and 38 false positives: 86.4 % false, precision 13.6 %."""
    frame = cases(*[TP] * 6, *[FP] * 38, UNCLEAR)
    row = precision(frame).row(0, named=True)
    assert (row["tp"], row["fp"], row["n"], row["inconclusive"]) == (6, 38, 44, 1)
    assert row["fp_share"] == pytest.approx(0.864, abs=5e-4)
    assert row["precision"] == pytest.approx(0.136, abs=5e-4)
    assert row["low"] < row["precision"] < row["high"]
    rate = fp_rate(frame)
    assert (rate.successes, rate.n) == (38, 44)


def test_benign_true_positives_are_apart() -> None:
    """A benign cause makes a true positive, not a false one; it still lowers precision. An open case has none."""
    frame = cases(TP, FP, BTP, {}, {**FP, "type": "test"}, {"hours": 1, "close_reason": "Tenant word"})
    kinds = with_disposition(frame)["disposition"].to_list()
    assert kinds == ["tp", "fp", "btp", None, "fp", "other"]
    rate = fp_rate(frame)
    assert (rate.successes, rate.n) == (1, 3)
    assert precision(frame)["precision"].item() == pytest.approx(1 / 3)
    assert fp_rate(frame, benign=()).successes == 2


def test_noisiest_rule_first() -> None:
    """Rules come by their false positives, and a rule without a judged case is not there."""
    frame = cases({**FP, "rule": "a"}, *[{**FP, "rule": "b"}] * 2, {"rule": "c"}, {**TP, "rule": None})
    assert precision(frame)["rule"].to_list() == ["b", "a"]
    assert precision(cases()).is_empty()


def test_escalation() -> None:
    """Escalated of what a human took; returned ones, and at most the false positives among them, were wrong."""
    taken = {"acknowledged_at": T0 + HOUR}
    frame = cases(
        *[taken] * 6,
        {**taken, "escalated": True, "returned": True},
        {**taken, **FP, "escalated": True},
        {**taken, **TP, "escalated": True},
        {**taken, "escalated": True},
        {"hours": 1, "auto_closed": True},
    )
    told = escalation(frame)
    assert (told.escalated.successes, told.escalated.n) == (4, 10)
    assert (told.returned.successes, told.returned.n) == (1, 4)
    assert (told.wrong_at_most.successes, told.wrong_at_most.n) == (2, 4)


def test_reopened_merged_auto_closed() -> None:
    """Each share has its own whole: ever closed, all real cases, closed now."""
    frame = cases(
        {"hours": 1, "reopened": 1},
        {"hours": 1, "auto_closed": True},
        {"first_closed_at": T0 + HOUR, "reopened": 2},
        {"status": "merged", "merged_into": "1"},
        {},
        {"hours": 1, "type": "simulation", "reopened": 1},
    )
    told = outcomes(frame)
    assert (told.reopened.successes, told.reopened.n) == (2, 3)
    assert (told.merged.successes, told.merged.n) == (1, 5)
    assert (told.auto_closed.successes, told.auto_closed.n) == (1, 2)


def test_2_funnel() -> None:
    """54 000 alerts in 5 400 cases with 270 incidents are 10 to 1 and 5 %."""
    rows = cases({"alert_count": 10}, {"alert_count": 10, "incident": True})
    frame = pl.concat([rows[0:1]] * 5130 + [rows[1:2]] * 270)
    told = funnel(frame)
    assert (told.alerts, told.cases, told.incidents, told.alerts_per_case) == (54_000, 5_400, 270, 10)
    assert told.incident_share.value == 0.05


def test_merged_cases_count_once_and_their_alerts_too() -> None:
    """A merged duplicate is no case of its own, but its alerts were alerts."""
    told = funnel(cases({"alert_count": 3}, {"alert_count": 2, "status": "merged", "merged_into": "1"}))
    assert (told.alerts, told.cases) == (5, 1)
    assert funnel(cases()).alerts_per_case is None


def test_flow() -> None:
    """Arrivals and completions are those inside the window; what stays is the backlog's growth."""
    told = flow(cases({"hours": 1}, {}, {"hours": 24 * 60}, {"created_at": OCTOBER.start - HOUR, "hours": 2}), OCTOBER)
    assert (told.arrivals, told.completions, told.net) == (3, 2, 1)


def test_bulk_closes_are_found() -> None:
    """More than a fifth of a month's closes in one hour is flagged; a fifth exactly, or a small month, is not."""
    spread = [{"created_at": T0 + i * HOUR, "hours": 1} for i in range(60)]
    bulk = [{"created_at": OCTOBER.start, "hours": 700.5}] * 16
    (found,) = bulk_closes(cases(*spread, *bulk), "Europe/Berlin")
    assert (found.hour, found.month, found.closes, found.of) == (OCTOBER.start + 700 * HOUR, "2026-10", 16, 76)
    assert found.share == 16 / 76
    assert bulk_closes(cases(*spread, *bulk[:15]), "Europe/Berlin") == []


def test_small_months_are_not_judged() -> None:
    """Nineteen closes in one hour of a month that has no others are too few to call a bulk close; twenty are one."""
    rows = [{"hours": 1}] * 20
    assert bulk_closes(cases(*rows[:19]), "UTC") == []
    assert bulk_closes(cases(*rows), "UTC")[0].closes == 20


def test_rates_do_not_depend_on_order() -> None:
    """Shuffled rows give the same shares, rules and bulk hours."""
    frame = many(3000)
    other = frame.sample(fraction=1, shuffle=True, seed=5)
    for function in (fp_rate, escalation, outcomes, funnel):
        assert function(frame) == function(other)
    assert precision(frame).equals(precision(other))
    assert bulk_closes(frame, "UTC") == bulk_closes(other, "UTC")


def _log(*rows: tuple[str, datetime]) -> pl.DataFrame:
    schema = {"key": pl.String, "at": pl.Datetime("us", "UTC")}
    return pl.DataFrame([{"key": k, "at": at} for k, at in rows], schema=schema)


def test_band() -> None:
    """Median ± 3 · 1.4826 · MAD; equal weeks still allow for a few events, and nothing falls below none."""
    assert band([8, 9, 10, 11, 12]) == (10, 1, pytest.approx(10 - 4.4478), pytest.approx(10 + 4.4478))
    assert band([6, 8, 10, 12, 14])[3] == pytest.approx(10 + 2 * 4.4478)
    middle, mad, low, high = band([0, 0, 0])
    assert (middle, mad, low) == (0, 0, 0)
    assert high == pytest.approx(4.4478)


def test_same_hour_of_earlier_weeks() -> None:
    """A rule is judged by the same wall-clock hour of earlier weeks, over a clock change, empty weeks as zero."""
    hour = datetime(2026, 11, 2, 8, tzinfo=UTC)
    past = [hour - timedelta(weeks=1)] + [hour - timedelta(weeks=w, hours=1) for w in (2, 3, 4)]
    rows = [("steady", at) for at in (hour, *past) for _ in range(5)]
    rows += [("steady", hour + HOUR)] * 9 + [("steady", hour - timedelta(seconds=1))] * 9
    rows += [("burst", hour)] * 40 + [("gone", at) for at in past for _ in range(30)]
    told = {v.key: v for v in same_hour(_log(*rows), hour, "Europe/Berlin", weeks=4)}
    assert (told["steady"].median, told["steady"].count, told["steady"].unusual) == (5, 5, False)
    assert (told["burst"].median, told["burst"].unusual) == (0, True)
    assert (told["gone"].count, told["gone"].unusual) == (0, True)
    assert next(iter(told)) == "burst"


def test_silence_is_three_usual_gaps() -> None:
    """Three times the usual gap exactly is still quiet enough; more is a silence."""
    assert silent("feed", NOW - 3 * HOUR, 3600, NOW) is None
    told = silent("feed", NOW - 3 * HOUR - timedelta(seconds=1), 3600, NOW)
    assert told is not None
    assert told.quiet == 3 * 3600 + 1


def test_silences_from_history() -> None:
    """A rule that came every hour and stopped is silent; a rare one, one just begun and one still coming are not."""
    rows = [("stopped", NOW - (40 - i) * HOUR) for i in range(30)]
    rows += [("alive", NOW - i * HOUR) for i in range(30)]
    rows += [("rare", NOW - i * timedelta(days=7)) for i in range(1, 20)]
    rows += [("new", NOW - timedelta(days=30, seconds=i)) for i in range(5)]
    rows += [("alive", NOW + HOUR)]
    (found,) = silences(_log(*rows), NOW)
    assert (found.key, found.usual, found.quiet) == ("stopped", 3600, 11 * 3600)
