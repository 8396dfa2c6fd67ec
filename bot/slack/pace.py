"""One message a second a channel, with small bursts (docs.slack.dev, "Rate limits": chat.postMessage)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from connectors.ports import Clock

SECONDS = 1.0
BURST = 3
CHANNELS = 2_000


class Pace:
    """Slots are given out in the order of asking (GCRA), so that waiting needs no lock and no polling."""

    def __init__(self, clock: Clock, seconds: float = SECONDS, burst: int = BURST) -> None:
        self._clock, self._seconds, self._burst = clock, seconds, burst
        self._next: OrderedDict[str, float] = OrderedDict()

    def wait(self, channel: str) -> float:
        """Take the channel's next slot; seconds until it comes."""
        now = self._clock.monotonic()
        due = max(self._next.pop(channel, 0.0), now)
        self._next[channel] = due + self._seconds
        if len(self._next) > CHANNELS:
            self._next.popitem(last=False)
        return max(0.0, due - now - self._seconds * (self._burst - 1))

    async def turn(self, channel: str) -> None:
        """Until the channel's next slot has come."""
        if (seconds := self.wait(channel)) > 0:
            await asyncio.sleep(seconds)
