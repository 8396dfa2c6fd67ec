"""Spans as TextRuns, or as escaped markdown where only a TextBlock can say it (a mention, a fact)."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any, assert_never

from messages.document import Document, Link, Mention, Moment, Mono, Plain, Span, Strong, Text, Value
from messages.escape import card_text, clean, markdown, one_line, safe_url
from messages.limits import size, split
from messages.reading import span_words

Element = dict[str, Any]
PIECE = 3_000
"""Characters of one text: at most 18,000 of JSON, were every one of them escaped."""
_NAME = re.compile(r"[^\w .'-]|_")


def length(item: Any) -> int:
    """Characters of JSON as it is sent, non-ASCII escaped."""
    return len(json.dumps(item))


def text_block(text: str, **look: Any) -> Element:
    """A TextBlock that shows the words and obeys none of them."""
    return {"type": "TextBlock", "text": markdown(text).replace("\n", "\n\n") or " ", "wrap": True, **look}


def paragraphs(text: Text, document: Document, **look: Any) -> list[Element]:
    """Text as elements, one a line, each within the piece size. `look` is set on every run."""
    if entities(text, document):
        said = as_markdown(text, document).replace("\n", "\n\n")
        return [{"type": "TextBlock", "text": said, "wrap": True, **look}]
    return [_rich(line) for line in _lines(_runs(text, document, look))]


def words(text: str, **look: Any) -> list[Element]:
    """Plain words as elements."""
    return [_rich(line) for line in _lines([_run(card_text(text), look)])]


def _rich(inlines: list[Element]) -> Element:
    return {"type": "RichTextBlock", "inlines": inlines}


def _run(text: str, look: Element) -> Element:
    return {"type": "TextRun", "text": text, **look}


def _runs(text: Text, document: Document, look: Element) -> Iterator[Element]:
    for span in text:
        match span:
            case Strong():
                yield _run(card_text(span.text), {**look, "weight": "Bolder"})
            case Mono():
                yield _run(card_text(span.text), {**look, "fontType": "Monospace"})
            case Link() if url := safe_url(span.url):
                action = {"type": "Action.OpenUrl", "url": url}
                yield _run(card_text(span.text) or url, {**look, "underline": True, "selectAction": action})
            case Moment():
                yield _run(_moment(span), look)
            case _:
                yield _run(card_text(span_words(span, document)), look)


def _lines(runs: Iterable[Element]) -> list[list[Element]]:
    """Runs by line; an overlong line is several."""
    lines: list[list[Element]] = [[]]
    used = 0
    for run in runs:
        for number, line in enumerate(run["text"].split("\n")):
            if number:
                lines.append([])
                used = 0
            for piece in split(line, PIECE):
                if used + size(piece) > PIECE:
                    lines.append([])
                    used = 0
                lines[-1].append({**run, "text": piece})
                used += size(piece)
    return [line for line in lines if line]


def as_markdown(text: Text, document: Document) -> str:
    """Text as escaped markdown."""
    return "".join(_markdown(span, document) for span in text)


def _markdown(span: Span, document: Document) -> str:
    match span:
        case Plain() | Value() | Mono():
            return markdown(span_words(span, document))
        case Strong():
            inner = markdown(clean(span.text)).strip()
            return f"**{inner}**" if inner else ""
        case Link():
            if url := safe_url(span.url):
                address = url.replace("(", "%28").replace(")", "%29")
                return f"[{markdown(one_line(span.text)) or markdown(address)}]({address})"
            return markdown(span_words(span, document))
        case Mention():
            return _at(span) if _mention(span) else markdown(span_words(span, document))
        case Moment():
            return _moment(span)
        case _:
            assert_never(span)


def _moment(span: Moment) -> str:
    at = f"{span.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    date, time = f"{{{{DATE({at},SHORT)}}}}", f"{{{{TIME({at})}}}}"
    return {"date": date, "time": time, "both": f"{date} {time}"}[span.style]


def _mention(span: Span) -> bool:
    return isinstance(span, Mention) and span.platform == "teams" and bool(span.user and _name(span))


def _name(mention: Mention) -> str:
    return one_line(_NAME.sub(" ", clean(mention.name)))[:100]


def _at(mention: Mention) -> str:
    return f"<at>{_name(mention)}</at>"


def entities(text: Text, document: Document) -> list[Element]:
    """The `msteams.entities` that the mentions of a text need; none in a text too long to be one element."""
    found = [
        {"type": "mention", "text": _at(span), "mentioned": {"id": span.user, "name": _name(span)}}
        for span in text
        if isinstance(span, Mention) and _mention(span)
    ]
    return found if found and size(as_markdown(text, document)) <= PIECE else []
