"""`crisis cadence`: who is told how often, when next, and what is overdue."""

from __future__ import annotations

from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option
from handlers.core.soc import Soc
from handlers.crisis.cadence import cadence_table, rhythms
from handlers.crisis.here import here
from handlers.crisis.telling import button
from messages.document import Actions, Block, Context, Document, Notice, Status, Verdict, spans

RULE = "red: an update is overdue; green: none is; unknown: nobody is told regularly, or the crisis is over"
GRID = (
    "Due times are a fixed grid from the declaration or the last change of severity: a late update moves none of them. "
    "One that comes at most half an interval early serves the next due time."
)
MOST_DRAFTS = 3


class CadenceArgs(Args):
    crisis: str = option("", "Which crisis; left out: this room's")


async def cadence(args: CadenceArgs, call: Authorised, soc: Soc) -> Document:
    """The table, overdue ones first, and a draft one press away."""
    crisis, now = await soc.crises.get(await here(call, soc, args.crisis)), soc.clock.now()
    found = rhythms(crisis)
    late = [one for one in found if one.over(now)]
    status: Status = "unknown" if not found else "red" if late else "green"
    said = f"{cells.counted(len(found), 'audience')} told regularly, {len(late)} overdue."
    blocks: list[Block] = [cadence_table(crisis, now), Context(text=spans(GRID))]
    if not found:
        why = (
            f"Crisis {crisis.id} is {crisis.phase}."
            if not crisis.open
            else "Neither the level nor a stakeholder asks for it."
        )
        blocks = [Notice(level="info", text=spans(f"No updates are due. {why}"))]
    drafts = [
        button(crisis, f"Draft: {one.audience}"[:75], f"crisis draft {one.audience}") for one in found[:MOST_DRAFTS]
    ]
    if drafts:
        blocks.append(Actions(buttons=tuple(drafts)))
    verdict = Verdict(text=spans(said), status=status, rule=RULE)
    return Document(title=f"{crisis.name}: updates", verdict=verdict, blocks=tuple(blocks), tlp=crisis.tlp)


COMMANDS = (
    Command(
        name="crisis cadence",
        summary="Updates: who is told how often, when next, what is overdue",
        args=CadenceArgs,
        needs=Permission.PART,
        run=cadence,
        example="crisis cadence",
    ),
)
