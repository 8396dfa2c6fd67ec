"""A crisis's whole record: the state, and every event with its text and its hash, as the chain is made over them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from connectors.ports import Crises
from handlers.core.errors import NotFound
from handlers.crisis.base import Event
from handlers.crisis.events import read
from handlers.crisis.state import Crisis, after

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Entry:
    """Event number `n`: its canonical JSON, its hash, and the event read from it."""

    n: int
    text: str
    hash: str
    event: Event


@dataclass(frozen=True, slots=True)
class Record:
    """`crisis` is what `entries` fold to; there is at least one."""

    crisis: Crisis
    entries: tuple[Entry, ...]

    @property
    def head(self) -> str:
        """The hash of the last event."""
        return self.entries[-1].hash

    @property
    def as_of(self) -> datetime:
        """When the last event was logged: what the record says, it says as of then."""
        return self.entries[-1].event.stamp.at

    @property
    def states(self) -> tuple[Crisis, ...]:
        """The state after each entry."""
        found: list[Crisis] = []
        for entry in self.entries:
            found.append(after(found[-1] if found else None, entry.event))
        return tuple(found)

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(entry.event for entry in self.entries)

    def of(self, kind: type[E]) -> tuple[E, ...]:
        """The events of a kind, in order."""
        return tuple(entry.event for entry in self.entries if isinstance(entry.event, kind))


def recorded(rows: list[tuple[int, str, str]]) -> Record:
    """The record of (number, text, hash) in order. ValueError for none, and for an event nobody can read."""
    crisis: Crisis | None = None
    entries = []
    for n, text, digest in rows:
        event = read(text)
        crisis = after(crisis, event)
        entries.append(Entry(n, text, digest, event))
    if crisis is None:
        raise ValueError("a record begins with a declaration")
    return Record(crisis, tuple(entries))


async def record_of(port: Crises, crisis: str) -> Record:
    """The record as it is kept. NotFound when there is no such crisis."""
    rows = [row async for row in port.events(crisis)]
    if not rows:
        raise NotFound(f"There is no crisis {crisis}.", "`crisis list` shows those there are.", ("crisis list",))
    return await asyncio.to_thread(recorded, rows)
