"""Channels of a crisis in Slack: made once, found again, people invited, boards pinned, outsiders looked for.

Methods and their errors: docs.slack.dev/reference/methods/conversations.create, .invite, .info, .members, pins.add,
users.info.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog

from bot.platform import Parcel, Undeliverable
from bot.slack.outgoing import METADATA
from bot.slack.web import Refusal, Web
from handlers.core.parcel import Room

log = structlog.get_logger()
MEMBERS = 300
"""People of a channel who are looked at one by one before something for insiders alone is sent there."""
PAGE = 200
_INVITED = frozenset({"already_in_channel", "cant_invite_self"})
_WHY = {
    "user_not_found": "no such person here",
    "user_disabled": "deactivated",
    "cant_invite": "cannot be invited",
    "ura_max_channels": "a guest who is in too many channels",
    "user_team_not_in_channel": "of another organisation",
    "restricted_action": "this workspace does not let me make private channels",
    "missing_scope": "whoever runs me must grant the scopes that `soc-bot manifest slack` lists, and reinstall me",
    "name_taken": "a channel of that name is there already, and it is not one I made for this",
}


def why(error: Refusal) -> str:
    """Why Slack refused, for people."""
    return _WHY.get(error.code, error.code)


class Rooms:
    """Every method raises Later, Unsure or Refusal unless it says otherwise."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def made(self, room: Room, parcel_id: str) -> tuple[str, list[str]]:
        """(channel id, what did not work). The same room asked for again is the same channel.

        Undeliverable when there is no channel in the end.
        """
        try:
            channel = await self._created(room.name, parcel_id)
        except Refusal as error:
            raise Undeliverable(f"Slack did not make the channel {room.name}: {why(error)}") from None
        problems = []
        for method, key, text in (
            ("conversations.setTopic", "topic", room.title),
            ("conversations.setPurpose", "purpose", room.purpose),
        ):
            try:
                await self._web.ask(method, {"channel": channel, key: text})
            except Refusal as error:
                problems.append(f"{key} not set: {why(error)}")
        return channel, problems + await self.invited(channel, room.invite)

    async def invited(self, channel: str, users: tuple[str, ...]) -> list[str]:
        """Who was not let in, and why. People from outside are never invited by the bot; somebody whom Slack does not
        describe is, and that is said.
        """
        problems = []
        for user in users:
            try:
                outside = await self.outside(user)
            except Refusal as error:
                log.warning("invited unchecked", user=user, code=error.code)
                problems.append(f"whether @{user} is from outside could not be checked: {why(error)}")
                outside = ""
            if outside:
                problems.append(f"@{user} not invited: {outside}. Add them by hand if they must read along")
                continue
            try:
                await self._web.ask("conversations.invite", {"channel": channel, "users": user})
            except Refusal as error:
                if error.code not in _INVITED:
                    log.warning("not invited", user=user, code=error.code)
                    problems.append(f"@{user} not invited: {why(error)}")
        return problems

    async def _created(self, name: str, parcel_id: str) -> str:
        try:
            said = await self._web.ask("conversations.create", {"name": name, "is_private": True})
            return str(said["channel"]["id"])
        except Refusal as error:
            if error.code != "name_taken":
                raise
            taken = error
        found = await self._mine(name)
        if not found or not await self._free(found, parcel_id):
            raise taken
        if outside := await self.outsiders(found):
            raise Undeliverable(f"the channel {name} is there, and in it are {_listed(outside)} from outside")
        return found

    async def _mine(self, name: str) -> str:
        """The private channel of this name that we made; "" for none."""
        me, cursor = await self._web.me(), ""
        while True:
            asked = {"types": "private_channel", "exclude_archived": True, "limit": PAGE, "cursor": cursor}
            said = await self._web.read("conversations.list", asked)
            for channel in said.get("channels", ()):
                if channel.get("name") == name and channel.get("creator") == me.user:
                    return str(channel["id"])
            cursor = (said.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return ""

    async def _free(self, channel: str, parcel_id: str) -> bool:
        """Does nothing of ours stand there but this parcel? Another crisis's room, from a state that was lost, does
        not become this one's."""
        asked = {"channel": channel, "limit": PAGE, "include_all_metadata": True}
        said = await self._web.read("conversations.history", asked)
        marks = [message.get("metadata") or {} for message in said.get("messages", ())]
        ours = {m["event_payload"].get("id") for m in marks if m.get("event_type") == METADATA}
        return not ours or parcel_id in ours

    async def pin(self, channel: str, message: str) -> None:
        """A board that cannot be pinned still stands: Refusal is logged."""
        try:
            await self._web.ask("pins.add", {"channel": channel, "timestamp": message})
        except Refusal as error:
            if error.code != "already_pinned":
                log.warning("not pinned", channel=channel, code=error.code)

    async def insiders_only(self, parcel: Parcel) -> None:
        """Undeliverable where people from outside read along, or where that cannot be found out."""
        at = parcel.address
        try:
            if at.visibility != "channel" or not at.channel:
                found = await self.outside(at.user)
                outside = {at.user: found} if found else {}
            else:
                outside = await self.outsiders(at.channel)
        except Refusal as error:
            raise Undeliverable(f"not sent: I could not find out who reads this channel ({why(error)})") from None
        if outside:
            raise Undeliverable(f"external guests read this channel: {_listed(outside)}")

    async def outsiders(self, channel: str) -> dict[str, str]:
        """User → why they count as outside. Undeliverable for a shared channel, and for one too full to look at."""
        said = await self._web.read("conversations.info", {"channel": channel, "include_num_members": True})
        about = said.get("channel") or {}
        if about.get("is_ext_shared") or about.get("is_pending_ext_shared") or about.get("pending_shared"):
            raise Undeliverable("external guests read this channel: it is shared with another organisation")
        return {user: reason for user, (_, reason) in (await self.guests(channel)).items()}

    async def guests(self, channel: str) -> dict[str, tuple[str, str]]:
        """User → (name, why they count as outside) of those in a channel who do. Undeliverable when it is too full."""
        me = (await self._web.me()).user
        found = {user: await self.person(user) for user in await self._members(channel) if user != me}
        return {user: about for user, about in found.items() if about[1]}

    async def _members(self, channel: str) -> list[str]:
        members: list[str] = []
        cursor = ""
        while True:
            asked = {"channel": channel, "limit": PAGE, "cursor": cursor}
            said = await self._web.read("conversations.members", asked)
            members += [str(user) for user in said.get("members", ())]
            if len(members) > MEMBERS:
                raise Undeliverable(f"not sent: more than {MEMBERS} people read this channel, too many to check each")
            cursor = (said.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return members

    async def outside(self, user: str) -> str:
        """Why they count as outside, "" for one of us."""
        return (await self.person(user))[1]

    async def person(self, user: str) -> tuple[str, str]:
        """(name, why they count as outside); a workspace of the same Enterprise Grid is not outside."""
        me = await self._web.me()
        found: dict[str, Any] = (await self._web.read("users.info", {"user": user})).get("user") or {}
        name = str(found.get("real_name") or found.get("name") or "")
        if found.get("is_restricted") or found.get("is_ultra_restricted"):
            return name, "a guest account"
        grid = (found.get("enterprise_user") or {}).get("teams") or ()
        if found.get("is_stranger") or (found.get("team_id") != me.team and me.team not in grid):
            return name, "of another organisation"
        return name, ""


def _listed(users: Iterable[str]) -> str:
    return ", ".join(f"@{user}" for user in users)
