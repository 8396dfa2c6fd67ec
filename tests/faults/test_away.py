"""Redis going away between a delivery and its note repeats nothing, and before a call is stored loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import bot.intake
import bot.worker
from bot.intake import Intake
from bot.worker import Worker
from connectors.clock import SystemClock
from connectors.errors import StateError
from connectors.memory import MemoryState
from connectors.ports import Outgoing
from handlers.core.call import NOWHERE, SELF, Call
from messages import block_kit
from messages.document import Actions
from tests.block_kit_rules import check_message
from tests.bot.stage import Stage, call, parcel, until
from tests.bot.test_courier import couriers
from tests.bot.test_worker import Echo
from tests.handlers.crisis.room import Room


def failing(method: Callable[..., Any], times: int) -> Callable[..., Any]:
    """The method, which finds Redis away the first `times` times."""
    left = iter(range(times))

    async def called(*arguments: Any) -> Any:
        if next(left, None) is not None:
            raise StateError("The state store (Redis) is not reachable")
        return await method(*arguments)

    return called


@pytest.mark.parametrize(("port", "method"), [("outbox", "sent"), ("store", "put"), ("store", "get")])
async def test_what_was_delivered_is_not_delivered_again(
    port: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that stands in the chat is not sent again, nor marked as a repeat, because Redis was away around it."""
    state, stage = MemoryState(SystemClock()), Stage()
    stage.can_tell = False
    at = getattr(state, port)
    monkeypatch.setattr(type(at), method, staticmethod(failing(getattr(at, method), 1)))
    one = parcel(1)
    await state.queue.post([Outgoing(one.id, one.address.order, one.model_dump_json())])
    async with couriers(stage, state):
        await until(lambda: len(stage.posted) >= 1)
        other = parcel(2)
        await state.queue.post([Outgoing(other.id, other.address.order, other.model_dump_json())])
        await until(lambda: any(p.id == "p2" for p in stage.posted))
    assert [(p.id, p.sent_before) for p in stage.posted] == [("p1", False), ("p2", False)]


class Gone:
    """A queue whose Redis is away."""

    async def offer(self, call_id: str, payload: str) -> bool:
        raise StateError("The state store (Redis) is not reachable")


async def test_an_answer_on_the_spot_is_there_before_its_call_is_acknowledged() -> None:
    """Without a store a call lives in this process alone: it is not acknowledged before its asker has the answer."""
    stage = Stage()
    stage.pause = 0.05
    assert await Intake(Gone(), Echo(), {"stage": stage}).accept(call(1)) == "direct"  # type: ignore[arg-type]
    assert [one.call for one in stage.posted] == ["call-1"]


async def test_a_slow_platform_does_not_hold_up_the_acknowledgement(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes too long on the spot is acknowledged meanwhile, and arrives later."""
    monkeypatch.setattr(bot.intake, "TOLD_WITHIN", 0.01)
    stage = Stage()
    stage.pause = 0.3
    intake = Intake(Gone(), Echo(), {"stage": stage})  # type: ignore[arg-type]
    assert await intake.accept(call(1)) == "direct"
    assert not stage.posted
    await intake.drain()
    assert [one.call for one in stage.posted] == ["call-1"]


@pytest.mark.parametrize(
    ("line", "button"),
    [
        ("crisis note The last encrypting host is off the network --crisis 1", True),
        ("crisis note " + "long words " * 130, True),
        ("crisis edit M1 --crisis 1 " + "long words ¶ " * 180, False),
        ("confirm sometoken", True),
    ],
)
async def test_what_was_typed_is_not_lost_with_the_store_away(
    monkeypatch: pytest.MonkeyPatch, line: str, button: bool
) -> None:
    """A write that could not be recorded is repeated in its answer, with the button that sends it once more."""
    room, stage = Room(), Stage()
    await room.declared()
    for port, method in (("audit", "append"), ("store", "get"), ("crises", "load")):
        at = getattr(room.state, port)
        monkeypatch.setattr(type(at), method, staticmethod(failing(getattr(at, method), 99)))
    asked = call(1, line)
    asked = asked.model_copy(update={"who": asked.who.model_copy(update={"platform": "slack"})})
    assert await Intake(Gone(), room.pipeline, {"stage": stage}).accept(asked) == "direct"  # type: ignore[arg-type]
    (answer,) = stage.posted
    assert answer.address.visibility == "private"
    blocks = answer.document.blocks
    lines = [one.line for block in blocks if isinstance(block, Actions) for one in block.buttons]
    assert lines == ([line] if button else [])
    assert line in answer.document.model_dump_json() or not line.startswith("crisis")
    for message in block_kit.render(answer.document):
        assert not check_message(message)


async def test_what_the_house_tells_itself_is_told_again_when_it_could_not_be_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The audit log is away while a room is reported as made: the report is taken again, the crisis gets its room."""
    monkeypatch.setattr(bot.worker, "LEASE", 0.05)
    room = Room()
    assert (await room.do("lead", "crisis declare Ransomware --severity 1")).outcome == "applied"
    audit = room.state.audit
    monkeypatch.setattr(type(audit), "append", staticmethod(failing(audit.append, 2)))
    line = "crisis room 1 --platform slack --tenant T1 --result sent --channel CROOM --message m1"
    told = Call(id="report", text=line, who=SELF, address=NOWHERE, at=room.clock.now(), door="system")
    assert await room.state.queue.offer(told.id, told.model_dump_json())
    worker = Worker(room.state.queue, room.pipeline, "w")
    task = asyncio.create_task(worker.run())
    async with asyncio.timeout(20):
        while not (await room.crisis()).rooms:
            room.clock.advance(1)  # leases are reckoned with it
            await asyncio.sleep(0.01)
    await worker.stop()
    await task
    assert [one.channel for one in (await room.crisis()).rooms] == ["CROOM"]
