"""The SOC's case history in memory, columnar: filled once from the case desk, then refreshed by watermark.

Cases come a page at a time and history a slice at a time; rows become columns in a worker thread, at most CHUNK rows
at once, so that the event loop never waits for them. Columns: `connectors.models.cases` CASE_COLUMNS, EVENT_COLUMNS.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import polars as pl

from connectors.errors import BackendError
from connectors.models.cases import CASE_COLUMNS, Case, CaseEvent, LedgerFacts
from connectors.models.reading import Ping, Reading, Window
from connectors.ports import CaseDesk, Clock, LedgerView

T = TypeVar("T")
CHUNK = 1000
HORIZON_DAYS = 800
"""25 months and the slack of a month's edge."""

OVERLAP = timedelta(hours=1)
"""How far behind the watermark history is read again: the desk's own history is a cache that lags."""

SECOND = timedelta(seconds=1)
"""Windows are half-open: what happens at this very instant is inside."""

NO_HISTORY = "Case history cannot be read"

_AT = pl.Datetime("us", "UTC")
_RAW: dict[str, Any] = {
    "case_id": pl.String, "title": pl.String, "environment": pl.String, "type": pl.String, "status": pl.String,
    "stage": pl.String, "priority": pl.String, "assignee": pl.String, "created_at": _AT, "updated_at": _AT,
    "alert_count": pl.Int64, "incident": pl.Boolean, "important": pl.Boolean, "close_reason": pl.String,
    "root_cause": pl.String, "merged_into": pl.String, "rule": pl.String, "close_action": pl.String,
}  # fmt: skip
_EVENTS: dict[str, Any] = {
    "case_id": pl.String, "seq": pl.Int64, "at": _AT, "activity": pl.String, "value": pl.String, "actor": pl.String,
}  # fmt: skip
_NO_CASES, _NO_EVENTS = pl.DataFrame(schema=_RAW), pl.DataFrame(schema=_EVENTS)
_CLOSED = pl.col("status").is_in(["closed", "merged"])


@dataclass(frozen=True, slots=True)
class _Held:
    """What was read, before anything is derived. `watermark`: history is complete up to then, as far as it is told."""

    cases: pl.DataFrame
    events: pl.DataFrame
    as_of: datetime
    watermark: datetime
    truncated: bool
    notes: tuple[str, ...]


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
        self._held: _Held | None = None
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
        try:
            return self._noted(await asyncio.shield(self._flight), since)
        except BackendError as error:
            if self._view is None or error.permanent:
                raise
            old = self._view
            return self._noted(_with(old, f"{error}; shown as of {old.facts.as_of:%Y-%m-%d %H:%M} UTC."), since)

    def _noted(self, view: LedgerView, since: datetime) -> LedgerView:
        return view if since >= self._start else _with(view, f"No cases before {self._start:%Y-%m-%d} are held.")

    async def _read(self) -> LedgerView:
        held = await (self._fill() if self._held is None else self._again(self._held))
        view = await asyncio.to_thread(_view, held, self._automation, self._start, self._source)
        self._held, self._view, self._read_at = held, view, self._clock.monotonic()
        return view

    async def _fill(self) -> _Held:
        now = self._clock.now()
        window = Window(self._start, now + SECOND)
        cases, history = await asyncio.gather(_gather(self._desk.cases(window), _case_frame), self._history(window))
        frame = await asyncio.to_thread(_newest, pl.concat([_NO_CASES, *cases.frames]), None)
        events = pl.concat([_NO_EVENTS, *history.frames])
        truncated = cases.truncated or history.truncated
        return _Held(frame, events, now, history.as_of or self._start, truncated, (*cases.notes, *history.notes))

    async def _again(self, held: _Held) -> _Held:
        """Open cases, new cases, history since the watermark, and the cases that changed by either."""
        now = self._clock.now()
        tail = Window(held.watermark - OVERLAP, now + SECOND)
        opened, fresh, history = await asyncio.gather(
            _gather(_single(self._desk.open_cases()), _case_frame),
            _gather(self._desk.cases(Window(held.as_of - OVERLAP, now + SECOND)), _case_frame),
            self._history(tail),
        )
        known = pl.concat([_NO_CASES, *opened.frames, *fresh.frames])
        recent = pl.col("at") >= tail.start
        events = pl.concat([_NO_EVENTS, *history.frames])
        spans = await asyncio.to_thread(_changed, held.cases, held.events.filter(recent), known, events)
        parts = [await _gather(self._desk.cases(span), _case_frame) for span in spans]
        frames = [known, *(frame for part in parts for frame in part.frames)]
        cases = await asyncio.to_thread(_newest, pl.concat(frames), held.cases)
        read = [opened, fresh, history, *parts]
        old = [note for note in held.notes if not note.startswith(NO_HISTORY)]
        notes = tuple(dict.fromkeys([*old, *(note for part in read for note in part.notes)]))
        truncated = held.truncated or any(part.truncated for part in read)
        if history.as_of is None:
            return _Held(cases, held.events, now, held.watermark, truncated, notes)
        return _Held(cases, pl.concat([held.events.filter(~recent), events]), now, history.as_of, truncated, notes)

    async def _history(self, window: Window) -> _Gathered:
        """Events of the window. A desk that refuses its history is a note, not an end: `as_of` is None then."""
        try:
            return await _gather(self._desk.history(window), _event_frame)
        except BackendError as error:
            if not error.permanent:
                raise
            note = f"{NO_HISTORY} ({error}): acknowledging and closing times are missing or proxies."
            return _Gathered([], (note,), False, None)


