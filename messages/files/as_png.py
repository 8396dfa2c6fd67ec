"""Attachment → PNG: the document's first chart, with its title, its units, its TLP label and its freshness inside it.

A picture is passed on without the message around it, so it says by itself how it may be used and how old it is.
"""

from __future__ import annotations

from messages import charts
from messages.document import Chart
from messages.files.model import Attachment
from messages.files.said import freshness, marks


def render(attachment: Attachment) -> bytes:
    """The picture's bytes. ValueError when the document has no chart, or none that Vega can draw."""
    document = attachment.document
    chart = next((block for block in document.blocks if isinstance(block, Chart)), None)
    if chart is None:
        raise ValueError("the document has no chart")
    return charts.png(chart, " · ".join((*marks(document), freshness(document))))
