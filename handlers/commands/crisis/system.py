"""What the house tells a crisis: a room was made or refused, a time has come. Typed by nobody."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import Literal

from handlers.commands.crisis.clocks import proposal, rulebook
from handlers.core.access import Permission, Tlp, fits
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option, word
from handlers.core.soc import Soc
from handlers.crisis.base import Event, Refused, Stamp
from handlers.crisis.deadline_reminders import PROPOSE
from handlers.crisis.drilling import is_inject, next_inject, when
from handlers.crisis.nudge import called
from handlers.crisis.reminders import all_of, worth_saying
from handlers.crisis.rooms import RoomFailed, RoomOpened, RoomRef
from handlers.crisis.state import Crisis, Reminded
from messages.document import Document

DONE = Document(title="Noted")


def lower(tlp: Tlp, listed: Tlp | None) -> Tlp:
    """What may be said in a room: what is of the crisis's TLP, unless the access file says less of its channel."""
    return tlp if listed is None or fits(tlp, listed) else listed


class RoomArgs(Args):
    crisis: str = word("The crisis")
    platform: str = option("", "Where the room is")
    tenant: str = option("", "Its workspace")
    audience: str = option("team", "Who reads it")
    result: Literal["sent", "refused"] = option("refused", "How it ended", ("sent", "refused"))
    channel: str = option("", "The room's id")
    thread: str = option("", "Its thread, where a room is one")
    message: str = option("", "Its first message")
    reason: str = option("", "Why not")


async def room(args: RoomArgs, call: Authorised, soc: Soc) -> Document:
    """The room that was asked for stands, or does not."""

    def decide(crisis: Crisis, stamp: Stamp) -> Event:
        if args.result == "refused" or not args.channel:
            return RoomFailed(stamp=stamp, platform=args.platform, reason=args.reason or "the platform did not say why")
        made = RoomRef(
            platform=args.platform,
            tenant=args.tenant,
            channel=args.channel,
            thread=args.thread,
            audience=args.audience,
            tlp=lower(crisis.tlp, soc.access.ceiling(args.platform, args.tenant, args.channel)),
        )
        return RoomOpened(stamp=stamp, room=made)

    key = RoomRef(platform=args.platform, tenant=args.tenant, channel=args.channel, thread=args.thread).key
    await soc.crises.change(args.crisis, call, decide, rooms=(key,) if args.result == "sent" else ())
    return DONE


class TickArgs(Args):
    crisis: str = word("The crisis")


async def tick(args: TickArgs, call: Authorised, soc: Soc) -> Document:
    """Call out what is due; nothing is due: nothing is recorded. Clocks that nobody proposed yet are proposed."""
    injected = await _inject(args.crisis, call, soc)
    book = None if (await soc.crises.get(args.crisis)).duties.proposed else await rulebook(soc)

    def decide(crisis: Crisis, stamp: Stamp) -> Event:
        now = [one for one in all_of(crisis) if one.at <= stamp.at and not is_inject(one)]
        if book is not None and any(one.key == PROPOSE for one in now):
            return proposal(crisis, stamp, book)
        if not now:
            raise Refused("Nothing is due.")
        told = worth_saying(now)
        return Reminded(
            stamp=stamp,
            keys=tuple(one.key for one in now),
            text=tuple(one.text for one in told),
            calls=tuple(called(one) for one in told),
        )

    try:
        await soc.crises.change(args.crisis, call, decide)
    except Refused:
        if not injected:
            raise
    return DONE


async def _inject(crisis_id: str, call: Authorised, soc: Soc) -> int:
    """Give every inject of a drill that is due, in order; how many. Each is a commit under a name of its own, which
    the crisis takes once: whoever else gives it at the same time, or again after a restart, changes nothing.
    """
    given = 0
    while True:
        crisis = await soc.crises.get(crisis_id)
        number = crisis.injects
        if not crisis.open or number >= len(crisis.scenario) or when(crisis, number) > soc.clock.now():
            return given
        own = call.model_copy(update={"id": f"crisis:{crisis_id}:inject:{number}"})
        with contextlib.suppress(Refused):  # another replica was faster: look again
            await soc.crises.change(crisis_id, own, partial(next_inject, number))
            given += 1


COMMANDS = (
    Command(
        name="crisis room",
        summary="A room was made or refused",
        args=RoomArgs,
        needs=Permission.SYSTEM,
        run=room,
        example="crisis room 1 --platform slack --result sent --channel C1",
        hidden=True,
        writes=True,
    ),
    Command(
        name="crisis tick",
        summary="A time has come",
        args=TickArgs,
        needs=Permission.SYSTEM,
        run=tick,
        example="crisis tick 1",
        hidden=True,
        writes=True,
    ),
)
