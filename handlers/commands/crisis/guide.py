"""`crisis help`: the ten lines that matter for a role, one press away, and all others by what they are about."""

from __future__ import annotations

from typing import Any

from handlers.commands.crisis.roles import NAMES, RoleName
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag, option, word
from handlers.core.errors import Conflict, NotFound
from handlers.core.parser import extra
from handlers.core.soc import Soc
from handlers.crisis.board import NEXT
from handlers.crisis.here import here
from handlers.crisis.roles import TITLES, Role
from handlers.crisis.state import Crisis
from messages.document import Actions, Block, Bullets, Button, Context, Document, Heading, Mono, Strong, Text, spans

_COMMAND = ("status", "role", "task", "decide", "fact", "cadence", "clock", "draft", "sitrep", "exit")
ANYBODY = ("status", "take", "note", "fact", "unknown", "task", "task take", "task done", "tasks", "timeline")
TEN: dict[Role, tuple[str, ...]] = {
    "commander": _COMMAND,
    "deputy": _COMMAND,
    "operations": (
        "tasks", "task", "task give", "task done", "fact", "assume", "unknown", "tasks add-runbook", "evidence",
        "status",
    ),
    "planning": (
        "facts", "assume", "unknown", "settle", "ask", "asks", "sitrep", "tasks", "timeline", "status",
    ),
    "scribe": (
        "note", "correct", "timeline", "fact", "settle", "decide", "decisions", "task", "evidence", "cost",
    ),
    "communications": (
        "cadence", "draft", "letter", "edit", "letters", "send", "mark", "media", "media question", "media answer",
    ),
    "legal": (
        "clock", "clock start", "clock filed", "clock drop", "clock scope", "clock confirm", "letters", "approve",
        "custody", "facts",
    ),
    "business": (
        "asks", "answer", "status", "fact", "unknown", "letters", "approve", "decisions", "tasks", "note",
    ),
    "logistics": (
        "cost", "costs", "task", "task done", "tasks", "evidence", "evidence move", "answer", "note", "status",
    ),
    "sponsor": (
        "status", "letters", "approve", "reject", "decisions", "cadence", "clock", "costs", "ask", "timeline",
    ),
}  # fmt: skip
"""Commands after `crisis`, the first needed first."""
THEMES: dict[str, tuple[str, ...]] = {
    "Look": ("status", "manage", "timeline", "list", "sitrep", "help"),
    "Write down": ("note", "correct"),
    "What is known": ("fact", "assume", "unknown", "settle", "withdraw", "facts", "mark"),
    "Tasks": ("task", "task take", "task give", "task done", "task drop", "tasks", "tasks add-runbook"),
    "Decisions": ("decide", "reverse", "decisions"),
    "Roles": ("take", "role", "accept", "decline", "release"),
    "Course": (
        "declare", "mobilise", "contain", "eradicate", "recover", "exit", "exit met", "exit open", "close", "review",
        "reopen", "cancel", "severity",
    ),
    "Clocks": (
        "clock", "clock start", "clock confirm", "clock filed", "clock owner", "clock drop", "clock restore",
        "clock scope", "clock propose",
    ),
    "Messages": (
        "cadence", "draft", "edit", "letter", "letters", "approve", "reject", "send", "withdraw-letter", "media",
        "media question", "media answer",
    ),
    "Questions": ("ask", "answer", "asks", "ask close"),
    "Evidence and cost": ("evidence", "evidence move", "custody", "cost", "costs"),
    "Rooms": ("room new", "admit"),
    "Afterwards": ("after-action", "export"),
    "Practice": ("drill", "drills", "drill score"),
}  # fmt: skip
ROW = 5
"""Buttons side by side."""


class GuideArgs(Args):
    role: RoleName | None = word("For whom; left out: for you", default=None, choices=NAMES)
    all: bool = flag("Every command with what it does")
    crisis: str = option("", "Which crisis; left out: this room's")


