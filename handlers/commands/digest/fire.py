"""`digest fire` and `digest delivered`: the house's own calls, made by the scheduler and by the courier."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from connectors.errors import BackendError
from handlers.commands.digest import board
from handlers.core import problems
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, Reply, option, word
from handlers.core.errors import Denied, NotFound, UserError
from handlers.core.parcel import Post
from handlers.core.soc import Soc
from handlers.digest import history
from handlers.digest.history import Entry, Outcome
from handlers.digest.making import Made, dressed, forbidden, made, owner_of, reason, run_line
from handlers.digest.model import Held, Schedule, held, write
from messages.document import Actions, Button, Document, Notice, spans

TRIES = 3
"""Attempts until a backend that does not answer is told instead of the digest."""
REFUSED_IN_A_ROW = 3
"""Deliveries that the platform refused until a schedule stops itself."""
Slot = Annotated[int, Field(ge=0, le=253_402_300_799)]


class FireArgs(Args):
    schedule: str = word("The schedule's id")
    slot: Slot = word("The slot, in epoch seconds")
    over: Annotated[int, Field(ge=0)] = option(0, "earlier slots that were passed over")


class DeliveredArgs(Args):
    schedule: str = word("The schedule's id")
    slot: Slot = word("The slot, in epoch seconds")
    result: Literal["sent", "refused"] = option(..., "how it ended")
    channel: str = option("", "where it stands")
    message: str = option("", "the message's id")
    reason: str = option("", "why it was refused")


def line(schedule_id: str, slot: datetime, over: int = 0) -> str:
    """The line that fires a slot."""
    return f"digest fire {schedule_id} {int(slot.timestamp())}" + (f" --over {over}" if over else "")


async def fire(args: FireArgs, call: Authorised, soc: Soc) -> Reply:
    """Run the line as its owner and post what may be posted. A BackendError is tried again before it is told."""
    slot = datetime.fromtimestamp(args.slot, UTC)
    try:
        now = await held(soc.schedules, args.schedule)
    except NotFound:
        return _told("removed meanwhile")
    if now.schedule.stopped:
        return _told("stopped meanwhile")
    if now.schedule.kind == "board":
        return await board.refresh(now, slot, call, soc)
    result = await _made(now, slot, call, soc)
    over = f"{args.over:,} earlier firings were passed over." if args.over else ""
    await _note(soc, now.schedule, slot, result.outcome, " ".join(filter(None, (result.note, over))), result.status)
    return Reply(_told(result.outcome).document, await _posts(now.schedule, result, slot, args, soc))


async def _made(now: Held, slot: datetime, call: Authorised, soc: Soc) -> Made:
    try:
        document = await run_line(now.schedule, call, soc, owner_of(now.schedule, soc))
        return await made(now.schedule, document, slot, soc)
    except Denied as error:
        await stop(now, f"its owner may no longer run it: {error.message}", call, soc)
        return Made("stopped", None, f"Stopped: {reason(error)}")
    except UserError as error:
        return Made("failed", None, reason(error))
    except BackendError as error:
        if call.attempt < TRIES and not error.permanent:
            raise
        return Made("failed", problems.failure(error, call.id), problems.calm(error))


async def _posts(schedule: Schedule, result: Made, slot: datetime, args: FireArgs, soc: Soc) -> tuple[Post, ...]:
    if result.document is not None and not await forbidden(result.document, schedule, soc):
        document = dressed(result.document, schedule, soc, slot=slot, over=args.over)
        report = f"digest delivered {schedule.id} {args.slot}" if result.outcome == "made" else ""
        return (Post(address=schedule.place, document=document, report=report),)
    if result.outcome == "unchanged":
        return ()
    return (Post(address=schedule.aside, document=_aside(schedule, result.note)),)


def _aside(schedule: Schedule, note: str) -> Document:
    """To the owner alone: why there was no digest."""
    buttons = (Button(label="Show it", line=f"digest show {schedule.id}"),)
    said = (Notice(level="warning", text=spans(note)), Actions(buttons=buttons))
    return Document(title=f"Your digest {schedule.id} was not posted", blocks=said)


async def stop(now: Held, why: str, call: Authorised, soc: Soc) -> None:
    """Stop a schedule unless somebody edited it meanwhile. Raises StateError."""
    changed = now.schedule.model_copy(update={"stopped": why, "made_by": call.id})
    try:
        await write(soc.schedules, changed, None, now.version)
    except UserError:  # the edit decides: what it wrote will be looked at in its turn
        return


async def delivered(args: DeliveredArgs, call: Authorised, soc: Soc) -> Reply:
    """Note how a delivery ended; a schedule whose channel refuses again and again is stopped, and its owner told."""
    slot = datetime.fromtimestamp(args.slot, UTC)
    try:
        now = await held(soc.schedules, args.schedule)
    except NotFound:
        return _told("removed meanwhile")
    before = await history.read(soc.store, args.schedule)
    known = next((one for one in before if one.slot == slot), None)
    outcome: Outcome = "posted" if args.result == "sent" else "refused"
    notes = [known.note if known else "", f"The platform refused it: {args.reason}." if outcome == "refused" else ""]
    status = known.status if known else ""
    await _note(soc, now.schedule, slot, outcome, " ".join(filter(None, notes)), status, args.message)
    last = [one.outcome for one in before if one.slot < slot][-REFUSED_IN_A_ROW + 1 :]
    if outcome == "posted" or now.schedule.stopped or last != ["refused"] * (REFUSED_IN_A_ROW - 1):
        return _told(outcome)
    why = f"the platform refused it {REFUSED_IN_A_ROW} times in a row: {args.reason}"
    await stop(now, why, call, soc)
    return Reply(_told("stopped").document, (Post(address=now.schedule.aside, document=_aside(now.schedule, why)),))


async def _note(  # noqa: PLR0917 - an entry has as many fields
    soc: Soc, schedule: Schedule, slot: datetime, outcome: Outcome, note: str, status: str, message: str = ""
) -> None:
    entry = Entry(slot=slot, at=soc.clock.now(), outcome=outcome, note=note, status=status, message=message)
    await history.note(soc.store, schedule.id, entry)


def _told(outcome: str) -> Reply:
    """For the audit log: nobody reads it."""
    return Reply(Document(title="Digest", blocks=(Notice(level="info", text=spans(outcome)),), tlp="green"))


COMMANDS = (
    Command(
        name="digest fire",
        summary="Fire one slot of a digest",
        args=FireArgs,
        needs=Permission.SYSTEM,
        run=fire,
        example="digest fire d-00000000 1795507200",
        budget=120.0,
        hidden=True,
    ),
    Command(
        name="digest delivered",
        summary="Note how the delivery of a digest ended",
        args=DeliveredArgs,
        needs=Permission.SYSTEM,
        run=delivered,
        example="digest delivered d-00000000 1795507200 --result sent",
        hidden=True,
    ),
)
