"""A day's volume against the days before it, of what the bot itself keeps: alerts and indicator matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from connectors.models.volumes import DailyVolume
from handlers.analysis.unusual import NORMAL, band

DAYS = 14
"""Fewer days than this say nothing."""

ALIKE = 6
"""Earlier days of the same kind (working days, weekends) that a day is judged by, at least."""

FRESH = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Day:
    """`count` of one UTC day against `n` earlier days of its kind. `z` = (count − median) / (1.4826 · MAD), MAD ≥ 1."""

    kind: str
    day: date
    count: int
    low: float
    high: float
    z: float
    n: int

    @property
    def unusual(self) -> bool:
        return self.count > self.high or self.count < self.low


def latest(days: Sequence[DailyVolume], kind: str, today: date) -> Day | None:
    """The newest whole day of a kind, at most FRESH old; None without DAYS days or ALIKE earlier ones of its sort.

    Days of which only a lower bound is known are left out.
    """
    known = sorted((d for d in days if d.kind == kind and not d.truncated and d.day < today), key=lambda d: d.day)
    if len(known) < DAYS or known[-1].day < today - FRESH:
        return None
    last = known[-1]
    before = [d.total for d in known[:-1] if _weekend(d.day) == _weekend(last.day)]
    if len(before) < ALIKE:
        return None
    middle, mad, low, high = band(before)
    return Day(kind, last.day, last.total, low, high, (last.total - middle) / (NORMAL * max(mad, 1.0)), len(before))


def _weekend(day: date) -> bool:
    return day.weekday() >= 5
