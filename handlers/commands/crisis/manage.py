"""`crisis manage`, `crisis status`, `crisis list`: a crisis at one look, or what would happen if there were one."""

from __future__ import annotations

from connectors.models.organisation.voice import Stakeholder
from handlers.commands.crisis.readiness import readiness
from handlers.core import cells
from handlers.core.access import TLP_ORDER, Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag, option
from handlers.core.errors import NotFound
from handlers.core.fetch import fetch, rows
from handlers.core.soc import Soc
from handlers.crisis.board import board
from handlers.crisis.board_letters import media, stakeholder_matrix
from handlers.crisis.here import here
from messages.document import Block, Document, Heading, Moment, Notice, spans


class ManageArgs(Args):
    major_incident: bool = flag("The board: roles, clocks, tasks, what is next (always shown)")
    stakeholder_comms: bool = flag("Also who must be told what by when")
    media_response: bool = flag("Also what is said to the media, and what never is")
    crisis: str = option("", "Which crisis; left out: this room's")


async def manage(args: ManageArgs, call: Authorised, soc: Soc) -> Document:
    """The board with the sections asked for; with no crisis open, what declaring one would do."""
    try:
        crisis_id = await here(call, soc, args.crisis)
    except NotFound:
        return await readiness(soc, stakeholders=args.stakeholder_comms, speaking=args.media_response)
    crisis, now = await soc.crises.get(crisis_id), soc.clock.now()
    shown = board(crisis, now=now)
    more: list[Block] = []
    if args.stakeholder_comms:
        contacts = await fetch("Stakeholders", soc.organisation.read(Stakeholder))
        notices = (contacts.notice,) if contacts.notice else ()
        more += [Heading(text="Stakeholders"), *notices, stakeholder_matrix(crisis, now, rows(contacts))]
    if args.media_response:
        more += [Heading(text="Media"), *media(crisis)]
    return shown.model_copy(update={"blocks": (*shown.blocks, *more)})


class StatusArgs(Args):
    crisis: str = option("", "Which crisis; left out: this room's")


async def status(args: StatusArgs, call: Authorised, soc: Soc) -> Document:
    """The board as of now; the pinned one is as of the last event."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    return board(crisis, now=soc.clock.now())


class ListArgs(Args):
    pass


async def listed(args: ListArgs, call: Authorised, soc: Soc) -> Document:
    """All crises that are kept, the newest first."""
    found, tlp = [], TLP_ORDER.index("amber+strict")
    for crisis_id, _ in reversed(await soc.crises.port.listed()):
        crisis = await soc.crises.get(crisis_id)
        tlp = max(tlp, TLP_ORDER.index(crisis.tlp))
        level, declared = f"SEV{crisis.severity}", Moment(at=crisis.declared)
        what = f"DRILL: {crisis.title}" if crisis.drill else crisis.title
        found.append(cells.row(crisis.id, crisis.code_name, level, crisis.phase, what, declared))
    if not found:
        return Document(title="Crises", blocks=(Notice(level="info", text=spans("None was ever declared here.")),))
    labels = ("Crisis", "Code name", "Severity", "Phase", "What", "Declared")
    return Document(title="Crises", blocks=(cells.table("Crises", labels, found, len(found)),), tlp=TLP_ORDER[tlp])


COMMANDS = (
    Command(
        name="crisis manage",
        summary="Run a major incident: board, stakeholders, media",
        args=ManageArgs,
        needs=Permission.PART,
        run=manage,
        example="crisis manage --major-incident --stakeholder-comms --media-response",
    ),
    Command(
        name="crisis status",
        summary="The crisis at one look",
        args=StatusArgs,
        needs=Permission.PART,
        run=status,
        example="crisis status",
        aliases=("crisis board",),
    ),
    Command(
        name="crisis list",
        summary="All crises",
        args=ListArgs,
        needs=Permission.PART,
        run=listed,
        example="crisis list",
    ),
)