@dataclass(frozen=True, slots=True)
class _Gathered:
    frames: list[pl.DataFrame]
    notes: tuple[str, ...]
    truncated: bool
    as_of: datetime | None


async def _gather(pages: AsyncIterator[Reading[T]], convert: Callable[[Sequence[T]], pl.DataFrame]) -> _Gathered:
    """All pages as frames; `as_of` is the oldest that a page claims."""
    frames: list[pl.DataFrame] = []
    notes: dict[str, None] = {}
    truncated, as_of = False, None
    async for page in pages:
        for first in range(0, len(page.items), CHUNK):
            frames.append(await asyncio.to_thread(convert, page.items[first : first + CHUNK]))
        notes.update(dict.fromkeys(page.notes))
        truncated = truncated or page.truncated
        as_of = page.as_of if as_of is None else min(as_of, page.as_of)
    return _Gathered(frames, tuple(notes), truncated, as_of)


def _with(view: LedgerView, note: str) -> LedgerView:
    return replace(view, facts=replace(view.facts, notes=(*view.facts.notes, note)))


async def _single(reading: Awaitable[Reading[T]]) -> AsyncIterator[Reading[T]]:
    yield await reading


def _case_frame(cases: Sequence[Case]) -> pl.DataFrame:
    columns = {name: [getattr(case, name) for case in cases] for name in _RAW if name not in {"case_id", "rule"}}
    columns["case_id"] = [case.id for case in cases]
    columns["rule"] = [case.products[0] if case.products else None for case in cases]
    return pl.DataFrame(columns, schema_overrides=_RAW).select(*_RAW)


def _event_frame(events: Sequence[CaseEvent]) -> pl.DataFrame:
    return pl.DataFrame({name: [getattr(event, name) for event in events] for name in _EVENTS}, schema=_EVENTS)


def _newest(fresh: pl.DataFrame, old: pl.DataFrame | None) -> pl.DataFrame:
    """One row a case: the last one read."""
    fresh = fresh.unique("case_id", keep="last", maintain_order=True)
    kept = [] if old is None else [old.join(fresh, on="case_id", how="anti")]
    return pl.concat([*kept, fresh]).sort("created_at", "case_id")


def _changed(cases: pl.DataFrame, seen: pl.DataFrame, known: pl.DataFrame, events: pl.DataFrame) -> list[Window]:
    """Spans of creation days of cases not read yet that left the queue or have new events."""
    left = cases.filter(pl.col("status") == "opened").select("case_id")
    moved = events.join(seen, on=["case_id", "at", "activity", "value"], how="anti").select("case_id")
    wanted = pl.concat([left, moved]).unique().join(known, on="case_id", how="anti")
    days = cases.join(wanted, on="case_id", how="semi").get_column("created_at").dt.truncate("1d")
    spans: list[Window] = []
    for day in days.unique().sort():
        if spans and day <= spans[-1].end:
            spans[-1] = Window(spans[-1].start, day + timedelta(days=1))
        else:
            spans.append(Window(day, day + timedelta(days=1)))
    return spans


