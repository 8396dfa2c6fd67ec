"""Small values and feeds in memory."""

from __future__ import annotations

from collections import deque

from connectors.memory.bell import Bell
from connectors.memory.expiring import Expiring
from connectors.models.reading import Ping
from connectors.ports import Clock

FEED_ENTRIES = 1_000


class MemoryStore:
    """`connectors.ports.Store` in memory."""

    def __init__(self, clock: Clock) -> None:
        self._values = Expiring(clock)
        self._claims: dict[str, str] = {}
        self._alive = Expiring(clock)
        self._feeds: dict[str, deque[tuple[int, str]]] = {}
        self._serial = 0
        self._bell = Bell()

    async def ping(self) -> Ping:
        return Ping("State store", ok=True, detail="in memory: nothing survives a restart")

    async def put(self, key: str, value: str, ttl: float) -> None:
        self._values.put(key, value, ttl)
        self._claims.pop(key, None)

    async def get(self, key: str) -> str | None:
        return self._values.get(key)

    async def add(self, key: str, value: str, ttl: float) -> bool:
        if self._values.get(key) is not None:
            return False
        await self.put(key, value, ttl)
        return True

    async def delete(self, key: str) -> None:
        self._values.drop(key)
        self._claims.pop(key, None)
        self._feeds.pop(key, None)

    async def claim(self, key: str, claimant: str) -> str | None:
        value = self._values.get(key)
        if value is None:
            self._claims.pop(key, None)
            return None
        return value if self._claims.setdefault(key, claimant) == claimant else None

    async def append(self, key: str, value: str, ttl: float) -> None:
        if self._alive.get(key) is None:
            self._feeds.pop(key, None)
        self._alive.put(key, "feed", ttl)
        self._serial += 1
        self._feeds.setdefault(key, deque(maxlen=FEED_ENTRIES)).append((self._serial, value))
        self._bell.ring()

    async def tail(self, key: str, after: str, block: float) -> list[tuple[str, str]]:
        head, _, rest = after.partition("-")
        passed = int(head) if head.isdecimal() and rest.isdecimal() else 0
        return await self._bell.until(lambda: self._after(key, passed), block)

    def _after(self, key: str, passed: int) -> list[tuple[str, str]]:
        if self._alive.get(key) is None:
            return []
        return [(f"{number}-0", value) for number, value in self._feeds.get(key, ()) if number > passed]
