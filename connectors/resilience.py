"""What keeps one slow backend from hurting the rest: a circuit breaker and a single-flight cache.

Both take a clock and hold their state in memory, one object a backend.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from connectors.errors import BackendError, TimedOut, Unavailable
from connectors.models.reading import Reading, Window
from connectors.ports import Clock

T = TypeVar("T")


class BreakerOpen(Exception):
    """Not asked: the backend failed too often just now. `seconds` until it is tried again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} s")
        self.seconds = seconds


class Breaker:
    """After `failures` failures in a row nothing is asked for `rest` seconds; then one probe decides.

    Failures are `Unavailable` and `TimedOut`; any other answer, a refusal included, proves that somebody is there.
    """

    def __init__(self, clock: Clock, failures: int = 5, rest: float = 30.0) -> None:
        self._clock, self._failures, self._rest = clock, failures, rest
        self._failed = 0
        self._opened: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        return self._opened is not None

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Wrap one attempt. Raises `BreakerOpen` instead of letting it happen."""
        probe = self._enter()
        try:
            yield
        except (Unavailable, TimedOut):
            self._failed += 1
            if probe or self._failed >= self._failures:
                self._opened = self._clock.monotonic()
            raise
        except BackendError:
            self._close()
            raise
        else:
            self._close()
        finally:
            if probe:
                self._probing = False

    def _enter(self) -> bool:
        if self._opened is None:
            return False
        left = self._opened + self._rest - self._clock.monotonic()
        if left > 0 or self._probing:
            raise BreakerOpen(max(left, 0.0))
        self._probing = True
        return True

    def _close(self) -> None:
        self._failed, self._opened = 0, None


@dataclass(frozen=True, slots=True)
class _Kept:
    family: Hashable
    window: Window | None
    at: float
    reading: Reading[Any]


class ReadingCache:
    """Readings kept for a time to live; one flight a question; the last good one when the backend is away.

    A kept reading answers for a window whose edges differ by at most the time to live (a window that ends "now"
    moves all the time); the reading's own `window` and `as_of` say what it covers. A stale one keeps its `as_of`,
    is marked, and is never served after a permanent error (a refusal must not be papered over).
    """

    def __init__(self, clock: Clock, stale_for: float = 3600.0, size: int = 64) -> None:
        self._clock, self._stale_for = clock, stale_for
        self._kept: deque[_Kept] = deque(maxlen=size)
        self._flights: dict[Hashable, asyncio.Task[Reading[Any]]] = {}

    async def read(
        self, family: Hashable, ttl: float, fetch: Callable[[], Awaitable[Reading[T]]], window: Window | None = None
    ) -> Reading[T]:
        """The reading of `family` (and `window`), at most `ttl` seconds old unless it is marked stale."""
        kept = self._find(family, window, ttl)
        if kept is not None:
            return kept
        key = (family, window)
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.ensure_future(self._fly(family, window, fetch))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._land(key, done))
        try:
            return await asyncio.shield(flight)
        except BackendError as error:
            old = None if error.permanent else self._find(family, window, self._stale_for)
            if old is None:
                raise
            note = f"{error}; shown as of {old.as_of:%Y-%m-%d %H:%M} UTC."
            return replace(old, stale=True, notes=(*old.notes, note))

    def forget(self) -> None:
        """Drop everything kept (after a write)."""
        self._kept.clear()

    async def _fly(
        self, family: Hashable, window: Window | None, fetch: Callable[[], Awaitable[Reading[T]]]
    ) -> Reading[T]:
        reading = await fetch()
        self._kept.append(_Kept(family, window, self._clock.monotonic(), reading))
        return reading

    def _land(self, key: Hashable, done: asyncio.Task[Reading[Any]]) -> None:
        self._flights.pop(key, None)
        if not done.cancelled():
            done.exception()  # retrieved here, so that a flight whose callers all left does not log as unhandled

    def _find(self, family: Hashable, window: Window | None, within: float) -> Reading[Any] | None:
        oldest = self._clock.monotonic() - within
        for kept in reversed(self._kept):
            if kept.family == family and kept.at >= oldest and _near(kept.window, window, within):
                return kept.reading
        return None


def _near(kept: Window | None, asked: Window | None, seconds: float) -> bool:
    if kept is None or asked is None:
        return kept is asked
    edges = (kept.start - asked.start, kept.end - asked.end)
    return all(abs(edge.total_seconds()) <= seconds for edge in edges)
