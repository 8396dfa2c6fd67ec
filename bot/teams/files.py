"""Files for Teams: kept an hour, behind a link that works once, which is sent to one person's chat.

Teams takes files from bots in personal chats only, after a consent card and an upload to the person's own OneDrive;
a link to this bot needs neither, leaves no copy elsewhere, and is the same in every client. The link alone opens a page
with a button: what looks at links by itself (previews, scanners) does not use it up.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets

from aiohttp import web
from aiohttp.helpers import content_disposition_header
from markupsafe import Markup

from connectors.errors import StateError
from connectors.ports import Store
from messages.document import Document, Link, Notice, Paragraph, spans
from messages.files.model import MEDIA, Attachment

PATH = "/teams/files/"
SECONDS = 3_600.0
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
GONE = "This link has been used, or is older than an hour: ask for the file again."
UNSET = "the bot's public address is not set (TEAMS_PUBLIC_URL), so I cannot hand over files in Teams."
_PAGE = Markup(
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<title>{name}</title><body style="font: 1rem/1.5 system-ui; margin: 3rem auto; max-width: 32rem">'
    '<h1 style="font-size: 1.2rem">{name}</h1><p>{size} bytes. This link works once.</p>'
    '<form method="post"><button style="font: inherit; padding: .5rem 1rem">Save the file</button></form></body></html>'
)


class Shelf:
    """Files in the state store, found by the hash of their token: whoever reads the store has no link."""

    def __init__(self, store: Store, public_url: str) -> None:
        self._store, self._base = store, public_url.rstrip("/")

    def routes(self) -> list[web.RouteDef]:
        return [web.get(f"{PATH}{{token}}", self._show), web.post(f"{PATH}{{token}}", self._give)]

    @property
    def reachable(self) -> bool:
        return bool(self._base)

    async def keep(self, file: Attachment, content: bytes) -> str:
        """The link. StateError when that is not possible."""
        token = secrets.token_urlsafe(32)
        held = {"name": file.name, "media": MEDIA[file.format], "content": base64.b85encode(content).decode()}
        await self._store.put(_key(token), json.dumps(held), SECONDS)
        return f"{self._base}{PATH}{token}"

    async def _show(self, request: web.Request) -> web.Response:
        held = json.loads(await self._held(request))
        size = len(base64.b85decode(held["content"]))
        page = _PAGE.format(name=held["name"], size=f"{size:,}")
        return web.Response(text=page, content_type="text/html", headers=HEADERS)

    async def _give(self, request: web.Request) -> web.Response:
        await self._held(request)
        key = _key(request.match_info["token"])
        try:
            # One of two presses at the same moment gets it.
            text = await self._store.claim(key, secrets.token_hex(8))
            if text is None:
                raise web.HTTPGone(reason=GONE)
            await self._store.delete(key)
        except StateError:
            raise web.HTTPServiceUnavailable(reason="The state store is away.") from None
        held = json.loads(text)
        saved = content_disposition_header("attachment", filename=held["name"])
        headers = {**HEADERS, "Content-Disposition": saved, "Content-Type": held["media"]}
        return web.Response(body=base64.b85decode(held["content"]), headers=headers)

    async def _held(self, request: web.Request) -> str:
        token = request.match_info["token"]
        if not _TOKEN.fullmatch(token):
            raise web.HTTPNotFound(reason="There is no such file.")
        try:
            text = await self._store.get(_key(token))
        except StateError:
            raise web.HTTPServiceUnavailable(reason="The state store is away.") from None
        if text is None:
            raise web.HTTPGone(reason=GONE)
        return text


def _key(token: str) -> str:
    return f"teamsfile:{hashlib.sha256(token.encode()).hexdigest()}"


def linked(document: Document, file: Attachment, url: str, size: int) -> Document:
    """The words about a file, with its link."""
    text = spans(Link(text=f"Save {file.name}", url=url), f" ({size:,} bytes)")
    note = "The link works once, for one hour, for whoever has it: do not pass it on."
    blocks = (*document.blocks, Paragraph(text=text), Notice(level="info", text=spans(note)))
    return document.model_copy(update={"blocks": blocks})
