"""Inbox and outbox in memory: one shelf, two ports, as in Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.keys import KEEP, PARTITIONS, partition
from connectors.memory.bell import Bell
from connectors.memory.expiring import Expiring
from connectors.ports import Clock, Outgoing, Taken


@dataclass(slots=True)
class _Pending:
    """A call in the inbox; `since` is when its lease began, None while nobody has it."""

    id: str
    payload: str
    consumer: str = ""
    since: float | None = None
    attempt: int = 0


@dataclass(slots=True)
class Shelf:
    """What inbox, outbox and schedule share. Deliveries: per partition, entry -> (id, payload), in order."""

    clock: Clock
    bell: Bell = field(default_factory=Bell)
    serial: int = 0
    calls: dict[str, _Pending] = field(default_factory=dict)
    deliveries: list[dict[str, tuple[str, str]]] = field(default_factory=lambda: [{} for _ in range(PARTITIONS)])
    states: Expiring = field(init=False)
    known: Expiring = field(init=False)

    def __post_init__(self) -> None:
        self.states = Expiring(self.clock)
        self.known = Expiring(self.clock)

    def entry(self) -> str:
        self.serial += 1
        return f"{self.serial}-0"

    def offer(self, call_id: str, payload: str) -> bool:
        if self.states.get(call_id) is not None:
            return False
        self.states.put(call_id, "open", KEEP)
        self.calls[self.entry()] = _Pending(call_id, payload)
        self.bell.ring()
        return True

    def deliver(self, messages: Sequence[Outgoing]) -> int:
        added = 0
        for message in messages:
            if self.known.get(message.id) is None:
                self.known.put(message.id, "known", KEEP)
                self.deliveries[partition(message.thread)][self.entry()] = (message.id, message.payload)
                added += 1
        self.bell.ring()
        return added


class MemoryQueue:
    """`connectors.ports.Queue` in memory."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def offer(self, call_id: str, payload: str) -> bool:
        return self._shelf.offer(call_id, payload)

    async def take(self, consumer: str, count: int, block: float, lease: float) -> list[Taken]:
        return await self._shelf.bell.until(
            lambda: self._ready(consumer, count, lease), block, min(10.0, max(lease / 2, 0.02))
        )

    def _ready(self, consumer: str, count: int, lease: float) -> list[Taken]:
        now = self._shelf.clock.monotonic()
        lost = [e for e, call in self._shelf.calls.items() if call.since is not None and now - call.since >= lease]
        fresh = [e for e, call in self._shelf.calls.items() if call.since is None]
        return [self._hand_over(entry, consumer, now) for entry in (lost + fresh)[:count]]

    def _hand_over(self, entry: str, consumer: str, now: float) -> Taken:
        call = self._shelf.calls[entry]
        call.consumer, call.since, call.attempt = consumer, now, call.attempt + 1
        return Taken(entry, call.id, call.payload, call.attempt)

    async def renew(self, consumer: str, entry: str) -> None:
        call = self._shelf.calls.get(entry)
        if call is not None and call.since is not None and call.consumer == consumer:
            call.since = self._shelf.clock.monotonic()

    async def emit(self, call_id: str, message: Outgoing) -> bool:
        return self._shelf.states.get(call_id) == "open" and self._shelf.deliver([message]) == 1

    async def finish(self, taken: Taken, messages: Sequence[Outgoing]) -> bool:
        if self._shelf.calls.pop(taken.entry, None) is None:
            return False
        self._shelf.states.put(taken.id, "done", KEEP)
        self._shelf.deliver(messages)
        return True

    async def post(self, messages: Sequence[Outgoing]) -> int:
        return self._shelf.deliver(messages)

    async def depth(self) -> tuple[int, int]:
        return len(self._shelf.calls), sum(len(waiting) for waiting in self._shelf.deliveries)


class MemoryOutbox:
    """`connectors.ports.Outbox` in memory."""

    partitions = PARTITIONS

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._leases = Expiring(shelf.clock)
        self._attempts: dict[str, int] = {}

    async def lease(self, partition: int, owner: str, seconds: float) -> bool:
        if self._leases.get(str(partition)) not in {None, owner}:
            return False
        self._leases.put(str(partition), owner, seconds)
        return True

    async def release(self, partition: int, owner: str) -> None:
        if self._leases.get(str(partition)) == owner:
            self._leases.drop(str(partition))

    async def pending(self, partition: int, after: str, count: int) -> list[Taken]:
        return self._after(partition, after)[:count]

    def _after(self, partition: int, after: str) -> list[Taken]:
        passed = int(after.partition("-")[0]) if after else 0
        return [
            Taken(entry, delivery_id, payload, self._attempts.get(entry, 0))
            for entry, (delivery_id, payload) in self._shelf.deliveries[partition].items()
            if int(entry.partition("-")[0]) > passed
        ]

    async def wait(self, after: dict[int, str], block: float) -> set[int]:
        if not after:
            await asyncio.sleep(block)
            return set()

        def news() -> set[int]:
            return {number for number, entry in after.items() if self._after(number, entry)}

        await self._shelf.bell.until(lambda: bool(news()), block)
        return news()

    async def begin(self, partition: int, taken: Taken, owner: str) -> int:
        if self._leases.get(str(partition)) != owner or taken.entry not in self._shelf.deliveries[partition]:
            return 0
        self._attempts[taken.entry] = self._attempts.get(taken.entry, 0) + 1
        return self._attempts[taken.entry]

    async def sent(self, partition: int, taken: Taken) -> None:
        self._attempts.pop(taken.entry, None)
        self._shelf.deliveries[partition].pop(taken.entry, None)
