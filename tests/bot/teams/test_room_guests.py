"""Guests of a crisis's room in Teams, noticed in what Teams tells and in who is there, over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web as server

from bot.intake import Intake
from bot.platform import Later, Parcel, Undeliverable
from bot.teams.adapter import TeamsAdapter
from bot.teams.calls import place
from bot.teams.delivery import TeamsDelivery
from bot.teams.references import References
from bot.teams.room_guests import RoomGuests
from bot.teams.roster import WHOEVER, Roster, outside
from bot.teams.targets import Target
from bot.teams.web import Web
from connectors.clock import FixedClock, SystemClock
from connectors.memory import MemoryState
from handlers.core.access import Tlp
from handlers.core.call import Call
from handlers.core.parser import parse
from handlers.core.registry import discover
from tests.bot.stage import NOW, until
from tests.bot.teams.test_delivery import at, parcel
from tests.e2e.teams_hands import Hands
from tests.e2e.teams_rig import teams_settings
from tests.e2e.teams_signing import TENANT
from tests.e2e.teams_standin import CRISIS_CHANNEL, TEAM_CHANNEL, Json, Teams, person
from tests.handlers.crisis.room import Room

REGISTRY = discover()
THREAD = "1700000000777"
ROOM = f"--platform teams --tenant {TENANT} --result sent --channel {CRISIS_CHANNEL} --thread {THREAD} --message m1"
ROSTER = f"/connector/v3/conversations/{CRISIS_CHANNEL}/pagedmembers"
GUEST = person("user-9", name='Guest "09" --result left', userPrincipalName="g_example.org#EXT#@tenant.example")


@pytest.fixture
async def room(teams: Teams, state: MemoryState) -> Room:
    """Crisis 1 of another process on the same state, with a room in Teams; nobody from outside is in it."""
    made = Room(state=state)
    await made.declared()
    await made.system(f"crisis room 1 {ROOM}")
    teams.members[CRISIS_CHANNEL] = [person("user-1"), person("user-2"), person("user-3")]
    return made


@pytest.fixture
def watch(web: Web, state: MemoryState) -> RoomGuests:
    clock = SystemClock()
    intake = Intake(state.queue, None, {})  # type: ignore[arg-type]  # nothing is answered here
    references, roster = References(state.store, clock), Roster(web, clock)
    return RoomGuests(intake, REGISTRY, state.crises, clock, references, roster, pause=0.01)


@pytest.fixture
async def hands(teams: Teams, state: MemoryState) -> AsyncIterator[Hands]:
    intake = Intake(state.queue, None, {})  # type: ignore[arg-type]  # nothing is answered here
    clock, settings = SystemClock(), teams_settings(teams)
    adapter = TeamsAdapter(settings, intake, REGISTRY, clock, state.store, state.crises, 2.0)
    app = server.Application()
    app.add_routes(adapter.routes())
    runner = server.AppRunner(app)
    await runner.setup()
    await server.TCPSite(runner, "127.0.0.1", 0).start()
    await adapter.start()
    async with aiohttp.ClientSession() as session:
        yield Hands(session, f"http://127.0.0.1:{runner.addresses[0][1]}", teams)
    await runner.cleanup()
    await adapter.stop()


def moved(hands: Hands, user: str, how: str = "membersAdded", conversation: str = "19:general@thread.tacv2") -> Json:
    """As of a standard channel: the conversation is the team's, and no channel is named."""
    about = {"tenant": {"id": TENANT}, "team": {"id": conversation}, "eventType": "teamMemberAdded"}
    return hands.activity("conversationUpdate", conversation, channelData=about, **{how: [{"id": f"29:{user}"}]})


async def told(state: MemoryState, room: Room) -> list[str]:
    """The house's calls in the inbox, made; as user, what and why."""
    found = [Call.model_validate_json(taken.payload) for taken in await state.queue.take("test", 50, 0.0, 60)]
    calls = [call for call in found if call.door == "system"]
    for call in calls:
        await room.pipeline.answer(call)
    args: list[Any] = [parse(call.text, REGISTRY).args for call in calls]
    return [f"{one.user} {one.result}: {one.why}".strip(": ") for one in args]


async def told_soon(state: MemoryState, room: Room) -> list[str]:
    async with asyncio.timeout(10):
        while not (found := await told(state, room)):
            await asyncio.sleep(0.01)
    return found


