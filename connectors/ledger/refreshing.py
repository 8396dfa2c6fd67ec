"""What changed since the last reading, asked for by watermark and written to the months it belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from connectors.ledger.asking import HISTORY_LOST, ORIGINS_LOST, TellsChanges, history, origins
from connectors.ledger.filling import SECOND
from connectors.ledger.frames import DELETED, NO_CASES, NO_EVENTS, NO_ORIGINS, RAW, case_frame, spans
from connectors.ledger.gathering import Gathered, gather, single, thread
from connectors.ledger.merging import EVENT_KEY, News, merge
from connectors.ledger.vault import Vault
from connectors.models.reading import Window
from connectors.ports import CaseDesk

OVERLAP = timedelta(hours=1)
"""How far behind the watermark is read again: the desk's own history is a cache that lags."""

SWEEP = timedelta(minutes=15)
"""Deleted cases are in no list of changes: the open queue is compared so often where changes are listed."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one refresh read and wrote."""

    cases: int
    events: int
    origins: int
    months: int


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read at first; `opened` None: the open queue was not asked for."""

    listed: Gathered
    opened: Gathered | None
    told: Gathered
    born: Gathered
    tail: Window

    @property
    def known(self) -> pl.DataFrame:
        frames = [*(self.opened.frames if self.opened else []), *self.listed.frames]
        return pl.concat([NO_CASES, *frames])

    @property
    def events(self) -> pl.DataFrame:
        return pl.concat([NO_EVENTS, *self.told.frames])


async def refresh(desk: CaseDesk, changes: TellsChanges | None, vault: Vault, now: datetime) -> Cost:
    """Bring the vault up to now. `changes`: the desk, when it lists what was updated. Raises BackendError."""
    manifest = vault.manifest
    read = await _ask(desk, changes, vault, now)
    known, events = read.known, read.events
    left, wanted = await asyncio.to_thread(_unknown, vault, known, events, read)
    parts = [await gather(desk.cases(span), case_frame) for span in spans(wanted.get_column("created_at"))]
    again = pl.concat([NO_CASES, *(frame for part in parts for frame in part.frames)])
    whole = not any(part.truncated for part in (*parts, *([read.opened] if read.opened else [])))
    gone = await asyncio.to_thread(_gone, vault, left, again) if whole else NO_CASES
    cases = pl.concat([gone, known, again])
    news = News(cases, events, pl.concat([NO_ORIGINS, *read.born.frames]))
    found = await asyncio.to_thread(merge, vault, news)
    gathered: list[Gathered] = [read.listed, *([read.opened] if read.opened else []), read.told, *parts]
    fields: dict[str, Any] = {
        "as_of": now,
        "watermark": read.told.as_of or manifest.watermark,
        "origins_at": read.born.as_of or manifest.origins_at,
        "swept_at": now if read.opened else manifest.swept_at,
        "truncated": manifest.truncated or any(part.truncated for part in gathered),
        "notes": _notes(manifest.notes, [*gathered, read.born]),
    }
    await thread(vault.commit, found.changes, found.strays, **fields)
    return Cost(known.height + again.height, events.height, news.origins.height, len(found.changes))


async def _ask(desk: CaseDesk, changes: TellsChanges | None, vault: Vault, now: datetime) -> _Read:
    """All that does not depend on another answer, at once."""
    manifest = vault.manifest
    assert manifest.as_of is not None and manifest.filled_from is not None  # noqa: S101 - the fill comes first
    tail, young = (
        Window(manifest.filled_from if mark is None else mark - OVERLAP, now + SECOND)
        for mark in (manifest.watermark, manifest.origins_at)
    )
    since = manifest.as_of - OVERLAP
    listing = desk.cases(Window(since, now + SECOND)) if changes is None else changes.changed(since)
    sweeping = changes is None or manifest.swept_at is None or now - manifest.swept_at >= SWEEP
    listed, opened, told, born = await asyncio.gather(
        gather(listing, case_frame),
        _queue(desk) if sweeping else _nothing(),
        history(desk, tail),
        origins(desk, young, late=manifest.origins_at is not None),
    )
    return _Read(listed, opened, told, born, tail)


async def _queue(desk: CaseDesk) -> Gathered:
    return await gather(single(desk.open_cases()), case_frame)


async def _nothing() -> None:
    return None


def _unknown(vault: Vault, known: pl.DataFrame, events: pl.DataFrame, read: _Read) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Held cases that left the open queue, and these with all that have new events without having been read."""
    lean = vault.cases().select("case_id", "created_at", "status", "month")
    told = events.join(known, on="case_id", how="anti")
    found = lean.join(told.lazy(), on="case_id", how="semi").collect()
    seen = vault.events(found.get_column("month").unique()).filter(pl.col("at") >= read.tail.start)
    moved = told.join(seen.select(EVENT_KEY).collect(), on=EVENT_KEY, how="anti").select("case_id")
    found = found.join(moved, on="case_id", how="semi")
    left = lean.filter(pl.col("status") == "opened").collect().join(known, on="case_id", how="anti")
    if read.opened is None:
        left = left.clear()
    return left, pl.concat([left, found]).unique("case_id").sort("created_at")


def _gone(vault: Vault, left: pl.DataFrame, again: pl.DataFrame) -> pl.DataFrame:
    """Cases that were open, are not in the queue and are not among those created when they were: deleted."""
    lost = left.join(again, on="case_id", how="anti")
    if lost.is_empty():
        return NO_CASES
    rows = [
        vault.read(month)[0].join(lost, on="case_id", how="semi").select(*RAW)
        for month in lost.get_column("month").unique().to_list()
    ]
    return pl.concat(rows).with_columns(status=pl.lit(DELETED))


def _notes(old: Sequence[str], parts: Sequence[Gathered]) -> list[str]:
    """Refusals of history and origins are of this reading alone; everything else stays."""
    kept = [note for note in old if not note.startswith((HISTORY_LOST, ORIGINS_LOST))]
    return list(dict.fromkeys([*kept, *(note for part in parts for note in part.notes)]))
