"""The feed of a session, with the state store there and away."""

from __future__ import annotations

import asyncio

import pytest

from bot.console.delivery import ConsoleDelivery
from bot.console.feed import Feeds
from bot.platform import Parcel, Undeliverable, Unsure
from connectors.clock import SystemClock
from connectors.errors import StateError
from connectors.memory.store import MemoryStore
from handlers.core.call import Address
from messages.document import Document


class Fickle(MemoryStore):
    """A store that is away while `away`."""

    away = False

    async def put(self, key: str, value: str, ttl: float) -> None:
        self._check()
        await super().put(key, value, ttl)

    async def append(self, key: str, value: str, ttl: float) -> None:
        self._check()
        await super().append(key, value, ttl)

    async def tail(self, key: str, after: str, block: float) -> list[tuple[str, str]]:
        self._check()
        return await super().tail(key, after, block)

    def _check(self) -> None:
        if self.away:
            raise StateError("the state store does not answer")


def parcel(number: int = 1, session: str = "s", user: str = "operator") -> Parcel:
    address = Address(platform="console", thread=session, user=user, visibility="direct")
    return Parcel(
        id=f"c{number}:answer", kind="answer", call=f"c{number}", address=address, document=Document(title="T")
    )


def made() -> tuple[Fickle, Feeds, ConsoleDelivery]:
    store = Fickle(SystemClock())
    feeds = Feeds(store)
    return store, feeds, ConsoleDelivery(store, feeds, SystemClock())


async def test_what_was_delivered_can_be_told() -> None:
    """The courier's question after a doubtful delivery is answered from the feed."""
    _, _, delivery = made()
    assert await delivery.delivered(parcel()) is False
    await delivery.deliver(parcel(), None)
    assert await delivery.delivered(parcel()) is True
    assert await delivery.delivered(parcel(2)) is False


async def test_with_the_store_away_an_open_page_still_gets_its_answer() -> None:
    """An answer made in process reaches the page that waits for it, without a position to resume from."""
    store, feeds, delivery = made()
    pages = feeds.follow("s", "", 0.05)
    assert await anext(pages) is None
    store.away = True
    first = asyncio.ensure_future(anext(pages))
    await delivery.deliver(parcel(), None)
    found = await asyncio.wait_for(first, 5)
    await pages.aclose()
    assert found is not None
    assert (found[0], found[1]["id"]) == ("", "c1:answer")


async def test_with_the_store_away_and_no_page_open_the_delivery_is_unsure() -> None:
    """Nobody saw it and nothing kept it, so it is not called delivered."""
    store, _, delivery = made()
    store.away = True
    with pytest.raises(Unsure):
        await delivery.deliver(parcel(), None)


async def test_an_address_without_a_session_is_undeliverable() -> None:
    """A delivery to no session and no person is given up, not retried."""
    _, _, delivery = made()
    with pytest.raises(Undeliverable):
        await delivery.deliver(parcel(session="", user=""), None)


async def test_a_page_that_left_is_forgotten() -> None:
    """When the last page of a session closes, nothing of it stays in memory."""
    _, feeds, _ = made()
    pages = feeds.follow("s", "", 0.01)
    await anext(pages)
    assert "s" in feeds._open
    await pages.aclose()
    assert "s" not in feeds._open
