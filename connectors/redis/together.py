"""Commands that are asked at the same time go out together: one write and one read, however many they are.

While a batch is under way the next one gathers, so that a busy bot asks seldom and an idle one at once. Every command
may be repeated unharmed (connectors/redis/client.py): what a lost connection leaves unanswered is asked again.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from redis import exceptions as faults
from redis.asyncio import Connection
from redis.backoff import ExponentialWithJitterBackoff

from connectors.redis.copies import PATIENCE, Copies

BUDGET = 2.0
"""Most seconds one command may take, its waiting and its repetitions included."""
TRY = 1.0
"""Seconds until a batch counts as lost and is asked again."""
TRIES = 4
MOST = 128
"""Commands in one batch."""
_GONE = (faults.ConnectionError, faults.TimeoutError, OSError)


@dataclass(slots=True, eq=False)
class Asked:
    """One command; `until` by the event loop's clock. `script`: the text behind an EVALSHA, for a server without it."""

    command: tuple[str | int, ...]
    reply: asyncio.Future[Any]
    until: float
    script: str = ""
    copied: bool = True
    """Once answered: a replica has what a script wrote, or there is none."""

    def settle(self, reply: Any) -> None:
        """Give the reply, or the fault, to whoever still waits."""
        if self.reply.done():  # whoever asked has been cancelled
            return
        if isinstance(reply, Exception):
            self.reply.set_exception(reply)
        else:
            self.reply.set_result(reply)


class Together:
    """One connection, made on first use and again after a loss. `callbacks`: by command, what makes a reply of it."""

    def __init__(self, connection: Connection, callbacks: Mapping[Any, Callable[..., Any]]) -> None:
        self._connection, self._callbacks = connection, callbacks
        self._waiting: deque[Asked] = deque()
        self._batch: deque[Asked] = deque()
        self._talking: asyncio.Task[None] | None = None
        self._backoff = ExponentialWithJitterBackoff(base=0.01, cap=0.1)
        self.copies = Copies()

    def ask(self, command: tuple[str | int, ...], script: str = "") -> asyncio.Future[Any]:
        """The reply to come; a fault of redis-py or an OSError when it does not."""
        return self.submit(command, script).reply

    def submit(self, command: tuple[str | int, ...], script: str = "") -> Asked:
        """As `ask`, for whoever wants to know whether it was copied."""
        loop = asyncio.get_running_loop()
        asked = Asked(command, loop.create_future(), loop.time() + BUDGET, script)
        self._waiting.append(asked)
        if self._talking is None or self._talking.done():
            self._talking = loop.create_task(self._talk())
        return asked

    async def close(self) -> None:
        """Nobody is left waiting."""
        if self._talking is not None:
            self._talking.cancel()
            await asyncio.gather(self._talking, return_exceptions=True)
        self._give_up(faults.ConnectionError("closed"))
        await self._connection.disconnect()

    def _give_up(self, fault: Exception) -> None:
        for asked in (*self._batch, *self._waiting):
            asked.settle(fault)
        self._batch.clear()
        self._waiting.clear()

    async def _talk(self) -> None:
        while self._waiting:
            taken = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            self._batch = deque(asked for asked in taken if not asked.reply.done())  # others were cancelled meanwhile
            try:
                await self._exchange(self._batch)
            except Exception as fault:  # whatever it is, those who wait are told
                for asked in self._batch:
                    asked.settle(fault)

    async def _exchange(self, batch: deque[Asked]) -> None:
        """Answer every one of the batch, or raise what was wrong with those that are left in it."""
        if not batch:
            return
        clock = asyncio.get_running_loop().time
        end = batch[0].until
        for attempt in range(1, TRIES + 1):
            try:
                async with asyncio.timeout_at(min(end, clock() + TRY)):
                    while batch:
                        await self._once(batch)
            except _GONE:
                await self._connection.disconnect(nowait=True)
                if attempt == TRIES or clock() >= end:
                    raise
                await asyncio.sleep(self._backoff.compute(attempt))
            else:
                return

    async def _once(self, batch: deque[Asked]) -> None:
        """Ask all of them. What has its answer leaves the batch; what lacks its script stays, with that one's text.

        What a script answers is given once a replica has confirmed what it wrote, or has been waited for.
        """
        await self._look()
        again, written = list[Asked](), list[tuple[Asked, Any]]()
        commands: list[tuple[str | int, ...]] = [asked.command for asked in batch]
        if waits := self.copies.connected > 0 and any(asked.script for asked in batch):
            commands.append(("WAIT", 1, round(PATIENCE * 1000)))
        await self._connection.send_packed_command(self._connection.pack_commands(commands))
        try:
            while batch:
                reply = await self._reply(batch[0])
                asked = batch.popleft()
                if isinstance(reply, faults.NoScriptError):
                    asked.command = ("EVAL", asked.script, *asked.command[2:])
                    again.append(asked)
                elif asked.script:
                    written.append((asked, reply))
                else:
                    asked.settle(reply)
            replicas = await self._confirmed() if waits else 0
        except BaseException:
            batch.extendleft([*again, *(asked for asked, _ in reversed(written))])
            raise
        copied = self.copies.noted(replicas) if written else True
        for asked, reply in written:
            asked.copied = copied
            asked.settle(reply)
        batch += again

    async def _reply(self, asked: Asked) -> Any:
        """What the server answers to it; its refusal is an answer."""
        try:
            reply = await self._connection.read_response(timeout=math.inf)
        except faults.ResponseError as fault:
            return fault
        made = self._callbacks.get(str(asked.command[0]))
        return reply if made is None else made(reply)

    async def _confirmed(self) -> int:
        """How many replicas have what was written; a proxy may refuse to tell."""
        try:
            return int(await self._connection.read_response(timeout=math.inf))
        except faults.ResponseError:
            return self.copies.cannot()

    async def _look(self) -> None:
        """How many replicas there are, now and then; a server that refuses to tell has none."""
        now = asyncio.get_running_loop().time()
        if not self.copies.due(now):
            return
        reply = None
        await self._connection.send_packed_command(self._connection.pack_commands([("INFO", "replication")]))
        with contextlib.suppress(faults.ResponseError):
            reply = await self._connection.read_response(timeout=math.inf)
        self.copies.told(reply, now)
