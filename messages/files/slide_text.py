"""Running words on slides: paragraphs, bullets, facts, notices. What does not fit goes on on the next slide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from messages import reading
from messages.document import (
    Block,
    Bullets,
    Context,
    Document,
    Facts,
    Link,
    Mono,
    Notice,
    Paragraph,
    Strong,
    Text,
    Value,
)
from messages.escape import clean, one_line, safe_url
from messages.files.deck import LEFT, ROOM, SOFT, Deck, Run, Runs, height, textbox
from messages.files.fit import lines
from messages.limits import chunks

_NOTICE = {"info": "5F6368", "warning": "A15C00", "error": "B3261E"}
_GAP = 0.09
_INDENT = 0.3


@dataclass(frozen=True)
class Item:
    """One paragraph without line breaks: its words, the size of its letters, and whether a bullet leads it."""

    runs: Runs
    size: float = 16
    bullet: bool = False

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


def runs(text: Text, document: Document) -> Runs:
    """Spans as runs; only http(s) links stay links."""
    found = []
    for span in text:
        words = reading.span_words(span, document)
        match span:
            case Strong() | Value():
                found.append(Run(words, bold=True))
            case Mono():
                found.append(Run(words, mono=True))
            case Link() if url := safe_url(span.url):
                found.append(Run(clean(span.text or span.url), url=url, colour="1B4F8F"))
            case _:
                found.append(Run(words))
    return tuple(found)


def items(block: Block, document: Document) -> list[Item]:
    """The paragraphs of a block of words; [] for any other block."""
    match block:
        case Paragraph():
            return [Item(part) for part in broken(runs(block.text, document))]
        case Context():
            grey = tuple(Run(run.text, run.bold, SOFT, run.mono, run.url) for run in runs(block.text, document))
            return [Item(part, 11) for part in broken(grey)]
        case Notice():
            said = Run(f"{reading.LEVEL[block.level]}: ", bold=True, colour=_NOTICE[block.level])
            return [Item(part, 14) for part in broken((said, *runs(block.text, document)))]
        case Bullets():
            return [Item(part, bullet=True) for item in block.items for part in broken(runs(item, document))]
        case Facts():
            named = [(Run(f"{one_line(fact.label)}: ", bold=True), *runs(fact.text, document)) for fact in block.facts]
            return [Item(part, 14) for fact in named for part in broken(fact)]
        case _:
            return []


def broken(found: Runs) -> list[Runs]:
    """Paragraphs where the words have line breaks; empty ones are left out."""
    paragraphs: list[list[Run]] = [[]]
    for run in found:
        first, *rest = run.text.split("\n")
        paragraphs[-1].append(_like(run, first))
        paragraphs += [[_like(run, part)] for part in rest]
    return [tuple(run for run in part if run.text) for part in paragraphs if any(run.text.strip() for run in part)]


def _like(run: Run, text: str) -> Run:
    return Run(text, run.bold, run.colour, run.mono, run.url)


def facts(deck: Deck, block: Facts) -> None:
    """Facts side by side where each fits half a line, else one below the other."""
    found = items(block, deck.document)
    half = (ROOM - _INDENT) / 2
    if any(len(lines(item.text, half * 72 / item.size)) > 1 for item in found):
        flow(deck, found)
        return
    for pair in chunks(found, 2):
        tall = height(1, pair[0].size)
        slide = deck.need(tall)
        for index, item in enumerate(pair):
            textbox(slide, item.runs, (LEFT + index * (half + _INDENT), deck.y, half, tall), item.size)
        deck.y += tall + _GAP


def flow(deck: Deck, found: Iterable[Item]) -> None:
    """Places paragraphs one below the other, over as many slides as they need."""
    for item in found:
        indent = _INDENT if item.bullet else 0.0
        # Courier's letters are wider than Arial's: where there are any, a line holds fewer.
        narrow = 0.8 if any(run.mono for run in item.runs) else 1.0
        rest = lines(item.text, (ROOM - indent) * narrow * 72 / item.size)
        at = 0
        while rest:
            deck.need(height(min(len(rest), 2), item.size))
            most = max(1, int((deck.room() + 0.001) / height(1, item.size)))
            now, rest = rest[:most], rest[most:]
            length = sum(map(len, now))
            _put(deck, item, _cut(item.runs, at, at + length), len(now), lead=item.bullet and at == 0)
            at += length


def _cut(found: Runs, start: int, end: int) -> Runs:
    cut, at = [], 0
    for run in found:
        part = run.text[max(start - at, 0) : max(end - at, 0)]
        at += len(run.text)
        if part:
            cut.append(_like(run, part))
    return tuple(cut)


def _put(deck: Deck, item: Item, found: Runs, count: int, *, lead: bool) -> None:
    slide, tall = deck.slide, height(count, item.size)
    assert slide is not None  # noqa: S101 - flow has asked for room
    indent = _INDENT if item.bullet else 0.0
    textbox(slide, found, (LEFT + indent, deck.y, ROOM - indent, tall), item.size)
    if lead:
        textbox(slide, (Run("•", bold=True),), (LEFT + 0.05, deck.y, 0.2, height(1, item.size)), item.size)
    deck.y += tall + _GAP
