"""Attachment → CSV (RFC 4180, UTF-8 with a byte order mark, because Excel guesses otherwise).

A formula cannot start: a cell whose words begin with = + - @ (their full-width twins too) gets an apostrophe in front
(OWASP, "CSV Injection"). Numbers are numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from messages.files.model import Attachment
from messages.files.said import FIGURE_COLUMNS, Cell, figure_row, marks, plain, utc

_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def render(attachment: Attachment) -> bytes:
    """One table: the document's figures; for an attachment without figures its first sheet.

    A CSV has one table, so an attachment with both loses its sheets here (XLSX holds all). The last column, `marks`,
    says the TLP label in every row; the sheet's note stands in a column of its own.
    """
    said = " · ".join(marks(attachment.document))
    figures = attachment.document.figures
    if figures or not attachment.sheets:
        return _table((*FIGURE_COLUMNS, "marks"), [(*figure_row(figure), said) for figure in figures])
    sheet = attachment.sheets[0]
    noted = [(*row, sheet.note, said) for row in sheet.rows] or [("",) * len(sheet.columns) + (sheet.note, said)]
    return _table((*sheet.columns, "sheet_note", "marks"), noted)


def _table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    lines = io.StringIO()
    # Every word in quotes: a sheet program that separates at ";" would otherwise begin a cell inside ours.
    writer = csv.writer(lines, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([safe(label) for label in header])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return lines.getvalue().encode("utf-8-sig")


def safe(cell: Cell) -> str | int | float:
    """The cell as no sheet program would run it; an instant as ISO 8601 in UTC, a missing value as nothing."""
    found = plain(cell)
    if found is None:
        return ""
    if isinstance(found, datetime):
        return utc(found)
    if isinstance(found, str) and found.lstrip().startswith(_STARTS):
        return f"'{found}"
    return found
