"""One firing: the line run as its owner, and what may be posted of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.errors import TimedOut
from handlers.core.access import Permission, Principal, fits
from handlers.core.call import Authorised
from handlers.core.ceilings import ceiling
from handlers.core.command import Reply
from handlers.core.errors import BadFlag, UserError
from handlers.core.kept import keep
from handlers.core.parser import Parsed, parse
from handlers.core.registry import Registry
from handlers.core.sheet import classify
from handlers.core.soc import Soc
from handlers.digest import delta
from handlers.digest.history import Outcome
from handlers.digest.model import Held, Schedule, held, missing
from handlers.digest.slots import ON_TIME
from messages.document import Actions, Block, Context, Document, Moment, Notice, spans

NOT_SCHEDULED = ("digest", "help", "open", "define", "export")
"""First words of reads that only make sense for whoever types them now."""
FILES_ALONE = ("crisis export",)
"""Reads whose answer is a file: a digest posts words."""
PERSONAL = ("confirm", "cancel", "share")


@dataclass(frozen=True, slots=True)
class Made:
    """`document` None: nothing is posted, and `note` says why."""

    outcome: Outcome
    document: Document | None = None
    note: str = ""
    status: str = ""


def readable(line: str, registry: Registry, owner: Principal) -> Parsed:
    """The line as a read that its owner may run. Raises UserError: BadFlag for what is no read, Denied."""
    if not line.strip():
        raise BadFlag("--run", "--run is empty: name the line to run, in quotes.")
    parsed = parse(line, registry)
    command = parsed.command
    if command.apply is not None or command.writes:
        raise BadFlag("--run", f"{command.name} changes something: only reads can be scheduled.")
    unfit = command.name.split(" ", 1)[0] in NOT_SCHEDULED or command.name in FILES_ALONE
    if command.hidden or parsed.form or unfit:
        raise BadFlag("--run", f"“{parsed.line[:60]}” is nothing to schedule.")
    owner.require(command.needs)
    return parsed


def owner_of(schedule: Schedule, soc: Soc) -> Principal:
    """The owner with the rights they have now."""
    who = schedule.owner
    return soc.access.principal(who.platform, who.tenant, who.user, who.name)


async def theirs(schedule_id: str, call: Authorised, soc: Soc) -> Held:
    """The schedule of that id, for somebody who may look at it or change it: one that is posted into a direct
    conversation is there for its owner alone. NotFound otherwise. Raises StateError.
    """
    found = await held(soc.schedules, schedule_id)
    direct, local = found.schedule.place.visibility == "direct", call.who.platform == "cli"
    if direct and not local and owner_of(found.schedule, soc).person != call.principal.person:
        raise missing(schedule_id)
    return found


async def run_line(schedule: Schedule, call: Authorised, soc: Soc, asker: Principal) -> Document:
    """The line's answer for the place it goes to. Raises UserError, BackendError, StateError."""
    asker.require(Permission.SCHEDULE)
    parsed = readable(schedule.line, soc.registry, asker)
    fields: dict[str, Any] = dict(call) | {
        "text": schedule.line, "who": schedule.owner, "address": schedule.place, "door": "schedule", "principal": asker,
    }  # fmt: skip
    command = parsed.command
    try:
        async with asyncio.timeout(command.budget):
            made = await command.run(parsed.args, Authorised(**fields), soc)
    except TimeoutError:
        raise TimedOut(command.name, command.budget) from None
    document = made.document if isinstance(made, Reply) else made
    document = document.model_copy(update={"call": call.id, "simulated": soc.simulated})
    await classify(document, soc.store)
    if document.figures:
        shown = schedule.place.visibility == "channel" and not await forbidden(document, schedule, soc)
        await keep(soc.store, asker.person, command.needs, document, command=command.name, shown=shown)
    return document


async def forbidden(document: Document, schedule: Schedule, soc: Soc) -> str:
    """Why this may not be shown in the schedule's place as it is now; "" when it may."""
    at = schedule.place
    if at.visibility == "direct":
        return ""
    if document.private:
        return "it is about persons, and those stay in a direct message"
    if soc.access.ceiling(at.platform, at.tenant, at.channel) is None:
        return "the channel is not in the access file: nothing goes there"
    most = await ceiling(at, soc)
    if most is None or not fits(document.tlp, most):
        limit = f"may see TLP:{most.upper()} at most" if most else "may see nothing"
        return f"it is TLP:{document.tlp.upper()} and the channel {limit}"
    return ""


async def made(schedule: Schedule, document: Document, slot: datetime, soc: Soc) -> Made:
    """What of the answer is posted: all of it, what changed, or nothing. Remembers what was shown."""
    status = document.verdict.status if document.verdict is not None else ""
    if why := await forbidden(document, schedule, soc):
        return Made("withheld", None, f"Not posted: {why}.", status)
    before = await delta.remember(soc.store, schedule.id, delta.seen(document, slot, essence(schedule)))
    if not schedule.delta:
        return Made("made", document, "", status)
    if before is None:
        first = Context(text=spans("The first digest of this schedule: there is nothing to compare it with yet."))
        return Made("made", document.model_copy(update={"blocks": (*document.blocks, first)}), "", status)
    told = delta.changes(before, delta.seen(document, slot))
    if not told and schedule.silent:
        return Made("unchanged", None, "Nothing changed, and it was asked to be silent then.", status)
    return Made("made", delta.changed(document, told), "" if told else "Nothing changed.", status)


def essence(schedule: Schedule) -> str:
    """What is run, as whom and for where. Digests that differ in it are not compared: what another line, owner or
    place was shown is not told here; and a press that was shown another is not carried out.
    """
    who, at = schedule.owner, schedule.place
    return repr((schedule.line, who.platform, who.tenant, who.user, at.order, at.visibility))


def dressed(document: Document, schedule: Schedule, soc: Soc, *, slot: datetime, over: int, by: str = "") -> Document:
    """With what a reader of a digest must know: late, slots passed over, whose rights, how to stop it."""
    now = soc.clock.now()
    said: list[Block] = []
    if not by and now - slot > ON_TIME:
        said.append(Notice(level="warning", text=spans("Late: this digest was due ", Moment(at=slot), ".")))
    if over:
        told = f"{over:,} earlier firing{'s were' if over > 1 else ' was'} missed and not posted."
        said.append(Notice(level="warning", text=spans(told)))
    kept = (block for block in map(_shared, document.blocks) if block is not None)
    why = f"posted now by {by}" if by else f"{schedule.when}, {schedule.zone}"
    who = schedule.owner.name or schedule.owner.user
    foot = f"Digest {schedule.id} ({why}) · runs with the rights of {who} · TLP:{document.tlp.upper()}"
    blocks = (*said, *kept, Context(text=spans(foot)))
    return document.model_copy(update={"blocks": blocks})


def _shared(block: Block) -> Block | None:
    if not isinstance(block, Actions):
        return block
    buttons = tuple(button for button in block.buttons if button.line.split(" ", 1)[0] not in PERSONAL)
    return Actions(buttons=buttons) if buttons else None


def reason(error: UserError) -> str:
    """A refusal as one line of the history."""
    return " ".join(part for part in (error.message, error.hint) if part)
