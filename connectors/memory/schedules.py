"""The schedule in memory, on the shelf of the inbox that its claims feed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from connectors.memory.queue import Shelf
from connectors.ports import Scheduled


class MemorySchedules:
    """`connectors.ports.Schedules` in memory."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._held: dict[str, Scheduled] = {}

    def _version(self, schedule_id: str) -> int:
        return self._held[schedule_id].version if schedule_id in self._held else 0

    async def save(self, schedule_id: str, definition: str, next_at: datetime | None, expect: int) -> bool:
        if self._version(schedule_id) != expect:
            return False
        at = None if next_at is None else next_at.replace(microsecond=0)
        self._held[schedule_id] = Scheduled(schedule_id, expect + 1, definition, at)
        return True

    async def remove(self, schedule_id: str, expect: int) -> bool:
        if schedule_id not in self._held or self._version(schedule_id) != expect:
            return False
        del self._held[schedule_id]
        return True

    async def get(self, schedule_id: str) -> Scheduled | None:
        return self._held.get(schedule_id)

    async def all(self) -> list[Scheduled]:
        return sorted(self._held.values(), key=lambda one: one.id)

    async def due(self, now: datetime, count: int) -> list[Scheduled]:
        ready = [(one.next_at, one.id) for one in self._held.values() if one.next_at is not None and one.next_at <= now]
        return [self._held[schedule_id] for _, schedule_id in sorted(ready)[:count]]

    async def fire(self, entry: Scheduled, next_at: datetime | None, call: tuple[str, str] | None) -> bool:
        held = self._held.get(entry.id)
        if held is None or held.next_at is None or (held.next_at, held.version) != (entry.next_at, entry.version):
            return False
        at = None if next_at is None else next_at.replace(microsecond=0)
        self._held[entry.id] = replace(held, next_at=at)
        if call is not None:
            self._shelf.offer(*call)
        return True
