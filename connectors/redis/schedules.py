"""The schedule: definitions and versions in hashes, the next slots in a sorted set, the claim in one script."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.keys import KEEP, Keys
from connectors.ports import Scheduled
from connectors.redis.client import Link, text, token

RETRY_LIFE = 60
"""Seconds a removal is remembered: longer than any client goes on repeating it."""


def slot(at: datetime | None) -> str:
    """Whole epoch seconds as the scripts take them; "" for none."""
    return "" if at is None else str(int(at.timestamp()))


def scheduled(row: Sequence[Any]) -> Scheduled:
    """A row {id, version, definition, slot or ''} of schedule_rows.lua."""
    schedule_id, version, definition, at = row
    next_at = datetime.fromtimestamp(float(at), UTC) if at else None
    return Scheduled(text(schedule_id), int(version), text(definition), next_at)


class RedisSchedules:
    """`connectors.ports.Schedules` on Redis 6.2 or newer."""

    def __init__(self, link: Link, keys: Keys) -> None:
        self._link, self._keys = link, keys
        self._own = [keys.schedules, keys.schedule_versions, keys.schedule_slots]

    async def save(self, schedule_id: str, definition: str, next_at: datetime | None, expect: int) -> bool:
        args = (schedule_id, str(expect), token(), definition, slot(next_at))
        return bool(await self._link.run("schedule_save", self._own, *args))

    async def remove(self, schedule_id: str, expect: int) -> bool:
        keys = [*self._own, self._keys.once(token())]
        return bool(await self._link.run("schedule_remove", keys, schedule_id, str(expect), RETRY_LIFE))

    async def get(self, schedule_id: str) -> Scheduled | None:
        rows = await self._link.run("schedule_rows", self._own, "id", schedule_id)
        return scheduled(rows[0]) if rows else None

    async def all(self) -> list[Scheduled]:
        rows = await self._link.run("schedule_rows", self._own, "all")
        return sorted(map(scheduled, rows), key=lambda one: one.id)

    async def due(self, now: datetime, count: int) -> list[Scheduled]:
        rows = await self._link.run("schedule_rows", self._own, "due", slot(now), count)
        return [scheduled(row) for row in rows]

    async def fire(self, entry: Scheduled, next_at: datetime | None, call: tuple[str, str] | None) -> bool:
        call_id, payload = call or ("", "")
        keys = [*self._own, self._keys.inbox, self._keys.call(call_id)]
        args = (entry.id, str(entry.version), slot(entry.next_at), slot(next_at), call_id, payload)
        return bool(await self._link.run("schedule_fire", keys, token(), KEEP, *args))
