"""What the core needs of its state: the inbox and the outbox, small values, the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from connectors.models.reading import Ping


@dataclass(frozen=True, slots=True)
class Taken:
    """Work taken from a queue. `attempt` is 1 the first time; more means somebody died or let the lease run out."""

    entry: str
    id: str
    payload: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something to deliver. `id` is unique for ever (it is what makes sending it twice detectable);
    everything with the same `thread` is delivered in the order it was committed."""

    id: str
    thread: str
    payload: str


class Queue(Protocol):
    """Inbox of calls and outbox of deliveries, one commit: what was acknowledged is never lost, what is
    finished is never finished twice.
    """

    async def offer(self, call_id: str, payload: str) -> bool:
        """Append unless the id is known (24 h): one step. False: known already."""
        ...

    async def take(self, consumer: str, count: int, block: float, lease: float) -> list[Taken]:
        """New calls, or calls whose consumer has not renewed its lease for `lease` seconds; waits up to `block` s."""
        ...

    async def renew(self, consumer: str, entry: str) -> None:
        """Keep the lease of a call still being worked on."""
        ...

    async def emit(self, call_id: str, message: Outgoing) -> bool:
        """Add a delivery for a call not yet finished (a "working" message); False when finished or already emitted."""
        ...

    async def finish(self, taken: Taken, messages: Sequence[Outgoing]) -> bool:
        """Commit the deliveries and remove the call, one step. False: somebody else had finished it."""
        ...

    async def post(self, messages: Sequence[Outgoing]) -> int:
        """Add deliveries that belong to no call; those whose id is known are left out. Number added."""
        ...

    async def depth(self) -> tuple[int, int]:
        """Calls waiting or being worked on, deliveries not yet sent."""
        ...


class Outbox(Protocol):
    """Deliveries in partitions by thread; one owner a partition at a time, so that threads keep their order."""

    partitions: int

    async def lease(self, partition: int, owner: str, seconds: float) -> bool:
        """Take or renew the lease; False when somebody else holds it."""
        ...

    async def release(self, partition: int, owner: str) -> None: ...

    async def pending(self, partition: int, after: str, count: int) -> list[Taken]:
        """Deliveries in order after the entry `after` ("" for the first); `attempt` counts earlier `begin`s."""
        ...

    async def wait(self, after: dict[int, str], block: float) -> set[int]:
        """The partitions that have something after the given entry; waits up to `block` seconds for one."""
        ...

    async def begin(self, partition: int, taken: Taken, owner: str) -> int:
        """Count an attempt before anything leaves the house; 0 when the lease was lost. >1: ask the platform first."""
        ...

    async def sent(self, partition: int, taken: Taken) -> None:
        """Delivered, or given up for good: remove it."""
        ...


class Store(Protocol):
    """Small values with a life time, in seconds."""

    async def ping(self) -> Ping: ...

    async def put(self, key: str, value: str, ttl: float) -> None: ...

    async def get(self, key: str) -> str | None: ...

    async def add(self, key: str, value: str, ttl: float) -> bool:
        """Put only if absent; True when it was."""
        ...

    async def delete(self, key: str) -> None: ...

    async def claim(self, key: str, claimant: str) -> str | None:
        """The value, for the first claimant and for that claimant again; None for everyone else or when gone."""
        ...

    async def append(self, key: str, value: str, ttl: float) -> None:
        """Add to a feed (at most about 1,000 entries are kept)."""
        ...

    async def tail(self, key: str, after: str, block: float) -> list[tuple[str, str]]:
        """Entries (id, value) of a feed after the given id ("" for all); waits up to `block` seconds for one."""
        ...


class AuditLog(Protocol):
    """Append-only, compare-and-set on the head: the chain's arithmetic is `handlers.core.audit`."""

    async def head(self) -> tuple[int, str]:
        """Number of entries and the last hash ("" when empty)."""
        ...

    async def append(self, seq: int, entries: Sequence[tuple[str, str]]) -> bool:
        """Entries with their hashes, the first as number `seq` (1-based), all or none; False: the head is elsewhere."""
        ...

    def entries(self, after: int = 0) -> AsyncIterator[tuple[int, str, str]]:
        """(seq, entry, hash) in order."""
        ...
