"""A confirmation sent twice takes effect once, whoever is slow, gives up or dies in between."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from mcp_types import CallToolResult, TextContent

from bot.mcp.once import AGAIN, BEING_MADE, PATIENCE, Once, Try
from connectors.clock import FixedClock
from connectors.errors import StateError
from connectors.memory.store import MemoryStore

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Work:
    """Counts its tries; waits for `go`, when it has one."""

    def __init__(self, *outcomes: bool, go: asyncio.Event | None = None) -> None:
        self.tries: list[Try] = []
        self._outcomes, self._go = list(outcomes), go

    async def __call__(self, one: Try) -> tuple[CallToolResult, bool]:
        self.tries.append(one)
        if self._go is not None:
            await self._go.wait()
        return CallToolResult(content=[TextContent(type="text", text=f"answer {len(self.tries)}")]), (
            self._outcomes.pop(0) if self._outcomes else True
        )


def texts(result: CallToolResult) -> list[str]:
    return [block.text for block in result.content if isinstance(block, TextContent)]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def store(clock: FixedClock) -> MemoryStore:
    return MemoryStore(clock)


async def test_the_same_again_has_the_first_answer(store: MemoryStore, clock: FixedClock) -> None:
    """Also in another process that shares the store; another key is another confirmation."""
    work = Work()
    assert texts(await Once(store, clock)("k", work)) == ["answer 1"]
    assert texts(await Once(store, clock)("k", work)) == [AGAIN, "answer 1"]
    assert texts(await Once(store, clock)("other", work)) == ["answer 2"]
    assert [one.attempt for one in work.tries] == [1, 1]
    assert work.tries[0].call != work.tries[1].call


async def test_two_at_once_are_one(store: MemoryStore, clock: FixedClock) -> None:
    """The second waits for the first's answer; in another process it is told to ask again."""
    go = asyncio.Event()
    work, once = Work(go=go), Once(store, clock)
    both = [asyncio.ensure_future(once("k", work)) for _ in range(2)]
    await asyncio.sleep(0)
    elsewhere = await Once(store, clock)("k", work)
    assert elsewhere.is_error and texts(elsewhere) == [BEING_MADE]
    go.set()
    assert [texts(one) for one in await asyncio.gather(*both)] == [["answer 1"], ["answer 1"]]
    assert len(work.tries) == 1


async def test_a_client_that_gives_up_ends_nothing(store: MemoryStore, clock: FixedClock) -> None:
    """What has begun goes on to its end, and the repetition reads how it ended."""
    go = asyncio.Event()
    work, once = Work(go=go), Once(store, clock)
    first = asyncio.ensure_future(once("k", work))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    go.set()
    await once.settled()
    assert texts(await once("k", work)) == [AGAIN, "answer 1"]
    assert len(work.tries) == 1


async def test_what_failed_is_tried_again_as_a_second_attempt(store: MemoryStore, clock: FixedClock) -> None:
    """Under the first try's id and time, so that the command looks first whether that one wrote it."""
    work, once = Work(False), Once(store, clock)
    await once("k", work)
    clock.at += timedelta(minutes=3)
    assert texts(await once("k", work)) == ["answer 2"]
    first, second = work.tries
    assert second == Try(first.call, NOW, 2)
    assert texts(await once("k", work)) == [AGAIN, "answer 2"]


async def test_a_process_that_died_is_waited_for_only_so_long(store: MemoryStore, clock: FixedClock) -> None:
    """It left neither an answer nor a failure: after PATIENCE the next is a second attempt."""
    dead = Once(store, clock)
    going = asyncio.ensure_future(dead("k", Work(go=asyncio.Event())))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for task in list(dead._running.values()):
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    work = Work()
    assert (await Once(store, clock)("k", work)).is_error and work.tries == []
    clock.at += PATIENCE
    assert texts(await Once(store, clock)("k", work)) == ["answer 1"]
    assert [one.attempt for one in work.tries] == [2]


async def test_without_the_store_the_pipeline_answers(store: MemoryStore, clock: FixedClock) -> None:
    """It has its own words for that, and refuses what writes."""

    async def away(*_: object) -> bool:
        raise StateError("away")

    store.add = store.put = away  # type: ignore[method-assign,assignment]
    work = Work()
    assert texts(await Once(store, clock)("k", work)) == ["answer 1"] and work.tries[0].attempt == 1
