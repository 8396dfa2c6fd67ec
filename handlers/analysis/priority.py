"""The order of attention: an additive score that explains itself, overrides that go before it, and how firm it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import product
from typing import Literal

from connectors.models.organisation.risk import Certainty, Prioritisation

Band = Literal["Critical", "High", "Medium", "Low"]
BANDS: tuple[tuple[Band, float], ...] = (("Critical", 75.0), ("High", 50.0), ("Medium", 25.0), ("Low", 0.0))
FACTOR: dict[Certainty, float] = {"confirmed": 1.0, "probable": 0.7, "suspected": 0.5}
UNKNOWN = 3
"""The rating of what nobody has rated: the middle, never 0, and said so."""
EACH, MOST = 10.0, 20.0
"""Points for each sign of momentum, and the cap."""
SWING = (0.8, 1.0, 1.2)
TOP = 3


@dataclass(frozen=True, slots=True)
class Weights:
    """What each rating counts; they sum to 1."""

    functional: float
    information: float
    recoverability: float
    regulatory: float

    def scaled(self, factors: Sequence[float]) -> Weights:
        """Each weight times its factor, brought back to a sum of 1."""
        raw = [weight * factor for weight, factor in zip(astuple(self), factors, strict=True)]
        return Weights(*(one / sum(raw) for one in raw))


@dataclass(frozen=True, slots=True)
class Impact:
    """Ratings of one affected service, 1 to 5. `assumed` names those that nobody knows and that stand at UNKNOWN."""

    functional: int
    information: int
    recoverability: int
    regulatory: int
    service: str = ""
    assumed: tuple[str, ...] = ()

    @property
    def ratings(self) -> tuple[int, int, int, int]:
        return self.functional, self.information, self.recoverability, self.regulatory


@dataclass(frozen=True, slots=True)
class Overrides:
    """Facts that go before any score, in this order."""

    safety: bool = False
    clock: bool = False
    crown: bool = False
    ransomware: bool = False

    @property
    def rank(self) -> tuple[bool, bool, bool, bool]:
        """Sorts what is overridden first."""
        return not self.safety, not self.clock, not self.crown, not self.ransomware

    @property
    def floor(self) -> Band:
        """The lowest band these facts allow."""
        if self.safety or self.crown or self.ransomware:
            return "Critical"
        return "High" if self.clock else "Low"


@dataclass(frozen=True, slots=True)
class Score:
    """`value` 0 to 100 = `base` (100 · impact/5 · certainty) + `momentum`, capped at 100."""

    impact: float
    of: Impact
    factor: float
    base: float
    momentum: float
    value: float

    @property
    def band(self) -> Band:
        return band(self.value)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the order of one group follows from. `tie` breaks equal scores: smaller first."""

    key: str
    impacts: tuple[Impact, ...]
    certainty: Certainty
    signs: int
    overrides: Overrides = Overrides()
    tie: tuple[float, str] = (0.0, "")

    def score(self, weights: Weights) -> Score:
        return score(self.impacts, weights, self.certainty, self.signs)

    def level(self, weights: Weights) -> Band:
        """The band after the overrides."""
        return higher(self.score(weights).band, self.overrides.floor)


@dataclass(frozen=True, slots=True)
class Firmness:
    """Of `tried` sets of weights, each 20 % up, down or unchanged, `unchanged` leave the first three as they are.

    `challengers` are those that come in under some of them.
    """

    tried: int
    unchanged: int
    challengers: tuple[str, ...]


def weights_of(policy: Prioritisation) -> Weights:
    """The policy's four weights."""
    return Weights(
        policy.weight_functional, policy.weight_information, policy.weight_recoverability, policy.weight_regulatory
    )


def business_impact(impact: Impact, weights: Weights) -> float:
    """1 to 5: .35·functional + .25·information + .20·recoverability + .20·regulatory with the default weights."""
    parts = zip(astuple(weights), impact.ratings, strict=True)
    return float(sum(weight * rating for weight, rating in parts))


def score(impacts: Iterable[Impact], weights: Weights, certainty: Certainty, signs: int) -> Score:
    """min(100, 100·(impact/5)·certainty + momentum) over the worst affected service, not their mean.

    Raises ValueError without any impact.
    """
    rated = [(round(business_impact(one, weights), 9), one) for one in impacts]
    if not rated:
        raise ValueError("a score needs at least one rated impact")
    worst, of = max(rated, key=lambda pair: (pair[0], pair[1].service))
    factor, points = FACTOR[certainty], min(EACH * signs, MOST)
    base = round(100 * worst / 5 * factor, 6)
    return Score(worst, of, factor, base, points, min(100.0, base + points))


def band(value: float) -> Band:
    """Critical from 75, High from 50, Medium from 25, below that Low."""
    return next(name for name, edge in BANDS if value >= edge)


def higher(one: Band, other: Band) -> Band:
    """The more urgent of two bands."""
    order = [name for name, _ in BANDS]
    return min(one, other, key=order.index)


def confirmed(standing: Standing, crown: bool) -> Standing:
    """The same group if it were confirmed; `crown`: it touches a crown jewel or a tier-0 identity."""
    overrides = replace(standing.overrides, crown=standing.overrides.crown or crown)
    return replace(standing, certainty="confirmed", overrides=overrides)


def ranked(standings: Iterable[Standing], weights: Weights) -> list[Standing]:
    """Overrides lexicographically, then the score, then the tie."""
    return sorted(standings, key=lambda one: (one.overrides.rank, -one.score(weights).value, one.tie))


def percentile(value: float, values: Sequence[float]) -> float:
    """Share of values below, those equal counted half (mid-rank): 0.5 for the only one. ValueError for none."""
    if not values:
        raise ValueError("a percentile needs values")
    below = sum(one < value for one in values)
    return (below + sum(one == value for one in values) / 2) / len(values)


def contenders(standings: Iterable[Standing], top: int) -> list[Standing]:
    """Those that can be among the first under some weights: of equals in everything but the tie, the first few."""
    alike: dict[object, list[Standing]] = {}
    for one in standings:
        ratings = frozenset((impact.ratings, impact.service) for impact in one.impacts)
        alike.setdefault((ratings, one.certainty, one.signs, one.overrides), []).append(one)
    return [one for same in alike.values() for one in sorted(same, key=lambda one: one.tie)[:top]]


def firmness(standings: Sequence[Standing], weights: Weights, top: int = TOP) -> Firmness:
    """Does the top hold when each weight moves by 20 %? All 78 different combinations of 0.8, 1 and 1.2."""
    few = contenders(standings, top)
    first = [one.key for one in ranked(few, weights)[:top]]
    tried = unchanged = 0
    others: dict[str, None] = {}
    for factors in product(SWING, repeat=4):
        if len(set(factors)) == 1:
            continue
        tried += 1
        now = [one.key for one in ranked(few, weights.scaled(factors))[:top]]
        unchanged += now == first
        others |= dict.fromkeys(key for key in now if key not in first)
    return Firmness(tried, unchanged, tuple(others))
