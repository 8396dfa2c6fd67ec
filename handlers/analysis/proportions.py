"""Shares with honest intervals, and when two of them may be called different.

Sources: Wilson, JASA 22 (1927); Newcombe, Statistics in Medicine 17 (1998) 873, method 10, for the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Literal


@dataclass(frozen=True, slots=True)
class Share:
    """`successes` of `n` with its confidence interval; all shares between 0 and 1. `value` None when n is 0."""

    successes: int
    n: int
    value: float | None
    low: float
    high: float


def z_of(level: float) -> float:
    """Two-sided normal quantile of a confidence level, 0.95 → 1.96."""
    if not 0 < level < 1:
        raise ValueError("a confidence level lies between 0 and 1")
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(successes: int, n: int, level: float = 0.95) -> Share:
    """Wilson score interval, no continuity correction. With n = 0 nothing is known: 0 to 1, no value.

    Raises ValueError unless 0 ≤ successes ≤ n.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is not a share")
    if n == 0:
        return Share(0, 0, None, 0.0, 1.0)
    z = z_of(level)
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Share(successes, n, p, low, high)


def overlap(a: Share, b: Share) -> bool:
    """Do the two intervals share a point?"""
    return a.low <= b.high and b.low <= a.high


def difference(a: Share, b: Share) -> tuple[float, float, float]:
    """a − b with Newcombe's interval (low, high) from the Wilson intervals. Raises ValueError when one has n = 0."""
    if a.value is None or b.value is None:
        raise ValueError("a share of nothing cannot be compared")
    d = a.value - b.value
    low = d - sqrt((a.value - a.low) ** 2 + (b.high - b.value) ** 2)
    high = d + sqrt((a.high - a.value) ** 2 + (b.value - b.low) ** 2)
    return d, low, high


def distinguishable(a: Share, b: Share) -> bool:
    """May the two shares be called different? True when the interval of their difference leaves zero out."""
    if a.value is None or b.value is None:
        return False
    _, low, high = difference(a, b)
    return low > 0 or high < 0


def against(share: Share, target: float) -> Literal["met", "below target, within noise", "below target", "unknown"]:
    """A share that should be at least `target`: below it but with the target in the interval is noise, not failure."""
    if share.value is None:
        return "unknown"
    if share.value >= target:
        return "met"
    return "below target, within noise" if share.high >= target else "below target"
