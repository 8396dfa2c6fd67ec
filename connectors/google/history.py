"""Case history, read in slices of time through `dashboardQueries:execute`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from connectors.errors import Refused, Unreadable
from connectors.google import history_wire
from connectors.google.wire import Instance
from connectors.http import HttpBackend
from connectors.models.cases import CaseEvent
from connectors.models.reading import Reading, Window
from connectors.ports import Clock

SMALLEST_SPLIT = timedelta(minutes=1)
SHORTEST, LONGEST, GOOD_ROWS = timedelta(hours=6), timedelta(days=31), 2500

ROUND = 500
"""What a tenant caps its answers at is documented nowhere; a number of rows this round is taken for a cap."""


class CaseHistory:
    """Slices begin with `slice_days` and adapt; an answer of `row_cap` rows may be cut, so its slice is halved.

    `seconds` bounds one query.
    """

    def __init__(
        self, backend: HttpBackend, instance: Instance, clock: Clock, *, slice_days: float, row_cap: int, seconds: float
    ) -> None:
        self._backend, self._instance, self._clock = backend, instance, clock
        self._slice, self._row_cap, self._seconds = timedelta(days=slice_days), row_cap, seconds
        self._fields = history_wire.WITH_PRIORITY

    async def read(self, window: Window) -> AsyncIterator[Reading[CaseEvent]]:
        """Events of the window, oldest slice first."""
        start, length = window.start, self._slice
        while start < window.end:
            end = min(_second(start + length), window.end)
            rows = 0
            async for reading in self._slices(Window(start, end)):
                rows += len(reading.items)
                yield reading
            start, length = end, _next_slice(length, rows)

    async def _slices(self, window: Window) -> AsyncIterator[Reading[CaseEvent]]:
        page = await self._query(window)
        full = page.rows >= self._row_cap or (page.rows > 0 and page.rows % ROUND == 0)
        if full and window.end - window.start > SMALLEST_SPLIT:
            middle = _second(window.start + (window.end - window.start) / 2)
            for half in (Window(window.start, middle), Window(middle, window.end)):
                async for reading in self._slices(half):
                    yield reading
            return
        cut = (f"Case history: over {page.rows} events within a minute; the rest is missing.",) if full else ()
        notes = (*page.notes, *cut)
        as_of = page.as_of or self._clock.now()
        yield Reading(page.events, "Chronicle case history", as_of, window, truncated=bool(notes), notes=notes)

    async def _query(self, window: Window) -> history_wire.HistoryPage:
        try:
            answer = await self._execute(window)
        except Refused as error:
            if error.status != 400 or self._fields is history_wire.FIELDS:
                raise
            self._fields = history_wire.FIELDS
            answer = await self._execute(window)
        try:
            return await asyncio.to_thread(history_wire.decode, answer, window)
        except (ValueError, TypeError, AttributeError) as error:
            raise Unreadable(self._backend.name, "gave case history of another shape than documented") from error

    async def _execute(self, window: Window) -> Any:
        body = history_wire.body(self._fields, window, self._row_cap)
        path = self._instance.path(self._backend, "dashboardQueries:execute")
        return await self._backend.post_json(path, body, idempotent=True, seconds=self._seconds)


def _next_slice(length: timedelta, rows: int) -> timedelta:
    """Slices grow and shrink towards GOOD_ROWS: a quiet desk needs few questions, a busy one short answers."""
    return min(max(length * min(max(GOOD_ROWS / max(rows, 1), 0.25), 2.0), SHORTEST), LONGEST)


def _second(at: datetime) -> datetime:
    """History is kept to the second: an edge inside one would split it."""
    return at.replace(microsecond=0)
