"""Samples an auditor could draw again, and what a clean or unclean sample proves.

The order of a sample is by SHA-256 of seed and id, so that anybody can repeat it in any language. Sizes by
frequency are usual practice, the auditor's judgement decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from math import comb

SIZES: dict[str, tuple[int, int]] = {
    "annual": (1, 1),
    "quarterly": (2, 2),
    "monthly": (2, 5),
    "weekly": (5, 15),
    "daily": (20, 40),
    "continuous": (25, 60),
}
"""Usual sample sizes by how often a control operates; "continuous" is many times a day."""


@dataclass(frozen=True, slots=True)
class Sample:
    """`population` of so many ids with their hash; `ids` drawn in the order of the seed."""

    population: int
    digest: str
    seed: int
    ids: tuple[str, ...]


def size(frequency: str, key: bool) -> int:
    """The usual size: the upper end for key controls, the lower end otherwise."""
    return SIZES[frequency][1 if key else 0]


def digest(ids: Iterable[str]) -> str:
    """SHA-256 over the sorted ids, one a line."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()


def draw(ids: Iterable[str], count: int, seed: int) -> Sample:
    """`count` of the ids, or all when there are fewer; the same for the same seed and population."""
    known = sorted(set(ids))
    order = sorted(known, key=lambda one: (hashlib.sha256(f"{seed}:{one}".encode()).hexdigest(), one))
    return Sample(len(known), digest(known), seed, tuple(order[:count]))


def upper_limit(sampled: int, exceptions: int, level: float = 0.9) -> float:
    """One-sided upper limit of the rate of exceptions (Clopper–Pearson): 25 without any → 1 − 0.1^(1/25) = 8.8 %.

    Raises ValueError unless 0 ≤ exceptions ≤ sampled and sampled > 0.
    """
    if not 0 <= exceptions <= sampled or sampled == 0:
        raise ValueError(f"{exceptions} exceptions in {sampled} is no test result")
    if exceptions == sampled:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(exceptions, sampled, middle) > 1 - level:
            low = middle
        else:
            high = middle
    return high


def _at_most(k: int, n: int, p: float) -> float:
    return sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))


def conclusion(exceptions: int) -> str:
    """What an attribute test says: none passes, one asks for more, two or more fail."""
    if exceptions == 0:
        return "no exception"
    return "one exception: extend the sample or fail" if exceptions == 1 else f"{exceptions} exceptions: fail"
