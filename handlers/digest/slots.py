"""When a schedule fires: its slots as instants, exact across daylight saving. Pure.

Cron as Debian's cron reads it (the `cronsim` library): a time that the spring change skips fires at the first minute
after it, one that the autumn change repeats fires once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim

from handlers.analysis.business import holiday_dates
from handlers.digest.model import Schedule

HORIZON = timedelta(days=5 * 366)
"""A schedule without a slot in so long never fires; 29 February comes round within it."""
TRIES = 20_000
"""Candidates looked at between two slots, quiet ones and holidays included."""
ON_TIME = timedelta(minutes=2)
"""Later than this after its slot, a digest is late: polling and queueing take seconds."""
MOST_CAUGHT_UP = 24
"""Slots that the policy `all` catches up at most, the newest ones."""


def slots(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Slots strictly after an instant, in UTC, quiet hours and holidays left out, until none is left."""
    zone = ZoneInfo(schedule.zone)
    last = after
    for at in islice(_candidates(schedule, after, zone), TRIES * 100):
        if schedule.until is not None and at > schedule.until:
            return
        if at - last > HORIZON:
            return
        local = at.astimezone(zone)
        quiet = schedule.quiet is not None and schedule.quiet.holds(local.time())
        if quiet or local.date() in _holidays(schedule.country, local.year):
            continue
        last = at
        yield at


def _candidates(schedule: Schedule, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    if schedule.once is not None:
        if schedule.once > after:
            yield schedule.once
    elif schedule.every:
        passed = int((after - schedule.made_at).total_seconds() // schedule.every)
        start = schedule.made_at + timedelta(seconds=max(passed, 0) * schedule.every)
        while True:
            start += timedelta(seconds=schedule.every)
            yield start
    else:
        for at in CronSim(schedule.cron, after.astimezone(zone)):
            yield at.astimezone(UTC)


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(holiday_dates(country or None, date(year, 1, 1), date(year, 12, 31)))


def next_slot(schedule: Schedule, after: datetime) -> datetime | None:
    """The first slot after an instant; None when there is none, or the schedule is stopped."""
    return None if schedule.stopped else next(slots(schedule, after), None)


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of the slots that have come: `post` is the one to post (None: none of them), `passed_over` how many
    are left out, `next_at` the slot to wait for then, which may have come already.
    """

    post: datetime | None
    passed_over: int
    next_at: datetime | None


def plan(schedule: Schedule, slot: datetime, now: datetime) -> Plan:
    """The missed-run policy, from the oldest slot that has come (`slot`) to `now`."""
    recent: deque[datetime] = deque([slot], maxlen=MOST_CAUGHT_UP)
    count, later = 1, None
    for at in slots(schedule, slot):
        if at > now:
            later = at
            break
        recent.append(at)
        count += 1
    if schedule.missed == "all":
        after = recent[1] if len(recent) > 1 else later
        return Plan(recent[0], count - len(recent), after)
    newest = recent[-1]
    allowed = ON_TIME if schedule.missed == "skip" else max(timedelta(seconds=schedule.grace), ON_TIME)
    if now - newest > allowed:
        return Plan(None, count, later)
    return Plan(newest, count - 1, later)
