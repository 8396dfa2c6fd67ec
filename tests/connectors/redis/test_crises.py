"""Crises on a real server: replies that are lost, life times, and what is left of a crisis that is gone."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import pytest

from connectors.errors import StateError
from connectors.ports import Commit, Committed, Outgoing
from connectors.redis import RedisState, open_state
from connectors.redis.server import Binary, find_servers
from tests.connectors.redis.proxy import LosingProxy
from tests.connectors.redis.test_faults import lossy, proxy, server, state
from tests.redis_server import RedisServer

__all__ = ["lossy", "proxy", "server", "state"]  # fixtures


def event(version: int, crisis: str = "INC-1", *, is_open: bool = True, due: float | None = 1.0) -> Commit:
    """The event of this version, with a room and a delivery."""
    name = f"{crisis} event {version}"
    messages = (Outgoing(name, "t", name),)
    return Commit(crisis, version - 1, name, name, f"h{version}", "{}", is_open, due, (f"room of {crisis}",), messages)


async def test_a_commit_whose_reply_is_lost_is_answered_as_if_nothing_had_happened(
    lossy: RedisState, proxy: LosingProxy
) -> None:
    """The client's own repetition says "ok", not "known", and event and delivery are there once."""
    for version in (1, 2):
        proxy.lose(f"INC-1 event {version}".encode())
        assert await lossy.crises.commit(event(version)) == Committed("ok", version)
    assert proxy.lost == 2
    assert [row[0] async for row in lossy.crises.events("INC-1")] == [1, 2]
    assert await lossy.queue.depth() == (0, 2)


async def test_a_commit_repeated_by_its_maker_is_known(lossy: RedisState, proxy: LosingProxy) -> None:
    """Who was told nothing at all and commits again hears the version it got the first time."""
    assert await lossy.crises.commit(event(1)) == Committed("ok", 1)
    proxy.lose(b"INC-1 event 1")
    assert await lossy.crises.commit(event(1)) == Committed("known", 1)
    assert proxy.lost == 1 and await lossy.queue.depth() == (0, 1)


async def test_nothing_of_an_open_crisis_has_a_life_time(state: RedisState) -> None:
    """No key that names a crisis or crises has a life time, also after a refused one."""
    await state.crises.commit(event(1))
    await state.crises.number()
    assert not await state.crises.expire("INC-1", 1)
    keys = [key.decode() for key in await state.link.call("KEYS", "*:cris[ei]s:*")]
    assert len(keys) == 7
    assert {int(await state.link.call("TTL", key)) for key in keys} == {-1}


async def test_what_led_to_a_crisis_that_is_gone_is_tidied_away(state: RedisState) -> None:
    """Rooms, due times and the list do not grow with crises whose time is up."""
    await state.crises.commit(event(1, "INC-2"))
    await state.crises.commit(event(1, is_open=False))
    assert await state.crises.expire("INC-1", 0.001)
    async with asyncio.timeout(20):
        while await state.crises.load("INC-1") is not None:
            await asyncio.sleep(0.01)
    assert await state.crises.listed() == [("INC-2", True)]
    assert await state.link.call("HKEYS", "soc:{t}:crises:rooms") == [b"room of INC-2"]
    assert await state.link.call("ZRANGE", "soc:{t}:crises:due", 0, -1) == [b"INC-2"]
    assert await state.link.call("ZRANGE", "soc:{t}:crises:list", 0, -1) == [b"INC-2"]


async def test_a_due_time_that_is_no_number_commits_nothing(state: RedisState) -> None:
    """What Redis would refuse half-way through the script never reaches it."""
    with pytest.raises(ValueError, match="not a number"):
        await state.crises.commit(event(1, due=math.nan))
    assert await state.crises.load("INC-1") is None


@pytest.mark.parametrize("binary", find_servers(), ids=lambda found: found.origin)
async def test_a_server_without_memory_commits_nothing(tmp_path: Path, binary: Binary) -> None:
    """A server at its memory's end refuses the whole commit, and takes it when it has room again."""
    server = RedisServer(tmp_path, binary).start()
    state = await open_state(None, server.socket, "t")
    await state.crises.commit(event(1))
    await state.link.call("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(StateError, match="refused"):
        await state.crises.commit(event(2))
    await state.link.call("CONFIG", "SET", "maxmemory", "0")
    assert [row[0] async for row in state.crises.events("INC-1")] == [1]
    held = await state.crises.load("INC-1")
    assert held is not None and held.version == 1 and await state.queue.depth() == (0, 1)
    assert await state.crises.commit(event(2)) == Committed("ok", 2)
    await state.close()
    server.stop()


async def test_two_clients_see_one_crisis(server: RedisServer, state: RedisState, tmp_path: Path) -> None:
    """What one process commits the other one builds on; another organisation has no such crisis."""
    other, stranger = await open_state(None, server.socket, "t"), await open_state(None, server.socket, "u")
    assert await state.crises.commit(event(1)) == Committed("ok", 1)
    assert await other.crises.commit(event(1)) == Committed("known", 1)
    assert await other.crises.commit(event(2)) == Committed("ok", 2)
    assert await state.crises.find("room of INC-1") == "INC-1"
    assert await stranger.crises.load("INC-1") is None and await stranger.crises.find("room of INC-1") is None
    await other.close()
    await stranger.close()
