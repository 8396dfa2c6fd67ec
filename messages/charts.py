"""Chart → Vega-Lite specification → SVG or PNG, offline.

Vega-Lite v5 (vega.github.io/vega-lite/docs) drawn by vl-convert inside the process: no browser, no network. The first
drawing of a process costs most of a second (it starts a JavaScript engine), each later one some 20 ms.
"""

from functools import lru_cache
from math import isfinite
from typing import Any

from messages.document import Chart
from messages.escape import one_line
from messages.limits import unique

PALETTE = ("#4c8cc4", "#d98a3d", "#4aa57e", "#b3689b", "#c2574e", "#8a8f3c", "#6f7fb8", "#9a7b5f")
"""Told apart by lightness as well as hue, 3:1 against both a white and a near-black page (WCAG 2.2, 1.4.11)."""
WIDTH, HEIGHT = 560, 260
_NAME = 60
"""Characters of a label or name on the drawing; every renderer has the whole in the chart's rows."""
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
"""The specification's name, which vl-convert reads and never fetches."""


def _words(text: str) -> str:
    """One line without characters beyond U+FFFF: Vega cuts a long word between the halves of a surrogate pair and then
    refuses the chart."""
    return "".join(character if character <= "\uffff" else "▫" for character in one_line(text))


def spec(chart: Chart, ink: str = "#444444") -> dict[str, Any]:
    """The Vega-Lite specification of a chart; `ink` is the colour of words and axes. A gap stays a gap."""
    drawn: dict[str, Any] = {
        "$schema": _SCHEMA,
        "title": {"text": _words(chart.title), "anchor": "start", "limit": WIDTH},
        "width": WIDTH,
        "height": HEIGHT,
        "background": "transparent",
        "data": {"values": _rows(chart)},
        "config": _config(ink),
        **_marks(chart),
    }
    return drawn


def _rows(chart: Chart) -> list[dict[str, Any]]:
    names = unique([_words(series.name) for series in chart.series], _NAME)
    labels = unique([_words(label) for label in chart.labels], _NAME)
    rows = []
    for name, series in zip(names, chart.series, strict=True):
        for index, label in enumerate(labels):
            value = series.values[index] if index < len(series.values) else None
            finite = value if value is not None and isfinite(value) else None
            rows.append({"order": index, "label": label, "series": name, "value": finite})
    return rows


def _config(ink: str) -> dict[str, Any]:
    faint = {"domainColor": ink, "tickColor": ink, "gridColor": ink, "gridOpacity": 0.15}
    return {
        "view": {"stroke": None},
        "axis": {**faint, "labelColor": ink, "titleColor": ink, "labelLimit": 160},
        "legend": {"labelColor": ink, "titleColor": ink},
        "title": {"color": ink},
        "font": "sans-serif",
        "range": {"category": list(PALETTE)},
    }


def _marks(chart: Chart) -> dict[str, Any]:
    match chart.shape:
        case "line":
            return {"mark": {"type": "line", "point": True}, "encoding": {**_axes(chart), **_colour(chart)}}
        case "bar":
            encoding = {**_axes(chart), **_colour(chart)}
            if len(chart.series) > 1:
                encoding["xOffset"] = {"field": "series", "type": "nominal", "sort": None}
            return {"mark": "bar", "encoding": encoding}
        case "stacked":
            encoding = {**_axes(chart), **_colour(chart)}
            encoding["y"] = {**encoding["y"], "stack": "zero"}
            return {"mark": "bar", "encoding": encoding}
        case "pie":
            sector = {"field": "value", "type": "quantitative", "stack": True}
            colour = {"field": "label", "type": "nominal", "sort": {"field": "order"}, "title": None}
            return {"mark": {"type": "arc", "innerRadius": 50}, "encoding": {"theta": sector, "color": colour}}
        case "heatmap":
            return {"mark": "rect", "encoding": _heat(chart)}


def _across(chart: Chart) -> dict[str, Any]:
    slanted = sum(len(label) + 2 for label in chart.labels) * 6 > WIDTH
    axis = {"labelAngle": -40 if slanted else 0}
    title = _words(chart.x_label) or None
    return {"field": "label", "type": "nominal", "sort": {"field": "order"}, "title": title, "axis": axis}


def _axes(chart: Chart) -> dict[str, Any]:
    up = {"field": "value", "type": "quantitative", "title": _words(chart.y_label) or None}
    return {"x": _across(chart), "y": up}


def _colour(chart: Chart) -> dict[str, Any]:
    shown = {} if len(chart.series) > 1 else {"legend": None}
    return {"color": {"field": "series", "type": "nominal", "sort": None, "title": None, **shown}}


def _heat(chart: Chart) -> dict[str, Any]:
    down = {"field": "series", "type": "nominal", "sort": None, "title": _words(chart.y_label) or None}
    heat = {"field": "value", "type": "quantitative", "scale": {"scheme": "blues"}, "title": None}
    return {"x": _across(chart), "y": down, "color": heat}


@lru_cache(maxsize=64)
def svg(chart: Chart) -> str:
    """An `<svg>` element whose words take the page's text colour; ValueError when Vega cannot draw the chart."""
    import vl_convert  # noqa: PLC0415 - 50 ms and a JavaScript engine

    return str(vl_convert.vegalite_to_svg(spec(chart, ink="currentColor"), allowed_base_urls=[]))


def png(chart: Chart, scale: float = 2.0) -> bytes:
    """A PNG on white, `scale` pixels a point; ValueError when Vega cannot draw the chart."""
    import vl_convert  # noqa: PLC0415 - 50 ms and a JavaScript engine

    drawn = {**spec(chart), "background": "#ffffff"}
    return bytes(vl_convert.vegalite_to_png(drawn, scale=scale, allowed_base_urls=[]))
