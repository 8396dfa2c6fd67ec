"""Charts: drawn by Teams where what it draws is what the figures say, else their rows as a table.

Source: adaptivecards.microsoft.com, "Charts in Adaptive Cards"; what each kind does with gaps, zeros, negative values
and long labels was read off Microsoft's own renderer (Agents Playground 0.2.28).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from messages import limits
from messages.adaptive_card.pack import Group
from messages.adaptive_card.runs import Element, length, words
from messages.adaptive_card.tables import long_labels, table_groups
from messages.document import Chart, Column, Document, Table, spans
from messages.escape import one_line
from messages.limits import unique
from messages.reading import axes, chart_grid, drawable

_LONGEST = 20_000
"""JSON characters of a chart."""
_WHOLE = 1_000_000
_SETS = 4
"""Series that a bar chart takes."""
_NARROW = 12
"""Characters of a label under an upright bar; longer ones are cut there, so that such bars lie."""
_COLORS = ("categoricalBlue", "categoricalMarigold", "categoricalPurple", "categoricalTeal")
"""The product's order begins with red, which says "alarm" where none is."""


def chart_groups(chart: Chart, document: Document) -> Iterator[Group]:
    """The chart with its title above (no client shows its own) and its rows as fallback, or the rows alone."""
    rows = rows_of(chart)
    pieces = list(table_groups(rows, document))
    drawn = _drawn(chart)
    if drawn is not None and len(pieces) == 1 and length(drawn) <= _LONGEST:
        fallback = {"type": "Container", "items": list(pieces[0].elements[1:])}
        title = words(rows.caption or "Chart", weight="Bolder")
        yield Group((*title, {**drawn, "fallback": fallback}))
        return
    yield from (Group((element,)) for element in long_labels(rows))
    yield from pieces


def rows_of(chart: Chart) -> Table:
    """What it shows, as a table."""
    head, rows = chart_grid(chart)
    columns = [Column(label=label, align="right" if number else "left") for number, label in enumerate(head)]
    caption = " · ".join(part for part in (one_line(chart.title), axes(chart)) if part)
    return Table(
        caption=caption, columns=tuple(columns), rows=tuple(tuple(spans(cell) for cell in row) for row in rows)
    )


def shows(chart: Chart) -> bool:
    """Whether Teams draws it as it is. Never a heatmap. A gap would be a zero in bars, and in lines its label would
    vanish or move to the end; all zeros are an empty plot; bars cut negative values to zero and take four series; a pie
    takes one series of positive values.
    """
    values = [value for series in chart.series for value in series.values if value is not None]
    if chart.shape == "heatmap" or not drawable(chart) or not any(values):
        return False
    if chart.shape == "pie":
        return len(chart.series) == 1 and min(values) > 0
    return chart.shape == "line" or (len(chart.series) <= _SETS and min(values) >= 0)


def _drawn(chart: Chart) -> Element | None:
    """The Chart element; None where the rows say it better."""
    if not shows(chart):
        return None
    labels = unique([one_line(label) for label in chart.labels], _WHOLE)
    common: dict[str, Any] = {"title": one_line(chart.title)}
    if chart.shape == "pie":
        sectors = _points(labels, chart.series[0].values, "legend", "value")
        return {"type": "Chart.Pie", **common, "data": [{**one, **_color(n)} for n, one in enumerate(sectors)]}
    if chart.shape == "bar" and len(chart.series) == 1 and max(map(limits.size, labels)) > _NARROW:
        # With its values beside the bars and no axis, so that each label has the whole width.
        lying = {"displayMode": "AbsoluteNoAxis", "color": _COLORS[0]}
        return {"type": "Chart.HorizontalBar", **common, **lying, "data": _points(labels, chart.series[0].values)}
    common |= {"xAxisTitle": one_line(chart.x_label), "yAxisTitle": one_line(chart.y_label), "data": _series(chart)}
    if chart.shape == "line":
        return {"type": "Chart.Line", **common}
    return {"type": "Chart.VerticalBar.Grouped", **common, "stacked": chart.shape == "stacked"}


def _series(chart: Chart) -> list[Element]:
    labels = unique([one_line(label) for label in chart.labels], _WHOLE)
    names = unique([one_line(series.name) for series in chart.series], _WHOLE)
    return [
        {"legend": name, "values": _points(labels, one.values), **_color(n)}
        for n, (name, one) in enumerate(zip(names, chart.series, strict=True))
    ]


def _color(number: int) -> Element:
    """Of a series or sector; the client's own beyond the fourth."""
    return {"color": _COLORS[number]} if number < len(_COLORS) else {}


def _points(labels: Sequence[str], values: Sequence[float | None], at: str = "x", of: str = "y") -> list[Element]:
    return [{at: label, of: value} for label, value in zip(labels, values, strict=True)]