async def guide(args: GuideArgs, call: Authorised, soc: Soc) -> Document:
    """For the role asked for, else for those the asker holds in the crisis here, else for whoever takes part."""
    crisis = await _here(args, call, soc)
    mine = crisis.roles.of(call.principal.person) if crisis else ()
    roles = (args.role,) if args.role else mine[:1]
    may = {one.name.removeprefix("crisis "): one for one in soc.registry.visible(call.principal) if _ours(one)}
    ten = [name for name in (TEN[roles[0]] if roles else ANYBODY) if name in may]
    whose = TITLES[roles[0]] if roles else "everybody who takes part"
    blocks: list[Block] = [_table(f"First, for {whose}", [may[name] for name in ten])]
    blocks += [_presses(row, may, crisis) for row in (ten[:ROW], ten[ROW:]) if row]
    if move := _next(crisis, may):
        blocks.append(Actions(buttons=(move,)))
    blocks.append(Heading(text="Everything"))
    blocks += [_table(theme, list(found)) for theme, found in _themed(may)] if args.all else [_grouped(may)]
    small = ("One in full: ", Mono(text="help crisis note"), ". Its form: ", Mono(text="crisis note --form"))
    blocks.append(Context(text=spans(*small, ". Another role: ", Mono(text="crisis help scribe"), ".")))
    return Document(title="In a crisis: what to type", blocks=tuple(blocks), tlp="green")


async def _here(args: GuideArgs, call: Authorised, soc: Soc) -> Crisis | None:
    """The crisis meant; None while there is none, or nobody says which of several. NotFound for one that is named."""
    try:
        return await soc.crises.get(await here(call, soc, args.crisis))
    except (NotFound, Conflict):
        if args.crisis:
            raise
        return None


def _ours(command: Command[Any]) -> bool:
    return command.name.startswith("crisis ")


def _table(caption: str, commands: list[Command[Any]]) -> Block:
    rows = [cells.row(Mono(text=one.example), one.summary) for one in commands]
    return cells.table(caption, ("For example", "What it does"), rows)


def _presses(names: list[str], may: dict[str, Command[Any]], crisis: Crisis | None) -> Actions:
    """A form for what needs words, the answer for what does not."""
    return Actions(buttons=tuple(_press(may[name], name, crisis) for name in names))


def _press(command: Command[Any], name: str, crisis: Crisis | None) -> Button:
    which = f" --crisis {crisis.id}" if crisis and "crisis" in command.args.model_fields else ""
    fields = command.args.model_fields.values()
    asks = any(field.is_required() and extra(field).get("word") for field in fields)
    return Button(label=name.capitalize() + ("…" if asks else ""), line=command.name + which + (" --form" * asks))


def _next(crisis: Crisis | None, may: dict[str, Command[Any]]) -> Button | None:
    """The move that comes next in the course; without a crisis, declaring one."""
    if crisis is None:
        return Button(label="Declare a crisis…", line="crisis declare --form") if "declare" in may else None
    verb = NEXT.get(crisis.phase, "")
    line = f"crisis {verb} --crisis {crisis.id}"
    return Button(label=f"Next: {verb}", line=line, style="primary") if verb in may else None


def _themed(may: dict[str, Command[Any]]) -> list[tuple[str, tuple[Command[Any], ...]]]:
    found = [(theme, tuple(may[name] for name in names if name in may)) for theme, names in THEMES.items()]
    return [(theme, commands) for theme, commands in found if commands]


def _grouped(may: dict[str, Command[Any]]) -> Bullets:
    """A line a theme; each name is typed after `crisis`."""
    lines: list[Text] = []
    for theme, commands in _themed(may):
        names = ", ".join(one.name.removeprefix("crisis ") for one in commands)
        lines.append(spans(Strong(text=theme), f": {names}"))
    return Bullets(items=tuple(lines))


COMMANDS = (
    Command(
        name="crisis help",
        summary="What to type in a crisis: ten lines for your role, the rest by theme",
        args=GuideArgs,
        needs=Permission.PART,
        run=guide,
        example="crisis help commander",
        aliases=("crisis guide", "crisis commands"),
    ),
)
