"""Comparing like with like: averages at a fixed mix of strata, and how evenly work is spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class Stratum:
    """`n` cases with a mean (any unit; the result has the same)."""

    n: int
    mean: float


@dataclass(frozen=True, slots=True)
class MixAdjusted:
    """Crude means of two periods, the second at the first's mix, and the relative changes (0.25 = +25 %).

    `left_out` names strata that one of the periods lacks: they have nothing to be compared with, and `base` and
    `standardised` are over the rest.
    """

    before: float
    after: float
    base: float
    standardised: float
    crude_change: float | None
    adjusted_change: float | None
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """How unevenly counts are spread: Gini (0 even), coefficient of variation, max over mean, share of the top one."""

    n: int
    total: float
    gini: float
    cv: float
    max_over_mean: float
    top_share: float


def crude(strata: Mapping[str, Stratum]) -> float:
    """The plain mean over all cases. Raises ValueError when there are none."""
    n = sum(s.n for s in strata.values())
    if n == 0:
        raise ValueError("no cases")
    return sum(s.n * s.mean for s in strata.values()) / n


def standardise(before: Mapping[str, Stratum], after: Mapping[str, Stratum]) -> MixAdjusted | None:
    """Direct standardisation of `after` to the mix of `before`; None when no stratum has cases in both."""
    shared = [k for k in before if before[k].n > 0 and k in after and after[k].n > 0]
    used = {k for period in (before, after) for k, s in period.items() if s.n > 0}
    if not shared:
        return None
    weight = sum(before[k].n for k in shared)
    base = sum(before[k].n * before[k].mean for k in shared) / weight
    standardised = sum(before[k].n * after[k].mean for k in shared) / weight
    first, second = crude(before), crude(after)
    return MixAdjusted(
        before=first,
        after=second,
        base=base,
        standardised=standardised,
        crude_change=second / first - 1 if first else None,
        adjusted_change=standardised / base - 1 if base else None,
        left_out=tuple(sorted(used - set(shared))),
    )


def spread(counts: Sequence[float]) -> Spread | None:
    """Spread of counts over persons (population standard deviation); None when nobody has any."""
    n, total = len(counts), float(sum(counts))
    if n == 0 or total <= 0:
        return None
    mean = total / n
    ranked = sorted(counts)
    gini = sum((2 * i - n - 1) * x for i, x in enumerate(ranked, start=1)) / (n * total)
    deviation = sqrt(sum((x - mean) ** 2 for x in counts) / n)
    return Spread(n, total, gini, deviation / mean, ranked[-1] / mean, ranked[-1] / total)
