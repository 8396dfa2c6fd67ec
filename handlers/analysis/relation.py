"""Do two series move together: Kendall's tau-b, which needs no straight line and minds ties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.analysis.trend import MIN_PERIODS


@dataclass(frozen=True, slots=True)
class Relation:
    """`tau` from −1 to 1 and its two-sided `p` over `n` pairs; both None with too few pairs or a constant series."""

    n: int
    tau: float | None = None
    p: float | None = None


def relation(x: Sequence[float | None], y: Sequence[float | None]) -> Relation:
    """Kendall's tau-b of the pairs of which both are known (M. G. Kendall, Biometrika 33, 1945)."""
    pairs = [(a, b) for a, b in zip(x, y, strict=True) if a is not None and b is not None]
    if len(pairs) < MIN_PERIODS or len({a for a, _ in pairs}) < 2 or len({b for _, b in pairs}) < 2:
        return Relation(len(pairs))
    from scipy.stats import kendalltau  # noqa: PLC0415

    found = kendalltau(*zip(*pairs, strict=True))
    return Relation(len(pairs), float(found.statistic), float(found.pvalue))
