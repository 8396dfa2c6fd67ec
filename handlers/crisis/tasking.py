"""Rules about tasks: their numbers, their order, and how many one person can have at once. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from handlers.core.errors import NotFound
from handlers.crisis.base import Who
from handlers.crisis.work import Task

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis

_NEVER = datetime.max.replace(tzinfo=UTC)


def numbered(crisis: Crisis, tasks: tuple[Task, ...]) -> tuple[Task, ...]:
    """New tasks under the next free numbers."""
    first = len(crisis.tasks) + 1
    return tuple(task.model_copy(update={"id": f"T{n}"}) for n, task in enumerate(tasks, first))


def found_task(crisis: Crisis, said: str) -> Task:
    """The task `T3`, `t3` or `3`. NotFound names the open ones, and how to add a task that begins like this command."""
    for task in crisis.tasks:
        if said.upper().removeprefix("T") == task.id.removeprefix("T"):
            return task
    running = [task.id for task in crisis.tasks if task.status == "open"]
    some = ", ".join(running[:8]) + (f" and {len(running) - 8} more" if len(running) > 8 else "")
    hint = f"Open: {some or 'none'}. The text of a new task can be put in quotes."
    raise NotFound(f"There is no task “{said[:40]}”.", hint)


def is_overdue(task: Task, now: datetime) -> bool:
    return task.status == "open" and task.due is not None and task.due < now


def by_urgency(tasks: tuple[Task, ...]) -> list[Task]:
    """Open ones first: overdue, then by when they are due, those without a time last; then the rest, newest first."""
    running = sorted((t for t in tasks if t.status == "open"), key=lambda t: t.due or _NEVER)
    return [*running, *(t for t in reversed(tasks) if t.status != "open")]


def crowded(crisis: Crisis, who: Who) -> str:
    """The warning when somebody has more open tasks than one person can oversee; "" when not."""
    count = sum(1 for t in crisis.tasks if t.status == "open" and t.owner and t.owner.person == who.person)
    most = crisis.policy.span_of_control
    if count <= most:
        return ""
    return f"{who.name} has {count} open tasks now; more than {most} is too many for one person."
