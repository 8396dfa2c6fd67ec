"""Rooms of crises in the console: made once, read by everybody who takes part, boards replaced in place."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar

from handlers.core.access import AccessFile
from handlers.core.call import Address
from handlers.core.parcel import Parcel, Room
from messages.document import Document
from tests.bot.console.browser import CHROMIUM, browser, tab
from tests.bot.console.site import Site, site

NAME = "crisis-1-amber-harbour"
CLEARED = AccessFile.model_validate({"channels": [{"platform": "console", "channel": NAME, "tlp": "red"}]})


def parcel(number: int, title: str, room: Room | None = None, board: str = "", **address: str) -> Parcel:
    at = Address.model_validate({"platform": "console", "visibility": "channel"} | address)
    document = Document(title=title)
    return Parcel(id=f"p{number}", kind="post", call="c", address=at, document=document, room=room, board=board)


async def make_room(at: Site) -> str:
    """The room, as a declaration makes it."""
    made = parcel(1, "Welcome", Room(name=NAME, title="Crisis 1", invite=("demo-lead",)), user="demo-lead")
    receipt = await at.adapter.platform.deliver(made, None)
    assert await at.adapter.platform.delivered(made) is False
    assert await at.adapter.platform.deliver(made, None) == receipt
    return receipt.channel


async def feed(at: Site, room: str, count: int, role: str = "lead", client: ClientSession | None = None) -> list[Any]:
    """The first entries of a conversation."""
    found: list[Any] = []
    params = {"room": room, "role": role}
    url = f"{at.url}/console/stream"
    async with asyncio.timeout(10), (client or at.client).get(url, params=params) as response:
        assert response.status == 200, await response.text()
        async for raw in response.content:
            if raw.startswith(b"data: "):
                found.append(json.loads(raw[6:]))
                if len(found) == count:
                    break
    return found


async def test_a_room_is_made_once_and_listed(tmp_path: Path) -> None:
    """Its receipt names it; whoever takes part sees it in the list, who does not does not."""
    async with site(tmp_path) as at:
        await at.open()
        assert await make_room(at) == NAME
        listed = await (await at.get("/console/rooms?role=lead")).json()
        assert listed == {"rooms": [{"name": NAME, "title": "Crisis 1"}]}
        assert await (await at.get("/console/rooms?role=auditor")).json() == {"rooms": []}
        assert (await at.get(f"/console/stream?room={NAME}&role=auditor")).status == 403
        assert (await at.post(line="echo x", room=NAME, role="auditor")).status == 403
        assert (await at.get("/console/stream?room=no-such-room&role=lead")).status == 403


async def test_what_is_said_in_a_room_is_read_by_all(tmp_path: Path) -> None:
    """Question and answer stand in the room's feed, for other sessions too, when the room may see the answer."""
    async with site(tmp_path, file=CLEARED) as at:
        await at.open()
        await make_room(at)
        assert (await at.post(line="echo hello", room=NAME, role="lead")).status == 202
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as other:
            await other.get(f"{at.url}/")
            entries = await feed(at, NAME, 4, "manager", other)
            shown = [(entry["kind"], entry["room"]) for entry in entries if entry["id"] != "p1"]
            assert shown == [("asked", NAME), ("answer", NAME)]
            path = f"{at.url}/console/payload/{entries[-1]['id']}?as=json&room={NAME}&role=manager"
            assert (await other.get(path)).status == 200
            assert (await other.get(path.replace(NAME, ""))).status == 404


async def test_what_a_room_may_not_see_is_for_the_asker(tmp_path: Path) -> None:
    """An answer above the room's class comes into the asker's own feed, marked as belonging to the room."""
    async with site(tmp_path) as at:
        await at.open()
        await make_room(at)
        await at.post(line="echo hello", room=NAME, role="lead")
        answer = (await at.stream(lambda entry: entry["kind"] == "answer"))[-1][1]
        assert (answer["room"], answer["aside"]) == (NAME, True)


async def test_letters_to_a_person_are_theirs(tmp_path: Path) -> None:
    """What is written to an account is listed for that account alone."""
    async with site(tmp_path) as at:
        await at.open()
        await at.adapter.platform.deliver(parcel(1, "Approve?", user="demo-counsel", visibility="direct"), None)
        listed = await (await at.get("/console/rooms?role=counsel")).json()
        assert [room["name"] for room in listed["rooms"]] == ["@demo-counsel"]
        assert [entry["id"] for entry in await feed(at, "@demo-counsel", 1, "counsel")] == ["p1"]
        assert (await (await at.get("/console/rooms?role=lead")).json())["rooms"] == []
        assert (await at.get("/console/stream?room=@demo-counsel&role=lead")).status == 403


@pytest.fixture(scope="module")
def tabs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with browser(tmp_path_factory.mktemp("rooms")) as address:
        yield address


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
async def test_the_page_switches_rooms_and_pins_boards(tmp_path: Path, tabs: str) -> None:
    """A new room appears at the side; inside, the board is shown once and replaced in place, speakers are named, and
    one's own conversation is as it was."""
    async with site(tmp_path, file=CLEARED) as at, tab(tabs, at.url) as page:
        await page.until("!document.getElementById('empty').hidden")
        await make_room(at)
        await page.until("document.querySelectorAll('#rooms button').length === 2")
        await page.value("document.querySelectorAll('#rooms button')[1].click()")
        await page.until("document.querySelector('.messages:not([hidden])')?.textContent.includes('Welcome')")
        for number, title in ((2, "Board one"), (3, "Board two")):
            await at.adapter.platform.deliver(parcel(number, title, board="crisis:1", channel=NAME), None)
            await page.until(f"document.getElementById('pinned').textContent.includes('{title}')")
        assert await page.value("document.querySelectorAll('.pinned-board').length") == 1
        assert "Board one" not in await page.value("document.body.textContent")
        await page.ask("echo in the room")
        assert await page.value("document.querySelector('.messages:not([hidden]) .mine b').textContent") == "manager"
        await page.value("document.querySelectorAll('#rooms button')[0].click()")
        assert await page.value("document.getElementById('pinned').hidden")
        assert "in the room" not in await page.value("document.getElementById('messages').textContent")
        assert page.faults == []
