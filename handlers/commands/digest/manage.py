"""`digest pause|resume|remove|now`."""

from __future__ import annotations

from handlers.commands.digest.schedule import SEEN_SECONDS, closed_place
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, Reply, word
from handlers.core.errors import Conflict, UserError
from handlers.core.parcel import Post
from handlers.core.soc import Soc
from handlers.digest import history
from handlers.digest.making import dressed, essence, forbidden, owner_of, readable, run_line, theirs
from handlers.digest.model import Held, write
from handlers.digest.when import check
from messages.document import Actions, Button, Document, Moment, Mono, Notice, Paragraph, spans

IDS = "d-00000001"


class DigestArgs(Args):
    digest: str = word("The digest's id, as `digest list` shows it")


def _told(title: str, now: Held, *said: object, again: str = "") -> Document:
    text = spans(*said)  # type: ignore[arg-type]
    buttons = [Button(label="All digests here", line="digest list")]
    buttons += [Button(label=again.capitalize(), line=f"digest {again} {now.schedule.id}")] if again else []
    return Document(title=title, blocks=(Notice(level="info", text=text), Actions(buttons=tuple(buttons))))


def _shown_key(digest: str, call: Authorised) -> str:
    """Where the digest that this person's preview showed is kept."""
    return f"shown:{call.principal.person}:digest:{digest}"


async def _shown(now: Held, call: Authorised, soc: Soc) -> None:
    await soc.store.put(_shown_key(now.schedule.id, call), essence(now.schedule), SEEN_SECONDS)


async def _as_shown(digest: str, call: Authorised, soc: Soc) -> Held:
    """The digest as it is now. Conflict when it runs another line, as somebody else or for another place by now."""
    now = await theirs(digest, call, soc)
    shown = await soc.store.get(_shown_key(digest, call))
    if shown is not None and shown != essence(now.schedule):
        raise Conflict(f"Digest {digest} was changed meanwhile.", "Look at it again.", (f"digest show {digest}",))
    return now


async def pause(args: DigestArgs, call: Authorised, soc: Soc) -> Document:
    """Stop it until somebody resumes it. Conflict when it was edited at the same moment."""
    now = await theirs(args.digest, call, soc)
    if now.schedule.stopped and now.schedule.made_by != call.id:
        return _told("Paused already", now, f"It does not fire: {now.schedule.stopped}.", again="resume")
    why = f"paused by {call.principal.name or call.principal.person}"
    await write(soc.schedules, now.schedule.model_copy(update={"stopped": why, "made_by": call.id}), None, now.version)
    return _told("Paused", now, f"Digest {args.digest} does not fire until somebody resumes it.", again="resume")


async def resume(args: DigestArgs, call: Authorised, soc: Soc) -> Document:
    """Let it fire again, from its next slot; slots of the pause are not made up for."""
    now = await theirs(args.digest, call, soc)
    if not now.schedule.stopped and now.schedule.made_by != call.id:
        return _told("It is running", now, f"Digest {args.digest} was not paused.")
    changed = now.schedule.model_copy(update={"stopped": "", "made_by": call.id})
    coming = check(changed, soc.clock.now())
    await write(soc.schedules, changed, coming[0], now.version)
    return _told("Resumed", now, f"Digest {args.digest} comes next ", Moment(at=coming[0]), ".", again="pause")


async def removing(args: DigestArgs, call: Authorised, soc: Soc) -> Document:
    """What would be removed."""
    now = await theirs(args.digest, call, soc)
    said = spans(f"Digest {args.digest} ({now.schedule.when}, {now.schedule.zone}) runs ", Mono(text=now.schedule.line))
    await _shown(now, call, soc)
    gone = Notice(level="info", text=spans("Its history stays readable for 90 days under the same id."))
    return Document(title=f"Remove digest {args.digest}?", blocks=(Paragraph(text=said), gone))


async def remove(args: DigestArgs, call: Authorised, soc: Soc) -> Document:
    """Remove it. Conflict when it was edited at the same moment; NotFound when it is gone."""
    entry = await soc.schedules.get(args.digest)
    if entry is None and call.attempt > 1:
        return Document(title="Removed", blocks=(Notice(level="info", text=spans("An earlier attempt removed it.")),))
    now = await _as_shown(args.digest, call, soc)
    if now.schedule.place.visibility == "direct":
        await soc.store.put(history.owner_key(args.digest), owner_of(now.schedule, soc).person, history.SECONDS)
    if not await soc.schedules.remove(args.digest, now.version):
        raise Conflict(f"Digest {args.digest} was changed meanwhile.", "Look at it again.", ("digest list",))
    return _told("Removed", now, f"Digest {args.digest} is gone.")


async def now_preview(args: DigestArgs, call: Authorised, soc: Soc) -> Document:
    """What would be posted where. UserError when it could not be."""
    now = await theirs(args.digest, call, soc)
    readable(now.schedule.line, soc.registry, call.principal)
    if closed := closed_place(now.schedule.place, soc):
        raise UserError(closed)
    at = now.schedule.place
    where = "the direct conversation it was made in" if at.visibility == "direct" else f"channel {at.channel}"
    said = spans("This is run with your rights and posted in ", f"{where}: ", Mono(text=now.schedule.line))
    await _shown(now, call, soc)
    note = Notice(level="info", text=spans("Its schedule goes on as before."))
    return Document(title=f"Post digest {args.digest} now?", blocks=(Paragraph(text=said), note))


async def post_now(args: DigestArgs, call: Authorised, soc: Soc) -> Reply:
    """Run the line as whoever pressed, and post the whole answer. Raises UserError, BackendError."""
    now = await _as_shown(args.digest, call, soc)
    document = await run_line(now.schedule, call, soc, call.principal)
    if why := await forbidden(document, now.schedule, soc):
        raise UserError(f"This cannot be posted: {why}.")
    name = call.principal.name or call.principal.person
    posted = dressed(document, now.schedule, soc, slot=soc.clock.now(), over=0, by=name)
    told = _told("On its way", now, f"Digest {args.digest} is being posted.")
    return Reply(told, (Post(address=now.schedule.place, document=posted),))


COMMANDS = (
    Command(
        name="digest pause",
        summary="Stop a digest until it is resumed",
        args=DigestArgs,
        needs=Permission.SCHEDULE,
        run=pause,
        writes=True,
        example=f"digest pause {IDS}",
    ),
    Command(
        name="digest resume",
        summary="Let a paused digest fire again",
        args=DigestArgs,
        needs=Permission.SCHEDULE,
        run=resume,
        writes=True,
        example="digest resume d-00000002",
    ),
    Command(
        name="digest remove",
        summary="Remove a digest, after a preview",
        args=DigestArgs,
        needs=Permission.SCHEDULE,
        run=removing,
        apply=remove,
        example=f"digest remove {IDS}",
    ),
    Command(
        name="digest now",
        summary="Post a digest at once, after a preview",
        args=DigestArgs,
        needs=Permission.SCHEDULE,
        run=now_preview,
        apply=post_now,
        example=f"digest now {IDS}",
        budget=60.0,
    ),
)
