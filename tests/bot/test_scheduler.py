"""Slots: each fired once by some replica, whoever dies, and posted once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import bot.courier
import bot.worker
from bot.courier import Courier
from bot.places import Places
from bot.scheduler import Pace, Scheduler, firing
from bot.worker import Worker
from connectors.clock import FixedClock
from connectors.errors import StateError
from connectors.memory import MemoryState
from connectors.redis import RedisState, open_state
from handlers.core.call import Address, Call, Identity
from handlers.core.pipeline import Pipeline
from handlers.digest import history
from handlers.digest.model import Schedule
from handlers.digest.slots import next_slot, slots
from tests.bot.stage import Stage as Chat
from tests.bot.stage import until
from tests.handlers.commands.digests import Stage
from tests.redis_server import RedisServer

START = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
FAST = Pace(0.001, 0.01)


def schedule(name: str, **more: Any) -> Schedule:
    fields: dict[str, Any] = {
        "id": name, "line": "numbers", "when": "hourly", "cron": "0 * * * *", "zone": "UTC", "made_by": "c",
        "made_at": START, "owner": Identity(platform="stage", tenant="T1", user="U1"),
        "place": Address(platform="stage", tenant="T1", channel=f"C-{name}", user="U1", visibility="direct"),
    }  # fmt: skip
    return Schedule(**fields | more)


async def saved(state: RedisState | MemoryState, made: Schedule) -> None:
    assert await state.schedules.save(made.id, made.model_dump_json(), next_slot(made, START), 0)


@pytest.fixture
def redis_socket(tmp_path: Path) -> Iterator[str]:
    server = RedisServer(tmp_path).start()
    yield server.socket
    server.stop()


@pytest.fixture
async def redis(redis_socket: str) -> AsyncIterator[RedisState]:
    state = await open_state(None, redis_socket, "digests")
    yield state
    await state.close()


async def came(state: RedisState | MemoryState, now: datetime) -> bool:
    return not await state.schedules.due(now, 1)


async def test_a_thousand_slots_are_fired_once_each_while_schedulers_die(redis: RedisState, redis_socket: str) -> None:
    """Three schedulers on one Redis, killed and replaced at any moment, fire each of 1,000 slots exactly once."""
    clock, names = FixedClock(START), [f"d{n}" for n in range(100)]
    for name in names:
        await saved(redis, schedule(name, missed="all"))

    opened: list[RedisState] = []

    async def another() -> asyncio.Task[None]:
        """A replica with connections of its own, as a process has: a killed one takes its own with it."""
        opened.append(await open_state(None, redis_socket, "digests"))
        return asyncio.create_task(Scheduler(opened[-1].schedules, opened[-1].store, clock, FAST).run())

    running, killed = [await another() for _ in range(3)], 0
    for step in range(1, 11):
        clock.advance(HOUR.total_seconds())
        while not await came(redis, clock.now()):
            await asyncio.sleep(random.uniform(0, 0.02))
            if killed < 2 * step:  # no more, so that on a slow machine somebody gets to the end
                victim = random.randrange(3)
                running[victim].cancel()  # between any two steps: a claim is one of them
                killed += 1
                running[victim] = await another()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    for state in opened:
        await state.close()
    fired = [taken.id for taken in await redis.queue.take("w", 5_000, 0, 60)]
    wanted = [firing(schedule(name), at, 0, at).id for name in names for at in islice(slots(schedule(name), START), 10)]
    assert len(wanted) == 1_000 and sorted(fired) == sorted(wanted)
    assert killed > 0


async def test_a_missed_day_is_one_late_digest_and_the_history_knows_the_rest(redis: RedisState) -> None:
    """After a night away the default posts the newest slot alone; beyond its grace none, and that is noted."""
    clock = FixedClock(START + 12 * HOUR)
    for name, grace in (("in-time", 3_600), ("too-late", 60)):
        await saved(redis, schedule(name, grace=grace))
    scheduler = Scheduler(redis.schedules, redis.store, clock)
    assert await scheduler.look() == 2 and await scheduler.look() == 0
    [taken] = await redis.queue.take("w", 10, 0, 60)
    assert Call.model_validate_json(taken.payload).text.endswith("--over 11") and "in-time" in taken.id
    [entry] = await history.read(redis.store, "too-late")
    assert (entry.outcome, "12 missed" in entry.note) == ("passed over", True)


async def test_what_cannot_be_read_holds_up_nobody() -> None:
    """A definition that is no schedule is set aside, and what is due behind it fires."""
    state, clock = MemoryState(FixedClock(START)), FixedClock(START + HOUR)
    await state.schedules.save("bad", "{}", START, 0)
    await state.schedules.save("zone", schedule("zone", zone="No/Where").model_dump_json(), START, 0)
    await saved(state, schedule("good"))
    assert await Scheduler(state.schedules, state.store, clock).look() == 3
    assert await came(state, clock.now())
    assert [taken.id.split(":")[1] for taken in await state.queue.take("w", 10, 0, 60)] == ["good"]


class Away:
    """A schedule whose Redis is away the first `left` times."""

    def __init__(self, state: MemoryState, left: int) -> None:
        self._inner, self.left = state.schedules, left

    async def due(self, now: datetime, count: int) -> Any:
        self.left -= 1
        if self.left >= 0:
            raise StateError("away")
        return await self._inner.due(now, count)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


async def test_redis_away_is_waited_out() -> None:
    """A scheduler that finds Redis away looks again, and ends when it is told to."""
    clock = FixedClock(START + HOUR)
    state = MemoryState(clock)
    await saved(state, schedule("d1"))
    scheduler = Scheduler(Away(state, 3), state.store, clock, FAST)  # type: ignore[arg-type]
    task = asyncio.create_task(scheduler.run())
    [taken] = await state.queue.take("w", 1, 30, 60)
    scheduler.stop()
    await asyncio.wait_for(task, 30)
    assert taken.id.startswith("digest:d1:")


@pytest.mark.parametrize("lost", ["worker", "courier"])
async def test_a_digest_is_posted_once_whoever_dies_after_the_claim(
    redis: RedisState, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    """A worker that dies with the call, or a courier that dies between posting and noting it, repeats nothing."""
    monkeypatch.setattr(bot.worker, "LEASE", 1.5)
    monkeypatch.setattr(bot.worker, "WORKING_AFTER", 0.05)  # so that a slow machine renews in time
    monkeypatch.setattr(bot.courier, "LEASE", 1.5)
    chat, stage = Chat(), Stage()
    stage.clock.at = START + HOUR + timedelta(seconds=2)
    for n in range(20):
        await saved(redis, schedule(f"d{n}"))
    await Scheduler(redis.schedules, redis.store, stage.clock).look()
    if lost == "worker":
        assert len(await redis.queue.take("dead", 20, 0, 60)) == 20
        await asyncio.sleep(1.6)
    pipeline = Pipeline(replace(stage.soc, schedules=redis.schedules, store=redis.store), stage.desk.auditor)
    worker = Worker(redis.queue, pipeline, "w")
    couriers = [Courier(redis.outbox, Places(redis.store), {"stage": chat}, f"c{n}") for n in range(2)]
    tasks = [asyncio.create_task(worker.run()), asyncio.create_task(couriers[0].run())]
    if lost == "courier":
        chat.pause = 0.05
        await until(lambda: len(chat.posted) >= 5, within=40)
        tasks[1].cancel()
        for task in list(couriers[0]._tasks):
            task.cancel()
        chat.pause = 0.0
        tasks[1] = asyncio.create_task(couriers[1].run())
    await until(lambda: len(chat.posted) >= 20, within=40)
    async with asyncio.timeout(40):
        while await redis.queue.depth() != (0, 0):
            await asyncio.sleep(0.02)
    await worker.stop()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert sorted(p.address.channel for p in chat.posted) == sorted(f"C-d{n}" for n in range(20))
    assert not any(p.sent_before for p in chat.posted)
