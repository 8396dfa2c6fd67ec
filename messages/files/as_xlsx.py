"""Attachment → XLSX: a summary, typed figures, each table, each chart with its rows, the sheets, the provenance.

Words are written as strings and never as formulas or links (XlsxWriter, "Worksheet.write_string"). Every sheet has the
TLP label in its first row and in the printed header and footer.
"""

from __future__ import annotations

import io
from typing import Any

from messages.document import Chart, Table
from messages.escape import one_line
from messages.files.model import Attachment
from messages.files.said import dated, label
from messages.files.sheets import chart_sheet, figures_sheet, provenance_sheet, rows_sheet, summary_sheet, table_sheet
from messages.files.workbook import Book, made
from messages.files.zipped import pinned


def render(attachment: Attachment) -> bytes:
    """The workbook's bytes."""
    document, out = attachment.document, io.BytesIO()
    workbook = made(out)
    _properties(workbook, attachment)
    book = Book.of(workbook, document)
    summary_sheet(book)
    if document.figures:
        figures_sheet(book)
    for block in document.blocks:
        if isinstance(block, Table):
            table_sheet(book, block)
        if isinstance(block, Chart):
            chart_sheet(book, block)
    for sheet in attachment.sheets:
        rows_sheet(book, sheet)
    provenance_sheet(book)
    workbook.close()
    return pinned(out.getvalue(), dated(document))


def _properties(workbook: Any, attachment: Attachment) -> None:
    document = attachment.document
    workbook.set_properties(
        {
            "title": one_line(document.title)[:255],
            "subject": label(document),
            "author": "SOC manager bot",
            "created": dated(document).replace(tzinfo=None),
        }
    )
