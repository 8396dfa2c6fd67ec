"""Rooms of a crisis in Teams: a thread of the configured channel, and who of a conversation is from outside.

A bot can make no channel and invite nobody (that is Microsoft Graph's, with rights over a whole team), so a room is a
thread, and people are called into it. Source: learn.microsoft.com, "Send proactive messages", "Get Teams specific
context for your bot" (roster, `userRole`).
"""

from __future__ import annotations

import json

from bot.platform import Later, Parcel, Receipt, Undeliverable
from bot.teams import outgoing
from bot.teams.targets import Target, Targets, thread_of
from bot.teams.web import Refusal
from bot.teams.words import Json, part, parts
from connectors.ports import Store
from handlers.core.access import Access, fits
from handlers.core.parcel import Room

SECONDS = 400 * 86_400.0
UNSET = "no channel is configured for crises: set TEAMS_CRISIS_CHANNEL to its id (19:…@thread.tacv2)"
PAGES = 20
"""Of 500 people of a conversation, who are looked at before something for insiders alone is sent there."""


def room_key(tenant: str, name: str) -> str:
    """Where the thread that was made under a name is kept."""
    return f"teamsroom:{tenant}:{name}"


class Rooms:
    """Every method may raise Later, Unsure, Refusal, StateError."""

    def __init__(self, channel: str, targets: Targets, store: Store, access: Access | None = None) -> None:
        self._channel, self._targets, self._store, self._access = channel, targets, store, access
        self._web, self._references, self._pace = targets.web, targets.references, targets.pace

    async def opened(self, parcel: Parcel, room: Room) -> Receipt:
        """A new thread whose first post is the document. The same room asked for again is the same thread.

        Undeliverable where no channel is configured, or where it is listed below what the first post is.
        """
        at, channel = parcel.address, self._channel
        if not channel:
            raise Undeliverable(UNSET)
        limit = self._access.ceiling("teams", at.tenant, channel) if self._access is not None else None
        tlp = parcel.document.tlp
        if limit is not None and not fits(tlp, limit):
            raise Undeliverable(f"the channel for crises may see up to TLP:{limit.upper()}, this is TLP:{tlp.upper()}")
        if (kept := await self._store.get(room_key(at.tenant, room.name))) is not None:
            return Receipt.model_validate_json(kept)
        target = await self._targets.conversation(at.tenant, channel, "")
        if parcel.insiders:
            await self.insiders_only(target)
        people, missing = await self._names(target, room.invite)
        document = outgoing.called(parcel.document, people, missing)
        cards = await outgoing.rendered(parcel.model_copy(update={"document": document}))
        await self._pace.turn(at.tenant, channel)
        first = thread_of(target, outgoing.activity(cards[0], document))
        said = await self._web.begin(target.service_url, first)
        where, _, thread = part(said, "id").partition(";messageid=")
        receipt = Receipt(channel=where or channel, message=part(said, "activityId") or thread, thread=thread)
        await self._store.put(room_key(at.tenant, room.name), receipt.model_dump_json(), SECONDS)
        inside = Target(at.tenant, target.service_url, receipt.channel, thread)
        for card in cards[1:]:
            await self._pace.turn(at.tenant, channel)
            await self._web.post(inside.service_url, inside.conversation, outgoing.activity(card, document))
        return receipt

    async def _names(self, target: Target, users: tuple[str, ...]) -> tuple[list[tuple[str, str]], list[str]]:
        """(user, name) of those who are in the channel's team, and those who are not."""
        people, missing = [], []
        for user in users:
            known = await self._references.person(target.tenant, user)
            name = known.name if known is not None else ""
            if not name:
                try:
                    name = part(await self._web.member(target.service_url, target.channel, user), "name")
                except (Refusal, Later):
                    name = ""
            if name:
                people.append((user, name))
            else:
                missing.append(user)
        return people, missing

    async def insiders_only(self, target: Target) -> None:
        """Undeliverable where people from outside read along, or where that cannot be found out."""
        after, seen = "", 0
        for _ in range(PAGES):
            try:
                page = await self._web.members(target.service_url, target.channel, after)
            except Refusal as error:
                raise Undeliverable(f"not sent: I could not find out who reads this conversation ({error})") from None
            if outside := [
                part(one, "name") or part(one, "id") for one in parts(page, "members") if guest(one, target)
            ]:
                raise Undeliverable(f"external guests read this conversation: {', '.join(outside)}")
            after, seen = part(page, "continuationToken"), seen + len(parts(page, "members"))
            if not after and seen:
                return
            if not after:
                raise Undeliverable("not sent: I could not find out who reads this conversation (an empty roster)")
        raise Undeliverable("not sent: too many people read this conversation to check each")


def guest(member: Json, target: Target) -> bool:
    """A guest, somebody anonymous, or somebody of another tenant."""
    name = part(member, "userPrincipalName").upper()
    tenant = part(member, "tenantId")
    role = part(member, "userRole").lower()
    return role in {"guest", "anonymous"} or "#EXT#" in name or bool(tenant and tenant != target.tenant)


def board_key(target: Target, board: str) -> str:
    """Where the newest card of a board is kept, for those who look at it."""
    return f"teamsboard:{target.tenant}:{target.conversation}:{board}"


class Boards:
    """The newest state of each board, so that a refresh is answered without asking anybody."""

    SECONDS = 30 * 86_400.0

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, target: Target, board: str, card: Json) -> None:
        await self._store.put(board_key(target, board), json.dumps(card), self.SECONDS)

    async def newest(self, target: Target, board: str) -> Json | None:
        kept = await self._store.get(board_key(target, board))
        return json.loads(kept) if kept is not None else None
