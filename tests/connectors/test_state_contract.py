"""One contract class per state port; the memory twin and every real server at hand pass the same ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from connectors.clock import SystemClock
from connectors.keys import PARTITIONS, Keys, partition
from connectors.memory import MemoryState
from connectors.ports import Outgoing, Taken
from connectors.redis import RedisState, open_state
from connectors.redis.server import find_servers
from tests.redis_server import RedisServer

State = MemoryState | RedisState
HOSTILE = "<!channel> `*|`\u202e\x00\r\n$5 {x} \ud800 ü 漢字 🧨"
KINDS = ["memory", "PATH", "wheel"]


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer | None]:
    """A server of each origin, None for the memory twin."""
    if request.param == "memory":
        yield None
        return
    binary = next((found for found in find_servers() if found.origin == request.param), None)
    if binary is None:
        pytest.skip(f"no redis-server of origin {request.param} here")
    running = RedisServer(Path(tmp_path_factory.mktemp("redis")), binary).start()
    yield running
    running.stop()


@pytest.fixture
async def state(server: RedisServer | None, request: pytest.FixtureRequest) -> AsyncIterator[State]:
    """An empty state: each test is an organisation of its own."""
    opened: State
    if server is None:
        opened = MemoryState(SystemClock())
    else:
        opened = await open_state(None, server.socket, request.node.name)
    yield opened
    await opened.close()


def thread_of(number: int) -> str:
    """A thread whose deliveries lie in that partition."""
    return next(name for name in map(str, range(10_000)) if partition(name) == number)


async def waiting(state: State) -> list[Taken]:
    """All deliveries, partition by partition."""
    return [one for number in range(PARTITIONS) for one in await state.outbox.pending(number, "", 100)]


class TestQueue:
    async def test_known_call_is_refused(self, state: State) -> None:
        """An id is accepted once, also while it is worked on and after it is finished."""
        assert await state.queue.offer("c1", "one")
        assert not await state.queue.offer("c1", "two")
        [taken] = await state.queue.take("w1", 5, 0, 60)
        assert taken.payload == "one"
        assert not await state.queue.offer("c1", "three")
        assert await state.queue.finish(taken, [])
        assert not await state.queue.offer("c1", "four")
        assert await state.queue.take("w1", 5, 0, 60) == []

    async def test_order_and_count(self, state: State) -> None:
        """Calls come in the order offered, never more than asked for, each to one consumer, with attempt 1."""
        for name in "abcde":
            await state.queue.offer(name, name.upper())
        first = await state.queue.take("w1", 3, 0, 60)
        second = await state.queue.take("w2", 3, 0, 60)
        assert [(t.id, t.payload, t.attempt) for t in first] == [("a", "A", 1), ("b", "B", 1), ("c", "C", 1)]
        assert [t.id for t in second] == ["d", "e"]

    async def test_text_is_kept_as_it_is(self, state: State) -> None:
        """Ids and payloads come back as given, whatever characters they hold."""
        await state.queue.offer(HOSTILE, HOSTILE)
        [taken] = await state.queue.take("w", 1, 0, 60)
        assert (taken.id, taken.payload) == (HOSTILE, HOSTILE)
        assert await state.queue.finish(taken, [Outgoing(HOSTILE, HOSTILE, HOSTILE)])
        assert [(t.id, t.payload) for t in await waiting(state)] == [(HOSTILE, HOSTILE)]

    async def test_take_waits(self, state: State) -> None:
        """A waiting take gets a call offered meanwhile, long before its time is up."""
        async with asyncio.timeout(20):
            getting = asyncio.create_task(state.queue.take("w1", 1, 60, 60))
            await asyncio.sleep(0.05)
            await state.queue.offer("late", "x")
            assert [t.id for t in await getting] == ["late"]

    async def test_take_ends_empty(self, state: State) -> None:
        """With nothing to do take returns an empty list when its time is up."""
        assert await state.queue.take("w1", 1, 0.05, 60) == []

    async def test_dead_consumer(self, state: State) -> None:
        """A call whose consumer stays silent goes to another one, counted as attempt 2, also while that one waits."""
        await state.queue.offer("c", "x")
        [first] = await state.queue.take("dead", 1, 0, 60)
        assert await state.queue.take("alive", 1, 0, 60) == []
        async with asyncio.timeout(20):
            [again] = await state.queue.take("alive", 1, 60, 0.1)
        assert (again.entry, again.id, again.attempt) == (first.entry, "c", 2)
        [third] = await state.queue.take("other", 1, 0, 0)
        assert third.attempt == 3

    async def test_lost_calls_come_before_new_ones(self, state: State) -> None:
        """Steady new work does not starve a call whose consumer died."""
        await state.queue.offer("lost", "x")
        await state.queue.take("dead", 1, 0, 60)
        await state.queue.offer("new", "x")
        assert [t.id for t in await state.queue.take("alive", 1, 0, 0)] == ["lost"]

    async def test_renewal_keeps_the_call(self, state: State) -> None:
        """A renewed call is not handed over, and renewing does not count as an attempt."""
        await state.queue.offer("c", "x")
        [mine] = await state.queue.take("w1", 1, 0, 60)
        await asyncio.sleep(0.6)
        await state.queue.renew("w1", mine.entry)
        assert await state.queue.take("w2", 1, 0, 0.5) == []
        assert [t.attempt for t in await state.queue.take("w2", 1, 0, 0)] == [2]

    async def test_renewal_takes_nothing_back(self, state: State) -> None:
        """Who lost a call cannot renew it: the new consumer keeps it, and its lease runs from its own taking."""
        await state.queue.offer("c", "x")
        [mine] = await state.queue.take("slow", 1, 0, 60)
        await state.queue.take("new", 1, 0, 0)
        await asyncio.sleep(0.3)
        await state.queue.renew("slow", mine.entry)
        assert [t.attempt for t in await state.queue.take("third", 1, 0, 0.2)] == [3]

    async def test_finished_once(self, state: State) -> None:
        """Of two that finish the same call one commits its deliveries; the other is told and adds nothing."""
        await state.queue.offer("c", "x")
        [slow] = await state.queue.take("slow", 1, 0, 60)
        [fast] = await state.queue.take("fast", 1, 0, 0)
        assert await state.queue.finish(fast, [Outgoing("d-fast", "t", "fast")])
        assert not await state.queue.finish(slow, [Outgoing("d-slow", "t", "slow")])
        assert [t.payload for t in await waiting(state)] == ["fast"]
        assert await state.queue.depth() == (0, 1)

    async def test_emit(self, state: State) -> None:
        """A "working" message is added once, and only while its call is open."""
        working = Outgoing("c:working", "t", "working")
        assert not await state.queue.emit("c", working)
        await state.queue.offer("c", "x")
        assert await state.queue.emit("c", working)
        assert not await state.queue.emit("c", working)
        [taken] = await state.queue.take("w", 1, 0, 60)
        await state.queue.finish(taken, [Outgoing("c:1", "t", "answer")])
        assert not await state.queue.emit("c", Outgoing("c:late", "t", "late"))
        assert [t.id for t in await waiting(state)] == ["c:working", "c:1"]

    async def test_post_leaves_known_ids_out(self, state: State) -> None:
        """A delivery id is accepted once, within one post and across posts."""
        one, two, three = (Outgoing(name, "t", name) for name in ("1", "2", "3"))
        assert await state.queue.post([one, two, one]) == 2
        assert await state.queue.post([two, three]) == 1
        assert await state.queue.post([]) == 0
        assert [t.id for t in await waiting(state)] == ["1", "2", "3"]

    async def test_depth(self, state: State) -> None:
        """Depth counts calls until they are finished and deliveries until they are sent."""
        assert await state.queue.depth() == (0, 0)
        await state.queue.offer("a", "x")
        await state.queue.offer("b", "x")
        [taken] = await state.queue.take("w", 1, 0, 60)
        assert await state.queue.depth() == (2, 0)
        await state.queue.finish(taken, [Outgoing("d", "t", "x")])
        assert await state.queue.depth() == (1, 1)
        [delivery] = await waiting(state)
        await state.outbox.sent(partition("t"), delivery)
        assert await state.queue.depth() == (1, 0)

    async def test_many_workers(self, state: State) -> None:
        """Eight workers on a hundred calls finish each call once."""
        for number in range(100):
            await state.queue.offer(f"c{number}", "x")

        async def work(name: str) -> list[str]:
            done = []
            while got := await state.queue.take(name, 3, 0, 60):
                done += [t.id for t in got if await state.queue.finish(t, [Outgoing(f"d-{t.id}", t.id, "x")])]
            return done

        done = await asyncio.gather(*(work(f"w{n}") for n in range(8)))
        assert sorted(name for each in done for name in each) == sorted(f"c{number}" for number in range(100))
        assert await state.queue.depth() == (0, 100)


class TestOutbox:
    async def test_thread_keeps_its_order(self, state: State) -> None:
        """Deliveries of one thread lie in one partition in the order committed, and are paged without gap."""
        names = [f"d{number}" for number in range(7)]
        for name in names:
            await state.queue.post([Outgoing(name, "thread", name)])
        number = partition("thread")
        first = await state.outbox.pending(number, "", 3)
        rest = await state.outbox.pending(number, first[-1].entry, 100)
        assert [t.id for t in first + rest] == names
        assert [len(await state.outbox.pending(n, "", 100)) for n in range(PARTITIONS) if n != number] == [0] * 7

    async def test_lease_has_one_owner(self, state: State) -> None:
        """A partition belongs to one owner until it is released or its time is up; partitions are independent."""
        assert await state.outbox.lease(0, "a", 60)
        assert await state.outbox.lease(0, "a", 60)
        assert not await state.outbox.lease(0, "b", 60)
        assert await state.outbox.lease(1, "b", 60)
        await state.outbox.release(0, "b")
        assert not await state.outbox.lease(0, "b", 60)
        await state.outbox.release(0, "a")
        assert await state.outbox.lease(0, "b", 0.05)
        await asyncio.sleep(0.1)
        assert await state.outbox.lease(0, "a", 60)

    async def test_attempts_are_counted_before_sending(self, state: State) -> None:
        """Each begin counts, and pending tells the next owner how many there were."""
        await state.queue.post([Outgoing("d", "t", "x")])
        number = partition("t")
        await state.outbox.lease(number, "a", 60)
        [delivery] = await state.outbox.pending(number, "", 10)
        assert delivery.attempt == 0
        assert await state.outbox.begin(number, delivery, "a") == 1
        assert await state.outbox.begin(number, delivery, "a") == 2
        assert [t.attempt for t in await state.outbox.pending(number, "", 10)] == [2]

    async def test_who_lost_the_lease_sends_nothing(self, state: State) -> None:
        """Begin is refused without the lease, and for a delivery that another owner has sent meanwhile."""
        await state.queue.post([Outgoing("d", "t", "x")])
        number = partition("t")
        [delivery] = await state.outbox.pending(number, "", 10)
        assert await state.outbox.begin(number, delivery, "a") == 0
        assert await state.outbox.lease(number, "a", 0.05)
        await asyncio.sleep(0.1)
        assert await state.outbox.begin(number, delivery, "a") == 0
        assert await state.outbox.lease(number, "b", 60)
        assert await state.outbox.begin(number, delivery, "a") == 0
        assert await state.outbox.begin(number, delivery, "b") == 1
        await state.outbox.sent(number, delivery)
        assert await state.outbox.begin(number, delivery, "b") == 0
        assert await state.outbox.pending(number, "", 10) == []

    async def test_wait_wakes_for_any_partition(self, state: State) -> None:
        """Waiting on several partitions ends with the first delivery in any of them."""
        async with asyncio.timeout(20):
            ringing = asyncio.create_task(state.outbox.wait({2: "", 5: ""}, 60))
            await asyncio.sleep(0.05)
            assert not ringing.done()
            await state.queue.post([Outgoing("d", thread_of(5), "x")])
            await ringing

    async def test_wait_looks_after_the_entry_only(self, state: State) -> None:
        """What lies at or before the given entry does not wake; what lies after it does so at once."""
        await state.queue.post([Outgoing("d1", thread_of(2), "x")])
        [first] = await state.outbox.pending(2, "", 10)
        waiting_task = asyncio.create_task(state.outbox.wait({2: first.entry}, 60))
        done, _ = await asyncio.wait([waiting_task], timeout=0.2)
        assert not done
        await state.queue.post([Outgoing("d2", thread_of(2), "x")])
        async with asyncio.timeout(20):
            await waiting_task
            await state.outbox.wait({2: first.entry}, 60)

    async def test_wait_ends(self, state: State) -> None:
        """Waiting ends when its time is up, also when no partition is owned."""
        async with asyncio.timeout(20):
            assert await state.outbox.wait({1: ""}, 0.05) == set()
            assert await state.outbox.wait({}, 0.05) == set()


class TestStore:
    async def test_put_get_delete(self, state: State) -> None:
        """A value is there until it is replaced or deleted, as it was given."""
        assert await state.store.get("k") is None
        await state.store.put("k", HOSTILE, 60)
        await state.store.put(HOSTILE, "other", 60)
        assert await state.store.get("k") == HOSTILE
        assert await state.store.get(HOSTILE) == "other"
        await state.store.put("k", "", 60)
        assert await state.store.get("k") == ""
        await state.store.delete("k")
        assert await state.store.get("k") is None

    async def test_life_time(self, state: State) -> None:
        """A value is gone after its life time, which a second put starts anew."""
        await state.store.put("short", "x", 0.05)
        await state.store.put("long", "x", 0.05)
        await state.store.put("long", "y", 60)
        await asyncio.sleep(0.15)
        assert await state.store.get("short") is None
        assert await state.store.get("long") == "y"
        assert await state.store.claim("short", "a") is None

    async def test_add(self, state: State) -> None:
        """Add succeeds only where nothing is, and again after expiry."""
        assert await state.store.add("k", "one", 0.05)
        await asyncio.sleep(0.15)
        assert await state.store.add("k", "two", 60)
        assert not await state.store.add("k", "three", 60)
        assert await state.store.get("k") == "two"

    async def test_claim(self, state: State) -> None:
        """The first claimant gets the value, also when asking again; nobody else does, until it is put anew."""
        assert await state.store.claim("k", "a") is None
        await state.store.put("k", "v", 60)
        assert await state.store.claim("k", "a") == "v"
        assert await state.store.claim("k", "b") is None
        assert await state.store.claim("k", "a") == "v"
        await state.store.put("k", "w", 60)
        assert await state.store.claim("k", "b") == "w"
        await state.store.delete("k")
        assert await state.store.claim("k", "b") is None

    async def test_one_of_many_claimants(self, state: State) -> None:
        """Of twenty that claim at once exactly one gets the value."""
        await state.store.put("k", "v", 60)
        got = await asyncio.gather(*(state.store.claim("k", f"p{n}") for n in range(20)))
        assert [value for value in got if value is not None] == ["v"]

    async def test_feed(self, state: State) -> None:
        """A feed gives what lies after a position, in order; an unknown position means from the beginning."""
        assert await state.store.tail("f", "", 0) == []
        for value in ("a", HOSTILE, "c"):
            await state.store.append("f", value, 60)
        whole = await state.store.tail("f", "", 0)
        assert [value for _, value in whole] == ["a", HOSTILE, "c"]
        assert await state.store.tail("f", whole[0][0], 0) == whole[1:]
        assert await state.store.tail("f", whole[2][0], 0.05) == []
        assert await state.store.tail("f", "no such position", 0) == whole
        assert await state.store.tail("g", "", 0) == []
        await state.store.delete("f")
        assert await state.store.tail("f", "", 0) == []

    async def test_feed_waits(self, state: State) -> None:
        """A reader that waits gets the next entry long before its time is up."""
        async with asyncio.timeout(20):
            reading = asyncio.create_task(state.store.tail("f", "", 60))
            await asyncio.sleep(0.05)
            await state.store.append("f", "x", 60)
            assert [value for _, value in await reading] == ["x"]

    async def test_feed_is_bounded(self, state: State) -> None:
        """A feed keeps about its last thousand entries, and dies with its life time."""
        for start in range(0, 1_300, 50):
            await asyncio.gather(*(state.store.append("f", str(start + n), 60) for n in range(50)))
        kept = [int(value) for _, value in await state.store.tail("f", "", 0)]
        assert 1_000 <= len(kept) <= 1_200
        assert set(kept) >= set(range(1_300 - 950, 1_300))
        await state.store.append("short", "x", 0.05)
        await asyncio.sleep(0.15)
        assert await state.store.tail("short", "", 0) == []

    async def test_ping(self, state: State) -> None:
        """A store that answers says so."""
        assert (await state.store.ping()).ok
        assert (await state.ping()).ok


class TestAuditLog:
    async def test_append_and_read(self, state: State) -> None:
        """Entries come back in order, from any number on, over several pages."""
        assert await state.audit.head() == (0, "")
        for seq in range(1, 603):
            assert await state.audit.append(seq, [(f"e{seq}{HOSTILE}", f"h{seq}")])
        assert await state.audit.head() == (602, "h602")
        assert [row async for row in state.audit.entries(600)] == [
            (601, f"e601{HOSTILE}", "h601"),
            (602, f"e602{HOSTILE}", "h602"),
        ]
        assert [row[0] async for row in state.audit.entries()] == list(range(1, 603))

    async def test_taken_number(self, state: State) -> None:
        """A number is given once, and none is left out."""
        assert not await state.audit.append(2, [("gap", "h")])
        assert await state.audit.append(1, [("e", "h")])
        assert not await state.audit.append(1, [("e", "h")])
        assert not await state.audit.append(3, [("gap", "h")])
        assert await state.audit.head() == (1, "h")

    async def test_several_at_once(self, state: State) -> None:
        """Entries appended together follow one another, and none is written when the first number is taken."""
        assert await state.audit.append(1, [("a", "h1"), ("b", "h2"), ("c", "h3")])
        assert not await state.audit.append(3, [("x", "hx"), ("y", "hy")])
        assert [row async for row in state.audit.entries()] == [(1, "a", "h1"), (2, "b", "h2"), (3, "c", "h3")]

    async def test_two_writers(self, state: State) -> None:
        """Of ten that append the same number exactly one succeeds."""
        got = await asyncio.gather(*(state.audit.append(1, [(f"e{n}", f"h{n}")]) for n in range(10)))
        assert sum(got) == 1
        assert (await state.audit.head())[0] == 1


def test_hash_tag_cannot_be_broken() -> None:
    """Every key carries the organisation's tag as the first one, and a name that would break it is refused."""
    assert Keys("soc1").call("{x}") == "soc:{soc1}:call:{x}"
    for name in ("", " ", "a{b", "a}b"):
        with pytest.raises(ValueError, match="organisation"):
            Keys(name)


def test_partition_is_fixed() -> None:
    """A thread's partition does not change between releases: deliveries may be waiting there (CRC-32 mod 8)."""
    assert [partition(name) for name in ("", "123456789", "C042:1.5")] == [0, 0xCBF43926 % 8, partition("C042:1.5")]
    assert {partition(str(number)) for number in range(100)} == set(range(PARTITIONS))
