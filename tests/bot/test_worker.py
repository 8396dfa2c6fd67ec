"""Calls: each acknowledged one is answered, whoever dies."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import bot.worker
from bot.intake import Intake, again
from bot.platform import Parcel
from bot.worker import Worker
from connectors.clock import SystemClock
from connectors.errors import StateError
from connectors.memory import MemoryState
from connectors.ports import Taken
from handlers.core.call import Call
from handlers.core.parcel import Post
from handlers.core.pipeline import Answer
from messages import block_kit
from messages.document import Chart, Document, Series
from messages.files.model import Attachment
from tests.block_kit_rules import check_message
from tests.bot.stage import Stage, call, until


class Echo:
    """Stands where the pipeline does: answers with the call's text after `pause` seconds."""

    def __init__(self, pause: float = 0.0) -> None:
        self.pause, self.seen = pause, []  # type: ignore[var-annotated]

    async def answer(self, call: Call, attempt: int = 1) -> Answer:
        self.seen.append((call.id, attempt))
        await asyncio.sleep(self.pause)
        return Answer(Document(title=call.text, call=call.id), "answered", call.address, "echo")


async def outbox(state: MemoryState) -> list[Parcel]:
    found: list[Taken] = []
    for partition in range(state.outbox.partitions):
        found += await state.outbox.pending(partition, "", 100)
    return [Parcel.model_validate_json(taken.payload) for taken in found]


async def worked(state: MemoryState, echo: Any, until_depth: int = 0) -> None:
    worker = Worker(state.queue, echo, "w1")
    task = asyncio.create_task(worker.run())
    async with asyncio.timeout(10):
        while (await state.queue.depth())[0] != until_depth:
            await asyncio.sleep(0.01)
    await worker.stop()
    await task


@pytest.fixture
def state() -> MemoryState:
    return MemoryState(SystemClock())


async def test_each_call_is_answered_once(state: MemoryState) -> None:
    """Fifty calls, each offered three times, give fifty answers."""
    intake = Intake(state.queue, Echo(), {})  # type: ignore[arg-type]
    for _ in range(3):
        for number in range(50):
            await intake.accept(call(number))
    await worked(state, Echo())
    assert sorted(p.call for p in await outbox(state)) == sorted(f"call-{n}" for n in range(50))


