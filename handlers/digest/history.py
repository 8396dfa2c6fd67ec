"""What became of a schedule's slots, newest last; kept for a quarter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from connectors.ports import Store
from handlers.core.call import Frozen

SECONDS = 90 * 86_400
Outcome = Literal["made", "posted", "unchanged", "withheld", "failed", "refused", "passed over", "stopped"]


class Entry(Frozen):
    """`slot`: when it was due; `at`: when this was noted; `note` says why, in words for people."""

    slot: datetime
    at: datetime
    outcome: Outcome
    note: str = ""
    message: str = ""
    """Where it stands, as the platform calls it."""
    status: str = ""
    """The verdict's colour that was posted."""

    @property
    def late(self) -> timedelta:
        return self.at - self.slot


def key(schedule_id: str) -> str:
    """Where the entries are kept."""
    return f"digest:{schedule_id}:history"


def owner_key(schedule_id: str) -> str:
    """Where the person is kept whose own a removed schedule was."""
    return f"digest:{schedule_id}:owner"


async def note(store: Store, schedule_id: str, entry: Entry) -> None:
    """Add an entry. Raises StateError."""
    await store.append(key(schedule_id), entry.model_dump_json(), SECONDS)


async def read(store: Store, schedule_id: str) -> list[Entry]:
    """One entry a slot, the last thing noted of it, newest slot last. Raises StateError."""
    found: dict[datetime, Entry] = {}
    for _, text in await store.tail(key(schedule_id), "", 0):
        entry = Entry.model_validate_json(text)
        found[entry.slot] = entry
    return [found[slot] for slot in sorted(found)]
