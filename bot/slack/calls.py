"""Slack payloads as calls: pure, and the same delivery is always the same call.

Source: docs.slack.dev, "Slash commands", "block_actions payload", "Events API".
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from typing import Any

from handlers.core.call import Address, Call, Identity

HOME = "@home"
"""The App Home tab as an address's channel."""
ORIGINAL = "original"
"""As an address's `update`: the ephemeral message that a button stood in, replaced through its response_url."""
HOME_LINE = "monitor operations"
_SETTLING = frozenset({"confirm", "cancel"})
"""Verbs after which the preview they stand under is of no more use."""

Payload = dict[str, Any]


def call_id(*delivery: str) -> str:
    """Short, safe in keys, and the same for the same delivery."""
    return "S" + hashlib.sha256("\n".join(delivery).encode()).hexdigest()[:20]


def slash(body: Payload, command: str, at: datetime) -> Call:
    """`/security TEXT`, or an alias `/security-monitor TEXT` of the registered `command`."""
    team, user = body["team_id"], body["user_id"]
    return Call(
        id=call_id("slash", body.get("trigger_id") or json.dumps(body, sort_keys=True)),
        text=_aliased(body["command"], command, body.get("text", "")),
        who=Identity(platform="slack", tenant=team, user=user, name=body.get("user_name", "")),
        address=Address(
            platform="slack",
            tenant=team,
            channel=body["channel_id"],
            user=user,
            response_url=body.get("response_url", ""),
        ),
        at=at,
        door="slash",
    )


def _aliased(said: str, command: str, text: str) -> str:
    alias = said.removeprefix(f"{command}-")
    return text if alias == said else f"{alias.replace('-', ' ')} {text}"


def mention(body: Payload, me: str, at: datetime) -> Call | None:
    """`@bot TEXT` in a channel, answered in its thread; None for bots, and for edits of what was answered already."""
    event = body["event"]
    if not _by_person(event) or "edited" in event:
        return None
    address = Address(
        platform="slack",
        tenant=body["team_id"],
        channel=event["channel"],
        thread=event.get("thread_ts") or event["ts"],
        user=event["user"],
        visibility="channel",
    )
    return _event_call(body, _unaddressed(event.get("text", ""), me), address, at, "mention")


def direct(body: Payload, me: str, at: datetime) -> Call | None:
    """A direct message; None for bots, edits, deletions and everything else that carries a subtype."""
    event = body["event"]
    if event.get("channel_type") != "im" or event.get("subtype") or not _by_person(event) or "edited" in event:
        return None
    address = Address(
        platform="slack",
        tenant=body["team_id"],
        channel=event["channel"],
        thread=event.get("thread_ts", ""),
        user=event["user"],
        visibility="direct",
    )
    return _event_call(body, _unaddressed(event.get("text", ""), me), address, at, "dm")


def home(body: Payload, at: datetime) -> Call | None:
    """The Home tab opened; None for the app's other tabs."""
    event = body["event"]
    if event.get("tab") != "home":
        return None
    address = Address(platform="slack", tenant=body["team_id"], channel=HOME, user=event["user"], visibility="direct")
    return _event_call(body, HOME_LINE, address, at, "home")


def _event_call(body: Payload, text: str, address: Address, at: datetime, door: Any) -> Call:
    event = body["event"]
    # In a channel shared with another organisation the author may belong to the other one: not our user.
    own = not body.get("is_ext_shared_channel")
    tenant = body["team_id"] if own else event.get("user_team") or event.get("team") or ""
    who = Identity(platform="slack", tenant=tenant, user=address.user)
    return Call(id=call_id("event", body["event_id"]), text=text, who=who, address=address, at=at, door=door)


def _by_person(event: Payload) -> bool:
    return bool(event.get("user")) and not event.get("bot_id") and not event.get("bot_profile")


def _unaddressed(text: str, me: str) -> str:
    """What follows the bot's own mention, or stands before it when nothing follows."""
    before, _, after = re.sub(rf"<@{re.escape(me)}(\|[^<>]*)?>", "\0", text, count=1).partition("\0")
    return after.strip(" ,:") or before.strip()


def press(body: Payload, at: datetime) -> Call | None:
    """A button (its value is the line) or a choice in a menu; None for elements that type nothing."""
    action = body["actions"][0]
    line = action.get("value") or (action.get("selected_option") or {}).get("value") or ""
    if not action.get("action_id", "").startswith(("line", "open")) or not line:
        return None
    user = body["user"]
    tenant = user.get("team_id") or (body.get("team") or {}).get("id", "")
    return Call(
        id=call_id("press", body.get("trigger_id", ""), action["action_id"], action.get("action_ts", "")),
        text=line,
        who=Identity(platform="slack", tenant=tenant, user=user["id"], name=user.get("username", "")),
        address=_pressed_in(body, line),
        at=at,
        door="button",
    )


def _pressed_in(body: Payload, line: str) -> Address:
    """Where the button stood: its ephemeral message, its thread, its direct message; the Home tab answers directly."""
    container, user = body.get("container") or {}, body["user"]["id"]
    team = (body.get("team") or {}).get("id") or body["user"].get("team_id", "")
    channel = container.get("channel_id") or (body.get("channel") or {}).get("id", "")
    if not channel:
        return Address(platform="slack", tenant=team, channel=user, user=user, visibility="direct")
    message = body.get("message") or {}
    thread = message.get("thread_ts") or container.get("thread_ts") or ""
    settled = line.partition(" ")[0] in _SETTLING
    at = Address(platform="slack", tenant=team, channel=channel, user=user, thread=thread)
    if container.get("is_ephemeral"):
        update = ORIGINAL if settled else ""
        return at.model_copy(update={"response_url": body.get("response_url", ""), "update": update})
    posted = container.get("message_ts", "")
    if channel.startswith("D"):
        return at.model_copy(update={"visibility": "direct", "update": posted if settled else ""})
    return at.model_copy(update={"visibility": "channel", "thread": thread or posted})
