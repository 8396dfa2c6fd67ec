"""When things happen: an arrival rate with office hours, weekdays, growth and restless days.

The expected number of arrivals up to an hour is kept in one table, so that the instant of the i-th of n
arrivals, and the index of the first arrival at or after an instant, are both one bisection away.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from connectors.simulator.hashing import draws, log_normal, unit
from connectors.simulator.times import DAY, HOUR

_OFFICE = (2, 2, 2, 2, 2, 3, 4, 7, 10, 12, 12, 11, 10, 11, 11, 10, 9, 7, 6, 5, 4, 4, 3, 3)
_WEEKDAY = (1.15, 1.1, 1.05, 1.05, 1.0, 0.55, 0.5)
_GROWTH = 0.6
_RESTLESS = 0.02


def _day_factor(seed: int, day: int) -> float:
    """Day-to-day noise, and about one restless day in fifty (a campaign, a broken sensor)."""
    d = draws(seed, "day", day)
    factor = log_normal(d[0], 1.0, 0.14)
    return factor * 1.9 if unit(d[1]) < _RESTLESS else factor


class Arrivals:
    """Arrivals over [start, end), both in milliseconds; `end - start` is a whole number of days."""

    def __init__(self, seed: int, end: int, days: int, shift: int = 0) -> None:
        """`shift` moves every instant without changing the pattern: a backend whose clock is off."""
        first = end - days * DAY
        self.start, self.end = first + shift, end + shift
        self._hours = days * 24
        weights = []
        for k in range(self._hours):
            at = first + k * HOUR
            day, hour = at // DAY, at // HOUR % 24
            growth = 1 + _GROWTH * k / self._hours
            weights.append(_OFFICE[hour] * _WEEKDAY[(day + 3) % 7] * growth)
        factors = {day: _day_factor(seed, day) for day in range(first // DAY, end // DAY + 1)}
        weights = [w * factors[(first + k * HOUR) // DAY] for k, w in enumerate(weights)]
        total = sum(weights)
        self._reached = [0.0, *(w / total for w in accumulate(weights))]
        self._reached[-1] = 1.0

    def at(self, share: float) -> int:
        """The instant at which `share` (0 to 1) of all arrivals have happened."""
        reached = self._reached
        hour = min(max(bisect_right(reached, share) - 1, 0), self._hours - 1)
        width = reached[hour + 1] - reached[hour]
        inside = (share - reached[hour]) / width if width else 0.0
        return min(self.start + int((hour + inside) * HOUR), self.end - 1)

    def share(self, at: int) -> float:
        """The inverse of `at`; 0 before the start, 1 after the end."""
        if at <= self.start:
            return 0.0
        if at >= self.end:
            return 1.0
        hour, rest = divmod(at - self.start, HOUR)
        low, high = self._reached[hour], self._reached[hour + 1]
        return low + (high - low) * rest / HOUR