def looks(teams: Teams) -> int:
    return teams.asked.count(("GET", ROSTER))


@pytest.mark.parametrize(
    ("member", "why"),
    [
        (person("u"), ""),
        (person("u", userPrincipalName="u@tenant.example"), ""),
        (person("u", userRole="guest"), "a guest account"),
        (person("u", userPrincipalName="x_example.org#ext#@tenant.example"), "a guest account"),
        (person("u", userRole="anonymous"), "somebody without an account"),
        (person("u", tenantId="another"), "of another organisation"),
        (person("u", tenantId="29:1UX7p8Fkx7p93MZlBFS71swTB9ju"), ""),
        (person("u", tenantId=""), ""),
        (person("u", name=""), "a guest who has not come yet, or somebody whom Teams does not describe"),
    ],
)
def test_who_counts_as_outside(member: Json, why: str) -> None:
    """By role, by name, by tenant; and whom nobody describes, which is how an invited guest looks before they come."""
    assert outside(member, TENANT) == why


async def test_a_guest_who_joins_is_told_of(hands: Hands, teams: Teams, state: MemoryState, room: Room) -> None:
    """By their account, with a name that stays a name, though the activity names the team alone."""
    teams.members[CRISIS_CHANNEL].append(GUEST)
    assert (await hands.send(moved(hands, "user-9")))[0] == 201
    assert await told_soon(state, room) == ["user-9 joined: a guest account"]
    (guest,) = (await room.crisis()).guests
    assert (guest.who.platform, guest.who.tenant, guest.channel) == ("teams", TENANT, CRISIS_CHANNEL)
    assert guest.who.name == 'Guest "09" --result left' and guest.admitted is None


async def test_a_guest_who_goes_is_told_of(hands: Hands, state: MemoryState, room: Room) -> None:
    """Taken out of the team, they read along no longer."""
    await room.system(f"crisis guest 1 --platform teams --tenant {TENANT} --channel {CRISIS_CHANNEL} --user user-9")
    assert len((await room.crisis()).guests) == 1
    assert (await hands.send(moved(hands, "user-9", "membersRemoved")))[0] == 201
    assert await told_soon(state, room) == ["user-9 left"]
    assert not (await room.crisis()).guests


async def test_a_lost_activity_is_made_up_for(hands: Hands, teams: Teams, state: MemoryState, room: Room) -> None:
    """Something is said in the room: who is there is looked at once in ten minutes; elsewhere it is not."""
    teams.members[CRISIS_CHANNEL] = [GUEST]
    await hands.say("help")
    for _ in range(3):
        await hands.mention("crisis status", CRISIS_CHANNEL, THREAD)
    assert await told_soon(state, room) == ["user-9 joined: a guest account"]
    assert looks(teams) == 1


async def test_many_who_come_at_once_are_one_look(watch: RoomGuests, teams: Teams, room: Room, hands: Hands) -> None:
    """A team of a hundred is not a hundred looks at its roster."""
    for number in range(100):
        activity = moved(hands, f"user-{number}")
        watch.heard(activity, place(activity))
    await until(lambda: not watch._looking)
    assert looks(teams) == 2, "two pages of three people, once"


async def test_without_a_room_nobody_is_looked_at(watch: RoomGuests, teams: Teams, state: MemoryState) -> None:
    """No crisis, or none with a room in Teams, and Microsoft is asked nothing."""
    await watch.look(TENANT)
    await Room(state=state).declared()
    await watch.look(TENANT)
    assert teams.asked == []


async def test_a_look_tells_only_what_changed(watch: RoomGuests, teams: Teams, state: MemoryState, room: Room) -> None:
    """Known guests are not told again, gone ones are; patience is not a clean roster."""
    teams.members[CRISIS_CHANNEL].append(GUEST)
    await watch.look("another tenant")
    assert looks(teams) == 0
    await watch.look(TENANT)
    assert await told(state, room) == ["user-9 joined: a guest account"]
    await watch.look(TENANT)
    assert await told(state, room) == []
    teams.lose.append(("GET", ROSTER))
    with pytest.raises(Later):
        await watch.look(TENANT)
    teams.members[CRISIS_CHANNEL].pop()
    await watch.look(TENANT)
    assert await told(state, room) == ["user-9 left"]


