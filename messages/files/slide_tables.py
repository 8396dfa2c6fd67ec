"""Tables on slides: native, paged over slides, rows measured so that nothing runs off the slide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from messages import reading
from messages.document import Chart, Document, Table
from messages.escape import one_line
from messages.files.deck import (
    BOTTOM,
    INK,
    LEFT,
    ON_DARK,
    PAPER,
    ROOM,
    TITLE,
    TOP,
    Deck,
    Run,
    height,
    line_count,
    rgb,
    write,
)
from messages.files.fit import columns, lines
from messages.files.slide_text import Item, flow
from messages.limits import clip, column_groups

_PAD_X, _PAD_Y = 0.07, 0.045
_CAPTION = 12.0
_MOST = 10
"""Columns of a table on a slide; a wider one is several tables, each led by its first column."""
_SIZES = ((7, 11.0), (_MOST, 9.5), (999, 8.0))
"""Up to so many columns: points of the letters."""
_DARK = "7"
"""A shade whose red begins below this takes white words."""
_HEAT_SIZE, _HEAT_PAD = 8.0, 0.02
"""A day of 24 hours stands on one slide."""
_HEAD_LINES, _CAPTION_LINES = 3, 2
_LEAST = 1.6
"""Inches below which a table begins on the next slide."""


@dataclass(frozen=True)
class Grid:
    """Words to be tabled; `right` columns are numbers; `shades` (0–1 a row and column) colour a heat map."""

    caption: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    right: tuple[bool, ...]
    shades: list[tuple[float | None, ...]] | None = None
    table: Table | None = None


def of_table(table: Table, document: Document) -> Grid:
    header, rows = reading.table_grid(table, document)
    right = [column.align == "right" for column in table.columns]
    right += [False] * (len(header) - len(right))
    return Grid(one_line(table.caption) or "Table", header, rows, tuple(right), table=table)


def of_chart(chart: Chart, *, shaded: bool = False) -> Grid:
    """A chart's rows; `shaded`: as a heat map, because PowerPoint has no such chart."""
    header, rows = reading.chart_grid(chart)
    named = " · ".join(part for part in (one_line(chart.title), reading.axes(chart)) if part)
    return Grid(named, header, rows, (False, *(True for _ in header[1:])), _shades(chart) if shaded else None)


def _shades(chart: Chart) -> list[tuple[float | None, ...]]:
    known = [value for series in chart.series for value in series.values if reading.number(value) != reading.GAP]
    top = max((value for value in known if value is not None), default=0) or 1
    found = []
    for index in range(len(chart.labels)):
        values = [series.values[index] if index < len(series.values) else None for series in chart.series]
        shown = (value if reading.number(value) != reading.GAP else None for value in values)
        found.append((None, *(None if value is None else max(0.0, min(1.0, value / top)) for value in shown)))
    return found


def show(deck: Deck, grid: Grid) -> None:
    """Places the table, over as many slides as it needs; each says which rows it holds."""
    if not grid.header or not grid.rows:
        said = " · ".join(part for part in (grid.caption, "no rows") if part)
        flow(deck, [Item((Run(said, bold=True, colour=INK),), _CAPTION)])
        return
    most = _MOST if grid.shades is None else 25
    for group in column_groups(len(grid.header), most):
        _show(deck, _picked(grid, group))


def _picked(grid: Grid, group: Sequence[int]) -> Grid:
    pick = [tuple(row[index] for index in group) for row in grid.rows]
    shades = grid.shades and [tuple(row[index] for index in group) for row in grid.shades]
    header, right = (tuple(of[index] for index in group) for of in (grid.header, grid.right))
    return Grid(grid.caption, tuple(map(str, header)), pick, tuple(map(bool, right)), shades, grid.table)


@dataclass(frozen=True)
class Measure:
    """Points of the letters, width of each column in em for words and in inches with its margins."""

    size: float
    wide: list[float]

    pad: float = _PAD_Y

    @property
    def inches(self) -> list[float]:
        return [one * self.size / 72 + 2 * _PAD_X for one in self.wide]

    def tall(self, row: Sequence[str]) -> float:
        """Inches of a row: its cell of the most lines."""
        most = max(len(lines(cell, room)) for cell, room in zip(row, self.wide, strict=True))
        return height(most, self.size) + 2 * self.pad


def _measure(grid: Grid) -> Measure:
    size = next(size for most, size in _SIZES if len(grid.header) <= most)
    size, pad = (_HEAT_SIZE, _HEAT_PAD) if grid.shades else (size, _PAD_Y)
    room = (ROOM - 2 * _PAD_X * len(grid.header)) * 72 / size
    return Measure(size, columns(grid.header, grid.rows, room), pad)


Page = list[tuple[int, Sequence[str]]]
"""Row numbers, from 0, and cells."""


