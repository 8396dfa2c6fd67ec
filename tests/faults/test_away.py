"""Redis going away between a delivery and its note does not repeat the delivery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.clock import SystemClock
from connectors.errors import StateError
from connectors.memory import MemoryState
from connectors.ports import Outgoing
from tests.bot.stage import Stage, parcel, until
from tests.bot.test_courier import couriers


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
