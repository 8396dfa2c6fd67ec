"""Maturity from self-assessments: weighted means, the gap to the target, and what has no evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectors.models.organisation.strategy import Domain, Initiative, MaturityScore

NEEDS_EVIDENCE, WITHOUT = 3.0, 2.0
"""A score of 3 or more without evidence counts as 2 in the proven score."""
DOMAINS: tuple[Domain, ...] = ("business", "people", "process", "technology", "services")


@dataclass(frozen=True, slots=True)
class Maturity:
    """One domain. `proven` counts scores of 3 or more without evidence as 2; `unproven` names their aspects."""

    domain: Domain
    score: float
    target: float
    proven: float
    capability: float | None
    aspects: int
    unproven: tuple[str, ...]

    @property
    def gap(self) -> float:
        return max(self.target - self.score, 0.0)


def assess(scores: Iterable[MaturityScore]) -> list[Maturity]:
    """Importance-weighted mean per domain, in SOC-CMM's order; a domain of no importance is left out."""
    by: dict[Domain, list[MaturityScore]] = defaultdict(list)
    for one in scores:
        by[one.domain].append(one)
    return [_domain(name, by[name]) for name in DOMAINS if sum(one.importance for one in by[name]) > 0]


def _domain(name: Domain, rows: list[MaturityScore]) -> Maturity:
    able = [(one.capability, one.importance) for one in rows if one.capability is not None and one.importance > 0]
    return Maturity(
        domain=name,
        score=mean((one.score, one.importance) for one in rows),
        target=mean((one.target, one.importance) for one in rows),
        proven=mean((WITHOUT if unproven(one) else one.score, one.importance) for one in rows),
        capability=mean(able) if able else None,
        aspects=len(rows),
        unproven=tuple(one.aspect for one in rows if unproven(one)),
    )


def unproven(one: MaturityScore) -> bool:
    """Claimed to be defined or better, without evidence."""
    return one.score >= NEEDS_EVIDENCE and not one.evidence


def mean(pairs: Iterable[tuple[float, float]]) -> float:
    """Weighted mean of (value, weight). Raises ValueError when all weights are 0."""
    kept = list(pairs)
    total = sum(weight for _, weight in kept)
    if total <= 0:
        raise ValueError("a weighted mean needs a weight above 0")
    return sum(value * weight for value, weight in kept) / total


def overall(found: Iterable[Maturity], weights: Mapping[Domain, float]) -> float | None:
    """Mean of the domains by the organisation's weights (1 where none is given); None without a weighted domain."""
    pairs = [(one.score, weights.get(one.domain, 1.0)) for one in found]
    return mean(pairs) if sum(weight for _, weight in pairs) > 0 else None


def largest_gap(found: Iterable[Maturity]) -> Maturity | None:
    """The domain furthest under its target, of equals the lower score; None when all are met."""
    short = [one for one in found if one.gap > 0]
    return max(short, key=lambda one: (round(one.gap, 9), -one.score), default=None)


def effort_by_domain(initiatives: Iterable[Initiative]) -> dict[Domain, float]:
    """Effort shared among the domains that an initiative closes gaps in, by how much of each."""
    out: dict[Domain, float] = defaultdict(float)
    for one in initiatives:
        total = sum(one.closes.values())
        for domain, points in one.closes.items():
            if total > 0:
                out[domain] += one.effort * points / total
    return dict(out)


def value_of(one: Initiative, weights: Mapping[Domain, float], point_value: float = 1.0) -> float | None:
    """Points on file, else `point_value` · Σ weight·maturity points closed; None when there is neither."""
    if one.value is not None:
        return one.value
    total = sum(weights.get(domain, 1.0) * points for domain, points in one.closes.items())
    return total * point_value or None
