"""Deliveries: in order within a thread, never lost, a repeat ruled out or marked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

import bot.courier
from bot.courier import Courier, Ended
from bot.files import Writer
from bot.filing import Filing
from bot.places import Places
from bot.platform import Later, Parcel, Receipt, Undeliverable, Unsure
from bot.reporting import teller
from connectors.clock import SystemClock
from connectors.memory import MemoryState
from connectors.ports import Outgoing
from handlers.core.call import NOWHERE, SELF, Call
from messages.files.model import Attachment
from tests.bot.stage import Stage, parcel, until


def outgoing(one: Parcel) -> Outgoing:
    return Outgoing(one.id, one.address.order, one.model_dump_json())


@asynccontextmanager
async def couriers(stage: Stage, state: MemoryState, count: int = 1) -> AsyncIterator[list[Courier]]:
    made = [Courier(state.outbox, Places(state.store), {"stage": stage}, f"owner-{n}") for n in range(count)]
    tasks = [asyncio.create_task(one.run()) for one in made]
    try:
        yield made
    finally:
        for one in made:
            await one.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def state() -> MemoryState:
    return MemoryState(SystemClock())


async def test_a_thread_keeps_its_order_and_threads_do_not_wait_for_each_other(state: MemoryState) -> None:
    """Twenty deliveries to each of two channels arrive in the order of their commits."""
    stage = Stage()
    await state.queue.post([outgoing(parcel(n, channel="AB"[n % 2])) for n in range(40)])
    async with couriers(stage, state, count=2):
        await until(lambda: len(stage.posted) == 40)
    for channel in "AB":
        numbers = [int(p.id[1:]) for p in stage.posted if p.address.channel == channel]
        assert numbers == sorted(numbers)


async def test_patience_asked_for_is_given_and_nothing_is_posted_twice(state: MemoryState) -> None:
    """After a rate limit the same delivery is tried again once, unmarked."""
    stage = Stage()
    stage.failures = [Later(0.01), Later(0.01)]
    await state.queue.post([outgoing(parcel(1))])
    async with couriers(stage, state):
        await until(lambda: len(stage.posted) == 1)
        await asyncio.sleep(0.05)
    assert [(p.id, p.sent_before) for p in stage.posted] == [("p1", False)]


async def test_a_lost_answer_is_settled_by_asking_the_platform(
    state: MemoryState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that was posted although the platform's answer was lost is not posted again."""
    monkeypatch.setattr(bot.courier, "_pause", lambda attempt: 0.0)
    stage = Stage()
    stage.lost_after_post = [Unsure("connection lost")]
    await state.queue.post([outgoing(parcel(1))])
    async with couriers(stage, state):
        await until(lambda: len(stage.posted) == 1)
        await asyncio.sleep(0.1)
    assert len(stage.posted) == 1
    assert await state.queue.depth() == (0, 0)


