"""Redis going away between a delivery and its note repeats nothing, and before a call is stored loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import bot.intake
from bot.intake import Intake
from connectors.clock import SystemClock
from connectors.errors import StateError
from connectors.memory import MemoryState
from connectors.ports import Outgoing
from tests.bot.stage import Stage, call, parcel, until
from tests.bot.test_courier import couriers
from tests.bot.test_worker import Echo


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
