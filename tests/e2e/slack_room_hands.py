"""What people do in a crisis's channel: write, pin, mark, edit, delete, leave; and Slack's shortcuts."""

from __future__ import annotations

import itertools
from typing import Any

from tests.e2e.slack_hands import Hands, Heard
from tests.e2e.slack_standin import Json

_serial = itertools.count(1)


def says(hands: Hands, channel: str, text: str, user: str = "") -> Json:
    """A message of a person stands in the channel."""
    message = {
        "type": "message",
        "user": user or hands.user,
        "text": text,
        "ts": f"{int(hands.slack.now())}.{next(_serial) + 500_000:06d}",
        "channel": channel,
    }
    hands.slack.messages.setdefault(channel, []).append(message)
    return message


async def pins(hands: Hands, message: Json, user: str = "", event_id: str = "") -> Heard:
    """pin_added."""
    channel = message["channel"]
    item = {"type": "message", "channel": channel, "message": {k: v for k, v in message.items() if k != "channel"}}
    event = {"type": "pin_added", "user": user or hands.user, "channel_id": channel, "item": item}
    return await hands.tell(event, event_id)


async def marks(hands: Hands, message: Json, user: str = "", reaction: str = "memo") -> Heard:
    """reaction_added, which carries no words."""
    item = {"type": "message", "channel": message["channel"], "ts": message["ts"]}
    event = {"type": "reaction_added", "user": user or hands.user, "reaction": reaction, "item": item}
    return await hands.tell({**event, "item_user": message["user"]})


async def edits(hands: Hands, message: Json, text: str) -> Heard:
    """message_changed in a private channel."""
    before = {k: v for k, v in message.items() if k != "channel"}
    message["text"] = text
    now = {k: v for k, v in message.items() if k != "channel"} | {"edited": {"user": message["user"], "ts": "1.0"}}
    return await _told(hands, message["channel"], "message_changed", message=now, previous_message=before)


async def deletes(hands: Hands, message: Json) -> Heard:
    """message_deleted."""
    hands.slack.messages[message["channel"]].remove(message)
    return await _told(hands, message["channel"], "message_deleted", deleted_ts=message["ts"])


async def _told(hands: Hands, channel: str, subtype: str, **more: Any) -> Heard:
    event = {"type": "message", "subtype": subtype, "channel": channel, "channel_type": "group", "hidden": True}
    return await hands.tell({**event, "ts": "1.0", **more})


async def leaves(hands: Hands, user: str) -> Heard:
    """The account is deactivated."""
    hands.slack.rooms.gone.add(user)
    about = {"id": user, "team_id": hands.slack.team, "deleted": True}
    return await hands.tell({"type": "user_change", "user": about})


async def archives(hands: Hands, channel: str) -> Heard:
    """Somebody archives the channel."""
    hands.slack.rooms.made[channel]["is_archived"] = True
    return await hands.tell({"type": "group_archive", "channel": channel, "user": hands.user})


async def shortcut(hands: Hands, callback: str, message: Json | None = None, user: str = "") -> Heard:
    """A message shortcut, or without a message the global one."""
    user = user or hands.user
    payload: Json = {
        "type": "message_action" if message else "shortcut",
        "callback_id": callback,
        "trigger_id": hands.slack.trigger(),
        "team": {"id": hands.slack.team, "domain": "example"},
        "user": {"id": user, "username": user.lower(), "team_id": hands.slack.team},
    }
    if message:
        channel = message["channel"]
        payload |= {
            "channel": {"id": channel, "name": "room"},
            "message": {k: v for k, v in message.items() if k != "channel"},
            "message_ts": message["ts"],
            "response_url": hands.slack.response_url(channel, user),
        }
    return await hands.interact(payload)
