"""SLA states and attainment (sections 1 and 2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from connectors.models.cases import Sla
from connectors.models.organisation import Calendar, SlaPolicy
from handlers.analysis.business import lay_out
from handlers.analysis.sla import at_risk_below, attainment, desk_promise, outcomes, promise
from tests.handlers.analysis.frames import NOW, T0, cases, many

HOUR = timedelta(hours=1)
OPENED = datetime(2026, 11, 20, 8, 10, tzinfo=UTC)
OFFICE = Calendar(id="office", zone="UTC", days=("mon", "tue", "wed", "thu", "fri"), start=time(9), end=time(17))
HOURS = lay_out(OFFICE, date(2026, 10, 1), date(2026, 12, 31))


def _policy(minutes: float, metric: str = "resolve", **more: str) -> SlaPolicy:
    return SlaPolicy.model_validate({"metric": metric, "priority": "high", "target_minutes": minutes, **more})


def test_1_at_risk() -> None:
    """A four-hour promise opened 08:10 has 45 minutes left at 11:25: at most a quarter, so at risk."""
    told = promise(OPENED, OPENED.replace(hour=11, minute=25), 4 * 3600)
    assert told.due_at == OPENED.replace(hour=12, minute=10)
    assert (told.remaining, told.state) == (45 * 60, "at risk")


@pytest.mark.parametrize(
    ("minutes", "state"), [(0, "safe"), (179, "safe"), (180, "at risk"), (240, "at risk"), (240.1, "breached")]
)
def test_states_over_time(minutes: float, state: str) -> None:
    """A promise of 4 h is safe for three, then at risk, and breached the moment after it is due."""
    assert promise(OPENED, OPENED + timedelta(minutes=minutes), 4 * 3600).state == state


def test_risk_begins_at_fifteen_minutes_at_least() -> None:
    """A quarter of half an hour would be too short a warning: fifteen minutes it is."""
    assert at_risk_below(30 * 60) == 15 * 60
    assert at_risk_below(8 * 3600) == 2 * 3600


def test_pauses() -> None:
    """Waiting time moves the due time, and a promise the desk has paused is paused even when overdue."""
    told = promise(OPENED, OPENED + 5 * HOUR, 4 * 3600, paused_seconds=2 * 3600)
    assert (told.due_at, told.state) == (OPENED + 6 * HOUR, "at risk")
    assert promise(OPENED, OPENED + 9 * HOUR, 4 * 3600, desk=Sla(None, None, "PAUSED")).state == "paused"


def test_the_desks_critical_period_is_at_risk() -> None:
    """When Google's critical period has begun the case is at risk, by state or by time, however much remains."""
    for desk in (Sla(None, None, "CRITICAL_EXPIRED"), Sla(None, OPENED, "OPEN_SLA")):
        assert promise(OPENED, OPENED + HOUR, 40 * 3600, desk=desk).state == "at risk"
    assert promise(OPENED, OPENED + HOUR, 40 * 3600, desk=Sla(None, OPENED + 2 * HOUR, "OPEN_SLA")).state == "safe"


@pytest.mark.parametrize(
    ("sla", "state"),
    [
        (None, "no sla"),
        (Sla(None, None, "NO_SLA"), "no sla"),
        (Sla(None, None, "OPEN_SLA"), "no sla"),
        (Sla(None, None, "PAUSED"), "paused"),
        (Sla(NOW + HOUR, None, "OPEN_SLA"), "safe"),
        (Sla(NOW + HOUR, NOW, "OPEN_SLA"), "at risk"),
        (Sla(NOW + HOUR, None, "CRITICAL_EXPIRED"), "at risk"),
        (Sla(NOW - HOUR, None, "OPEN_SLA"), "breached"),
        (Sla(NOW + HOUR, None, "PASSED_DUE"), "breached"),
    ],
)
def test_desk_promise(sla: Sla | None, state: str) -> None:
    """The desk's own SLA maps to our five words."""
    assert desk_promise(sla, NOW).state == state


def test_business_promise_over_a_weekend() -> None:
    """Four business hours from Friday 16:00 are due Monday 12:00; on Sunday three remain, after that it is overdue."""
    friday = datetime(2026, 11, 20, 16, tzinfo=UTC)
    told = promise(friday, friday + 48 * HOUR, 4 * 3600, hours=HOURS)
    assert told.due_at == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert (told.remaining, told.state) == (3 * 3600, "safe")
    late = promise(friday, datetime(2026, 11, 23, 13, tzinfo=UTC), 4 * 3600, hours=HOURS)
    assert (late.remaining, late.state) == (-3600, "breached")


