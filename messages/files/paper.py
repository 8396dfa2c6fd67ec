"""Document → what is printed: plain data for the Typst template, words cleaned, every block said.

Shapes: `runs` are lists of {text, look, url}; a block is {kind, …} as document.typ reads it.
"""

from __future__ import annotations

import re
from typing import Any, assert_never

from messages import charts, prose, reading
from messages.document import (
    Actions,
    Block,
    Bullets,
    Chart,
    Context,
    Divider,
    Document,
    Facts,
    Form,
    Heading,
    KpiStrip,
    Link,
    Mono,
    Notice,
    Paragraph,
    Span,
    Strong,
    Table,
    Text,
    Value,
)
from messages.escape import clean, one_line, safe_url
from messages.files.fit import columns
from messages.files.said import STATUS_INK, TLP_INK, blocks, caption, dated, finite, freshness, label, marks

_SIZED = re.compile(r'^<svg [^>]*viewBox="0 0 [1-9][0-9.]* [1-9][0-9.]*"')
_FONT = "Libertinus Serif"
"""Inside Typst, as in the text: a drawing measured in another font still fits, because this one runs narrow."""


def paper(document: Document) -> dict[str, Any]:
    """The whole document as the template reads it. KeyError when a span names a figure it does not hold."""
    verdict = document.verdict
    return {
        "title": one_line(document.title) or "Answer",
        "label": label(document),
        "marks": marks(document),
        "tlp_ink": f"#{TLP_INK[document.tlp]}",
        "freshness": freshness(document),
        "date": f"{dated(document):%Y-%m-%d}",
        "verdict": verdict
        and {
            "runs": runs(verdict.text, document),
            "status": reading.STATUS[verdict.status],
            "ink": f"#{STATUS_INK[verdict.status]}",
            "rule": one_line(verdict.rule),
        },
        "blocks": [_block(block, document) for block in blocks(document)],
        "sources": [{"text": reading.source_line(source), "ok": source.ok} for source in document.provenance],
        "definitions": [line.split(" — ", 1) for line in reading.definitions(document)],
    }


def runs(text: Text, document: Document) -> list[dict[str, str]]:
    """Spans as words with a look: plain, strong, mono, link."""
    return [_run(span, document) for span in text]


def _run(span: Span, document: Document) -> dict[str, str]:
    match span:
        case Strong():
            return {"look": "strong", "text": clean(span.text)}
        case Value():
            return {"look": "value", "text": reading.span_words(span, document)}
        case Mono():
            return {"look": "mono", "text": clean(span.text)}
        case Link() if url := safe_url(span.url):
            return {"look": "link", "text": clean(span.text or span.url), "url": url}
        case _:
            return {"look": "plain", "text": reading.span_words(span, document)}


def _block(block: Block, document: Document) -> dict[str, Any]:  # noqa: PLR0911 - one line a block
    match block:
        case Heading():
            return {"kind": "heading", "text": one_line(block.text)}
        case Paragraph() | Context():
            return {"kind": block.kind, "runs": runs(block.text, document)}
        case Notice():
            said = reading.LEVEL[block.level]
            return {"kind": "notice", "level": block.level, "said": said, "runs": runs(block.text, document)}
        case Facts():
            facts = [{"label": one_line(fact.label), "runs": runs(fact.text, document)} for fact in block.facts]
            return {"kind": "facts", "facts": facts}
        case Bullets():
            return {"kind": "bullets", "items": [runs(item, document) for item in block.items]}
        case KpiStrip():
            return {"kind": "kpis", "figures": [_kpi(document, figure_id) for figure_id in block.figures]}
        case Table():
            return _table(block, document)
        case Chart():
            return _chart(block)
        case Divider():
            return {"kind": "divider"}
        case Actions() | Form():
            return {"kind": "nothing"}
        case _:
            assert_never(block)


def _kpi(document: Document, figure_id: str) -> dict[str, Any]:
    figure = document.figure(figure_id)
    return {
        "label": one_line(figure.label),
        "value": one_line(prose.shown(figure)),
        "why": one_line(figure.note) if figure.value is None else "",
        "standing": one_line(prose.standing(figure)),
        "n": one_line(prose.observations(figure)),
    }


def _table(table: Table, document: Document) -> dict[str, Any]:
    header, rows = reading.table_grid(table, document)
    right = [column.align == "right" for column in table.columns]
    right += [False] * (len(header) - len(right))
    found = {"kind": "table", "caption": caption(table), "header": header, "right": right, "rows": rows}
    return {**found, **_fitted(header, rows)}


_SIZES = ((4, 9.0), (7, 8.0), (12, 7.0), (999, 6.0))
"""Up to so many columns: points of the letters."""
_PAGE, _PAD = 482.0, 10.0
"""Points: the page within its margins, and what a cell keeps free at both sides."""


_REPEATED = 600
"""Letters of a header that is printed again on each page."""


def _fitted(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> dict[str, Any]:
    """Size of the letters and width of each column, both in points, the padding of a cell included."""
    size = next((size for most, size in _SIZES if len(header) <= most), _SIZES[-1][1])
    room = max(_PAGE - _PAD * len(header), _PAD) / size
    wide = columns(header, rows, room)
    # A header of many letters would stand on every page of a long table, and may be longer than a page.
    repeat = sum(map(len, header)) <= _REPEATED
    return {"size": size, "weights": [round(one * size + _PAD, 2) for one in wide], "repeat": repeat}


def _chart(chart: Chart) -> dict[str, Any]:
    header, rows = reading.chart_grid(chart)
    right = [False] + [True] * (len(header) - 1)
    table = {"kind": "table", "header": header, "right": right, "rows": rows}
    titled = " · ".join(part for part in (one_line(chart.title), reading.axes(chart)) if part)
    found = {"kind": "chart", "title": one_line(chart.title), "axes": reading.axes(chart), "svg": _svg(chart)}
    return {**found, "table": {**table, "caption": titled, **_fitted(header, rows)}}


def _svg(chart: Chart) -> str:
    """The drawing in ink on paper; "" when there is nothing to draw, and then the rows stand alone."""
    if not any(finite(value) is not None for series in chart.series for value in series.values):
        return ""
    try:
        drawing = charts.svg(chart)
    except ValueError:
        return ""
    # Vega draws a chart without labels 0 points wide, which Typst refuses.
    if not _SIZED.search(drawing):
        return ""
    return drawing.replace("currentColor", "#3a4754").replace('"sans-serif"', f'"{_FONT}"')
