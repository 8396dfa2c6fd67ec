"""Messages as Slack takes them: charts it may refuse, marks for repeats, words where blocks are refused."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog

from bot.platform import Parcel
from bot.slack.web import Refusal
from connectors.ports import Clock
from messages import block_kit
from messages.document import Context, Document
from messages.limits import SLACK_BLOCKS

log = structlog.get_logger()
T = TypeVar("T")
Message = dict[str, Any]
METADATA = "socbot_parcel"
AGAIN = "(sent again: I could not rule out that you have this already)"
NOT_THERE = "(here, because I cannot write to that channel)"
LARGE = 40
"""Figures and blocks from which a document is drawn in a thread."""
DRAWN = 16
"""Renderings kept for documents that come again."""
CHARTS_REFUSED_SECONDS = 6 * 3_600.0
_UNSHOWN = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})


async def rendered(parcel: Parcel) -> list[Message]:
    """`pages`, beside the event loop for what takes long to draw."""
    large = len(parcel.document.figures) + len(parcel.document.blocks) > LARGE
    return await asyncio.to_thread(pages, parcel) if large else pages(parcel)


def pages(parcel: Parcel) -> list[Message]:
    """The parcel's messages in order; a repeat says so on the first."""
    if parcel.kind == "working":
        return [block_kit.working(_words(parcel.document))]
    made = _drawn.messages(parcel.document)
    return [noted(made[0], AGAIN), *made[1:]] if parcel.sent_before else made


class Drawn:
    """The last renderings, for documents that come again: what Slack asked patience for, the overview of `help`."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[Document, list[Message]]] = OrderedDict()

    def messages(self, document: Document) -> list[Message]:
        """The document's messages; nobody may change them."""
        key = id(document.blocks)  # of a tuple that is kept with it: no other has this id meanwhile
        before = self._kept.get(key)
        if before is not None and _alike(before[0], document):
            return before[1]
        made = block_kit.render(document)
        self._kept[key] = document, made
        if len(self._kept) > DRAWN:
            self._kept.popitem(last=False)
        return made


def _alike(one: Document, other: Document) -> bool:
    """Without figures to define, a document is drawn alike whatever call it answers."""
    return one == other or (not one.figures and one.model_copy(update={"call": other.call}) == other)


_drawn = Drawn()


def _words(document: Document) -> str:
    first = next((block for block in document.blocks if isinstance(block, Context)), None)
    return "".join(getattr(span, "text", "") for span in first.text) if first else document.title


def noted(message: Message, note: str) -> Message:
    """The message with a remark above it."""
    blocks = message.get("blocks", [])
    if blocks and len(blocks) < SLACK_BLOCKS:
        blocks = [{"type": "context", "elements": [{"type": "plain_text", "text": note, "emoji": False}]}, *blocks]
    return {**message, "text": f"{note} {message['text']}", "blocks": blocks}


def marked(message: Message, parcel: Parcel, page: int, count: int) -> Message:
    """The message with what `delivered` looks for, and without previews of its links."""
    payload = {"id": parcel.id, "page": page, "pages": count}
    return {
        **message,
        "metadata": {"event_type": METADATA, "event_payload": payload},
        "unfurl_links": False,
        "unfurl_media": False,
    }


def threaded(message: Message, thread: str) -> Message:
    """The message under another one, where there is a thread."""
    return {**message, "thread_ts": thread} if thread else message


class Charts:
    """Workspaces that answer `invalid_blocks` to native charts get rows for some hours (a phased roll-out)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._refused: dict[str, float] = {}

    async def shown(self, parcel: Parcel, message: Message, send: Callable[[Message], Awaitable[T]]) -> T:
        """Send it; refused for its charts, with rows; refused for its blocks, as words that say so."""
        team = parcel.address.tenant
        if _has_chart(message) and self._clock.monotonic() < self._refused.get(team, 0.0):
            message = block_kit.without_charts(message, parcel.document)
        try:
            return await send(message)
        except Refusal as error:
            if error.code not in _UNSHOWN:
                raise
            refused = error
        if _has_chart(message):
            try:
                sent = await send(block_kit.without_charts(message, parcel.document))
            except Refusal as error:
                if error.code not in _UNSHOWN:
                    raise
                refused = error
            else:
                self._refused[team] = self._clock.monotonic() + CHARTS_REFUSED_SECONDS
                return sent
        log.error("Slack refused to show a message", parcel=parcel.id, code=refused.code)
        said = f"Slack refused to show this answer ({refused.code}). Quote {parcel.call} to whoever runs me."
        return await send({**message, "text": f"{message['text'][:600]}\n{said}", "blocks": []})


def _has_chart(message: Message) -> bool:
    return any(block["type"] == "data_visualization" for block in message.get("blocks", ()))
