"""`digest list|show|history`."""

from __future__ import annotations

from handlers.commands.digest.manage import IDS, DigestArgs
from handlers.commands.digest.schedule import facts
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command
from handlers.core.errors import NotFound
from handlers.core.soc import Soc
from handlers.digest import history
from handlers.digest.making import owner_of, theirs
from handlers.digest.model import Held, everything, missing
from messages.document import Actions, Block, Button, Document, Fact, Facts, Moment, Mono, Notice, Paragraph, spans
from messages.prose import duration

MOST = 40


class ListArgs(Args):
    pass


def here(one: Held, call: Authorised, soc: Soc) -> bool:
    """A channel sees its own; in a direct conversation everybody sees theirs, on the command line all. A board that
    has ended is seen nowhere.
    """
    at, place = call.address, one.schedule.place
    if one.schedule.kind == "board" and one.next_at is None:
        return False
    if at.platform == "cli":
        return True
    if at.channel and at.visibility != "direct":
        return (place.platform, place.tenant, place.channel) == (at.platform, at.tenant, at.channel)
    return owner_of(one.schedule, soc).person == call.principal.person


async def listed(args: ListArgs, call: Authorised, soc: Soc) -> Document:
    """Digests and boards of this place, by when they come next."""
    found = [one for one in await everything(soc.schedules) if here(one, call, soc)]
    found.sort(key=lambda one: (one.next_at is None, one.next_at, one.schedule.id))
    if not found:
        hint = Actions(buttons=(Button(label="How to schedule one", line="help digest schedule"),))
        return Document(title="Digests", blocks=(Notice(level="info", text=spans("No digest is scheduled.")), hint))
    rows = [
        cells.row(
            one.schedule.id,
            f"{one.schedule.when}, {one.schedule.zone}",
            Mono(text=cells.shorten(one.schedule.line, 80)),
            Moment(at=one.next_at) if one.next_at else (one.schedule.stopped or "over"),
            one.schedule.owner.name or one.schedule.owner.user,
        )
        for one in found[:MOST]
    ]
    labels = ("Digest", "When", "Runs", "Next", "Rights of")
    count = Notice(level="info", text=spans(cells.counted(len(found), "digest is", "digests are") + " scheduled."))
    return Document(title="Digests", blocks=(count, cells.table("By when they come next", labels, rows, len(found))))


async def show(args: DigestArgs, call: Authorised, soc: Soc) -> Document:
    """One digest in full. NotFound when there is none."""
    now = await theirs(args.digest, call, soc)
    made, blocks = now.schedule, list[Block]()
    if made.stopped:
        blocks.append(Notice(level="warning", text=spans(f"It does not fire: {made.stopped}.")))
    elif now.next_at is None:
        blocks.append(Notice(level="info", text=spans("It is over: no firing is left.")))
    else:
        blocks.append(Notice(level="info", text=spans("Next: ", Moment(at=now.next_at), ".")))
    more = (
        Fact(label="Version", text=spans(str(now.version))),
        Fact(label="Made", text=spans(Moment(at=made.made_at))),
    )
    verbs = ("resume" if made.stopped else "pause", "now", "history", "remove")
    buttons = tuple(Button(label=verb.capitalize(), line=f"digest {verb} {made.id}") for verb in verbs)
    blocks += [Facts(facts=(*facts(made), *more)), Actions(buttons=buttons)]
    return Document(title=f"Digest {made.id}", blocks=tuple(blocks))


async def past(args: DigestArgs, call: Authorised, soc: Soc) -> Document:
    """What became of its firings, the newest first. NotFound when neither the digest nor a history is there."""
    there = await soc.schedules.get(args.digest)
    if there is not None:
        await theirs(args.digest, call, soc)
    elif call.who.platform != "cli":
        owner = await soc.store.get(history.owner_key(args.digest))
        if owner not in {None, call.principal.person}:
            raise missing(args.digest)
    found = (await history.read(soc.store, args.digest))[::-1]
    if not found:
        if there is None:
            raise NotFound(f"There is no digest “{args.digest[:40]}”, and no history of one.", "", ("digest list",))
        said = Notice(level="info", text=spans("It has not fired yet."))
        return Document(title=f"History of digest {args.digest}", blocks=(said,))
    rows = [
        cells.row(
            Moment(at=one.slot), one.outcome, duration(max(one.late.total_seconds(), 0)), cells.shorten(one.note, 160)
        )
        for one in found[:MOST]
    ]
    table = cells.table("Newest first", ("Due", "Outcome", ">Settled after", "Note"), rows, len(found))
    kept = Notice(level="info", text=spans("Kept for 90 days, about 1,000 entries at most."))
    lost = [one for one in found if one.outcome in {"failed", "refused", "withheld"}]
    text = f"{cells.counted(len(found), 'firing')}, {len(lost):,} of them without a digest."
    return Document(title=f"History of digest {args.digest}", blocks=(kept, Paragraph(text=spans(text)), table))


COMMANDS = (
    Command(
        name="digest list",
        summary="The digests of this channel and when they come next",
        args=ListArgs,
        needs=Permission.OPERATIONS,
        run=listed,
        example="digest list",
    ),
    Command(
        name="digest show",
        summary="One digest: when, what, with whose rights",
        args=DigestArgs,
        needs=Permission.OPERATIONS,
        run=show,
        example=f"digest show {IDS}",
    ),
    Command(
        name="digest history",
        summary="What became of a digest's firings",
        args=DigestArgs,
        needs=Permission.OPERATIONS,
        run=past,
        example=f"digest history {IDS}",
    ),
)
