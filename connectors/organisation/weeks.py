"""Weekly blocks as minutes of a UTC week, to tell whether two of them touch the same time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from connectors.models.organisation import Shift

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK = 7 * 24 * 60
# Any week without a change of clocks will do; blocks in zones that change on different days are compared in winter.
MONDAY = date(2024, 1, 8)


def spans(shift: Shift) -> Iterator[tuple[int, int]]:
    """Start and end of each occurrence in minutes of the UTC week: 0 <= start < WEEK, end may exceed WEEK."""
    zone = ZoneInfo(shift.zone)
    crosses = shift.end <= shift.start
    monday = datetime.combine(MONDAY, datetime.min.time(), UTC)
    for day in shift.days:
        at = MONDAY + timedelta(days=DAYS.index(day))
        begin = datetime.combine(at, shift.start, zone)
        end = datetime.combine(at + timedelta(days=crosses), shift.end, zone)
        start = round((begin.astimezone(UTC) - monday).total_seconds() / 60) % WEEK
        yield start, start + round((end.astimezone(UTC) - begin.astimezone(UTC)).total_seconds() / 60)


def overlap(one: Shift, other: Shift) -> bool:
    """Do the two share time while both are valid? Touching is no overlap."""
    return _both_valid(one, other) and any(_meet(a, b) for a, b in product(spans(one), spans(other)))


def _meet(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return any(a[0] < b[1] + shift and b[0] + shift < a[1] for shift in (-WEEK, 0, WEEK))


def _both_valid(one: Shift, other: Shift) -> bool:
    first = max(one.valid_from or date.min, other.valid_from or date.min)
    last = min(one.valid_until or date.max, other.valid_until or date.max)
    return first <= last
