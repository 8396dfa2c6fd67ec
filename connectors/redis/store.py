"""Small values with a life time, and feeds."""

from __future__ import annotations

import re
from typing import Any

from connectors.errors import StateError
from connectors.keys import Keys
from connectors.models.reading import Ping
from connectors.redis.client import Link, milliseconds, slices, text, token

FEED_ENTRIES = 1_000
RETRY_LIFE = 60
"""Seconds an append is remembered: longer than any client goes on repeating it."""

NAME = "State store"
ONE_NODE = "No replica of Redis has confirmed what was written last: it lies on one node alone"


def cursor(after: str) -> str:
    """A feed position as Redis reads it; one that Redis never gave out (a browser may send any) is the beginning."""
    return after if re.fullmatch(r"\d{1,18}-\d{1,18}", after) else "0"


def entries(reply: Any) -> list[tuple[str, str]]:
    """XREAD's reply on one stream; None when there is nothing."""
    found = [] if not reply else reply[0][1]
    return [(text(entry), text(fields[b"v"])) for entry, fields in found]


class RedisStore:
    """`connectors.ports.Store` on Redis 6.2 or newer."""

    def __init__(self, link: Link, keys: Keys) -> None:
        self._link = link
        self._keys = keys

    async def ping(self) -> Ping:
        """Never raises: a store that is away is the answer."""
        try:
            await self._link.call("PING")
        except StateError as fault:
            return Ping(NAME, ok=False, detail=str(fault))
        if self._link.lagging:
            return Ping(NAME, ok=False, detail=ONE_NODE)
        return Ping(NAME, ok=True)

    async def put(self, key: str, value: str, ttl: float) -> None:
        await self._link.run("put", [self._keys.value(key)], value, milliseconds(ttl))

    async def get(self, key: str) -> str | None:
        value = await self._link.call("HGET", self._keys.value(key), "v")
        return None if value is None else text(value)

    async def add(self, key: str, value: str, ttl: float) -> bool:
        return bool(await self._link.run("add", [self._keys.value(key)], value, milliseconds(ttl), token()))

    async def delete(self, key: str) -> None:
        await self._link.call("DEL", self._keys.value(key), self._keys.feed(key))

    async def claim(self, key: str, claimant: str) -> str | None:
        value = await self._link.run("claim", [self._keys.value(key)], claimant)
        return None if value is None else text(value)

    async def append(self, key: str, value: str, ttl: float) -> None:
        keys = [self._keys.feed(key), self._keys.once(token())]
        await self._link.run("feed", keys, value, milliseconds(ttl), FEED_ENTRIES, RETRY_LIFE)

    async def tail(self, key: str, after: str, block: float) -> list[tuple[str, str]]:
        stream = ("STREAMS", self._keys.feed(key), cursor(after))
        found = entries(await self._link.call("XREAD", *stream))
        for piece in slices(block):
            if found:
                break
            found = entries(await self._link.wait("XREAD", "BLOCK", milliseconds(piece), *stream, block=piece))
        return found
