"""Crises: a state hash, a stream of events whose ids are versions, and the keys committed so far; one script a commit.

A crisis that is open never has a life time. A closed one is given one as a whole; rooms, due times and the list hold
a crisis by its id alone, and what they hold of one that is gone is tidied away when it is met.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Sequence
from typing import Literal

from connectors.keys import KEEP, Keys, partition
from connectors.ports import Commit, Committed, StoredCrisis
from connectors.redis import audit
from connectors.redis.client import Link, milliseconds, text, token

PAGE = 500

OUTCOMES: dict[bytes, Literal["ok", "known", "conflict"]] = {b"ok": "ok", b"known": "known", b"conflict": "conflict"}


class RedisCrises:
    """`connectors.ports.Crises` on Redis 6.2 or newer."""

    def __init__(self, link: Link, keys: Keys) -> None:
        self._link, self._keys = link, keys
        self._places = [keys.crisis_rooms, keys.crisis_due, keys.crisis_list]

    def _own(self, crisis: str) -> list[str]:
        return [self._keys.crisis(crisis), self._keys.crisis_events(crisis), self._keys.crisis_keys(crisis)]

    async def load(self, crisis: str) -> StoredCrisis | None:
        version, head, state = await self._link.call("HMGET", self._keys.crisis(crisis), "version", "head", "state")
        return None if version is None else StoredCrisis(int(version), text(head), text(state))

    async def commit(self, commit: Commit) -> Committed:
        """`ValueError` for a due time that is not a number, which would end the script half-way."""
        if commit.due is not None and math.isnan(commit.due):
            raise ValueError("a crisis cannot be due at a time that is not a number")
        due = "" if commit.due is None else repr(float(commit.due))
        keys, pairs = [], []
        for message in commit.messages:
            keys += [self._keys.delivery(message.id), self._keys.outbox(partition(message.thread))]
            pairs += [message.id, message.payload]
        names = [*self._own(commit.crisis), *self._places, *keys]
        event = [commit.crisis, str(commit.expected), commit.key, commit.event, commit.head, commit.state]
        where = [str(int(commit.open)), due, str(len(commit.rooms)), *commit.rooms]
        args = [token(), str(KEEP), *event, *where, *pairs]
        (outcome, version), copied = await self._link.kept("deliver crisis_commit", names, *args)
        return Committed(OUTCOMES[outcome], int(version), copied)

    async def version_of(self, crisis: str, key: str) -> int | None:
        held = await self._link.call("HGET", self._keys.crisis_keys(crisis), key)
        return None if held is None else audit.number(held)

    async def number(self) -> int:
        """A reply that is lost leaves a gap, never a number twice."""
        return int(await self._link.call("INCR", self._keys.crisis_number))

    async def find(self, room: str) -> str | None:
        held = await self._link.call("HGET", self._keys.crisis_rooms, room)
        if held is None:
            return None
        crisis = text(held)
        return crisis if (await self._open([crisis]))[0] is not None else None

    async def listed(self) -> list[tuple[str, bool]]:
        found = list(map(text, await self._link.call("ZRANGE", self._keys.crisis_list, 0, -1)))
        states = zip(found, await self._open(found), strict=True)
        return [(crisis, is_open) for crisis, is_open in states if is_open is not None]

    async def due(self, now: float, count: int) -> list[tuple[str, float]]:
        ready = ("ZRANGEBYSCORE", self._keys.crisis_due, "-inf", repr(float(now)), "WITHSCORES", "LIMIT", 0, count)
        while True:
            flat = await self._link.call(*ready)
            rows = [(text(crisis), float(at)) for crisis, at in zip(flat[::2], flat[1::2], strict=True)]
            if None not in await self._open([crisis for crisis, _ in rows]):
                return rows  # otherwise those that are gone were tidied away, and others may move up

    async def events(self, crisis: str, after: int = 0) -> AsyncIterator[tuple[int, str, str]]:
        stream = self._keys.crisis_events(crisis)
        while page := await self._link.call("XRANGE", stream, f"({after}-0", "+", "COUNT", PAGE):
            for entry, fields in page:
                after = audit.number(entry)
                yield after, text(fields[b"event"]), text(fields[b"head"])

    async def expire(self, crisis: str, seconds: float) -> bool:
        return bool(await self._link.run("crisis_expire", self._own(crisis), milliseconds(seconds)))

    async def _open(self, crises: Sequence[str]) -> list[bool | None]:
        """Whether each is open; None for one that is gone, which is forgotten by rooms, due times and the list."""
        if not crises:
            return []
        told = await self._link.run("crisis_open", list(map(self._keys.crisis, crises)))
        if gone := [crisis for crisis, is_open in zip(crises, told, strict=True) if not is_open]:
            await self._link.run("crisis_tidy", [*self._places, *map(self._keys.crisis, gone)], *gone)
        return [is_open == b"1" if is_open else None for is_open in told]
