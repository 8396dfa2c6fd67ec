"""The cases of the simulated SOC: case i is a pure function of (settings, i), computed when asked for.

Nothing is kept but a bounded memo, so that a million cases start as fast as a hundred. What makes windows
cheap holds by construction: the time of creation never falls as the index rises, and no case is open (or
reopened) later than OPEN_LIMIT after it was created.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from connectors.simulator import catalogue as cat
from connectors.simulator.arrivals import Arrivals
from connectors.simulator.hashing import UNIT, draws, log_normal, unit, weighted_table
from connectors.simulator.settings import SimulatorSettings
from connectors.simulator.times import DAY, HOUR, MINUTE, to_ms

OPEN_LIMIT = 60 * DAY
FIRST_ID = 1000
"""Case i has the id FIRST_ID + i at the desk."""

HUMAN, AUTO, MERGED, STUCK = range(4)
OPENED, CLOSED, JOINED = range(3)

_PRIORITY = weighted_table([5, 34, 44, 14, 3], 1024)
_MEDIAN = (55 * HOUR, 66 * HOUR, 28 * HOUR, 4.4 * HOUR, 1.4 * HOUR)
_SPREAD = (0.9, 0.8, 0.8, 0.75, 0.75)
_ACK = (150 * MINUTE, 110 * MINUTE, 40 * MINUTE, 13 * MINUTE, 5 * MINUTE)
SLA = (None, 168 * HOUR, 72 * HOUR, 12 * HOUR, 4 * HOUR)
"""Resolution promise per priority, in milliseconds; None: no promise."""
_SLOWER = 1.5
"""How much longer handling took at the start of the history: it improves ever since."""


class Core(NamedTuple):
    """What decides about a case. Instants in milliseconds; None: has not happened (yet).

    `closes` and `reopened` are facts up to now. `until` is where the story is heading, now or later.
    """

    number: int
    created: int
    priority: int
    stratum: int
    acked: int | None
    closed: int | None
    reopened: int | None
    closed_again: int | None
    until: int
    skewed: bool
    hot: int
    d: tuple[int, ...]

    @property
    def state(self) -> int:
        if self.closed is None or (self.reopened is not None and self.closed_again is None):
            return OPENED
        return JOINED if self.stratum == MERGED else CLOSED

    @property
    def last_closed(self) -> int | None:
        return self.closed if self.reopened is None else self.closed_again


class Hot(NamedTuple):
    """A case that the demo must have: priority, owned by a person or not. Its age picks its index."""

    age: int
    priority: int
    owned: bool


HOT = (  # youngest first
    Hot(9 * MINUTE, cat.CRITICAL, False),
    Hot(52 * MINUTE, cat.CRITICAL, False),
    Hot(70 * MINUTE, cat.HIGH, False),
    Hot(195 * MINUTE, cat.CRITICAL, True),
    Hot(7 * HOUR, cat.CRITICAL, True),
    Hot(10 * HOUR, cat.HIGH, True),
    Hot(11 * HOUR, cat.HIGH, True),
    Hot(17 * HOUR, cat.HIGH, True),
    Hot(31 * HOUR, cat.HIGH, False),
    Hot(58 * HOUR, cat.MEDIUM, True),
    Hot(67 * HOUR, cat.MEDIUM, True),
    Hot(90 * HOUR, cat.MEDIUM, True),
)


class World:
    """All cases of one organisation. `shift` (milliseconds) is how far this backend's clock is off."""

    def __init__(self, settings: SimulatorSettings, shift: int = 0) -> None:
        self.settings, self.seed, self.size = settings, settings.seed, settings.cases
        self.arrivals = Arrivals(settings.seed, to_ms(settings.now), settings.days, shift)
        self.now, self.start = self.arrivals.end, self.arrivals.start
        self.shift = shift
        self.bulk = (to_ms(settings.now) - 300 * DAY) // DAY * DAY + 15 * HOUR + shift
        self._hot: dict[int, int] = {}
        free = self.size - 1
        for number, hot in enumerate(HOT):
            index = min(self.index_at(self.now - hot.age), free)
            if index >= 0:
                self._hot[index] = number
            free = index - 1
        self.core = lru_cache(maxsize=4096)(self.fresh)

    def created(self, index: int) -> int:
        """When case `index` was created; never falls as the index rises."""
        return self._created(index, draws(self.seed, "case", index))

    def _created(self, index: int, d: tuple[int, ...]) -> int:
        at = self.arrivals.at((index + d[0] * UNIT) / self.size)
        hot = self._hot.get(index)
        # the last cases of a quiet night may be hours old: a hot one is moved to its age, the order stays
        return at if hot is None else max(at, self.now - HOT[hot].age)

    def index_at(self, at: int) -> int:
        """The first index whose case was created at or after the instant (`size` when there is none)."""
        if at <= self.start:
            return 0
        if at >= self.now:
            return self.size
        index = min(max(int(self.arrivals.share(at) * self.size), 0), self.size - 1)
        while index > 0 and self.created(index - 1) >= at:
            index -= 1
        while index < self.size and self.created(index) < at:
            index += 1
        return index

    def fresh(self, index: int) -> Core:
        """Case `index`, computed anew: what a scan uses, so that it does not empty the memo."""
        d = draws(self.seed, "case", index)
        created = self._created(index, d)
        hot = self._hot.get(index, -1)
        if hot >= 0:
            wanted = HOT[hot]
            acked = created + max((self.now - created) // 5, 1) if wanted.owned else None
            until = self.now + 6 * HOUR
            return Core(index, created, wanted.priority, HUMAN, acked, None, None, None, until, False, hot, d)
        priority = _PRIORITY[d[1] & 1023]
        stratum = self._stratum(priority, d[2])
        ack_after, after = self._durations(created, priority, stratum, d)
        until = created + after
        if stratum not in (AUTO, MERGED) and created < self.bulk - DAY and until > self.bulk:
            until = self.bulk + d[3] % (20 * MINUTE)
        skewed = unit(d[7]) < 0.0015 and stratum == HUMAN
        if skewed:
            until = created - 5 * MINUTE - d[3] % (80 * MINUTE)
            ack_after = None
        acked = None if ack_after is None or created + ack_after > self.now else created + ack_after
        closed = until if until <= self.now else None
        reopened, again, until = self._reopening(stratum, skewed, closed, until, d)
        return Core(index, created, priority, stratum, acked, closed, reopened, again, until, skewed, -1, d)

    @staticmethod
    def _stratum(priority: int, draw: int) -> int:
        u = unit(draw)
        if u < 0.04:
            return MERGED
        if u < 0.27 and priority <= cat.MEDIUM:
            return AUTO
        return STUCK if u > 0.955 and priority <= cat.HIGH else HUMAN

    def _durations(self, created: int, priority: int, stratum: int, d: tuple[int, ...]) -> tuple[int | None, int]:
        """Milliseconds until a person takes the case (None: never) and until it is closed."""
        if stratum == AUTO:
            return None, MINUTE + d[3] % (14 * MINUTE)
        pace = 1 + _SLOWER * (self.now - created) / (self.now - self.start)
        night = (
            1.6 if (created - self.shift) // HOUR % 24 in (22, 23, 0, 1, 2, 3, 4, 5) and priority < cat.HIGH else 1.0
        )
        acked = log_normal(d[4], _ACK[priority] * pace * night, 0.8)
        if stratum == MERGED:
            return min(int(acked), 5 * HOUR), min(int(acked), 5 * HOUR) + MINUTE + d[3] % (90 * MINUTE)
        after = log_normal(d[3], _MEDIAN[priority] * pace, _SPREAD[priority])
        if stratum == STUCK:
            after += 3 * DAY + d[5] % (26 * DAY)
        left_lying = self.bulk - 21 * DAY < created < self.bulk - DAY
        if left_lying and priority <= cat.MEDIUM and unit(d[6]) < 0.75:
            after = 30.0 * DAY
        return min(int(acked), int(after * 0.6) + 1), min(int(after), 40 * DAY)

    def _reopening(
        self, stratum: int, skewed: bool, closed: int | None, until: int, d: tuple[int, ...]
    ) -> tuple[int | None, int | None, int]:
        """When a closed case was reopened and closed again, and where its story ends."""
        if closed is None or skewed or stratum in (AUTO, MERGED) or unit(d[5]) > 0.035:
            return None, None, until
        reopened = closed + 2 * HOUR + d[6] % (6 * DAY)
        if reopened > self.now:
            return None, None, until
        again = reopened + int(min(log_normal(d[15], 20 * HOUR, 1.0), 9 * DAY))
        return reopened, again if again <= self.now else None, again
