"""Slack's outgoing side: documents to response_urls, ephemeral messages, threads, direct messages and the Home tab."""

from __future__ import annotations

import json
from collections import OrderedDict
from functools import partial
from typing import Any

import structlog

from bot.pictures import is_picture
from bot.platform import DeliveryError, Gone, Later, Parcel, Receipt, Undeliverable, Unsure
from bot.slack.calls import HOME, ORIGINAL
from bot.slack.outgoing import NOT_THERE, Charts, Message, marked, noted, rendered, threaded
from bot.slack.pace import Pace
from bot.slack.pictures import Pictures
from bot.slack.rooms import Rooms
from bot.slack.trace import trace
from bot.slack.upload import Uploads
from bot.slack.web import NO_ENTRY, Refusal, Web
from bot.slack.whisper import Whisper
from connectors.errors import StateError
from connectors.models.reading import Ping
from connectors.ports import Clock, Store
from handlers.core.access import Access
from handlers.core.filed import failed
from handlers.core.parcel import Room
from messages import block_kit

log = structlog.get_logger()
REMEMBERED = 2_000
HOME_SECONDS = 60.0
PING_SECONDS = 60.0
_NOT_UPDATABLE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
_HIDDEN_FROM_US = frozenset({"missing_scope", "not_allowed_token_type"})


def refused(error: Refusal) -> str:
    """Why Slack did not take a file, for the person who waits for it."""
    if error.code == "missing_scope":
        return "Slack does not let me upload files: whoever runs me must grant the scope files:write and reinstall me."
    return f"Slack did not take it ({error.code})."


def home_key(access: Access, tenant: str, user: str) -> str:
    """Where the board of everybody with the same roles is kept."""
    return "slackhome:" + ",".join(sorted(access.principal("slack", tenant, user).roles))


def _went(problems: list[str]) -> str:
    return f"Not all went well: {'; '.join(problems)}." if problems else ""


