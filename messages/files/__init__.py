"""A document as a file: CSV, XLSX, HTML, PDF, PPTX, a Navigator layer, or a zip of pages and tables.

The models are light; each writer is imported when it writes.
"""

from __future__ import annotations

from typing import assert_never

from messages.files.model import MEDIA, Attachment, Format, Sheet, file_name

__all__ = ["MEDIA", "Attachment", "Format", "Sheet", "file_name", "write"]


def write(attachment: Attachment) -> bytes:
    """The file's bytes; the same attachment gives the same bytes (dates inside are the document's, never the clock's).

    CPU-heavy for pdf and pptx (a second and more): call it outside the event loop. KeyError when a span names a figure
    that the document does not hold; ValueError when a layer's `raw` is no Navigator layer 4.5.
    """
    match attachment.format:
        case "csv":
            from messages.files import as_csv  # noqa: PLC0415

            return as_csv.render(attachment)
        case "xlsx":
            from messages.files import as_xlsx  # noqa: PLC0415

            return as_xlsx.render(attachment)
        case "html":
            from messages.files import as_html  # noqa: PLC0415

            return as_html.render(attachment)
        case "pdf":
            from messages.files import as_pdf  # noqa: PLC0415

            return as_pdf.render(attachment)
        case "pptx":
            from messages.files import as_pptx  # noqa: PLC0415

            return as_pptx.render(attachment)
        case "layer":
            from messages.files import as_layer  # noqa: PLC0415

            return as_layer.render(attachment)
        case "zip":
            from messages.files import as_zip  # noqa: PLC0415

            return as_zip.render(attachment)
        case _:
            assert_never(attachment.format)
