"""Tables and charts. A chart carries its rows as the fallback for a host that draws none."""

from collections.abc import Iterator, Sequence
from typing import Any

from messages import limits
from messages.adaptive_card.pack import Group
from messages.adaptive_card.runs import Element, entities, length, paragraphs, words
from messages.document import Chart, Column, Document, Table, Text, spans
from messages.escape import one_line
from messages.limits import unique
from messages.reading import GAP, axes, chart_grid, drawable, header, shown_rows, width
from messages.reading import words as plain

_COLUMNS = 20
_TABLE = 15_000
"""JSON characters of one piece of a table: two of them fill a card."""
_ROW = 12_000
_CELL = 1_500
"""Characters of all cells of a split row."""
_CHART = 20_000
_WHOLE = 1_000_000

_Row = tuple[int, Element, list[Element]]
"""The number of the document's row (from 1), a TableRow, the mention entities it needs."""


def table_groups(table: Table, document: Document) -> Iterator[Group]:
    """The table in pieces that say which rows they hold."""
    if not width(table) or not table.rows:
        yield Group(tuple(_caption(table, 1, len(table.rows))))
        return
    for columns in limits.column_groups(width(table), _COLUMNS):
        numbered = enumerate(table.rows, start=1)
        rows = [part for number, row in numbered for part in _rows(number, row, columns, document)]
        for run in _runs(rows):
            piece = _table(table, columns, [row for _, row, _ in run])
            mentions = [entity for _, _, found in run for entity in found]
            yield from _piece(_caption(table, run[0][0], run[-1][0]), piece, mentions)


def _piece(caption: list[Element], piece: Element, mentions: list[Element]) -> Iterator[Group]:
    *before, last = caption
    yield from (Group((element,)) for element in before)
    yield Group((last, piece), tuple(mentions))


def _caption(table: Table, first: int, last: int) -> list[Element]:
    shown = shown_rows(table, first, last)
    said = " · ".join(part for part in (one_line(table.caption), shown) if part)
    return words(said or "Table", weight="Bolder")


def _rows(number: int, row: Sequence[Text], columns: Sequence[int], document: Document) -> Iterator[_Row]:
    texts = [row[column] if column < len(row) else () for column in columns]
    cells = [_cell(paragraphs(text, document)) for text in texts]
    whole = {"type": "TableRow", "cells": cells}
    if length(whole) <= _ROW:
        yield number, whole, [entity for text in texts for entity in entities(text, document)]
        return
    for parts in limits.split_row([one_line(plain(text, document)) for text in texts], _CELL // len(columns)):
        yield number, {"type": "TableRow", "cells": [_cell(words(part)) for part in parts]}, []


def _cell(items: list[Element]) -> Element:
    return {"type": "TableCell", "items": items or words(GAP)}


def _runs(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    run: list[_Row] = []
    used = 0
    for row in rows:
        more = length(row[1]) + 2
        if run and used + more > _TABLE:
            yield run
            run, used = [], 0
        run.append(row)
        used += more
    if run:
        yield run


def _table(table: Table, columns: Sequence[int], rows: Sequence[Element]) -> Element:
    labels = header(table)
    head = [_cell(words(limits.clip(labels[column], 120), weight="Bolder")) for column in columns]
    return {
        "type": "Table",
        "firstRowAsHeaders": True,
        "columns": [{"width": 1, "horizontalCellContentAlignment": _align(table, column)} for column in columns],
        "rows": [{"type": "TableRow", "cells": head}, *rows],
    }


def _align(table: Table, column: int) -> str:
    right = column < len(table.columns) and table.columns[column].align == "right"
    return "Right" if right else "Left"


def long_labels(table: Table) -> list[Element]:
    """Column labels that the header row had to cut, in full."""
    long = [(number, label) for number, label in enumerate(header(table), 1) if limits.size(label) > 120]
    return [element for number, label in long for element in words(f"Column {number}: {label}")]


def chart_groups(chart: Chart, document: Document) -> Iterator[Group]:
    """The chart drawn by Teams with its rows as fallback, or the rows alone where Teams cannot draw it."""
    rows = _rows_of(chart)
    pieces = list(table_groups(rows, document))
    drawn = _drawn(chart)
    if drawn is not None and len(pieces) == 1 and length(drawn) <= _CHART:
        fallback = {"type": "Container", "items": list(pieces[0].elements)}
        yield Group(({**drawn, "fallback": fallback},))
        return
    yield from (Group((element,)) for element in long_labels(rows))
    yield from pieces


def _rows_of(chart: Chart) -> Table:
    head, rows = chart_grid(chart)
    columns = [Column(label=label, align="right" if number else "left") for number, label in enumerate(head)]
    caption = " · ".join(part for part in (one_line(chart.title), axes(chart)) if part)
    return Table(
        caption=caption, columns=tuple(columns), rows=tuple(tuple(spans(cell) for cell in row) for row in rows)
    )


def _drawn(chart: Chart) -> Element | None:
    """The Chart element; None for a heatmap, an empty chart, or a pie that holds anything but positive values."""
    labels = unique([one_line(label) for label in chart.labels], _WHOLE)
    names = unique([one_line(series.name) for series in chart.series], _WHOLE)
    common: dict[str, Any] = {"title": one_line(chart.title), "showTitle": True, "colorSet": "categorical"}
    values = [_points(labels, series.values) for series in chart.series]
    if not any(values):
        return None
    titles = {"xAxisTitle": one_line(chart.x_label), "yAxisTitle": one_line(chart.y_label)}
    series = [{"legend": name, "values": points} for name, points in zip(names, values, strict=True)]
    match chart.shape:
        case "line":
            return {"type": "Chart.Line", **common, **titles, "data": series}
        case "bar" | "stacked":
            stacked = {"stacked": chart.shape == "stacked"}
            return {"type": "Chart.VerticalBar.Grouped", **common, **titles, **stacked, "data": series}
        case "pie":
            sectors = [{"legend": point["x"], "value": point["y"]} for point in values[0]]
            whole = drawable(chart) and len(chart.series) == 1 and all(sector["value"] > 0 for sector in sectors)
            return {"type": "Chart.Pie", **common, "data": sectors} if whole else None
        case "heatmap":
            return None


def _points(labels: Sequence[str], values: Sequence[float | None]) -> list[Element]:
    """One point a label; a gap has none."""
    pairs = zip(labels, values, strict=False)
    return [{"x": label, "y": value} for label, value in pairs if value is not None and abs(value) < float("inf")]
