"""Reads renderings back: the words a person would see, and the words a document holds."""

import json
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from typing import Any

from messages import prose, reading
from messages.document import Chart, Document, Form, KpiStrip, Mention, Moment, Part, Table, Value

_SKIPPED = {"kind", "style", "align", "level", "status", "shape", "platform", "user", "figure", "call"}


def strings(item: Any) -> Iterator[str]:
    """Every string of a payload."""
    match item:
        case str():
            yield item
        case dict():
            for value in item.values():
                yield from strings(value)
        case list() | tuple():
            for value in item:
                yield from strings(value)
        case int() | float():
            yield json.dumps(item)


def slack_words(payloads: Any) -> str:
    """The words of Slack payloads, entities read."""
    return unescape("\n".join(strings(payloads)))


def card_words(cards: Any) -> str:
    """The words of cards, markdown escapes read."""
    return re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", "\n".join(strings(cards)))


_SPOKEN = {"value", "data-line", "data-command", "href"}


class Page(HTMLParser):
    """An HTML fragment read strictly: tags in order, words, links, handlers."""

    VOID = frozenset({"hr", "input", "br"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.faults: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        self.faults += [f"{tag} not closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        self.faults += [f"handler {name}" for name in found if name.startswith("on")]
        self.faults += [f"tag {tag}"] if tag in {"script", "style", "iframe", "object", "img", "base", "meta"} else []
        url = found.get("href") or ""
        self.faults += [f"link {url}"] if url and not url.startswith(("http://", "https://")) else []
        self.words += [value for name, value in found.items() if value and name in _SPOKEN]
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> where {self._open[-1:]} is open")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def document_words(document: Document) -> set[str]:
    """Every word that a document holds for its reader, moments and addresses of persons left out."""
    found = [*_words(document, document), *reading.marks(document), *reading.definitions(document)]
    found += [reading.source_line(source) for source in document.provenance]
    found += [label for label, _ in reading.opened(document)]
    if document.verdict:
        found.append(reading.STATUS[document.verdict.status])
    return {word for text in found for word in text.split() if word != reading.GAP}


def body_words(document: Document) -> set[str]:
    """What stands in its title, verdict and blocks. Left out: definitions, of which a large answer shows the first and
    offers the others behind a button, and the title of a table's first column, which a table shown as lines has not.
    """
    first = {block.columns[0].label for block in document.blocks if isinstance(block, Table)}
    return {word for text in _words(document, document) if text not in first for word in text.split()} - {reading.GAP}


def _words(part: Part, document: Document) -> Iterator[str]:  # noqa: PLR0912 - one line a kind
    match part:
        case Moment():
            return
        case Value():
            yield prose.shown(document.figure(part.figure))
            return
        case Mention():
            return
        case KpiStrip():
            for figure in map(document.figure, part.figures):
                yield from (figure.label, prose.shown(figure), prose.standing(figure), prose.observations(figure))
            return
        case Chart():
            head, rows = reading.chart_grid(part)
            yield from (part.title, part.y_label, *head, *(cell for row in rows for cell in row))
            return
        case Table():
            yield reading.shown_rows(part)
        case Form():
            yield from (choice.label for field in part.inputs for choice in field.choices)
            yield from (text for field in part.inputs for text in (field.label, field.hint))
            yield from (part.title, part.command)
            return
    for name in type(part).model_fields:
        if name in _SKIPPED or name in {"figures", "provenance", "tlp"}:
            continue
        for value in _flat(getattr(part, name)):
            if isinstance(value, str):
                yield value
            elif isinstance(value, Part):
                yield from _words(value, document)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for item in value:
            yield from _flat(item)
    else:
        yield value
