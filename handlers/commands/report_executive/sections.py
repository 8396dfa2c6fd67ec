"""The parts of the report after the bottom line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from connectors.models.cases import PRIORITIES
from connectors.models.organisation import Ask, Commitment, SignificantIncident
from handlers.analysis.executive import two_digits
from handlers.commands.report_executive.headline import ROUNDED, Measure, arrow, rounded
from handlers.commands.report_executive.verdict import SLIPPING, detected
from handlers.commands.report_executive.work import History, Span
from handlers.core import cells
from handlers.core.book import Book
from handlers.core.redaction import Redactor
from messages.document import Block, Chart, Column, Context, Heading, Paragraph, Series, Table, Text, Value, spans
from messages.figures import Figure
from messages.prose import quantity

ROWS = 10
SIGNS = {"green": "● green", "amber": "▲ amber", "red": "✖ red", "unknown": "? unknown"}


def headline(book: Book, measures: Sequence[Measure], found: History | None) -> list[Block]:
    """Part 2."""
    lines = {line.id: line.trend for line in found.lines} if found else {}
    labels = ("Measure", "Now", "Before", "Target", "Status", "Trend, 12 months", "So what")
    rows = []
    for one in measures:
        shown = rounded(book, one.figure)
        figure = book.sheet[ROUNDED + one.figure]
        status = "no input" if one.missing else SIGNS[one.status] if one.status else _unjudged(figure)
        rows.append(
            (
                spans(one.name),
                _now(book, one.figure, shown) if figure.value is not None else spans(figure.note or cells.NONE),
                _plain(figure.previous, figure.unit),
                _plain(figure.target, figure.unit),
                spans(f"{status}{f' ({one.remark})' if one.remark else ''}"),
                spans(arrow(lines.get(one.line)) if one.line and found else "no history kept"),
                spans(one.so_what),
            )
        )
    blocks: list[Block] = [
        Heading(text="2 Headline measures"),
        Table(caption="Five measures", columns=tuple(Column(label=label) for label in labels), rows=tuple(rows)),
    ]
    return [*blocks, *_beneath(book, found)]


def _unjudged(figure: Figure) -> str:
    return "not judged: no value" if figure.value is None else "not judged: no target"


def _now(book: Book, figure: str, shown: Value) -> Text:
    """The value; incidents with their severities, and the longest time where there are too few for a median."""
    if figure != "incidents.count":
        return spans(shown, " (the longest)") if figure == "contain.major.max" else spans(shown)
    parts: list[str | Value] = []
    for priority in PRIORITIES[:4]:
        parts += [", " if parts else " (", rounded(book, f"incidents.{priority}"), f" {priority}"]
    return spans(shown, *parts, ")")


def _plain(value: float | None, unit: str) -> Text:
    return spans(cells.NONE if value is None else quantity(value, unit))


def _beneath(book: Book, found: History | None) -> list[Block]:
    """Time to resolve and the months, from the ledger."""
    out: list[Block] = []
    if book.sheet["alerts.total"].value is not None:
        out.append(Paragraph(text=spans("Alerts behind it: ", rounded(book, "alerts.total"), ".")))
    if found is None:
        return out
    told = next(line.trend for line in found.lines if line.id == "mttr")
    if book.sheet["mttr.median"].value is not None:
        parts: list[str | Value] = ["Time to resolve, median: ", rounded(book, "mttr.median")]
        before = book.sheet[f"{ROUNDED}mttr.median"]
        if before.previous is not None:
            parts.append(f", before {quantity(before.previous, before.unit)}")
        if book.sheet["mttr.km_median"].value is not None:
            parts += ["; with the open ones ", rounded(book, "mttr.km_median")]
        out.append(Paragraph(text=spans(*parts, f"; {arrow(told)}.")))
    months = next(line for line in found.lines if line.id == "incidents")
    return [*out, _chart(months.values, found)]


def _chart(values: Sequence[float | None], found: History) -> Chart:
    labels = found.months
    return Chart(
        shape="bar", title="Incidents detected by month", labels=labels, y_label="incidents",
        series=(Series(name="Incidents detected", values=tuple(values)),),
    )  # fmt: skip


def incidents(book: Book, found: Sequence[SignificantIncident] | None, redact: Redactor, when: Span) -> list[Block]:
    """Part 3; `found` None: the file could not be read."""
    head = Heading(text="3 Significant incidents")
    if found is None:
        return [head, Paragraph(text=spans("The file of significant incidents could not be read."))]
    if not found:
        text = spans(f"None on file for {when.label}. ", *detected(book), ".")
        return [head, Paragraph(text=text)]
    rows = (
        cells.row(
            str(one.occurred), one.severity, _said(redact, one.title, 120), _said(redact, one.effect, 240),
            _said(redact, one.status, 120), _said(redact, one.lesson, 160), _money(one.cost, one.currency),
        )
        for one in found[:ROWS]
    )  # fmt: skip
    labels = ("Day", "Severity", "What", "Business effect", "Status", "Lesson", ">Cost")
    return [head, cells.table(f"Significant incidents of {when.label}", labels, rows, len(found))]


def asks(found: Sequence[Ask] | None, redact: Redactor, roles: Mapping[str, str], today: date) -> list[Block]:
    """Part 5."""
    head = Heading(text="5 Decisions asked of you")
    if found is None:
        return [head, Paragraph(text=spans("The file of asks could not be read."))]
    if not found:
        return [head, Paragraph(text=spans("None on file."))]
    rows = (
        cells.row(
            _said(redact, one.title, 120), "; ".join(_said(redact, option, 80) for option in one.options),
            _said(redact, one.recommendation, 120), _money(one.cost, one.currency),
            f"{one.decide_by}{' (past)' if one.decide_by < today else ''}", _role(redact, roles, one.owner),
        )
        for one in sorted(found, key=lambda ask: (ask.decide_by, ask.id))[:ROWS]
    )  # fmt: skip
    labels = ("Decision", "Options", "Recommended", ">Cost", "By", "Owner")
    return [head, cells.table("Decisions", labels, rows, len(found))]


def commitments(
    found: Sequence[Commitment] | None, redact: Redactor, roles: Mapping[str, str], today: date
) -> list[Block]:
    """Part 6."""
    head = Heading(text="6 Progress on commitments")
    if found is None:
        return [head, Paragraph(text=spans("The file of commitments could not be read."))]
    if not found:
        return [head, Paragraph(text=spans("None on file."))]
    order = {status: rank for rank, status in enumerate((*reversed(SLIPPING), "on track", "done", "dropped"))}
    ranked = sorted(found, key=lambda one: (order.get(one.status, 9), one.due, one.id))
    rows = (
        cells.row(
            _said(redact, one.title, 120), f"{one.due}{' (past)' if _overdue(one, today) else ''}", one.status,
            _said(redact, one.note, 160), _role(redact, roles, one.owner),
        )
        for one in ranked[:ROWS]
    )  # fmt: skip
    return [head, cells.table("Commitments", ("Commitment", "Due", "Status", "Note", "Owner"), rows, len(found))]


def _overdue(one: Commitment, today: date) -> bool:
    return one.due < today and one.status not in {"done", "dropped"}


def appendix(book: Book, exact: Sequence[str]) -> list[Block]:
    """Part 7: exact values and definitions of what was rounded above."""
    rows = tuple(
        (spans(book.sheet[i].label), spans(Value(figure=i)), spans(book.sheet[i].definition))
        for i in exact
        if i in book.sheet
    )
    columns = (Column(label="Figure"), Column(label="Exact", align="right"), Column(label="Definition"))
    text = "Figures above are rounded to two significant digits; the exact ones are here and open to their cases."
    return [
        Heading(text="7 Appendix: definitions"),
        Context(text=spans(text)),
        Table(caption="Exact figures", columns=columns, rows=rows),
    ]


def _said(redact: Redactor, text: str, most: int) -> str:
    """A file's words, redacted, then cut."""
    return cells.shorten(redact.free(text), most)


def _role(redact: Redactor, roles: Mapping[str, str], owner: str) -> str:
    """The owner's role, never the name."""
    return _said(redact, roles[owner], 60) if owner in roles else "on file"


def _money(amount: float | None, currency: str) -> str | None:
    return None if amount is None else quantity(two_digits(amount), "money", currency)
