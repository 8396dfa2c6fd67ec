"""Document → plain text for a terminal: no markup, no control characters, fixed-width tables."""

from collections.abc import Iterable
from typing import assert_never

from messages import prose
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
    Notice,
    Paragraph,
    Table,
)
from messages.escape import one_line
from messages.grid import draw, wrap
from messages.reading import (
    LEVEL,
    STATUS,
    axes,
    chart_grid,
    definitions,
    figure_value,
    marks,
    opened,
    shown_rows,
    source_line,
    table_grid,
    width,
    words,
)

WIDTH = 100
"""Columns of a line; a word that is longer is broken."""


def render(document: Document) -> str:
    """The whole document as lines of at most 100 columns, ending in a newline.

    Order: title and marks, verdict with its rule, blocks, cases to open, sources, definitions of every figure.
    KeyError when a span names a figure that the document does not hold.
    """
    parts = [_head(document), *(_block(block, document) for block in document.blocks), *_tail(document)]
    return "\n\n".join("\n".join(line.rstrip() for line in part) for part in parts if part) + "\n"


def _head(document: Document) -> list[str]:
    lines = [*_wrapped(one_line(document.title)), " · ".join(marks(document))]
    if document.verdict:
        lines += ["", *_wrapped(f"{STATUS[document.verdict.status]}: {words(document.verdict.text, document)}")]
        lines += _wrapped(f"Rule: {one_line(document.verdict.rule)}", "  ")
    return lines


def _tail(document: Document) -> list[list[str]]:
    tail = []
    if menu := opened(document):
        tail.append(["Cases behind the figures", *_items(f"{label} → {one_line(line)}" for label, line in menu)])
    if document.provenance:
        tail.append(["Sources", *_items(source_line(source) for source in document.provenance)])
    if defined := definitions(document):
        tail.append(["Definitions", *_items(defined)])
    return tail


def _block(block: Block, document: Document) -> list[str]:  # noqa: PLR0911, PLR0912 - one line a block
    match block:
        case Heading():
            title = one_line(block.text)
            return [*_wrapped(title), "=" * min(len(title), WIDTH)]
        case Paragraph():
            return _wrapped(words(block.text, document))
        case Facts():
            return _items(f"{one_line(fact.label)}: {words(fact.text, document)}" for fact in block.facts)
        case Table():
            return _table(block, document)
        case KpiStrip():
            return _kpis(block, document)
        case Chart():
            return _chart(block)
        case Bullets():
            return _items(words(item, document) for item in block.items)
        case Notice():
            return _wrapped(f"{LEVEL[block.level]}: {words(block.text, document)}")
        case Actions():
            return _items(f"[{one_line(button.label)}] → {one_line(button.line)}" for button in block.buttons)
        case Divider():
            return ["-" * WIDTH]
        case Context():
            return _wrapped(words(block.text, document), "  ")
        case Form():
            return _form(block)
        case _:
            assert_never(block)


def _table(table: Table, document: Document) -> list[str]:
    caption = " · ".join(part for part in (one_line(table.caption), shown_rows(table)) if part)
    header, rows = table_grid(table, document)
    if not header:
        return _wrapped(caption)
    right = [column.align == "right" for column in table.columns]
    right += [False] * (width(table) - len(right))
    return [*_wrapped(caption), *draw(header, rows, right, WIDTH)]


def _kpis(strip: KpiStrip, document: Document) -> list[str]:
    figures = [document.figure(figure_id) for figure_id in strip.figures]
    said = [(one.label, figure_value(one), prose.standing(one), prose.observations(one)) for one in figures]
    rows = [tuple(one_line(cell) for cell in row) for row in said]
    return draw(("Figure", "Value", "Compared", "Observations"), rows, (False, True, False, False), WIDTH)


def _chart(chart: Chart) -> list[str]:
    title = " · ".join(part for part in (one_line(chart.title), axes(chart)) if part)
    header, rows = chart_grid(chart)
    return [*_wrapped(title), *draw(header, rows, [False] + [True] * (len(header) - 1), WIDTH)]


def _form(form: Form) -> list[str]:
    lines = _wrapped(f"{one_line(form.title)} → {one_line(form.command)}")
    for field in form.inputs:
        choices = " | ".join(one_line(f"{choice.value} ({choice.label})") for choice in field.choices)
        parts = [f"--{one_line(field.name)}", one_line(field.label), choices, one_line(field.hint)]
        parts += ["required"] if field.required else [one_line(f"default {field.value}")] if field.value else []
        lines += _items([" · ".join(part for part in parts if part)])
    return [*lines, *_wrapped(f"[{one_line(form.submit)}]")]


def _wrapped(text: str, indent: str = "") -> list[str]:
    return [indent + line for line in wrap(text, WIDTH - len(indent))]


def _items(items: Iterable[str]) -> list[str]:
    lines = []
    for item in items:
        first, *rest = wrap(item, WIDTH - 2)
        lines += [f"• {first}", *(f"  {line}" for line in rest)]
    return lines
