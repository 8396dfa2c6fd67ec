"""Choosing between alternatives by several criteria: weighted sum, TOPSIS as a cross-check, AHP weights, sensitivity.

Sources: Saaty's analytic hierarchy process (eigenvector, consistency ratio); Hwang and Yoon's TOPSIS (vector norm).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


Better = Literal["higher", "lower"]
RANDOM_INDEX = {1: 0.0, 2: 0.0, 3: 0.58, 4: 0.90, 5: 1.12}
CONSISTENT = 0.10


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights that sum to 1. `ratio`: consistency ratio, None when no random index is on file for so many criteria."""

    values: tuple[float, ...]
    largest: float
    index: float
    ratio: float | None

    @property
    def consistent(self) -> bool | None:
        return None if self.ratio is None else self.ratio < CONSISTENT


@dataclass(frozen=True, slots=True)
class Field:
    """What is compared: a row of `values` an alternative, in the order of the criteria."""

    names: tuple[str, ...]
    criteria: tuple[str, ...]
    better: tuple[Better, ...]
    weights: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """`sums` and `closeness` (TOPSIS) by name, best first; `normal` the 0–1 values of each alternative."""

    sums: tuple[tuple[str, float], ...]
    closeness: tuple[tuple[str, float], ...]
    normal: dict[str, tuple[float, ...]]

    @property
    def winner(self) -> str:
        return self.sums[0][0]

    @property
    def agree(self) -> bool:
        """Do both methods give the same order?"""
        return [name for name, _ in self.sums] == [name for name, _ in self.closeness]


@dataclass(frozen=True, slots=True)
class Swing:
    """The smallest change of one weight (the others keep their proportions) that makes `winner` win."""

    criterion: str
    weight: float
    needed: float
    winner: str

    @property
    def move(self) -> float:
        return abs(self.needed - self.weight)


def ahp(matrix: Sequence[Sequence[float]]) -> Weights:
    """Weights from pairwise comparisons, by the principal eigenvector.

    Raises ValueError unless the matrix is square, positive and reciprocal (to 1 %).
    """
    import numpy as np  # noqa: PLC0415

    size = len(matrix)
    if size == 0 or any(len(line) != size for line in matrix):
        raise ValueError("the comparisons must be a square table")
    for i in range(size):
        for j in range(size):
            if matrix[i][j] <= 0 or not isclose(matrix[i][j] * matrix[j][i], 1.0, rel_tol=0.01):
                raise ValueError(f"row {i + 1}, column {j + 1}: a comparison and its opposite must multiply to 1")
    values, vectors = np.linalg.eig(np.array(matrix, dtype=np.float64))
    at = int(np.argmax(values.real))
    vector = np.abs(vectors[:, at].real)
    largest = float(values[at].real)
    index = (largest - size) / (size - 1) if size > 1 else 0.0
    chance = RANDOM_INDEX.get(size)
    ratio = None if chance is None else (index / chance if chance else 0.0)
    return Weights(tuple(float(v) for v in vector / vector.sum()), largest, index, ratio)


def normalised(field: Field) -> Floats:
    """Each criterion from 0 (worst of the field) to 1 (best); 1 for all where nobody differs."""
    import numpy as np  # noqa: PLC0415

    table = np.array(field.values, dtype=np.float64)
    low, high = table.min(axis=0), table.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    rising = np.array([side == "higher" for side in field.better])
    scaled = np.where(rising, (table - low) / span, (high - table) / span)
    return np.where(high > low, scaled, 1.0)


def rank(field: Field) -> Ranking:
    """Weighted sum and TOPSIS. Raises ValueError for an empty field or weights that do not sum to 1."""
    import numpy as np  # noqa: PLC0415

    _check(field)
    normal = normalised(field)
    sums = normal @ np.array(field.weights)
    return Ranking(
        _ordered(field.names, sums),
        _ordered(field.names, _topsis(field)),
        {name: tuple(float(v) for v in row) for name, row in zip(field.names, normal, strict=True)},
    )


def _check(field: Field) -> None:
    if not field.names or not field.criteria:
        raise ValueError("there is nothing to compare")
    if not isclose(sum(field.weights), 1.0, abs_tol=1e-6):
        raise ValueError(f"the weights sum to {sum(field.weights):g}, not to 1")


def _ordered(names: Sequence[str], values: Floats) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(((n, float(v)) for n, v in zip(names, values, strict=True)), key=lambda p: (-p[1], p[0])))


def _topsis(field: Field) -> Floats:
    import numpy as np  # noqa: PLC0415

    table = np.array(field.values, dtype=np.float64)
    norm = np.sqrt((table**2).sum(axis=0))
    weighted = table / np.where(norm > 0, norm, 1.0) * np.array(field.weights)
    rising = np.array([side == "higher" for side in field.better])
    best = np.where(rising, weighted.max(axis=0), weighted.min(axis=0))
    worst = np.where(rising, weighted.min(axis=0), weighted.max(axis=0))
    near = np.sqrt(((weighted - best) ** 2).sum(axis=1))
    far = np.sqrt(((weighted - worst) ** 2).sum(axis=1))
    both = near + far
    return np.where(both > 0, far / np.where(both > 0, both, 1.0), 1.0)


def swings(field: Field) -> list[Swing]:
    """For each criterion the smallest weight change that changes the winner, smallest first; none where nothing does.

    With the other weights in proportion each sum is linear in the weight, so the crossings are exact.
    """
    import numpy as np  # noqa: PLC0415

    normal, sums = normalised(field), np.array(rank_sums(field))
    first = int(np.argmax(sums))
    out = []
    for j, weight in enumerate(field.weights):
        if weight >= 1:
            continue
        rest = (sums - weight * normal[:, j]) / (1 - weight)
        slope = normal[:, j] - rest
        found = []
        for other in range(len(field.names)):
            gap = slope[first] - slope[other]
            if other == first or isclose(gap, 0.0, abs_tol=1e-12):
                continue
            needed = float((rest[other] - rest[first]) / gap)
            if 0 <= needed <= 1:
                found.append(Swing(field.criteria[j], weight, needed, field.names[other]))
        if found:
            out.append(min(found, key=lambda s: (s.move, s.winner)))
    return sorted(out, key=lambda s: (s.move, s.criterion))


def rank_sums(field: Field) -> list[float]:
    """Weighted sums in the order of the field."""
    import numpy as np  # noqa: PLC0415

    return [float(v) for v in normalised(field) @ np.array(field.weights)]


def lowest_of(field: Field, ranking: Ranking) -> list[str]:
    """Criteria on which the winner is the worst of the field (min–max gives it 0)."""
    mine = ranking.normal[ranking.winner]
    return [name for name, value in zip(field.criteria, mine, strict=True) if value == 0]


def reversals(field: Field) -> list[tuple[str, str]]:
    """(who leaves, who then wins) wherever a loser's leaving changes the winner: min–max depends on the field."""
    winner = rank(field).winner
    out = []
    for left in range(len(field.names)):
        if field.names[left] == winner or len(field.names) < 3:
            continue
        keep = [i for i in range(len(field.names)) if i != left]
        fewer = Field(
            tuple(field.names[i] for i in keep), field.criteria, field.better, field.weights,
            tuple(field.values[i] for i in keep),
        )  # fmt: skip
        if (then := rank(fewer).winner) != winner:
            out.append((field.names[left], then))
    return out


def spread(scores: Mapping[str, float]) -> float:
    """Range of the raters' scores."""
    return max(scores.values()) - min(scores.values()) if scores else 0.0
