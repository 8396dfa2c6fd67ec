"""Calendar periods in a team's zone, as half-open windows of UTC instants that stay right across daylight saving."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, cast, get_args
from zoneinfo import ZoneInfo

from connectors.models.reading import Window
from handlers.analysis.business import local_instant

Kind = Literal["hourly", "daily", "weekly", "monthly", "quarterly", "yearly", "range"]
NAMED: tuple[str, ...] = tuple(k for k in get_args(Kind) if k != "range")
ACCEPTED = ", ".join((*NAMED, "2026", "2026-Q3", "2026-10", "2026-W40", "2026-10-05", "2026-10-01/2026-10-31"))
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Period:
    """`start` ≤ t < `end` in UTC; `zone` is the IANA zone its calendar is of; `label` names it for people."""

    kind: Kind
    start: datetime
    end: datetime
    zone: str
    label: str

    @property
    def window(self) -> Window:
        return Window(self.start, self.end)

    @property
    def first_day(self) -> date:
        return self.start.astimezone(ZoneInfo(self.zone)).date()


def period_at(kind: Kind, instant: datetime, zone: str) -> Period:
    """The running period of a kind that holds an instant. Raises ValueError for kind `range`."""
    local = instant.astimezone(ZoneInfo(zone))
    if kind == "hourly":
        return _hour(local.replace(minute=0, second=0, microsecond=0).astimezone(UTC), zone)
    return _calendar(kind, _first(kind, local.date()), zone)


def previous(period: Period, count: int = 1) -> Period:
    """The period `count` before; a range moves by its own length (in days when it runs from midnight to midnight)."""
    if period.kind == "hourly":
        return _hour(period.start - count * _HOUR, period.zone)
    if period.kind != "range":
        return _calendar(period.kind, _shift(period.kind, period.first_day, -count), period.zone)
    days = _whole_days(period)
    if days is None:
        length = count * (period.end - period.start)
        return _range(period.start - length, period.end - length, period.zone)
    first = period.first_day - timedelta(days=count * days)
    return _days(first, first + timedelta(days=days), period.zone)


def same_last_year(period: Period) -> Period:
    """The same period a year earlier: same date or name; a week is the one 52 weeks before (weekdays line up)."""
    zone = ZoneInfo(period.zone)
    if period.kind == "weekly":
        return previous(period, 52)
    if period.kind == "hourly":
        local = period.start.astimezone(zone)
        return period_at("hourly", local_instant(_year_before(local.date()), local.time(), zone), period.zone)
    if period.kind != "range":
        return _calendar(period.kind, _first(period.kind, _year_before(period.first_day)), period.zone)
    if _whole_days(period) is not None:
        end = period.end.astimezone(zone).date()
        return _days(_year_before(period.first_day), _year_before(end), period.zone)
    bounds = [b.astimezone(zone) for b in (period.start, period.end)]
    start, stop = (local_instant(_year_before(b.date()), b.time(), zone) for b in bounds)
    return _range(start, stop, period.zone)


def last_complete(kind: Kind, now: datetime, zone: str) -> Period:
    """The newest period that has ended by `now`."""
    return previous(period_at(kind, now, zone))


def trailing(kind: Kind, count: int, now: datetime, zone: str) -> list[Period]:
    """The last `count` complete periods, oldest first."""
    running = period_at(kind, now, zone)
    return [previous(running, back) for back in range(count, 0, -1)]


def to_date(kind: Kind, now: datetime, zone: str) -> Period:
    """The running period as far as it has come: never part of a trend."""
    running = period_at(kind, now, zone)
    return Period(kind, running.start, now.astimezone(UTC), zone, f"{running.label} to date")


def timeframe(text: str, now: datetime, zone: str) -> Period:
    """What a person meant: a kind (its last complete period), an ISO year, quarter, month, week or day, or `start/end`.

    Days of a range are both included; times without an offset are of the zone. Raises ValueError with a sentence.
    """
    words = text.strip()
    if words.lower() in NAMED:
        return last_complete(cast("Kind", words.lower()), now, zone)
    try:
        period = _interval(words, zone) if "/" in words else _named(words.upper(), zone)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{words!r} is not a timeframe; say one of: {ACCEPTED}") from error
    if period.end <= period.start:
        raise ValueError(f"the timeframe {words!r} ends before it begins")
    if period.start >= now:
        raise ValueError(f"the timeframe {words!r} has not begun yet")
    return period


def _named(words: str, zone: str) -> Period:
    if match := re.fullmatch(r"(\d{4})", words):
        return _calendar("yearly", date(int(match[1]), 1, 1), zone)
    if match := re.fullmatch(r"(\d{4})-?Q([1-4])", words):
        return _calendar("quarterly", date(int(match[1]), 3 * int(match[2]) - 2, 1), zone)
    if match := re.fullmatch(r"(\d{4})-(\d{2})", words):
        return _calendar("monthly", date(int(match[1]), int(match[2]), 1), zone)
    if match := re.fullmatch(r"(\d{4})-?W(\d{2})", words):
        return _calendar("weekly", date.fromisocalendar(int(match[1]), int(match[2]), 1), zone)
    return _calendar("daily", date.fromisoformat(words), zone)


def _interval(words: str, zone: str) -> Period:
    left, right = (part.strip() for part in words.split("/", 1))
    if "T" not in left.upper() and "T" not in right.upper():
        return _days(date.fromisoformat(left), date.fromisoformat(right) + timedelta(days=1), zone)
    return _range(_instant(left, zone), _instant(right, zone), zone)


def _instant(words: str, zone: str) -> datetime:
    at = datetime.fromisoformat(words)
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _first(kind: Kind, day: date) -> date:
    """First day of the period of a kind that holds a day."""
    match kind:
        case "daily":
            return day
        case "weekly":
            return day - timedelta(days=day.weekday())
        case "monthly":
            return day.replace(day=1)
        case "quarterly":
            return date(day.year, day.month - (day.month - 1) % 3, 1)
        case "yearly":
            return date(day.year, 1, 1)
    raise ValueError(f"{kind} is not a calendar period")


def _shift(kind: Kind, first: date, count: int) -> date:
    if kind in ("daily", "weekly"):
        return first + timedelta(days=count * (7 if kind == "weekly" else 1))
    months = first.year * 12 + first.month - 1 + count * {"monthly": 1, "quarterly": 3, "yearly": 12}[kind]
    return date(months // 12, months % 12 + 1, 1)


def _calendar(kind: Kind, first: date, zone: str) -> Period:
    tz, week = ZoneInfo(zone), first.isocalendar()
    label = {
        "daily": first.isoformat(),
        "weekly": f"{week.year}-W{week.week:02}",
        "monthly": f"{first:%Y-%m}",
        "quarterly": f"{first.year}-Q{(first.month + 2) // 3}",
        "yearly": str(first.year),
    }[kind]
    end = _shift(kind, first, 1)
    return Period(kind, local_instant(first, time(0), tz), local_instant(end, time(0), tz), zone, label)


def _hour(start: datetime, zone: str) -> Period:
    label = start.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M%z")
    return Period("hourly", start, start + _HOUR, zone, label)


def _days(first: date, end: date, zone: str) -> Period:
    """A range of whole local days; `end` is the day after the last."""
    tz, last = ZoneInfo(zone), end - timedelta(days=1)
    return Period("range", local_instant(first, time(0), tz), local_instant(end, time(0), tz), zone, f"{first}/{last}")


def _range(start: datetime, end: datetime, zone: str) -> Period:
    tz = ZoneInfo(zone)
    label = "/".join(b.astimezone(tz).isoformat(timespec="minutes") for b in (start, end))
    return Period("range", start, end, zone, label)


def _whole_days(period: Period) -> int | None:
    """Length in local days when both ends are local midnights."""
    zone = ZoneInfo(period.zone)
    first, end = (b.astimezone(zone).date() for b in (period.start, period.end))
    exact = local_instant(first, time(0), zone) == period.start and local_instant(end, time(0), zone) == period.end
    return (end - first).days if exact else None


def _year_before(day: date) -> date:
    """The same date a year earlier; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
