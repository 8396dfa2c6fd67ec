"""Fault i: a crisis is run through Slack on three bots and one Redis, which are killed meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from connectors.errors import StateError
from handlers.crisis.state import Crisis
from tests.bench.children import Child
from tests.e2e.slack_hands import Hands
from tests.faults.rig import Rig, eventually, rig
from tests.faults.storm import Storm, blown
from tests.faults.storm_counting import StormTally, count

BOTS = 3
CRISES = 6
REQUESTS = 420
"""Deeds of a trial: with five trials more than 2,000 acknowledged requests."""
FAULTS = 6
KEY = "a key for counting, of trials alone"


async def slack_crises(trials: int) -> StormTally:
    """Bots, Redis, or both killed at random points of people's work in crises."""
    tally = StormTally("i. a crisis through Slack, kill -9 of bots and Redis")
    for _ in range(trials):
        await stormy(tally, REQUESTS, FAULTS)
    return tally


async def stormy(
    tally: StormTally, requests: int, faults: int, *, bots: int = BOTS, crises: int = CRISES, hasty: bool = False
) -> None:
    """One trial, on a rig of its own."""
    async with rig(hasty=hasty, faulty=True, users=2 * (requests + crises)) as on:
        on.stage.env["SOC_BOT_AUDIT_KEY"] = KEY
        started: list[tuple[Child, Hands]] = [await on.start() for _ in range(bots)]
        storm = Storm(on, started)
        await opened(storm, crises)
        await blown(storm, requests, faults)
        await settled(on, storm)
        tally.faults += storm.faults
        tally.repeats += storm.repeats
        await count(on.state, KEY.encode(), on.slack, storm.asked, tally)


async def opened(storm: Storm, crises: int) -> None:
    """So many crises with their rooms, declared before anything is killed."""
    for _ in range(crises):
        await storm.declare()

    async def rooms() -> bool:
        channels = list(storm.on.slack.rooms.made)
        return len(channels) == crises and all(storm.on.slack.rooms.pins.get(one) for one in channels)

    await _until(storm, rooms, "rooms were not made")
    for crisis, _ in await storm.on.state.crises.listed():
        kept = await storm.on.state.crises.load(crisis)
        assert kept is not None
        storm.crises.append((crisis, _channel(kept.state)))


def _channel(state: str) -> str:
    [room] = Crisis.model_validate_json(state).rooms
    return room.channel


async def settled(on: Rig, storm: Storm) -> None:
    """Inbox and outbox empty, and empty again a little later: a delivery's outcome comes back as a call."""
    calm = 0

    async def quiet() -> bool:
        nonlocal calm
        try:
            calm = calm + 1 if await on.state.queue.depth() == (0, 0) else 0
        except StateError:
            calm = 0
        return calm >= 20

    await _until(storm, quiet, "not settled")


async def _until(storm: Storm, true: Callable[[], Awaitable[bool]], why: str) -> None:
    await eventually(true, lambda: f"{why}: {storm.bots[0][0].said()[-3000:]}")
