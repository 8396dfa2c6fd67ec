"""Deadlines by the calendar: hours across daylight saving, days, months, business days, noon of a working day.

Hours are counted on instants, everything else on local days. A day is never taken for its midnight.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connectors.models.organisation.clocks import ClockLimit
from handlers.analysis.business import holiday_dates, local_instant

NOON = time(12)
SATURDAY = 5


class NoTime(Exception):
    """An hour clock cannot start from a day without a time."""


@dataclass(frozen=True, slots=True)
class Due:
    """`at`: the last instant (UTC); `day`: set when the whole of that local day counts."""

    at: datetime
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """How days are counted: their zone (IANA), whose holidays are left out, when a business day closes ("17:30")."""

    zone: str
    country: str | None = None
    closes: str = ""
    extra: frozenset[date] = frozenset()
    """Further days on which nobody works."""


def local_day(anchor: datetime | date, zone: str) -> date:
    """The day of an instant in the zone; a day is itself."""
    return anchor.astimezone(ZoneInfo(zone)).date() if isinstance(anchor, datetime) else anchor


def deadline(limit: ClockLimit, anchor: datetime | date, days: Days) -> Due | None:
    """The last moment of a limit counted from its anchor; None when the law gives no number.

    Raises NoTime for an hour limit from a day without a time, ValueError for an unknown holiday country.
    """
    if limit.amount is None:
        return None
    whole = int(limit.amount)
    match limit.unit:
        case "hours":
            if not isinstance(anchor, datetime):
                raise NoTime
            return Due(anchor.astimezone(UTC) + timedelta(hours=limit.amount))
        case "months":
            return months(anchor, whole, days.zone)
        case "business days":
            return closing(business_day(local_day(anchor, days.zone), whole, days), days)
        case "days after year end":
            return closing(date(local_day(anchor, days.zone).year, 12, 31) + timedelta(days=whole), days)
        case "days":
            return closing(local_day(anchor, days.zone) + timedelta(days=whole), days)


def closing(day: date, days: Days) -> Due:
    """The end of a local day, or the hour at which its filings close."""
    zone = ZoneInfo(days.zone)
    if days.closes:
        return Due(local_instant(day, time.fromisoformat(days.closes), zone), day)
    return Due(local_instant(day + timedelta(days=1), time(0), zone), day)


def months(anchor: datetime | date, count: int, zone: str) -> Due:
    """The same local day and time so many months later; a day the month lacks becomes its last (31 Jan → 28 Feb)."""
    here = local_day(anchor, zone)
    year, month = divmod(here.year * 12 + here.month - 1 + count, 12)
    day = date(year, month + 1, min(here.day, monthrange(year, month + 1)[1]))
    if not isinstance(anchor, datetime):
        return closing(day, Days(zone))
    return Due(local_instant(day, anchor.astimezone(ZoneInfo(zone)).time(), ZoneInfo(zone)))


def business_day(start: date, count: int, days: Days) -> date:
    """The day `count` business days after `start` (day zero); negative counts go back.

    A start on a weekend or holiday changes nothing: the next business day is the first.
    """
    step = timedelta(days=1 if count >= 0 else -1)
    span = step * (abs(count) * 2 + 30)
    closed = _closed(start, start + span, days)
    day, left = start, abs(count)
    while left:
        day += step
        left -= is_business(day, closed)
    return day


def _closed(a: date, b: date, days: Days) -> Collection[date]:
    return {*holiday_dates(days.country, min(a, b), max(a, b)), *days.extra}


def is_business(day: date, closed: Collection[date]) -> bool:
    """Neither a weekend nor a day on which nobody works."""
    return day.weekday() < SATURDAY and day not in closed


def noon(due: Due, days: Days) -> Due:
    """A deadline on a weekend or holiday moves to noon of the next working day (DORA RTS 2025/301 Art 5(4))."""
    day = due.day or local_day(due.at, days.zone)
    if is_business(day, _closed(day, day, days)):
        return due
    return Due(local_instant(business_day(day, 1, days), NOON, ZoneInfo(days.zone)))
