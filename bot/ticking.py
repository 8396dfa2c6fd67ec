"""Looks at crises whose time has come: a reminder is a call of the house's own, offered once a minute until made."""

from __future__ import annotations

import asyncio
import random

import structlog

from connectors.errors import StateError
from connectors.ports import Clock, Crises, Queue
from handlers.core.call import NOWHERE, SELF, Call

log = structlog.get_logger()
AT_ONCE = 100


class Ticker:
    """Every replica looks; the inbox refuses the second of two same calls, and the crisis's version the rest."""

    def __init__(self, crises: Crises, queue: Queue, clock: Clock, every: float = 2.0) -> None:
        self._crises, self._queue, self._clock, self._every = crises, queue, clock, every

    async def run(self) -> None:
        """Until cancelled; Redis away is waited out."""
        while True:
            try:
                await self.look()
            except StateError as error:
                log.warning("crises not looked at", reason=str(error))
            await asyncio.sleep(self._every * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret

    async def look(self) -> int:
        """Offer a call for every crisis that is due; how many were new."""
        now = self._clock.now()
        offered = 0
        for crisis, due in await self._crises.due(now.timestamp(), AT_ONCE):
            # A call that was lost with its worker's patience is offered again under the next minute's id.
            call = Call(
                id=f"crisis:{crisis}:tick:{due:.0f}:{int(now.timestamp()) // 60}",
                text=f"crisis tick {crisis}",
                who=SELF,
                address=NOWHERE,
                at=now,
                door="system",
            )
            offered += await self._queue.offer(call.id, call.model_dump_json())
        return offered
