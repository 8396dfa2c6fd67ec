"""Tables, in pieces that fit a card."""

from collections.abc import Iterator, Sequence

from messages import limits
from messages.adaptive_card.pack import Group
from messages.adaptive_card.runs import Element, entities, length, paragraphs, words
from messages.document import Document, Table, Text
from messages.escape import one_line
from messages.reading import GAP, header, shown_rows, width
from messages.reading import words as plain

_COLUMNS = 20
_TABLE = 15_000
"""JSON characters of one piece of a table: two of them fill a card."""
_ROW = 12_000
_CELL = 1_500
"""Characters of all cells of a split row."""

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
