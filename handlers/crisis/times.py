"""Instants as people type them: `06:40`, `2026-11-22T06:40Z`, `30m`. Without a zone, the team's; said back in both."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.core.errors import BadFlag

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_SPAN = re.compile(r"(\d{1,4}) ?(m|min|h|d)")
_UNIT = {"m": timedelta(minutes=1), "min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_DAY = timedelta(days=1)
_FAR = timedelta(days=3_660)
"""Ten years: further off, a time is a slip, and near the ends of the calendar no zone can show it."""
FORMS = ("06:40", "2026-11-22T06:40Z", "2026-11-22T06:40")


def past(said: str, now: datetime, zone: ZoneInfo, flag: str = "--at") -> datetime:
    """When something happened (UTC); HH:MM is the most recent such time. BadFlag for the future, a date without a
    time, a local time that a clock change gave twice or never, anything unreadable.
    """
    clock = _CLOCK.fullmatch(said.strip())
    at = _nearest(clock, now, zone, flag, -1) if clock else _iso(said, now, zone, flag)
    if at > now:
        raise BadFlag(flag, f"{said_back(at, zone)} has not come yet.", FORMS)
    return at


def ahead(said: str, now: datetime, zone: ZoneInfo, speed: float = 1.0, flag: str = "--due") -> datetime:
    """When something is due (UTC): a span from now (`speed` times shorter in a drill), or an instant; HH:MM is the
    next such time. BadFlag for the past and anything unreadable.
    """
    if found := _SPAN.fullmatch(said.strip().lower()):
        if int(found[1]) * _UNIT[found[2]] > _FAR:
            raise BadFlag(flag, f"“{said[:40]}” is more than ten years away.", ("30m", "4h", *FORMS))
        return now + int(found[1]) * _UNIT[found[2]] / speed
    clock = _CLOCK.fullmatch(said.strip())
    at = _nearest(clock, now, zone, flag, 1) if clock else _iso(said, now, zone, flag, ("30m", "4h", *FORMS))
    if at <= now:
        raise BadFlag(flag, f"{said_back(at, zone)} has gone by.", ("30m", "4h", *FORMS))
    return at


def said_back(at: datetime, zone: ZoneInfo) -> str:
    """ "2026-11-22 05:40 UTC (06:40 CET)"."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC ({at.astimezone(zone):%H:%M %Z})"


def _nearest(clock: re.Match[str], now: datetime, zone: ZoneInfo, flag: str, way: int) -> datetime:
    """The next (`way` 1) or latest (-1) such time of day (UTC). BadFlag only when the day it falls on has it twice on
    that side of `now`, or not at all: the day before and the day after a night of changing clocks are days like others.
    """
    hour, minute = int(clock[1]), int(clock[2])
    if hour > 23 or minute > 59:
        raise BadFlag(flag, f"There is no {clock[0]} o'clock.", FORMS)
    here = now.astimezone(zone)
    local = here.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
    there = _readings(local)
    right = [at for at in there if (at > now) == (way > 0)]
    if len(right) == 1:
        return right[0]
    today = (local.replace(tzinfo=None) > here.replace(tzinfo=None)) == (way > 0) if not there else bool(right)
    return _placed(local if today else local + way * _DAY, flag)


def _readings(local: datetime) -> tuple[datetime, ...]:
    """The instants (UTC) at which a zone's clocks show it: one, two, or none."""
    found = dict.fromkeys(local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    plain = local.replace(tzinfo=None)
    return tuple(at for at in found if at.astimezone(local.tzinfo).replace(tzinfo=None) == plain)


def _iso(said: str, now: datetime, zone: ZoneInfo, flag: str, forms: tuple[str, ...] = FORMS) -> datetime:
    text = said.strip()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadFlag(flag, f"I cannot read “{text[:40]}” as a time.", forms) from None
    if ":" not in text:
        raise BadFlag(flag, f"“{text[:40]}” has no time of day; I do not assume midnight.", forms)
    try:
        at = at.astimezone(UTC) if at.tzinfo else _placed(at.replace(tzinfo=zone), flag)
    except OverflowError:
        raise BadFlag(flag, f"“{text[:40]}” is out of reach.", forms) from None
    if abs(at - now) > _FAR:
        raise BadFlag(flag, f"“{text[:40]}” is more than ten years away.", forms)
    return at


def _placed(local: datetime, flag: str) -> datetime:
    """UTC of a local time; BadFlag where the clocks make it two instants, or none."""
    found = _readings(local)
    if len(found) == 1:
        return found[0]
    readings = tuple(f"{local.replace(fold=fold).astimezone(UTC):%Y-%m-%dT%H:%MZ}" for fold in (0, 1))
    if not found:
        raise BadFlag(flag, f"{local:%Y-%m-%d %H:%M} did not exist: the clocks went forward.", readings)
    raise BadFlag(flag, f"{local:%Y-%m-%d %H:%M} was there twice: the clocks went back.", readings)
