"""What is to become a file, its name and its media type."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Literal

from pydantic import Field

from messages.document import Document, Part
from messages.escape import one_line

Format = Literal["csv", "xlsx", "html", "pdf", "pptx", "layer", "zip", "png"]
"""`layer` is an ATT&CK Navigator layer, format 4.5; `zip` the document as pages, and files beside it; `png` the picture
of the document's first chart."""

MEDIA: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "layer": "application/json",
    "zip": "application/zip",
    "png": "image/png",
}
_STEM = 80
"""Characters of a file name before date and ending: Windows refuses long paths."""
_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
"""Names of devices, which Windows refuses as files whatever their ending."""


class Sheet(Part):
    """Rows behind the figures, for CSV and XLSX. Datetimes are instants with a zone; `note` is what limits the rows."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | datetime | None, ...], ...]
    note: str = ""


class Attachment(Part):
    """One file to be written. `name` comes from `file_name`; `raw` is the text of a layer and nothing else;
    `members` are the texts of a zip by file name, beside the document's pages."""

    name: str
    format: Format
    document: Document
    sheets: tuple[Sheet, ...] = ()
    raw: str = ""
    members: dict[str, str] = Field(default_factory=dict)


def file_name(title: str, as_of: datetime, format: Format) -> str:  # noqa: A002 - the field's name
    """A name every system takes: "soc-performance-2026-10_2026-11-22.xlsx". ASCII letters, digits, hyphens."""
    ascii_only = unicodedata.normalize("NFKD", one_line(title)).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:_STEM].rstrip("-")
    if not stem or _WINDOWS.fullmatch(stem):
        stem = f"answer-{stem}".rstrip("-")
    return f"{stem}_{as_of:%Y-%m-%d}.{'json' if format == 'layer' else format}"
