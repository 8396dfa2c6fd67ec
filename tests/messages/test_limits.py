"""Cutting to fit loses nothing."""

from hypothesis import given
from hypothesis import strategies as st

from messages import limits
from messages.grid import cells, draw, wrap

texts = st.text(alphabet="ab 😀é漢\n", max_size=200)


@given(texts, st.integers(4, 50))
def test_split_is_complete_and_within(text: str, limit: int) -> None:
    """The pieces are the text, and none is longer than allowed."""
    pieces = limits.split(text, limit)
    assert "".join(pieces) == text
    assert all(0 < limits.size(piece) <= limit for piece in pieces)


@given(texts, st.integers(4, 50))
def test_headed_keeps_every_word(text: str, limit: int) -> None:
    """A heading and its rest are the text, an ellipsis apart."""
    head, rest = limits.headed(text, limit)
    assert limits.size(head) <= limit
    assert (head.removesuffix(" …") + rest if rest else head).replace(" ", "") == text.replace(" ", "") or "\n" in text


@given(texts, st.integers(4, 50))
def test_clip_is_within(text: str, limit: int) -> None:
    """A clipped text fits, and says that it was clipped."""
    clipped = limits.clip(text, limit)
    assert limits.size(clipped) <= limit
    assert clipped == text or clipped.endswith(limits.ELLIPSIS)


@given(st.lists(texts, max_size=8), st.integers(8, 30))
def test_unique_names_are_unique_and_within(names: list[str], limit: int) -> None:
    """No two series of a chart share a name, however they were cut."""
    found = limits.unique(names, limit)
    assert len(set(found)) == len(names)
    assert all(0 < limits.size(name) <= limit for name in found)


def test_column_groups_hold_each_column_once() -> None:
    """Every column but the leading one stands in one group, and no group is too wide."""
    groups = limits.column_groups(45, 20)
    assert all(len(group) <= 20 and group[0] == 0 for group in groups)
    assert [column for group in groups for column in group[1:]] == list(range(1, 45))


def test_split_row_goes_on_below() -> None:
    """A long cell's rest stands in the next row under it, beside empty cells."""
    assert limits.split_row(["id", "aaaa bbbb"], 5) == [("id", "aaaa "), ("", "bbbb")]


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5), st.integers(20, 60))
def test_a_grid_is_within_its_width_and_complete(rows: list[tuple[str, str]], width: int) -> None:
    """No line of a table is wider than asked, and every letter of every cell is in it."""
    lines = draw(("A", "B"), rows, (False, True), width)
    assert max(map(cells, lines)) <= width
    drawn = sorted("".join(lines[2:]).replace(" ", ""))
    assert drawn == sorted("".join(map("".join, rows)).replace(" ", "").replace("\n", ""))


def test_wrap_breaks_a_long_word() -> None:
    """A word wider than the line is broken, wide characters counted as two."""
    assert wrap("漢字漢字 ab", 4) == ["漢字", "漢字", "ab"]
