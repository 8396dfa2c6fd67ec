"""`crisis task …`, `crisis tasks …`: who does what until when."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from connectors.models.organisation.process import Runbook
from handlers.commands.crisis.marks import TlpMark, tlp_option
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag, option, word
from handlers.core.errors import NotFound
from handlers.core.soc import Soc
from handlers.crisis.base import Refused, Stamp, Who, speaker
from handlers.crisis.here import here
from handlers.crisis.need_to_know import strictest, with_mark
from handlers.crisis.people import meant
from handlers.crisis.phases import must_run
from handlers.crisis.state import Crisis
from handlers.crisis.store import Changed
from handlers.crisis.tasking import by_urgency, crowded, found_task, is_overdue, numbered
from handlers.crisis.telling import button, recorded
from handlers.crisis.times import ahead
from handlers.crisis.work import Task, TaskAdded, TaskChanged
from messages.document import Document, Notice, Text, spans

CRISIS = "Which crisis; left out: this room's"
PAGE = 25
Edit = Callable[[Task], Task]


class TaskArgs(Args):
    text: Annotated[str, Field(min_length=3, max_length=500)] = word("What is to be done", phrase=True)
    owner: Annotated[str, Field(max_length=100)] = option("", "Who does it: a mention, or me")
    due: Annotated[str, Field(max_length=40)] = option("", "Until when", example="30m")
    source: Annotated[str, Field(max_length=200)] = option(
        "", "Where it comes from", example="runbook step", phrase=True
    )
    tlp: TlpMark = tlp_option()
    crisis: str = option("", CRISIS)


def _answer(made: Changed, task: Task) -> Document:
    """What is recorded, what to do with it, and whether its owner has too much on their hands."""
    crisis = made.crisis
    warning = crowded(crisis, task.owner) if task.owner and task.status == "open" else ""
    notices = (Notice(level="warning", text=spans(warning)),) if warning else ()
    buttons = [button(crisis, "Tasks", "crisis tasks")]
    if task.status == "open":
        buttons.insert(0, button(crisis, f"{task.id} done", f"crisis task done {task.id}"))
    if task.owner is None:
        buttons.insert(0, button(crisis, f"Take {task.id}", f"crisis task take {task.id}", first=True))
    return recorded(made, *notices, buttons=tuple(buttons))


async def add(args: TaskArgs, call: Authorised, soc: Soc) -> Document:
    owner = meant(args.owner, call, soc.access) if args.owner else None

    def decide(crisis: Crisis, stamp: Stamp) -> TaskAdded:
        must_run(crisis)
        due = ahead(args.due, stamp.at, soc.zone, crisis.speed) if args.due else None
        wanted = Task(id="", text=args.text, owner=owner, due=due, source=args.source,
                      changed=stamp.at, tlp=args.tlp)  # fmt: skip
        return TaskAdded(stamp=stamp, tasks=numbered(crisis, (wanted,)))

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    event = made.event
    return _answer(made, event.tasks[0]) if isinstance(event, TaskAdded) else recorded(made)


class RunbookArgs(Args):
    runbook: Annotated[str, Field(min_length=1, max_length=100)] = word("Id, title or alias of a runbook", phrase=True)
    crisis: str = option("", CRISIS)


def runbook_named(said: str, runbooks: tuple[Runbook, ...]) -> Runbook:
    """By id, title or alias, in any case; NotFound with the nearest ones."""
    names = {name.casefold(): one for one in runbooks for name in (*one.aliases, one.title, one.id)}
    if (one := names.get(said.casefold())) is not None:
        return one
    near = [names[name].id for name in difflib.get_close_matches(said.casefold(), names, n=3, cutoff=0.4)]
    known = list(dict.fromkeys(near)) or [one.id for one in runbooks]
    raise NotFound(f"There is no runbook “{said}” in runbooks.yaml.", f"There is: {cells.names(known) or 'none'}.")


async def add_runbook(args: RunbookArgs, call: Authorised, soc: Soc) -> Document:
    """One task a step; steps that are tasks already are passed over."""
    one = runbook_named(args.runbook, tuple((await soc.organisation.read(Runbook)).items))
    wanted = tuple(Task(id="", text=step.text[:500], source=f"{one.id}/{step.id}") for step in one.steps)
    if not wanted:
        raise Refused(f"The runbook {one.id} has no steps in runbooks.yaml.", "Add tasks by hand: `crisis task TEXT`.")

    def decide(crisis: Crisis, stamp: Stamp) -> TaskAdded:
        must_run(crisis)
        there = {task.source for task in crisis.tasks if task.status != "dropped"}
        new = tuple(task.model_copy(update={"changed": stamp.at}) for task in wanted if task.source not in there)
        if not new:
            raise Refused(f"Every step of {one.id} is a task already.", "", (f"crisis tasks --crisis {crisis.id}",))
        return TaskAdded(stamp=stamp, tasks=numbered(crisis, new))

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    return recorded(made, buttons=(button(made.crisis, "Tasks", "crisis tasks"),))


class TaskNameArgs(Args):
    task: Annotated[str, Field(max_length=100)] = word("Which task")
    note: Annotated[str, Field(max_length=300)] = word("What came of it", default="", phrase=True)
    crisis: str = option("", CRISIS)


class GiveArgs(Args):
    task: Annotated[str, Field(max_length=100)] = word("Which task")
    person: Annotated[str, Field(min_length=1, max_length=100)] = word("Who does it: a mention, or me")
    crisis: str = option("", CRISIS)


async def _changed(args: TaskNameArgs | GiveArgs, call: Authorised, soc: Soc, what: str, edit: Edit) -> Document:
    def decide(crisis: Crisis, stamp: Stamp) -> TaskChanged:
        must_run(crisis)
        old = found_task(crisis, args.task)
        if old.status != "open":
            raise Refused(f"Task {old.id} is {old.status}.", "It stays as it is.")
        return TaskChanged(stamp=stamp, task=edit(old).model_copy(update={"changed": stamp.at}), what=what)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    event = made.event
    return _answer(made, event.task) if isinstance(event, TaskChanged) else recorded(made)


def _owned(who: Who) -> Edit:
    return lambda task: task.model_copy(update={"owner": who})


def _ended(status: str) -> Edit:
    return lambda task: task.model_copy(update={"status": status})


async def take(args: TaskNameArgs, call: Authorised, soc: Soc) -> Document:
    who = speaker(call)
    return await _changed(args, call, soc, f"taken by {who.name}", _owned(who))


async def give(args: GiveArgs, call: Authorised, soc: Soc) -> Document:
    to = meant(args.person, call, soc.access)
    return await _changed(args, call, soc, f"given to {to.name}", _owned(to))


async def done(args: TaskNameArgs, call: Authorised, soc: Soc) -> Document:
    return await _changed(args, call, soc, "done" + (f" ({args.note})" if args.note else ""), _ended("done"))


async def drop(args: TaskNameArgs, call: Authorised, soc: Soc) -> Document:
    return await _changed(args, call, soc, "dropped" + (f" ({args.note})" if args.note else ""), _ended("dropped"))


class TasksArgs(Args):
    owner: Annotated[str, Field(max_length=100)] = option("", "Only whose: a mention, or me")
    all: bool = flag("Also those that are done or dropped")
    page: Annotated[int, Field(ge=1, le=10_000)] = option(1, "Which page", example="2")
    crisis: str = option("", CRISIS)


async def tasks(args: TasksArgs, call: Authorised, soc: Soc) -> Document:
    """Overdue first, then what is due next, then the rest."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    now = soc.clock.now()
    chosen = [task for task in by_urgency(crisis.tasks) if args.all or task.status == "open"]
    if args.owner:
        person = meant(args.owner, call, soc.access).person
        chosen = [task for task in chosen if task.owner and task.owner.person == person]
    rows: list[tuple[Text, ...]] = []
    for task in chosen:
        state = "overdue" if is_overdue(task, now) else task.status
        owner = task.owner.name if task.owner else "nobody"
        rows.append(cells.row(task.id, with_mark(task), owner, cells.moment(task.due), state, task.source))
    shown, pages = cells.page_of(rows, args.page, PAGE)
    late = sum(is_overdue(task, now) for task in chosen)
    caption = f"{cells.counted(len(chosen), 'task')}, {late} overdue; page {args.page} of {pages}"
    table = cells.table(caption, ("Task", "What", "Owner", "Due", "State", "From"), shown, len(rows))
    return Document(title=f"{crisis.name}: tasks", blocks=(table,), tlp=strictest(crisis, chosen))


