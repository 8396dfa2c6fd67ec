"""Documents to the console page: rendered once, appended to the session's feed, kept an hour for the payload tabs."""

from __future__ import annotations

import asyncio

import structlog

from bot.console.feed import Feeds
from bot.console.files import Shelf, link
from bot.console.rooms import Rooms, feed_for, feed_of, shown_in
from bot.platform import Parcel, Receipt, Unsure
from connectors.errors import StateError
from connectors.models.reading import Ping
from connectors.ports import Clock, Store
from messages import html
from messages.document import Document

log = structlog.get_logger()
KEEP_SECONDS = 3600
END = "</article>"
"""What `messages.html` ends with; the page shows what stands inside."""


class ConsoleDelivery:
    """`bot.platform.Platform` for the page. The session is the address' thread; a channel is a room of the page."""

    name = "console"

    def __init__(self, store: Store, feeds: Feeds, clock: Clock) -> None:
        self._store, self._feeds, self._clock = store, feeds, clock
        self.shelf, self.rooms = Shelf(store), Rooms(store)

    async def deliver(self, parcel: Parcel, receipt: Receipt | None) -> Receipt:
        """The page itself replaces the "working" entry of a call, so the receipt is not needed."""
        if parcel.room is not None:
            try:
                await self.rooms.keep(parcel.room.name, parcel.room.title)
            except StateError as error:
                raise Unsure(str(error)) from None
            at = parcel.address.model_copy(update={"channel": parcel.room.name, "visibility": "channel"})
            parcel = parcel.model_copy(update={"address": at})
        return await self._tell(feed_for(parcel), parcel)

    async def hand_over(self, parcel: Parcel, content: bytes) -> Receipt:
        """A message with a link to the file, which is kept for a day."""
        session, file = parcel.address.thread or feed_of(parcel.address), parcel.file
        if file is None:
            raise ValueError("a parcel without a file")
        try:
            await self.shelf.keep(session, parcel.id, file, content)
        except StateError as error:
            raise Unsure(str(error)) from None
        return await self._tell(session, parcel, link(parcel, file, len(content)))

    async def _tell(self, session: str, parcel: Parcel, more: str = "") -> Receipt:
        # A chart starts a JavaScript engine: not on the event loop.
        fragment = await asyncio.to_thread(html.render, parcel.document)
        entry = {
            "kind": parcel.kind,
            "id": parcel.id,
            "call": parcel.call,
            "at": self._clock.now().isoformat(),
            "room": shown_in(parcel.address),
            "aside": parcel.address.visibility == "private",
            "board": parcel.board,
            "html": f"{fragment.rstrip().removesuffix(END)}{more}{END}",
        }
        try:
            if parcel.kind != "working":
                await self._keep(session, parcel)
            await self._feeds.append(session, entry)
        except StateError as error:
            raise Unsure(str(error)) from None
        return Receipt(channel=parcel.address.channel or session, message=parcel.id)

    async def delivered(self, parcel: Parcel) -> bool | None:
        """The page shows the same entry once, so a room or a board that may be there is simply delivered again."""
        if parcel.room is not None or parcel.board:
            return False
        return await self._feeds.holds(feed_for(parcel), parcel.id)

    async def ping(self) -> Ping:
        return Ping("Console", ok=True)

    async def document(self, session: str, parcel_id: str) -> Document | None:
        """What a delivery of this session showed; None after an hour, or when it was another's."""
        text = await self._store.get(_document_key(session, parcel_id))
        return None if text is None else Document.model_validate_json(text)

    async def _keep(self, session: str, parcel: Parcel) -> None:
        text = parcel.document.model_dump_json()
        try:
            await self._store.put(_document_key(session, parcel.id), text, KEEP_SECONDS)
        except StateError:
            log.warning("payloads not kept", call=parcel.call)


def _document_key(session: str, parcel_id: str) -> str:
    return f"console-document:{session}:{parcel_id}"
