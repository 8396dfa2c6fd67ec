"""The inbox's door: a call is stored before the platform hears "ok"."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Literal

import structlog
from prometheus_client import Counter

from bot.platform import DeliveryError, Parcel, Platform
from connectors.errors import StateError
from connectors.ports import Queue
from handlers.core.call import Call
from handlers.core.pipeline import Pipeline
from messages.document import Actions, Block, Button, Mono, Notice, Paragraph, spans
from messages.limits import size

log = structlog.get_logger()
ACCEPTED = Counter("socbot_calls", "Calls by door and what became of them at the door", ["door", "result"])
NOT_STORED = (
    "My state store is away: this answer was made on the spot and is not stored, and nothing can be changed. "
    "Should a second answer follow, it is to the same call: I could not rule out that the store had kept it."
)
TOLD_WITHIN = 0.7
"""Seconds for an answer made on the spot before its call is acknowledged (Slack waits three in all): a bot that dies in
between has acknowledged nothing. A write is refused in milliseconds; a read may take longer.
"""
LONGEST = 1_900
"""Characters of a line behind a button."""
NO_FILES = "Files are handed over through the state store, so none follows: ask again when it is back."


class Intake:
    """`accept` answers stored, known (a redelivery), or direct (Redis away: read answered in process)."""

    def __init__(self, queue: Queue, pipeline: Pipeline, platforms: Mapping[str, Platform]) -> None:
        self._queue, self._pipeline, self._platforms = queue, pipeline, platforms
        self._direct: set[asyncio.Task[None]] = set()

    async def accept(self, call: Call, retried_by_platform: bool = False) -> Literal["stored", "known", "direct"]:
        """Store the call. With Redis away: StateError if the platform will send it again, else answer in process."""
        try:
            result: Literal["stored", "known", "direct"] = (
                "stored" if await self._queue.offer(call.id, call.model_dump_json()) else "known"
            )
        except StateError:
            if retried_by_platform:
                raise
            result = "direct"
            task = asyncio.create_task(self._answer(call))
            self._direct.add(task)
            task.add_done_callback(self._direct.discard)
            await asyncio.wait({task}, timeout=TOLD_WITHIN)
        ACCEPTED.labels(call.door, result).inc()
        return result

    async def drain(self, within: float = 5.0) -> None:
        """Wait for the answers being made on the spot."""
        if self._direct:
            await asyncio.wait(self._direct, timeout=within)

    async def _answer(self, call: Call) -> None:
        answer = await self._pipeline.answer(call)
        notice = Notice(level="warning", text=spans(NOT_STORED))
        missing = tuple(Notice(level="error", text=spans(NO_FILES)) for _ in answer.files[:1])
        kept = again(call.text) if answer.outcome in {"refused", "failed"} else ()
        document = answer.document.model_copy(update={"blocks": (notice, *missing, *answer.document.blocks, *kept)})
        parcel = Parcel(id=f"{call.id}:answer", kind="answer", call=call.id, address=answer.address, document=document)
        try:
            await self._platforms[call.address.platform].deliver(parcel, None)
        except DeliveryError as error:
            log.error("not delivered", call=call.id, reason=str(error))


def again(line: str) -> tuple[Block, ...]:
    """What somebody typed, maybe in a form that is closed by now, so that it is not lost; and a button that sends it
    once more.
    """
    verb = line.split(" ", 1)[0]
    said = Paragraph(text=spans("What you sent: ", Mono(text=line)))
    if not line or size(line) > LONGEST:
        return (said,) if line else ()
    press = Actions(buttons=(Button(label="Send it again", line=line, style="primary"),))
    return (press,) if verb in {"confirm", "cancel"} else (said, press)
