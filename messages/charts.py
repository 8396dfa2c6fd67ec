"""Chart → Vega-Lite specification → SVG or PNG, offline.

Vega-Lite v5 (vega.github.io/vega-lite/docs) drawn by vl-convert inside the process: no browser, no network. The first
drawing of a process costs one to two seconds (it starts a JavaScript engine), each later one some 20 ms as SVG, some
200 ms as PNG.
"""

import struct
import zlib
from functools import lru_cache
from typing import Any

from messages.chart_marks import HEIGHT, WIDTH, marks, rows, words
from messages.document import Chart
from messages.limits import split

PALETTE = ("#4984bf", "#e8721c", "#997b46", "#cf7a95", "#6463d4", "#557061", "#6d6e0a", "#277389")
"""3:1 against both a white and a near-black page (WCAG 2.2, 1.4.11). The first six differ by 15 and more in CIE L*a*b*
for eyes without green, red or blue cones (simulated after Machado, Oliveira and Fernandes 2009); found by search."""
_LINE, _LINES = 78, 3
"""Characters of a line of the title on the drawing, and lines."""
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
"""The specification's name, which vl-convert reads and never fetches."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def spec(chart: Chart, ink: str = "#444444", note: str = "") -> dict[str, Any]:
    """The Vega-Lite specification of a chart; `ink` is the colour of words and axes, `note` stands under the title. A
    gap stays a gap."""
    return {
        "$schema": _SCHEMA,
        "title": {"text": _title(chart), "subtitle": words(note), "anchor": "start", "limit": WIDTH + 80, "offset": 12},
        "width": WIDTH,
        "height": HEIGHT,
        "background": "transparent",
        "data": {"values": rows(chart)},
        "config": _config(ink),
        **marks(chart),
    }


def _title(chart: Chart) -> list[str]:
    return [line.strip() for line in split(words(chart.title), _LINE)[:_LINES]]


def _config(ink: str) -> dict[str, Any]:
    faint = {"domainColor": ink, "tickColor": ink, "gridColor": ink, "gridOpacity": 0.15}
    return {
        "view": {"stroke": None},
        "axis": {**faint, "labelColor": ink, "titleColor": ink, "labelLimit": 160, "titleFontWeight": "normal"},
        "legend": {"labelColor": ink, "titleColor": ink},
        "title": {"color": ink, "subtitleColor": ink},
        "font": "sans-serif",
        "range": {"category": list(PALETTE)},
    }


@lru_cache(maxsize=64)
def svg(chart: Chart) -> str:
    """An `<svg>` element whose words take the page's text colour; ValueError when Vega cannot draw the chart."""
    import vl_convert  # noqa: PLC0415 - 50 ms and a JavaScript engine

    return str(vl_convert.vegalite_to_svg(spec(chart, ink="currentColor"), allowed_base_urls=[]))


def png(chart: Chart, note: str = "", scale: float = 2.0) -> bytes:
    """A PNG on white, which is read in a dark theme too, `scale` pixels a point; ValueError when Vega cannot draw the
    chart. `note` stands inside the picture."""
    import vl_convert  # noqa: PLC0415 - 50 ms and a JavaScript engine

    drawn = {**spec(chart, note=note), "background": "#ffffff", "padding": 14}
    return _packed(bytes(vl_convert.vegalite_to_png(drawn, scale=scale, allowed_base_urls=[])))


def _packed(picture: bytes) -> bytes:
    """The same PNG with its pixels packed tightly, a third of the size: vl-convert packs for speed."""
    chunks: list[tuple[bytes, bytes]] = []
    at = len(_SIGNATURE)
    while at < len(picture):
        length, kind = struct.unpack(">I4s", picture[at : at + 8])
        chunks.append((kind, picture[at + 8 : at + 8 + length]))
        at += length + 12
    pixels = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    before = [chunk for chunk in chunks if chunk[0] not in {b"IDAT", b"IEND"}]
    whole = [*before, (b"IDAT", zlib.compress(pixels, 6)), (b"IEND", b"")]
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in whole)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