def _show(deck: Deck, grid: Grid) -> None:
    measure = _measure(grid)
    head = [_head(label, one) for label, one in zip(grid.header, measure.wide, strict=True)]
    if line_count(grid.caption, _CAPTION, ROOM) > _CAPTION_LINES:
        flow(deck, [Item((Run(grid.caption, bold=True, colour=INK),), _CAPTION)])
        grid = replace(grid, caption=clip(grid.caption, TITLE))
    cut = [number for number, label in enumerate(grid.header) if head[number] != label]
    flow(deck, [Item((Run(f"Column {number + 1}: ", bold=True), Run(grid.header[number])), 11) for number in cut])
    for page in _pages(deck, grid, measure, measure.tall(head)):
        which = _which(grid, page[0][0] + 1, page[-1][0] + 1)
        _caption(deck, " · ".join(part for part in (grid.caption, which) if part))
        _draw(deck, grid, measure, head, page)


def _head(label: str, wide: float) -> str:
    """A column's label in three lines at most; a longer one stands in full above the table."""
    found = lines(label, wide)
    return label if len(found) <= _HEAD_LINES else clip(label, sum(map(len, found[:_HEAD_LINES])) - 2)


def _which(grid: Grid, first: int, last: int) -> str:
    if grid.table:
        return reading.shown_rows(grid.table, first, last)
    return "" if last - first + 1 == len(grid.rows) else f"rows {first} to {last} of {len(grid.rows)}"


def _pages(deck: Deck, grid: Grid, measure: Measure, head: float) -> Iterator[Page]:
    """Runs of rows that fit the slide at hand; a row that fits no slide goes on in the next one."""
    whole = head + _caption_room(grid) + sum(map(measure.tall, grid.rows))
    deck.need(whole if whole <= BOTTOM - TOP - 0.1 else _LEAST)
    page: Page = []
    free = deck.room() - head - _caption_room(grid)
    for index, row in enumerate(grid.rows):
        for part in _parts(row, measure):
            tall = measure.tall(part)
            if tall > free:
                if page:
                    yield page
                deck.next()
                page, free = [], deck.room() - head - _caption_room(grid)
            page.append((index, part))
            free -= tall
    yield page


def _caption_room(grid: Grid) -> float:
    return height(line_count(grid.caption + " · rows 1,000 to 1,000 of 10,000", _CAPTION, ROOM), _CAPTION) + 0.3


def _parts(row: Sequence[str], measure: Measure) -> list[Sequence[str]]:
    """The row, or the row in pieces of at most so many lines as half a slide has."""
    most = int(2.4 / height(1, measure.size))
    pieces = []
    for cell, room in zip(row, measure.wide, strict=True):
        found = lines(cell, room)
        pieces.append(["".join(found[at : at + most]) for at in range(0, len(found), most)])
    return list(zip_longest(*pieces, fillvalue=""))


def _caption(deck: Deck, words: str) -> None:
    tall = height(line_count(words, _CAPTION, ROOM), _CAPTION)
    deck.text((Run(words, bold=True, colour=INK),), (LEFT, deck.y, ROOM, tall), _CAPTION)
    deck.y += tall + 0.06


def _draw(deck: Deck, grid: Grid, measure: Measure, head: Sequence[str], page: Page) -> None:
    from pptx.util import Inches  # noqa: PLC0415

    assert deck.slide is not None  # noqa: S101 - the caption stands on it
    talls = [measure.tall(row) for row in (head, *(cells for _, cells in page))]
    box = map(Inches, (LEFT, deck.y, sum(measure.inches), sum(talls)))
    table = deck.slide.shapes.add_table(len(talls), len(head), *box).table
    for index, one in enumerate(measure.inches):
        table.columns[index].width = Inches(one)
        _cell(table.cell(0, index), Run(head[index], bold=True, colour=ON_DARK), measure.size, grid.right[index], INK)
    for line, tall in enumerate(talls):
        table.rows[line].height = Inches(tall)
    for line, (number, cells) in enumerate(page, start=1):
        for index, words in enumerate(cells):
            fill = _fill(grid, number, index)
            run = Run(words, colour=ON_DARK if fill < _DARK else "")
            _cell(table.cell(line, index), run, measure.size, grid.right[index], fill)
    for cell in table.iter_cells():
        cell.margin_top = cell.margin_bottom = Inches(measure.pad)
    deck.y += sum(talls) + 0.22


def _fill(grid: Grid, row: int, column: int) -> str:
    shade = grid.shades[row][column] if grid.shades else None
    if shade is None:
        return PAPER if row % 2 else "FFFFFF"
    low, high = (0xF7, 0xFB, 0xFF), (0x1F, 0x5F, 0x9E)
    return "".join(f"{round(a + (b - a) * shade):02X}" for a, b in zip(low, high, strict=True))


def _cell(cell: Any, run: Run, size: float, right: bool, fill: str) -> None:
    from pptx.util import Inches  # noqa: PLC0415

    write(cell.text_frame, (run,), size, "right" if right else "left")
    cell.margin_left = cell.margin_right = Inches(_PAD_X)
    cell.fill.solid()
    cell.fill.fore_color.rgb = rgb(fill)
