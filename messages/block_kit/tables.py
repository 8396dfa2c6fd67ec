"""Tables for Slack: native, at most 99 rows and 20 columns a piece; the rest stands on the next page."""

from collections.abc import Iterator, Sequence
from functools import cache, partial

from messages import limits
from messages.block_kit.pack import Group
from messages.block_kit.rich import (
    Block,
    Element,
    bullets,
    elements,
    paragraphs,
    preformatted,
    rich_text,
    section,
    weight,
    words,
)
from messages.document import Document, Link, Mention, Plain, Table, Text
from messages.escape import one_line
from messages.grid import cells as columns_of
from messages.grid import draw
from messages.reading import GAP, header, shown_rows, table_grid, width
from messages.reading import words as plain

_PIECE = 7_500
"""Characters of one table: below Slack's 10,000, and leaving the page some room."""
_LABEL = 120
_CAPTION = 500
_COMPACT_ROWS, _COMPACT_WIDTH = 25, 76
_COMPACT_LINES, _COMPACT_HEAD = 2, 4
"""Lines that a row of a compact table takes on average, and lines above the rows."""

Row = tuple[int, list[Element], int]
"""The number of the document's row (from 1), its cells and their weight; a row with a long cell takes several."""


def groups(table: Table, document: Document) -> Iterator[Group]:
    """The table in pieces; a long caption and long column labels come before it in full."""
    caption = one_line(table.caption)
    if limits.size(caption) > _CAPTION:
        yield from (Group((block,)) for block in paragraphs([words(caption, bold=True)]))
        caption = limits.clip(caption, 80)
    for number, label in enumerate(header(table), start=1):
        if limits.size(label) > _LABEL:
            yield from (Group((block,)) for block in paragraphs([words(f"Column {number}: {label}")]))
    if not width(table) or not table.rows:
        yield Group((_caption(caption, table, 1, len(table.rows)),))
        return
    compact = cache(partial(_compact, table, document, caption))
    for columns in limits.column_groups(width(table), limits.SLACK_TABLE_CELLS):
        numbered = enumerate(table.rows, start=1)
        for run in _runs([part for number, row in numbered for part in _rows(number, row, columns, document)]):
            blocks = (_caption(caption, table, run[0][0], run[-1][0]), _table(table, columns, run))
            yield Group(blocks, compact)


def _caption(caption: str, table: Table, first: int, last: int) -> Block:
    shown = shown_rows(table, first, last)
    found = [words(caption, bold=True)] if caption else []
    found += [words(f" · {shown}" if caption else shown)] if shown else []
    return rich_text(section(found or [words("Table", bold=True)]))


def _rows(number: int, row: Sequence[Text], columns: Sequence[int], document: Document) -> Iterator[Row]:
    texts = [row[column] if column < len(row) else () for column in columns]
    limit = _PIECE // 2 // len(columns)
    found = [_shown(text, document) for text in texts]
    weights = [weight(cell) for cell in found]
    if max(weights) <= limit:
        yield number, found, sum(weights)
        return
    for parts in limits.split_row([one_line(plain(text, document)) for text in texts], limit):
        split = [_cell([words(part)] if part else []) for part in parts]
        yield number, split, weight(split)


def _shown(text: Text, document: Document) -> Element:
    """A cell; the most frequent kind, one plain span, without a detour."""
    if len(text) == 1 and isinstance(text[0], Plain):
        return {"type": "raw_text", "text": one_line(text[0].text) or GAP}
    return _cell(elements(text, document))


def _cell(found: list[Element]) -> Element:
    if not found:
        return {"type": "raw_text", "text": GAP}
    if all(item["type"] == "text" and "style" not in item for item in found):
        return {"type": "raw_text", "text": one_line("".join(item["text"] for item in found)) or GAP}
    return rich_text(section(found))


def _runs(rows: Sequence[Row]) -> Iterator[list[Row]]:
    run: list[Row] = []
    characters = 0
    for row in rows:
        more = row[2]
        if run and (characters + more > _PIECE or len(run) == limits.SLACK_TABLE_ROWS - 1):
            yield run
            run, characters = [], 0
        run.append(row)
        characters += more
    if run:
        yield run


def _table(table: Table, columns: Sequence[int], run: Sequence[Row]) -> Block:
    labels = [limits.clip(label, _LABEL) for label in header(table)]
    head = [{"type": "raw_text", "text": labels[column] or GAP} for column in columns]
    settings = [{"align": _align(table, column), "is_wrapped": True} for column in columns]
    return {"type": "table", "column_settings": settings, "rows": [head, *(list(row) for _, row, _ in run)]}


def _align(table: Table, column: int) -> str:
    return table.columns[column].align if column < len(table.columns) else "left"


def _compact(table: Table, document: Document, caption: str) -> tuple[Block, ...]:
    """The same rows for a page whose one table is another: in fixed width where they are narrow, else as a list.

    () for a table too long for either.
    """
    if len(table.rows) > _COMPACT_ROWS or width(table) > limits.SLACK_TABLE_CELLS:
        return ()
    return _fixed(table, document, caption) or _listed(table, document, caption)


def _fixed(table: Table, document: Document, caption: str) -> tuple[Block, ...]:
    """Fixed width, which takes no links and no person; () when its rows would run over too many lines."""
    if any(isinstance(span, Link | Mention) for row in table.rows for cell in row for span in cell):
        return ()
    head, rows = table_grid(table, document)
    right = [_align(table, column) == "right" for column in range(len(head))]
    drawn = draw(head, rows, right, _COMPACT_WIDTH)
    if max(map(columns_of, drawn)) > _COMPACT_WIDTH or len(drawn) > _COMPACT_LINES * len(rows) + _COMPACT_HEAD:
        return ()
    title = _caption(caption, table, 1, len(rows))["elements"][0]["elements"]
    return tuple(preformatted(drawn, title))


def _strong(item: Element) -> Element:
    return {**item, "style": {**item.get("style", {}), "bold": True}} if item["type"] == "text" else item


def _listed(table: Table, document: Document, caption: str) -> tuple[Block, ...]:
    """A bullet a row: its first cell strong, then each cell after its column's label."""
    labels = [limits.clip(label, _LABEL) for label in header(table)]
    items = []
    for row in table.rows:
        found = [_strong(item) for item in elements(row[0], document) or [words(GAP)]] if row else []
        for label, cell in zip(labels[1:], row[1:], strict=False):
            found += [words(f" · {label}: "), *(elements(cell, document) or [words(GAP)])]
        items.append(found)
    return (_caption(caption, table, 1, len(table.rows)), *bullets(items))
