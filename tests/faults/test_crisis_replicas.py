"""Two processes run one crisis through the real store: conflicts are read again and decided again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from connectors.clock import SystemClock
from connectors.models.organisation.crisis import CrisisPolicy
from connectors.organisation.files import YamlOrganisation
from connectors.redis import open_state
from handlers.crisis.base import Event, Stamp
from handlers.crisis.state import Declared, fold
from handlers.crisis.work import Noted
from tests.bench.children import Child, module, running
from tests.faults.crisis_replica import call, store
from tests.redis_server import RedisServer

EACH = 30


async def test_two_replicas_share_one_history(tmp_path: Path) -> None:
    """Every change of either is there once, decided on the state before it; the chain verifies and folds."""
    server = RedisServer(tmp_path).start()
    state = await open_state(None, server.socket, "t")
    policy = (await YamlOrganisation(None, SystemClock()).read(CrisisPolicy)).one

    def declared(crisis: str, stamp: Stamp) -> Event:
        return Declared(stamp=stamp, id=crisis, code_name="Heron", title="t", severity=1, reason="r", policy=policy)

    crises = store(state.crises)
    crisis = (await crises.declare(call("first"), declared)).crisis.id
    given = ("--socket", server.socket, "--org", "t", "--crisis", crisis, "--count", str(EACH))
    replicas = [
        Child(module("tests.faults.crisis_replica", *given, "--name", name), tmp_path / f"{name}.log", stdin=True)
        for name in ("one", "two")
    ]
    with running(replicas[0]), running(replicas[1]):
        for replica in replicas:
            replica.line("ready: ")
        for replica in replicas:
            replica.close_stdin()
        told = [replica.json() for replica in replicas]
    held, checked = await crises.get(crisis), await crises.verify(crisis)
    assert (checked.events, checked.broken_at) == (2 * EACH + 1, None)
    assert fold([event async for _, event in crises.events(crisis)]) == held
    assert [task.id for task in held.tasks] == [f"T{number}" for number in range(1, 2 * EACH + 1)]
    assert sorted(task.text for task in held.tasks) == sorted(f"{n}-{i}" for n in ("one", "two") for i in range(EACH))
    assert sum(one["decided"] for one in told) > 2 * EACH, "there was no conflict: nothing was tried"
    await state.close()
    server.stop()


async def test_a_crowd_in_one_crisis_is_refused_nothing(tmp_path: Path) -> None:
    """Sixteen writers at a time on three replicas: every change is made, none is told to try again."""
    server = RedisServer(tmp_path).start()
    states = [await open_state(None, server.socket, "t") for _ in range(3)]
    policy = (await YamlOrganisation(None, SystemClock()).read(CrisisPolicy)).one

    def declared(crisis: str, stamp: Stamp) -> Event:
        return Declared(stamp=stamp, id=crisis, code_name="Heron", title="t", severity=1, reason="r", policy=policy)

    crises, room = [store(state.crises) for state in states], asyncio.Semaphore(16)
    crisis = (await crises[0].declare(call("first"), declared)).crisis.id

    async def write(number: int) -> None:
        async with room:
            await crises[number % 3].change(
                crisis, call(f"n{number}"), lambda _, stamp: Noted(stamp=stamp, text=f"note {number}")
            )

    await asyncio.gather(*(write(number) for number in range(96)))
    assert (await crises[0].verify(crisis)).events == 97
    for state in states:
        await state.close()
    server.stop()
