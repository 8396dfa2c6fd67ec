"""File links: a page that uses nothing up, one download, nothing that a store's reader could use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bot.http import calm
from bot.teams.files import Shelf
from connectors.clock import FixedClock
from connectors.memory import MemoryState
from messages.document import Document
from messages.files.model import Attachment
from tests.bot.stage import NOW

FILE = Attachment(name="Figures <b>.csv", format="csv", document=Document(title="t"))
CONTENT = b"a,b\r\n1,2\r\n"


@pytest.fixture
async def shelf() -> AsyncIterator[tuple[Shelf, str, FixedClock]]:
    """With the link of one file, at the port where it is really served."""
    clock = FixedClock(NOW)
    made = Shelf(MemoryState(clock).store, "https://bot.example")
    app = web.Application(middlewares=[calm])
    app.add_routes(made.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    link = await made.keep(FILE, CONTENT)
    assert link.startswith("https://bot.example/teams/files/")
    at = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made, link.replace("https://bot.example", at), clock
    await runner.cleanup()


async def test_looking_uses_nothing_up_and_saving_works_once(shelf: tuple[Shelf, str, FixedClock]) -> None:
    """Previews may look as often as they like; of several presses at once one gets the file."""
    _, link, _ = shelf
    async with aiohttp.ClientSession() as session:
        for _ in range(3):
            async with session.get(link) as page:
                text = await page.text()
                assert page.status == 200
                assert "Figures &lt;b&gt;.csv" in text
                assert "default-src 'none'" in page.headers["Content-Security-Policy"]

        async def save() -> tuple[int, bytes, str]:
            async with session.post(link) as answer:
                return answer.status, await answer.read(), answer.headers.get("Content-Disposition", "")

        got = await asyncio.gather(*(save() for _ in range(4)))
        assert sorted(status for status, _, _ in got) == [200, 410, 410, 410]
        (saved,) = [one for one in got if one[0] == 200]
        assert saved[1] == CONTENT
        assert saved[2].startswith("attachment")
        async with session.get(link) as page:
            assert page.status == 410


async def test_a_link_ends_after_an_hour_and_guesses_find_nothing(shelf: tuple[Shelf, str, FixedClock]) -> None:
    """An old link is gone; something that is no token is not looked up."""
    _, link, clock = shelf
    async with aiohttp.ClientSession() as session:
        for wrong, status in ((link[:-1] + "%2e", 404), (link[:-43] + "A" * 43, 410), (link + "x", 404)):
            async with session.post(wrong) as answer:
                assert answer.status == status
        clock.advance(3_601)
        async with session.post(link) as answer:
            assert answer.status == 410
