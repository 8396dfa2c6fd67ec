"""The words every renderer says alike: a span, a source, a definition, a chart as rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from math import isfinite
from typing import assert_never

from messages import prose
from messages.document import (
    Chart,
    Document,
    KpiStrip,
    Link,
    Mention,
    Moment,
    Mono,
    Plain,
    Source,
    Span,
    Strong,
    Table,
    Text,
    Value,
)
from messages.escape import clean, one_line, safe_url
from messages.figures import Figure

STATUS = {"green": "✔ Green", "amber": "▲ Amber", "red": "✖ Red", "unknown": "? Unknown"}
"""A verdict's status as symbol and word: no meaning by colour alone (WCAG 2.2, 1.4.1)."""
LEVEL = {"info": "ℹ Note", "warning": "▲ Warning", "error": "✖ Error"}
GAP = "–"
"""Stands for "no value here"; never a zero."""

Grid = tuple[tuple[str, ...], list[tuple[str, ...]]]
"""A header and rows of plain words."""


def span_words(span: Span, document: Document) -> str:
    """One span as plain words, cleaned; a link with its address. KeyError when a figure is not in the document."""
    match span:
        case Plain() | Strong() | Mono():
            return clean(span.text)
        case Link():
            words, url = clean(span.text), safe_url(span.url) or clean(span.url)
            return words if words == url else f"{words} ({url})"
        case Mention():
            return f"@{one_line(span.name)}"
        case Moment():
            return moment(span)
        case Value():
            return clean(prose.shown(document.figure(span.figure)))
        case _:
            assert_never(span)


def moment(span: Moment) -> str:
    """The instant in UTC: the whole, its date or its time."""
    words = prose.instant(span.at)
    date, _, time = words.partition(" ")
    return {"both": words, "date": date, "time": time}[span.style]


def words(text: Text, document: Document) -> str:
    """Text as plain words, cleaned, line breaks kept."""
    return "".join(span_words(span, document) for span in text)


def marks(document: Document) -> tuple[str, ...]:
    """How the reply may be used: TLP 2.0 label, simulated, private."""
    simulated = ("Simulated data",) if document.simulated else ()
    private = ("Private: direct message only",) if document.private else ()
    return (f"TLP:{document.tlp.upper()}", *simulated, *private)


def summary(document: Document) -> str:
    """Title, marks and verdict on one line: what a notification shows."""
    parts = [one_line(document.title), f"[{', '.join(marks(document))}]"]
    if document.verdict:
        parts.append(f"{STATUS[document.verdict.status]}: {one_line(words(document.verdict.text, document))}")
    return " ".join(part for part in parts if part)


def source_line(source: Source) -> str:
    """One source of a reply with everything that limits it."""
    parts = [
        one_line(source.name),
        f"as of {prose.instant(source.as_of)}" if source.as_of else "time of reading unknown",
    ]
    if not source.ok:
        parts = [parts[0], "FAILED"]
    if source.rows is not None:
        parts.append(f"{prose.count(source.rows)} rows")
    parts += [word for word, said in (("truncated", source.truncated), ("stale", source.stale)) if said]
    if source.note:
        parts.append(one_line(source.note))
    return " · ".join(parts)


HEADLINE = 12
"""Figures an answer can hold before a chat message defines the headline ones only; a button opens the rest."""


def headline(document: Document) -> tuple[tuple[Figure, ...], str]:
    """The figures a chat message defines itself, and the line that opens all others ("" when there are none)."""
    strips = [block for block in document.blocks if isinstance(block, KpiStrip)]
    first = {figure_id for strip in strips[:1] for figure_id in strip.figures}
    chosen = tuple(figure for figure in document.figures if figure.id in first)
    if len(document.figures) <= HEADLINE or not document.call or len(chosen) == len(document.figures):
        return document.figures, ""
    return chosen, f"define {document.call}"


def definitions(document: Document, figures: Iterable[Figure] | None = None) -> tuple[str, ...]:
    """Each figure with its value and its definition; figures that share everything but their value share a line."""
    alike: dict[str, list[str]] = defaultdict(list)
    for figure in document.figures if figures is None else figures:
        alike[_defined(figure)].append(_named(figure))
    return tuple(f"{'; '.join(names)} — {text}" for text, names in alike.items())


