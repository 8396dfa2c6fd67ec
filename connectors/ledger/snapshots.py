"""One row a day of what the SIEM counts and does not keep: alert volumes and indicator matches, as Parquet.

A day (UTC) is counted once it is over. A day on which nobody took it can be taken later, as long as the source still
answers for it: BACK days. Replicas that share a store take it once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from connectors.errors import BackendError, StateError
from connectors.ledger.disk import write_frame
from connectors.models.reading import Reading, Window
from connectors.models.volumes import DailyVolume
from connectors.ports import AlertFeed, Clock, Store

NAME = "Daily snapshots"
KINDS = ("alerts", "iocs")
BACK = 7
LISTED = 1000
"""Alerts listed for their severity; the total is the SIEM's own."""

PAUSE = 1800.0
"""Seconds between looks whether a day is missing."""

CLAIM = 900.0
"""How long a claim on a day holds: whoever has it may die, and the next replica takes the day."""

SCHEMA: dict[str, Any] = {
    "kind": pl.String, "day": pl.Date, "total": pl.Int64, "severity": pl.List(pl.String), "count": pl.List(pl.Int64),
    "counted": pl.Int64, "taken_at": pl.Datetime("us", "UTC"), "truncated": pl.Boolean,
}  # fmt: skip


class Snapshots:
    """`<folder>/snapshots/<kind>-<day>.parquet`: a file a day, so that no replica rewrites another's."""

    def __init__(self, folder: Path, store: Store, clock: Clock, feed: AlertFeed, *, pause: float = PAUSE) -> None:
        self._folder, self._store, self._clock, self._feed = folder / "snapshots", store, clock, feed
        self._pause = pause
        self._trouble: dict[str, str] = {}

    async def keep_up(self) -> None:
        """For ever: what is missing is taken, then there is a pause."""
        while True:
            await self.take()
            await asyncio.sleep(self._pause)

    async def take(self) -> int:
        """Days taken now. A source that does not answer is told by `volumes`, and asked again after the pause."""
        taken = 0
        today = self._clock.now().astimezone(UTC).date()
        for kind in KINDS:
            self._trouble.pop(kind, None)
            for day in (today - timedelta(days=back) for back in range(1, BACK + 1)):
                if self._path(kind, day).exists() or not await self._claimed(kind, day):
                    continue
                try:
                    found = await (self._alerts(day) if kind == "alerts" else self._iocs(day))
                    await asyncio.to_thread(self._write, found)
                except (BackendError, OSError) as error:
                    self._trouble[kind] = str(error) if isinstance(error, BackendError) else str(error.strerror)
                    await self._free(kind, day)
                    break
                taken += 1
        return taken

    async def volumes(self, since: datetime) -> Reading[DailyVolume]:
        """Days kept since then, oldest first; a note for each kind that could not be taken lately."""
        items = await asyncio.to_thread(self._read, since.astimezone(UTC).date())
        notes = tuple(f"Daily {kind}: {why}." for kind, why in sorted(self._trouble.items()))
        window = Window(since, self._clock.now())
        as_of = max((item.taken_at for item in items), default=self._clock.now())
        return Reading(items, NAME, as_of, window, truncated=any(item.truncated for item in items), notes=notes)

    def _path(self, kind: str, day: date) -> Path:
        return self._folder / f"{kind}-{day.isoformat()}.parquet"

    async def _claimed(self, kind: str, day: date) -> bool:
        """Without the store two replicas may both take a day: the same day, the same file."""
        try:
            return await self._store.add(f"ledger:snapshot:{kind}:{day.isoformat()}", "taken", CLAIM)
        except StateError:
            return True

    async def _free(self, kind: str, day: date) -> None:
        with contextlib.suppress(StateError):
            await self._store.delete(f"ledger:snapshot:{kind}:{day.isoformat()}")

    async def _alerts(self, day: date) -> DailyVolume:
        reading = await self._feed.alerts(_window(day), LISTED)
        seen = reading.one.alerts
        # a cut list is expected: its total is the SIEM's own, and how many were listed is told
        lower = reading.truncated and reading.one.total <= len(seen)
        severities = _counts([alert.severity or "unknown" for alert in seen])
        return DailyVolume("alerts", day, reading.one.total, severities, len(seen), self._clock.now(), lower)

    async def _iocs(self, day: date) -> DailyVolume:
        reading = await self._feed.ioc_matches(_window(day), LISTED)
        seen = len(reading.items)
        total = max(reading.total or 0, seen)
        return DailyVolume("iocs", day, total, (), 0, self._clock.now(), reading.truncated and total <= seen)

    def _write(self, found: DailyVolume) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        row = {
            "kind": found.kind, "day": found.day, "total": found.total,
            "severity": [name for name, _ in found.by_severity], "count": [n for _, n in found.by_severity],
            "counted": found.counted, "taken_at": found.taken_at, "truncated": found.truncated,
        }  # fmt: skip
        write_frame(self._folder, self._path(found.kind, found.day).name, pl.DataFrame([row], schema=SCHEMA))

    def _read(self, first: date) -> tuple[DailyVolume, ...]:
        wanted = [path for kind in KINDS for path in sorted(self._folder.glob(f"{kind}-*.parquet"))
                  if path.stem.removeprefix(f"{kind}-") >= first.isoformat()]  # fmt: skip
        rows = [pl.read_parquet(path, memory_map=False).row(0, named=True) for path in wanted]
        return tuple(
            DailyVolume(
                row["kind"], row["day"], row["total"], tuple(zip(row["severity"], row["count"], strict=True)),
                row["counted"], row["taken_at"], row["truncated"],
            )
            for row in rows
        )  # fmt: skip


def no_days(now: datetime) -> Reading[DailyVolume]:
    """Of a ledger that keeps none."""
    return Reading((), NAME, now, notes=("No daily snapshots of alerts are kept here.",))


def _window(day: date) -> Window:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Window(start, start + timedelta(days=1))


def _counts(words: Sequence[str]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(word.lower() for word in words).most_common())
