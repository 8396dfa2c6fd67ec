from __future__ import annotations

from datetime import UTC, datetime

from bot.slack.pace import CHANNELS, Pace
from connectors.clock import FixedClock


def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))


def test_a_burst_then_one_a_second() -> None:
    """Three messages leave at once, each further one a second after the one before."""
    pace = Pace(clock())
    assert [pace.wait("C1") for _ in range(6)] == [0, 0, 0, 1, 2, 3]


def test_channels_do_not_wait_for_each_other() -> None:
    """Another channel has slots of its own."""
    pace = Pace(clock())
    for _ in range(5):
        pace.wait("C1")
    assert pace.wait("C2") == 0


def test_silence_gives_the_burst_back() -> None:
    """After as many seconds as messages the channel is as new."""
    time = clock()
    pace = Pace(time)
    for _ in range(3):
        pace.wait("C1")
    time.advance(3)
    assert [pace.wait("C1") for _ in range(4)] == [0, 0, 0, 1]


def test_memory_is_bounded() -> None:
    """Of many channels the longest unused are forgotten."""
    pace = Pace(clock())
    for number in range(CHANNELS + 50):
        pace.wait(f"C{number}")
    assert len(pace._next) == CHANNELS
