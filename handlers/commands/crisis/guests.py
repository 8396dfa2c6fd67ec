"""`crisis admit`, and what the platform tells of people from outside in a crisis's rooms."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option, word
from handlers.core.soc import Soc
from handlers.crisis.base import Event, Refused, Stamp, Who
from handlers.crisis.guests import Guest, GuestAdmitted, GuestLeft, GuestSeen, check_admission
from handlers.crisis.here import here
from handlers.crisis.people import meant
from handlers.crisis.phases import must_run
from handlers.crisis.state import Crisis
from handlers.crisis.telling import recorded
from messages.document import Document

DONE = Document(title="Noted")


class GuestArgs(Args):
    crisis: str = word("The crisis")
    platform: str = option("", "Where the room is")
    tenant: str = option("", "Its workspace")
    channel: str = option("", "The room's id")
    user: str = option("", "Their account")
    name: Annotated[str, Field(max_length=80)] = option("", "What they are called there")
    why: Annotated[str, Field(max_length=200)] = option("", "Why they count as outside")
    result: Literal["joined", "left"] = option("joined", "What they did", ("joined", "left"))


async def guest(args: GuestArgs, call: Authorised, soc: Soc) -> Document:
    """Somebody from outside is in a room, or no longer; a person of the access file keeps the name they have there."""
    place = (args.platform, args.tenant, args.channel, args.user)
    listed = soc.access.principal(args.platform, args.tenant, args.user)
    known = soc.access.named(listed.person) is not None
    name = listed.name if known else args.name or f"@{args.user}"

    def decide(crisis: Crisis, stamp: Stamp) -> Event:
        must_run(crisis)
        before = next((one for one in crisis.guests if one.place == place), None)
        if args.result == "left":
            if before is None:
                raise Refused("They were not known to be here.")
            return GuestLeft(stamp=stamp, guest=before)
        if before is not None:
            raise Refused("They are known to be here.")
        if all((room.platform, room.tenant, room.channel) != place[:3] for room in crisis.rooms):
            raise Refused("It is no room of this crisis.")
        who = Who(person=listed.person, name=name, platform=args.platform, tenant=args.tenant, user=args.user)
        why = args.why or "from outside"
        return GuestSeen(stamp=stamp, guest=Guest(who=who, channel=args.channel, why=why, since=stamp.at))

    await soc.crises.change(args.crisis, call, decide)
    return DONE


class AdmitArgs(Args):
    person: Annotated[str, Field(min_length=1, max_length=100)] = word("Who: a mention")
    reason: Annotated[str, Field(max_length=300)] = word("Why", default="", phrase=True)
    crisis: str = option("", "Which crisis; left out: this room's")


async def admit(args: AdmitArgs, call: Authorised, soc: Soc) -> Document:
    """The commander's word that somebody from outside may read what is posted in the room from now on."""
    account = meant(args.person, call, soc.access)

    def decide(crisis: Crisis, stamp: Stamp) -> GuestAdmitted:
        must_run(crisis)
        found = check_admission(crisis, account, stamp.by, runs=call.principal.may(Permission.CRISIS))
        return GuestAdmitted(stamp=stamp, guests=found, reason=args.reason)

    return recorded(await soc.crises.change(await here(call, soc, args.crisis), call, decide))


COMMANDS = (
    Command(
        name="crisis admit",
        summary="Let somebody from outside read along in the crisis's room",
        args=AdmitArgs,
        needs=Permission.PART,
        run=admit,
        example="crisis admit @U0123456789 the provider's engineer, under NDA",
        writes=True,
    ),
    Command(
        name="crisis guest",
        summary="Somebody from outside is in a room",
        args=GuestArgs,
        needs=Permission.SYSTEM,
        run=guest,
        example="crisis guest 1 --platform slack --tenant T1 --channel C1 --user U9",
        hidden=True,
        writes=True,
    ),
)
