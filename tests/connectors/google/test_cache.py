"""Readings kept for a while: one flight a question, and the last good one when the backend is away."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from connectors.clock import FixedClock
from connectors.errors import BackendError, Refused, Unavailable
from connectors.models.reading import Reading, Window
from connectors.resilience import ReadingCache

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class Source:
    """Counts how often it is asked; fails when told to."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock, self.asked = clock, 0
        self.error: BackendError | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def fetch(self) -> Reading[int]:
        self.asked += 1
        number = self.asked
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return Reading((number,), "Test", self.clock.now())


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def source(clock: FixedClock) -> Source:
    return Source(clock)


async def test_many_who_ask_at_once_share_one_flight(clock: FixedClock, source: Source) -> None:
    """Ten callers at the same time cost one question."""
    cache = ReadingCache(clock)
    answers = await asyncio.gather(*(cache.read("a", 10, source.fetch) for _ in range(10)))
    assert {answer.items for answer in answers} == {(1,)}
    assert source.asked == 1


async def test_a_reading_lives_as_long_as_it_should(clock: FixedClock, source: Source) -> None:
    """Within the time to live nothing is asked, after it the source is."""
    cache = ReadingCache(clock)
    await cache.read("a", 10, source.fetch)
    clock.advance(9)
    assert (await cache.read("a", 10, source.fetch)).one == 1
    clock.advance(2)
    assert (await cache.read("a", 10, source.fetch)).one == 2


async def test_a_failing_backend_leaves_the_old_reading_marked(clock: FixedClock, source: Source) -> None:
    """What is served instead keeps its own instant, is marked stale, and says why."""
    cache = ReadingCache(clock)
    await cache.read("a", 10, source.fetch)
    clock.advance(60)
    source.error = Unavailable("SIEM", "failed (HTTP 500)")
    old = await cache.read("a", 10, source.fetch)
    assert old.stale and old.items == (1,) and old.as_of == NOW
    assert old.notes == ("SIEM failed (HTTP 500); shown as of 2026-11-22 10:00 UTC.",)


async def test_a_refusal_is_never_papered_over(clock: FixedClock, source: Source) -> None:
    """A permanent error is raised although an old reading is there."""
    cache = ReadingCache(clock)
    await cache.read("a", 10, source.fetch)
    clock.advance(60)
    source.error = Refused("SIEM", "refused our credentials (HTTP 401)", 401)
    with pytest.raises(Refused):
        await cache.read("a", 10, source.fetch)


async def test_old_readings_grow_too_old(clock: FixedClock, source: Source) -> None:
    """Beyond `stale_for` the error is better than the reading."""
    cache = ReadingCache(clock, stale_for=100)
    await cache.read("a", 10, source.fetch)
    clock.advance(101)
    source.error = Unavailable("SIEM", "failed")
    with pytest.raises(Unavailable):
        await cache.read("a", 10, source.fetch)


async def test_a_caller_who_leaves_does_not_stop_the_flight(clock: FixedClock, source: Source) -> None:
    """Cancelling one of two callers leaves the other its answer, for one question."""
    cache = ReadingCache(clock)
    source.gate.clear()
    first = asyncio.create_task(cache.read("a", 10, source.fetch))
    second = asyncio.create_task(cache.read("a", 10, source.fetch))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    source.gate.set()
    assert (await second).one == 1
    assert source.asked == 1


async def test_windows_that_nearly_agree_share_a_reading(clock: FixedClock, source: Source) -> None:
    """A window that ends "now" is answered from the cache for a while; another window of that length is not."""
    cache = ReadingCache(clock)
    day = Window(NOW - timedelta(days=1), NOW)
    later = Window(day.start + timedelta(seconds=5), day.end + timedelta(seconds=5))
    before = Window(NOW - timedelta(days=2), day.start)
    assert (await cache.read("a", 30, source.fetch, day)).one == 1
    assert (await cache.read("a", 30, source.fetch, later)).one == 1
    assert (await cache.read("a", 30, source.fetch, before)).one == 2


async def test_the_cache_is_bounded(clock: FixedClock, source: Source) -> None:
    """Old entries make place for new ones."""
    cache = ReadingCache(clock, size=2)
    for name in "abc":
        await cache.read(name, 10, source.fetch)
    await cache.read("a", 10, source.fetch)
    assert source.asked == 4


async def test_forgetting_asks_again(clock: FixedClock, source: Source) -> None:
    """After a write nothing kept is served."""
    cache = ReadingCache(clock)
    await cache.read("a", 10, source.fetch)
    cache.forget()
    assert (await cache.read("a", 10, source.fetch)).one == 2
