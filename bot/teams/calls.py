"""Teams activities as calls: pure, and the same delivery is always the same call.

Source: learn.microsoft.com, "Bot activity handlers", "Universal Actions for Adaptive Cards", "Conversation events";
Bot Framework protocol 3.1 (microsoft/botframework-sdk, specs/botframework-activity).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.teams.words import Json, addressed, inner, line, part
from handlers.core import form
from handlers.core.call import NOWHERE, SELF, Address, Call, Door, Identity
from handlers.core.registry import Registry
from messages.adaptive_card import pressed, submitted

REFRESH = "refresh"
"""The verb by which a board that is looked at asks for its newest state."""
_ROOT = ";messageid="
_SETTLING = frozenset({"confirm", "cancel"})
"""Verbs after which the preview they stand under is of no more use."""


@dataclass(frozen=True)
class Place:
    """Where an activity came from. `channel` is the conversation without its thread; `user` the aadObjectId."""

    tenant: str
    channel: str
    thread: str
    kind: str
    user: str
    account: str
    name: str

    @property
    def personal(self) -> bool:
        return self.kind == "personal"


def place(activity: Json) -> Place:
    """Read from the signed activity alone, never from what a card carries."""
    conversation = part(activity, "conversation", "id")
    channel, _, thread = conversation.partition(_ROOT)
    kind = part(activity, "conversation", "conversationType")
    return Place(
        tenant=part(activity, "conversation", "tenantId") or part(activity, "channelData", "tenant", "id"),
        channel=channel,
        thread=thread,
        kind=kind or ("channel" if thread else "personal" if conversation.startswith("a:") else "groupChat"),
        user=part(activity, "from", "aadObjectId") or part(activity, "from", "id"),
        account=part(activity, "from", "id"),
        name=part(activity, "from", "name"),
    )


def conversation(channel: str, thread: str = "") -> str:
    """A conversation's id as the Bot Connector knows it."""
    return f"{channel}{_ROOT}{thread}" if thread else channel


def call_id(activity: Json) -> str:
    """Short, safe in keys, and the same for the same activity."""
    delivery = f"{part(activity, 'conversation', 'id')}\n{part(activity, 'id')}"
    return "T" + hashlib.sha256(delivery.encode("utf-8", "replace")).hexdigest()[:20]


def house(key: tuple[str, ...], line: str, at: datetime) -> Call:
    """A line of the house's own; the same `key` is the same call."""
    call = "T" + hashlib.sha256("\n".join(key).encode("utf-8", "replace")).hexdigest()[:20]
    return Call(id=call, text=line, who=SELF, address=NOWHERE, at=at, door="system")


def address(at: Place) -> Address:
    """Where an answer goes."""
    return Address(
        platform="teams",
        tenant=at.tenant,
        channel=at.channel,
        thread=at.thread,
        user=at.user,
        visibility="direct" if at.personal else "channel",
    )


def message(activity: Json, users: Mapping[str, str], at: datetime) -> Call | None:
    """What somebody typed; None for other bots, and in company for what does not mention this one."""
    where = place(activity)
    role = part(activity, "from", "role").lower()
    if not where.user or not where.channel or role in {"bot", "skill"} or where.account.startswith("28:"):
        return None
    targeted = inner(activity, "recipient").get("isTargeted") is True
    if not (where.personal or targeted or addressed(activity)):
        return None
    to = address(where)
    if targeted and not where.personal:
        # Only the sender saw the question (a slash command): the answer, too, is for their eyes.
        to = to.model_copy(update={"channel": "", "thread": "", "visibility": "direct"})
    door: Door = "dm" if where.personal else "slash" if targeted else "mention"
    return _call(activity, line(activity, users), to, at, door)


@dataclass(frozen=True)
class Press:
    """What a card's button asks: a call, or (verb `refresh`) the newest state of a board; `empty`: nothing chosen."""

    call: Call | None = None
    board: str = ""
    empty: str = ""


def press(activity: Json, registry: Registry, at: datetime) -> Press:
    """An Action.Execute (invoke `adaptiveCard/action`) or an Action.Submit (a message's `value`)."""
    value = inner(activity, "value")
    action = inner(value, "action") if "action" in value else {"data": value}
    data, verb = inner(action, "data"), part(action, "verb")
    if verb == REFRESH:
        return Press(board=part(data, "board"), empty="This board is no longer kept: ask for it again.")
    try:
        if verb == "form" or (not verb and "command" in data):
            return _submitted(activity, data, registry, at)
        typed = pressed(data)
    except (TypeError, ValueError):  # what a card carries comes back from a client, which can send anything
        return Press(empty="I cannot read what this button sent.")
    if not typed.strip():
        return Press(empty="Choose something in the menu first.")
    return Press(_call(activity, typed, _standing(activity, typed.partition(" ")[0] in _SETTLING), at, "button"))


def _submitted(activity: Json, data: Json, registry: Registry, at: datetime) -> Press:
    name, fields = submitted(data)
    command = registry.get(name)
    if command is None:
        return Press(empty="There is no such command any more.")
    return Press(_call(activity, form.line(command, fields), _standing(activity, True), at, "form"))


def _standing(activity: Json, replaced: bool) -> Address:
    """Where the card stands; `replaced`: the answer takes its place."""
    return address(place(activity)).model_copy(update={"update": part(activity, "replyToId") if replaced else ""})


def _call(activity: Json, text: str, to: Address, at: datetime, door: Door) -> Call:
    where = place(activity)
    who = Identity(platform="teams", tenant=where.tenant, user=where.user, name=where.name)
    return Call(id=call_id(activity), text=text, who=who, address=to, at=at, door=door)


def shown(card: Any) -> Json:
    """An invoke's answer that puts a card in the place of the one that was pressed, for this reader."""
    return {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": card}


def said(text: str) -> Json:
    """An invoke's answer in words; the card stays as it is."""
    return {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": text}
