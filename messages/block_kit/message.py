"""Messages: one document on one page or more."""

from typing import Any

from messages.block_kit import charts, parts
from messages.block_kit.pack import Group, pages
from messages.block_kit.rich import Block, paragraphs, words
from messages.block_kit.small import header, small_print
from messages.document import Chart, Document
from messages.escape import mrkdwn, one_line
from messages.limits import clip
from messages.reading import marks, summary

SlackMessage = dict[str, Any]
"""`{"text": str, "blocks": [block, …]}`."""
_SUMMARY = 700
"""Before escaping, which lengthens at most five times: within Slack's 4,000."""


def render(document: Document) -> list[SlackMessage]:
    """Messages in their order. Each says TLP, "Simulated data" and, where there are several, "page 2 of 3".

    KeyError when a span names a figure that the document does not hold.
    """
    head, rest = header(document.title)
    title = [Group((block,)) for block in paragraphs([words(rest)])] if rest else []
    filled = pages([*title, *parts.groups(document)])
    messages = []
    for number, blocks in enumerate(filled, start=1):
        page = f"page {number} of {len(filled)}" if len(filled) > 1 else ""
        framed = [*_frame(document, head, page, number), *blocks]
        messages.append({"text": _text(document, page), "blocks": framed})
    return messages


def _frame(document: Document, head: Block, page: str, number: int) -> list[Block]:
    said = " · ".join(part for part in (*marks(document), page) if part)
    if number == 1:
        return [head, *small_print([said])]
    return small_print([f"{clip(one_line(document.title), 200)} · {said}"])


def _text(document: Document, page: str) -> str:
    text = mrkdwn(clip(summary(document), _SUMMARY))
    return f"{text} ({page})" if page else text


def working(text: str) -> SlackMessage:
    """What stands until the answer does."""
    said = clip(one_line(text), _SUMMARY) or "Working…"
    return {"text": mrkdwn(said), "blocks": small_print([said])}


def without_charts(message: SlackMessage, document: Document) -> SlackMessage:
    """The same message with each native chart as rows: for a workspace that answers `invalid_blocks` to charts."""
    return {**message, "blocks": [_without(block, document) for block in message["blocks"]]}


def _without(block: Block, document: Document) -> Block:
    if block["type"] != "data_visualization":
        return block
    part = document.blocks[int(block["block_id"].removeprefix("chart:"))]
    if not isinstance(part, Chart):
        raise ValueError("the message was not rendered from this document")
    return charts.instead(part)
