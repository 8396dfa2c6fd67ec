"""A document's parts as groups of card elements, in reading order."""

from collections.abc import Iterator
from typing import assert_never

from messages import limits, prose
from messages.adaptive_card import charts, tables
from messages.adaptive_card.actions import buttons, form, menus, toggled
from messages.adaptive_card.pack import Group
from messages.adaptive_card.runs import PIECE, Element, as_markdown, entities, length, paragraphs, text_block, words
from messages.document import (
    Actions,
    Block,
    Bullets,
    Button,
    Chart,
    Context,
    Divider,
    Document,
    Fact,
    Facts,
    Form,
    Heading,
    KpiStrip,
    Notice,
    Paragraph,
    Table,
    Text,
    spans,
)
from messages.escape import markdown, one_line
from messages.figures import Figure
from messages.limits import chunks, clip, split
from messages.reading import LEVEL, STATUS, definitions, figure_value, headline, source_line
from messages.reading import words as plain

_TONE = {"green": "good", "amber": "warning", "red": "attention", "unknown": "emphasis"}
_LEVEL_TONE = {"info": "accent", "warning": "warning", "error": "attention"}
_SMALL = {"size": "Small", "isSubtle": True}
_FACTS = 8_000
_LABEL = 300
"""Characters of a KPI's label or note; Definitions hold the whole."""


def groups(document: Document) -> Iterator[Group]:
    """Verdict, blocks, cases to open, sources, definitions."""
    yield from _verdict(document)
    heading: tuple[Element, ...] = ()
    for index, block in enumerate(document.blocks):
        if isinstance(block, Heading):
            yield from [Group(heading)] if heading else []
            first, *rest = _heading(block)
            heading = (first,)
            if rest:
                yield from (Group((element,)) for element in (first, *rest))
                heading = ()
            continue
        for group in _groups(block, index, document):
            yield Group((*heading, *group.elements), group.entities)
            heading = ()
    yield from [Group(heading)] if heading else []
    yield from menus(document)
    for source in document.provenance:
        yield from _alone(words(f"Source: {source_line(source)}", **_SMALL))
    figures, unfolded = headline(document)
    if defined := definitions(document, figures):
        lines = [element for line in defined for element in words(line, **_SMALL)]
        yield from toggled("definitions", "Definitions", lines)
    if unfolded:
        yield from buttons([Button(label=f"All {len(document.figures)} definitions", line=unfolded)])


def _alone(elements: list[Element]) -> Iterator[Group]:
    return (Group((element,)) for element in elements)


def _with_mentions(elements: list[Element], text: Text, document: Document) -> Iterator[Group]:
    found = tuple(entities(text, document))
    return (Group((element,), found) for element in elements)


def _heading(heading: Heading) -> list[Element]:
    head, rest = limits.headed(one_line(heading.text), _LABEL)
    return [text_block(head, style="heading", size="Medium", weight="Bolder"), *(words(rest) if rest else [])]


def _verdict(document: Document) -> Iterator[Group]:
    if verdict := document.verdict:
        status = words(STATUS[verdict.status], weight="Bolder")
        said = paragraphs(verdict.text, document)
        for number, element in enumerate(said or [None]):
            items = [*(status if number == 0 else []), *([element] if element else [])]
            box = {"type": "Container", "style": _TONE[verdict.status], "items": items}
            yield Group((box,), tuple(entities(verdict.text, document)))
        yield from _alone(words(f"Rule: {one_line(verdict.rule)}", **_SMALL))


def _groups(block: Block, index: int, document: Document) -> Iterator[Group]:  # noqa: PLR0911, PLR0912 - one line a block
    match block:
        case Heading():
            return iter(())
        case Paragraph():
            return _with_mentions(paragraphs(block.text, document), block.text, document)
        case Facts():
            return _facts(block, document)
        case Table():
            return _table(block, document)
        case KpiStrip():
            return _kpis([document.figure(figure) for figure in block.figures])
        case Chart():
            return charts.chart_groups(block, document)
        case Bullets():
            items = [spans("• ", *item) for item in block.items]
            return (group for item in items for group in _with_mentions(paragraphs(item, document), item, document))
        case Notice():
            return _notice(block, document)
        case Actions():
            return buttons(block.buttons)
        case Divider():
            return _alone([{"type": "TextBlock", "text": " ", "separator": True}])
        case Context():
            return _with_mentions(paragraphs(block.text, document, **_SMALL), block.text, document)
        case Form():
            return form(block, index)
        case _:
            assert_never(block)


def _table(table: Table, document: Document) -> Iterator[Group]:
    yield from _alone(tables.long_labels(table))
    yield from tables.table_groups(table, document)


def _notice(notice: Notice, document: Document) -> Iterator[Group]:
    for number, element in enumerate(paragraphs(notice.text, document)):
        items = [*(words(LEVEL[notice.level], weight="Bolder") if number == 0 else []), element]
        box = {"type": "Container", "style": _LEVEL_TONE[notice.level], "items": items}
        yield Group((box,), tuple(entities(notice.text, document)))


def _facts(facts: Facts, document: Document) -> Iterator[Group]:
    """One FactSet for a run of facts; a long fact goes on in the next with the same title."""
    run: list[Element] = []
    mentions: list[Element] = []
    for fact in facts.facts:
        title, rest = limits.headed(one_line(fact.label), _LABEL)
        found = [{"title": markdown(title), "value": value} for value in _values(fact, document)]
        if run and (rest or length(run) + length(found) > _FACTS):
            yield Group(({"type": "FactSet", "facts": run},), tuple(mentions))
            run, mentions = [], []
        yield from _alone(words(rest)) if rest else ()
        for pair in found[:-1]:
            yield Group(({"type": "FactSet", "facts": [*run, pair]},), tuple(mentions))
            run, mentions = [], []
        run += found[-1:]
        mentions += entities(fact.text, document)
    if run:
        yield Group(({"type": "FactSet", "facts": run},), tuple(mentions))


def _values(fact: Fact, document: Document) -> list[str]:
    value = as_markdown(fact.text, document)
    if limits.size(value) <= PIECE:
        return [value or " "]
    return [markdown(piece) for piece in split(plain(fact.text, document), PIECE // 2)]


def _kpis(figures: list[Figure]) -> Iterator[Group]:
    for run in chunks(figures, 4):
        columns = [{"type": "Column", "width": "stretch", "items": _kpi(figure)} for figure in run]
        yield Group(({"type": "ColumnSet", "columns": columns},))


def _kpi(figure: Figure) -> list[Element]:
    label = text_block(clip(one_line(figure.label), _LABEL), **_SMALL)
    value = text_block(clip(figure_value(figure), _LABEL), size="Large" if figure.value is not None else "Default")
    details = (prose.standing(figure), prose.observations(figure))
    return [
        label,
        {**value, "weight": "Bolder"},
        *(text_block(clip(line, _LABEL), **_SMALL) for line in details if line),
    ]
