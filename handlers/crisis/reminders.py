"""What has its time in a crisis, from every theme; each theme's reminders are in a file of its own. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from handlers.crisis import ask_reminders, cadence_reminders, deadline_reminders, drilling, people_reminders
from handlers.crisis.nudge import Reminder
from handlers.crisis.state import Crisis

SOURCES: tuple[Callable[[Crisis], Iterator[Reminder]], ...] = (
    people_reminders.reminders,
    cadence_reminders.reminders,
    drilling.reminders,
    ask_reminders.reminders,
)
LASTING: tuple[Callable[[Crisis], Iterator[Reminder]], ...] = (deadline_reminders.reminders,)
"""These go on when the crisis is over, unless it was a drill: closing it ends no deadline."""


def all_of(crisis: Crisis) -> tuple[Reminder, ...]:
    """Every reminder that was not given yet, the earliest first."""
    lasting = LASTING if crisis.open or not crisis.drill else ()
    found = [
        one
        for source in (*(SOURCES if crisis.open else ()), *lasting)
        for one in source(crisis)
        if one.key not in crisis.reminded
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.key)))


def worth_saying(now: Sequence[Reminder]) -> tuple[Reminder, ...]:
    """Of reminders that are due together (the house was away): of one clock or update only the last, and what the law
    asks for first.
    """
    last = {one.key.rpartition(":")[0] if one.key.startswith(("duty:", "update:")) else one.key: one for one in now}
    return tuple(sorted(last.values(), key=lambda one: (not one.key.startswith("duty:"), one.at, one.key)))


def due(crisis: Crisis) -> float | None:
    """When the next one is due, in seconds since the epoch."""
    waiting = all_of(crisis)
    return waiting[0].at.timestamp() if waiting else None
