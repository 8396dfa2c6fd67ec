"""Office files are zips full of dates: here each gets the document's own, so that equal documents are equal bytes."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

from messages.files.said import utc

_DATES = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def pinned(data: bytes, at: datetime) -> bytes:
    """The zip with `at` as the date of every entry and of its core properties, workbooks within it included."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, date_time=at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, _content(name, old.read(name), at))
    return out.getvalue()


def _content(name: str, content: bytes, at: datetime) -> bytes:
    if name == "docProps/core.xml":
        return _DATES.sub(rb"\g<1>" + utc(at).encode() + rb"\g<3>", content)
    return pinned(content, at) if name.endswith(".xlsx") else content
