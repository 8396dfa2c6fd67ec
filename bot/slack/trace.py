"""Looking whether a parcel's messages stand: by the metadata that every message of ours carries.

`include_all_metadata` needs no scope beyond the conversation's own history (slackapi/python-slack-sdk#1501).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.platform import Parcel
from bot.slack.outgoing import METADATA
from bot.slack.web import Web

HISTORY = 100
"""Messages looked through, newest first: a repeat follows its first try within minutes."""


@dataclass(frozen=True)
class Trace:
    """`stamps`: page → ts; `pages` they should be (0 when nothing was found)."""

    channel: str
    stamps: dict[int, str]
    pages: int

    @property
    def whole(self) -> bool:
        return 0 < self.pages <= len(self.stamps)


async def trace(web: Web, parcel: Parcel) -> Trace:
    """Raises Later, Unsure, Refusal (missing_scope where the conversation's history is none of our business)."""
    at = parcel.address
    channel = at.channel
    if not channel or channel == at.user:
        opened = await web.ask("conversations.open", {"users": at.user})
        channel = str(opened["channel"]["id"])
    asked: dict[str, Any] = {"channel": channel, "limit": HISTORY, "include_all_metadata": True}
    if at.thread:
        said = await web.read("conversations.replies", {**asked, "ts": at.thread})
    else:
        said = await web.read("conversations.history", asked)
    stamps: dict[int, str] = {}
    pages = 0
    for message in said.get("messages", ()):
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        if metadata.get("event_type") == METADATA and payload.get("id") == parcel.id:
            stamps[int(payload.get("page", 0))] = str(message["ts"])
            pages = max(pages, int(payload.get("pages", 1)))
    return Trace(channel, stamps, pages)
