"""Files for the console's page: kept a day, fetched by the session they were made for and nobody else."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from aiohttp import web
from aiohttp.helpers import content_disposition_header
from markupsafe import Markup

from bot.console.guard import HEADERS
from bot.platform import Parcel
from connectors.errors import StateError
from connectors.ports import Store
from messages.files.model import MEDIA, Attachment

SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Download:
    """A file as it goes to the browser."""

    name: str
    media: str
    content: bytes


class Shelf:
    """Files in the state store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, session: str, parcel_id: str, file: Attachment, content: bytes) -> None:
        """StateError when that is not possible."""
        held = {
            "name": file.name,
            "media": MEDIA[file.format],
            "content": base64.b85encode(content).decode(),
        }
        await self._store.put(_key(session, parcel_id), json.dumps(held), SECONDS)

    async def take(self, session: str, parcel_id: str) -> Download | None:
        """None after a day, or when it is another session's. StateError when the store is away."""
        text = await self._store.get(_key(session, parcel_id))
        if text is None:
            return None
        held = json.loads(text)
        return Download(held["name"], held["media"], base64.b85decode(held["content"]))

    async def serve(self, request: web.Request, session: str) -> web.StreamResponse:
        """The file named in the path, for saving: never shown as a page of ours."""
        try:
            found = await self.take(session, request.match_info["parcel"])
        except StateError:
            raise web.HTTPServiceUnavailable(reason="The state store is away.") from None
        if found is None:
            raise web.HTTPNotFound(reason="This file is no longer kept (one day): ask for it again.")
        saved = content_disposition_header("attachment", filename=found.name)
        headers = {**HEADERS, "Content-Disposition": saved, "Content-Type": found.media}
        return web.Response(body=found.content, headers=headers)


def link(parcel: Parcel, file: Attachment, size: int) -> Markup:
    """What the page shows under the file's words."""
    return Markup(
        '<p class="file"><a class="download" href="/console/file/{id}" download="{name}">Save {name}</a> ({size})</p>'
    ).format(id=parcel.id, name=file.name, size=readable(size))


def readable(size: int) -> str:
    """ "340 bytes", "12 kB", "1.4 MB"."""
    if size < 1_000:
        return f"{size} bytes"
    return f"{size / 1_000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _key(session: str, parcel_id: str) -> str:
    return f"console-file:{session}:{parcel_id}"
