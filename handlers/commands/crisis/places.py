"""Rooms and people that are no more: a channel deleted, an account deactivated; and `crisis room new`."""

from __future__ import annotations

from typing import Literal

from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option, word
from handlers.core.errors import UserError
from handlers.core.soc import Soc
from handlers.crisis.base import Refused, Stamp
from handlers.crisis.here import here
from handlers.crisis.phases import must_run
from handlers.crisis.roles import RoleVacated
from handlers.crisis.room_posts import TEAM, WITH_ROOMS
from handlers.crisis.rooms import RoomAsked, RoomFailed
from handlers.crisis.state import Crisis
from messages.document import Document, Notice, spans

DONE = Document(title="Noted")


class NewArgs(Args):
    crisis: str = option("", "Which crisis; left out: this room's")
    audience: Literal["team", "executive"] = option(TEAM, "Who reads it", (TEAM, "executive"))


async def new(args: NewArgs, call: Authorised, soc: Soc) -> Document:
    """A room on the platform where this was typed: the team's, with everybody who holds a role there, or one for
    executives, who see how it stands and nothing of the work.
    """
    at = call.who
    if at.platform not in WITH_ROOMS:
        raise UserError("There are no rooms here.", "Type it in Slack or Teams.")

    def decide(crisis: Crisis, stamp: Stamp) -> RoomAsked:
        must_run(crisis)
        for room in crisis.rooms:
            if (room.platform, room.tenant, room.audience) == (at.platform, at.tenant, args.audience):
                raise Refused(f"{crisis.name} has its room here already: {room.channel}.")
        held = [one.who for one in crisis.roles.held.values()] if args.audience == TEAM else []
        invite = [who.user for who in held if (who.platform, who.tenant) == (at.platform, at.tenant) and who.user]
        return RoomAsked(stamp=stamp, invite=tuple(dict.fromkeys(invite)), audience=args.audience)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    said = spans("The room is being made; its first message is the sign that it stands.")
    return Document(title=made.crisis.name, blocks=(Notice(level="info", text=said),), tlp=made.crisis.tlp)


class GoneArgs(Args):
    crisis: str = word("The crisis")
    platform: str = option("", "Where the room was")
    tenant: str = option("", "Its workspace")
    channel: str = option("", "The room's id")
    reason: str = option("", "What became of it")


async def gone(args: GoneArgs, call: Authorised, soc: Soc) -> Document:
    """A room is deleted, archived, or closed to the bot."""

    def decide(crisis: Crisis, stamp: Stamp) -> RoomFailed:
        place = (args.platform, args.tenant, args.channel)
        if all((room.platform, room.tenant, room.channel) != place for room in crisis.rooms):
            raise Refused("It is no room of this crisis any more.")
        reason = args.reason or "the room is gone"
        return RoomFailed(stamp=stamp, platform=args.platform, reason=reason, channel=args.channel)

    await soc.crises.change(args.crisis, call, decide)
    return DONE


class LeftArgs(Args):
    crisis: str = word("The crisis")
    platform: str = option("", "Where they were")
    tenant: str = option("", "Its workspace")
    user: str = option("", "Their account")


async def left(args: LeftArgs, call: Authorised, soc: Soc) -> Document:
    """Whoever held roles under an account that is no more holds them no longer."""

    def decide(crisis: Crisis, stamp: Stamp) -> RoleVacated:
        account = (args.platform, args.tenant, args.user)
        roles = [
            role
            for role, held in crisis.roles.held.items()
            if (held.who.platform, held.who.tenant, held.who.user) == account
        ]
        if not roles:
            raise Refused("They hold no role in this crisis.")
        was = crisis.roles.held[roles[0]].who
        return RoleVacated(stamp=stamp, role=roles[0], others=tuple(roles[1:]), was=was, reason="left the workspace")

    await soc.crises.change(args.crisis, call, decide)
    return DONE


COMMANDS = (
    Command(
        name="crisis room new",
        summary="Make the crisis a room here",
        args=NewArgs,
        needs=Permission.CRISIS,
        run=new,
        example="crisis room new",
        writes=True,
    ),
    Command(
        name="crisis gone",
        summary="A room is no more",
        args=GoneArgs,
        needs=Permission.SYSTEM,
        run=gone,
        example="crisis gone 1 --platform slack --tenant T1 --channel C1",
        hidden=True,
        writes=True,
    ),
    Command(
        name="crisis left",
        summary="Somebody left the workspace",
        args=LeftArgs,
        needs=Permission.SYSTEM,
        run=left,
        example="crisis left 1 --platform slack --tenant T1 --user U1",
        hidden=True,
        writes=True,
    ),
)
