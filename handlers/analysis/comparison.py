"""Own measures against published ones: no percentile from a single median, nothing beyond the quantiles given.

Sources: sign test and order-statistic interval of a median by the binomial distribution (Conover, "Practical
Nonparametric Statistics", chapter 3).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import comb, log
from typing import Literal

from handlers.analysis.proportions import Share
from handlers.analysis.summary import LIST_ONLY_BELOW, type7

Side = Literal["lower", "higher", "equal"]
Word = Literal["better", "worse", "inconclusive", "not comparable"]
LEVEL, ALPHA = 0.95, 0.05
LEAST_PEERS = 5
EXACT_UP_TO = 500
"""Up to so many values the binomial distribution is summed in whole numbers; beyond, that would take seconds."""


def one_sided(hits: int, n: int) -> float:
    """P(X ≥ hits) for n fair tosses: 6 of 7 → 8/128 = 0.0625; 1.0 for none. Raises ValueError unless 0 ≤ hits ≤ n."""
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is not a count")
    if n > EXACT_UP_TO:
        from scipy.stats import binom  # noqa: PLC0415 - scipy is loaded where it is used

        return float(binom.sf(hits - 1, n, 0.5))
    return float(Fraction(sum(comb(n, k) for k in range(hits, n + 1)), 2**n))


def median_interval(values: Sequence[float], level: float = LEVEL) -> tuple[float, float] | None:
    """The narrowest symmetric pair of order statistics that holds the median with at least `level`; None: too few.

    Exact for any distribution, and the counterpart of the sign test; 7 values give the smallest and the largest.
    """
    ranked = sorted(values)
    n = len(ranked)
    rank = _rank(n, level)
    return None if rank is None else (ranked[rank], ranked[n - 1 - rank])


def _rank(n: int, level: float) -> int | None:
    """The largest k of 0 … n/2 - 1 with P(X ≤ k) ≤ (1 - level) / 2 for n fair tosses; None when there is none."""
    if n > EXACT_UP_TO:
        from scipy.stats import binom  # noqa: PLC0415

        side = (1 - level) / 2
        first = int(binom.ppf(side, n, 0.5))
        return first if binom.cdf(first, n, 0.5) <= side else first - 1
    wanted, tail, best = Fraction(level).limit_denominator(10**6), Fraction(0), None
    for k in range(n // 2):
        tail += Fraction(comb(n, k), 2**n)
        if 1 - 2 * tail < wanted:
            break
        best = k
    return best


@dataclass(frozen=True, slots=True)
class Against:
    """Own values against a published median: `below` and `above` it, ties left out; `p` one-sided, on `side`."""

    n: int
    median: float
    low: float | None
    high: float | None
    below: int
    above: int
    side: Side
    p: float
    word: Word


def against_median(
    values: Sequence[float], published: float, better: Literal["lower", "higher"], open_beyond: int = 0
) -> Against | None:
    """None below five values: then nothing is claimed.

    `open_beyond`: unfinished durations that are above the published median already; leaving them out would flatter.
    """
    if len(values) < LIST_ONLY_BELOW:
        return None
    middle = type7(values, 0.5)
    below, above = sum(v < published for v in values), sum(v > published for v in values) + open_beyond
    side: Side = "equal" if below == above else "lower" if below > above else "higher"
    p = 1.0 if side == "equal" else one_sided(max(below, above), below + above)
    word: Word = "inconclusive" if p >= ALPHA or side == "equal" else "better" if side == better else "worse"
    low, high = median_interval(values) or (None, None)
    return Against(len(values), middle, low, high, below, above, side, p, word)


def against_share(ours: Share, published: float, better: Literal["lower", "higher"]) -> Word:
    """Better or worse only when the published share lies outside our interval."""
    if ours.value is None or ours.low <= published <= ours.high:
        return "inconclusive"
    return "better" if (ours.value < published) == (better == "lower") else "worse"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value lies among published quantiles, in percent. `at` None: beyond them, and `low` or `high` says which.

    `low` and `high`: the published quantiles on either side; None where there is none.
    """

    at: float | None
    low: float | None
    high: float | None


def place(value: float, quantiles: Mapping[float, float]) -> Place:
    """By the logarithm of the value between two published quantiles; never beyond the outermost ones.

    Between quantiles that are not positive there is no logarithm: then only the two sides are told. Raises ValueError
    without at least two quantiles: a single one says above or below and no more.
    """
    if len(quantiles) < 2:
        raise ValueError("a percentile needs at least two published quantiles")
    points = sorted(quantiles.items())
    if value < points[0][1]:
        return Place(None, None, points[0][0])
    if value > points[-1][1]:
        return Place(None, points[-1][0], None)
    for (p, a), (q, b) in itertools.pairwise(points):
        if a <= value <= b:
            if a <= 0 or a == b:
                return Place(p if a == b else None, p, q)
            return Place(p + (q - p) * (log(value) - log(a)) / (log(b) - log(a)), p, q)
    raise ValueError("quantiles fall as the percent rises")


def quartiles(values: Sequence[float]) -> tuple[float, float, float] | None:
    """Of a peer set (type 7); None below five peers: fewer could be told apart."""
    if len(values) < LEAST_PEERS:
        return None
    return type7(values, 0.25), type7(values, 0.5), type7(values, 0.75)


def stale(stale_after: date, today: date) -> bool:
    """More than the time on file has passed."""
    return today > stale_after