def test_2_attainment() -> None:
    """Kept = met/(met + missed + open past due); open with time left is in neither."""
    frame = cases(
        *[{"hours": 1}] * 46,
        *[{"hours": 9}] * 3,
        {"created_at": NOW - 9 * HOUR},
        {"created_at": NOW - HOUR},
        {"hours": 1, "type": "test"},
        {"hours": 1, "priority": "low"},
        {"hours": -1},
    )
    told = attainment(outcomes(frame, [_policy(480)], "resolve", NOW, {}))
    assert (told.met, told.missed, told.open_past_due, told.not_due, told.no_policy) == (46, 3, 1, 1, 1)
    assert told.skewed == 1
    assert told.share.value == 0.92
    assert (told.share.low, told.share.high) == (pytest.approx(0.812, abs=5e-4), pytest.approx(0.968, abs=5e-4))


def test_acknowledgement_of_what_a_machine_closed_is_moot() -> None:
    """A case closed before any human owned it neither keeps nor breaks the promise to acknowledge."""
    frame = cases(
        {"hours": 1, "auto_closed": True},
        {"acknowledged_at": T0 + timedelta(minutes=10), "hours": 5},
        {"acknowledged_at": T0 + timedelta(minutes=40)},
        {"status": "closed"},
    )
    told = attainment(outcomes(frame, [_policy(30, "acknowledge"), _policy(1)], "acknowledge", NOW, {}))
    assert (told.moot, told.met, told.missed) == (2, 1, 1)


def test_closed_at_this_very_moment() -> None:
    """A case closed without an owner exactly now is moot, not waiting for an owner."""
    judged = outcomes(
        cases({"hours": 1, "auto_closed": True}), [_policy(30, "acknowledge")], "acknowledge", T0 + HOUR, {}
    )
    assert judged["outcome"].item() == "moot"


def test_a_promise_as_seen_earlier() -> None:
    """Seen from before the close, a case met later is still open, and one not yet created is not there."""
    frame = cases({"hours": 5}, {"created_at": T0 + 9 * HOUR})
    assert outcomes(frame, [_policy(480)], "resolve", T0 + HOUR, {})["outcome"].to_list() == ["not due"]
    assert outcomes(frame, [_policy(30)], "resolve", T0 + HOUR, {})["outcome"].to_list() == ["past due"]
    assert outcomes(frame, [_policy(480)], "resolve", T0 + 5 * HOUR, {})["outcome"].to_list() == ["met"]


def test_attainment_on_a_business_clock() -> None:
    """Friday 16:30 to Monday 11:15 keeps a promise of three business hours and breaks one of three elapsed."""
    frame = cases({"created_at": datetime(2026, 11, 20, 16, 30, tzinfo=UTC), "hours": 66.75})
    late = datetime(2026, 11, 30, tzinfo=UTC)
    business = _policy(180, clock="business", calendar="office")
    assert outcomes(frame, [business], "resolve", late, {"office": HOURS})["outcome"].item() == "met"
    assert outcomes(frame, [_policy(180)], "resolve", late, {})["outcome"].item() == "missed"
    with pytest.raises(ValueError, match="'office'"):
        outcomes(frame, [business], "resolve", late, {})


def test_a_promise_met_to_the_second_is_met() -> None:
    """Done exactly when due is kept, a second later is missed; still open exactly then is not yet due."""
    frame = cases({"hours": 8}, {"hours": 8 + 1 / 3600}, {"created_at": NOW - 8 * HOUR})
    assert outcomes(frame, [_policy(480)], "resolve", NOW, {})["outcome"].to_list() == ["met", "missed", "not due"]


def test_every_case_has_one_outcome() -> None:
    """Outcomes of a large table add up to its real cases, shuffled or not; an empty table has none."""
    frame = many(3000)
    policies = [_policy(240), _policy(60).model_copy(update={"priority": "critical"})]
    judged = outcomes(frame, policies, "resolve", NOW, {})
    told = attainment(judged)
    assert told == attainment(outcomes(frame.sample(fraction=1, shuffle=True, seed=2), policies, "resolve", NOW, {}))
    parts = told.met + told.missed + told.open_past_due + told.not_due + told.moot + told.no_policy + told.skewed
    assert parts == judged.height == judged["case_id"].n_unique()
    assert attainment(outcomes(cases(), policies, "resolve", NOW, {})).share.value is None
