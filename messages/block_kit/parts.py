"""A document's parts as groups of Slack blocks, in reading order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import assert_never

from messages import limits, prose
from messages.block_kit import charts, tables
from messages.block_kit.pack import Group
from messages.block_kit.rich import Block, Element, bullets, elements, paragraphs, runs, weight, words
from messages.block_kit.small import context_of, header, mrkdwn_text, plain_text, small_print
from messages.document import (
    Actions,
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
from messages.document import Block as Part
from messages.escape import clean, mrkdwn, one_line
from messages.figures import Figure
from messages.limits import chunks, clip
from messages.reading import LEVEL, STATUS, definitions, figure_value, headline, opened, source_line

_STYLES = {"primary": "primary", "danger": "danger"}
_FIELD = 300
"""Characters of a KPI's label or note before escaping; Definitions hold the whole."""


def groups(document: Document, *, draw_charts: bool = True) -> Iterator[Group]:
    """Verdict, blocks, cases to open, sources, definitions. Button ids are `line:<n>`, n counted over the document."""
    numbers = count()
    yield from _verdict(document)
    heading: tuple[Block, ...] = ()
    for index, part in enumerate(document.blocks):
        if isinstance(part, Heading):
            yield from [Group(heading)] if heading else []
            block, rest = header(part.text)
            heading = (block, *paragraphs([words(rest)])[:1]) if rest else (block,)
            yield from (Group((more,)) for more in paragraphs([words(rest)])[1:]) if rest else ()
            continue
        for group in _groups(part, index, document, numbers, draw_charts):
            yield from _under(heading, group)
            heading = ()
    yield from [Group(heading)] if heading else []
    yield from _menus(document, numbers)
    sources = [f"Source: {source_line(source)}" for source in document.provenance]
    yield from _alone(small_print(sources))
    figures, rest = headline(document)
    if defined := definitions(document, figures):
        yield from _alone(small_print(["Definitions", *defined]))
    if rest:
        yield from _actions([(f"All {len(document.figures)} definitions", rest, "default")], numbers)


def _under(heading: tuple[Block, ...], group: Group) -> Iterator[Group]:
    """The group with the heading that stands over it, apart only where both are too much for one page."""
    if not heading:
        yield group
    elif weight([*heading, *group.blocks]) + group.reserve > limits.SLACK_CHARACTERS - 2_000:
        yield from (Group(heading), group)
    else:
        yield Group((*heading, *group.blocks), partial(_headed, heading, group), group.reserve)


def _headed(heading: tuple[Block, ...], group: Group) -> tuple[Block, ...]:
    compact = group.compact()
    return (*heading, *compact) if compact else ()


def _alone(blocks: list[Block]) -> Iterator[Group]:
    return (Group((block,)) for block in blocks)


def _verdict(document: Document) -> Iterator[Group]:
    if verdict := document.verdict:
        status = words(f"{STATUS[verdict.status]}: ", bold=True)
        yield from _alone(paragraphs([status, *elements(verdict.text, document)]))
        yield from _alone(small_print([f"Rule: {one_line(verdict.rule)}"]))


def _groups(  # noqa: PLR0911, PLR0912 - one line a block
    part: Part, index: int, document: Document, numbers: count[int], draw_charts: bool
) -> Iterator[Group]:
    match part:
        case Heading():
            return iter(())
        case Paragraph():
            return _alone(paragraphs(elements(part.text, document)))
        case Facts():
            return _alone(_facts(part, document))
        case Table():
            return tables.groups(part, document)
        case KpiStrip():
            return _alone(_kpis([document.figure(figure) for figure in part.figures]))
        case Chart():
            return charts.groups(part, index, draw_native=draw_charts)
        case Bullets():
            return _alone(bullets(elements(item, document) for item in part.items))
        case Notice():
            level = words(f"{LEVEL[part.level]}: ", bold=True)
            return _alone(paragraphs([level, *elements(part.text, document)]))
        case Actions():
            return _actions([(button.label, button.line, button.style) for button in part.buttons], numbers)
        case Divider():
            return _alone([{"type": "divider"}])
        case Context():
            return _alone(context_of(part.text, document))
        case Form():
            return _form(part, numbers)
        case _:
            assert_never(part)


def _facts(facts: Facts, document: Document) -> list[Block]:
    found: list[Element] = []
    for fact in facts.facts:
        label = words(f"{one_line(fact.label)}: ", bold=True)
        found += [*([words("\n")] if found else []), label, *elements(fact.text, document)]
    return paragraphs(found)


def _kpis(figures: list[Figure]) -> list[Block]:
    fields = [mrkdwn_text(_kpi(figure)) for figure in figures]
    return [
        {"type": "section", "fields": list(part)} for run in runs(fields) for part in chunks(run, limits.SLACK_FIELDS)
    ]


def _kpi(figure: Figure) -> str:
    lines = [figure_value(figure), prose.standing(figure), prose.observations(figure)]
    label = mrkdwn(clip(one_line(figure.label), _FIELD))
    said = (mrkdwn(clip(one_line(line), _FIELD // 3 * 2)) for line in lines if line)
    return clip("\n".join([f"*{label}*" if label else " ", *said]), limits.SLACK_FIELD)


def _actions(buttons: list[tuple[str, str, str]], numbers: count[int]) -> Iterator[Group]:
    long = [one_line(label) for label, _, _ in buttons if limits.size(one_line(label)) > limits.SLACK_BUTTON_TEXT]
    yield from _alone(small_print(f"Button: {label}" for label in long))
    found = [_button(label, line, style, next(numbers)) for label, line, style in buttons]
    yield from _alone([{"type": "actions", "elements": list(run)} for run in chunks(found, limits.SLACK_ACTIONS)])


def _button(label: str, line: str, style: str, number: int) -> Element:
    text = plain_text(clip(one_line(label), limits.SLACK_BUTTON_TEXT) or "Run")
    styled = {"style": style} if style in _STYLES else {}
    return {
        "type": "button",
        "action_id": f"line:{number}",
        "text": text,
        "value": clean(line).strip() or "help",
        **styled,
    }


def _form(form: Form, numbers: count[int]) -> Iterator[Group]:
    yield from _alone(paragraphs([words(one_line(form.title), bold=True)] if one_line(form.title) else []))
    yield from _actions([("Open form", f"{one_line(form.command)} --form", "default")], numbers)


def _menus(document: Document, numbers: count[int]) -> Iterator[Group]:
    """Menus `open`, `open:1`, … of at most 100 options; a button for a line too long for an option."""
    menu = opened(document)
    options = [entry for entry in menu if limits.size(entry[1]) <= limits.SLACK_OPTION_VALUE]
    for page, run in enumerate(chunks(options, limits.SLACK_OPTIONS)):
        select = {
            "type": "static_select",
            "action_id": f"open:{page}" if page else "open",
            "placeholder": plain_text("Open the cases behind a figure"),
            "options": [{"text": plain_text(_option(label)), "value": line} for label, line in run],
        }
        yield Group(({"type": "actions", "elements": [select]},))
    rest = [(f"Open {label}", line, "default") for label, line in menu if limits.size(line) > limits.SLACK_OPTION_VALUE]
    yield from _actions(rest, numbers) if rest else ()


def _option(label: str) -> str:
    name, _, cases = label.rpartition(": ")
    return f"{clip(name, limits.SLACK_OPTION_TEXT - limits.size(cases) - 2)}: {cases}"
