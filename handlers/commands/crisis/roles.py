"""`crisis role`, `take`, `accept`, `decline`, `release`: who has which role; nothing changes hands unaccepted."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option, word
from handlers.core.soc import Soc
from handlers.crisis.base import Refused, Stamp
from handlers.crisis.here import here
from handlers.crisis.people import may_take_part, meant
from handlers.crisis.phases import must_run
from handlers.crisis.roles import (
    TITLES,
    Role,
    RoleAccepted,
    RoleDeclined,
    RoleOffered,
    RoleVacated,
    check_accept,
    check_offer,
    check_take,
)
from handlers.crisis.state import Crisis
from handlers.crisis.telling import button, recorded
from messages.document import Button, Document

_SHORT: dict[str, Role] = {"ic": "commander", "ops": "operations", "comms": "communications", "exec": "sponsor"}


def _role(said: object) -> object:
    name = str(said).casefold()
    titles = {title.casefold(): role for role, title in TITLES.items()}
    return _SHORT.get(name) or titles.get(name) or name


RoleName = Annotated[Role, BeforeValidator(_role)]
NAMES = tuple(TITLES)
CRISIS = "Which crisis; left out: this room's"


class OfferArgs(Args):
    role: RoleName = word("Which role", choices=NAMES)
    person: Annotated[str, Field(min_length=1, max_length=100)] = word("Who is to have it: a mention, or me")
    brief: Annotated[str, Field(max_length=1_000)] = option(
        "", "For a handover: what the other side must know", phrase=True
    )
    crisis: str = option("", CRISIS)


async def offer(args: OfferArgs, call: Authorised, soc: Soc) -> Document:
    """Offered; its holder keeps it until the other side accepts."""
    to = meant(args.person, call, soc.access)
    if not may_take_part(to, soc.access):
        raise Refused(f"{to.name} may not take part in a crisis, so could not accept.", "The access file grants it.")

    def decide(crisis: Crisis, stamp: Stamp) -> RoleOffered:
        must_run(crisis)
        check_offer(crisis, args.role, to, stamp.by, args.brief, runs=call.principal.may(Permission.CRISIS))
        return RoleOffered(stamp=stamp, role=args.role, to=to, brief=args.brief)

    return recorded(await soc.crises.change(await here(call, soc, args.crisis), call, decide))


class TakeArgs(Args):
    role: RoleName = word("Which role", choices=NAMES)
    crisis: str = option("", CRISIS)


def must_be_offered(role: Role, call: Authorised) -> None:
    """Refused: a role that decides what is not filed is not taken by whoever merely takes part."""
    if role == "legal" and not (call.principal.may(Permission.CRISIS) or call.principal.may(Permission.APPROVE)):
        raise Refused(
            f"{TITLES[role]} decides which clocks are dropped: it is offered, not taken.",
            f"Whoever runs the crisis types `crisis role {role} @{call.principal.name}`.",
        )


async def take(args: TakeArgs, call: Authorised, soc: Soc) -> Document:
    """A vacant role, accepted at once."""
    must_be_offered(args.role, call)

    def decide(crisis: Crisis, stamp: Stamp) -> RoleAccepted:
        must_run(crisis)
        check_take(crisis, args.role, stamp.by.person)
        return RoleAccepted(stamp=stamp, role=args.role)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    return recorded(made, buttons=_first(made.crisis, args.role))


def _first(crisis: Crisis, role: Role) -> tuple[Button, ...]:
    """The board, and what somebody new in a role types."""
    guide = button(crisis, f"What to type as {TITLES[role]}", f"crisis help {role}")
    return (button(crisis, "Board", "crisis status"), guide)


class AcceptArgs(Args):
    role: RoleName = word("Which role", choices=NAMES)
    readback: Annotated[str, Field(max_length=1_000)] = word(
        "For a handover: what you understood, in your own words", default="", phrase=True
    )
    crisis: str = option("", CRISIS)


async def accept(args: AcceptArgs, call: Authorised, soc: Soc) -> Document:
    """Only who it was offered to; a handover only with a read-back, which is kept."""

    def decide(crisis: Crisis, stamp: Stamp) -> RoleAccepted:
        must_run(crisis)
        before = check_accept(crisis, args.role, stamp.by.person, args.readback)
        return RoleAccepted(stamp=stamp, role=args.role, before=before, readback=args.readback)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    return recorded(made, buttons=_first(made.crisis, args.role))


class DeclineArgs(Args):
    role: RoleName = word("Which role", choices=NAMES)
    reason: Annotated[str, Field(max_length=500)] = word("Why", default="", phrase=True)
    crisis: str = option("", CRISIS)


async def decline(args: DeclineArgs, call: Authorised, soc: Soc) -> Document:
    """By who it was offered to; taken back by who offered it."""

    def decide(crisis: Crisis, stamp: Stamp) -> RoleDeclined:
        offered = crisis.roles.offered.get(args.role)
        if offered is None:
            raise Refused(f"{TITLES[args.role]} is not offered to anybody.")
        if stamp.by.person not in {offered.to.person, offered.by.person}:
            raise Refused(f"{TITLES[args.role]} is offered to {offered.to.name}: it is theirs to decline.")
        return RoleDeclined(stamp=stamp, role=args.role, reason=args.reason)

    return recorded(await soc.crises.change(await here(call, soc, args.crisis), call, decide))


class ReleaseArgs(Args):
    role: RoleName = word("Which role", choices=NAMES)
    reason: Annotated[str, Field(min_length=3, max_length=500)] = word("Why", phrase=True)
    crisis: str = option("", CRISIS)


async def release(args: ReleaseArgs, call: Authorised, soc: Soc) -> Document:
    """Vacant from now on: by its holder, or by whoever may run a crisis when the holder is gone."""

    def decide(crisis: Crisis, stamp: Stamp) -> RoleVacated:
        must_run(crisis)
        holder = crisis.roles.holder(args.role)
        if holder is None:
            raise Refused(f"Nobody is {TITLES[args.role]}.")
        if holder.person != stamp.by.person:
            call.principal.require(Permission.CRISIS)
        return RoleVacated(stamp=stamp, role=args.role, was=holder, reason=args.reason)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    again = button(made.crisis, f"Take {TITLES[args.role]}", f"crisis take {args.role}")
    return recorded(made, buttons=(again,))


COMMANDS = (
    Command(
        name="crisis role",
        summary="Offer a role, or hand it over with a brief",
        args=OfferArgs,
        needs=Permission.PART,
        run=offer,
        example="crisis role scribe @U0123456789",
        writes=True,
        notes=("Whoever holds the role keeps it until the other side accepts.",),
    ),
    Command(
        name="crisis take",
        summary="Take a role that nobody has",
        args=TakeArgs,
        needs=Permission.PART,
        run=take,
        example="crisis take commander",
        writes=True,
    ),
    Command(
        name="crisis accept",
        summary="Accept a role offered to you; a handover with what you understood",
        args=AcceptArgs,
        needs=Permission.PART,
        run=accept,
        example="crisis accept commander Servers are isolated, two are not, legal waits for a number",
        writes=True,
    ),
    Command(
        name="crisis decline",
        summary="Decline a role offered to you, or take your offer back",
        args=DeclineArgs,
        needs=Permission.PART,
        run=decline,
        example="crisis decline scribe on the phone with the provider",
        writes=True,
    ),
    Command(
        name="crisis release",
        summary="Give a role up; nobody has it then",
        args=ReleaseArgs,
        needs=Permission.PART,
        run=release,
        example="crisis release scribe end of shift",
        writes=True,
    ),
)
