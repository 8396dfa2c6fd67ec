"""Questions to the dashboards (`dashboardQueries:execute`), asked slice by slice of time.

Used for what no collection of the case desk gives: case history, and where cases came from.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from connectors.errors import Refused, Unreadable
from connectors.google.dashboard_wire import DashboardPage, body
from connectors.google.wire import Instance
from connectors.http import HttpBackend
from connectors.models.reading import Reading, Window
from connectors.ports import Clock

T = TypeVar("T")

SMALLEST_SPLIT = timedelta(minutes=1)
SHORTEST, LONGEST, GOOD_ROWS = timedelta(hours=6), timedelta(days=31), 2500

ROUND = 500
"""What a tenant caps its answers at is documented nowhere; a number of rows this round is taken for a cap."""


class DashboardQuery(Generic[T]):
    """One question. `name` and `counted` ("events") word its notes; `decode` reads an answer, ValueError if it cannot.

    `spellings` go from the one with most fields to the one with documented fields alone, each with a note on what it
    lacks: a tenant that refuses one (HTTP 400) is asked the next, and what is understood is used from then on.
    """

    def __init__(
        self,
        name: str,
        counted: str,
        spellings: Sequence[tuple[str, str]],
        decode: Callable[[Any, Window], DashboardPage[T]],
    ) -> None:
        self.name, self.counted, self.spellings, self.decode = name, counted, tuple(spellings), decode
        self.understood = 0
        self.length: timedelta | None = None
        """The slice that suited the last answer: the next window begins with it."""

    @property
    def lacks(self) -> tuple[str, ...]:
        """The note on the spelling in use, if any."""
        note = self.spellings[self.understood][1]
        return (note,) if note else ()


class Dashboard:
    """Slices begin with `slice_days` and adapt; an answer of `row_cap` rows may be cut, so its slice is halved.

    `seconds` bounds one query.
    """

    def __init__(
        self, backend: HttpBackend, instance: Instance, clock: Clock, *, slice_days: float, row_cap: int, seconds: float
    ) -> None:
        self._backend, self._instance, self._clock = backend, instance, clock
        self._slice, self._row_cap, self._seconds = timedelta(days=slice_days), row_cap, seconds

    async def read(self, window: Window, query: DashboardQuery[T]) -> AsyncIterator[Reading[T]]:
        """Answers for the window, oldest slice first."""
        start, length = window.start, query.length or self._slice
        while start < window.end:
            end = min(_second(start + length), window.end)
            rows = 0
            async for reading in self._slices(Window(start, end), query):
                rows += len(reading.items)
                yield reading
            length = _next_slice(end - start, rows) if end - start >= length / 2 else length
            start, query.length = end, length

    async def _slices(self, window: Window, query: DashboardQuery[T]) -> AsyncIterator[Reading[T]]:
        page = await self._page(window, query)
        full = page.rows >= self._row_cap or (page.rows > 0 and page.rows % ROUND == 0)
        if full and window.end - window.start > SMALLEST_SPLIT:
            middle = _second(window.start + (window.end - window.start) / 2)
            for half in (Window(window.start, middle), Window(middle, window.end)):
                async for reading in self._slices(half, query):
                    yield reading
            return
        cut = (f"{query.name}: over {page.rows} {query.counted} within a minute; the rest is missing.",) if full else ()
        missing = (*page.notes, *cut)
        as_of = page.as_of or self._clock.now()
        source = f"Chronicle {query.name[:1].lower()}{query.name[1:]}"
        notes = (*missing, *query.lacks)
        yield Reading(page.items, source, as_of, window, truncated=bool(missing), notes=notes)

    async def _page(self, window: Window, query: DashboardQuery[T]) -> DashboardPage[T]:
        answer = await self._answer(window, query)
        try:
            return await asyncio.to_thread(query.decode, answer, window)
        except (ValueError, TypeError, AttributeError) as error:
            wrong = f"gave {query.name[:1].lower()}{query.name[1:]} of another shape than documented"
            raise Unreadable(self._backend.name, wrong) from error

    async def _answer(self, window: Window, query: DashboardQuery[T]) -> Any:
        path = self._instance.path(self._backend, "dashboardQueries:execute")
        last = len(query.spellings) - 1
        for number in range(query.understood, last + 1):
            asked = body(query.spellings[number][0], window)
            try:
                answer = await self._backend.post_json(path, asked, idempotent=True, seconds=self._seconds)
            except Refused as error:
                if error.status != 400 or number == last:
                    raise
            else:
                query.understood = number
                return answer
        raise AssertionError("a question has a spelling")


def _next_slice(length: timedelta, rows: int) -> timedelta:
    """Slices grow and shrink towards GOOD_ROWS: a quiet desk needs few questions, a busy one short answers."""
    return min(max(length * min(max(GOOD_ROWS / max(rows, 1), 0.25), 2.0), SHORTEST), LONGEST)


def _second(at: datetime) -> datetime:
    """The dashboards know seconds: an edge inside one would split it."""
    return at.replace(microsecond=0)
