"""The queue as it stands: how old, how stale, how loaded, and when it will be clear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from connectors.models.cases import Case

_HOUR = 3600.0
BUCKETS: tuple[tuple[str, float], ...] = (
    ("0_4h", 4 * _HOUR),
    ("4_24h", 24 * _HOUR),
    ("1_3d", 72 * _HOUR),
    ("3_7d", 168 * _HOUR),
    ("7d", inf),
)
"""Names of age buckets with their upper edge in seconds; an age on an edge belongs to the older bucket."""

STALE_AFTER: dict[str, timedelta] = {
    "critical": timedelta(hours=1),
    "high": timedelta(hours=4),
    "medium": timedelta(hours=24),
    "low": timedelta(hours=72),
    "info": timedelta(hours=72),
}
"""Longest time without an update, by priority (professional defaults)."""


@dataclass(frozen=True, slots=True)
class Load:
    """`load`: arrivals over capacity (1 = full); `capacity` cases an hour; `clearing_hours` None: it will not clear."""

    load: float | None
    capacity: float
    clearing_hours: float | None

    @property
    def will_clear(self) -> bool:
        return self.clearing_hours is not None


@dataclass(frozen=True, slots=True)
class Little:
    """Little's law L = λW. `expected` work in progress from the measured time, `implied_hours` from the measured work.

    When more is in progress than the closed cases' time explains, that time hides ageing work: `hidden` is the ratio.
    """

    expected: float
    implied_hours: float | None
    hidden: float | None


def age_buckets(ages: Iterable[float]) -> dict[str, int]:
    """Count of ages (seconds) in each bucket; a negative age (clock skew) counts as new."""
    out = {name: 0 for name, _ in BUCKETS}
    for age in ages:
        out[next(name for name, edge in BUCKETS if age < edge)] += 1
    return out


def ages(cases: Iterable[Case], now: datetime) -> list[float]:
    """Seconds since each case was created."""
    return [(now - case.created_at).total_seconds() for case in cases]


def stale(cases: Iterable[Case], now: datetime, after: Mapping[str, timedelta] = STALE_AFTER) -> list[Case]:
    """Open cases without an update for longer than their priority allows, longest silence first.

    A priority without a rule is judged as medium.
    """
    late = [
        case
        for case in cases
        if case.is_open and now - case.updated_at > after.get(case.priority, STALE_AFTER["medium"])
    ]
    return sorted(late, key=lambda case: (case.updated_at, case.id))


def load(per_hour: float, handling_minutes: float, heads: int, backlog: int) -> Load:
    """ρ = λ·AHT/(heads·60) and the hours until the backlog is clear, with everybody working on cases alone.

    `per_hour` arrivals, `handling_minutes` hands-on minutes each. Raises ValueError for negative input or AHT of zero.
    """
    if per_hour < 0 or handling_minutes <= 0 or heads < 0 or backlog < 0:
        raise ValueError("arrivals, heads and backlog must not be negative and the handling time must be positive")
    capacity = heads * 60 / handling_minutes
    spare = capacity - per_hour
    rho = per_hour / capacity if capacity else None
    if backlog == 0:
        return Load(rho, capacity, 0.0 if spare >= 0 else None)
    return Load(rho, capacity, backlog / spare if spare > 1e-9 else None)


def little(per_hour: float, hours_each: float, in_progress: float) -> Little:
    """Check measured work in progress against arrivals per hour × hours in the system each."""
    expected = per_hour * hours_each
    return Little(
        expected,
        in_progress / per_hour if per_hour > 0 else None,
        in_progress / expected if expected > 0 else None,
    )
