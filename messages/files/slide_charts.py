"""Charts on slides: native ones, whose numbers open in a sheet and can be edited."""

from __future__ import annotations

import io
from typing import Any

from messages import charts, reading
from messages.document import Chart
from messages.escape import one_line
from messages.files.deck import INK, LEFT, ON_DARK, ROOM, SOFT, TITLE, Deck, Run, height, line_count, rgb
from messages.files.said import finite
from messages.files.slide_tables import of_chart, show
from messages.files.slide_text import Item, flow
from messages.files.workbook import made
from messages.limits import clip

_LEAST = 3.6
_CAPTION = 12.0
_TALLEST = 0.5
"""Inches of a caption; a longer one stands in full before the chart."""


def draw(deck: Deck, chart: Chart) -> None:
    """The chart under its title; a heat map, and a chart without one number, as a table."""
    known = any(finite(value) is not None for series in chart.series for value in series.values)
    if chart.shape == "heatmap" or not known or not chart.labels:
        show(deck, of_chart(chart, shaded=chart.shape == "heatmap" and known))
        return
    words = " · ".join(part for part in (one_line(chart.title), reading.axes(chart)) if part)
    tall = height(line_count(words, _CAPTION, ROOM), _CAPTION) if words else 0
    if tall > _TALLEST:
        flow(deck, [Item((Run(words, bold=True, colour=INK),), _CAPTION)])
        words = clip(words, TITLE)
        tall = height(line_count(words, _CAPTION, ROOM), _CAPTION)
    slide = deck.need(_LEAST + tall)
    deck.text((Run(words, bold=True, colour=INK),), (LEFT, deck.y, ROOM, tall), _CAPTION)
    deck.y += tall + 0.06
    _native(slide, chart, (LEFT, deck.y, ROOM, min(deck.room(), 4.8)))
    deck.y += min(deck.room(), 4.8) + 0.2


def _native(slide: Any, chart: Chart, box: tuple[float, float, float, float]) -> None:
    from pptx.chart.data import CategoryChartData  # noqa: PLC0415
    from pptx.enum.chart import XL_CHART_TYPE  # noqa: PLC0415
    from pptx.util import Inches  # noqa: PLC0415

    kinds = {
        "line": XL_CHART_TYPE.LINE_MARKERS,
        "bar": XL_CHART_TYPE.COLUMN_CLUSTERED,
        "stacked": XL_CHART_TYPE.COLUMN_STACKED,
        "pie": XL_CHART_TYPE.DOUGHNUT,
    }
    data = CategoryChartData(number_format="#,##0.##")  # type: ignore[no-untyped-call]
    data.categories = [one_line(name) for name in chart.labels]
    series = chart.series[:1] if chart.shape == "pie" else chart.series
    for one in series:
        values = [one.values[index] if index < len(one.values) else None for index in range(len(chart.labels))]
        data.add_series(one_line(one.name), [finite(value) for value in values])  # type: ignore[no-untyped-call]
    drawn = slide.shapes.add_chart(kinds[chart.shape], *map(Inches, box), data).chart
    drawn.part.chart_workbook.update_from_xlsx_blob(_workbook(data))
    _look(drawn, chart)


def _workbook(data: Any) -> bytes:
    """The sheet behind the chart, laid out as python-pptx does, but words are never formulas or links."""
    out = io.BytesIO()
    workbook = made(out)
    sheet = workbook.add_worksheet("Sheet1")
    for row, category in enumerate(data.categories, start=1):
        sheet.write_string(row, 0, str(category.label)[:32_000])
    for column, series in enumerate(data, start=1):
        sheet.write_string(0, column, series.name[:32_000])
        for row, value in enumerate(series.values, start=1):
            if value is not None:
                sheet.write_number(row, column, value)
    workbook.close()
    return out.getvalue()


def _look(drawn: Any, chart: Chart) -> None:
    from pptx.enum.chart import XL_LEGEND_POSITION  # noqa: PLC0415
    from pptx.util import Pt  # noqa: PLC0415

    colours = [rgb(colour.lstrip("#").upper()) for colour in charts.PALETTE]
    drawn.font.size, drawn.font.name = Pt(11), "Arial"
    drawn.font.color.rgb = rgb(SOFT)
    drawn.has_title = False
    drawn.has_legend = chart.shape == "pie" or len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    plot = drawn.plots[0]
    if chart.shape == "pie":
        plot.has_data_labels = True
        labels = plot.data_labels
        labels.show_value, labels.show_percentage = True, False
        labels.font.size, labels.font.bold = Pt(14), True
        labels.font.color.rgb = rgb(ON_DARK)
        for index in range(len(chart.labels)):
            fill = plot.series[0].points[index].format.fill
            fill.solid()
            fill.fore_color.rgb = colours[index % len(colours)]
        return
    _axes(drawn, chart)
    for index, series in enumerate(plot.series):
        colour = colours[index % len(colours)]
        if chart.shape == "line":
            series.smooth = False
            series.format.line.color.rgb, series.format.line.width = colour, Pt(2.25)
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = colour
        else:
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = colour
    if chart.shape != "line":
        plot.gap_width = 60


def _axes(drawn: Any, chart: Chart) -> None:
    from pptx.util import Pt  # noqa: PLC0415

    for axis, words in ((drawn.category_axis, chart.x_label), (drawn.value_axis, chart.y_label)):
        axis.tick_labels.font.size = Pt(10 if len(chart.labels) <= 24 else 8)
        axis.format.line.color.rgb = rgb("9AA5B1")
        if said := one_line(words)[:120]:
            axis.has_title = True
            frame = axis.axis_title.text_frame
            frame.text = said
            frame.paragraphs[0].runs[0].font.size = Pt(11)
            frame.paragraphs[0].runs[0].font.bold = False
    values = [value for series in chart.series for value in series.values if value is not None]
    if min(values) >= 0:
        # PowerPoint would cut the axis: a bar whose foot is not zero lies about its length.
        drawn.value_axis.minimum_scale = 0
    drawn.value_axis.has_major_gridlines = True
    drawn.value_axis.major_gridlines.format.line.color.rgb = rgb("E1E6EB")
