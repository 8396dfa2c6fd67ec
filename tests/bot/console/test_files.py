"""Files on the console's page: a link for the session that asked, and for nobody else."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, CookieJar

from handlers.core.call import Address
from handlers.core.filed import filed
from handlers.core.parcel import outgoing
from messages.document import Document
from messages.figures import Figure
from messages.files import write
from messages.files.model import MEDIA, Attachment
from tests.bot.console.site import HOSTILE, Site, site

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FIGURE = Figure(
    id="queue.open", label="Open", value=7, unit="count", definition="Open now.", sources=("Case desk",), as_of=NOW
)


def file(title: str = "Queue", name: str = "queue.csv") -> Attachment:
    return Attachment(name=name, format="csv", document=Document(title=title, figures=(FIGURE,)))


async def handed(at: Site, one: Attachment) -> dict[str, Any]:
    """Open the page and have a file delivered to its session; the entry that the page shows."""
    await at.open()
    (cookie,) = [cookie.value for cookie in at.client.cookie_jar if cookie.key.startswith("soc_console")]
    session = cookie.split(".")[0]
    address = Address(platform="console", thread=session, user="operator", visibility="direct")
    await at.state.queue.post([outgoing(filed(one, address, "call-1:file0", "call-1"))])
    return (await at.stream(lambda entry: entry["kind"] == "post"))[-1][1]


async def test_a_file_is_a_link_to_its_bytes(tmp_path: Path) -> None:
    """The entry shows name, size and TLP; the link gives the file's bytes, to be saved and never shown as a page."""
    async with site(tmp_path) as at:
        entry = await handed(at, file())
        link = re.search(r'href="([^"]+)"', entry["html"])
        assert link is not None
        response = await at.get(link[1])
        content = await response.read()
        await at.app.core.writer.close()
    assert content == write(file())
    assert response.headers["Content-Type"] == MEDIA["csv"]
    assert response.headers["Content-Disposition"] == 'attachment; filename="queue.csv"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "TLP:AMBER" in entry["html"] and "bytes" in entry["html"]
    assert entry["html"].endswith("</article>")


async def test_nobody_else_gets_it(tmp_path: Path) -> None:
    """Another session, no session and a made-up name get nothing."""
    async with site(tmp_path) as at:
        entry = await handed(at, file())
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as client:
            stranger = Site(at.url, at.app, at.state, client, at.adapter)
            unknown = await stranger.get(f"/console/file/{entry['id']}")
            await stranger.open()
            other = await stranger.get(f"/console/file/{entry['id']}")
        wrong = await at.get("/console/file/..%2f..%2fetc%2fpasswd")
        await at.app.core.writer.close()
    assert (unknown.status, other.status, wrong.status) == (401, 404, 404)


async def test_hostile_names_stay_text(tmp_path: Path) -> None:
    """Markup and line breaks in a name reach neither the page's markup nor the header."""
    async with site(tmp_path) as at:
        entry = await handed(at, file(HOSTILE, 'a"b\r\nX-Evil: 1<img src=x>.csv'))
        response = await at.get(f"/console/file/{entry['id']}")
        await at.app.core.writer.close()
    assert "<img" not in entry["html"] and "<script" not in entry["html"]
    assert response.status == 200 and "X-Evil" not in response.headers
