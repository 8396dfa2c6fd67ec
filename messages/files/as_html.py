"""Attachment → one HTML page that needs nothing else: no script, no fetch, prints with its TLP label on every page."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from messages import html
from messages.document import Document
from messages.escape import one_line
from messages.files.model import Attachment, Sheet
from messages.files.said import STATUS_INK, TLP_INK, Cell, behind, blocks, freshness, label, marks, plain, utc


def render(attachment: Attachment) -> bytes:
    """The page, UTF-8. The fragment is messages.html's own; buttons and forms are left out, sheets are tables."""
    document = still(attachment.document)
    page = _page().from_string(_read("page.html"))
    return page.render(
        title=one_line(document.title) or "Answer",
        style=Markup(_read("page.css")),  # noqa: S704 - our own file
        # All folds open: paper cannot be pressed. Words are escaped, so this meets tags of the template alone.
        body=Markup(html.render(document).replace("<details", "<details open")),  # noqa: S704 - escaped there
        label=label(document),
        marks=marks(document),
        ink=TLP_INK[document.tlp],
        status=STATUS_INK,
        freshness=freshness(document),
        behind=behind(attachment),
        sheets=[_sheet(sheet) for sheet in attachment.sheets],
    ).encode("utf-8", "replace")


def still(document: Document) -> Document:
    """The document without anything to press."""
    figures = tuple(figure.model_copy(update={"cases": None}) for figure in document.figures)
    return document.model_copy(update={"blocks": blocks(document), "figures": figures})


def _sheet(sheet: Sheet) -> tuple[str, str, list[str], list[list[str]]]:
    rows = [[_words(cell) for cell in row] for row in sheet.rows]
    return one_line(sheet.name), one_line(sheet.note), [one_line(column) for column in sheet.columns], rows


def _words(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return utc(cell)
    found = plain(cell)
    return "" if found is None else one_line(str(found))


@cache
def _page() -> Environment:
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _read(name: str) -> str:
    return resources.files("messages").joinpath("files", name).read_text(encoding="utf-8")
