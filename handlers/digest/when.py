"""What people write for "when", read: cron, "weekdays 08:00", or one date and time. Pure; raises BadFlag."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from handlers.analysis.business import holiday_dates
from handlers.core.errors import BadFlag
from handlers.digest.model import Quiet, Schedule
from handlers.digest.slots import slots

LEAST_GAP = timedelta(minutes=5)
"""A digest more often than this is a live board."""
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NAMED = {"daily": "*", "day": "*", "days": "*", "weekday": "1-5", "weekdays": "1-5", "weekend": "6,0",
          "weekends": "6,0"}  # fmt: skip
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])", re.ASCII)
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{1,2}:\d{2})", re.ASCII)
_CRON = re.compile(r"[0-9A-Za-z*,/#L-]+", re.ASCII)
WAYS = ("0 8 * * 1-5", "weekdays 08:00", "mon,thu 16:30", "2026-12-24 09:00")


def zone_of(name: str) -> ZoneInfo:
    """An IANA zone; BadFlag with the nearest names for what is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = difflib.get_close_matches(name[:60], sorted(available_timezones()), n=3, cutoff=0.5)
        said = f"“{name[:60]}” is no time zone: write an IANA name."
        raise BadFlag("--zone", said, near or ("Europe/Berlin", "UTC")) from None


def split_zone(text: str) -> tuple[str, str]:
    """ "weekdays 08:00 Europe/Berlin" → the time and the zone; "" when none is named."""
    head, _, tail = text.strip().rpartition(" ")
    named = tail == "UTC" or ("/" in tail and tail[:1].isalpha())
    return (head.strip(), tail) if head and named else (text.strip(), "")


def read_when(text: str, zone: ZoneInfo) -> tuple[str, datetime | None]:
    """(cron expression, one instant): exactly one of them is there."""
    said = " ".join(text.split())
    if found := _DATE.fullmatch(said):
        try:
            local = datetime.fromisoformat(f"{found[1]}T{found[2]:0>5}").replace(tzinfo=zone)
        except ValueError:
            raise BadFlag("<when>", f"“{said[:60]}” is no date and time.", WAYS) from None
        return "", local.astimezone(UTC)
    words = said.lower().removeprefix("every ").replace(" at ", " ").split()
    if words == ["hourly"]:
        return "0 * * * *", None
    if len(words) == 2 and (clock := _CLOCK.fullmatch(words[1])):
        days = _days(words[0])
        if days is None:
            raise BadFlag("<when>", f"“{words[0][:40]}” is no day.", WAYS)
        return f"{int(clock[2])} {int(clock[1])} * * {days}", None
    return _cron(said, zone), None


def _days(word: str) -> str | None:
    """ "weekdays", "mon,thu", "mon-fri", "monday" as cron's day of week."""
    if word in _NAMED:
        return _NAMED[word]
    parts = []
    for part in word.split(","):
        ends = [_day(one) for one in part.split("-")]
        if None in ends or not 1 <= len(ends) <= 2:
            return None
        numbers = [int(end) for end in ends if end is not None]
        first, last = numbers[0], numbers[-1]
        parts += [str(n % 7) for n in range(first, (last if last >= first else last + 7) + 1)]
    return ",".join(dict.fromkeys(parts))


def _day(word: str) -> int | None:
    short = word.rstrip("s")[:3]
    full = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
    if short not in DAYS or not any(word in {short, name, f"{name}s"} for name in full if name[:3] == short):
        return None
    return DAYS.index(short)


def _cron(said: str, zone: ZoneInfo) -> str:
    fields = said.split(" ")
    if len(fields) != 5 or not all(_CRON.fullmatch(field) for field in fields) or len(said) > 200:
        raise BadFlag("<when>", f"“{said[:60]}” is neither five cron fields nor days and a time.", WAYS)
    try:
        CronSim(said, datetime(2026, 1, 1, tzinfo=zone))
    except CronSimError as error:
        raise BadFlag("<when>", f"“{said[:60]}” is no cron expression: {error}.", WAYS) from None
    return said


def read_quiet(text: str) -> Quiet | None:
    """ "22:00-07:00"; None for "" and "none"."""
    if text.lower() in {"", "none"}:
        return None
    parts = [_CLOCK.fullmatch(part.strip()) for part in re.split("[-–]", text)]
    found = [time(int(part[1]), int(part[2])) for part in parts if part is not None]
    if len(parts) != 2 or len(found) != 2 or found[0] == found[1]:
        raise BadFlag("--quiet", f"“{text[:40]}” are no quiet hours.", ("22:00-07:00", "none"))
    return Quiet(start=found[0], end=found[1])


def read_country(code: str) -> str:
    """A country of the `holidays` library, in capitals; BadFlag for any other."""
    country = code.strip().upper()
    try:
        holiday_dates(country or None, datetime(2026, 1, 1, tzinfo=UTC).date(), datetime(2026, 1, 2, tzinfo=UTC).date())
    except ValueError:
        said = f"No public holidays are known for “{code[:20]}”."
        raise BadFlag("--holidays", said, ("org", "DE", "US", "GB")) from None
    return country


def check(schedule: Schedule, now: datetime) -> tuple[datetime, ...]:
    """The next slots, at most five. BadFlag when it is past, never fires, or fires too often to be read."""
    if schedule.once is not None and schedule.once <= now:
        raise BadFlag("<when>", f"“{schedule.when[:60]}” is past.", WAYS)
    if schedule.until is not None and schedule.until <= now:
        raise BadFlag("--until", "--until is past.")
    found = tuple(islice(slots(schedule, now), 60))
    if not found:
        raise BadFlag("<when>", f"“{schedule.when[:60]}” never fires{_why(schedule)}.", WAYS)
    if schedule.kind == "digest" and any(gap < LEAST_GAP for gap in _gaps(found)):
        said = f"“{schedule.when[:60]}” fires more often than every {LEAST_GAP.seconds // 60} minutes."
        raise BadFlag("<when>", f"{said} `digest board` keeps one message live instead.", WAYS)
    return found[:5]


def _why(schedule: Schedule) -> str:
    outside = [f"quiet hours {schedule.quiet}"] if schedule.quiet else []
    outside += [f"the holidays of {schedule.country}"] if schedule.country else []
    outside += ["the time after --until"] if schedule.until else []
    return f" outside {' and '.join(outside)}" if outside else " in the next five years"


def _gaps(found: tuple[datetime, ...]) -> Iterator[timedelta]:
    return (later - earlier for earlier, later in pairwise(found))
