"""A workbook being written: formats, sheet names that Excel takes, rows of typed cells."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from messages.document import Document
from messages.escape import one_line
from messages.files.said import STATUS_INK, TLP_INK, Cell, freshness, marks, plain
from messages.grid import cells
from messages.limits import chunks, clip, split_row

CELL = 32_000
"""Characters of a cell: Excel takes 32,767 ("Excel specifications and limits"); the rest goes on in the row below."""
ROWS = 1_000_000
"""Rows of a sheet: Excel takes 1,048,576; the rest goes on in the next sheet."""
NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\'!=|]")
"""Excel refuses the first seven; the others mean something where a chart names its sheet."""
INK = "#12263F"
FIRST_ROW = 3
"""Rows above a sheet's header: marks, title, note."""
_NARROW, _WIDE = 9, 60
_LINE, _TALLEST = 13.5, 409.0
"""Points: a line of 10-point letters, and the tallest row that Excel knows."""


def made(out: io.BytesIO) -> Any:
    """A new XlsxWriter workbook in which words are never formulas, links or numbers."""
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy, used here

    no = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    return Workbook(out, {"in_memory": True, **no})


@dataclass(frozen=True)
class Rows:
    """What a sheet holds: name of its tab, title, a note on what limits it, header, rows.

    `looks`: one format name a column for its words ("text", "right"); short is filled up with "text".
    """

    name: str
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    looks: Sequence[str] = ()


@dataclass
class Book:
    """The workbook with its formats and the names already taken."""

    workbook: Any
    document: Document
    formats: dict[str, Any]
    taken: set[str] = field(default_factory=lambda: {"history"})
    """Excel keeps "History" for itself."""

    @classmethod
    def of(cls, workbook: Any, document: Document) -> Book:
        return cls(workbook, document, _formats(workbook, document))

    def sheet(self, name: str) -> Any:
        """A new sheet under a name that Excel takes, marked on screen and on paper."""
        sheet = self.workbook.add_worksheet(self._free(name))
        said = " · ".join(marks(self.document))
        sheet.write_string(0, 0, said, self.formats["tlp"])
        for column in range(1, 3):
            sheet.write_blank(0, column, None, self.formats["tlp"])
        # "&" commands the printed header: doubled, it is a letter (XlsxWriter, set_header).
        printed = said.replace("&", "&&")
        sheet.set_header(f"&R&12&B{printed}")
        sheet.set_footer(f"&L{freshness(self.document)}&CPage &P of &N&R&12&B{printed}")
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        return sheet

    def _free(self, name: str) -> str:
        wanted = _FORBIDDEN.sub(" ", one_line(name)).strip("' ") or "Sheet"
        candidate, count = clip(wanted, NAME).strip("' "), 1
        while candidate.casefold() in self.taken:
            count += 1
            candidate = f"{clip(wanted, NAME - len(str(count)) - 3).strip()} ({count})"
        self.taken.add(candidate.casefold())
        return candidate


def _formats(workbook: Any, document: Document) -> dict[str, Any]:
    font = {"font_name": "Arial", "font_size": 10, "valign": "top"}
    looks: dict[str, dict[str, Any]] = {
        "tlp": {"bold": True, "font_size": 12, "font_color": f"#{TLP_INK[document.tlp]}", "bg_color": "#000000"},
        "title": {"bold": True, "font_size": 16, "font_color": INK},
        "heading": {"bold": True, "font_size": 12, "font_color": INK, "bottom": 2, "bottom_color": INK},
        "note": {"italic": True, "font_color": "#52606D"},
        "header": {"bold": True, "font_color": "#FFFFFF", "bg_color": INK, "text_wrap": True, "border": 1},
        "text": {"text_wrap": True, "bottom": 4, "bottom_color": "#B8C2CC"},
        "strong": {"bold": True, "text_wrap": True, "bottom": 4, "bottom_color": "#B8C2CC"},
        "right": {"align": "right", "text_wrap": True, "bottom": 4, "bottom_color": "#B8C2CC"},
        "number": {"num_format": "#,##0.######", "bottom": 4, "bottom_color": "#B8C2CC"},
        "whole": {"num_format": "#,##0", "bottom": 4, "bottom_color": "#B8C2CC"},
        "moment": {"num_format": 'yyyy-mm-dd hh:mm "UTC"', "align": "left", "bottom": 4, "bottom_color": "#B8C2CC"},
        "verdict": {"bold": True, "font_size": 12, "text_wrap": True, "font_color": f"#{_status_ink(document)}"},
    }
    return {name: workbook.add_format({**font, **look}) for name, look in looks.items()}


