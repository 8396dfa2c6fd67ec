"""How each shape of a chart is drawn: marks and encodings of Vega-Lite v5 (vega.github.io/vega-lite/docs)."""

from __future__ import annotations

from math import isfinite
from typing import Any

from messages.document import Chart
from messages.escape import one_line
from messages.limits import unique

WIDTH, HEIGHT = 560, 260
_NAME = 60
"""Characters of a label or name on the drawing; every renderer has the whole in the chart's rows."""
_LETTER, _SMALL_LETTER = 5.8, 5.0
"""Points that a letter takes on an axis and in a heatmap's cell, on the generous side."""
_ROW, _BARS, _TALLEST = 26, 20, 720
_BLACK, _WHITE = "#000000", "#ffffff"
_DARK, _DARK_ABOVE, _DARK_BELOW = 0.735, 0.79, 0.87
"""Part of the way to the end of a colour scale from which on white words are read better than black ones: of `blues`,
and of both sides of `blueorange`. So each is 4.5:1 against its cell (WCAG 2.2, 1.4.3)."""
_FEW = 10
"""Whole numbers up to here are all named on their axis."""

Spec = dict[str, Any]


def words(text: str) -> str:
    """One line without characters beyond U+FFFF: Vega cuts a long word between the halves of a surrogate pair and then
    refuses the chart."""
    return "".join(character if character <= "\uffff" else "▫" for character in one_line(text))


def rows(chart: Chart) -> list[Spec]:
    """One row a value; a gap, and what is not a number, is None. `said` and `dark` are of a heatmap's cell."""
    names = _names(chart)
    labels = _labels(chart)
    low, high = _range(chart)
    whole = _whole(chart)
    found = []
    for rank, (name, series) in enumerate(zip(names, chart.series, strict=True)):
        for index, label in enumerate(labels):
            value = series.values[index] if index < len(series.values) else None
            finite = value if value is not None and isfinite(value) else None
            row = {"order": index, "rank": rank, "label": label, "series": name, "value": finite}
            if chart.shape == "heatmap":
                row |= {"said": _said(finite, whole), "dark": finite is not None and _dark(finite, low, high)}
            found.append(row)
    return found


def marks(chart: Chart) -> Spec:
    """Everything that depends on the shape: mark, encoding and the drawing's height."""
    match chart.shape:
        case "line":
            return _line(chart)
        case "bar" if len(chart.series) == 1 and len(chart.labels) <= _BARS and _slanted(chart):
            turned = _axes(chart)
            down = {**turned["x"], "axis": {"labelLimit": 260}}
            tall = max(len(chart.labels) * _ROW, 80)
            return {"mark": "bar", "height": tall, "encoding": {"y": down, "x": turned["y"], **_colour(chart)}}
        case "bar":
            encoding = {**_axes(chart), **_colour(chart)}
            if len(chart.series) > 1:
                inner = {"paddingInner": 0.08}
                encoding["xOffset"] = {"field": "series", "type": "nominal", "sort": None, "scale": inner}
            return {"mark": "bar", "encoding": encoding}
        case "stacked":
            encoding = {**_axes(chart), **_colour(chart)}
            encoding["y"] = {**encoding["y"], "stack": "zero"}
            encoding["order"] = {"field": "rank", "type": "quantitative"}
            return {"mark": {"type": "bar", "stroke": "#ffffff", "strokeWidth": 1}, "encoding": encoding}
        case "pie":
            return _pie(chart)
        case "heatmap":
            return _heat(chart)


def _values(chart: Chart) -> list[float]:
    return [value for one in chart.series for value in one.values if value is not None and isfinite(value)]


def _line(chart: Chart) -> Spec:
    """Lines of one colour each; a point's shape tells the series apart where its colour does not."""
    colour = _colour(chart)["color"]
    points = {
        "mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
        "encoding": {"color": colour, "shape": colour},
    }
    line = {"mark": "line", "encoding": {"color": colour}}
    return {"encoding": _axes(chart), "layer": [line, points]}


def _whole(chart: Chart) -> bool:
    return all(value.is_integer() for value in _values(chart))


def _range(chart: Chart) -> tuple[float, float]:
    values = _values(chart) or [0.0]
    return min(values), max(values)


def _names(chart: Chart) -> list[str]:
    return unique([words(series.name) for series in chart.series], _NAME)


