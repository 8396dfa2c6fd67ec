"""Deliveries in streams without a group: the partition's owner reads in order and removes what was delivered."""

from __future__ import annotations

import asyncio

from connectors.keys import PARTITIONS, Keys
from connectors.ports import Taken
from connectors.redis.client import Link, milliseconds, slices, text
from connectors.redis.queue import taken as as_taken


class RedisOutbox:
    """`connectors.ports.Outbox` on Redis 6.2 or newer."""

    partitions = PARTITIONS

    def __init__(self, link: Link, keys: Keys) -> None:
        self._link = link
        self._keys = keys

    async def lease(self, partition: int, owner: str, seconds: float) -> bool:
        return bool(await self._link.run("lease", [self._keys.lease(partition)], owner, milliseconds(seconds)))

    async def release(self, partition: int, owner: str) -> None:
        await self._link.run("release", [self._keys.lease(partition)], owner)

    async def pending(self, partition: int, after: str, count: int) -> list[Taken]:
        keys = [self._keys.outbox(partition), self._keys.attempts(partition)]
        rows = await self._link.run("pending", keys, f"({after}" if after else "-", count)
        return [as_taken(row) for row in rows]

    async def wait(self, after: dict[int, str], block: float) -> set[int]:
        if not after:
            await asyncio.sleep(block)
            return set()
        streams = {self._keys.outbox(number): number for number in after}
        ids = [entry or "0" for entry in after.values()]
        for piece in slices(block):
            read = ("XREAD", "COUNT", 1, "BLOCK", milliseconds(piece), "STREAMS")
            if found := await self._link.wait(*read, *streams, *ids, block=piece):
                return {streams[text(name)] for name, _ in found}
        return set()

    async def begin(self, partition: int, taken: Taken, owner: str) -> int:
        keys = [self._keys.lease(partition), self._keys.outbox(partition), self._keys.attempts(partition)]
        return int(await self._link.run("begin", keys, owner, taken.entry))

    async def sent(self, partition: int, taken: Taken) -> None:
        keys = [self._keys.outbox(partition), self._keys.attempts(partition)]
        await self._link.run("sent", keys, taken.entry)
