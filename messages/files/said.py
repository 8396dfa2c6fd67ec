"""What every file says alike: marks, freshness, a figure's row, blocks that a file can hold."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite

from messages import prose, reading
from messages.document import Actions, Block, Document, Form, Table
from messages.escape import clean, one_line
from messages.figures import Figure
from messages.files.model import Attachment

Cell = str | int | float | datetime | None
TLP_INK = {"red": "FF2B2B", "amber": "FFC000", "amber+strict": "FFC000", "green": "33FF00", "clear": "FFFFFF"}
"""Label colours on black (FIRST, Traffic Light Protocol 2.0, table of colour codes)."""
STATUS_INK = {"green": "1B7F4B", "amber": "A15C00", "red": "B3261E", "unknown": "5F6368"}
"""Readable on white: 4.5:1 and more (WCAG 2.2, 1.4.3)."""
BEGINNING = datetime(1980, 1, 1, tzinfo=UTC)
"""Stands in a file's own dates when a document names no instant; also the first date a zip entry can bear."""

FIGURE_COLUMNS = (
    "id", "label", "value", "shown", "unit", "n", "low", "high", "statistic", "previous", "target", "currency",
    "definition", "window_start", "window_end", "sources", "as_of", "truncated", "cases", "note",
)  # fmt: skip
"""Of the figures in CSV and XLSX: `value`, `low`, `high`, `previous` and `target` in the figure's unit, `shown` as
people read it, `low` and `high` the 95 % limits."""


def label(document: Document) -> str:
    """ "TLP:AMBER"."""
    return f"TLP:{document.tlp.upper()}"


def marks(document: Document) -> tuple[str, ...]:
    """How the file may be used; a private answer is personal data once it is a file."""
    simulated = ("Simulated data",) if document.simulated else ()
    personal = ("Personal data: do not pass on",) if document.private else ()
    return (label(document), *simulated, *personal)


def behind(attachment: Attachment) -> str:
    """Where the cases behind the figures are, for a file that holds none of them; "" when no figure opens."""
    opening = sum(figure.cases is not None for figure in attachment.document.figures)
    if attachment.sheets or not opening:
        return ""
    figures = "1 figure" if opening == 1 else f"{prose.count(opening)} figures"
    name = one_line(attachment.name).rpartition(".")[0] or "answer"
    said = f"The cases behind {figures} are not in this file; they are in the XLSX of the same name, {name}.xlsx"
    return f"{said}, which the same answer exports."


def as_of(document: Document) -> datetime | None:
    """When the latest of the document's sources was read; None when it names none."""
    read = [source.as_of for source in document.provenance if source.as_of]
    return max([*read, *(figure.as_of for figure in document.figures)], default=None)


def freshness(document: Document) -> str:
    """ "Data as of 2026-11-22 09:00 UTC"."""
    at = as_of(document)
    return f"Data as of {prose.instant(at)}" if at else "Time of reading unknown"


def dated(document: Document) -> datetime:
    """The one instant of the file's own metadata, UTC, whole seconds, never before 1980."""
    at = as_of(document)
    return max(at.astimezone(UTC).replace(microsecond=0), BEGINNING) if at else BEGINNING


def blocks(document: Document) -> tuple[Block, ...]:
    """Without buttons and forms: on paper nobody can press them."""
    return tuple(block for block in document.blocks if not isinstance(block, Actions | Form))


def finite(value: float | None) -> float | int | None:
    """The number, or None where a file has no word for it."""
    return value if value is not None and isfinite(value) else None


def utc(at: datetime) -> str:
    """ISO 8601, UTC, "2026-11-22T09:00:00Z"."""
    return at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def figure_row(figure: Figure) -> tuple[Cell, ...]:
    """One figure along FIGURE_COLUMNS; numbers stay numbers, a missing one stays missing."""
    window = figure.window
    return (
        one_line(figure.id),
        one_line(figure.label),
        finite(figure.value),
        one_line(prose.shown(figure)),
        figure.unit,
        figure.n,
        finite(figure.low),
        finite(figure.high),
        one_line(figure.statistic),
        finite(figure.previous),
        finite(figure.target),
        one_line(figure.currency or ""),
        one_line(figure.definition),
        window.start if window else None,
        window.end if window else None,
        ", ".join(one_line(source) for source in figure.sources),
        figure.as_of,
        "yes" if figure.truncated else "no",
        figure.cases.count if figure.cases else None,
        one_line(figure.note),
    )


def caption(table: Table) -> str:
    """A table's caption with how much of it is shown."""
    return " · ".join(part for part in (one_line(table.caption), reading.shown_rows(table)) if part) or "Table"


def plain(cell: Cell) -> Cell:
    """A sheet's cell as a file can hold it: words cleaned, numbers finite."""
    if isinstance(cell, str):
        return clean(cell)
    return finite(cell) if isinstance(cell, float) else cell
