"""Guests of a crisis's room in Slack: noticed when they come, and by looking now and then at who is there.

Source: docs.slack.dev/reference/events/member_joined_channel, member_left_channel; objects/user-object
(is_restricted, is_ultra_restricted, is_stranger).
"""

from __future__ import annotations

import asyncio

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.intake import Intake
from bot.platform import DeliveryError, Undeliverable, Unsure
from bot.slack import crisis_calls
from bot.slack.calls import Payload
from bot.slack.rooms import Rooms, why
from bot.slack.web import Refusal, Web
from connectors.errors import StateError
from connectors.ports import Clock, Crises
from handlers.core import form
from handlers.core.registry import Registry
from handlers.crisis.rooms import room_key
from handlers.crisis.state import Crisis

log = structlog.get_logger()
ASK_SECONDS = 1.5
"""For asking who joined before their event is answered: Slack waits three seconds."""
LOOK_SECONDS = 600.0
"""Between two looks at who is in a room: an event may be lost, or come before the room is known to be one."""
Known = dict[str, tuple[str, str]]
"""User → (name, why they count as outside)."""


class RoomGuests:
    """What is found becomes a call of the house's own; a room that is no crisis's is passed over."""

    def __init__(self, intake: Intake, registry: Registry, crises: Crises, clock: Clock, web: Web) -> None:
        self._intake, self._registry, self._crises, self._clock = intake, registry, crises, clock
        self._web, self._rooms = web, Rooms(web)
        self._looked: dict[tuple[str, str], float] = {}
        self._looking: set[asyncio.Task[None]] = set()

    def register(self, app: AsyncApp) -> None:
        app.event("member_joined_channel")(self.joined)
        app.event("member_left_channel")(self.left)

    async def joined(self, ack: AsyncAck, body: Payload, context: AsyncBoltContext) -> None:
        event, team = body["event"], body["team_id"]
        user, channel = event.get("user", ""), event.get("channel", "")
        crisis = await self._crises.find(room_key("slack", team, channel))
        if crisis is not None and user and user != context.bot_user_id:
            name, reason = await self._person(user)
            if reason:
                await self._tell(("event", body["event_id"]), crisis, (team, channel, user), name=name, why=reason)
        await ack()

    async def left(self, ack: AsyncAck, body: Payload) -> None:
        event, team = body["event"], body["team_id"]
        user, channel = event.get("user", ""), event.get("channel", "")
        crisis = await self._crises.find(room_key("slack", team, channel))
        if crisis is not None and user in await self._known(crisis, team, channel):
            await self._tell(("event", body["event_id"]), crisis, (team, channel, user), result="left")
        await ack()

    def noticed(self, body: Payload) -> None:
        """Something is said in a private channel: look who is there, aside, unless that was done lately."""
        event, place = body["event"], (body["team_id"], str(body["event"].get("channel", "")))
        now = self._clock.monotonic()
        if event.get("channel_type") != "group" or now - self._looked.get(place, -LOOK_SECONDS) < LOOK_SECONDS:
            return
        self._looked[place] = now
        task = asyncio.create_task(self._aside(*place))
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)

    async def _aside(self, team: str, channel: str) -> None:
        try:
            if not await self.look(team, channel):
                del self._looked[team, channel]  # it may become a room any moment
        except (Refusal, DeliveryError, StateError) as error:
            log.warning("who is in a crisis's room was not looked at", channel=channel, reason=str(error))

    async def look(self, team: str, channel: str) -> bool:
        """Tell of guests nobody told of, and of those who are gone; False for a channel that is no open crisis's room.

        Raises Refusal, Later, Unsure, Undeliverable, StateError.
        """
        crisis = await self._crises.find(room_key("slack", team, channel))
        kept = await self._crises.load(crisis) if crisis else None
        if crisis is None or kept is None or not Crisis.model_validate_json(kept.state).open:
            return False
        known, there = await self._known(crisis, team, channel), await self._rooms.guests(channel)
        for user in known ^ there.keys():
            name, reason = there.get(user, ("", ""))
            key = ("guest", crisis, channel, user, str(kept.version))
            result = "joined" if user in there else "left"
            await self._tell(key, crisis, (team, channel, user), name=name, why=reason, result=result)
        return True

    async def _person(self, user: str) -> tuple[str, str]:
        """Unsure, Later: Slack sends the event again. Whom Slack does not describe nobody can vouch for."""
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await self._rooms.person(user)
        except TimeoutError:
            raise Unsure("users.info took too long") from None
        except Refusal as error:
            return "", f"whether they are from outside could not be checked: {why(error)}"

    async def _known(self, crisis: str, team: str, channel: str) -> set[str]:
        kept = await self._crises.load(crisis)
        guests = Crisis.model_validate_json(kept.state).guests if kept else ()
        return {one.who.user for one in guests if one.place[:3] == ("slack", team, channel)}

    async def _tell(self, key: tuple[str, ...], crisis: str, at: tuple[str, str, str], **more: str) -> None:
        command = self._registry.get("crisis guest")
        if command is None:
            raise Undeliverable("this bot has no command for guests")
        team, channel, user = at
        place = {"crisis": crisis, "platform": "slack", "tenant": team, "channel": channel, "user": user}
        more["name"] = more.get("name", "")[:80]
        line = form.line(command, {**place, **{name: value for name, value in more.items() if value}})
        call = crisis_calls.house(key, line, self._clock.now())
        await self._intake.accept(call, retried_by_platform=True)
