"""What happens in a crisis's room, and the shortcuts: each translated, stored, acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.intake import Intake
from bot.platform import DeliveryError
from bot.slack import crisis_calls
from bot.slack.calls import Payload, call_id
from bot.slack.crisis_calls import Said
from bot.slack.web import Refusal, Web
from connectors.ports import Clock, Crises
from handlers.core import form
from handlers.core.call import Call
from handlers.core.registry import Registry
from handlers.crisis.rooms import room_key, source_key

log = structlog.get_logger()
READ_SECONDS = 1.5
"""For reading a marked message before its event is answered: Slack waits three seconds."""
UNREAD = "(its words could not be read: look at the message)"
Opens = Callable[[Call, str], Awaitable[bool]]
"""Opens the form that a call asks for; (call, trigger)."""


@dataclass(frozen=True)
class CrisisListeners:
    """Events of channels that are no crisis's room are passed over before anything is kept of them."""

    intake: Intake
    registry: Registry
    crises: Crises
    clock: Clock
    web: Web
    opens: Opens

    def register(self, app: AsyncApp) -> None:
        app.event("pin_added")(self.pinned)
        app.event("reaction_added")(self.reacted)
        app.event("user_change")(self.left)
        for name in ("group_archive", "group_deleted"):
            app.event(name)(self.gone)
        app.shortcut(crisis_calls.NOTE_SHORTCUT)(self.note)
        for name in (crisis_calls.DECLARE_SHORTCUT, crisis_calls.DECLARE_HERE):
            app.shortcut(name)(self.declare)

    async def pinned(self, ack: AsyncAck, body: Payload, context: AsyncBoltContext) -> None:
        event = body["event"]
        item = event.get("item") or {}
        channel = event.get("channel_id") or item.get("channel", "")
        message = item.get("message") or {}
        if message.get("ts"):
            await self._noted(body, self._said(body, "pin", channel, message), context.bot_user_id or "")
        await ack()

    async def reacted(self, ack: AsyncAck, body: Payload, context: AsyncBoltContext) -> None:
        event = body["event"]
        item = event.get("item") or {}
        if event.get("reaction") == crisis_calls.NOTE and item.get("type") == "message":
            message = {"ts": item.get("ts", ""), "user": event.get("item_user", "")}
            await self._noted(
                body, self._said(body, "reaction", item.get("channel", ""), message), context.bot_user_id or ""
            )
        await ack()

    def _said(self, body: Payload, origin: str, channel: str, message: dict[str, Any]) -> Said:
        event = body["event"]
        # In a channel shared with another organisation the person may belong to the other one: not our user.
        tenant = event.get("user_team", "") if body.get("is_ext_shared_channel") else body["team_id"]
        return Said(crisis_calls.identity(tenant, event.get("user", "")), origin, channel, message)

    async def _noted(self, body: Payload, said: Said, me: str) -> None:
        """A board of ours that is pinned is no news."""
        user, command = said.who.user, self.registry.get("crisis noted")
        if command is None or not user or me in {user, said.message.get("user")}:
            return
        if not await self._crisis(body["team_id"], said.channel):
            return
        if said.origin == "reaction":
            said = replace(said, message=await self._read(said))
        call = crisis_calls.noted(body, said, call_id("event", body["event_id"]), command, self.clock.now())
        await self.intake.accept(call, retried_by_platform=True)

    async def _crisis(self, team: str, channel: str) -> str | None:
        return await self.crises.find(room_key("slack", team, channel)) if channel else None

    async def _read(self, said: Said) -> dict[str, Any]:
        """The marked message; what is known of it when Slack does not give its words."""
        ts = said.message.get("ts", "")
        asked = {"channel": said.channel, "limit": 1, "inclusive": True, "include_all_metadata": True}
        places = (("conversations.history", {"latest": ts, "oldest": ts}), ("conversations.replies", {"ts": ts}))
        try:
            async with asyncio.timeout(READ_SECONDS):
                for method, where in places:
                    found = (await self.web.read(method, {**asked, **where})).get("messages", ())
                    for message in found:
                        if message.get("ts") == ts:
                            return dict(message)
        except (Refusal, DeliveryError, TimeoutError) as error:
            log.warning("a marked message could not be read", reason=str(error) or "Slack took too long")
        return {**said.message, "text": UNREAD}

    async def changed(self, body: Payload) -> None:
        """A message behind an entry was edited or deleted: known by the index, so that nothing else is kept."""
        event, team = body["event"], body["team_id"]
        found = crisis_calls.changed(event)
        if found is None:
            return
        ts, result, text = found
        key = source_key("slack", team, event.get("channel", ""), ts)
        crisis = await self.crises.find(key)
        command = self.registry.get("crisis source")
        if crisis is None or command is None:
            return
        line = form.line(command, {"crisis": crisis, "message": key, "result": result, "text": text})
        call = crisis_calls.house(("event", body["event_id"]), line, self.clock.now())
        await self.intake.accept(call, retried_by_platform=True)

    async def left(self, ack: AsyncAck, body: Payload) -> None:
        """An account that was deactivated holds no role any more, in any open crisis."""
        user = body["event"].get("user") or {}
        if user.get("deleted") and user.get("id"):
            where = f"--platform slack --tenant {body['team_id']} --user {user['id']}"
            for crisis, is_open in await self.crises.listed():
                if is_open:
                    key = ("event", body["event_id"], crisis)
                    call = crisis_calls.house(key, f"crisis left {crisis} {where}", self.clock.now())
                    await self.intake.accept(call, retried_by_platform=True)
        await ack()

    async def gone(self, ack: AsyncAck, body: Payload) -> None:
        """The room was archived or deleted."""
        event, team = body["event"], body["team_id"]
        channel = event.get("channel", "")
        if (crisis := await self._crisis(team, channel)) is not None:
            reason = "the channel was archived" if event["type"].endswith("archive") else "the channel was deleted"
            where = f"--platform slack --tenant {team} --channel {channel} --reason {crisis_calls.quoted(reason)}"
            call = crisis_calls.house(("event", body["event_id"]), f"crisis gone {crisis} {where}", self.clock.now())
            await self.intake.accept(call, retried_by_platform=True)
        await ack()

    async def note(self, ack: AsyncAck, body: Payload) -> None:
        """“Add to crisis timeline” on a message, wherever it stands."""
        command = self.registry.get("crisis noted")
        user, team = body["user"], (body.get("team") or {}).get("id", "")
        if command is not None:
            who = crisis_calls.identity(user.get("team_id") or team, user["id"], user.get("username", ""))
            said = Said(who, "shortcut", (body.get("channel") or {}).get("id", ""), body.get("message") or {})
            key = call_id("shortcut", body.get("trigger_id", ""))
            await self.intake.accept(crisis_calls.noted(body, said, key, command, self.clock.now()))
        await ack()

    async def declare(self, ack: AsyncAck, body: Payload) -> None:
        """“Declare major incident”, from anywhere or on a message: the form."""
        command = self.registry.get("crisis declare")
        if command is not None:
            call = crisis_calls.declaring(body, command, self.clock.now())
            if not await self.opens(call, body.get("trigger_id", "")):
                await self.intake.accept(call)
        await ack()
