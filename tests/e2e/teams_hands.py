"""People's hands in Teams: signed activities as the Bot Connector sends them."""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.e2e.teams_signing import APP_ID, TENANT, token
from tests.e2e.teams_standin import TEAM_CHANNEL, Json, Message, Teams

BOT = f"28:{APP_ID}"
_serial = itertools.count(1)


@dataclass
class Hands:
    """One person, who types and presses. `url` of the bot."""

    session: aiohttp.ClientSession
    url: str
    teams: Teams
    user: str = "user-1"

    def activity(self, kind: str = "message", conversation: str = "", **more: Any) -> Json:
        """As Teams makes it; `conversation` "" is the personal chat."""
        where = conversation or f"a:{self.user}"
        type_ = "personal" if not conversation else "channel" if conversation.startswith("19:") else "groupChat"
        return {
            "type": kind,
            "id": f"act-{next(_serial)}",
            "channelId": "msteams",
            "serviceUrl": self.teams.service_url,
            "from": {"id": f"29:{self.user}", "aadObjectId": self.user, "name": f"Person {self.user}"},
            "recipient": {"id": BOT, "name": "SOC Bot"},
            "conversation": {"id": where, "conversationType": type_, "tenantId": TENANT},
            "channelData": {"tenant": {"id": TENANT}},
            **more,
        }

    async def send(self, activity: Json, bearer: str | None = None) -> tuple[int, Json]:
        """Status and JSON of the bot's answer."""
        bearer = token(activity["serviceUrl"]) if bearer is None else bearer
        async with self.session.post(
            f"{self.url}/api/messages", json=activity, headers={"Authorization": f"Bearer {bearer}"}
        ) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else {}

    async def say(self, text: str, **more: Any) -> int:
        """In the personal chat."""
        return (await self.send(self.activity(text=text, textFormat="plain", **more)))[0]

    async def mention(self, text: str, channel: str = TEAM_CHANNEL, root: str = "1700000000000", **more: Any) -> int:
        """In a channel's thread."""
        return (await self.send(self.mentioning(text, f"{channel};messageid={root}", **more)))[0]

    def mentioning(self, text: str, conversation: str, **more: Any) -> Json:
        at = {"type": "mention", "text": "<at>SOC Bot</at>", "mentioned": {"id": BOT, "name": "SOC Bot"}}
        entities = [at, *more.pop("entities", [])]
        return self.activity(conversation=conversation, text=f"<at>SOC Bot</at> {text}", entities=entities, **more)

    async def press(self, message: Message, label: str, **inputs: Any) -> tuple[int, Json]:
        """A button of a card by its label (its beginning), with what stands in the inputs."""
        action = next(one for one in actions(message.card) if one["title"].startswith(label))
        return await self.execute(message, action["verb"], {**action["data"], **inputs})

    async def execute(self, message: Message, verb: str, data: Json, trigger: str = "manual") -> tuple[int, Json]:
        value = {"action": {"type": "Action.Execute", "verb": verb, "data": data}, "trigger": trigger}
        conversation = "" if message.conversation.startswith("a:") else message.conversation
        return await self.send(
            self.activity("invoke", conversation, name="adaptiveCard/action", value=value, replyToId=message.id)
        )

    async def until(self, conversation: str, count: int = 1, within: float = 10.0) -> list[Message]:
        """The conversation's messages, as soon as there are so many, none of them "Working"."""
        async with asyncio.timeout(within):
            while len(found := [m for m in self.teams.of(conversation) if "Working" not in text(m.card)]) < count:
                await asyncio.sleep(0.02)
        return found


def actions(item: Any) -> list[Json]:
    """Every Action.Execute of a card."""
    if isinstance(item, list):
        return [found for one in item for found in actions(one)]
    if not isinstance(item, dict):
        return []
    own = [item] if item.get("type") == "Action.Execute" and "title" in item else []
    return own + [found for key, value in item.items() if key != "refresh" for found in actions(value)]


def text(item: Any) -> str:
    """Every word of a card, one element a line."""
    if isinstance(item, list):
        return "\n".join(filter(None, (text(one) for one in item)))
    if not isinstance(item, dict):
        return ""
    own = [item[key] for key in ("text", "title", "label", "value") if isinstance(item.get(key), str)]
    keys = ("body", "items", "inlines", "columns", "actions", "rows", "cells", "facts", "choices")
    return "\n".join([*own, *filter(None, (text(item.get(key)) for key in keys))])
