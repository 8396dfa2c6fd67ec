"""Crises in memory, on the shelf of the outbox that their commits feed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from connectors.memory.queue import Shelf
from connectors.ports import Commit, Committed, StoredCrisis


@dataclass(slots=True)
class _Kept:
    state: str = ""
    open: bool = True
    due: float | None = None
    events: list[tuple[str, str]] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)
    until: float | None = None


class MemoryCrises:
    """`connectors.ports.Crises` in memory."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._kept: dict[str, _Kept] = {}
        self._rooms: dict[str, str] = {}
        self._numbers = 0

    def _of(self, crisis: str) -> _Kept | None:
        kept = self._kept.get(crisis)
        if kept is not None and kept.until is not None and kept.until <= self._shelf.clock.monotonic():
            del self._kept[crisis]
            return None
        return kept

    async def load(self, crisis: str) -> StoredCrisis | None:
        kept = self._of(crisis)
        return StoredCrisis(len(kept.events), kept.events[-1][1], kept.state) if kept else None

    async def commit(self, commit: Commit) -> Committed:
        kept = self._of(commit.crisis) or _Kept()
        if (known := kept.keys.get(commit.key)) is not None:
            return Committed("known", known)
        if len(kept.events) != commit.expected:
            return Committed("conflict", len(kept.events))
        self._kept[commit.crisis] = kept
        kept.events.append((commit.event, commit.head))
        kept.keys[commit.key] = len(kept.events)
        kept.state, kept.open, kept.due, kept.until = commit.state, commit.open, commit.due, None
        self._rooms |= dict.fromkeys(commit.rooms, commit.crisis)
        self._shelf.deliver(commit.messages)
        return Committed("ok", len(kept.events))

    async def version_of(self, crisis: str, key: str) -> int | None:
        kept = self._of(crisis)
        return kept.keys.get(key) if kept else None

    async def number(self) -> int:
        self._numbers += 1
        return self._numbers

    async def find(self, room: str) -> str | None:
        crisis = self._rooms.get(room)
        return crisis if crisis is not None and self._of(crisis) else None

    async def listed(self) -> list[tuple[str, bool]]:
        return [(one, kept.open) for one in list(self._kept) if (kept := self._of(one))]

    async def due(self, now: float, count: int) -> list[tuple[str, float]]:
        ready = [(kept.due, one) for one in list(self._kept) if (kept := self._of(one)) and kept.due is not None]
        return [(one, at) for at, one in sorted(ready) if at <= now][:count]

    async def events(self, crisis: str, after: int = 0) -> AsyncIterator[tuple[int, str, str]]:
        kept = self._of(crisis)
        for number, (event, head) in enumerate(list(kept.events) if kept else (), start=1):
            if number > after:
                yield number, event, head

    async def expire(self, crisis: str, seconds: float) -> bool:
        kept = self._of(crisis)
        if kept is None or kept.open:
            return False
        kept.until = self._shelf.clock.monotonic() + seconds
        return True