COMMANDS = (
    Command(
        name="crisis task",
        summary="Add a task: what, who, until when",
        args=TaskArgs,
        needs=Permission.PART,
        run=add,
        example="crisis task Isolate the two file servers --owner me --due 30m",
        writes=True,
        aliases=("crisis todo", "crisis action"),
        notes=("A text that begins with take, give, done or drop goes in quotes.",),
    ),
    Command(
        name="crisis task take",
        summary="A task is yours",
        args=TaskNameArgs,
        needs=Permission.PART,
        run=take,
        example="crisis task take T1",
        writes=True,
    ),
    Command(
        name="crisis task give",
        summary="A task is somebody's",
        args=GiveArgs,
        needs=Permission.PART,
        run=give,
        example="crisis task give T1 me",
        writes=True,
    ),
    Command(
        name="crisis task done",
        summary="A task is done",
        args=TaskNameArgs,
        needs=Permission.PART,
        run=done,
        example="crisis task done T1",
        writes=True,
        aliases=("crisis done",),
    ),
    Command(
        name="crisis task drop",
        summary="A task is no longer needed",
        args=TaskNameArgs,
        needs=Permission.PART,
        run=drop,
        example="crisis task drop T1 the host is gone",
        writes=True,
    ),
    Command(
        name="crisis tasks",
        summary="All tasks, overdue ones first",
        args=TasksArgs,
        needs=Permission.PART,
        run=tasks,
        example="crisis tasks",
    ),
    Command(
        name="crisis tasks add-runbook",
        summary="A runbook's steps become tasks",
        args=RunbookArgs,
        needs=Permission.PART,
        run=add_runbook,
        example="crisis tasks add-runbook ransomware_response",
        writes=True,
    ),
)
