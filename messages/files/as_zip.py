"""Attachment → zip: the document as `review.html` and `review.pdf`, and the texts that belong to it beside them.

Every entry bears the document's own date, so that equal attachments are equal bytes. CSV gets a byte order mark,
because Excel guesses otherwise.
"""

from __future__ import annotations

import io
import zipfile

from messages.files import as_html
from messages.files.model import Attachment
from messages.files.said import dated

PAGE = "review"
NO_PDF = "The PDF could not be written here: a library that it needs is not installed. review.html says the same.\n"


def render(attachment: Attachment) -> bytes:
    """The zip. The PDF's library missing is said in a file of its own; nothing else is left out."""
    files = {name: _encoded(name, text) for name, text in attachment.members.items()}
    files |= _pages(attachment)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=dated(attachment.document).timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, files[name])
    return out.getvalue()


def _encoded(name: str, text: str) -> bytes:
    return text.encode("utf-8-sig" if name.endswith(".csv") else "utf-8")


def _pages(attachment: Attachment) -> dict[str, bytes]:
    document = attachment.document
    page = as_html.render(Attachment(name=f"{PAGE}.html", format="html", document=document))
    try:
        from messages.files import as_pdf  # noqa: PLC0415

        paper = as_pdf.render(Attachment(name=f"{PAGE}.pdf", format="pdf", document=document))
    except ImportError:
        return {f"{PAGE}.html": page, f"{PAGE}.pdf.missing.txt": NO_PDF.encode()}
    return {f"{PAGE}.html": page, f"{PAGE}.pdf": paper}
