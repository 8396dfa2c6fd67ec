"""The ledger itself: what is asked of the case desk when, and what is kept of it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from connectors.errors import BackendError
from connectors.ledger.asking import HISTORY_LOST, ORIGINS_LOST, history, origins
from connectors.ledger.deriving import view_of
from connectors.ledger.frames import (
    NO_CASES,
    NO_EVENTS,
    NO_ORIGINS,
    Held,
    case_frame,
    changed,
    earliest,
    newest,
)
from connectors.ledger.gathering import gather, single
from connectors.ledger.snapshots import no_days
from connectors.models.reading import Ping, Reading, Window
from connectors.models.volumes import DailyVolume
from connectors.ports import CaseDesk, Clock, LedgerView

HORIZON_DAYS = 800
"""25 months and the slack of a month's edge."""

OVERLAP = timedelta(hours=1)
"""How far behind the watermark history is read again: the desk's own history is a cache that lags."""

SECOND = timedelta(seconds=1)
"""Windows are half-open: what happens at this very instant is inside."""


class MemoryCaseLedger:
    """CaseLedger over any CaseDesk. `refresh` seconds between readings; `automation`: user ids that are no persons.

    One fill or refresh runs at a time, whoever asks; a caller who leaves does not stop it.
    """

    def __init__(
        self,
        desk: CaseDesk,
        clock: Clock,
        *,
        horizon_days: float = HORIZON_DAYS,
        refresh: float = 60.0,
        automation: Collection[str] = (),
        source: str = "Case ledger",
    ) -> None:
        self._desk, self._clock, self._source = desk, clock, source
        self._refresh, self._automation = refresh, frozenset(automation)
        self._start = clock.now() - timedelta(days=horizon_days)
        self._held: Held | None = None
        self._view: LedgerView | None = None
        self._read_at = 0.0
        self._flight: asyncio.Task[LedgerView] | None = None

    async def ping(self) -> Ping:
        """The case desk's own answer, and how much is held."""
        below = await self._desk.ping()
        if self._view is None:
            return Ping(self._source, below.ok, below.detail or "Not read yet.")
        facts = self._view.facts
        held = f"{facts.cases} cases and {facts.events} events as of {facts.as_of:%Y-%m-%d %H:%M} UTC."
        return Ping(self._source, below.ok, " ".join(filter(None, (below.detail, held))))

    async def view(self, since: datetime) -> LedgerView:
        """Both frames, read again when older than `refresh` seconds; the old ones, said to be so, if that fails."""
        if self._view is not None and self._clock.monotonic() - self._read_at < self._refresh:
            return self._noted(self._view, since)
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._read())
            # Everybody who waited may have run out of time: what went wrong then is told to the next who asks.
            self._flight.add_done_callback(lambda flight: flight.cancelled() or flight.exception())
        try:
            return self._noted(await asyncio.shield(self._flight), since)
        except BackendError as error:
            if self._view is None or error.permanent:
                raise
            old = self._view
            return self._noted(_with(old, f"{error}; shown as of {old.facts.as_of:%Y-%m-%d %H:%M} UTC."), since)

    async def volumes(self, since: datetime) -> Reading[DailyVolume]:
        """None: days are kept on the disk."""
        return no_days(self._clock.now())

    def _noted(self, view: LedgerView, since: datetime) -> LedgerView:
        return view if since >= self._start else _with(view, f"No cases before {self._start:%Y-%m-%d} are held.")

    async def _read(self) -> LedgerView:
        held = await (self._fill() if self._held is None else self._again(self._held))
        view = await asyncio.to_thread(view_of, held, self._automation, self._start, self._source)
        self._held, self._view, self._read_at = held, view, self._clock.monotonic()
        return view

    async def _fill(self) -> Held:
        now = self._clock.now()
        window = Window(self._start, now + SECOND)
        cases, told, born = await asyncio.gather(
            gather(self._desk.cases(window), case_frame),
            history(self._desk, window),
            origins(self._desk, window, late=False),
        )
        frame = await asyncio.to_thread(newest, pl.concat([NO_CASES, *cases.frames]), None)
        events = pl.concat([NO_EVENTS, *told.frames])
        known = await asyncio.to_thread(earliest, pl.concat([NO_ORIGINS, *born.frames]))
        truncated = cases.truncated or told.truncated
        notes = (*cases.notes, *told.notes, *born.notes)
        marks = (told.as_of or self._start, born.as_of or self._start)
        return Held(frame, events, known, now, *marks, truncated, notes)

    async def _again(self, held: Held) -> Held:
        """Open cases, new ones and their origins, history since the watermark, and the cases that changed by either."""
        now = self._clock.now()
        tail, young = (Window(mark - OVERLAP, now + SECOND) for mark in (held.watermark, held.origins_at))
        opened, fresh, told, recent = await asyncio.gather(
            gather(single(self._desk.open_cases()), case_frame),
            gather(self._desk.cases(Window(held.as_of - OVERLAP, now + SECOND)), case_frame),
            history(self._desk, tail),
            origins(self._desk, young, late=young.start > self._start),
        )
        known = pl.concat([NO_CASES, *opened.frames, *fresh.frames])
        tailing = pl.col("at") >= tail.start
        events = pl.concat([NO_EVENTS, *told.frames])
        spans = await asyncio.to_thread(changed, held.cases, held.events.filter(tailing), known, events)
        parts = [await gather(self._desk.cases(span), case_frame) for span in spans]
        frames = [known, *(frame for part in parts for frame in part.frames)]
        cases = await asyncio.to_thread(newest, pl.concat(frames), held.cases)
        read = [opened, fresh, told, *parts]
        truncated = held.truncated or any(part.truncated for part in read)
        old = [note for note in held.notes if not note.startswith((HISTORY_LOST, ORIGINS_LOST))]
        notes = tuple(dict.fromkeys([*old, *(note for part in (*read, recent) for note in part.notes)]))
        born = await asyncio.to_thread(earliest, pl.concat([held.origins, *recent.frames]))
        marks = (told.as_of or held.watermark, recent.as_of or held.origins_at)
        kept = held.events if told.as_of is None else pl.concat([held.events.filter(~tailing), events])
        return Held(cases, kept, born, now, *marks, truncated, notes)


def _with(view: LedgerView, note: str) -> LedgerView:
    return replace(view, facts=replace(view.facts, notes=(*view.facts.notes, note)))
