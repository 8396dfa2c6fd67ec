"""Charts: drawn offline, gaps kept, names told apart, readable without a sense for colour."""

import itertools
import struct
import zlib

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


def week(*values: float | None) -> Chart:
    return Chart(
        shape="heatmap", title="t", labels=tuple("abcd"), series=(Series(name="Mon", values=values),), y_label="day"
    )


def test_a_heatmap_says_its_numbers() -> None:
    """Each cell has its number where there is room, so that no colour has to be read; a gap has none."""
    drawn = charts.spec(week(0.04, 2, None, 1.26))
    assert [row["said"] for row in drawn["data"]["values"]] == ["~0", "2.0", "", "1.3"]
    cells, numbers = drawn["layer"]
    assert cells["mark"] == "rect" and numbers["mark"]["type"] == "text"
    wide = week(1_234_567.0, 2, 3, 4).model_copy(update={"labels": tuple(map(str, range(24)))})
    assert len(charts.spec(wide)["layer"]) == 1


def test_what_is_too_little_has_a_colour_of_its_own() -> None:
    """Values on both sides of zero are drawn in two hues that meet at zero; others in one."""

    def scale(chart: Chart) -> dict[str, object]:
        found: dict[str, object] = charts.spec(chart)["layer"][0]["encoding"]["color"]["scale"]
        return found

    assert scale(week(-2, 0, 1, 3)) == {"scheme": "blueorange", "reverse": True, "domainMid": 0}
    assert scale(week(0, 1, 2, 3)) == {"scheme": "blues"}


def test_counts_have_no_halves() -> None:
    """An axis of whole numbers names whole numbers."""
    chart = Chart(shape="bar", title="t", labels=("a",), series=(Series(name="s", values=(2,)),))
    assert charts.spec(chart)["encoding"]["y"]["axis"]["values"] == [0, 1, 2]


def test_a_sector_is_named_with_its_value() -> None:
    """A pie has no axis: its legend says the values."""
    chart = Chart(shape="pie", title="t", labels=("True", "False"), series=(Series(name="n", values=(3, None)),))
    assert [row["label"] for row in charts.spec(chart)["data"]["values"]] == ["True: 3", "False: –"]


def test_a_picture_is_a_whole_png() -> None:
    """The packed file has the checksums and the pixels of a PNG: rows of four bytes a pixel and a filter byte."""
    picture = charts.png(week(1, 2, 3, 4), "TLP:RED")
    at, seen = 8, {}
    while at < len(picture):
        length, kind = struct.unpack(">I4s", picture[at : at + 8])
        data = picture[at + 8 : at + 8 + length]
        assert struct.unpack(">I", picture[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + data)
        seen[kind] = data
        at += 12 + length
    width, height = struct.unpack(">II", seen[b"IHDR"][:8])
    assert len(zlib.decompress(seen[b"IDAT"])) == height * (width * 4 + 1)


_SIMULATED = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB."""


def linear(colour: str) -> list[float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def lab(rgb: list[float]) -> tuple[float, float, float]:
    """CIE L*a*b*, D65."""
    rows = (
        ((0.4124, 0.3576, 0.1805), 0.9505),
        ((0.2126, 0.7152, 0.0722), 1.0),
        ((0.0193, 0.1192, 0.9505), 1.089),
    )
    x, y, z = (max(0.0, sum(w * part for w, part in zip(row, rgb, strict=True))) / white for row, white in rows)
    x, y, z = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("eyes", _SIMULATED)
def test_the_first_six_colours_differ_for_all_eyes(eyes: str) -> None:
    """Two of the first six colours differ by 15 and more, whatever cones are missing."""
    seen = []
    for colour in charts.PALETTE[:6]:
        rgb = linear(colour)
        mixed = (sum(w * part for w, part in zip(row, rgb, strict=True)) for row in _SIMULATED[eyes])
        seen.append(lab([min(1.0, max(0.0, part)) for part in mixed]))
    distances = [
        sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5
        for one, other in itertools.combinations(seen, 2)
    ]
    assert min(distances) >= 15


@pytest.mark.parametrize("colour", charts.PALETTE)
def test_colours_stand_out_on_white_and_on_dark(colour: str) -> None:
    """3:1 against white and against the darkest page of ours (#1d1c1d), as WCAG 2.2, 1.4.11 asks of graphics."""

    def brightness(named: str) -> float:
        return sum(w * part for w, part in zip((0.2126, 0.7152, 0.0722), linear(named), strict=True)) + 0.05

    assert 1.05 / brightness(colour) >= 3 and brightness(colour) / brightness("#1d1c1d") >= 3
