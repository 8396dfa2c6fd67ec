"""Charts: drawn offline, gaps kept, names told apart."""

import pytest

from messages import charts
from messages.document import Chart, Series
from tests.messages.sample import charts as sample_charts


@pytest.mark.parametrize("chart", sample_charts(), ids=lambda chart: chart.shape)
def test_every_shape_is_drawn(chart: Chart) -> None:
    """Each shape is an SVG in the page's ink and a PNG of more than an empty canvas."""
    drawing = charts.svg(chart)
    assert drawing.startswith("<svg ")
    assert "currentColor" in drawing
    assert chart.title in drawing
    picture = charts.png(chart)
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 5_000


def test_a_gap_is_no_zero() -> None:
    """A missing value is null in the specification, and so is one that is not a number."""
    chart = Chart(
        shape="line", title="t", labels=("a", "b", "c"), series=(Series(name="s", values=(1, None, float("nan"))),)
    )
    assert [row["value"] for row in charts.spec(chart)["data"]["values"]] == [1, None, None]


def test_equal_labels_stay_apart() -> None:
    """Two weeks that share a label are two columns, not one sum."""
    chart = Chart(shape="bar", title="t", labels=("Mon", "Mon"), series=(Series(name="s", values=(1, 2)),))
    assert [row["label"] for row in charts.spec(chart)["data"]["values"]] == ["Mon", "Mon (2)"]


def test_hostile_names_are_words_in_the_drawing() -> None:
    """A script in a series' name is text in the SVG."""
    name = "<script>alert(1)</script>"
    chart = Chart(
        shape="bar", title=name, labels=(name,), series=(Series(name=name, values=(1,)), Series(name="b", values=(2,)))
    )
    drawing = charts.svg(chart)
    assert "<script" not in drawing
    assert "&lt;script&gt;" in drawing


def test_an_emoji_cut_in_half_does_not_stop_the_drawing() -> None:
    """A long title of emoji is drawn: Vega alone would cut one in half and refuse."""
    chart = Chart(shape="bar", title="😀" * 200, labels=("😀" * 100,), series=(Series(name="s", values=(1,)),))
    assert charts.svg(chart).startswith("<svg ")
