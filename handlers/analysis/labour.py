"""Rest, shift length and weekly hours against the organisation's limits.

StaffingPolicy's defaults follow the EU Working Time Directive 2003/88/EC (11 h daily rest, 48 h a week); the directive
averages the week over a reference period, this looks at single weeks: a finding to check, not a verdict of law.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from connectors.models.organisation import StaffingPolicy
from handlers.analysis.business import local_instant
from handlers.analysis.roster import Block

Rule = Literal["rest", "shift", "week"]
_HOUR = timedelta(hours=1)
MAX_DAYS_RUNNING = 6
"""More shifts than this on days in a row is a sign of fatigue (professional default)."""


@dataclass(frozen=True, slots=True)
class Violation:
    """`hours` found against `limit`, from `start` (the rest, the shift or the local week)."""

    person: str
    rule: Rule
    start: datetime
    hours: float
    limit: float


@dataclass(frozen=True, slots=True)
class Run:
    """`days` local days in a row on which a person's shifts began, from `first`."""

    person: str
    first: date
    days: int


def stretches(blocks: Iterable[Block]) -> dict[str, list[tuple[datetime, datetime]]]:
    """Each person's work as sorted stretches, touching and overlapping blocks joined; on-call is not work here."""
    by_person: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for block in sorted((b for b in blocks if b.kind == "on"), key=lambda b: b.start):
        mine = by_person[block.person]
        if mine and block.start <= mine[-1][1]:
            mine[-1] = (mine[-1][0], max(mine[-1][1], block.end))
        else:
            mine.append((block.start, block.end))
    return dict(by_person)


def violations(blocks: Sequence[Block], policy: StaffingPolicy, zone: str) -> list[Violation]:
    """Short rest, long shifts, long weeks (Monday to Sunday in the zone); a limit met exactly is kept."""
    found: list[Violation] = []
    for person, work in stretches(blocks).items():
        for start, end in work:
            if (hours := (end - start) / _HOUR) > policy.max_shift_hours:
                found.append(Violation(person, "shift", start, hours, policy.max_shift_hours))
        for (_, ended), (begun, _) in pairwise(work):
            if (rest := (begun - ended) / _HOUR) < policy.min_rest_hours:
                found.append(Violation(person, "rest", ended, rest, policy.min_rest_hours))
        found += [
            Violation(person, "week", monday, hours, policy.max_week_hours)
            for monday, hours in weekly(work, zone).items()
            if hours > policy.max_week_hours
        ]
    return sorted(found, key=lambda v: (v.start, v.person, v.rule))


def weekly(work: Iterable[tuple[datetime, datetime]], zone: str) -> dict[datetime, float]:
    """Hours by local week (its Monday 00:00 as a UTC instant); a stretch over midnight on Sunday is split."""
    tz = ZoneInfo(zone)
    hours: dict[datetime, float] = defaultdict(float)
    for start, end in work:
        at = start
        while at < end:
            local = at.astimezone(tz).date()
            monday = local - timedelta(days=local.weekday())
            until = min(end, local_instant(monday + timedelta(days=7), time(0), tz))
            hours[local_instant(monday, time(0), tz)] += (until - at) / _HOUR
            at = until
    return dict(hours)


def long_runs(blocks: Iterable[Block], limit: int = MAX_DAYS_RUNNING) -> list[Run]:
    """Runs of more than `limit` days in a row with a shift, longest first; on-call does not count."""
    worked = sorted({(b.person, b.day) for b in blocks if b.kind == "on"})
    runs: list[Run] = []
    for person, day in worked:
        last = runs[-1] if runs else None
        if last is not None and last.person == person and day == last.first + timedelta(days=last.days):
            runs[-1] = Run(person, last.first, last.days + 1)
        else:
            runs.append(Run(person, day, 1))
    return sorted((r for r in runs if r.days > limit), key=lambda r: (-r.days, r.person, r.first))
