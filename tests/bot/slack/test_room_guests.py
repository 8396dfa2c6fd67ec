"""Guests of a crisis's room, noticed in what Slack tells and in who is there, over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web as server

from bot.intake import Intake
from bot.platform import Undeliverable
from bot.slack.adapter import SlackAdapter
from bot.slack.room_guests import RoomGuests
from bot.slack.web import Web
from connectors.clock import SystemClock
from connectors.memory import MemoryState
from handlers.core.access import Access, AccessFile
from handlers.core.call import Call
from handlers.core.parser import parse
from handlers.core.registry import discover
from tests.bot.slack.test_listeners import Answering, waiting
from tests.e2e.rig import slack_settings
from tests.e2e.slack_hands import Hands
from tests.e2e.slack_standin import Slack
from tests.handlers.crisis.room import Room

REGISTRY = discover()


@pytest.fixture
async def room(slack: Slack, state: MemoryState) -> Room:
    """Crisis 1 of another process on the same state, whose room is the channel `CROOM`."""
    made = Room(state=state)
    await made.declared()
    slack.rooms.made["CROOM"] = {"id": "CROOM", "name": "crisis-1", "creator": slack.bot_user, "is_private": True}
    slack.members["CROOM"] = {slack.bot_user, "U1", "U9"}
    slack.rooms.people["U9"] = {"is_ultra_restricted": True, "real_name": 'Guest "09" --result left'}
    return made


@pytest.fixture
async def hands(slack: Slack, state: MemoryState) -> AsyncIterator[Hands]:
    intake = Intake(state.queue, Answering(), {})  # type: ignore[arg-type]
    access = Access(AccessFile(), {"*": ("analyst",)})
    adapter = SlackAdapter(slack_settings(slack), intake, REGISTRY, access, SystemClock(), state.store, state.crises, 1)
    app = server.Application()
    app.add_routes(adapter.routes())
    runner = server.AppRunner(app)
    await runner.setup()
    await server.TCPSite(runner, "127.0.0.1", 0).start()
    await adapter.start()
    async with aiohttp.ClientSession() as session:
        yield Hands(session, f"http://127.0.0.1:{runner.addresses[0][1]}", slack)
    await runner.cleanup()
    await adapter.stop()


def moved(kind: str, user: str, channel: str = "CROOM") -> dict[str, str]:
    return {"type": f"member_{kind}_channel", "user": user, "channel": channel, "channel_type": "G"}


async def told(state: MemoryState, room: Room) -> list[str]:
    """The house's calls in the inbox, made; as (user, what, why)."""
    calls: list[Call] = await waiting(state)
    for call in calls:
        assert (call.door, call.who.platform) == ("system", "system")
        await room.pipeline.answer(call)
    args = [parse(call.text, REGISTRY).args for call in calls]
    return [f"{one.user} {one.result}: {one.why}".strip(": ") for one in args]


async def test_a_guest_who_joins_is_told_of(hands: Hands, state: MemoryState, room: Room) -> None:
    """By their account, with a name that stays a name; one of us, the bot itself and other channels are passed over."""
    for user, channel in (("U1", "CROOM"), (hands.slack.bot_user, "CROOM"), ("U9", "CELSE"), ("U9", "CROOM")):
        assert (await hands.tell(moved("joined", user, channel))).status == 200
    assert await told(state, room) == ["U9 joined: a guest account"]
    (guest,) = (await room.crisis()).guests
    assert guest.who.name == 'Guest "09" --result left' and guest.admitted is None
    assert (await hands.tell(moved("left", "U1"))).status == 200
    assert (await hands.tell(moved("left", "U9"))).status == 200
    assert await told(state, room) == ["U9 left"]
    assert not (await room.crisis()).guests


async def test_whom_slack_does_not_describe_counts_as_outside(hands: Hands, state: MemoryState, room: Room) -> None:
    """Without the scope nobody can vouch for who joins; a Slack that is away is asked again by its own event."""
    hands.slack.break_down(1, "users.info")
    assert (await hands.tell(moved("joined", "U1"), "EvAway")).status == 503
    hands.slack.scopes = hands.slack.scopes.replace("users:read", "none")
    assert (await hands.tell(moved("joined", "U1"), "EvAway", retry=1)).status == 200
    (line,) = await told(state, room)
    assert line.startswith("U1 joined: whether they are from outside could not be checked")


async def test_a_lost_event_is_made_up_for(hands: Hands, state: MemoryState, room: Room) -> None:
    """Something is said in the room: who is there is looked at once in a while, both for who came and who went."""
    event = {"type": "message", "user": "U1", "text": "x", "ts": "1.0", "channel": "CROOM", "channel_type": "group"}
    for _ in range(3):
        await hands.tell(event)
    async with asyncio.timeout(10):
        while not (found := await told(state, room)):
            await asyncio.sleep(0.01)
    assert found == ["U9 joined: a guest account"]


async def test_a_look_tells_only_what_changed(slack: Slack, web: Web, state: MemoryState, room: Room) -> None:
    """Known guests are not told again, gone ones are; a room too full to look at says so; other channels are none."""
    watch = RoomGuests(Intake(state.queue, Answering(), {}), REGISTRY, state.crises, SystemClock(), web)  # type: ignore[arg-type]
    assert await watch.look(slack.team, "CROOM") and await told(state, room) == ["U9 joined: a guest account"]
    assert await watch.look(slack.team, "CROOM") and await told(state, room) == []
    slack.members["CROOM"].discard("U9")
    assert await watch.look(slack.team, "CROOM") and await told(state, room) == ["U9 left"]
    assert not await watch.look(slack.team, "CELSE")
    slack.members["CROOM"] |= {f"U{n}" for n in range(100, 402)}
    with pytest.raises(Undeliverable, match="too many"):
        await watch.look(slack.team, "CROOM")
