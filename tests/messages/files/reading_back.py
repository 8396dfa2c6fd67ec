"""Reads files back with programs that did not write them: the words of each page, slide, sheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import cache
from typing import Any

from openpyxl import load_workbook
from pptx import Presentation
from pptx.util import Length
from pypdf import PdfReader

from messages import prose
from messages.document import Document
from messages.files import Attachment, Format, Sheet, file_name, write
from tests.messages.reader import Page
from tests.messages.sample import NOW, sample

FORMATS: tuple[Format, ...] = ("csv", "xlsx", "html", "pdf", "pptx")


def attached(document: Document, form: Format, sheets: tuple[Sheet, ...] = ()) -> Attachment:
    return Attachment(name=file_name(document.title, NOW, form), format=form, document=document, sheets=sheets)


def made(document: Document, form: Format, sheets: tuple[Sheet, ...] = ()) -> bytes:
    return write(attached(document, form, sheets))


@cache
def sampled(form: Format) -> bytes:
    """The sample as a file, written once."""
    return made(sample(), form)


def csv_rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def sheets_of(data: bytes) -> dict[str, list[list[Any]]]:
    """Cell values by sheet, row by row."""
    workbook = load_workbook(io.BytesIO(data))
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in workbook}


def slides_of(data: bytes) -> list[str]:
    """The words of each slide: boxes, tables, and the names and categories of charts."""
    return ["\n".join(_slide(slide)) for slide in Presentation(io.BytesIO(data)).slides]


def _slide(slide: Any) -> Iterator[str]:
    for shape in slide.shapes:
        if shape.has_text_frame:
            yield shape.text_frame.text
        if shape.has_table:
            yield from (cell.text_frame.text for cell in shape.table.iter_cells())
        if shape.has_chart:
            for plot in shape.chart.plots:
                yield from map(str, plot.categories)
                for series in plot.series:
                    yield series.name
                    yield from (prose.count(value) for value in series.values if value is not None)


def outside(data: bytes) -> list[str]:
    """Shapes that leave the slide, and boxes of words that begin below another's end but above its bottom."""
    file, found = Presentation(io.BytesIO(data)), []
    wide, high = file.slide_width or Length(0), file.slide_height or Length(0)
    for number, slide in enumerate(file.slides, start=1):
        for shape in slide.shapes:
            right, bottom = shape.left + shape.width, shape.top + shape.height
            if shape.left < 0 or shape.top < 0 or right > wide + 9144 or bottom > high + 9144:
                found.append(f"slide {number}: {shape.name}")
    return found


def pdf_pages(data: bytes) -> list[str]:
    """The words of each page, without the breaks that long words were given."""
    return [page.extract_text().replace("\u200b", "") for page in PdfReader(io.BytesIO(data)).pages]


def said(form: Format, data: bytes) -> str:
    """All the words of a file, blanks as single blanks."""
    match form:
        case "csv":
            words = "\n".join(value for row in csv_rows(data) for value in row.values())
        case "xlsx":
            rows = (row for sheet in sheets_of(data).values() for row in sheet)
            words = "\n".join(str(cell) for row in rows for cell in row if cell is not None)
        case "html":
            words = "\n".join(Page(data.decode()).words)
        case "pdf":
            words = "\n".join(pdf_pages(data))
        case _:
            words = "\n".join(slides_of(data))
    return " ".join(words.split())
