"""Documents to the console page: rendered once, appended to the session's feed, kept an hour for the payload tabs."""

from __future__ import annotations

import asyncio

import structlog

from bot.console.feed import Feeds
from bot.platform import Parcel, Receipt, Undeliverable, Unsure
from connectors.errors import StateError
from connectors.models.reading import Ping
from connectors.ports import Clock, Store
from messages import html
from messages.document import Document

log = structlog.get_logger()
KEEP_SECONDS = 3600


class ConsoleDelivery:
    """`bot.platform.Platform` for the page. The session is the address' thread."""

    name = "console"

    def __init__(self, store: Store, feeds: Feeds, clock: Clock) -> None:
        self._store, self._feeds, self._clock = store, feeds, clock

    async def deliver(self, parcel: Parcel, receipt: Receipt | None) -> Receipt:
        """The page itself replaces the "working" entry of a call, so the receipt is not needed."""
        session = parcel.address.thread
        if not session:
            raise Undeliverable("the address names no console session")
        # A chart starts a JavaScript engine: not on the event loop.
        fragment = await asyncio.to_thread(html.render, parcel.document)
        entry = {
            "kind": parcel.kind,
            "id": parcel.id,
            "call": parcel.call,
            "at": self._clock.now().isoformat(),
            "html": fragment,
        }
        try:
            if parcel.kind != "working":
                await self._keep(session, parcel)
            await self._feeds.append(session, entry)
        except StateError as error:
            raise Unsure(str(error)) from None
        return Receipt(channel=session, message=parcel.id)

    async def delivered(self, parcel: Parcel) -> bool | None:
        return await self._feeds.holds(parcel.address.thread, parcel.id)

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
