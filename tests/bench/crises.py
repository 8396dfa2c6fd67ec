"""Commits of crisis events a second through `RedisCrises`, against the same client asking the same of the same Redis.

The bare half reads the state by HGETALL and runs the same script with the same arguments, made ready beforehand: no
port, no keys spelled, no deadline, no error told. Every task writes to a crisis of its own, 1.9 kB an event.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis, UnixDomainSocketConnection

from connectors.keys import KEEP, Keys, partition
from connectors.ports import Commit
from connectors.redis import RedisState, open_state
from connectors.redis.client import script_text
from tests.bench.rows import Row, spread
from tests.faults.crisis_writer import made
from tests.redis_server import RedisServer

COMMITS = 400
ROUNDS = 11
"""Many short ones in turn: a shared machine changes its mood within seconds."""
GOAL = 0.7
ORG = "bench"


def measure() -> list[Row]:
    """One row for one task, one for sixteen."""
    with tempfile.TemporaryDirectory(prefix="socbot-") as folder:
        server = RedisServer(Path(folder)).start()
        try:
            return asyncio.run(_rows(server.socket))
        finally:
            server.stop()


async def _rows(socket: str) -> list[Row]:
    state = await open_state(None, socket, ORG)
    options: dict[str, Any] = {"connection_class": UnixDomainSocketConnection, "path": socket, "protocol": 2}
    bare = Redis(connection_pool=BlockingConnectionPool(max_connections=64, **options))
    serial = itertools.count()
    rows = []
    for tasks in (1, 16):
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(await _ours(state, _histories(tasks, serial)))
            theirs.append(await _theirs(bare, _histories(tasks, serial)))
        ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
        rows.append(
            Row(
                f"crises: commits/s, {tasks} at once",
                f"{median(ours):.0f} /s",
                f"{median(theirs):.0f} /s",
                f"{median(ratios):.2f} x ({spread(ratios)})",
                f">= {GOAL:g} x",
                median(ratios) >= GOAL,
            )
        )
    await state.close()
    await bare.aclose()
    return rows


def _histories(tasks: int, serial: itertools.count[int]) -> list[list[Commit]]:
    """A new crisis for each task."""
    return [_history(f"c{next(serial)}", COMMITS // tasks) for _ in range(tasks)]


def _history(crisis: str, count: int) -> list[Commit]:
    head, found = "", []
    for version in range(1, count + 1):
        found.append(made(crisis, f"{crisis}-{version}", version, head))
        head = found[-1].head
    return found


async def _ours(state: RedisState, histories: list[list[Commit]]) -> float:
    """Commits a second over all tasks."""

    async def one(history: list[Commit]) -> None:
        for commit in history:
            await state.crises.load(commit.crisis)
            assert (await state.crises.commit(commit)).outcome == "ok"

    started = time.monotonic()
    await asyncio.gather(*map(one, histories))
    return sum(map(len, histories)) / (time.monotonic() - started)


async def _theirs(client: Redis, histories: list[list[Commit]]) -> float:
    """The same of the bare half."""
    script = client.register_script(script_text("deliver crisis_commit"))
    ready = [[_arguments(commit) for commit in history] for history in histories]

    async def one(history: list[tuple[list[str], list[str]]]) -> None:
        for keys, args in history:
            await client.hgetall(keys[0])
            outcome, _ = await script(keys=keys, args=args)
            assert outcome == b"ok"

    started = time.monotonic()
    await asyncio.gather(*map(one, ready))
    return sum(map(len, ready)) / (time.monotonic() - started)


def _arguments(commit: Commit) -> tuple[list[str], list[str]]:
    """KEYS and ARGV of crisis_commit.lua."""
    keys, [message], [room] = Keys(ORG), commit.messages, commit.rooms
    own = [keys.crisis(commit.crisis), keys.crisis_events(commit.crisis), keys.crisis_keys(commit.crisis)]
    places = [keys.crisis_rooms, keys.crisis_due, keys.crisis_list]
    out = [keys.delivery(message.id), keys.outbox(partition(message.thread))]
    event = [commit.crisis, str(commit.expected), commit.key, commit.event, commit.head, commit.state]
    args = [f"token of {commit.key}", str(KEEP), *event, "1", repr(commit.due), "1", room, message.id, message.payload]
    return [*own, *places, *out], args
