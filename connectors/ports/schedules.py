"""What fires at a time: claimed and offered to the inbox in one step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One entry of the schedule. `version` counts its edits; `next_at` None: it does not fire (paused, or over)."""

    id: str
    version: int
    definition: str
    next_at: datetime | None


class Schedules(Protocol):
    """What is to happen when. Slots are whole seconds of UTC; an edit and a claim are each one step, by version."""

    async def save(self, schedule_id: str, definition: str, next_at: datetime | None, expect: int) -> bool:
        """Write if the version is still `expect` (0: there is none yet). False: somebody was faster."""
        ...

    async def remove(self, schedule_id: str, expect: int) -> bool:
        """Delete if the version is still `expect`."""
        ...

    async def get(self, schedule_id: str) -> Scheduled | None: ...

    async def all(self) -> list[Scheduled]:
        """All entries, by id."""
        ...

    async def due(self, now: datetime, count: int) -> list[Scheduled]:
        """At most `count` entries whose time has come, the earliest first."""
        ...

    async def fire(self, entry: Scheduled, next_at: datetime | None, call: tuple[str, str] | None) -> bool:
        """Claim the slot `entry.next_at`: set the next one and offer the call (id, payload) to the inbox, one step.

        False: edited or claimed meanwhile, and nothing was done. A call whose id is known is not offered again;
        None claims the slot without a call.
        """
        ...
