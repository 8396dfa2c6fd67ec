"""What happens when Redis is away, slow, restarted, or its reply is lost after the work was done."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from connectors.errors import StateError
from connectors.keys import Keys, partition
from connectors.ports import Outgoing
from connectors.redis import RedisState, open_state
from connectors.redis.client import REST
from connectors.redis.queue import GROUP
from tests.connectors.redis.proxy import LosingProxy
from tests.redis_server import RedisServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    running = RedisServer(tmp_path).start()
    yield running
    running.stop()


@pytest.fixture
async def state(server: RedisServer) -> AsyncIterator[RedisState]:
    opened = await open_state(None, server.socket, "t")
    yield opened
    await opened.close()


@pytest.fixture
async def proxy(server: RedisServer, tmp_path: Path) -> AsyncIterator[LosingProxy]:
    async with LosingProxy(str(tmp_path / "p.sock"), server.socket) as running:
        yield running


@pytest.fixture
async def lossy(proxy: LosingProxy) -> AsyncIterator[RedisState]:
    opened = await open_state(None, proxy.front, "t")
    yield opened
    await opened.close()


async def test_lost_replies_change_nothing(lossy: RedisState, proxy: LosingProxy) -> None:
    """Every write whose reply is lost is repeated, answers as if nothing had happened, and is applied once."""
    one = Outgoing("d1", "t", "x")
    proxy.lose(b"payload of c")
    assert await lossy.queue.offer("c", "payload of c")
    [taken] = await lossy.queue.take("w", 5, 0, 60)
    proxy.lose(b"working")
    assert await lossy.queue.emit("c", Outgoing("c:working", "t", "working"))
    proxy.lose(taken.entry.encode())
    assert await lossy.queue.finish(taken, [one])
    proxy.lose(b"d2")
    assert await lossy.queue.post([Outgoing("d2", "t", "x")]) == 1
    proxy.lose(b"stored words")
    assert await lossy.store.add("k", "stored words", 60)
    proxy.lose(b"entry 1")
    assert await lossy.audit.append(1, [("entry 1", "h")])
    proxy.lose(b"one line of a feed")
    await lossy.store.append("f", "one line of a feed", 60)
    assert proxy.lost == 7
    sent = await lossy.outbox.pending(partition("t"), "", 10)
    assert [t.id for t in sent] == ["c:working", "d1", "d2"]
    assert await lossy.queue.depth() == (0, 3)
    assert (await lossy.audit.head())[0] == 1
    assert [value for _, value in await lossy.store.tail("f", "", 0)] == ["one line of a feed"]


async def test_lost_reply_of_a_claim(lossy: RedisState, proxy: LosingProxy) -> None:
    """A claim whose reply is lost still belongs to its claimant."""
    await lossy.store.put("k", "v", 60)
    proxy.lose(b"claimant-1")
    assert await lossy.store.claim("k", "claimant-1") == "v"
    assert proxy.lost == 1


async def test_away_is_said_quickly(tmp_path: Path) -> None:
    """Without a server every port raises StateError within the budget, and ping answers instead of raising."""
    state = await open_state(None, str(tmp_path / "nobody.sock"), "t")
    async with asyncio.timeout(20):
        for doing in (state.queue.offer("c", "x"), state.store.get("k"), state.audit.head(), state.durability()):
            with pytest.raises(StateError, match="not reachable"):
                await doing
        with pytest.raises(StateError):
            await state.outbox.wait({0: ""}, 60)
        ping = await state.ping()
    assert (ping.ok, ping.detail) == (False, "The state store (Redis) is not reachable")
    await state.close()


async def test_silent_server(state: RedisState, server: RedisServer) -> None:
    """A server that accepts and never answers costs the budget once, and is left alone for a moment after that."""
    assert server.process is not None
    await state.store.put("k", "v", 60)
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(20):
            with pytest.raises(StateError, match="in time"):
                await state.queue.offer("c", "x")
            async with asyncio.timeout(0.5):
                with pytest.raises(StateError, match="in time"):
                    await state.store.get("k")
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    await asyncio.sleep(REST)
    assert await state.store.get("k") == "v"


async def test_killed_and_started_again(state: RedisState, server: RedisServer) -> None:
    """After SIGKILL and a restart every acknowledged write is there, and the open connections recover by themselves."""
    for number in range(50):
        assert await state.queue.offer(f"c{number}", "x")
    [taken] = await state.queue.take("w", 1, 0, 60)
    assert await state.queue.finish(taken, [Outgoing("d", "t", "x")])
    server.kill()
    with pytest.raises(StateError):
        await state.queue.depth()
    server.start()
    assert await state.queue.depth() == (49, 1)
    assert not await state.queue.offer("c0", "x")
    assert [t.attempt for t in await state.queue.take("w", 2, 0, 60)] == [1, 1]


async def test_emptied_server(state: RedisState) -> None:
    """A server that lost everything while calls were awaited is used again without a restart of the bot."""
    await state.queue.offer("c", "x")
    await state.queue.take("w", 1, 0, 60)
    await state.link.call("FLUSHALL")
    await state.link.call("SCRIPT", "FLUSH")
    assert await state.queue.take("w", 1, 0.02, 60) == []
    assert await state.queue.offer("c", "x")
    assert [t.attempt for t in await state.queue.take("w", 1, 0, 60)] == [1]


async def test_old_consumers_are_forgotten(state: RedisState) -> None:
    """Consumers of dead processes go, unless they still hold a call."""
    await state.queue.offer("c", "x")
    await state.queue.take("holder", 1, 0, 60)
    await state.queue.offer("done", "x")
    [done] = await state.queue.take("idle", 1, 0, 60)
    await state.queue.finish(done, [])
    await asyncio.sleep(0.05)
    inbox = Keys("t").inbox
    assert await state.link.run("tidy", [inbox], GROUP, 10) == 1
    [left] = await state.link.call("XINFO", "CONSUMERS", inbox, GROUP)
    assert left[:2] == [b"name", b"holder"]


async def test_nothing_is_left_of_a_delivery(state: RedisState) -> None:
    """What was sent leaves neither entry nor attempts behind, else the hash would grow for ever."""
    number = partition("t")
    await state.queue.post([Outgoing("d", "t", "x")])
    await state.outbox.lease(number, "a", 60)
    [delivery] = await state.outbox.pending(number, "", 10)
    assert await state.outbox.begin(number, delivery, "a") == 1
    assert await state.link.call("HLEN", Keys("t").attempts(number)) == 1
    await state.outbox.sent(number, delivery)
    assert await state.link.call("HLEN", Keys("t").attempts(number)) == 0
    assert await state.link.call("XLEN", Keys("t").outbox(number)) == 0


async def test_everything_temporary_expires(state: RedisState) -> None:
    """Every key but the streams, attempts and the audit log has a life time, so Redis does not fill up."""
    await state.queue.offer("c", "x")
    [taken] = await state.queue.take("w", 1, 0, 60)
    await state.queue.finish(taken, [Outgoing("d", "t", "x")])
    await state.outbox.lease(0, "a", 60)
    await state.store.add("k", "v", 60)
    await state.store.claim("k", "a")
    await state.store.append("f", "x", 60)
    await state.audit.append(1, [("e", "h")])
    keys = await state.link.call("KEYS", "*")
    lasting = {key for key in keys if await state.link.call("TTL", key.decode()) < 0}
    assert lasting == {name.encode() for name in (Keys("t").inbox, Keys("t").outbox(partition("t")), Keys("t").audit)}
    assert all(key.startswith(b"soc:{t}:") for key in keys)


async def test_cancelled_wait_leaves_the_connection_usable(state: RedisState) -> None:
    """A wait that is cancelled does not hand its late reply to the next one."""
    for _ in range(5):
        waiting = asyncio.create_task(state.store.tail("f", "", 60))
        await asyncio.sleep(0.02)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    await state.store.append("g", "x", 60)
    assert [value for _, value in await state.store.tail("g", "", 1)] == ["x"]
    assert await state.store.tail("f", "", 0.02) == []


async def test_a_cancellation_is_always_heard(state: RedisState) -> None:
    """A task that asks Redis for ever ends when it is cancelled, in whatever moment that comes, and so does a wait."""

    async def asking(number: int) -> None:
        while True:
            await state.store.put(f"k{number}", "v", 60)

    for pause in range(40):
        tasks = [asyncio.create_task(asking(number)) for number in range(20)]
        tasks += [asyncio.create_task(state.store.tail(f"quiet{number}", "", 60)) for number in range(5)]
        await asyncio.sleep(pause * 0.0005)
        for task in tasks:
            task.cancel()
        done = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
        assert all(isinstance(one, asyncio.CancelledError) for one in done)
    assert await state.store.get("k1") == "v"


@pytest.mark.parametrize("url", ["redis://:se#cret@localhost:6379/0", "http://secret@x", "secret", ""])
async def test_bad_url_is_not_repeated(url: str) -> None:
    """A malformed REDIS_URL is one sentence that does not quote it."""
    with pytest.raises(StateError) as raised:
        await open_state(url, None, "t")
    assert "cret" not in str(raised.value)
    assert raised.value.__cause__ is None


async def test_message_holds_no_address() -> None:
    """Neither host nor password of REDIS_URL shows in an error."""
    state = await open_state("redis://user:hunter2@127.0.0.1:1/0", None, "t")
    detail = (await state.ping()).detail
    await state.close()
    assert detail == "The state store (Redis) is not reachable"


async def test_durability(state: RedisState) -> None:
    """The boot check is silent on the right settings and names each wrong one."""
    assert await state.durability() == []
    await state.link.call("CONFIG", "SET", "appendfsync", "everysec")
    await state.link.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    found = await state.durability()
    assert [("everysec" in s, "allkeys-lru" in s) for s in found] == [(True, False), (False, True)]
    await state.link.call("CONFIG", "SET", "appendonly", "no")
    assert len(await state.durability()) == 3


async def test_durability_unverified(state: RedisState) -> None:
    """A server that forbids CONFIG is called unverified, not fine."""
    await state.link.call("ACL", "SETUSER", "default", "-config")
    assert [s for s in await state.durability() if "unverified" in s] == [
        "Redis does not allow CONFIG GET (managed service): durability unverified"
    ]