def _named(figure: Figure) -> str:
    details = " · ".join(part for part in (prose.observations(figure), prose.standing(figure)) if part)
    named = f"{one_line(figure.label)} = {one_line(prose.shown(figure))}"
    return f"{named} ({one_line(details)})" if details else named


def _defined(figure: Figure) -> str:
    window = f"{prose.instant(figure.window.start)} to {prose.instant(figure.window.end)}" if figure.window else "now"
    parts = [
        one_line(figure.definition).rstrip(".") + ".",
        f"Window: {window}.",
        f"Source: {', '.join(one_line(source) for source in figure.sources) or 'not stated'}.",
        f"As of {prose.instant(figure.as_of)}.",
    ]
    if figure.note:
        parts.append(one_line(figure.note))
    return " ".join(parts)


def figure_value(figure: Figure) -> str:
    """The figure's value; when there is none, the reason."""
    value = one_line(prose.shown(figure))
    return f"{value}: {one_line(figure.note)}" if figure.value is None and figure.note else value


def opened(document: Document) -> list[tuple[str, str]]:
    """(label, line) of each snapshot behind a figure, once each; the line is `open SNAPSHOT`."""
    menu: dict[str, str] = {}
    for figure in document.figures:
        if figure.cases:
            cases = "case" if figure.cases.count == 1 else "cases"
            label = f"{one_line(figure.label)}: {prose.count(figure.cases.count)} {cases}"
            menu.setdefault(f"open {figure.cases.snapshot}", label)
    return [(label, line) for line, label in menu.items()]


def shown_rows(table: Table, first: int = 1, last: int | None = None) -> str:
    """ "20 of 412 rows", "rows 1 to 90 of 412", "no rows"; "" when every row is shown at once."""
    last = len(table.rows) if last is None else last
    total = max(table.total or 0, len(table.rows))
    if not total:
        return "no rows"
    if last - first + 1 == total:
        return ""
    if first == 1 and last == len(table.rows):
        return f"{prose.count(last)} of {prose.count(total)} rows"
    return f"rows {prose.count(first)} to {prose.count(last)} of {prose.count(total)}"


def width(table: Table) -> int:
    """Number of columns, a row that is too long included."""
    return max((len(table.columns), *(len(row) for row in table.rows)))


def header(table: Table) -> tuple[str, ...]:
    """Column labels on one line each, as many as the table is wide."""
    labels = [one_line(column.label) for column in table.columns]
    return tuple(labels + [""] * (width(table) - len(labels)))


def table_grid(table: Table, document: Document) -> Grid:
    """A table as plain words, every row as wide as the table."""
    wide = width(table)
    rows = [tuple(one_line(words(cell, document)) for cell in row) for row in table.rows]
    return header(table), [row + ("",) * (wide - len(row)) for row in rows]


def chart_grid(chart: Chart) -> Grid:
    """A chart as rows: one a label, one column a series; a gap is a dash."""
    head = (one_line(chart.x_label), *(one_line(series.name) for series in chart.series))
    rows = []
    for index, label in enumerate(chart.labels):
        cells = (number(series.values[index] if index < len(series.values) else None) for series in chart.series)
        rows.append((one_line(label), *cells))
    return head, rows


def number(value: float | None) -> str:
    """A chart's value as people read it."""
    return GAP if value is None or not isfinite(value) else prose.count(value)


def axes(chart: Chart) -> str:
    """What the axes of a chart measure; "" when nothing is said."""
    return " · ".join(one_line(label) for label in (chart.x_label, chart.y_label) if label)


def drawable(chart: Chart) -> bool:
    """Whether every series has one finite value a label: what a platform's own chart needs."""
    whole = all(len(series.values) == len(chart.labels) for series in chart.series)
    values = [value for series in chart.series for value in series.values]
    return bool(values) and whole and all(value is not None and isfinite(value) for value in values)


def filled(chart: Chart) -> bool:
    """Whether there is anything to draw: a label, and a finite value."""
    values = (value for series in chart.series for value in series.values)
    return bool(chart.labels) and any(value is not None and isfinite(value) for value in values)
