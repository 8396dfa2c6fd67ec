"""Rates: 7 a second and 8 in two seconds by conversation, 30 a second by tenant."""

from __future__ import annotations

import pytest

from bot.teams.pace import CONVERSATION, TENANT, Pace
from connectors.clock import FixedClock
from tests.bot.stage import NOW


@pytest.mark.parametrize(("key", "windows"), [("c:1", CONVERSATION), ("t:1", TENANT)])
def test_no_window_ever_holds_more_than_it_may(key: str, windows: tuple[tuple[float, int], ...]) -> None:
    """However many ask at once: in each window of each length at most so many get their slot."""
    pace = Pace(FixedClock(NOW))
    slots = [pace.wait(key, windows) for _ in range(200)]
    for seconds, count in windows:
        for start in slots:
            assert sum(start <= slot < start + seconds - 1e-9 for slot in slots) <= count
    assert slots[: windows[0][1]] == [0.0] * windows[0][1]


def test_conversations_do_not_wait_for_one_another() -> None:
    """A busy conversation leaves another one's first slot at once."""
    pace = Pace(FixedClock(NOW))
    for _ in range(50):
        pace.wait("c:busy", CONVERSATION)
    assert pace.wait("c:other", CONVERSATION) == 0.0


def test_slots_come_back_with_time() -> None:
    """After a pause the next message goes at once."""
    clock = FixedClock(NOW)
    pace = Pace(clock)
    for _ in range(8):
        pace.wait("c:1", CONVERSATION)
    assert pace.wait("c:1", CONVERSATION) > 0
    clock.advance(40)
    assert pace.wait("c:1", CONVERSATION) == 0.0
