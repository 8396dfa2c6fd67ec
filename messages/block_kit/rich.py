"""Spans as rich_text elements: exact words, no markup to escape."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, assert_never

from messages.document import Document, Link, Mention, Moment, Mono, Plain, Span, Strong, Text, Value
from messages.escape import clean, safe_url
from messages.limits import size, split
from messages.reading import moment, span_words

Block = dict[str, Any]
Element = dict[str, Any]

PIECE = 2_500
"""Characters of one block: small enough that pages fill, below the 3,000 of a text object."""
_USER = re.compile(r"[UW][A-Z0-9]+")
_DATES = {"both": "{date_short_pretty} {time}", "date": "{date_short_pretty}", "time": "{time}"}


def element(span: Span, document: Document) -> Element:  # noqa: PLR0911 - one line a span
    """One span as a rich_text element; its text may be empty."""
    match span:
        case Plain() | Value():
            return words(span_words(span, document))
        case Strong():
            return words(clean(span.text), bold=True)
        case Mono():
            return words(clean(span.text), code=True)
        case Link():
            if url := safe_url(span.url):
                return {"type": "link", "url": url, "text": clean(span.text) or url}
            return words(span_words(span, document))
        case Mention():
            if slack_user(span):
                return {"type": "user", "user_id": span.user}
            return words(span_words(span, document))
        case Moment():
            at = {"timestamp": int(span.at.timestamp()), "format": date_format(span), "fallback": moment(span)}
            return {"type": "date", **at}
        case _:
            assert_never(span)


def slack_user(mention: Mention) -> bool:
    """Whether the mention can be one in Slack."""
    return mention.platform == "slack" and _USER.fullmatch(mention.user) is not None


def date_format(span: Moment) -> str:
    """Slack's date format string for the moment's style."""
    return _DATES[span.style]


def words(text: str, **style: bool) -> Element:
    """A text element."""
    return {"type": "text", "text": text, "style": style} if style else {"type": "text", "text": text}


def elements(text: Text, document: Document) -> list[Element]:
    """Text as rich_text elements, empty ones left out."""
    found = (element(span, document) for span in text)
    return [item for item in found if item["type"] != "text" or item["text"]]


def weight(item: Any) -> int:
    """Characters of every word in a block or element: what Slack may count."""
    kind = type(item)
    if kind is str:
        return size(item)
    total = 0
    if kind is list:
        for value in item:
            total += weight(value)
    elif kind is dict:
        for key, value in item.items():
            if key in _UNCOUNTED:
                continue
            # What there is most of costs no call: a long table is weighed whole.
            total += len(value) if type(value) is str and value.isascii() else weight(value)
    return total


_UNCOUNTED = {"type", "value", "action_id", "block_id", "style", "align", "user_id", "format"}


def pieces(found: Iterable[Element], limit: int = PIECE) -> Iterator[list[Element]]:
    """Runs of elements of at most `limit` characters; a longer text is split, a link's words are cut off its link."""
    run: list[Element] = []
    characters = 0
    for item in (part for whole in found for part in _parts(whole, limit)):
        more = weight(item)
        if run and characters + more > limit:
            yield run
            run, characters = [], 0
        run.append(item)
        characters += more
    if run:
        yield run


def _parts(item: Element, limit: int) -> Iterator[Element]:
    if weight(item) <= limit:
        yield item
        return
    for text in split(item["text"], limit):
        yield {**item, "text": text, "type": "text"} if item["type"] == "text" else words(text)
    if item["type"] == "link":
        yield from (words(text) for text in split(f" ({item['url']})", limit))


def section(found: Sequence[Element]) -> Element:
    """One paragraph of a rich_text block."""
    return {"type": "rich_text_section", "elements": list(found)}


def rich_text(*parts: Element) -> Block:
    """A rich_text block."""
    return {"type": "rich_text", "elements": list(parts)}


def paragraphs(found: Iterable[Element]) -> list[Block]:
    """Elements as rich_text blocks, each within the piece size."""
    return [rich_text(section(run)) for run in pieces(found)]


def bullets(items: Iterable[Sequence[Element]]) -> list[Block]:
    """Lists, each within the piece size; the rest of a long item is an item of its own."""
    sections = [section(run) for item in items for run in pieces(item)]
    return [rich_text(_bullets(run)) for run in runs(sections)]


def _bullets(sections: Sequence[Element]) -> Element:
    return {"type": "rich_text_list", "style": "bullet", "elements": list(sections)}


def runs(items: Iterable[Element], limit: int = PIECE) -> Iterator[list[Element]]:
    """Runs of whole items of at most `limit` characters."""
    run: list[Element] = []
    characters = 0
    for item in items:
        more = weight(item)
        if run and characters + more > limit:
            yield run
            run, characters = [], 0
        run.append(item)
        characters += more
    if run:
        yield run


def preformatted(lines: Sequence[str], title: Sequence[Element] = ()) -> list[Block]:
    """Lines in a fixed-width block, the title above the first."""
    blocks = []
    for number, run in enumerate(pieces([words(line + "\n") for line in lines])):
        text = "".join(item["text"] for item in run).rstrip("\n")
        grid = {"type": "rich_text_preformatted", "elements": [words(text or " ")]}
        blocks.append(rich_text(section(title), grid) if title and number == 0 else rich_text(grid))
    return blocks