def _status_ink(document: Document) -> str:
    return STATUS_INK[document.verdict.status if document.verdict else "unknown"]


def grid(book: Book, held: Rows) -> Any:
    """A sheet of rows under a frozen header with a filter; more rows than Excel takes go on in further sheets."""
    pages = list(chunks(held.rows, ROWS)) or [()]
    sheets = []
    for number, page in enumerate(pages, start=1):
        part = f" (part {number} of {len(pages)})" if len(pages) > 1 else ""
        sheets.append(_page(book, replace(held, title=held.title + part, rows=page)))
    return sheets[0]


def _page(book: Book, held: Rows) -> Any:
    sheet = book.sheet(held.name)
    sheet.write_string(1, 0, clip(one_line(held.title), CELL), book.formats["title"])
    sheet.write_string(2, 0, clip(one_line(held.note), CELL), book.formats["note"])
    labels = [clip(one_line(label), CELL) for label in held.header]
    for column, label in enumerate(labels):
        sheet.write_string(FIRST_ROW, column, label, book.formats["header"])
    line, wide = FIRST_ROW + 1, _widths(labels, held.rows)
    for row in held.rows:
        line = put(book, sheet, line, row, held.looks, wide=wide)
    for column, width in enumerate(wide):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(FIRST_ROW + 1, 1)
    sheet.repeat_rows(FIRST_ROW)
    if labels and line > FIRST_ROW + 1:
        sheet.autofilter(FIRST_ROW, 0, line - 1, len(labels) - 1)
    return sheet


def put(book: Book, sheet: Any, line: int, row: Sequence[Cell], looks: Sequence[str], *, wide: Sequence[int]) -> int:
    """Writes one row, as several when a cell is too long for Excel; the line after it.

    Rows are made as tall as their words at `wide` letters a column: not every program does that by itself.
    """
    found = [plain(cell) for cell in row]
    words = [cell if isinstance(cell, str) else "" for cell in found]
    for offset, parts in enumerate(split_row(words, CELL) or [()]):
        most = max((_lines(part, width) for part, width in zip(parts, wide, strict=False)), default=1)
        if most > 1:
            sheet.set_row(line + offset, min(most * _LINE, _TALLEST))
        for column, part in enumerate(parts):
            look = looks[column] if column < len(looks) else ""
            _cell(book, sheet, (line + offset, column), part or (None if offset else found[column]), look)
        line += offset and 1
    return line + 1


def _lines(text: str, width: int) -> int:
    return sum(max(1, -(-cells(part) // width)) for part in text.split("\n"))


def _cell(book: Book, sheet: Any, at: tuple[int, int], cell: Cell, look: str) -> None:
    match cell:
        case str():
            sheet.write_string(*at, cell, book.formats[look or "text"])
        case datetime():
            # Excel knows no zones: the instant is written in UTC and says so.
            sheet.write_datetime(*at, cell.astimezone(UTC).replace(tzinfo=None), book.formats["moment"])
        case bool() | None:
            sheet.write_blank(*at, None, book.formats["text"])
        case int() | float():
            whole = "whole" if float(cell).is_integer() else "number"
            sheet.write_number(*at, cell, book.formats[whole])


def _widths(labels: Sequence[str], rows: Iterable[Sequence[Cell]]) -> list[int]:
    wide = [max(_NARROW, cells(label) + 4) for label in labels]
    for row in rows:
        for column, cell in enumerate(row[: len(wide)]):
            said = 20 if isinstance(cell, datetime) else cells(one_line(str(cell))[:_WIDE]) + 2 if cell else 0
            wide[column] = max(wide[column], said)
    return [min(size, _WIDE) for size in wide]
