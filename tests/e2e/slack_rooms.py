"""Channels, people and pins of the Slack stand-in: made, listed, joined, pinned, refused as Slack refuses.

Errors from docs.slack.dev/reference/methods: conversations.create, .list, .info, .members, .invite, .setTopic,
.setPurpose, pins.add, users.info.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.e2e.slack_standin import Slack

Json = dict[str, Any]
NEEDED = {
    "conversations.create": "groups:write",
    "conversations.setTopic": "groups:write",
    "conversations.setPurpose": "groups:write",
    "conversations.invite": "groups:write",
    "conversations.list": "groups:read",
    "conversations.info": "groups:read",
    "conversations.members": "groups:read",
    "pins.add": "pins:write",
    "users.info": "users:read",
}
SCOPES = "channels:read,groups:history,groups:read,groups:write,pins:read,pins:write,reactions:read,users:read"
_serial = itertools.count(1)
_PAGE = 2
"""Channels and members a page: small, so that cursors are followed in every test."""


@dataclass
class Rooms:
    """`made` channels by id; `people` whom users.info describes otherwise than as members; `gone` accounts."""

    slack: Slack
    made: dict[str, Json] = field(default_factory=dict)
    people: dict[str, Json] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    pins: dict[str, list[str]] = field(default_factory=dict)

    def named(self, name: str) -> str:
        """The id of the channel of this name."""
        return next(key for key, channel in self.made.items() if channel["name"] == name)

    def methods(self) -> dict[str, Callable[[Json], Awaitable[Json]]]:
        return {
            "conversations.create": self._create,
            "conversations.list": self._list,
            "conversations.info": self._info,
            "conversations.members": self._members,
            "conversations.invite": self._invite,
            "conversations.setTopic": self._set("topic"),
            "conversations.setPurpose": self._set("purpose"),
            "pins.add": self._pin,
            "users.info": self._user,
        }

    async def _create(self, payload: Json) -> Json:
        name = str(payload.get("name", ""))
        if len(name) > 80:
            return _no("invalid_name_maxlength")
        if not re.fullmatch(r"[a-z0-9_-]+", name):
            return _no("invalid_name_specials")
        if any(channel["name"] == name for channel in self.made.values()):
            return _no("name_taken")
        made = self.add(name, self.slack.bot_user, private=payload.get("is_private") is True)
        return {"ok": True, "channel": self.made[made]}

    def add(self, name: str, creator: str, private: bool = True) -> str:
        """A channel made by somebody, who is in it."""
        key = f"CROOM{next(_serial)}"
        self.made[key] = {"id": key, "name": name, "creator": creator, "is_private": private, "is_archived": False}
        self.slack.members[key] = {creator}
        return key

    async def _list(self, payload: Json) -> Json:
        mine = [c for key, c in self.made.items() if self.slack.bot_user in self.slack.members[key]]
        if "private_channel" not in payload.get("types", "public_channel"):
            mine = [channel for channel in mine if not channel["is_private"]]
        return self._page("channels", [channel for channel in mine if not channel["is_archived"]], payload)

    async def _info(self, payload: Json) -> Json:
        channel = payload["channel"]
        if error := self._known(channel):
            return _no(error)
        return {"ok": True, "channel": {"id": channel, "is_ext_shared": False, **self.made.get(channel, {})}}

    async def _members(self, payload: Json) -> Json:
        if error := self._known(payload["channel"]):
            return _no(error)
        return self._page("members", sorted(self.slack.members[payload["channel"]]), payload)

    def _page(self, name: str, items: list[Any], payload: Json) -> Json:
        start = int(payload.get("cursor") or 0)
        end = start + _PAGE
        more = str(end) if end < len(items) else ""
        return {"ok": True, name: items[start:end], "response_metadata": {"next_cursor": more}}

    async def _invite(self, payload: Json) -> Json:
        channel, user = payload["channel"], payload["users"]
        if error := self.entry(channel):
            return _no(error)
        if user == self.slack.bot_user:
            return _no("cant_invite_self")
        if user in self.gone or not user.startswith("U"):
            return _no("user_not_found")
        if user in self.slack.members[channel]:
            return _no("already_in_channel")
        self.slack.members[channel].add(user)
        return {"ok": True, "channel": self.made.get(channel, {"id": channel})}

    def _set(self, what: str) -> Callable[[Json], Awaitable[Json]]:
        async def write(payload: Json) -> Json:
            if error := self.entry(payload["channel"]):
                return _no(error)
            if len(payload[what]) > 250:
                return _no("too_long")
            self.made[payload["channel"]][what] = {"value": payload[what]}
            return {"ok": True}

        return write

    async def _pin(self, payload: Json) -> Json:
        channel, ts = payload["channel"], payload.get("timestamp", "")
        if error := self.entry(channel):
            return _no(error)
        if all(message["ts"] != ts for message in self.slack.messages.get(channel, [])):
            return _no("message_not_found")
        if ts in self.pins.setdefault(channel, []):
            return _no("already_pinned")
        self.pins[channel].append(ts)
        return {"ok": True}

    async def _user(self, payload: Json) -> Json:
        user = payload["user"]
        if user in self.gone:
            return {"ok": True, "user": {"id": user, "team_id": self.slack.team, "deleted": True}}
        return {"ok": True, "user": {"id": user, "team_id": self.slack.team, **self.people.get(user, {})}}

    def entry(self, channel: str) -> str:
        """Why the bot may not write there; "" when it may."""
        if self.made.get(channel, {}).get("is_archived"):
            return "is_archived"
        return self._known(channel) or ("" if self.slack.bot_user in self.slack.members[channel] else "not_in_channel")

    def _known(self, channel: str) -> str:
        return "" if channel in self.slack.members else "channel_not_found"


def _no(error: str) -> Json:
    return {"ok": False, "error": error}
