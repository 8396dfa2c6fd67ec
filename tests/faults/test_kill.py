"""One trial of each fault, with short leases; `make faults` runs many with production's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.bench.children import Child
from tests.e2e.slack_hands import Hands
from tests.faults.counting import Tally
from tests.faults.rig import LATENCY, QUICK, Burst, Rig, rig
from tests.faults.trials import event_thrice, event_unsigned, killed_and_answered, slow_lines, some_way

pytestmark = pytest.mark.asyncio(loop_scope="module")
SLOW, BURST = 4, 60


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running() -> AsyncIterator[tuple[Rig, Child, Hands]]:
    """One bot for both tests; the last one kills it."""
    async with rig(hasty=True, users=BURST + SLOW + 10) as on:
        yield (on, *await on.start())


async def test_the_same_event_is_one_answer_and_an_unsigned_one_none(running: tuple[Rig, Child, Hands]) -> None:
    """An event delivered three times is answered once; one that is not signed is refused with 401 and not answered."""
    tally = Tally("c and d")
    await event_thrice(*running, "Ev1", tally)
    await event_unsigned(*running, "Ev2", tally)
    assert tally.acknowledged == 1 and not tally.lost and not tally.duplicated, tally.line()


async def test_a_killed_bot_loses_no_call_and_repeats_none_unsaid(running: tuple[Rig, Child, Hands]) -> None:
    """Killed amid slow commands and a burst, the bot answers every acknowledged call once, or says that it repeats."""
    on, child, hands = running
    tally = Tally("a and b")
    on.stage.slow(LATENCY)
    slow = Burst(slow_lines(on.fresh(SLOW)))
    await slow.run(hands)
    burst = Burst(dict.fromkeys(on.fresh(BURST), QUICK))
    bursting = asyncio.create_task(burst.run(hands))
    await some_way(on, burst, BURST)
    burst.acknowledged += slow.acknowledged
    await killed_and_answered(on, child, burst, tally, bursting)
    assert tally.acknowledged > SLOW
    assert tally.sound, tally.line()
