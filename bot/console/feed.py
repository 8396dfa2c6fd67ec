"""A session's conversation as a feed in the state store, which the page follows and replays after a reload."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import defaultdict
from collections.abc import AsyncGenerator
from typing import Any

import structlog

from connectors.errors import StateError
from connectors.ports import Store

log = structlog.get_logger()
FEED_SECONDS = 12 * 3600
EPOCH_SECONDS = 30 * 86_400
_EPOCH = "console-epoch"
Entry = dict[str, Any]
"""`kind` asked (`line`, `role`, `door`) or working, answer, post (`html`); `id`, `call`, `at` (ISO 8601, UTC)."""


class Feeds:
    """With the state store away, entries reach pages that are open in this process, and are not kept."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: defaultdict[str, set[asyncio.Queue[Entry]]] = defaultdict(set)

    async def append(self, session: str, entry: Entry) -> None:
        """StateError when the store is away and no page of the session is open here."""
        try:
            await self._store.append(feed_key(session), json.dumps(entry), FEED_SECONDS)
        except StateError:
            if not self._open.get(session):
                raise
            log.warning("feed not stored", call=entry["call"])
            for page in self._open[session]:
                page.put_nowait(entry)

    async def holds(self, session: str, entry_id: str) -> bool:
        """Is the entry with this id there?"""
        found = await self._store.tail(feed_key(session), "", 0)
        return any(json.loads(value)["id"] == entry_id for _, value in found)

    async def any(self, session: str) -> bool:
        """Was anything told there? False when that cannot be known."""
        try:
            return bool(await self._store.tail(feed_key(session), "", 0))
        except StateError:
            return False

    async def follow(self, session: str, after: str, every: float) -> AsyncGenerator[tuple[str, Entry] | None, None]:
        """Entries after a position, for ever; None after `every` seconds without one. Positions ("" for one that was
        not stored) hold for one life of the store: after another's the feed is told from its beginning.
        """
        page: asyncio.Queue[Entry] = asyncio.Queue()
        self._open[session].add(page)
        try:
            epoch, at = "", ""
            while True:
                try:
                    if not epoch:
                        epoch = await self._epoch()
                        at = after.removeprefix(f"{epoch}.") if after.startswith(f"{epoch}.") else ""
                    found = await self._store.tail(feed_key(session), at, every)
                except StateError:
                    async for entry in _given(page, 1.0):
                        yield "", entry
                    continue
                for position, value in found:
                    at = position
                    yield f"{epoch}.{position}", json.loads(value)
                if not found:
                    yield None
        finally:
            self._open[session].discard(page)
            if not self._open[session]:
                del self._open[session]

    async def _epoch(self) -> str:
        """A name for this life of the store: one kept in memory counts from the start again."""
        kept = await self._store.get(_EPOCH)
        if kept is None:
            await self._store.add(_EPOCH, secrets.token_hex(4), EPOCH_SECONDS)
            kept = await self._store.get(_EPOCH)
        return kept or ""


async def _given(page: asyncio.Queue[Entry], within: float) -> AsyncGenerator[Entry, None]:
    try:
        yield await asyncio.wait_for(page.get(), within)
    except TimeoutError:
        return
    while not page.empty():
        yield page.get_nowait()


def feed_key(session: str) -> str:
    """Where a session's conversation is kept."""
    return f"console:{session}"
