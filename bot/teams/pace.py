"""As many messages as Teams takes: by conversation and by tenant (learn.microsoft.com, "Rate limiting for bots").

A conversation is there "1:1 between bot and user, a group chat, or a channel in a team": all threads of a channel
share one allowance. Each process keeps to it by itself, as for Slack: with several replicas, whose threads of one
channel may lie in several outbox partitions, they can add up to more. Then Teams answers 429, which is patience: the
delivery waits as long as it is told, in its place in its thread, and is neither lost nor doubled.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from connectors.ports import Clock

Windows = tuple[tuple[float, int], ...]
CONVERSATION: Windows = ((1.0, 7), (2.0, 8), (30.0, 60), (3_600.0, 1_800))
"""(seconds, messages) that one bot may send to one chat, or to one channel with all its threads."""
TENANT: Windows = ((1.0, 30),)
"""Of one app to one tenant."""
KEPT = 2_000


class Pace:
    """Slots are given out in the order of asking, so that waiting needs no lock and no polling."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._given: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str, windows: Windows) -> float:
        """Take the next slot of a conversation or tenant; seconds until it comes."""
        now = self._clock.monotonic()
        slots = self._given.setdefault(key, deque(maxlen=windows[-1][1]))
        self._given.move_to_end(key)
        if len(self._given) > KEPT:
            self._given.popitem(last=False)
        due = max([now, *(slots[-count] + seconds for seconds, count in windows if len(slots) >= count)])
        slots.append(due)
        return due - now

    async def turn(self, tenant: str, channel: str) -> None:
        """Until the slots of both have come. `channel`: of a conversation without its thread."""
        # One after the other: a conversation that waits long must not keep the tenant's slot from the others.
        for key, windows in ((f"c:{channel}", CONVERSATION), (f"t:{tenant}", TENANT)):
            if (seconds := self.wait(key, windows)) > 0:
                await asyncio.sleep(seconds)
