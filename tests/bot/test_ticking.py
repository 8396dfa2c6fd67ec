"""Reminders come once and in time, whatever the clocks of the replicas do, and when the clocks change at night."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from bot.ticking import Ticker
from connectors.clock import FixedClock
from handlers.core.call import Call
from handlers.crisis.nudge import Reminder
from handlers.crisis.reminders import all_of
from handlers.crisis.state import Reminded
from tests.handlers.crisis.room import Room

MINUTE = timedelta(minutes=1)
STEPS = (timedelta(hours=2), timedelta(hours=-2), timedelta(days=1), timedelta(days=-1))


class House:
    """A room whose ticks are offered by replicas with clocks of their own, and answered by a worker on the room's."""

    def __init__(self, room: Room, replicas: int = 1) -> None:
        self.room = room
        self.clocks = [FixedClock(room.clock.at) for _ in range(replicas)]
        self.tickers = [Ticker(room.state.crises, room.state.queue, clock) for clock in self.clocks]

    async def minute(self) -> None:
        """A minute passes for everybody; everybody looks; what they offered is answered."""
        for clock in (self.room.clock, *self.clocks):
            clock.advance(60)
        for ticker in self.tickers:
            await ticker.look()
        queue = self.room.state.queue
        for taken in await queue.take("w", 100, 0, 60):
            call = Call.model_validate_json(taken.payload)
            assert (call.door, call.text) == ("system", "crisis tick 1")
            await self.room.pipeline.answer(call)
            await queue.finish(taken, ())

    async def minutes(self, count: int) -> None:
        for _ in range(count):
            await self.minute()

    async def waiting(self) -> list[Reminder]:
        """What is due by the room's clock and was not given."""
        return [one for one in all_of(await self.room.crisis()) if one.at <= self.room.clock.at]

    async def given(self) -> list[str]:
        """Keys in the order in which they were given."""
        events = [event async for _, event in self.room.store.events("1")]
        return [key for event in events if isinstance(event, Reminded) for key in event.keys]


async def house(at: datetime | None = None, replicas: int = 1) -> House:
    """Crisis 1, a commander, two tasks: reminders of every kind but a deadline's."""
    room = Room()
    room.clock.at = at or room.clock.at
    await room.declared()
    for line in ("take commander", "task Isolate the two servers --due 30m", "task Call the provider --due 9h"):
        assert (await room.say("lead", f"crisis {line}")).outcome == "answered"
    return House(room, replicas)


async def test_two_replicas_offer_one_call() -> None:
    """What is due is offered once a minute however many look, and again in the next minute when it was not done."""
    made = await house(replicas=3)
    for clock in made.clocks:
        clock.advance(3_600)
    assert [await ticker.look() for ticker in made.tickers] == [1, 0, 0]
    for clock in made.clocks:
        clock.advance(60)
    assert [await ticker.look() for ticker in made.tickers] == [1, 0, 0]


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_of_every_clock_gives_each_reminder_once(step: timedelta) -> None:
    """The machine's clock is set while a crisis runs: no reminder is given twice, and none that is due is left out."""
    made = await house()
    await made.minutes(25)
    before = await made.given()
    for clock in (made.room.clock, *made.clocks):
        clock.at += step
    await made.minutes(20)
    assert not await made.waiting()
    for clock in (made.room.clock, *made.clocks):
        clock.at -= step
    await made.minutes(90)
    keys = await made.given()
    assert not await made.waiting() and len(keys) == len(set(keys)) > len(before) > 0
    assert sum(key.startswith("task:T1") for key in keys) == 1


async def test_a_step_between_offer_and_answer_loses_nothing() -> None:
    """The clock goes back after a tick was offered: the tick finds nothing due, and a later one gives it."""
    made = await house()
    await made.minutes(29)
    known = await made.given()
    made.clocks[0].advance(120)
    assert await made.tickers[0].look() == 1
    made.clocks[0].advance(-120)
    await made.minute()
    assert await made.given() == known
    await made.minutes(5)
    assert any(key.startswith("task:T1") for key in await made.given()) and not await made.waiting()


async def test_replicas_whose_clocks_disagree_give_each_reminder_once() -> None:
    """Three replicas, any of them set to and fro by hours and days: the worker's clock decides, and each comes once."""
    made, dice = await house(replicas=3), random.Random(7)
    for _ in range(150):
        await made.minute()
        if dice.random() < 0.2:
            dice.choice(made.clocks).at = made.room.clock.at + dice.choice((*STEPS, timedelta()))
    for clock in made.clocks:
        clock.at = made.room.clock.at
    await made.minutes(2)
    keys = await made.given()
    assert not await made.waiting() and len(keys) == len(set(keys)) >= 5


@pytest.mark.parametrize("night", [datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)])
async def test_the_clock_changes_move_no_reminder(night: datetime) -> None:
    """From midnight in Berlin to noon, with an hour more or less: each reminder within two minutes of its instant."""
    made = await house(night)
    for _ in range(13 * 60):
        before = {one.key: one.at for one in all_of(await made.room.crisis())}
        known = len(await made.given()) if before and min(before.values()) <= made.room.clock.at + MINUTE else None
        await made.minute()
        if known is not None:
            late = [made.room.clock.at - before[key] for key in (await made.given())[known:]]
            assert all(timedelta() <= one <= 2 * MINUTE for one in late), late
    keys = await made.given()
    assert len(keys) == len(set(keys)) and not await made.waiting()
    assert sum(key.startswith("update:executive:") and not key.endswith("soon") for key in keys) == 12
    assert [key[:7] for key in keys if key.startswith(("task", "relief"))] == ["task:T1", "relief:", "task:T2"]
