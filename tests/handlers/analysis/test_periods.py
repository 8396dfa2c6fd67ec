"""Calendar periods, business hours and daylight saving."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.models.organisation import Calendar
from handlers.analysis.business import business_seconds, due_at, holiday_dates, holidays_ahead, lay_out
from handlers.analysis.periods import (
    NAMED,
    last_complete,
    period_at,
    previous,
    same_last_year,
    timeframe,
    to_date,
    trailing,
)

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OFFICE = Calendar(id="office", zone=BERLIN, days=("mon", "tue", "wed", "thu", "fri"), start=time(9), end=time(17))


def _berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(BERLIN))  # type: ignore[arg-type,misc]


def test_0_3_business_hours_over_a_weekend() -> None:
    """Friday 20 November 16:30 to Monday 11:15 is 2.75 business hours and 66.75 elapsed."""
    hours = lay_out(OFFICE, date(2026, 11, 1), date(2026, 11, 30))
    opened, acted = _berlin(2026, 11, 20, 16, 30), _berlin(2026, 11, 23, 11, 15)
    assert business_seconds(hours, opened, acted) / 3600 == 2.75
    assert (acted - opened) / timedelta(hours=1) == 66.75
    assert due_at(hours, opened, 2.75 * 3600) == acted
    assert due_at(hours, opened, 1800) == _berlin(2026, 11, 20, 17)
    assert due_at(hours, _berlin(2026, 11, 21, 12), 0) == _berlin(2026, 11, 21, 12)


def test_business_hours_over_a_holiday() -> None:
    """25 and 26 December are closed in Germany, so Thursday 24 at 16:00 to Monday 28 at 10:00 is two hours."""
    german = OFFICE.model_copy(update={"holiday_country": "DE"})
    hours = lay_out(german, date(2026, 12, 1), date(2027, 1, 10))
    assert business_seconds(hours, _berlin(2026, 12, 24, 16), _berlin(2026, 12, 28, 10)) == 7200
    assert due_at(hours, _berlin(2026, 12, 24, 16), 7200) == _berlin(2026, 12, 28, 10)


@pytest.mark.parametrize(("day", "length"), [((2026, 10, 25), 25), ((2026, 3, 29), 23), ((2026, 10, 24), 24)])
def test_days_of_clock_changes(day: tuple[int, int, int], length: int) -> None:
    """A day in Berlin lasts 25 h on 25 October and 23 h on 29 March 2026, as a period and as a calendar."""
    period = period_at("daily", _berlin(*day, 12), BERLIN)
    assert period.window.seconds == length * 3600
    whole = OFFICE.model_copy(update={"days": ("sat", "sun"), "start": time(0), "end": time(0)})
    hours = lay_out(whole, date(*day) - timedelta(days=7), date(*day) + timedelta(days=7))
    assert business_seconds(hours, period.start, period.end) == length * 3600


def test_night_calendar_belongs_to_its_start_day() -> None:
    """A block from 22:00 to 06:00 on Friday is open on Saturday at 05:00 and not on Sunday at 05:00."""
    night = OFFICE.model_copy(update={"start": time(22), "end": time(6), "days": ("fri",)})
    hours = lay_out(night, date(2026, 11, 1), date(2026, 11, 30))
    assert business_seconds(hours, _berlin(2026, 11, 21, 5), _berlin(2026, 11, 21, 12)) == 3600
    assert business_seconds(hours, _berlin(2026, 11, 22, 1), _berlin(2026, 11, 22, 12)) == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60 * 24 * 40), st.integers(1, 60 * 80))
def test_due_is_the_inverse_of_spent(start_minutes: int, minutes: int) -> None:
    """From any moment, business time until the due instant is exactly what was promised."""
    hours = lay_out(OFFICE, date(2026, 10, 1), date(2026, 12, 31))
    start = _berlin(2026, 10, 5, 0).astimezone(UTC) + timedelta(minutes=start_minutes)
    due = due_at(hours, start, minutes * 60)
    assert business_seconds(hours, start, due) == pytest.approx(minutes * 60, abs=1e-3)
    assert business_seconds(hours, start, due - timedelta(minutes=1)) < minutes * 60


def test_business_calendar_knows_its_limits() -> None:
    """Outside what was laid out it refuses; so does a country without holidays and a calendar that never opens."""
    hours = lay_out(OFFICE, date(2026, 11, 2), date(2026, 11, 6))
    assert business_seconds(hours, _berlin(2026, 11, 2, 5), _berlin(2026, 11, 2, 10)) == 3600
    with pytest.raises(ValueError, match="outside"):
        business_seconds(hours, _berlin(2026, 10, 1, 9), _berlin(2026, 11, 3, 9))
    with pytest.raises(ValueError, match="until"):
        due_at(hours, _berlin(2026, 11, 6, 9), 9 * 3600)
    with pytest.raises(ValueError, match="'XX'"):
        holiday_dates("XX", date(2026, 1, 1), date(2026, 2, 1))
    with pytest.raises(ValueError, match="no open day"):
        lay_out(OFFICE, date(2026, 11, 21), date(2026, 11, 22))


def test_holidays_ahead() -> None:
    """Ninety days from 22 November 2026 hold Christmas and New Year in Germany, by name, and none without a country."""
    found = holidays_ahead("DE", date(2026, 11, 22))
    assert list(found) == [date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)]
    assert holidays_ahead(None, date(2026, 11, 22)) == {}


@pytest.mark.parametrize(
    ("kind", "label", "before", "year"),
    [
        ("hourly", "2026-11-22 12:00+0100", "2026-11-22 11:00+0100", "2025-11-22 12:00+0100"),
        ("daily", "2026-11-21", "2026-11-20", "2025-11-21"),
        ("weekly", "2026-W46", "2026-W45", "2025-W46"),
        ("monthly", "2026-10", "2026-09", "2025-10"),
        ("quarterly", "2026-Q3", "2026-Q2", "2025-Q3"),
        ("yearly", "2025", "2024", "2024"),
    ],
)
def test_last_complete_period(kind: str, label: str, before: str, year: str) -> None:
    """The last complete period of each kind, the one before and the one of last year, by name."""
    period = timeframe(kind, NOW, BERLIN)
    assert period.end <= NOW
    assert (period.label, previous(period).label, same_last_year(period).label) == (label, before, year)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1577836800, 1893456000),
    st.sampled_from(NAMED),
    st.sampled_from([BERLIN, "UTC", "America/New_York", "Asia/Kolkata", "America/Santiago", "Pacific/Auckland"]),
)
def test_periods_tile_time(epoch: int, kind: str, zone: str) -> None:
    """Trailing periods touch, ascend, end before now, and the running one holds now."""
    now = datetime.fromtimestamp(epoch, UTC)
    row = trailing(kind, 5, now, zone)  # type: ignore[arg-type]
    running = to_date(kind, now, zone)  # type: ignore[arg-type]
    assert [a.end for a in row] == [b.start for b in [*row[1:], running]]
    assert all(a.start < a.end <= now for a in row)
    assert running.start <= now == running.end
    assert running.label.endswith("to date")
    assert last_complete(kind, now, zone) == row[-1]  # type: ignore[arg-type]


def test_repeated_hour_is_two_periods() -> None:
    """At the end of summer time 02:00 comes twice, and the two hours are two periods with different offsets."""
    first, second = (period_at("hourly", datetime(2026, 10, 25, h, 30, tzinfo=UTC), BERLIN) for h in (0, 1))
    assert (first.label, second.label) == ("2026-10-25 02:00+0200", "2026-10-25 02:00+0100")
    assert previous(second) == first


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", _berlin(2026, 1, 1), _berlin(2027, 1, 1)),
        ("2026-q3", _berlin(2026, 7, 1), _berlin(2026, 10, 1)),
        ("2026-10", _berlin(2026, 10, 1), _berlin(2026, 11, 1)),
        ("2026-W40", _berlin(2026, 9, 28), _berlin(2026, 10, 5)),
        ("2026-10-25", _berlin(2026, 10, 25), _berlin(2026, 10, 26)),
        ("2026-10-01/2026-10-31", _berlin(2026, 10, 1), _berlin(2026, 11, 1)),
        ("2026-10-01T08:00/2026-10-01T16:00", _berlin(2026, 10, 1, 8), _berlin(2026, 10, 1, 16)),
        ("2026-10-01T08:00Z/2026-10-01T16:00Z", _berlin(2026, 10, 1, 10), _berlin(2026, 10, 1, 18)),
    ],
)
def test_timeframes(text: str, start: datetime, end: datetime) -> None:
    """ISO years, quarters, months, weeks, days and ranges (both days included) mean local calendar time."""
    period = timeframe(text, NOW, BERLIN)
    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize(
    "text", ["", "fortnightly", "2026-13", "2026-W60", "2026-10-31/2026-10-01", "2027", "a/b", "2026-02-30", "0000"]
)
def test_bad_timeframes(text: str) -> None:
    """What is no timeframe, ends before it begins or lies ahead is refused with a sentence about timeframes."""
    with pytest.raises(ValueError, match="timeframe"):
        timeframe(text, NOW, BERLIN)


def test_ranges_move_by_their_days() -> None:
    """A range over a clock change moves by its days, not its hours, and keeps its dates a year earlier."""
    period = timeframe("2026-10-19/2026-10-25", NOW, BERLIN)
    assert previous(period).label == "2026-10-12/2026-10-18"
    assert same_last_year(period).label == "2025-10-19/2025-10-25"
    hours = timeframe("2026-10-01T08:00/2026-10-01T16:00", NOW, BERLIN)
    assert previous(hours).end == hours.start
    assert previous(hours, 2).start == hours.start - timedelta(hours=16)
    assert same_last_year(hours).start == _berlin(2025, 10, 1, 8)
    assert same_last_year(timeframe("2024-02-29", NOW, BERLIN)).label == "2023-02-28"