def _labels(chart: Chart) -> list[str]:
    """A pie's sectors have no axis to be read from: their names carry their values."""
    if chart.shape != "pie" or not chart.series:
        return unique([words(label) for label in chart.labels], _NAME)
    values = (*chart.series[0].values, *(None,) * len(chart.labels))
    said = ("–" if value is None or not isfinite(value) else f"{value:,.10g}" for value in values)
    return unique([f"{words(label)}: {value}" for label, value in zip(chart.labels, said, strict=False)], _NAME)


def _slanted(chart: Chart) -> bool:
    longest = max((len(label) for label in _labels(chart)), default=0)
    return longest * _LETTER + 6 > WIDTH / max(len(chart.labels), 1)


def _across(chart: Chart) -> Spec:
    axis: Spec = {"labelAngle": -40 if _slanted(chart) else 0}
    if len(chart.labels) > WIDTH / 14:
        axis["labelOverlap"] = "parity"
    title = words(chart.x_label) or None
    return {"field": "label", "type": "nominal", "sort": {"field": "order"}, "title": title, "axis": axis}


def _axes(chart: Chart) -> Spec:
    up: Spec = {"field": "value", "type": "quantitative", "title": words(chart.y_label) or None}
    low, high = _range(chart)
    if _whole(chart) and chart.shape != "stacked" and high - min(low, 0) <= _FEW:
        # Vega's own smallest step still names halves on short axes.
        up["axis"] = {"values": list(range(int(min(low, 0)), int(max(high, 0)) + 1)), "format": "d"}
    elif _whole(chart):
        up["axis"] = {"tickMinStep": 1}
    return {"x": _across(chart), "y": up}


def _colour(chart: Chart) -> Spec:
    names = _names(chart)
    columns = max(1, int(WIDTH / (max(map(len, names), default=1) * _LETTER + 34)))
    legend = {"orient": "bottom", "columns": columns, "labelLimit": WIDTH} if len(chart.series) > 1 else None
    # With its domain named, the legend of a point's shape is one with that of its colour.
    return {
        "color": {"field": "series", "type": "nominal", "scale": {"domain": names}, "title": None, "legend": legend}
    }


def _pie(chart: Chart) -> Spec:
    sector = {"field": "value", "type": "quantitative", "stack": True}
    legend = {"labelLimit": 300, "labelFontSize": 12}
    colour = {"field": "label", "type": "nominal", "sort": {"field": "order"}, "title": None, "legend": legend}
    mark = {"type": "arc", "innerRadius": 50, "stroke": "#ffffff", "strokeWidth": 1}
    # The order keeps a sector where its name stands in the legend.
    order = {"field": "order", "type": "quantitative"}
    return {"mark": mark, "width": 240, "height": 240, "encoding": {"theta": sector, "color": colour, "order": order}}


def _heat(chart: Chart) -> Spec:
    """Cells in one hue, in two when values stand on both sides of zero; each with its number where there is room."""
    down = {"field": "series", "type": "nominal", "sort": None, "title": words(chart.y_label) or None}
    low, high = _range(chart)
    scale: Spec = {"scheme": "blues"}
    if low < 0 < high:
        scale = {"scheme": "blueorange", "reverse": True, "domainMid": 0}
    legend = {"tickMinStep": 1} if _whole(chart) else {}
    heat = {"field": "value", "type": "quantitative", "scale": scale, "title": None, "legend": legend}
    cells: Spec = {"mark": "rect", "encoding": {"color": heat}}
    layers = [cells, *([_numbers()] if _roomy(chart) else [])]
    tall = min(max(HEIGHT, 16 * len(chart.series)), _TALLEST)
    return {"height": tall, "encoding": {"x": _across(chart), "y": down}, "layer": layers}


def _numbers() -> Spec:
    ink = {"condition": {"test": "datum.dark", "value": _WHITE}, "value": _BLACK}
    return {"mark": {"type": "text", "fontSize": 9}, "encoding": {"text": {"field": "said"}, "color": ink}}


def _said(value: float | None, whole: bool) -> str:
    """At most one decimal: the chart's rows have the value itself."""
    if value is None:
        return ""
    if whole or abs(value) >= 10:
        return f"{value:,.0f}"
    return "~0" if 0 < abs(value) < 0.05 else f"{value:.1f}"


def _dark(value: float, low: float, high: float) -> bool:
    if low < 0 < high:
        return value < _DARK_BELOW * low or value > _DARK_ABOVE * high
    return high > low and (value - low) / (high - low) > _DARK


def _roomy(chart: Chart) -> bool:
    longest = max((len(_said(value, _whole(chart))) for value in _values(chart)), default=0)
    return longest * _SMALL_LETTER + 3 <= WIDTH / max(len(chart.labels), 1) and len(chart.series) <= HEIGHT / 13
