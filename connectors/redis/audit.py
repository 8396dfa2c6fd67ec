"""The audit log: a stream whose ids are the entries' numbers, so that Redis itself refuses a second writer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence

from connectors.keys import Keys
from connectors.redis.client import Link, text, token

PAGE = 500


def number(entry: bytes) -> int:
    """The number in an id `n-0`."""
    found = re.match(rb"\d+", entry)
    return int(found[0]) if found else 0


class RedisAuditLog:
    """`connectors.ports.AuditLog` on Redis 6.2 or newer."""

    def __init__(self, link: Link, keys: Keys) -> None:
        self._link = link
        self._keys = keys

    async def head(self) -> tuple[int, str]:
        found = await self._link.call("XREVRANGE", self._keys.audit, "+", "-", "COUNT", 1)
        if not found:
            return 0, ""
        entry, fields = found[0]
        return number(entry), text(fields[b"digest"])

    async def append(self, seq: int, entries: Sequence[tuple[str, str]]) -> bool:
        """False when `seq` is not the number after the head: read the head again."""
        flat = [part for pair in entries for part in pair]
        return bool(await self._link.run("audit", [self._keys.audit], seq, token(), *flat))

    async def entries(self, after: int = 0) -> AsyncIterator[tuple[int, str, str]]:
        while page := await self._link.call("XRANGE", self._keys.audit, f"({after}-0", "+", "COUNT", PAGE):
            for entry, fields in page:
                after = number(entry)
                yield after, text(fields[b"entry"]), text(fields[b"digest"])
