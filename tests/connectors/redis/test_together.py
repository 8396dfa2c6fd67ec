"""Commands that are asked at the same time: few writes, and each its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from connectors.errors import StateError
from connectors.redis import RedisState, open_state
from tests.redis_server import RedisServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    folder: Path = tmp_path_factory.mktemp("redis")
    running = RedisServer(folder).start()
    yield running
    running.stop()


@pytest.fixture
async def state(server: RedisServer) -> AsyncIterator[RedisState]:
    opened = await open_state(None, server.socket, "t")
    await opened.link.call("FLUSHALL")
    yield opened
    await opened.close()


async def reads(state: RedisState) -> int:
    """How often the server has read from a connection."""
    told: dict[str, int] = await state.link.call("INFO", "stats")
    return told["total_reads_processed"]


async def test_what_is_asked_together_goes_out_together(state: RedisState) -> None:
    """A hundred commands of one moment reach the server in a few reads, each with its own answer."""
    before = await reads(state)
    await asyncio.gather(*(state.store.put(f"k{number}", str(number), 60) for number in range(100)))
    found = await asyncio.gather(*(state.store.get(f"k{number}") for number in range(100)))
    assert found == [str(number) for number in range(100)]
    took = await reads(state) - before
    assert took < 20


async def test_one_refused_command_harms_no_other(state: RedisState) -> None:
    """A command that the server refuses is that one's error; its neighbours have their answers."""
    await state.link.call("SET", "text", "x")
    asked = (state.store.get("a"), state.link.call("LPUSH", "text", "x"), state.queue.offer("c", "x"))
    nothing, refused, stored = await asyncio.gather(*asked, return_exceptions=True)
    assert (nothing, stored) == (None, True)
    assert isinstance(refused, StateError)
    assert "WRONGTYPE" in str(refused)


async def test_forgotten_scripts_are_sent_again(state: RedisState) -> None:
    """A server that has forgotten its scripts is told them again in the midst of a batch, and nothing runs twice."""
    await state.link.call("SCRIPT", "FLUSH")
    stored = await asyncio.gather(*(state.queue.offer(f"c{number}", "x") for number in range(40)))
    assert stored == [True] * 40
    assert await state.queue.depth() == (40, 0)


async def test_a_connection_lost_in_a_batch_loses_and_doubles_nothing(state: RedisState, server: RedisServer) -> None:
    """Whatever moment the connection goes in, every call is stored once and its sender hears that it was."""
    other = await open_state(None, server.socket, "t")
    for attempt in range(20):
        offers = [asyncio.create_task(state.queue.offer(f"c{attempt}-{number}", "x" * 2_000)) for number in range(40)]
        await asyncio.sleep(attempt * 0.0003)
        await other.link.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        assert await asyncio.gather(*offers) == [True] * 40
    await other.close()
    assert await state.queue.depth() == (800, 0)


async def test_whoever_is_cancelled_takes_nobody_along(state: RedisState) -> None:
    """A sender that is cancelled while its batch is under way leaves the others' answers alone."""
    tasks = [asyncio.create_task(state.store.add(f"n{number}", "v", 60)) for number in range(30)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in done[::2])
    assert done[1::2] == [True] * 15


async def test_closing_leaves_nobody_waiting(server: RedisServer) -> None:
    """Commands under way when the state is closed end with an error instead of never."""
    opened = await open_state(None, server.socket, "t")
    asked = [asyncio.create_task(opened.store.get(f"k{number}")) for number in range(5)]
    await asyncio.sleep(0)
    await opened.close()
    async with asyncio.timeout(5):
        done = await asyncio.gather(*asked, return_exceptions=True)
    assert all(one is None or isinstance(one, StateError) for one in done)
