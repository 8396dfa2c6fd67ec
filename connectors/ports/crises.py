"""Major incidents as streams of events under a version."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, Protocol

from connectors.ports.state import Outgoing


@dataclass(frozen=True, slots=True)
class StoredCrisis:
    """The last committed state (JSON), its version (number of events, from 1) and the hash of its last event."""

    version: int
    head: str
    state: str


@dataclass(frozen=True, slots=True)
class Commit:
    """One event of a crisis and everything that follows from it, committed in one step or not at all.

    `key` is the id of the call that made it: the same key commits once. `rooms` are room keys ("slack:T1:C1:") that
    lead to this crisis from now on; `due`: seconds since the epoch when it wants to be looked at again, None: never.
    """

    crisis: str
    expected: int
    key: str
    event: str
    head: str
    state: str
    open: bool
    due: float | None = None
    rooms: tuple[str, ...] = ()
    messages: tuple[Outgoing, ...] = ()


@dataclass(frozen=True, slots=True)
class Committed:
    """`conflict`: the version was not the expected one, `version` is the one that is there; `known`: this key had been
    committed already as `version`. Not `copied`: it lies on one node alone, though there should be two."""

    outcome: Literal["ok", "known", "conflict"]
    version: int
    copied: bool = True


class Crises(Protocol):
    """Major incidents as streams of events under a version: order is the version, a gap is impossible."""

    async def load(self, crisis: str) -> StoredCrisis | None: ...

    async def commit(self, commit: Commit) -> Committed:
        """Event, state, key, rooms, due time and deliveries in one step. StateError: it may or may not have happened;
        the same commit again settles it."""
        ...

    async def version_of(self, crisis: str, key: str) -> int | None:
        """The version that this key was committed as."""
        ...

    async def number(self) -> int:
        """A new number for a crisis: never given twice."""
        ...

    async def find(self, room: str) -> str | None:
        """The crisis that a room belongs to."""
        ...

    async def listed(self) -> list[tuple[str, bool]]:
        """(id, open) of all crises that are still kept, oldest first."""
        ...

    async def due(self, now: float, count: int) -> list[tuple[str, float]]:
        """Crises whose due time is not after `now`, the earliest first."""
        ...

    def events(self, crisis: str, after: int = 0) -> AsyncIterator[tuple[int, str, str]]:
        """(version, event, hash) in order."""
        ...

    async def expire(self, crisis: str, seconds: float) -> bool:
        """Keep a closed crisis for so long; False, and nothing is changed, while it is open."""
        ...
