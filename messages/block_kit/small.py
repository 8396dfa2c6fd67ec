"""The small blocks: plain text, header, context, and mrkdwn where only mrkdwn can say it."""

from collections.abc import Iterable, Sequence

from messages.block_kit.rich import Block, Element, date_format, runs, slack_user
from messages.document import Document, Link, Mention, Moment, Mono, Span, Strong, Text
from messages.escape import clean, mrkdwn, one_line, safe_url
from messages.limits import (
    SLACK_CONTEXT,
    SLACK_CONTEXT_TEXT,
    SLACK_HEADER,
    chunks,
    headed,
    size,
    split,
)
from messages.reading import moment, span_words, words

_ESCAPED = 5
"""Times that escaping can lengthen a text: `&` becomes `&amp;`."""


def plain_text(text: str) -> Element:
    """A plain_text object; emoji codes stay as they are written."""
    return {"type": "plain_text", "text": text, "emoji": False}


def header(text: str) -> tuple[Block, str]:
    """A header block and what of the text did not fit into it ("" mostly)."""
    head, rest = headed(one_line(text) or "(no title)", SLACK_HEADER)
    return {"type": "header", "text": plain_text(head)}, rest


def context(found: Sequence[Element]) -> Block:
    """A context block of at most ten elements."""
    return {"type": "context", "elements": list(found)}


def small_print(lines: Iterable[str]) -> list[Block]:
    """Lines as context blocks, one element a line; a long line goes on in the next element."""
    found = [plain_text(piece) for line in lines for piece in split(line, SLACK_CONTEXT_TEXT)]
    return [context(part) for run in runs(found) for part in chunks(run, SLACK_CONTEXT)]


def context_of(text: Text, document: Document) -> list[Block]:
    """Small print from spans: plain_text where it can be, mrkdwn where there is a moment, link or mention."""
    if not any(isinstance(span, Moment | Link | Mention) for span in text):
        return small_print([found] if (found := words(text, document)).strip() else [])
    joined: list[str] = []
    for piece in (piece for span in text for piece in _mrkdwn(span, document)):
        if joined and size(joined[-1]) + size(piece) <= SLACK_CONTEXT_TEXT:
            joined[-1] += piece
        else:
            joined.append(piece)
    return [context([mrkdwn_text(text)]) for text in joined if text.strip()]


def mrkdwn_text(text: str) -> Element:
    """A mrkdwn object of escaped text; verbatim: Slack adds no links of its own."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _mrkdwn(span: Span, document: Document) -> list[str]:
    match span:
        case Moment():
            return [f"<!date^{int(span.at.timestamp())}^{date_format(span)}|{moment(span)}>"]
        case Mention() if slack_user(span):
            return [f"<@{span.user}>"]
        case Link() if (url := safe_url(span.url)) and size(url) + _ESCAPED * size(span.text) < SLACK_CONTEXT_TEXT:
            address = url.replace("&", "&amp;").replace("|", "%7C").replace(">", "%3E").replace("<", "%3C")
            return [f"<{address}|{mrkdwn(one_line(span.text)).replace('|', '¦') or address}>"]
        case Strong() | Mono() if size(span.text) < SLACK_CONTEXT_TEXT // _ESCAPED - 2:
            mark = "*" if isinstance(span, Strong) else "`"
            inner = mrkdwn(one_line(span.text))
            return [f"{mark}{inner}{mark}"] if inner else []
        case _:
            found = clean(span_words(span, document))
            return [mrkdwn(piece) for piece in split(found, SLACK_CONTEXT_TEXT // _ESCAPED)]
