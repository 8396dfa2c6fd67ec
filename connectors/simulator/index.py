"""What cannot be had from a case's number alone: last updates, states, and orders by them.

Kept in blocks of 2,048 neighbouring cases, computed when first needed and bounded in number. An order by last
update is a bounded scan: a case updated at u was created in (u - UPDATE_LIMIT, u], so one page looks at that
much of the history and no further (12,000 cases: about 1,000 of them; a million: about 90,000).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from functools import lru_cache

from connectors.simulator import story
from connectors.simulator.hashing import unit
from connectors.simulator.times import DAY, HOUR
from connectors.simulator.world import OPEN_LIMIT, OPENED, Core, World

UPDATE_LIMIT = OPEN_LIMIT + 6 * DAY
BLOCK = 2048


class CaseIndex:
    """Derived orders over a world's cases."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._open: list[int] | None = None
        self.block = lru_cache(maxsize=1024)(self._block)

    def updated(self, core: Core) -> int:
        """The last change in milliseconds: of a closed case its close, or (one in eight) a later edit."""
        ended = core.last_closed
        if core.state != OPENED and ended is not None:
            ended = max(ended, core.created)
            late = core.d[7] & 7 == 0
            return min(ended + core.d[8] % (5 * DAY), self.world.now - 1) if late else ended
        last = story.events(self.world, core)[-1].at
        if core.acked is None:
            return last
        return last + int((self.world.now - last) * 0.9 * unit(core.d[9]) ** 2)

    def _block(self, number: int) -> tuple[array[int], bytes]:
        """Last updates and states of one block of cases."""
        low = number * BLOCK
        updated: array[int] = array("q")
        states = bytearray()
        for index in range(low, min(low + BLOCK, self.world.size)):
            core = self.world.fresh(index)
            updated.append(self.updated(core))
            states.append(core.state)
        return updated, bytes(states)

    def open_cases(self) -> list[int]:
        """Indexes of all open cases, oldest first: only OPEN_LIMIT's worth of cases is looked at, once."""
        if self._open is None:
            low = self.world.index_at(self.world.now - OPEN_LIMIT)
            found: list[int] = []
            for number in range(low // BLOCK, -(-self.world.size // BLOCK)):
                states = self.block(number)[1]
                found.extend(number * BLOCK + k for k, state in enumerate(states) if state == OPENED)
            self._open = found
        return self._open

    def touched_since(self, low: int, first: int, last: int) -> list[int]:
        """Indexes in [first, last) of the cases that anything has happened to at or after `low`."""
        found: list[int] = []
        for number in range(first // BLOCK, -(-last // BLOCK)):
            updated = self.block(number)[0]
            found.extend(number * BLOCK + k for k, at in enumerate(updated) if at >= low)
        return [index for index in found if first <= index < last]

    def updated_between(self, low: int, high: int) -> list[tuple[int, int]]:
        """(last update, index) of every case updated in [low, high), in that order."""
        first = self.world.index_at(low - UPDATE_LIMIT)
        last = self.world.index_at(high)
        found: list[tuple[int, int]] = []
        for number in range(first // BLOCK, -(-last // BLOCK)):
            updated = self.block(number)[0]
            found.extend((at, number * BLOCK + k) for k, at in enumerate(updated) if low <= at < high)
        found.sort()
        return found

    def by_update(
        self, low: int, high: int, descending: bool, keep: Callable[[int], bool]
    ) -> Iterator[tuple[int, int]]:
        """(last update, index) in order of last update, slice by slice, of the cases to keep."""
        low, high = max(low, self.world.start), min(high, self.world.now)
        span = max((self.world.now - self.world.start) * 1500 // self.world.size, HOUR)
        while low < high:
            if descending:
                edge = max(low, high - span)
                part, high = self.updated_between(edge, high)[::-1], edge
            else:
                edge = min(high, low + span)
                part, low = self.updated_between(low, edge), edge
            yield from (pair for pair in part if keep(pair[1]))
