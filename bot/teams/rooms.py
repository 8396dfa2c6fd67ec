"""Rooms of a crisis in Teams: a thread of the configured channel, and who of a conversation is from outside.

A bot can make no channel and invite nobody (that is Microsoft Graph's, with rights over a whole team), so a room is a
thread, and people are called into it. Source: learn.microsoft.com, "Send proactive messages", "Get Teams specific
context for your bot" (roster, `userRole`).
"""

from __future__ import annotations

import json

from bot.platform import Later, Parcel, Receipt, Undeliverable
from bot.teams import outgoing
from bot.teams.roster import Roster
from bot.teams.targets import Target, Targets, thread_of
from bot.teams.web import Refusal
from bot.teams.words import Json, part
from connectors.ports import Store
from handlers.core.access import Access, fits
from handlers.core.parcel import Room
from handlers.crisis.guests import WITH_GUESTS
from messages.document import Document

SECONDS = 400 * 86_400.0
_UNSHOWN, _MISSING = 400, 404
UNSET = "no channel is configured for crises: set TEAMS_CRISIS_CHANNEL to its id (19:…@thread.tacv2)"


def room_key(tenant: str, name: str) -> str:
    """Where the thread that was made under a name is kept."""
    return f"teamsroom:{tenant}:{name}"


class Thread(Receipt):
    """A room's thread. `stands`: how many of its first messages are there; None: all of them. `doubtful`: another one
    may have been begun before it.
    """

    stands: int | None = None
    doubtful: bool | None = None


class Rooms:
    """Every method may raise Later, Unsure, Refusal, StateError."""

    def __init__(
        self, channel: str, targets: Targets, store: Store, roster: Roster, access: Access | None = None
    ) -> None:
        self._channel, self._targets, self._store, self._access = channel, targets, store, access
        self._roster = roster
        self._web, self._references, self._pace = targets.web, targets.references, targets.pace

    async def opened(self, parcel: Parcel, room: Room) -> Receipt:
        """A new thread whose first post is the document, or, where somebody from outside reads the channel who may not
        read that, who they are. The same room asked for again is the same thread.

        Undeliverable where no channel is configured, or where it is listed below what the first post is.
        """
        at, channel = parcel.address, self._channel
        if not channel:
            raise Undeliverable(UNSET)
        limit = self._access.ceiling("teams", at.tenant, channel) if self._access is not None else None
        tlp = parcel.document.tlp
        if limit is not None and not fits(tlp, limit):
            raise Undeliverable(f"the channel for crises may see up to TLP:{limit.upper()}, this is TLP:{tlp.upper()}")
        key = room_key(at.tenant, room.name)
        kept = await self._store.get(key)
        made = Thread.model_validate_json(kept) if kept is not None else None
        if made is None or made.stands is not None:
            target = await self._targets.conversation(at.tenant, channel, "")
            if parcel.insiders:
                await self.insiders_only(target)
            if made is None:
                made = await self._begun(target, room)
                made = made.model_copy(update={"doubtful": parcel.sent_before or None})
                await self._keep(key, made)
            await self._furnished(key, made, target, parcel, room)
        return Receipt(channel=made.channel, message=made.message, thread=made.thread)

    async def _begun(self, target: Target, room: Room) -> Thread:
        """A thread with nothing but a word that it is being made ready.

        The Bot Connector knows no idempotency key and shows no history: where its answer is lost another thread is
        begun, and this one is left saying that it is none, without anything of the crisis and nobody called into it.
        """
        document = outgoing.unready(room)
        (card,) = await outgoing.cards(document)
        await self._pace.turn(target.tenant, target.channel)
        said = await self._web.begin(target.service_url, thread_of(target, outgoing.activity(card, document)))
        where, _, thread = part(said, "id").partition(";messageid=")
        message = part(said, "activityId") or thread
        return Thread(channel=where or target.channel, message=message, thread=thread or message, stands=0)

    async def _furnished(self, key: str, made: Thread, target: Target, parcel: Parcel, room: Room) -> None:
        """The document in the place of that word, its further pages and who is called in below it, each once."""
        inside = Target(target.tenant, target.service_url, made.channel, made.thread)
        document = await self._readable(parcel.document, target, room)
        shown = [(card, document) for card in await outgoing.cards(document)]
        if made.doubtful:
            shown[0] = (outgoing.noted(shown[0][0], outgoing.THE_ROOM.format(name=room.name)), document)
        if (called := outgoing.called(document, *await self._names(target, room.invite))) is not None:
            shown.append(((await outgoing.cards(called))[0], called))
        for number in range(made.stands or 0, len(shown)):
            card, told = shown[number]
            if number and parcel.sent_before and number == made.stands:
                card = outgoing.noted(card, outgoing.AGAIN)
            await self._pace.turn(target.tenant, target.channel)
            await self._stood(inside, made.message if not number else "", card, told)
            await self._keep(key, made.model_copy(update={"stands": number + 1}))
        await self._keep(key, made.model_copy(update={"stands": None, "doubtful": None}))

    async def _readable(self, document: Document, target: Target, room: Room) -> Document:
        """The document; where somebody from outside reads the channel who may not read it, that this is so."""
        if fits(document.tlp, WITH_GUESTS) or not (outside := await self._roster.outsiders(target)):
            return document
        return outgoing.withheld(room, outside.values())

    async def _stood(self, inside: Target, over: str, card: Json, told: Document) -> None:
        """In the place of that message; below it, where somebody deleted it meanwhile."""
        try:
            await self._placed(inside, over, outgoing.activity(card, told))
        except Refusal as error:
            plain = outgoing.uncalled(card) if error.status == _UNSHOWN else None
            if plain is None:
                raise
            await self._placed(inside, over, outgoing.activity(plain, told))

    async def _placed(self, inside: Target, over: str, activity: Json) -> None:
        if over:
            try:
                await self._web.put(inside.service_url, inside.conversation, over, activity)
            except Refusal as error:
                if error.status != _MISSING:
                    raise
            else:
                return
        await self._web.post(inside.service_url, inside.conversation, activity)

    async def _keep(self, key: str, made: Thread) -> None:
        await self._store.put(key, made.model_dump_json(exclude_none=True), SECONDS)

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
        try:
            found = await self._roster.read(target)
        except Refusal as error:
            raise Undeliverable(f"not sent: I could not find out who reads this conversation ({error})") from None
        if found:
            outside = ", ".join(name or user for user, (name, _) in found.items())
            raise Undeliverable(f"external guests read this conversation: {outside}")


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