async def test_what_was_seen_while_people_move_is_not_kept(web: Web, teams: Teams) -> None:
    """A roster is kept for as long as asked; for half a minute after somebody came or went it is read each time, and
    while Teams asks for patience then, what was seen before they came does not count.
    """
    clock = FixedClock(NOW)
    roster, here = Roster(web, clock), Target(TENANT, teams.service_url, CRISIS_CHANNEL)

    async def looked(times: int) -> int:
        before = looks(teams)
        for _ in range(times):
            assert await roster.outsiders(here, 600.0) == {}
        return looks(teams) - before

    assert await looked(2) == 1
    roster.stale(TENANT)
    teams.lose.append(("GET", ROSTER))
    with pytest.raises(Later):
        await roster.outsiders(here, 600.0)
    assert await looked(2) == 2
    clock.advance(30)
    assert await looked(2) == 1
    clock.advance(600)
    teams.lose.append(("GET", ROSTER))
    assert await looked(1) == 1, "asked for patience: what was seen last serves"


async def test_a_roster_that_cannot_be_read_is_a_stranger(
    watch: RoomGuests, teams: Teams, state: MemoryState, room: Room
) -> None:
    """Nobody can vouch for who reads there: the room is held to what guests may read until that is known."""
    teams.members[CRISIS_CHANNEL] = []
    await watch.look(TENANT)
    (line,) = await told(state, room)
    assert line.startswith(f"{WHOEVER} joined: who that is could not be checked")
    here = Target(TENANT, teams.service_url, CRISIS_CHANNEL, THREAD)
    with pytest.raises(Undeliverable, match="held back"):
        await watch.allow("amber+strict", here)
    teams.members[CRISIS_CHANNEL] = [person("user-1")]
    await watch.look(TENANT)
    assert await told(state, room) == [f"{WHOEVER} left"]
    await watch.allow("amber+strict", here)


async def test_what_is_above_the_ceiling_is_not_posted_beside_a_guest(
    watch: RoomGuests, web: Web, teams: Teams, state: MemoryState, room: Room
) -> None:
    """Though the crisis does not know of them when the message is made: it is told. What a guest may read goes on, what
    is posted elsewhere too, and everything once they are gone.
    """
    clock = SystemClock()
    delivery = TeamsDelivery(
        teams_settings(teams), web, References(state.store, clock), clock, state.store, guests=watch
    )
    teams.members[CRISIS_CHANNEL].append(GUEST)
    with pytest.raises(Undeliverable, match="held back: TLP:RED, and 1 from outside"):
        await delivery.deliver(posted(1, "red"), None)
    assert await told(state, room) == ["user-9 joined: a guest account"]
    with pytest.raises(Undeliverable, match="held back"):
        await delivery.deliver(posted(2, "amber+strict"), None)
    assert teams.messages == []
    await delivery.deliver(posted(3, "amber"), None)
    await delivery.deliver(posted(4, "red", TEAM_CHANNEL), None)
    assert [one.conversation.partition(";")[0] for one in teams.messages] == [CRISIS_CHANNEL, TEAM_CHANNEL]
    assert looks(teams) == 2, "one look of two pages serves ten minutes"
    teams.members[CRISIS_CHANNEL].pop()
    await watch.look(TENANT)
    assert await told(state, room) == ["user-9 left"]
    await delivery.deliver(posted(5, "red"), None)
    assert len(teams.messages) == 3


def posted(number: int, tlp: Tlp, channel: str = CRISIS_CHANNEL) -> Parcel:
    made = parcel(number, kind="post", address=at(channel=channel, thread=THREAD))
    return made.model_copy(update={"document": made.document.model_copy(update={"tlp": tlp})})


async def test_after_its_end_a_crisis_is_told_nothing_and_shows_a_guest_nothing(
    watch: RoomGuests, teams: Teams, state: MemoryState, room: Room
) -> None:
    """Nobody could admit them any more, so what is strict stays away."""
    for verb in ("mobilise", "contain", "eradicate", "recover", 'close --anyway "of this test"'):
        await room.do("lead", f"crisis {verb}")
    assert not (await room.crisis()).open
    teams.members[CRISIS_CHANNEL].append(GUEST)
    await watch.look(TENANT)
    with pytest.raises(Undeliverable, match="held back"):
        await watch.allow("red", Target(TENANT, teams.service_url, CRISIS_CHANNEL, THREAD))
    assert await told(state, room) == []
