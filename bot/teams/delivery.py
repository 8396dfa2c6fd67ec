"""Teams' outgoing side: documents as cards to threads, chats and personal chats, updated in place."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import structlog

from bot.platform import Gone, Later, Parcel, Receipt, Undeliverable, Unsure
from bot.settings import Teams
from bot.teams import files, outgoing
from bot.teams.files import Shelf
from bot.teams.outgoing import Card
from bot.teams.pace import Pace
from bot.teams.references import References
from bot.teams.room_guests import RoomGuests
from bot.teams.rooms import Boards, Rooms
from bot.teams.roster import Roster
from bot.teams.targets import NoChat, Target, Targets, thread_of
from bot.teams.tokens import NoToken
from bot.teams.web import Refusal, Web
from bot.teams.words import part
from connectors.errors import StateError
from connectors.models.reading import Ping
from connectors.ports import Clock, Store
from handlers.core.access import Access
from handlers.core.filed import failed

log = structlog.get_logger()
REMEMBERED = 2_000
_MISSING = 404
_CLOSED = frozenset({403, 404})
"""The bot was removed from the conversation, is blocked in it, or it is no more."""
_UNSHOWN = frozenset({400, 413})
_POINTER = ":pointer"


class TeamsDelivery:
    """`bot.platform.Platform`. Teams cannot be asked what stands, so a delivery in doubt is repeated with a mark."""

    name = "teams"

    def __init__(  # noqa: PLR0917 - in the order of the adapter's own
        self,
        settings: Teams,
        web: Web,
        references: References,
        clock: Clock,
        store: Store,
        access: Access | None = None,
        guests: RoomGuests | None = None,
    ) -> None:
        self._web, self._pace, self._guests = web, Pace(clock), guests
        self._targets = Targets(web, references, self._pace, settings.crisis_channel)
        roster = guests.roster if guests is not None else Roster(web, clock)
        self._rooms = Rooms(settings.crisis_channel, self._targets, store, roster, access)
        self.boards, self.shelf = Boards(store), Shelf(store, settings.public_url)
        self._posted: OrderedDict[str, dict[int, str]] = OrderedDict()

    async def deliver(self, parcel: Parcel, receipt: Receipt | None) -> Receipt:
        """Raises Later (progress is kept), Unsure, Undeliverable, StateError."""
        try:
            made = await self._deliver(parcel, receipt)
            self._forget(parcel)
            return made
        except Refusal as error:
            self._forget(parcel)
            raise (Gone if error.status in _CLOSED else Undeliverable)(str(error)) from None

    async def _deliver(self, parcel: Parcel, receipt: Receipt | None) -> Receipt:
        at = parcel.address
        if parcel.kind == "working":
            return await self._announce(parcel)
        if parcel.room is not None:
            return await self._rooms.opened(parcel, parcel.room)
        if at.visibility == "private":
            return await self._aside(parcel, receipt)
        target = await self._target(parcel)
        try:
            return await self._to_all(parcel, receipt, target)
        except Refusal as error:
            if error.status not in _CLOSED or at.visibility == "direct" or not at.user:
                raise
            log.warning("conversation closed to me, answering directly", parcel=parcel.id, code=error.code)
        self._forget(parcel)
        chat = await self._targets.personal(at.tenant, at.user)
        return await self._to_all(parcel, None, chat, outgoing.NOT_THERE)

    async def _target(self, parcel: Parcel) -> Target:
        at = parcel.address
        if at.channel and at.channel != at.user:
            return await self._targets.conversation(at.tenant, at.channel, at.thread)
        return await self._targets.personal(at.tenant, at.user)

    async def _announce(self, parcel: Parcel) -> Receipt:
        """An announcement is never repeated, and never holds up its answer; a pressed button said so itself."""
        if parcel.address.update:
            return Receipt()
        try:
            return await self._to_all(parcel, None, await self._target(parcel))
        except (Later, Unsure, Undeliverable, Refusal) as error:
            log.info("not announced", parcel=parcel.id, reason=str(error))
            return Receipt()

    async def _aside(self, parcel: Parcel, receipt: Receipt | None) -> Receipt:
        """To the asker's personal chat, with a word in the channel: Teams has no message for one person of many."""
        at = parcel.address
        text = outgoing.ASIDE
        try:
            chat = await self._targets.personal(at.tenant, at.user)
            alone = parcel.model_copy(update={"document": outgoing.unshared(parcel.document)})
            await self._to_all(alone, None, chat)
        except NoChat as error:
            log.info("no personal chat", parcel=parcel.id, reason=str(error))
            text = outgoing.NO_CHAT
        if not at.channel:
            return Receipt()
        there = await self._targets.conversation(at.tenant, at.channel, at.thread)
        note = parcel.model_copy(
            update={
                "id": parcel.id + _POINTER,
                "document": outgoing.pointer(parcel.document, text),
                "board": "",
                "insiders": False,
                "sent_before": False,
            }
        )
        return await self._to_all(note, receipt, there)

    async def _to_all(self, parcel: Parcel, receipt: Receipt | None, target: Target, note: str = "") -> Receipt:
        if parcel.insiders:
            await self._rooms.insiders_only(target)
        elif self._guests is not None and parcel.kind == "post" and not parcel.report:
            # What reports its outcome was checked before it was made; an answer is, when it is made.
            await self._guests.allow(parcel.document.tlp, target)
        cards = await outgoing.rendered(parcel)
        done = self._progress(parcel)
        over = receipt.message if receipt else ""
        if receipt and receipt.thread:
            target = replace(target, thread=receipt.thread)
        for number, card in enumerate(cards):
            if number in done:
                target = _within(target, done[number])
                continue
            shown = outgoing.noted(card, note) if note and number == 0 else card
            done[number], cards[number] = await self._shown(parcel, target, shown, over if number == 0 else "")
            target = _within(target, done[number])
        if parcel.board:
            await self._keep(parcel, target, cards[0])
        return Receipt(channel=target.channel, message=done[0], thread=target.thread)

    async def _shown(self, parcel: Parcel, target: Target, card: Card, over: str) -> tuple[str, Card]:
        """Its id, and what stands. A card that Teams does not take stands without mentions, else as a sentence."""
        alert = parcel.kind == "post" and not parcel.board
        tried, code = [card, *([plain] if (plain := outgoing.uncalled(card)) else [])], ""
        for one in tried:
            try:
                return await self._place(target, outgoing.activity(one, parcel.document, alert), over), one
            except Refusal as error:
                if error.status not in _UNSHOWN:
                    raise
                code = error.code or str(error.status)
                log.error("Teams refused to show a card", parcel=parcel.id, code=f"{error.status} {error.code}")
        said = outgoing.unshowable(parcel.document, code)
        fallback = await outgoing.rendered(parcel.model_copy(update={"document": said, "board": ""}))
        return await self._place(target, outgoing.activity(fallback[0], said), over), fallback[0]

    async def _place(self, target: Target, activity: outgoing.Activity, over: str) -> str:
        """The id of a new message, or of the one it replaces."""
        await self._pace.turn(target.tenant, target.channel)
        if over:
            try:
                await self._web.put(target.service_url, target.conversation, over, activity)
            except Refusal as error:
                if error.status != _MISSING:
                    raise
            else:
                return over
            await self._pace.turn(target.tenant, target.channel)
        if target.new_thread:
            begun = await self._web.begin(target.service_url, thread_of(target, activity))
            return part(begun, "id").partition(";messageid=")[2] or part(begun, "activityId")
        return await self._web.post(target.service_url, target.conversation, activity)

    async def _keep(self, parcel: Parcel, target: Target, card: Card) -> None:
        try:
            await self.boards.keep(target, parcel.board, card)
        except StateError as error:
            # The board stands; without its copy a refresh says that it is no longer kept.
            log.warning("board not kept", parcel=parcel.id, reason=str(error))

    async def hand_over(self, parcel: Parcel, content: bytes) -> Receipt:
        """A link that works once, to the asker's personal chat."""
        at, file = parcel.address, parcel.file
        if file is None:
            raise ValueError("a parcel without a file")
        if not self.shelf.reachable:
            told = failed(file, files.UNSET, parcel.call)
            return await self.deliver(parcel.model_copy(update={"document": told, "file": None}), None)
        url = await self.shelf.keep(file, content)
        document = files.linked(parcel.document, file, url, len(content))
        alone = at if at.visibility == "direct" else at.model_copy(update={"visibility": "private"})
        return await self.deliver(
            parcel.model_copy(update={"document": document, "file": None, "address": alone}), None
        )

    async def delivered(self, parcel: Parcel) -> bool | None:
        """Teams shows a bot no history."""
        return None

    async def ping(self) -> Ping:
        try:
            await self._web.tokens.get()
        except NoToken as error:
            return Ping("Teams", ok=False, detail=str(error))
        return Ping("Teams", ok=True)

    def _progress(self, parcel: Parcel) -> dict[int, str]:
        """Pages of this parcel that stand already."""
        done = self._posted.setdefault(parcel.id, {})
        if len(self._posted) > REMEMBERED:
            self._posted.popitem(last=False)
        return done

    def _forget(self, parcel: Parcel) -> None:
        for key in (parcel.id, parcel.id + _POINTER):
            self._posted.pop(key, None)


def _within(target: Target, message: str) -> Target:
    """Further pages stand under the first: its id is that of the thread it began."""
    return replace(target, thread=message) if target.new_thread else target
