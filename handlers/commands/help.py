"""`help`: what the asker may run, and one command in full."""

from __future__ import annotations

from collections import Counter
from typing import Any

from handlers.core import cells
from handlers.core import help as told
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, Reply, word
from handlers.core.errors import UnknownCommand
from handlers.core.soc import Soc
from messages.document import Actions, Block, Bullets, Button, Context, Document, Mono, Paragraph, Table, spans

GROUPS = {
    Permission.OPERATIONS: "Operations",
    Permission.METRICS: "Figures",
    Permission.PERSONS: "Figures by person",
    Permission.REPORTS: "Reports",
    Permission.STAFFING: "People and money",
    Permission.CASES: "Cases",
    Permission.CASES_WRITE: "Changing a case",
    Permission.ALERTS: "Alerts",
    Permission.THREATS: "Threats",
    Permission.POSTURE: "Cloud posture",
    Permission.MONEY: "Money",
    Permission.SHARE: "Posting",
    Permission.SCHEDULE: "Digests",
    Permission.CRISIS: "Running a crisis",
    Permission.PART: "Taking part in a crisis",
    Permission.APPROVE: "Approving messages",
    Permission.HELP: "Help",
    Permission.SYSTEM: "The house's own",
}
FAMILY = 8
"""More commands than this with the same first word stand in one row of the overview; `help WORD` lists them, or is what
the family's own `WORD help` answers."""
ABOUT = {"crisis": "A major incident, run in chat", "digest": "Answers posted on a schedule"}
MANY = 5
"""Buttons in one row of actions."""


class HelpArgs(Args):
    command: str = word("The command to explain", default="", rest=True)


async def run(args: HelpArgs, call: Authorised, soc: Soc) -> Document | Reply:
    if not args.command:
        return overview(soc.registry.visible(call.principal), families=True)
    said = " ".join(args.command.lower().split())
    command = soc.registry.get(said)
    if command is None or command.hidden:
        guide = soc.registry.get(f"{said} help")
        if guide is not None and call.principal.may(guide.needs):
            return await guide.run(guide.args(), call, soc)
        started = [one for one in soc.registry.visible(call.principal) if one.name.startswith(f"{said} ")]
        if started:
            return overview(started, f"Commands that begin with “{said[:60]}”")
        raise UnknownCommand(args.command[:60], soc.registry.nearest(said))
    call.principal.require(command.needs)
    return explained(command)


def overview(commands: list[Command[Any]], title: str = "What you may ask", *, families: bool = False) -> Document:
    """The commands by what they are about, and buttons that run the examples of those that need no typing."""
    words = Counter(command.name.split(" ")[0] for command in commands)
    large = {word for word, count in words.items() if families and count > FAMILY and word in ABOUT}
    commands = [command for command in commands if command.name.split(" ")[0] not in large]
    order = list(GROUPS)
    rank = {permission: at for at, permission in enumerate(order)}
    ordered = sorted(commands, key=lambda command: (rank[command.needs], command.name))
    listed = {word: f"Lists the {words[word]} commands “{word} …”" for word in sorted(large)}
    rows = [cells.row(Mono(text=f"help {word}"), what, ABOUT[word]) for word, what in listed.items()]
    rows += [cells.row(Mono(text=one.name), one.summary, GROUPS[one.needs]) for one in ordered]
    blocks: list[Block] = [cells.table("Commands", ("Command", "What it answers", "About"), rows)]
    how = spans("Details of one: ", Mono(text="help COMMAND"), ". A form for one: ", Mono(text="COMMAND --form"), ".")
    blocks.append(Context(text=how))
    ready = [command for command in ordered if command.apply is None and not needs_words(command)][:MANY]
    if ready:
        blocks.append(Actions(buttons=tuple(Button(label=one.name, line=one.name) for one in ready)))
    return Document(title=title, blocks=tuple(blocks), tlp="green")


def needs_words(command: Command[Any]) -> bool:
    """Does it take an argument that must be given?"""
    return any(field.is_required() for field in command.args.model_fields.values())


def explained(command: Command[Any]) -> Document:
    """One command: usage, arguments, example, notes, and buttons that run it."""
    blocks: list[Block] = [
        Paragraph(text=spans(command.summary)),
        Paragraph(text=spans(Mono(text=told.usage(command)))),
    ]
    if command.args.model_fields:
        blocks.append(arguments_table(command))
    blocks.append(Paragraph(text=spans("Example: ", Mono(text=command.example))))
    notes = [*command.notes]
    if command.apply is not None:
        notes.append("It changes something: you see a preview first, and only your own confirmation does it.")
    if notes:
        blocks.append(Bullets(items=tuple(spans(note) for note in notes)))
    names = f" Also called {', '.join(command.aliases)}." if command.aliases else ""
    blocks.append(Context(text=spans(f"Needs the permission {command.needs.value}.{names}")))
    # An example of what takes effect at once would stand in a record among what is true.
    at_once = command.writes and command.apply is None
    buttons = [] if at_once else [Button(label="Run the example", line=command.example)]
    if command.args.model_fields:
        buttons.append(Button(label="Open the form", line=f"{command.name} --form"))
    if buttons:
        blocks.append(Actions(buttons=tuple(buttons)))
    return Document(title=command.name, blocks=tuple(blocks), tlp="green")


def arguments_table(command: Command[Any]) -> Table:
    """Every argument with its meaning, its values and what it is when left out."""
    rows = (
        cells.row(Mono(text=one.typed), one.about, one.values, "must be given" if one.required else one.default)
        for one in told.arguments(command)
    )
    return cells.table("Arguments", ("Argument", "Meaning", "Values or example", "When left out"), rows)


COMMAND = Command(
    name="help",
    summary="What you may ask, and how",
    args=HelpArgs,
    needs=Permission.HELP,
    run=run,
    example="help case list",
)
