"""How much a threat concerns this organisation: an additive score with every part shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isclose

from connectors.models.organisation import ThreatContext


@dataclass(frozen=True, slots=True)
class Part:
    """One term: `weight` × `degree` (0 to 1) = `points`; `known` False when its input was missing (counts 0)."""

    name: str
    weight: float
    degree: float
    known: bool

    @property
    def points(self) -> float:
        return self.weight * self.degree


@dataclass(frozen=True, slots=True)
class Relevance:
    """`score` 0 to 1. `ceiling` is what it could be if the unknown parts were all in full."""

    score: float
    parts: tuple[Part, ...]

    @property
    def ceiling(self) -> float:
        return self.score + sum(p.weight for p in self.parts if not p.known)


def matches(theirs: Iterable[str], ours: Iterable[str]) -> float | None:
    """1 when a name is on both lists (case and spaces ignored), 0 when not, None when either list is empty."""
    left, right = ({" ".join(t.casefold().split()) for t in names if t.strip()} for names in (theirs, ours))
    if not left or not right:
        return None
    return 1.0 if left & right else 0.0


def gap_overlap(techniques: Iterable[str], undetected: Iterable[str] | None) -> float | None:
    """Share of a threat's techniques that we do not detect; None when either side is unknown."""
    theirs = set(techniques)
    if not theirs or undetected is None:
        return None
    return len(theirs & set(undetected)) / len(theirs)


def relevance(
    context: ThreatContext,
    sector: float | None,
    region: float | None,
    gap: float | None,
    seen: float | None,
) -> Relevance:
    """0.4 sector + 0.2 region + 0.25 overlap with our detection gaps + 0.15 seen here, weights from the context.

    Each degree is 0 to 1, None when unknown. Raises ValueError for a degree outside or weights that do not sum to 1.
    """
    given = (
        ("sector", context.weight_sector, sector),
        ("region", context.weight_region, region),
        ("detection gap", context.weight_gap, gap),
        ("seen here", context.weight_seen, seen),
    )
    if not isclose(sum(w for _, w, _ in given), 1.0, abs_tol=1e-9):
        raise ValueError("the relevance weights must sum to 1")
    for name, _, degree in given:
        if degree is not None and not 0 <= degree <= 1:
            raise ValueError(f"{name}: {degree} is not between 0 and 1")
    parts = tuple(Part(name, weight, degree or 0.0, degree is not None) for name, weight, degree in given)
    return Relevance(sum(p.points for p in parts), parts)
