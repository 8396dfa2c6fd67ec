"""Oversight of threat hunts: how many, how late, what came of them. Hunts are led by the hunters, not from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from connectors.models.organisation.process import Hunt

DAYS = 91


@dataclass(frozen=True, slots=True)
class Hunting:
    """Hunts finished in the last `DAYS` days, unfinished ones past their day, and what the finished ones yielded."""

    done: tuple[Hunt, ...]
    overdue: tuple[Hunt, ...]
    ahead: tuple[Hunt, ...]
    hours: float
    rules: int
    cases: int
    gaps: tuple[str, ...]
    late: int
    """Of `done`, finished after their day."""


def hunting(hunts: Sequence[Hunt], today: date) -> Hunting:
    """Look back `DAYS` days from today (included) and ahead."""
    since = today - timedelta(days=DAYS)
    done = tuple(h for h in hunts if h.status == "done" and h.finished is not None and since < h.finished <= today)
    waiting = sorted((h for h in hunts if h.status in ("planned", "running")), key=lambda h: (h.due, h.id))
    return Hunting(
        done,
        tuple(h for h in waiting if h.due < today),
        tuple(h for h in waiting if h.due >= today),
        sum(h.hours for h in done),
        sum(h.rules_made for h in done),
        len({case for h in done for case in h.cases}),
        tuple(dict.fromkeys(gap for h in done for gap in h.gaps)),
        sum(h.finished is not None and h.finished > h.due for h in done),
    )