def _derive(cases: pl.DataFrame, events: pl.DataFrame, automation: frozenset[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both frames as the port documents them: what history says is joined to every case."""
    events = events.sort("case_id", "at", "seq")
    facts = (
        _moments(events, automation)
        .join(_reopenings(events), on="case_id", how="left")
        .join(_handovers(events), on="case_id", how="left")
    )
    joined = cases.join(facts, on="case_id", how="left").with_columns(
        pl.col("_owned", "escalated", "returned").fill_null(value=False)
    )
    stuck = (pl.col("_last") == "CLOSE_CASE") & (pl.col("status") == "opened")
    never = pl.lit(None, dtype=_AT)
    joined = joined.with_columns(
        closed_at=pl.when(_CLOSED).then(pl.coalesce("_last_closed", "updated_at")),
        closed_is_proxy=_CLOSED & pl.col("_last_closed").is_null(),
        reopened=pl.col("_reopened").fill_null(0).cast(pl.Int64) + stuck.fill_null(value=False).cast(pl.Int64),
        auto_closed=_CLOSED & ~pl.col("_owned") & (pl.col("close_action").fill_null("") != "MANUALLY")
        & (pl.col("_last_closed").is_not_null() | (pl.col("close_action") == "AUTOMATICALLY").fill_null(value=False)),
        first_activity_at=never, detected_at=never, contained_at=never,
    )  # fmt: skip
    return joined.select(*CASE_COLUMNS), events.select(*_EVENTS)


def _moments(events: pl.DataFrame, automation: frozenset[str]) -> pl.DataFrame:
    """Per case: first human owner, first declared incident, first and last close."""
    value, activity = pl.col("value"), pl.col("activity")
    person = (value != "") & ~value.str.starts_with("@") & ~value.is_in(list(automation))
    taken = (activity == "ASSIGNEE_CHANGE") & person
    closed = activity == "CLOSE_CASE"
    incident = (activity == "STAGE_CHANGE") & (value.str.to_lowercase() == "incident")
    return events.group_by("case_id").agg(
        acknowledged_at=pl.col("at").filter(taken).min(),
        identified_at=pl.col("at").filter(incident).min(),
        first_closed_at=pl.col("at").filter(closed).min(),
        _last_closed=pl.col("at").filter(closed).max(),
        _owned=(taken | ((activity == "CREATE_CASE") & person)).any(),
    )


def _reopenings(events: pl.DataFrame) -> pl.DataFrame:
    """Per case: closes that were followed by a reopening, or by another close (which needs one in between)."""
    steps = events.filter(pl.col("activity").is_in(["CLOSE_CASE", "REOPEN_CASE"])).select("case_id", "at", "activity")
    before = pl.col("activity").shift(1).over("case_id")
    again = (pl.col("activity") == "REOPEN_CASE") | (pl.col("at") > pl.col("at").shift(1).over("case_id"))
    steps = steps.with_columns(_again=(before == "CLOSE_CASE") & again)
    return steps.group_by("case_id", maintain_order=True).agg(
        _reopened=pl.col("_again").fill_null(value=False).sum(), _last=pl.col("activity").last()
    )


def _handovers(events: pl.DataFrame) -> pl.DataFrame:
    """Per case: handed up to a higher tier's queue, and back down after that. The tier is the number in "@Tier2"."""
    tier = pl.col("value").str.extract(r"(?i)^@.*?tier[\s_-]*(\d)", 1).cast(pl.Int8)
    owners = events.filter(pl.col("activity").is_in(["CREATE_CASE", "ASSIGNEE_CHANGE"])).select("case_id", _tier=tier)
    steps = owners.drop_nulls("_tier").with_columns(_step=pl.col("_tier").diff().over("case_id"))
    steps = steps.with_columns(_up=(pl.col("_step") > 0).fill_null(value=False))
    steps = steps.with_columns(_seen=pl.col("_up").cum_max().over("case_id"))
    down = ((pl.col("_step") < 0) & pl.col("_seen")).fill_null(value=False)
    return steps.group_by("case_id").agg(escalated=pl.col("_up").any(), returned=down.any())


def _view(held: _Held, automation: frozenset[str], start: datetime, source: str) -> LedgerView:
    """The frames with what is true of them as a whole."""
    cases, events = _derive(held.cases, held.events, automation)
    oldest: Any = cases.get_column("created_at").min()
    history_from: Any = events.get_column("at").min()
    notes = list(held.notes)
    if proxies := int(cases.get_column("closed_is_proxy").sum()):
        since = f"history starts at {history_from:%Y-%m-%d}" if history_from else "there is no history"
        notes.append(f"{proxies} closing times are last updates: {since}.")
    as_of = min(held.as_of, held.watermark) if events.height else held.as_of
    facts = LedgerFacts(
        source, as_of, oldest if held.truncated else start, cases.height, events.height, held.truncated,
        history_from, tuple(notes),
    )  # fmt: skip
    return LedgerView(cases, events, facts)
