"""Where an entry of the console stands: a session's own conversation, a room that everybody reads, a person's letters.

A feed is named by the session's token, by `#room`, or by `@user`; tokens hold neither sign.
"""

from __future__ import annotations

import json

from bot.platform import Parcel, Undeliverable
from connectors.ports import Store
from handlers.core.call import Address

ROOMS = "console-rooms"
SECONDS = 30 * 86_400


def feed_of(at: Address) -> str:
    """Where something for this address is told. Undeliverable when it names neither room nor session nor person."""
    if at.visibility == "channel" and at.channel:
        return f"#{at.channel}"
    if at.thread:
        return at.thread
    if at.user:
        return f"@{at.user}"
    raise Undeliverable("the address names no console session")


def shown_in(at: Address) -> str:
    """The conversation of the page that it belongs to: a room, `@user`, or "" for the session's own."""
    return at.channel or ("" if at.thread else f"@{at.user}")


def feed_for(parcel: Parcel) -> str:
    """A "working" message is for whoever asked alone: the answer may turn out to be."""
    at = parcel.address
    return at.thread if parcel.kind == "working" and at.thread else feed_of(at)


class Rooms:
    """The rooms that were made, in the state store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, name: str, title: str) -> None:
        """Known from now on; again is no harm. StateError when the store is away."""
        if name not in await self.listed():
            await self._store.append(ROOMS, json.dumps({"name": name, "title": title}), SECONDS)

    async def listed(self) -> dict[str, str]:
        """Name → title, the newest first."""
        found = [json.loads(value) for _, value in await self._store.tail(ROOMS, "", 0)]
        return {one["name"]: one["title"] for one in reversed(found)}
