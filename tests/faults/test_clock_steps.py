"""Digests while clocks are set to and fro: every slot is fired once, or counted as missed under its policy."""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from bot.scheduler import BATCH, Scheduler
from connectors.clock import FixedClock
from connectors.memory import MemoryState
from handlers.core.call import Call
from handlers.digest import history
from handlers.digest.model import Missed, Schedule
from handlers.digest.slots import next_slot, slots
from tests.bot.test_scheduler import START, schedule

STEPS = (timedelta(hours=2), timedelta(hours=-2), timedelta(days=1), timedelta(days=-1))
POLICIES: tuple[Missed, ...] = get_args(Missed)
BERLIN = ZoneInfo("Europe/Berlin")


class Replicas:
    """Schedulers on one state, each with a clock of its own; `fired` are the slots by schedule, in order."""

    def __init__(self, count: int, at: datetime = START) -> None:
        self.at = at
        self.state = MemoryState(FixedClock(at))
        self.clocks = [FixedClock(at) for _ in range(count)]
        self.all = [Scheduler(self.state.schedules, self.state.store, clock) for clock in self.clocks]
        self.fired: dict[str, list[datetime]] = {}
        self.over: Counter[str] = Counter()

    async def add(self, made: Schedule) -> None:
        assert await self.state.schedules.save(made.id, made.model_dump_json(), next_slot(made, self.at), 0)

    async def pass_by(self, seconds: float) -> None:
        for clock in self.clocks:
            clock.advance(seconds)
        for scheduler in self.all:
            while await scheduler.look() == BATCH:
                pass
        for taken in await self.state.queue.take("w", 10_000, 0, 60):
            _, _, name, epoch, *more = Call.model_validate_json(taken.payload).text.split()
            self.fired.setdefault(name, []).append(datetime.fromtimestamp(int(epoch), UTC))
            self.over[name] += int(more[1]) if more else 0
            await self.state.queue.finish(taken, ())

    async def settle(self, name: str) -> None:
        """Look until nothing is due: the policy `all` goes through its slots one at a time."""
        while await self.state.schedules.due(max(clock.now() for clock in self.clocks), 1):
            await self.pass_by(0)

    async def unaccounted(self, made: Schedule) -> int:
        """Slots before the one that is waited for, less those fired and those counted as missed."""
        entry = await self.state.schedules.get(made.id)
        assert entry is not None and entry.next_at is not None
        came = list(takewhile(lambda at: at < entry.next_at, slots(made, self.at)))  # type: ignore[operator]
        notes = [re.match(r"([\d,]+) missed", one.note) for one in await history.read(self.state.store, made.id)]
        missed = self.over[made.id] + sum(int(found[1].replace(",", "")) for found in notes if found)
        return len(set(came) - set(self.fired.get(made.id, []))) - missed


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("step", STEPS)
async def test_a_step_fires_no_slot_twice_and_loses_none_uncounted(step: timedelta, policy: Missed) -> None:
    """All clocks jump, and jump back ten minutes later: slots only grow, and each is fired or counted as missed."""
    replicas, made = Replicas(2), schedule("d1", missed=policy, cron="*/20 * * * *")
    await replicas.add(made)
    for jump in (timedelta(), step, -step):
        for clock in replicas.clocks:
            clock.at += jump
        for _ in range(10 if jump == step else 30 * 60):
            await replicas.pass_by(60)
    await replicas.settle("d1")
    fired = replicas.fired["d1"]
    assert all(one < two for one, two in pairwise(fired)) and len(fired) > 90
    assert await replicas.unaccounted(made) == 0
    if step < timedelta():
        assert replicas.over["d1"] <= 1, "a clock that went back makes nobody miss anything"


async def test_replicas_whose_clocks_disagree_share_the_slots() -> None:
    """Three replicas, any of them hours or a day off at any time: each slot once, fired early rather than never."""
    replicas, dice = Replicas(3), random.Random(11)
    made = [schedule(policy, missed=policy) for policy in POLICIES]
    for one in made:
        await replicas.add(one)
    true = FixedClock(START)
    for _ in range(5 * 24 * 6):
        true.advance(600)
        await replicas.pass_by(600)
        if dice.random() < 0.05:
            dice.choice(replicas.clocks).at = true.at + dice.choice((*STEPS, timedelta(), timedelta()))
    for one in made:
        await replicas.settle(one.id)
        fired = replicas.fired[one.id]
        assert len(fired) == len(set(fired)) and await replicas.unaccounted(one) == 0
    assert len(replicas.fired["all"]) >= 5 * 24, "under `all` a slot is left out only when more than a day is caught up"


async def test_an_edit_on_a_clock_that_went_back_repeats_no_slot() -> None:
    """The clock goes back two hours and somebody saves the schedule: the slots of those hours are known already."""
    replicas, made = Replicas(1), schedule("d1")
    await replicas.add(made)
    for _ in range(4):
        await replicas.pass_by(3_600)
    replicas.clocks[0].at -= timedelta(hours=2)
    entry = await replicas.state.schedules.get("d1")
    assert entry is not None
    again = next_slot(made, replicas.clocks[0].at)
    assert again in replicas.fired["d1"], "nothing would be repeated: nothing is tried"
    assert await replicas.state.schedules.save("d1", made.model_dump_json(), again, entry.version)
    for _ in range(4):
        await replicas.pass_by(3_600)
    fired = replicas.fired["d1"]
    assert len(fired) == len(set(fired)) == 6


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("evening", "first"),
    [
        (datetime(2026, 3, 28, 19, tzinfo=UTC), "2026-03-29 03:00 +0200"),
        (datetime(2026, 10, 24, 18, tzinfo=UTC), "2026-10-25 02:30 +0200"),
    ],
)
async def test_both_nights_fire_each_digest_once(evening: datetime, first: str, policy: Missed) -> None:
    """02:30, which one night skips and the other repeats, and 08:00, at their own minute, on two replicas."""
    replicas = Replicas(2, evening)
    for name, cron in (("night", "30 2 * * *"), ("morning", "0 8 * * *")):
        await replicas.add(schedule(name, cron=cron, zone="Europe/Berlin", missed=policy, made_at=evening))
    at = {}
    for _ in range(16 * 60):
        before = {name: len(fired) for name, fired in replicas.fired.items()}
        await replicas.pass_by(60)
        for name, fired in replicas.fired.items():
            if len(fired) > before.get(name, 0):
                at[name] = replicas.clocks[0].now()
    said = {name: [f"{one.astimezone(BERLIN):%Y-%m-%d %H:%M %z}" for one in replicas.fired[name]] for name in at}
    assert said["night"] == [first]
    assert [one[11:16] for one in said["morning"]] == ["08:00"]
    assert {name: fired[0] for name, fired in replicas.fired.items()} == at and not replicas.over.total()
