"""Redis with a replica: what is answered lies on both, or it is said that it does not."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from connectors.redis import RedisState, open_state
from connectors.redis.copies import LOOK, Copies
from connectors.redis.durability import ALONE
from connectors.redis.server import ask
from connectors.redis.store import ONE_NODE
from tests.connectors.redis.test_crises import event
from tests.redis_server import RedisServer


@asynccontextmanager
async def in_step(folder: Path, *more: str) -> AsyncIterator[tuple[RedisServer, RedisServer]]:
    """A primary, with further options, and its replica that has caught up."""
    folders = [folder / "primary", folder / "replica"]
    for one in folders:
        one.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    options = ("--port", port, "--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0", *more)
    primary = RedisServer(folders[0], more=options).start()
    replica = RedisServer(folders[1], more=("--replicaof", "127.0.0.1", port)).start()
    try:
        async with asyncio.timeout(20):
            while b"state=online" not in ask(Path(primary.socket), b"INFO replication"):
                await asyncio.sleep(0.02)
        yield primary, replica
    finally:
        for server in (primary, replica):
            if server.process is not None:
                server.process.send_signal(signal.SIGCONT)
                server.kill()


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[tuple[RedisServer, RedisServer]]:
    async with in_step(tmp_path) as both:
        yield both


async def opened(server: RedisServer) -> RedisState:
    return await open_state(None, server.socket, "t")


async def test_what_is_answered_lies_on_both(pair: tuple[RedisServer, RedisServer]) -> None:
    """A commit that is told as copied is on the replica: the primary may die at that very moment."""
    state = await opened(pair[0])
    copied, version = list[int](), 0
    while len(copied) < 20:
        version += 1
        if (await state.crises.commit(event(version))).copied:
            copied.append(version)
    os.kill(pair[0].process.pid, signal.SIGKILL)  # type: ignore[union-attr]
    other = await opened(pair[1])
    assert set(copied) <= {row[0] async for row in other.crises.events("INC-1")}
    await other.close()
    await state.close()


async def test_one_node_alone_is_told(pair: tuple[RedisServer, RedisServer]) -> None:
    """A replica that hangs costs a bounded wait: the commit stands, is marked, and the state store is degraded."""
    state = await opened(pair[0])
    version = 1
    while not (await state.crises.commit(event(version))).copied:
        version += 1
    assert (await state.ping()).ok
    assert ALONE in await state.advice()
    os.kill(pair[1].process.pid, signal.SIGSTOP)  # type: ignore[union-attr]
    done = await state.crises.commit(event(version := version + 1))
    assert (done.outcome, done.copied) == ("ok", False)
    found = await state.ping()
    assert (found.ok, found.detail) == (False, ONE_NODE)
    os.kill(pair[1].process.pid, signal.SIGCONT)  # type: ignore[union-attr]
    async with asyncio.timeout(20):
        while not (await state.crises.commit(event(version := version + 1))).copied:
            pass
    assert (await state.ping()).ok
    await state.close()


async def test_a_server_that_knows_no_wait_answers_all_the_same(tmp_path: Path) -> None:
    """A managed server or a proxy may refuse WAIT: what was written is answered, with no word on copies."""
    async with in_step(tmp_path, "--rename-command", "WAIT", "") as (primary, _):
        state = await opened(primary)
        for version in (1, 2):
            done = await state.crises.commit(event(version))
            assert (done.outcome, done.version, done.copied) == ("ok", version, True)
        assert (await state.ping()).ok
        await state.close()


def test_one_node_is_a_choice_until_there_were_two() -> None:
    """Without replicas nothing is missing; once there was one, its absence is."""
    copies = Copies()
    assert copies.due(0.0)
    copies.told(b"role:master\r\nconnected_slaves:0\r\n", 0.0)
    assert (copies.due(LOOK - 0.1), copies.due(LOOK)) == (False, True)
    assert (copies.noted(0), copies.lagging) == (True, False)
    copies.told(b"role:master\r\nconnected_slaves:1\r\n", 0.0)
    assert [(copies.noted(found), copies.lagging) for found in (1, 0)] == [(True, False), (False, True)]
    copies.told(None, 0.0)
    assert (copies.connected, copies.noted(0)) == (0, False)
