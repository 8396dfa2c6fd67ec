"""What the bot itself keeps of sources that have no memory: one row a kind and day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class DailyVolume:
    """How many there were on one day of UTC, as the source counted them when it was asked.

    `kind` is `alerts` or `iocs`. `by_severity`: severity and count, of `counted` of them: a source that gives the
    total may list fewer. `truncated`: the total itself is a lower bound.
    """

    kind: str
    day: date
    total: int
    by_severity: tuple[tuple[str, int], ...]
    counted: int
    taken_at: datetime
    truncated: bool = False
