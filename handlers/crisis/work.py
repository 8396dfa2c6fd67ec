"""What is to be done, what is known, what was decided: tasks, statements, decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from pydantic import AwareDatetime

from handlers.core.access import Tlp
from handlers.core.errors import NotFound
from handlers.core.parcel import Post
from handlers.crisis.base import Event, Item, Who
from handlers.crisis.knowing import dated
from handlers.crisis.telling import button, in_rooms, message, named
from messages.document import Moment, Strong, Text, spans

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis

Kind = Literal["fact", "assumption", "unknown"]


class Task(Item):
    """`id` "T1", "T2" …; `source` the runbook step it comes from."""

    owner: Who | None = None
    due: AwareDatetime | None = None
    source: str = ""
    status: Literal["open", "done", "dropped"] = "open"
    changed: AwareDatetime | None = None


class Statement(Item):
    """`id` "S1" …; a fact needs `source` or a person who confirmed it. `known_at`, `gone_at`: the crisis's version at
    which it became a fact, and was withdrawn; 0: not so far, or before versions were noted.
    """

    kind: Kind
    source: str = ""
    since: AwareDatetime
    by: Who
    withdrawn: bool = False
    known_at: int = 0
    gone_at: int = 0


class Decision(Item):
    """`id` "D1" …; `seen` is the crisis's version it was decided on, which says what was known (`known_then`). Older
    records hold the ids themselves in `known`.
    """

    options: tuple[str, ...] = ()
    rationale: str = ""
    approver: str = ""
    known: tuple[str, ...] = ()
    seen: int = 0
    at: AwareDatetime
    by: Who
    reversed: str = ""


T = TypeVar("T", Task, Statement, Decision)


def found(items: tuple[T, ...], said: str, what: str) -> T:
    """The item with this id, in any case; NotFound lists what there is."""
    for item in items:
        if item.id == said.upper():
            return item
    there = ", ".join(item.id for item in items) or "none"
    raise NotFound(f"There is no {what} {said}.", f"There are: {there}.")


def replaced(items: tuple[T, ...], new: T) -> tuple[T, ...]:
    """The items with the one of the same id replaced."""
    return tuple(new if item.id == new.id else item for item in items)


def _assigned(crisis: Crisis, task: Task, by: Who) -> tuple[Post, ...]:
    """A task in the rooms: whose it is, until when, and the button that says it is done or takes it."""
    due = (" until ", Moment(at=task.due)) if task.due else ()
    whose = named(task.owner) if task.owner else "nobody yet"
    text = spans(Strong(text=task.id), f" {task.text} · ", whose, *due, f" · from {by.name}")
    take = button(crisis, f"Take {task.id}", f"crisis task take {task.id}", first=True)
    done = button(crisis, f"{task.id} done", f"crisis task done {task.id}")
    return in_rooms(crisis, message(crisis, text, done if task.owner else take))


class TaskAdded(Event):
    kind: Literal["task added"] = "task added"
    tasks: tuple[Task, ...]

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis.model_copy(update={"tasks": (*crisis.tasks, *self.tasks)})

    def line(self, crisis: Crisis) -> Text:
        if len(self.tasks) > 1:
            return spans(f"{len(self.tasks)} tasks added ({self.tasks[0].id} to {self.tasks[-1].id})")
        one = self.tasks[0]
        return spans(f"Task {one.id}: {one.text}", f" ({one.owner.name})" if one.owner else " (nobody yet)")

    def told(self, crisis: Crisis) -> bool:
        return len(self.tasks) > 1

    def posts(self, crisis: Crisis) -> tuple[Post, ...]:
        return _assigned(crisis, self.tasks[0], self.stamp.by) if len(self.tasks) == 1 else ()


class TaskChanged(Event):
    """Taken, given, done or dropped; `task` is what it is now."""

    kind: Literal["task changed"] = "task changed"
    task: Task
    what: str

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis.model_copy(update={"tasks": replaced(crisis.tasks, self.task)})

    def line(self, crisis: Crisis) -> Text:
        return spans(f"Task {self.task.id} {self.what}: {self.task.text}")

    def told(self, crisis: Crisis) -> bool:
        return not self._given

    @property
    def _given(self) -> bool:
        owner = self.task.owner
        return self.task.status == "open" and owner is not None and owner.person != self.stamp.by.person

    def posts(self, crisis: Crisis) -> tuple[Post, ...]:
        """Who was given something is mentioned."""
        return _assigned(crisis, self.task, self.stamp.by) if self._given else ()


class Stated(Event):
    kind: Literal["stated"] = "stated"
    statement: Statement

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis.model_copy(update={"statements": (*crisis.statements, dated(self.statement, None, self.stamp.n))})

    def line(self, crisis: Crisis) -> Text:
        one = self.statement
        return spans(f"{one.kind.capitalize()} {one.id}: {one.text}", f" ({one.source})" if one.source else "")

    def told(self, crisis: Crisis) -> bool:
        return True


class Restated(Event):
    """An assumption became a fact, an unknown was answered, or it was withdrawn: the old words stay in the timeline."""

    kind: Literal["restated"] = "restated"
    statement: Statement
    what: str

    def apply(self, crisis: Crisis) -> Crisis:
        old = found(crisis.statements, self.statement.id, "statement")
        new = dated(self.statement, old, self.stamp.n)
        return crisis.model_copy(update={"statements": replaced(crisis.statements, new)})

    def line(self, crisis: Crisis) -> Text:
        return spans(f"{self.statement.id} {self.what}: {self.statement.text}")

    def told(self, crisis: Crisis) -> bool:
        return True


class Decided(Event):
    kind: Literal["decided"] = "decided"
    decision: Decision

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis.model_copy(update={"decisions": (*crisis.decisions, self.decision)})

    def line(self, crisis: Crisis) -> Text:
        one = self.decision
        why = f" because {one.rationale}" if one.rationale else ""
        approved = f"; approver: {one.approver}" if one.approver else ""
        return spans(f"Decision {one.id}: ", Strong(text=one.text), why, approved)

    def told(self, crisis: Crisis) -> bool:
        return True


class DecisionReversed(Event):
    kind: Literal["decision reversed"] = "decision reversed"
    decision: str
    reason: str

    def apply(self, crisis: Crisis) -> Crisis:
        old = found(crisis.decisions, self.decision, "decision")
        new = old.model_copy(update={"reversed": self.reason})
        return crisis.model_copy(update={"decisions": replaced(crisis.decisions, new)})

    def line(self, crisis: Crisis) -> Text:
        return spans(f"Decision {self.decision} reversed: {self.reason}")

    def told(self, crisis: Crisis) -> bool:
        return True


class ItemMarked(Event):
    """Somebody said how far a statement, task or decision may go."""

    kind: Literal["item marked"] = "item marked"
    item: str
    tlp: Tlp
    reason: str = ""

    def apply(self, crisis: Crisis) -> Crisis:
        mark = {"tlp": self.tlp}
        if self.item.startswith("S"):
            new = found(crisis.statements, self.item, "statement").model_copy(update=mark)
            return crisis.model_copy(update={"statements": replaced(crisis.statements, new)})
        if self.item.startswith("T"):
            task = found(crisis.tasks, self.item, "task").model_copy(update=mark)
            return crisis.model_copy(update={"tasks": replaced(crisis.tasks, task)})
        decision = found(crisis.decisions, self.item, "decision").model_copy(update=mark)
        return crisis.model_copy(update={"decisions": replaced(crisis.decisions, decision)})

    def line(self, crisis: Crisis) -> Text:
        return spans(f"{self.item} marked TLP:{self.tlp.upper()}", f": {self.reason}" if self.reason else "")

    def told(self, crisis: Crisis) -> bool:
        return True


class Noted(Event):
    """A line of the timeline: typed, pinned, or marked with a reaction. `source`: the message it was taken from
    (platform's id), `author` who wrote that message."""

    kind: Literal["noted"] = "noted"
    text: str
    origin: Literal["command", "pin", "reaction", "reply", "shortcut"] = "command"
    source: str = ""
    author: str = ""
    link: str = ""

    def apply(self, crisis: Crisis) -> Crisis:
        if not self.source:
            return crisis
        return crisis.model_copy(update={"sources": {**crisis.sources, self.source: self.stamp.n}})

    def line(self, crisis: Crisis) -> Text:
        return spans(self.text, f" (written by {self.author})" if self.author else "")


class Corrected(Event):
    """The entry `entry` stays as it is; this is what it should have said."""

    kind: Literal["corrected"] = "corrected"
    entry: int
    text: str
    reason: str = ""

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis

    def line(self, crisis: Crisis) -> Text:
        return spans(f"Correction of #{self.entry}: {self.text}", f" ({self.reason})" if self.reason else "")


class SourceChanged(Event):
    """The chat message behind an entry was edited or deleted; the entry keeps the first words."""

    kind: Literal["source changed"] = "source changed"
    entry: int
    text: str = ""
    deleted: bool = False

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis

    def line(self, crisis: Crisis) -> Text:
        if self.deleted:
            return spans(f"The message behind #{self.entry} was deleted in the chat; the entry stands")
        return spans(f"The message behind #{self.entry} was edited in the chat, it reads now: {self.text}")


EVENTS: tuple[type[Event], ...] = (
    TaskAdded, TaskChanged, Stated, Restated, Decided, DecisionReversed, ItemMarked, Noted, Corrected,
    SourceChanged,
)  # fmt: skip