async def test_where_the_platform_cannot_tell_the_repeat_is_marked(
    state: MemoryState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a platform without look-up the doubtful delivery is sent again, marked."""
    monkeypatch.setattr(bot.courier, "_pause", lambda attempt: 0.0)
    stage = Stage()
    stage.can_tell = False
    stage.lost_after_post = [Unsure("connection lost")]
    await state.queue.post([outgoing(parcel(1))])
    async with couriers(stage, state):
        await until(lambda: len(stage.posted) == 2)
    assert [p.sent_before for p in stage.posted] == [False, True]


async def test_a_delivery_begun_by_a_dead_courier_is_looked_up_first(state: MemoryState) -> None:
    """An attempt counted before a crash makes the next courier ask whether it is there."""
    stage = Stage()
    one = parcel(1)
    await state.queue.post([outgoing(one)])
    for partition in range(state.outbox.partitions):
        await state.outbox.lease(partition, "dead", 60)
        for taken in await state.outbox.pending(partition, "", 10):
            assert await state.outbox.begin(partition, taken, "dead") == 1
        await state.outbox.release(partition, "dead")
    stage.posted.append(one)
    async with couriers(stage, state):
        async with asyncio.timeout(5):
            while await state.queue.depth() != (0, 0):
                await asyncio.sleep(0.01)
    assert len(stage.posted) == 1


async def test_what_can_never_be_delivered_does_not_block_the_thread(state: MemoryState) -> None:
    """After a channel's refusal the next delivery of that thread goes out."""
    stage = Stage()
    stage.failures = [Undeliverable("channel_not_found")]
    await state.queue.post([outgoing(parcel(1)), outgoing(parcel(2))])
    async with couriers(stage, state):
        await until(lambda: len(stage.posted) == 1)
    assert stage.posted[0].id == "p2"


async def test_the_answer_replaces_the_working_message(state: MemoryState) -> None:
    """The answer of a call updates the message that said it was being worked on."""
    stage = Stage()
    await state.queue.post([outgoing(parcel(1, kind="working", call_id="c"))])
    async with couriers(stage, state):
        await until(lambda: len(stage.posted) == 1)
        await state.queue.post([outgoing(parcel(2, call_id="c"))])
        await until(lambda: len(stage.posted) == 2)
    assert [(message, p.id) for message, p in stage.updates] == [("m1", "p2")]


async def test_a_working_message_behind_which_the_answer_waits_is_left_out(state: MemoryState) -> None:
    """Nobody is told "working" when the answer is already there."""
    stage = Stage()
    stage.pause = 0.05
    posts = [parcel(1), parcel(2, kind="working", call_id="c"), parcel(3, call_id="c")]
    await state.queue.post([outgoing(p) for p in posts])
    async with couriers(stage, state):
        await until(lambda: len(stage.posted) == 2)
    assert [p.id for p in stage.posted] == ["p1", "p3"]


async def test_stopping_finishes_what_is_on_its_way_and_keeps_the_rest(state: MemoryState) -> None:
    """After a stop every delivery is either posted once or still in the outbox."""
    stage = Stage()
    stage.pause = 0.02
    await state.queue.post([outgoing(parcel(n)) for n in range(10)])
    async with couriers(stage, state):
        await until(lambda: len(stage.posted) >= 2)
    _, left = await state.queue.depth()
    assert left + len(stage.posted) == 10


async def test_a_document_that_cannot_be_shown_does_not_stop_the_thread(state: MemoryState) -> None:
    """When a renderer fails the asker is told so, and the next delivery of the thread goes out."""
    stage = Stage()
    stage.bugs = [ValueError("cannot draw")]
    await state.queue.post([outgoing(parcel(1)), outgoing(parcel(2))])
    async with couriers(stage, state):
        await until(lambda: len(stage.posted) == 2)
    assert [p.document.title for p in stage.posted] == ["No answer", "Document 2"]


async def test_an_unreadable_delivery_is_dropped(state: MemoryState) -> None:
    """A payload that is no parcel leaves the outbox, and what is behind it is delivered."""
    stage = Stage()
    await state.queue.post([Outgoing("x", parcel(1).address.order, "{"), outgoing(parcel(1))])
    async with couriers(stage, state):
        await until(lambda: len(stage.posted) == 1)
        async with asyncio.timeout(5):
            while await state.queue.depth() != (0, 0):
                await asyncio.sleep(0.01)
    assert [p.id for p in stage.posted] == ["p1"]


async def test_a_board_is_one_message_however_often_it_changes(state: MemoryState) -> None:
    """A board's later versions replace its message; of versions that wait together only the newest is sent."""
    stage = Stage()
    boards = [parcel(n, kind="post").model_copy(update={"board": "crisis:7"}) for n in range(1, 7)]
    await state.queue.post([outgoing(boards[0])])
    async with couriers(stage, state):
        await until(lambda: len(stage.posted) == 1)
    await state.queue.post([outgoing(one) for one in boards[1:]])
    async with couriers(stage, state):
        await until(lambda: any(p.id == "p6" for p in stage.posted))
    assert [(message, p.id) for message, p in stage.updates] == [("m1", "p6")]


async def test_how_a_delivery_ended_is_told_before_it_is_forgotten(state: MemoryState) -> None:
    """A parcel with a report puts exactly one call of the house's own into the inbox: sent with its place, or refused
    with the reason as one quoted word."""
    stage = Stage()
    stage.failures = [Undeliverable('channel "gone" --result sent')]
    told = teller(state.queue.offer, SystemClock())
    sent = [parcel(n, kind="post").model_copy(update={"report": f"crisis receipt {n}"}) for n in (1, 2)]
    await state.queue.post([outgoing(one) for one in sent])
    courier = Courier(state.outbox, Places(state.store), {"stage": stage}, "owner", tell=told)
    running = asyncio.create_task(courier.run())
    await until(lambda: len(stage.posted) == 1)
    await courier.stop()
    await running
    calls = [Call.model_validate_json(t.payload) for t in await state.queue.take("w", 10, 0.0, 10.0)]
    assert [(c.id, c.who, c.address) for c in calls] == [("p1:report", SELF, NOWHERE), ("p2:report", SELF, NOWHERE)]
    assert calls[0].text == "crisis receipt 1 --result refused --reason 'channel \"gone\" --result sent'"
    assert calls[1].text == "crisis receipt 2 --result sent --channel C1 --message m1"


async def test_a_message_that_cannot_be_shown_is_reported_as_refused(state: MemoryState) -> None:
    """Readers are told that something went wrong, and whoever asked to know hears that it was not the message."""
    stage = Stage()
    stage.bugs = [ValueError("cannot be rendered")]
    heard: list[str] = []

    async def tell(_: Parcel, ended: Ended) -> None:
        heard.append(ended.result)

    await state.queue.post([outgoing(parcel(1, kind="post").model_copy(update={"report": "crisis receipt 1"}))])
    courier = Courier(state.outbox, Places(state.store), {"stage": stage}, "owner", tell=tell)
    running = asyncio.create_task(courier.run())
    await until(lambda: bool(heard))
    await courier.stop()
    await running
    assert heard == ["bug"]
    assert len(stage.posted) == 1


class Shelf(Stage):
    """A platform that takes files, and may be held at one."""

    def __init__(self) -> None:
        super().__init__()
        self.free = asyncio.Event()

    async def hand_over(self, parcel: Parcel, content: bytes) -> Receipt:
        assert content == b"drawn"
        await self.free.wait()
        return await self.deliver(parcel, None)


class Drawer(Writer):
    async def write(self, attachment: Attachment) -> bytes:
        return b"drawn"


async def test_a_thread_does_not_wait_for_its_pictures(state: MemoryState) -> None:
    """A picture comes after its answer, pictures keep their order, and what the thread says next overtakes them."""
    stage = Shelf()
    answer = parcel(1)
    drawn = [
        parcel(n).model_copy(
            update={"file": Attachment(name=f"chart-{n}.png", format="png", document=answer.document), "kind": "post"}
        )
        for n in (2, 3)
    ]
    await state.queue.post([outgoing(one) for one in (answer, *drawn, parcel(4))])
    one = Courier(state.outbox, Places(state.store), {"stage": stage}, "owner", filing=Filing(Drawer()))
    task = asyncio.create_task(one.run())
    await until(lambda: [p.id for p in stage.posted] == ["p1", "p4"])
    stage.free.set()
    await until(lambda: [p.id for p in stage.posted] == ["p1", "p4", "p2", "p3"])
    await one.stop()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await state.queue.depth() == (0, 0)


async def test_a_bug_in_telling_sends_nothing_again(state: MemoryState) -> None:
    """What arrived is not sent again because whoever wanted to know of it could not be told."""
    stage = Stage()

    async def tell(one: Parcel, ended: Ended) -> None:
        raise RuntimeError("a bug")

    await state.queue.post([outgoing(parcel(1)), outgoing(parcel(2))])
    courier = Courier(state.outbox, Places(state.store), {"stage": stage}, "owner", tell=tell)
    task = asyncio.create_task(courier.run())
    await until(lambda: len(stage.posted) == 2)
    await asyncio.sleep(0.05)
    await courier.stop()
    await task
    assert [one.id for one in stage.posted] == [parcel(1).id, parcel(2).id]
