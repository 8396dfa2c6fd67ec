"""Charts for Slack: its own `data_visualization` where a chart fits the older limits, rows of words where not."""

from collections.abc import Iterator, Sequence

from messages import limits
from messages.block_kit.pack import Group
from messages.block_kit.rich import Block, bullets, paragraphs, preformatted, rich_text, section, weight, words
from messages.block_kit.small import small_print
from messages.document import Chart, Document
from messages.escape import one_line
from messages.grid import cells, draw
from messages.limits import clip, split, unique
from messages.reading import axes, chart_grid, drawable, filled

_SHAPES = {"line": "line", "bar": "bar", "stacked": "bar"}
_GRID = 76
"""Characters of a preformatted line that a desktop window shows without wrapping."""


def native(chart: Chart) -> bool:
    """Whether Slack itself can draw it: no gap, no heatmap, at most 6 series (or sectors) of at most 20 points."""
    if chart.shape == "heatmap" or not drawable(chart):
        return False
    if chart.shape == "pie":
        positive = all((value or 0) > 0 for value in chart.series[0].values)
        return len(chart.series) == 1 and len(chart.labels) <= limits.SLACK_CHART_SERIES and positive
    return len(chart.series) <= limits.SLACK_CHART_SERIES and len(chart.labels) <= limits.SLACK_CHART_POINTS


def undrawn(document: Document) -> tuple[Chart, ...]:
    """Charts that `render` shows as rows, because Slack cannot draw them, and that hold something to be drawn."""
    return tuple(block for block in document.blocks if isinstance(block, Chart) and not native(block) and filled(block))


def groups(chart: Chart, index: int, *, draw_native: bool = True) -> Iterator[Group]:
    """The chart of block `index`: native with its full names in small print where they had to be cut, or rows."""
    if not (draw_native and native(chart)):
        yield from (Group((block,)) for block in _rows(chart))
        return
    block = {**_native(chart), "block_id": f"chart:{index}"}
    rows = instead(chart)
    yield Group((block,), compact=lambda: (rows,), reserve=max(0, weight(rows) - weight(block)))
    yield from (Group((small,)) for small in small_print(_cut(chart)))


def instead(chart: Chart) -> Block:
    """One block that says what a native chart shows, for a workspace that refuses the chart."""
    head, rows = chart_grid(_short(chart))
    title = [words(clip(_title(chart), 200), bold=True)]
    lines = _grid(head, rows)
    if lines:
        return preformatted(lines, title)[0]
    return rich_text(section(title), *bullets([words(line)] for line in _lines(head, rows))[0]["elements"])


def _native(chart: Chart) -> Block:
    labels, names = _labels(chart), _names(chart)
    title = clip(one_line(chart.title), limits.SLACK_CHART_TITLE) or "Chart"
    if chart.shape == "pie":
        pie = {"type": "pie", "segments": _points(labels, chart.series[0].values)}
        return {"type": "data_visualization", "title": title, "chart": pie}
    series = [
        {"name": name, "data": _points(labels, one.values)} for name, one in zip(names, chart.series, strict=True)
    ]
    axis: dict[str, object] = {"categories": labels}
    for key, label in (("x_label", chart.x_label), ("y_label", chart.y_label)):
        if one_line(label):
            axis[key] = clip(one_line(label), limits.SLACK_CHART_TITLE)
    drawn = {"type": _SHAPES[chart.shape], "series": series, "axis_config": axis}
    return {"type": "data_visualization", "title": title, "chart": drawn}


def _points(labels: Sequence[str], values: Sequence[float | None]) -> list[dict[str, object]]:
    return [{"label": label, "value": value} for label, value in zip(labels, values, strict=True)]


def _labels(chart: Chart) -> list[str]:
    return unique([one_line(label) for label in chart.labels], limits.SLACK_CHART_LABEL)


def _names(chart: Chart) -> list[str]:
    return unique([one_line(series.name) for series in chart.series], limits.SLACK_CHART_LABEL)


def _short(chart: Chart) -> Chart:
    """The chart with the names that the native block shows, so that its rows are bounded."""
    series = [one.model_copy(update={"name": name}) for one, name in zip(chart.series, _names(chart), strict=True)]
    axis = clip(one_line(chart.x_label), limits.SLACK_CHART_LABEL)
    return chart.model_copy(update={"labels": tuple(_labels(chart)), "series": tuple(series), "x_label": axis})


def _cut(chart: Chart) -> list[str]:
    """What the native block had to cut or cannot show, in full."""
    whole = [one_line(label) for label in (*chart.labels, *(series.name for series in chart.series))]
    lines = [f"Chart: {title}"] if len(title := one_line(chart.title)) > limits.SLACK_CHART_TITLE else []
    if len(axes(chart)) > limits.SLACK_CHART_TITLE or (chart.shape == "pie" and axes(chart)):
        lines.append(f"Axes: {axes(chart)}")
    if chart.shape == "pie" and one_line(chart.series[0].name):
        lines.append(f"Sectors: {one_line(chart.series[0].name)}")
    long = [name for name in whole if limits.size(name) > limits.SLACK_CHART_LABEL]
    return lines + ([f"Full names in the chart: {'; '.join(long)}"] if long else [])


def _title(chart: Chart) -> str:
    return " · ".join(part for part in (one_line(chart.title), axes(chart)) if part) or "Chart"


def _rows(chart: Chart) -> list[Block]:
    head, rows = chart_grid(chart)
    title = _title(chart)
    lines = _grid(head, rows)
    if lines and len(title) < 1000:
        return preformatted(lines, [words(title, bold=True)])
    items = [[words(piece)] for line in _lines(head, rows) for piece in split(line, 2000)]
    return [*paragraphs([words(title, bold=True)]), *bullets(items)]


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Fixed-width lines, or none when they would be wider than a window."""
    columns = zip(head, *rows, strict=True)
    if sum(max(cells(cell) for cell in column) + 2 for column in columns) > _GRID or not rows:
        return []
    return draw(head, rows, [False] + [True] * (len(head) - 1), _GRID)


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """ "Monday: opened 41 · closed 39", one a label."""
    lines = []
    for label, *values in rows:
        named = (f"{name} {value}".strip() for name, value in zip(head[1:], values, strict=True))
        lines.append(f"{label}: {' · '.join(named)}")
    return lines or ["no data"]
