"""`crisis sitrep`: the situation in words to copy, from the record alone; `--post` puts it into the rooms."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag, option
from handlers.core.soc import Soc
from handlers.crisis.base import Stamp
from handlers.crisis.here import here
from handlers.crisis.sitrep import Reported, sitrep
from handlers.crisis.state import Crisis
from handlers.crisis.telling import button
from handlers.crisis.times import past
from messages.document import Actions, Document


class SitrepArgs(Args):
    since: Annotated[str, Field(max_length=40)] = option("", "Since when; left out: the last one", example="06:40")
    post: bool = flag("Into the team's rooms, and on record")
    crisis: str = option("", "Which crisis; left out: this room's")


def _since(args: SitrepArgs, crisis: Crisis, now: datetime, zone: ZoneInfo) -> datetime:
    """Since the last one that was posted, or the declaration."""
    if args.since:
        return past(args.since, now, zone, "--since")
    return crisis.sitreps[-1] if crisis.sitreps else crisis.declared


async def run(args: SitrepArgs, call: Authorised, soc: Soc) -> Document:
    """Only a posted one is recorded, and only from that does the next one count on."""
    crisis_id = await here(call, soc, args.crisis)
    if args.post:

        def decide(crisis: Crisis, stamp: Stamp) -> Reported:
            return Reported(stamp=stamp, since=_since(args, crisis, stamp.at, soc.zone))

        made = await soc.crises.change(crisis_id, call, decide)
        event = made.event
        since = event.since if isinstance(event, Reported) else made.crisis.declared
        return sitrep(made.crisis, since, event.stamp.at)
    crisis, now = await soc.crises.get(crisis_id), soc.clock.now()
    shown = sitrep(crisis, _since(args, crisis, now, soc.zone), now)
    since_said = f" --since {_since(args, crisis, now, soc.zone):%Y-%m-%dT%H:%M:%SZ}" if args.since else ""
    post = Actions(buttons=(button(crisis, "Post to the rooms", f"crisis sitrep --post{since_said}"),))
    return shown.model_copy(update={"blocks": (*shown.blocks, post)})


COMMANDS = (
    Command(
        name="crisis sitrep",
        summary="The situation in words to copy: known, assumed, unknown, done, next",
        args=SitrepArgs,
        needs=Permission.PART,
        run=run,
        example="crisis sitrep",
        writes=True,
    ),
)