class SlackDelivery:
    """`bot.platform.Platform`. Progress through a parcel's pages is kept here, and found again in the channel."""

    name = "slack"

    def __init__(self, web: Web, access: Access, clock: Clock, store: Store) -> None:
        self._web, self._access, self._store = web, access, store
        self._pace, self._charts = Pace(clock), Charts(clock)
        self._whisper = Whisper(web, self._pace)
        self._uploads = Uploads(web, store, self._pace)
        self._pictures = Pictures(web, store, self._pace, self._whisper, clock)
        self._rooms = Rooms(web)
        self._posted: OrderedDict[str, dict[int, str]] = OrderedDict()

    async def deliver(self, parcel: Parcel, receipt: Receipt | None) -> Receipt:
        """Raises Later (progress is kept), Unsure, Undeliverable."""
        at = parcel.address
        try:
            if parcel.room is not None:
                return await self._into_room(parcel, parcel.room)
            if at.channel == HOME:
                return await self._publish(parcel)
            if parcel.kind == "working":
                return await self._announce(parcel)
            if at.visibility == "private":
                await self._to_one(parcel, receipt)
                return Receipt()
            if parcel.insiders:
                await self._rooms.insiders_only(parcel)
            note = _went(await self._rooms.invited(at.channel, parcel.invite))
            try:
                return await self._to_all(parcel, receipt, at.channel or at.user, at.thread, note)
            except Refusal as error:
                if error.code not in NO_ENTRY or at.visibility == "direct" or not at.user or parcel.insiders:
                    raise
                log.warning("channel closed to me, answering directly", parcel=parcel.id, code=error.code)
                return await self._to_all(parcel, None, at.user, "", NOT_THERE)
        except Refusal as error:
            self._posted.pop(parcel.id, None)
            raise (Gone if error.code in NO_ENTRY else Undeliverable)(str(error)) from None

    async def _into_room(self, parcel: Parcel, room: Room) -> Receipt:
        """The channel, and the document as its first message with what did not work above it."""
        channel, problems = await self._rooms.made(room, parcel.id)
        inside = parcel.model_copy(update={"address": parcel.address.model_copy(update={"channel": channel})})
        found = await trace(self._web, inside)
        if found.whole:
            return Receipt(channel=channel, message=found.stamps[0])
        self._progress(parcel).update(found.stamps)
        return await self._to_all(inside, None, channel, "", _went(problems))

    async def hand_over(self, parcel: Parcel, content: bytes) -> Receipt:
        """A file, to the channel that its answer stands in, else to its asker directly; refused, the asker is told.
        Of a picture nobody is told: its rows stand."""
        at, file = parcel.address, parcel.file
        if file is None:
            raise ValueError("a parcel without a file")
        hands = self._pictures if is_picture(parcel) else self._uploads
        try:
            try:
                return await hands.hand_over(parcel, file, content)
            except Refusal as error:
                if error.code not in NO_ENTRY or at.visibility != "channel" or not at.user:
                    raise
                alone = parcel.model_copy(update={"address": at.model_copy(update={"visibility": "private"})})
                return await hands.hand_over(alone, file, content)
        except Refusal as error:
            if is_picture(parcel):
                raise Undeliverable(refused(error)) from None
            log.error("Slack refused a file", parcel=parcel.id, reason=str(error))
            told = failed(file, refused(error), parcel.call)
            return await self.deliver(parcel.model_copy(update={"document": told, "file": None}), None)

    async def _announce(self, parcel: Parcel) -> Receipt:
        """An announcement is never repeated, and never holds up its answer."""
        at = parcel.address
        try:
            if at.visibility == "private":
                await self._to_one(parcel, None)
                return Receipt()
            return await self._to_all(parcel, None, at.channel or at.user, at.thread)
        except (Later, Unsure, Refusal) as error:
            log.info("not announced", parcel=parcel.id, reason=str(error))
            if at.visibility == "private" or not isinstance(error, Unsure):
                return Receipt()
        try:
            found = await trace(self._web, parcel)
        except (DeliveryError, Refusal) as error:
            log.warning("announcement not found again", parcel=parcel.id, reason=str(error))
            return Receipt()
        return Receipt(channel=found.channel, message=found.stamps.get(0, ""))

    async def _to_all(
        self, parcel: Parcel, receipt: Receipt | None, channel: str, thread: str, note: str = ""
    ) -> Receipt:
        messages = await rendered(parcel)
        done = self._progress(parcel)
        if receipt and receipt.channel and receipt.message:
            channel = receipt.channel
        first = receipt.message if receipt else ""
        for number, page in enumerate(messages):
            if number in done:
                continue
            body = marked(noted(page, note) if note and number == 0 else page, parcel, number, len(messages))
            place = partial(self._place, channel=channel, thread=thread, over=first if number == 0 else "")
            done[number], channel = await self._charts.shown(parcel, body, place)
        if parcel.pin and not (receipt and receipt.message == done[0]):
            await self._rooms.pin(channel, done[0])
        self._posted.pop(parcel.id, None)
        return Receipt(channel=channel, message=done[0])

    async def _place(self, message: Message, channel: str, thread: str, over: str) -> tuple[str, str]:
        """(ts, channel id) of a new message, or of the one it replaces."""
        if over:
            try:
                said = await self._web.ask("chat.update", {**message, "channel": channel, "ts": over})
            except Refusal as error:
                if error.code not in _NOT_UPDATABLE:
                    raise
            else:
                return over, str(said.get("channel") or channel)
        await self._pace.turn(channel)
        said = await self._web.ask("chat.postMessage", threaded({**message, "channel": channel}, thread))
        return str(said.get("ts", "")), str(said.get("channel") or channel)

    async def _to_one(self, parcel: Parcel, receipt: Receipt | None) -> None:
        messages = await rendered(parcel)
        done = self._progress(parcel)
        for number, page in enumerate(messages):
            if number not in done:
                original = number == 0 and parcel.address.update == ORIGINAL
                whisper = partial(self._whisper.tell, parcel=parcel, original=original)
                done[number] = await self._charts.shown(parcel, page, whisper)
        self._posted.pop(parcel.id, None)
        if receipt and receipt.message and not parcel.address.update:
            await self._take_back(receipt)

    async def _take_back(self, receipt: Receipt) -> None:
        """The "working" message of an answer that the channel may not see."""
        try:
            await self._web.ask("chat.delete", {"channel": receipt.channel, "ts": receipt.message})
        except (Refusal, DeliveryError) as error:
            log.warning("working message not taken back", reason=str(error))

    async def _publish(self, parcel: Parcel) -> Receipt:
        if parcel.kind == "working":
            return Receipt()
        at, document = parcel.address, parcel.document
        board = block_kit.home(document)
        await self.publish(at.user, board)
        if document.figures and not document.private:
            try:
                await self._store.put(home_key(self._access, at.tenant, at.user), json.dumps(board), HOME_SECONDS)
            except StateError as error:
                log.info("home board not kept", reason=str(error))
        return Receipt()

    async def publish(self, user: str, board: dict[str, Any]) -> None:
        """A person's Home tab. Raises Later, Unsure, Refusal."""
        await self._web.ask("views.publish", {"user_id": user, "view": board})

    async def delivered(self, parcel: Parcel) -> bool | None:
        """By the message's metadata; None where Slack keeps no history for us (response_url, ephemeral, no scope)."""
        at = parcel.address
        if parcel.file is not None:
            return await (self._pictures if is_picture(parcel) else self._uploads).stands(parcel)
        if at.channel == HOME or parcel.room is not None:  # making a room twice finds the first
            return False
        if at.visibility == "private":
            return None
        try:
            found = await trace(self._web, parcel)
        except Refusal as error:
            if error.code not in _HIDDEN_FROM_US | NO_ENTRY:
                log.warning("history not readable", parcel=parcel.id, code=error.code)
            return None
        except DeliveryError:
            return None
        self._progress(parcel).update(found.stamps)
        # What stands of a board is found again by delivering it: the receipt is what its next version replaces.
        return found.whole and not parcel.board

    async def ping(self) -> Ping:
        try:
            await self._web.me(within=PING_SECONDS)
        except (Refusal, DeliveryError) as error:
            return Ping("Slack", ok=False, detail=str(error))
        return Ping("Slack", ok=True)

    def _progress(self, parcel: Parcel) -> dict[int, str]:
        """Pages of this parcel that stand already."""
        done = self._posted.setdefault(parcel.id, {})
        if len(self._posted) > REMEMBERED:
            self._posted.popitem(last=False)
        return done
