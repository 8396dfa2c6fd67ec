"""Rates: 7 a second and 8 in two seconds by conversation, 30 a second by tenant."""

from __future__ import annotations

import asyncio

import pytest

from bot.platform import Later
from bot.teams.delivery import TeamsDelivery
from bot.teams.pace import CONVERSATION, TENANT, Pace
from bot.teams.references import References
from bot.teams.web import Web
from connectors.clock import FixedClock, SystemClock
from connectors.memory import MemoryState
from tests.bot.stage import NOW
from tests.bot.teams.test_delivery import at, parcel
from tests.e2e.teams_hands import text
from tests.e2e.teams_rig import teams_settings
from tests.e2e.teams_standin import TEAM_CHANNEL, Teams


class Seen(Pace):
    """Remembers for which channels a turn was taken."""

    def __init__(self, clock: SystemClock) -> None:
        super().__init__(clock)
        self.channels: list[str] = []

    async def turn(self, tenant: str, channel: str) -> None:
        self.channels.append(channel)
        await super().turn(tenant, channel)


@pytest.mark.parametrize(("key", "windows"), [("c:1", CONVERSATION), ("t:1", TENANT)])
def test_no_window_ever_holds_more_than_it_may(key: str, windows: tuple[tuple[float, int], ...]) -> None:
    """However many ask at once: in each window of each length at most so many get their slot."""
    pace = Pace(FixedClock(NOW))
    slots = [pace.wait(key, windows) for _ in range(200)]
    for seconds, count in windows:
        for start in slots:
            assert sum(start <= slot < start + seconds - 1e-9 for slot in slots) <= count
    assert slots[: windows[0][1]] == [0.0] * windows[0][1]


def test_conversations_do_not_wait_for_one_another() -> None:
    """A busy conversation leaves another one's first slot at once."""
    pace = Pace(FixedClock(NOW))
    for _ in range(50):
        pace.wait("c:busy", CONVERSATION)
    assert pace.wait("c:other", CONVERSATION) == 0.0


def test_slots_come_back_with_time() -> None:
    """After a pause the next message goes at once."""
    clock = FixedClock(NOW)
    pace = Pace(clock)
    for _ in range(8):
        pace.wait("c:1", CONVERSATION)
    assert pace.wait("c:1", CONVERSATION) > 0
    clock.advance(40)
    assert pace.wait("c:1", CONVERSATION) == 0.0


async def test_threads_of_a_channel_share_its_allowance(delivery: TeamsDelivery, teams: Teams) -> None:
    """Teams counts a channel with all its threads as one conversation, and so does the pace."""
    pace = Seen(SystemClock())
    delivery._pace = pace
    for thread in ("1", "2"):
        await delivery.deliver(parcel(int(thread), address=at(thread=thread)), None)
    assert pace.channels == [TEAM_CHANNEL, TEAM_CHANNEL]


async def test_two_replicas_send_more_than_may_be_and_lose_nothing(
    delivery: TeamsDelivery, teams: Teams, web: Web, state: MemoryState
) -> None:
    """Each keeps its own pace; what is too much for Teams together waits as told and arrives once, in its order."""
    clock = SystemClock()
    other = TeamsDelivery(teams_settings(teams), web, References(state.store, clock), clock, state.store)
    teams.allowance = (4, 0.25)

    async def send(by: TeamsDelivery, thread: str) -> int:
        waited = 0
        for number in range(5):
            sent = parcel(number, address=at(thread=thread)).model_copy(update={"id": f"{thread}:{number}"})
            while True:
                try:
                    await by.deliver(sent, None)
                    break
                except Later as error:
                    waited += 1
                    await asyncio.sleep(error.after)
        return waited

    assert sum(await asyncio.gather(send(delivery, "1"), send(other, "2"))) > 0
    for thread in ("1", "2"):
        titles = [text(one.card).splitlines()[0] for one in teams.of(f"{TEAM_CHANNEL};messageid={thread}")]
        assert titles == [f"Document {number}" for number in range(5)]