async def test_a_call_of_a_dead_worker_is_taken_over(state: MemoryState, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call taken and never finished is answered by another worker, which knows that it is the second try."""
    monkeypatch.setattr(bot.worker, "LEASE", 0.05)
    await state.queue.offer("call-1", call(1).model_dump_json())
    assert len(await state.queue.take("dead", 1, 0, 10)) == 1
    await asyncio.sleep(0.1)
    echo = Echo()
    await worked(state, echo)
    assert echo.seen == [("call-1", 2)]
    assert len(await outbox(state)) == 1


async def test_a_slow_call_says_that_it_is_working_and_keeps_its_lease(
    state: MemoryState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call longer than the lease is not taken by anybody else and announces itself once."""
    monkeypatch.setattr(bot.worker, "LEASE", 0.3)
    monkeypatch.setattr(bot.worker, "WORKING_AFTER", 0.05)
    await state.queue.offer("call-1", call(1).model_dump_json())
    one, two = Echo(pause=1.0), Echo(pause=1.0)
    await asyncio.gather(worked(state, one), worked(state, two))
    assert len(one.seen) + len(two.seen) == 1
    assert [p.kind for p in await outbox(state)] == ["working", "answer"]


async def test_a_call_that_kills_every_worker_is_given_up(state: MemoryState, monkeypatch: pytest.MonkeyPatch) -> None:
    """After too many attempts the person is told instead of the next worker dying too."""
    monkeypatch.setattr(bot.worker, "LEASE", 0.0)
    await state.queue.offer("call-1", call(1).model_dump_json())
    for number in range(bot.worker.MAX_ATTEMPTS):
        assert len(await state.queue.take(f"dead-{number}", 1, 0, 0)) == 1
    echo = Echo()
    await worked(state, echo)
    assert echo.seen == []
    assert [p.document.title for p in await outbox(state)] == ["No answer"]


async def test_an_unreadable_call_is_dropped_and_not_retried_for_ever(state: MemoryState) -> None:
    """A payload that is no call leaves the inbox."""
    await state.queue.offer("call-1", "{")
    await worked(state, Echo())
    assert await state.queue.depth() == (0, 0)


class Away:
    """A queue whose Redis is away."""

    async def offer(self, call_id: str, payload: str) -> bool:
        raise StateError("Redis is away")


async def test_with_redis_away_a_command_is_answered_on_the_spot_and_says_so() -> None:
    """The answer reaches the platform with a notice that nothing is stored."""
    stage = Stage()
    intake = Intake(Away(), Echo(), {"stage": stage})  # type: ignore[arg-type]
    assert await intake.accept(call(1)) == "direct"
    await until(lambda: len(stage.posted) == 1)
    assert "not stored" in str(stage.posted[0].document.notices[0].text)


async def test_with_redis_away_an_event_is_left_to_the_platforms_retry() -> None:
    """An event that the platform sends again is not answered now."""
    with pytest.raises(StateError):
        await Intake(Away(), Echo(), {}).accept(call(1), retried_by_platform=True)  # type: ignore[arg-type]


async def test_stopping_answers_what_was_acknowledged(state: MemoryState) -> None:
    """Calls stored just before a stop are answered before the worker ends."""
    echo = Echo(pause=0.05)
    worker = Worker(state.queue, echo, "w1", side_by_side=2)  # type: ignore[arg-type]
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    for number in range(6):
        await state.queue.offer(f"call-{number}", call(number).model_dump_json())
    await worker.stop()
    await task
    assert len(await outbox(state)) == 6


class Papers(Echo):
    """Answers with two files."""

    async def answer(self, call: Call, attempt: int = 1) -> Answer:
        document = Document(title=call.text, call=call.id)
        files = tuple(Attachment(name=f"{n}.csv", format="csv", document=document) for n in range(2))
        return Answer(document, "answered", call.address, "export", files=files)


async def test_each_file_follows_its_answer(state: MemoryState) -> None:
    """The answer and then one parcel a file are committed together, for the same place, as new messages."""
    one = call(1)
    sent = one.model_copy(update={"address": one.address.model_copy(update={"response_url": "u", "update": "m"})})
    await state.queue.offer("call-1", sent.model_dump_json())
    await worked(state, Papers())
    first, *rest = await outbox(state)
    assert first.kind == "answer" and first.file is None
    assert [(p.id, p.kind, p.file.name if p.file else "") for p in rest] == [
        ("call-1:file0", "post", "0.csv"),
        ("call-1:file1", "post", "1.csv"),
    ]
    assert {(p.address.order, p.address.update, p.address.response_url) for p in rest} == {(one.address.order, "", "")}


async def test_with_redis_away_no_file_is_promised() -> None:
    """An answer made on the spot says that its file does not follow."""
    stage = Stage()
    intake = Intake(Away(), Papers(), {"stage": stage})  # type: ignore[arg-type]
    await intake.accept(call(1))
    await until(lambda: len(stage.posted) == 1)
    assert "so none follows" in stage.posted[0].document.model_dump_json()


class Drawn(Echo):
    """Answers with a heatmap, and posts it beside."""

    async def answer(self, call: Call, attempt: int = 1) -> Answer:
        chart = Chart(shape="heatmap", title="t", labels=("00",), series=(Series(name="Mon", values=(1,)),))
        document = Document(title="t", blocks=(chart,), call=call.id)
        at = call.address.model_copy(update={"platform": "slack"})
        board = Post(address=at, document=document, board="b")
        return Answer(document, "answered", at, "echo", (Post(address=at, document=document), board))


@pytest.mark.parametrize(("door", "count"), [("slash", 2), ("home", 0)])
async def test_charts_that_a_platform_cannot_draw_become_pictures(state: MemoryState, door: str, count: int) -> None:
    """A picture for the answer and for the post, behind both; none for a board, and none on a Home tab."""
    await state.queue.offer("call-1", call(1).model_copy(update={"door": door}).model_dump_json())
    await worked(state, Drawn())
    found = await outbox(state)
    assert [p.id for p in found if p.file] == ["call-1:answer:chart1", "call-1:post0:chart1"][:count]
    assert [bool(p.file) for p in found] == [False] * 3 + [True] * count


@pytest.mark.parametrize("letter", ["a", "漢", "😀"])
def test_what_was_typed_is_said_again_in_a_message_that_is_taken(letter: str) -> None:
    """A line too long to stand behind a button, counted as platforms may count it, is repeated without one."""
    for length in (950, 1_000, 1_900, 1_901, 4_000):
        for message in block_kit.render(Document(title="x", blocks=again(letter * length))):
            assert check_message(message) == []
