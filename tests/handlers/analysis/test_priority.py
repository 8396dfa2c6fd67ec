"""The order of attention: score, bands, overrides, percentile, firmness."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.models.organisation.risk import Prioritisation
from handlers.analysis.priority import (
    BANDS,
    FACTOR,
    Impact,
    Overrides,
    Standing,
    Weights,
    band,
    confirmed,
    contenders,
    firmness,
    higher,
    percentile,
    ranked,
    score,
    weights_of,
)

DEFAULT = weights_of(Prioritisation())
EXAMPLE = Impact(4, 5, 3, 4, "online")


def standing(key: str, rating: int = 3, certainty: str = "suspected", signs: int = 0, **over: bool) -> Standing:
    impacts = (Impact(rating, rating, rating, rating, key),)
    return Standing(key, impacts, certainty, signs, Overrides(**over), (0.0, key))  # type: ignore[arg-type]


def test_worked_example() -> None:
    """Impact 4.05, probable, privileged: 56.7 + 10 = 66.7 High; confirming it alone makes it 91 Critical."""
    probable = score([EXAMPLE], DEFAULT, "probable", 1)
    assert probable.impact == pytest.approx(4.05)
    assert probable.base == pytest.approx(56.7)
    assert probable.value == pytest.approx(66.7)
    assert probable.band == "High"
    later = score([EXAMPLE], DEFAULT, "confirmed", 1)
    assert [later.base, later.value] == pytest.approx([81, 91])
    assert later.band == "Critical"
    assert confirmed(Standing("1", (EXAMPLE,), "probable", 1), crown=False).score(DEFAULT) == later


def test_default_weights_are_those_of_the_rule() -> None:
    """.35 function, .25 information, .20 recoverability, .20 regulatory."""
    assert Weights(0.35, 0.25, 0.20, 0.20) == DEFAULT


@pytest.mark.parametrize(
    ("value", "name"),
    [(100, "Critical"), (75, "Critical"), (74.999, "High"), (50, "High"), (49.999, "Medium"), (25, "Medium"),
     (24.999, "Low"), (0, "Low")],
)  # fmt: skip
def test_bands(value: float, name: str) -> None:
    """Critical from 75, High from 50, Medium from 25, else Low; the edge belongs to the higher band."""
    assert band(value) == name


@pytest.mark.parametrize(
    ("rating", "certainty", "expected"),
    [(5, "suspected", "High"), (5, "confirmed", "Critical"), (3, "suspected", "Medium")],
)
def test_edges_survive_binary_fractions(rating: int, certainty: str, expected: str) -> None:
    """A sum that is exactly an edge on paper is not pushed under it by floating point: 5 suspected is 50.0, High."""
    found = standing("a", rating, certainty).score(DEFAULT)
    assert found.value == 100 * rating / 5 * FACTOR[certainty]  # type: ignore[index]
    assert found.band == expected


def test_exactly_75() -> None:
    """Impact 3.75, confirmed, is 75.0 and Critical (equal weights, because the default ones never make 3.75)."""
    weights = Weights(0.25, 0.25, 0.25, 0.25)
    assert score([Impact(3, 4, 4, 4)], weights, "confirmed", 0).value == 75.0
    assert score([Impact(3, 4, 4, 4)], weights, "confirmed", 0).band == "Critical"


def test_momentum_is_capped() -> None:
    """Each sign adds 10, three add 20, and no score passes 100."""
    values = [score([Impact(3, 3, 3, 3)], DEFAULT, "suspected", n).value for n in range(4)]
    assert values == [pytest.approx(30), pytest.approx(40), pytest.approx(50), pytest.approx(50)]
    assert score([Impact(5, 5, 5, 5)], DEFAULT, "confirmed", 3).value == 100


def test_the_worst_service_counts_not_the_mean() -> None:
    """Two affected services: the worse one makes the impact and is named."""
    found = score([Impact(1, 1, 1, 1, "small"), EXAMPLE], DEFAULT, "confirmed", 0)
    assert found.impact == pytest.approx(4.05)
    assert found.of.service == "online"
    with pytest.raises(ValueError, match="impact"):
        score([], DEFAULT, "confirmed", 0)


@pytest.mark.parametrize("flags", list(product((False, True), repeat=4)))
def test_floor_of_every_combination_of_overrides(flags: tuple[bool, ...]) -> None:
    """Safety, a confirmed crown jewel and ransomware make Critical, a clock alone High, nothing leaves the score."""
    safety, clock, crown, ransomware = flags
    found = Standing("a", (Impact(1, 1, 1, 1),), "suspected", 0, Overrides(*flags)).level(DEFAULT)
    expected = "Critical" if safety or crown or ransomware else "High" if clock else "Low"
    assert found == expected


def test_overrides_are_lexicographic() -> None:
    """Safety before clock before crown jewel before ransomware before any score, whatever the scores are."""
    made = [
        standing("plain", 5, "confirmed", 2),
        standing("ransomware", 1, ransomware=True),
        standing("crown", 1, crown=True),
        standing("clock", 1, clock=True),
        standing("both", 1, clock=True, crown=True),
        standing("safety", 1, safety=True),
    ]
    order = [one.key for one in ranked(made, DEFAULT)]
    assert order == ["safety", "both", "clock", "crown", "ransomware", "plain"]
    assert ranked(list(reversed(made)), DEFAULT) == ranked(made, DEFAULT)


def test_an_override_raises_and_never_lowers() -> None:
    """A running clock leaves a Critical score Critical."""
    assert standing("a", 5, "confirmed", clock=True).level(DEFAULT) == "Critical"
    assert [higher("Low", name) for name, _ in BANDS] == [name for name, _ in BANDS]


def test_confirming_a_crown_jewel_overrides() -> None:
    """What touches a crown jewel is Critical once confirmed, even with a low score."""
    low = standing("a", 2)
    assert confirmed(low, crown=True).level(DEFAULT) == "Critical"
    assert confirmed(low, crown=False).level(DEFAULT) == "Medium"


def test_percentile() -> None:
    """Mid-rank: equal scores share their place, the only one stands in the middle, none is an error."""
    assert percentile(3, [1, 2, 3, 4]) == 0.625
    assert percentile(5, [5, 5, 5]) == 0.5
    with pytest.raises(ValueError, match="values"):
        percentile(1, [])


def test_firmness() -> None:
    """78 sets of weights: groups far apart hold their order, and one that leads by one rating alone is challenged."""
    far = [standing(str(n), n, "confirmed") for n in (5, 4, 3, 1)]
    assert firmness(far, DEFAULT).tried == 78
    assert firmness(far, DEFAULT).unchanged == 78
    # 3.30 by function against 3.25 by information and recoverability: a fifth of a weight turns them round
    near = [
        *far[:2],
        Standing("f", (Impact(5, 2, 2, 3),), "confirmed", 0),
        Standing("i", (Impact(2, 4, 4, 3),), "confirmed", 0),
    ]
    found = firmness(near, DEFAULT)
    assert 0 < found.unchanged < 78
    assert len(found.challengers) == 1


def test_scaled_weights_sum_to_one() -> None:
    """A weight that moves is taken from the others in proportion."""
    scaled = DEFAULT.scaled((1.2, 1, 1, 1))
    assert scaled.functional == pytest.approx(0.42 / 1.07)
    total = scaled.functional + scaled.information + scaled.recoverability + scaled.regulatory
    assert total == pytest.approx(1)


RATINGS = st.integers(1, 5)
IMPACTS = st.builds(Impact, RATINGS, RATINGS, RATINGS, RATINGS)


@given(IMPACTS, st.sampled_from(sorted(FACTOR)), st.integers(0, 3))
def test_score_stays_in_bounds_and_never_falls(impact: Impact, certainty: str, signs: int) -> None:
    """Every score lies in 10 to 100, and a worse rating, more certainty or another sign never lowers it."""
    found = score([impact], DEFAULT, certainty, signs)  # type: ignore[arg-type]
    assert 10 <= found.value <= 100
    worse = replace(impact, functional=min(5, impact.functional + 1))
    assert score([worse], DEFAULT, certainty, signs).value >= found.value  # type: ignore[arg-type]
    assert score([impact], DEFAULT, "confirmed", signs).value >= found.value
    assert score([impact], DEFAULT, certainty, signs + 1).value >= found.value  # type: ignore[arg-type]


STANDINGS = st.lists(
    st.tuples(
        st.builds(Impact, RATINGS, RATINGS, RATINGS, RATINGS), st.sampled_from(sorted(FACTOR)), st.integers(0, 2)
    ),
    min_size=1,
    max_size=12,
)


@given(STANDINGS, st.lists(st.sampled_from((0.8, 1.0, 1.2)), min_size=4, max_size=4))
def test_contenders_hold_every_possible_first(given_: list[tuple[Impact, str, int]], factors: list[float]) -> None:
    """Leaving out all but the first few equals never changes who comes first, under any of the weights tried."""
    made = [
        Standing(str(n), (impact,), certainty, signs, tie=(float(-n), str(n)))  # type: ignore[arg-type]
        for n, (impact, certainty, signs) in enumerate(given_ * 2)
    ]
    weights = DEFAULT.scaled(factors)
    assert ranked(contenders(made, 3), weights)[:3] == ranked(made, weights)[:3]
