"""The board's work: tasks, the last decision, what is not known, what waits for whom. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from handlers.core.cells import counted, names, shorten
from handlers.crisis.course_checks import PENDING
from handlers.crisis.tasking import by_urgency, is_overdue
from messages.document import Fact, Moment, Span, Strong, Text, spans

if TYPE_CHECKING:
    from handlers.crisis.duties import Duty
    from handlers.crisis.state import Crisis

SHORT = 80
"""Characters of a task, decision or unknown on the board; what is left out is counted."""


def work_facts(crisis: Crisis, now: datetime) -> tuple[Fact, ...]:
    """One line a theme, and only themes that have something to say."""
    lines = {
        "Tasks": _tasks(crisis, now),
        "Not known": _unknowns(crisis),
        "Last decision": _decision(crisis),
        "Messages": _letters(crisis),
        "Waiting for": _asks(crisis),
    }
    return tuple(Fact(label=label, text=text) for label, text in lines.items() if text)


def _tasks(crisis: Crisis, now: datetime) -> Text:
    left = [task for task in by_urgency(crisis.tasks) if task.status == "open"]
    if not left:
        return spans(f"none open, {len(crisis.tasks)} in all") if crisis.tasks else ()
    late = sum(is_overdue(task, now) for task in left)
    nobody = sum(task.owner is None for task in left)
    parts: list[str | Span] = [f"{len(left)} open"]
    parts += [", ", Strong(text=f"{late} overdue")] if late else []
    parts += [f", {nobody} without an owner"] if nobody else []
    first = left[0]
    whose = f" ({first.owner.name})" if first.owner else ""
    parts.append(f". Next: {first.id} {shorten(first.text, SHORT)}{whose}")
    parts += [" until ", Moment(at=first.due)] if first.due else []
    return spans(*parts)


def _unknowns(crisis: Crisis) -> Text:
    left = [one for one in crisis.statements if one.kind == "unknown" and not one.withdrawn]
    return spans(names([f"{one.id} {shorten(one.text, SHORT)}" for one in reversed(left)], 3)) if left else ()


def _decision(crisis: Crisis) -> Text:
    if not crisis.decisions:
        return ()
    one = crisis.decisions[-1]
    undone = " (reversed)" if one.reversed else ""
    return spans(f"{one.id} {shorten(one.text, SHORT)}{undone}, ", Moment(at=one.at))


def _letters(crisis: Crisis) -> Text:
    waiting = [f"{one.id} to {one.audience}" for one in crisis.letters if one.standing == "draft" and one.missing]
    ready = [one.id for one in crisis.letters if one.standing == "draft" and not one.missing]
    failed = [one.id for one in crisis.letters if one.standing == "refused"]
    parts = [f"{len(waiting)} waiting for approval: {names(waiting, 4)}"] if waiting else []
    parts += [f"approved, not sent: {names(ready, 4)}"] if ready else []
    parts += [f"could not be sent: {names(failed, 4)}"] if failed else []
    return spans("; ".join(parts)) if parts else ()


def _asks(crisis: Crisis) -> Text:
    left = [one for one in crisis.asks if not one.closed and one.waiting]
    return spans(names([f"{one.id} {counted(len(one.waiting), 'answer')}" for one in left], 4)) if left else ()


def pending(crisis: Crisis) -> tuple[Duty, ...]:
    """Clocks that run, the earliest first; those without a time last."""
    found = [duty for duty in crisis.duties.board if duty.state in PENDING]
    return tuple(sorted(found, key=lambda d: (d.due is None, d.due.timestamp() if d.due else 0.0, d.key)))
