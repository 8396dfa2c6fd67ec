"""What clients have written: kept beside the computed cases, in the order of writing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Note(NamedTuple):
    """One write. `kind` is COMMENT or PRIORITY_CHANGE; `at` in milliseconds."""

    number: int
    at: int
    kind: str
    text: str
    author: str


@dataclass
class Overlay:
    """Writes by case index. Each is later than the one before, even when the clock has not moved."""

    notes: dict[int, list[Note]] = field(default_factory=dict)
    priorities: dict[int, int] = field(default_factory=dict)
    count: int = 0
    latest: int = 0

    def write(self, index: int, now: int, kind: str, text: str, author: str) -> Note:
        """Record one write and give it back with its number and time."""
        self.count += 1
        self.latest = max(now, self.latest + 1)
        note = Note(self.count, self.latest, kind, text, author)
        self.notes.setdefault(index, []).append(note)
        return note

    def updated(self, index: int) -> int | None:
        """When the case was last written to; None if never."""
        notes = self.notes.get(index)
        return notes[-1].at if notes else None
