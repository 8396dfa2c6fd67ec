"""`digest board`: one message in the channel that keeps itself fresh until the shift ends."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from connectors.errors import BackendError
from handlers.commands.digest.schedule import closed_place, place
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, Reply, option
from handlers.core.errors import UserError
from handlers.core.parcel import Post
from handlers.core.problems import calm
from handlers.core.soc import Soc
from handlers.digest import delta, history
from handlers.digest.history import Entry
from handlers.digest.making import forbidden, owner_of, readable, reason, run_line
from handlers.digest.model import Held, Schedule, fresh_id, write
from handlers.digest.shift import shift_end
from handlers.digest.slots import next_slot
from messages.document import Actions, Block, Button, Context, Document, Moment, Notice, spans

LINE = "monitor operations --realtime"


class BoardArgs(Args):
    every: Annotated[int, Field(ge=1, le=60)] = option(5, "minutes between two refreshes")
    run: str = option(LINE, "the line to keep fresh: a read you may run yourself", example=LINE)


async def _read(args: BoardArgs, call: Authorised, soc: Soc) -> tuple[Schedule, str]:
    now = call.at.replace(microsecond=0)  # not the clock: a second attempt makes the same board
    at = place(call.address)
    if (closed := closed_place(at, soc)) and at.platform != "cli":
        raise UserError(closed, "Whoever keeps the bot's access file can list the channel.")
    until, said = await shift_end(soc, now)
    minutes = f"every {args.every} min" if args.every > 1 else "every minute"
    made = Schedule(
        id=fresh_id(f"{at.platform}:{at.tenant}:{at.channel or at.user}:{at.thread}", "b"),
        kind="board",
        line=readable(args.run, soc.registry, call.principal).line,
        when=minutes,
        every=args.every * 60,
        until=until,
        zone=soc.zone.key,
        owner=call.who,
        place=at,
        missed="latest-within-grace",
        grace=args.every * 60,
        made_by=call.id,
        made_at=now,
    )
    return made, f"{closed} {said}".strip()


async def preview(args: BoardArgs, call: Authorised, soc: Soc) -> Document:
    """Where the board would stand, how often it changes and when it ends."""
    made, said = await _read(args, call, soc)
    text = spans(f"One message here shows “{made.line}”, is refreshed {made.when} and ends ",
                 Moment(at=made.until or made.made_at), ". A reply tells when its colour changes.")  # fmt: skip
    blocks: list[Block] = [Notice(level="info", text=text), Context(text=spans(said))]
    if await soc.schedules.get(made.id) is not None:
        old = "The board that you have here ends: a new message takes its place."
        blocks.append(Notice(level="warning", text=spans(old)))
    return Document(title="Keep a live board here?", blocks=tuple(blocks))


async def start(args: BoardArgs, call: Authorised, soc: Soc) -> Reply:
    """Schedule the refreshes and post the board. Raises UserError, BackendError, StateError."""
    made, _ = await _read(args, call, soc)
    if closed := closed_place(made.place, soc):
        raise UserError(closed)
    document = await run_line(made, call, soc, call.principal)
    if why := await forbidden(document, made, soc):
        raise UserError(f"This cannot stand here: {why}.")
    entry = await soc.schedules.get(made.id)
    await write(soc.schedules, made, next_slot(made, made.made_at), entry.version if entry else 0)
    await delta.remember(soc.store, _key(made), delta.seen(document, made.made_at))
    told = Document(
        title="The board is live",
        blocks=(
            Notice(
                level="info", text=spans(f"It is refreshed {made.when} until ", Moment(at=made.until or call.at), ".")
            ),
            Actions(buttons=(Button(label="End it", line=f"digest remove {made.id}"),)),
        ),
    )
    return Reply(told, (_post(made, document, made.made_at),))


def _key(made: Schedule) -> str:
    """One board message: a board that is started again is another one."""
    return f"{made.id}:{int(made.made_at.timestamp())}"


def _post(made: Schedule, document: Document, slot: datetime, last: bool = False) -> Post:
    foot: list[object] = ["Live board, refreshed ", Moment(at=slot), f" ({made.when}) · runs with the rights of "]
    foot += [made.owner.name or made.owner.user, f" · TLP:{document.tlp.upper()} · "]
    foot += ["ended: nothing here changes any more"] if last else ["ends ", Moment(at=made.until or slot)]
    kept = tuple(block for block in document.blocks if not isinstance(block, Actions))
    shown = document.model_copy(update={"blocks": (*kept, Context(text=spans(*foot)))})  # type: ignore[arg-type]
    report = f"digest delivered {made.id} {int(slot.timestamp())}"
    return Post(address=made.place, document=shown, board=_key(made), report=report)


async def refresh(now: Held, slot: datetime, call: Authorised, soc: Soc) -> Reply:
    """The board anew; a reply below it only when its colour changed. What fails is said on the board itself."""
    made = now.schedule
    try:
        document = await run_line(made, call, soc, owner_of(made, soc))
    except UserError as error:
        return await _ended(now, f"This board has ended: {reason(error)}", slot, call, soc)
    except BackendError as error:
        # The next refresh is minutes away: what is stale says so at once, and is not tried again before.
        said = Notice(level="error", text=spans(f"Not refreshed: {calm(error)}"))
        document = Document(title=f"{made.line}: no answer", blocks=(said,), call=call.id)
        return await _refreshed(made, document, slot, soc, "failed")
    if why := await forbidden(document, made, soc):
        return await _ended(now, f"This board has ended: {why}.", slot, call, soc)
    return await _refreshed(made, document, slot, soc, "made")


async def _refreshed(made: Schedule, document: Document, slot: datetime, soc: Soc, outcome: str) -> Reply:
    seen = delta.seen(document, slot)
    posts = [_post(made, document, slot, last=next_slot(made, slot) is None)]
    if outcome == "made":
        before = await delta.remember(soc.store, _key(made), seen)
        if before is not None and before.status != seen.status and (thread := await _thread(made, soc)):
            posts.append(_change(made, document, before.status, thread))
    return Reply(Document(title="Board", blocks=(Notice(level="info", text=spans(outcome)),)), tuple(posts))


def _change(made: Schedule, document: Document, before: str, thread: str) -> Post:
    now = document.verdict.status if document.verdict is not None else "no verdict"
    said = Notice(level="info", text=spans(f"{before or 'no verdict'} → {now}"))
    told = document.model_copy(update={"title": "The board's colour changed", "blocks": (said,)})
    return Post(address=made.place.model_copy(update={"thread": thread}), document=told)


async def _thread(made: Schedule, soc: Soc) -> str:
    """The board's own message, as the platform called it when it was posted; "" when that is not known."""
    if made.place.thread:  # a platform whose conversation is one thread
        return made.place.thread
    found = [one.message for one in await history.read(soc.store, made.id) if one.slot >= made.made_at and one.message]
    return found[-1] if found else ""


async def _ended(now: Held, why: str, slot: datetime, call: Authorised, soc: Soc) -> Reply:
    changed = now.schedule.model_copy(update={"stopped": why, "made_by": call.id})
    try:
        await write(soc.schedules, changed, None, now.version)
    except UserError:  # it was started again meanwhile: that one goes on
        return Reply(Document(title="Board"))
    await history.note(soc.store, now.schedule.id, Entry(slot=slot, at=soc.clock.now(), outcome="stopped", note=why))
    document = Document(title="Live board", blocks=(Notice(level="warning", text=spans(why)),), tlp="green")
    return Reply(Document(title="Board"), (_post(now.schedule, document, slot, last=True),))


COMMAND = Command(
    name="digest board",
    summary="Keep one message here fresh until the shift ends, after a preview",
    args=BoardArgs,
    needs=Permission.SCHEDULE,
    run=preview,
    apply=start,
    example="digest board",
    budget=60.0,
    notes=("A reply below the board tells when its colour changes; nothing else is posted.",),
)
