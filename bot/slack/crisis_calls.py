"""What Slack tells about a crisis's room as calls: pins, reactions, edits, deletions, shortcuts, leavers. Pure.

Source: docs.slack.dev/reference/events (pin_added, reaction_added, message with subtypes message_changed and
message_deleted, user_change, group_archive, group_deleted), "Shortcuts" for message_action payloads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.slack.calls import Payload, call_id
from handlers.core import form
from handlers.core.call import NOWHERE, SELF, Address, Call, Identity
from handlers.core.command import Command

NOTE = "memo"
"""The reaction that puts a message into the timeline: 📝."""
NOTE_SHORTCUT = "crisis_note"
DECLARE_SHORTCUT = "crisis_declare"
DECLARE_HERE = "crisis_declare_message"
MOST = 3_000
"""Characters of a message that an entry keeps; the rest is said to be missing."""
TITLE = 150


@dataclass(frozen=True)
class Said:
    """A message that somebody wants in the timeline, who that is, and how they said so."""

    who: Identity
    origin: str
    channel: str
    message: dict[str, Any]


def words(message: dict[str, Any]) -> str:
    """A message's text, cut with a remark; files stand as their names."""
    text = str(message.get("text") or "").strip()
    files = ", ".join(str(file.get("name", "a file")) for file in message.get("files") or ())
    text = f"{text} [files: {files}]".strip() if files else text
    return text if len(text) <= MOST else f"{text[:MOST]} … (cut here; {len(text):,} characters in all)"


def written(ts: str) -> str:
    """A message's ts as an instant; "" when it is none."""
    try:
        return datetime.fromtimestamp(float(ts), UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def noted(body: Payload, said: Said, key: str, command: Command[Any], at: datetime) -> Call:
    """`crisis noted …` as whoever pinned or marked it; the answer is for their eyes."""
    message, who = said.message, said.who
    values = {
        "origin": said.origin,
        "channel": said.channel,
        "message": str(message.get("ts", "")),
        "at": written(str(message.get("ts", ""))),
        "author": str(message.get("user") or ""),
        "link": str(message.get("permalink") or ""),
        "text": words(message),
    }
    address = Address(
        platform="slack",
        tenant=body.get("team_id") or (body.get("team") or {}).get("id", ""),
        channel=said.channel,
        thread=str(message.get("thread_ts") or ""),
        user=who.user,
        response_url=body.get("response_url", ""),
    )
    return Call(id=key, text=form.line(command, values), who=who, address=address, at=at, door="event")


def changed(event: Payload) -> tuple[str, str, str] | None:
    """(ts, edited or deleted, new words) of a message that is not what it was; None when its words are the same."""
    if event.get("subtype") == "message_deleted":
        return str(event.get("deleted_ts", "")), "deleted", ""
    if event.get("subtype") != "message_changed":
        return None
    now, before = event.get("message") or {}, event.get("previous_message") or {}
    ts = str(now.get("ts", ""))
    if now.get("subtype") == "tombstone":  # what a deleted message with a thread below it becomes
        return ts, "deleted", ""
    return None if words(now) == words(before) else (ts, "edited", words(now))


def house(key: tuple[str, ...], line: str, at: datetime) -> Call:
    """A line of the house's own; the same delivery is the same call."""
    return Call(id=call_id(*key), text=line, who=SELF, address=NOWHERE, at=at, door="system")


def quoted(text: str) -> str:
    """One word of a line."""
    return '"' + "".join(ch if ch.isprintable() and ch != '"' else " " for ch in text) + '"'


def identity(team: str, user: str, name: str = "") -> Identity:
    """Whoever did it."""
    return Identity(platform="slack", tenant=team, user=user, name=name)


def declaring(body: Payload, command: Command[Any], at: datetime) -> Call:
    """`crisis declare` from a shortcut, with the message's first words as the title in the form."""
    user, team = body["user"], (body.get("team") or {}).get("id") or body["user"].get("team_id", "")
    channel = (body.get("channel") or {}).get("id", "")
    title = " ".join(words(body.get("message") or {}).split())[:TITLE]
    where = Address(
        platform="slack",
        tenant=team,
        channel=channel or user["id"],
        user=user["id"],
        visibility="private" if channel else "direct",
        response_url=body.get("response_url", ""),
    )
    line = form.line(command, {"title": title}) if title else command.name
    return Call(
        id=call_id("shortcut", body.get("trigger_id", "")),
        text=f"{command.name} --form {line.removeprefix(command.name)}".strip(),
        who=identity(user.get("team_id") or team, user["id"], user.get("username", "")),
        address=where,
        at=at,
        door="form",
    )
