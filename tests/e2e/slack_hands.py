"""What people do in Slack, as Slack tells the bot: signed requests to POST /slack/events."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from connectors.clock import SystemClock
from tests.e2e.slack_standin import Json, Slack

_serial = itertools.count(1)


def sign(body: str, secret: str, timestamp: int) -> str:
    """Slack's v0 signature (docs.slack.dev, "Verifying requests from Slack")."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Heard:
    """The bot's answer to one request; `seconds` until it was complete."""

    status: int
    body: str
    seconds: float

    @property
    def json(self) -> Json:
        found: Json = json.loads(self.body) if self.body else {}
        return found


@dataclass
class Hands:
    """`url` of the bot; each deed returns what the bot answered to Slack at once."""

    session: aiohttp.ClientSession
    url: str
    slack: Slack
    user: str = "U1"
    """Who does it unless a test says otherwise."""

    async def post(
        self, body: str, *, age: int = 0, secret: str | None = None, headers: dict[str, str] | None = None
    ) -> Heard:
        """A request signed `age` seconds ago; a form unless it looks like JSON."""
        clock = SystemClock()
        at = int(clock.now().timestamp()) - age
        kind = "application/json" if body.startswith("{") else "application/x-www-form-urlencoded"
        signed = {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": str(at),
            "X-Slack-Signature": sign(body, secret or self.slack.signing_secret, at),
        } | (headers or {})
        started = clock.monotonic()
        async with self.session.post(f"{self.url}/slack/events", data=body.encode(), headers=signed) as answer:
            return Heard(answer.status, await answer.text(), clock.monotonic() - started)

    def slash_form(self, text: str, user: str = "", channel: str = "C1", command: str = "/security") -> Json:
        user = user or self.user
        return {
            "token": "unused",
            "team_id": self.slack.team,
            "team_domain": "example",
            "channel_id": channel,
            "channel_name": "soc",
            "user_id": user,
            "user_name": user.lower(),
            "command": command,
            "text": text,
            "api_app_id": "A1",
            "is_enterprise_install": "false",
            "response_url": self.slack.response_url(channel, user),
            "trigger_id": self.slack.trigger(),
        }

    async def slash(self, text: str, **where: str) -> Heard:
        return await self.post(urlencode(self.slash_form(text, **where)))

    def event(self, event: Json, event_id: str = "") -> Json:
        return {
            "token": "unused",
            "team_id": self.slack.team,
            "api_app_id": "A1",
            "type": "event_callback",
            "event_id": event_id or f"Ev{next(_serial)}",
            "event_time": int(self.slack.now()),
            "authorizations": [{"team_id": self.slack.team, "user_id": self.slack.bot_user, "is_bot": True}],
            "event": event,
        }

    async def tell(self, event: Json, event_id: str = "", retry: int = 0) -> Heard:
        headers = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"} if retry else None
        return await self.post(json.dumps(self.event(event, event_id)), headers=headers)

    def mentioned(self, text: str, user: str = "", channel: str = "C1", **more: Any) -> Json:
        user, ts = user or self.user, f"{int(self.slack.now())}.{next(_serial):06d}"
        said = f"<@{self.slack.bot_user}> {text}"
        return {"type": "app_mention", "user": user, "text": said, "ts": ts, "channel": channel} | more

    async def mention(self, text: str, **where: Any) -> Heard:
        return await self.tell(self.mentioned(text, **where))

    def written(self, text: str, user: str = "", **more: Any) -> Json:
        user, ts = user or self.user, f"{int(self.slack.now())}.{next(_serial):06d}"
        event = {"type": "message", "channel_type": "im", "user": user, "text": text, "ts": ts, "channel": f"D{user}"}
        return event | more

    async def dm(self, text: str, **where: Any) -> Heard:
        return await self.tell(self.written(text, **where))

    async def open_home(self, user: str = "", tab: str = "home") -> Heard:
        user = user or self.user
        return await self.tell({"type": "app_home_opened", "user": user, "channel": f"D{user}", "tab": tab})

    async def interact(self, payload: Json) -> Heard:
        return await self.post(urlencode({"payload": json.dumps(payload)}))

    def pressed(self, message: Json, label: str, user: str = "", trigger: str = "") -> Json:
        """block_actions for the button (by its words) or the menu's option (by its words) in a message."""
        user = user or self.user
        action = _find(message["blocks"], label)
        channel = message["channel"]
        ephemeral = "response_type" in message or ("user" in message and "bot_id" not in message)
        container: Json = {"type": "message", "channel_id": channel, "is_ephemeral": ephemeral}
        container["message_ts"] = message.get("ts", "1700000000.000001")
        return {
            "type": "block_actions",
            "team": {"id": self.slack.team, "domain": "example"},
            "user": {"id": user, "username": user.lower(), "team_id": self.slack.team},
            "api_app_id": "A1",
            "container": container,
            "channel": {"id": channel, "name": "soc"},
            "message": {} if ephemeral else {key: message[key] for key in ("ts", "thread_ts") if key in message},
            "trigger_id": trigger or self.slack.trigger(),
            "response_url": self.slack.response_url(channel, user, message),
            "actions": [{**action, "block_id": "b1", "action_ts": f"{next(_serial)}.0"}],
        }

    async def press(self, message: Json, label: str, **more: str) -> Heard:
        return await self.interact(self.pressed(message, label, **more))

    def filled(self, view: Json, values: dict[str, str | bool], user: str = "") -> Json:
        """view_submission with these values by input name."""
        user, state = user or self.user, {}
        for block in view["blocks"]:
            if block["type"] == "input":
                state[block["block_id"]] = {"value": _value(block["element"], values.get(block["block_id"]))}
        return {
            "type": "view_submission",
            "team": {"id": self.slack.team, "domain": "example"},
            "user": {"id": user, "username": user.lower(), "team_id": self.slack.team},
            "api_app_id": "A1",
            "trigger_id": self.slack.trigger(),
            "view": {**view, "state": {"values": state}},
        }

    async def submit(self, view: Json, values: dict[str, str | bool], user: str = "") -> Heard:
        return await self.interact(self.filled(view, values, user))


def _find(blocks: list[Json], label: str) -> Json:
    for block in blocks:
        for element in block.get("elements", ()):
            if element.get("type") == "button" and element["text"]["text"] == label:
                return {"type": "button", "action_id": element["action_id"], "value": element["value"]}
            for option in element.get("options", ()):
                if label in option["text"]["text"]:
                    return {"type": "static_select", "action_id": element["action_id"], "selected_option": option}
    raise AssertionError(f"no button or option “{label}”")


def _value(element: Json, value: str | bool | None) -> Json:
    match element["type"]:
        case "checkboxes":
            return {"type": "checkboxes", "selected_options": element["options"] if value else []}
        case "static_select":
            return {"type": "static_select", "selected_option": {"value": value} if value else None}
        case _:
            return {"type": element["type"], "value": value or None}
