"""How numbers are said."""

from datetime import UTC, datetime

import pytest

from messages.figures import Figure
from messages.prose import delta, quantity


def _figure(value: float, previous: float) -> Figure:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return Figure(
        id="a.b", label="A", value=value, previous=previous, unit="share", definition="d", sources=("s",), as_of=at
    )


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.0008, "score", "0.0008"),
        (0.000001, "score", "below 0.00001"),
        (-4, "count", "−4"),
        (-0.14, "score", "−0.14"),
        (-0.012, "ratio", "−0.012"),
        (0.48, "score", "0.48"),
        (0, "score", "0"),
        (-0.03, "share", "−3 %"),
        (-0.0003, "share", "0 %"),
        (-39133, "money", "−39,133"),
        (-0.2, "money", "0"),
    ],
)
def test_small_and_negative_numbers(value: float, unit: str, said: str) -> None:
    """A p of 0.0008 is never said as 0, and below zero stands the minus sign that the deltas use."""
    assert quantity(value, unit) == said


def test_points_without_false_precision() -> None:
    """A change of whole points is said in whole points."""
    assert delta(_figure(0.84, 0.87)) == "−3 points"
    assert delta(_figure(0.837, 0.873)) == "−3.6 points"
