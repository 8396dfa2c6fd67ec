"""Is this number unusual? Limits from the process's own noise; several alarms about one thing are one event.

Sources: XmR (individuals) chart and its constants 2.66 = 3/1.128 and d2 = 1.128: Wheeler, "Understanding Variation";
EWMA chart: Lucas, Saccucci, Technometrics 32 (1990).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Literal

Direction = Literal["high", "low"]
_D2 = 1.128
MIN_BASELINE = 6


@dataclass(frozen=True, slots=True)
class Limits:
    """Mean, mean moving range, natural process limits and sigma, in units of the values. `low` may be negative."""

    mean: float
    moving_range: float
    low: float
    high: float
    sigma: float


@dataclass(frozen=True, slots=True)
class Ewma:
    """EWMA after a point, its limits at that point."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Event:
    """Neighbouring points outside a limit in one direction are one event, whichever charts saw them (`seen_by`)."""

    first: int
    last: int
    direction: Direction
    seen_by: tuple[str, ...]
    peak: float


def xmr(values: Sequence[float]) -> Limits:
    """XmR limits: mean ± 2.66 · mean moving range. Raises ValueError with fewer than six values."""
    if len(values) < MIN_BASELINE:
        raise ValueError(f"control limits need {MIN_BASELINE} values, {len(values)} given")
    mean = sum(values) / len(values)
    ranges = [abs(b - a) for a, b in pairwise(values)]
    moving = sum(ranges) / len(ranges)
    return Limits(mean, moving, mean - 2.66 * moving, mean + 2.66 * moving, moving / _D2)


def ewma(values: Sequence[float], limits: Limits, weight: float = 0.2, width: float = 2.7) -> list[Ewma]:
    """EWMA of `values` started at the mean of `limits`, with limits that widen as it fills."""
    out, z = [], limits.mean
    for i, value in enumerate(values, start=1):
        z = weight * value + (1 - weight) * z
        half = width * limits.sigma * sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * i)))
        out.append(Ewma(z, limits.mean - half, limits.mean + half))
    return out


def events(baseline: Sequence[float], following: Sequence[float]) -> list[Event]:
    """Signals among `following`, judged against limits of `baseline` (which itself is taken as calm).

    Indices count in `following`. Both charts are asked; what they say about the same run of points is one event.
    """
    limits = xmr(baseline)
    smooth = ewma([*baseline, *following], limits)[len(baseline) :]
    found: list[Event] = []
    for i, (value, z) in enumerate(zip(following, smooth, strict=True)):
        hits = _hits(value, limits, z)
        for direction in ("high", "low"):
            seen = tuple(chart for chart, d in hits if d == direction)
            if seen:
                _add(found, Event(i, i, direction, seen, value))
    return found


def _hits(value: float, limits: Limits, z: Ewma) -> list[tuple[str, Direction]]:
    hits: list[tuple[str, Direction]] = []
    for name, v, low, high in (("XmR", value, limits.low, limits.high), ("EWMA", z.value, z.low, z.high)):
        if v > high:
            hits.append((name, "high"))
        elif v < low:
            hits.append((name, "low"))
    return hits


def _add(found: list[Event], new: Event) -> None:
    """Extend the last event of that direction when it ends just before, else begin another."""
    for k in range(len(found) - 1, -1, -1):
        old = found[k]
        if old.direction == new.direction and old.last == new.first - 1:
            seen = tuple(sorted({*old.seen_by, *new.seen_by}, reverse=True))
            peak = max(old.peak, new.peak) if new.direction == "high" else min(old.peak, new.peak)
            found[k] = Event(old.first, new.last, new.direction, seen, peak)
            return
    found.append(new)
