"""The sheets of a workbook: summary, figures, tables, charts, rows behind the figures, provenance."""

from __future__ import annotations

from collections.abc import Iterator

from messages import prose, reading
from messages.document import (
    Block,
    Bullets,
    Chart,
    Context,
    Document,
    Facts,
    Heading,
    KpiStrip,
    Notice,
    Paragraph,
    Table,
)
from messages.escape import one_line
from messages.files.model import Sheet
from messages.files.said import FIGURE_COLUMNS, Cell, caption, figure_row, finite, freshness, marks
from messages.files.workbook import FIRST_ROW, Book, Rows, grid, put

_SHAPES = {"line": ("line", ""), "bar": ("column", ""), "stacked": ("column", "stacked"), "pie": ("doughnut", "")}


def summary_sheet(book: Book) -> None:
    """Title, marks, verdict with its rule, freshness, and everything the answer says in words or as headline."""
    sheet, document = book.sheet("Summary"), book.document
    wide = (34, 24, 90)
    for column, width in enumerate(wide):
        sheet.set_column(column, column, width)
    sheet.write_string(1, 0, one_line(document.title)[:32_000], book.formats["title"])
    line = FIRST_ROW
    for row, looks in _said(book):
        line = put(book, sheet, line, row, looks, wide=wide)


Line = tuple[tuple[Cell, ...], tuple[str, ...]]
"""A row and the look of each of its cells."""
_TEXT = ("strong", "text", "text", "text")


def _said(book: Book) -> Iterator[Line]:
    document = book.document
    yield ("Marks", " · ".join(marks(document))), _TEXT
    yield ("Freshness", freshness(document)), _TEXT
    if document.verdict:
        verdict = document.verdict
        yield ("Status", reading.STATUS[verdict.status]), ("strong", "verdict")
        yield ("Verdict", "", reading.words(verdict.text, document)), _TEXT
        yield ("Rule", "", one_line(verdict.rule)), _TEXT
    for block in document.blocks:
        yield from _block(block, document)


def _block(block: Block, document: Document) -> Iterator[Line]:
    match block:
        case Heading():
            yield ("",), ()
            yield (one_line(block.text), "", ""), ("heading", "heading", "heading")
        case Paragraph() | Context():
            yield ("", "", reading.words(block.text, document)), _TEXT
        case Notice():
            yield (reading.LEVEL[block.level], "", reading.words(block.text, document)), _TEXT
        case Bullets():
            for item in block.items:
                yield ("•", "", reading.words(item, document)), ("right", "text", "text")
        case Facts():
            for fact in block.facts:
                yield (one_line(fact.label), "", reading.words(fact.text, document)), _TEXT
        case KpiStrip():
            for figure in map(document.figure, block.figures):
                standing = " · ".join(part for part in (prose.standing(figure), prose.observations(figure)) if part)
                yield (one_line(figure.label), reading.figure_value(figure), standing), _TEXT
        case Table():
            yield ("", "", f"Table: {caption(block)}"), _TEXT
        case Chart():
            yield ("", "", f"Chart: {one_line(block.title)}"), _TEXT


def figures_sheet(book: Book) -> None:
    """Every figure, numbers as numbers in the figure's unit (seconds for durations, 0–1 for shares)."""
    rows = [figure_row(figure) for figure in book.document.figures]
    labels = [label.replace("_", " ") for label in FIGURE_COLUMNS]
    note = "Values in the unit named: durations in seconds, shares from 0 to 1; “shown” is what people read."
    sheet = grid(book, Rows("Figures", "Figures", labels, rows, note))
    sheet.set_column(FIGURE_COLUMNS.index("definition"), FIGURE_COLUMNS.index("definition"), 70)


def table_sheet(book: Book, table: Table) -> None:
    """A table of the answer as its reader sees it."""
    header, rows = reading.table_grid(table, book.document)
    looks = ["right" if column.align == "right" else "text" for column in table.columns]
    grid(book, Rows(table.caption or "Table", caption(table), header, rows, reading.shown_rows(table), looks))


def chart_sheet(book: Book, chart: Chart) -> None:
    """A chart's rows, and a native chart of them where Excel has the shape (it knows no heat map)."""
    rows: list[tuple[Cell, ...]] = []
    for index, name in enumerate(chart.labels):
        values = (series.values[index] if index < len(series.values) else None for series in chart.series)
        rows.append((one_line(name), *map(finite, values)))
    header = (one_line(chart.x_label) or "Label", *(one_line(series.name) for series in chart.series))
    sheet = grid(book, Rows(chart.title or "Chart", chart.title or "Chart", header, rows, reading.axes(chart)))
    if chart.shape == "heatmap" or not rows or not chart.series:
        if rows and chart.series:
            scale = {"type": "2_color_scale", "min_color": "#F7FBFF", "max_color": "#4C8CC4"}
            sheet.conditional_format(FIRST_ROW + 1, 1, FIRST_ROW + len(rows), len(chart.series), scale)
        return
    kind, subtype = _SHAPES[chart.shape]
    drawn = book.workbook.add_chart({"type": kind, **({"subtype": subtype} if subtype else {})})
    last = FIRST_ROW + len(rows)
    for column in range(1, 2 if chart.shape == "pie" else len(chart.series) + 1):
        drawn.add_series(
            {
                "name": [sheet.get_name(), FIRST_ROW, column],
                "categories": [sheet.get_name(), FIRST_ROW + 1, 0, last, 0],
                "values": [sheet.get_name(), FIRST_ROW + 1, column, last, column],
            }
        )
    drawn.set_title({"name": _name(chart.title), "name_font": {"size": 12}, "overlay": False})
    drawn.set_x_axis({"name": _name(chart.x_label)})
    drawn.set_y_axis({"name": _name(chart.y_label), "major_gridlines": {"visible": True}})
    drawn.set_size({"width": 720, "height": 360})
    drawn.show_blanks_as("gap")
    sheet.insert_chart(FIRST_ROW, len(chart.series) + 2, drawn)


def _name(text: str) -> str:
    """Words at a chart; XlsxWriter takes a name with "!A1" in it for a reference, a blank in between for words."""
    return one_line(text)[:200].replace("!", "! ")


def rows_sheet(book: Book, sheet: Sheet) -> None:
    """Rows behind the figures; a sheet without rows says so."""
    note = " · ".join(part for part in (sheet.note, "" if sheet.rows else "no rows") if part)
    grid(book, Rows(sheet.name, sheet.name, sheet.columns, sheet.rows, note))


def provenance_sheet(book: Book) -> None:
    """One line a source, and what limits it."""
    header = ("Source", "Answered", "As of", "Rows", "Truncated", "Stale", "Note")
    rows: list[tuple[Cell, ...]] = [
        (
            one_line(source.name),
            "yes" if source.ok else "FAILED",
            source.as_of or "unknown",
            source.rows,
            "yes" if source.truncated else "no",
            "yes" if source.stale else "no",
            one_line(source.note),
        )
        for source in book.document.provenance
    ]
    grid(book, Rows("Provenance", "Provenance", header, rows, "" if rows else "The answer names no source."))
