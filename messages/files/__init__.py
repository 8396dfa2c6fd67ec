"""A document as a file: CSV, XLSX, HTML, PDF, PPTX, a Navigator layer, a zip of pages and tables, or the
picture of a chart.

The models are light; each writer is imported when it writes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from messages.files.model import MEDIA, Attachment, Format, Sheet, file_name

__all__ = ["MEDIA", "Attachment", "Format", "Sheet", "file_name", "write"]


def write(attachment: Attachment) -> bytes:
    """The file's bytes; the same attachment gives the same bytes (dates inside are the document's, never the clock's).

    CPU-heavy for pdf, pptx and png (a second and more): call it outside the event loop. KeyError when a span names a
    figure that the document does not hold; ValueError when a layer's `raw` is no Navigator layer 4.5, and when there is
    no chart that can be drawn.
    """
    render: Callable[[Attachment], bytes]
    match attachment.format:
        case "csv":
            from messages.files import as_csv  # noqa: PLC0415

            render = as_csv.render
        case "xlsx":
            from messages.files import as_xlsx  # noqa: PLC0415

            render = as_xlsx.render
        case "html":
            from messages.files import as_html  # noqa: PLC0415

            render = as_html.render
        case "pdf":
            from messages.files import as_pdf  # noqa: PLC0415

            render = as_pdf.render
        case "pptx":
            from messages.files import as_pptx  # noqa: PLC0415

            render = as_pptx.render
        case "layer":
            from messages.files import as_layer  # noqa: PLC0415

            render = as_layer.render
        case "zip":
            from messages.files import as_zip  # noqa: PLC0415

            render = as_zip.render
        case "png":
            from messages.files import as_png  # noqa: PLC0415

            render = as_png.render
        case _:
            assert_never(attachment.format)
    return render(attachment)
