"""Inbox of calls in a stream with a consumer group; deliveries go out through the same scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.keys import KEEP, PARTITIONS, Keys, partition
from connectors.ports import Outgoing, Taken
from connectors.redis.client import Link, milliseconds, slices, text, token

GROUP = "workers"
LONG_GONE = 86_400.0
"""A consumer idle for so many seconds and without calls belongs to a process that is gone."""


def taken(row: Sequence[Any]) -> Taken:
    """A row {entry, id, payload, attempt} of take.lua or pending.lua."""
    entry, call_id, payload, attempt = row
    return Taken(entry=text(entry), id=text(call_id), payload=text(payload), attempt=int(attempt))


def fresh(reply: Any) -> list[Taken]:
    """XREADGROUP's reply on one stream; None when the wait ended empty."""
    found = [] if not reply else reply[0][1]
    return [taken((entry, fields[b"id"], fields[b"payload"], 1)) for entry, fields in found]


class RedisQueue:
    """`connectors.ports.Queue` on Redis 6.2 or newer."""

    def __init__(self, link: Link, keys: Keys) -> None:
        self._link = link
        self._keys = keys
        self._tidied = False

    async def offer(self, call_id: str, payload: str) -> bool:
        keys = [self._keys.inbox, self._keys.call(call_id)]
        return bool(await self._link.run("offer", keys, token(), KEEP, call_id, payload))

    async def take(self, consumer: str, count: int, block: float, lease: float) -> list[Taken]:
        if not self._tidied:
            await self._link.run("tidy", [self._keys.inbox], GROUP, milliseconds(LONG_GONE))
            self._tidied = True
        found = await self._ready(consumer, count, lease)
        # Waits end early enough to notice a lease that runs out meanwhile.
        for piece in slices(block, min(10.0, max(lease / 2, 0.02))):
            if not found:
                found = await self._wait(consumer, count, piece) or await self._ready(consumer, count, lease)
            if found:
                break
        return found

    async def _ready(self, consumer: str, count: int, lease: float) -> list[Taken]:
        rows = await self._link.run("take", [self._keys.inbox], GROUP, consumer, count, round(lease * 1000))
        return [taken(row) for row in rows]

    async def _wait(self, consumer: str, count: int, block: float) -> list[Taken]:
        group = ("XREADGROUP", "GROUP", GROUP, consumer, "COUNT", count, "BLOCK", milliseconds(block))
        return fresh(await self._link.wait(*group, "STREAMS", self._keys.inbox, ">", block=block))

    async def renew(self, consumer: str, entry: str) -> None:
        await self._link.run("renew", [self._keys.inbox], GROUP, consumer, entry)

    async def emit(self, call_id: str, message: Outgoing) -> bool:
        keys, args = self._deliveries([message])
        return bool(await self._link.run("deliver emit", [self._keys.call(call_id), *keys], token(), KEEP, *args))

    async def finish(self, taken: Taken, messages: Sequence[Outgoing]) -> bool:
        keys, args = self._deliveries(messages)
        head = [self._keys.inbox, self._keys.call(taken.id)]
        done = await self._link.run("deliver finish", [*head, *keys], token(), KEEP, GROUP, taken.entry, *args)
        return bool(done)

    async def post(self, messages: Sequence[Outgoing]) -> int:
        keys, args = self._deliveries(messages)
        return int(await self._link.run("deliver post", keys, token(), KEEP, *args))

    async def depth(self) -> tuple[int, int]:
        calls = int(await self._link.call("XLEN", self._keys.inbox))
        waiting = [int(await self._link.call("XLEN", self._keys.outbox(number))) for number in range(PARTITIONS)]
        return calls, sum(waiting)

    def _deliveries(self, messages: Sequence[Outgoing]) -> tuple[list[str], list[str]]:
        """KEYS and ARGV of deliver.lua."""
        keys, args = [], []
        for message in messages:
            keys += [self._keys.delivery(message.id), self._keys.outbox(partition(message.thread))]
            args += [message.id, message.payload]
        return keys, args
