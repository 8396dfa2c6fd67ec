"""Volume out of the ordinary for this hour of the week, and sources that have fallen silent.

Managers fear silence more than noise: no alert may mean a broken feed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from handlers.analysis.business import local_instant

if TYPE_CHECKING:
    pass

NORMAL = 1.4826
"""MAD × this estimates the standard deviation of normal noise (Rousseeuw, Croux, JASA 88, 1993)."""

WIDTH = 3.0
SILENCE_FACTOR = 3.0
_MIN_GAPS = 10


@dataclass(frozen=True, slots=True)
class Volume:
    """Count of one key in one hour against the same weekday and hour of `weeks` earlier weeks."""

    key: str
    count: int
    median: float
    mad: float
    low: float
    high: float
    weeks: int

    @property
    def unusual(self) -> bool:
        return self.count > self.high or self.count < self.low


@dataclass(frozen=True, slots=True)
class Silence:
    """A key quiet for `quiet` seconds; its usual longest gap is `usual` seconds."""

    key: str
    last_at: datetime
    quiet: float
    usual: float


def band(history: list[int]) -> tuple[float, float, float, float]:
    """Median, MAD and limits: median ± 3 · 1.4826 · MAD, MAD at least one event, `low` not negative."""
    import numpy as np  # noqa: PLC0415

    values = np.asarray(history, dtype=np.float64)
    middle = float(np.median(values))
    mad = float(np.median(np.abs(values - middle)))
    half = WIDTH * NORMAL * max(mad, 1.0)
    return middle, mad, max(middle - half, 0.0), middle + half


def same_hour(events: pl.DataFrame, hour: datetime, zone: str, weeks: int = 8) -> list[Volume]:
    """Volumes of the hour beginning at `hour` against the same wall-clock hour of earlier weeks, largest excess first.

    `events` has columns `key` (str) and `at` (datetime[us, UTC]) and must reach back those weeks; a week without
    an event counts zero.
    """
    slots = _slots(hour, zone, weeks)
    columns = [_within(s).sum().cast(pl.Int64).alias(str(i)) for i, s in enumerate(slots)]
    recent = events.filter(pl.any_horizontal(_within(s) for s in slots))
    out = []
    for key, count, *history in recent.group_by("key").agg(columns).iter_rows():
        middle, mad, low, high = band(history)
        out.append(Volume(key, count, middle, mad, low, high, weeks))
    return sorted(out, key=lambda v: (v.high - v.count, v.key))


def _within(start: datetime) -> pl.Expr:
    return (pl.col("at") >= start) & (pl.col("at") < start + timedelta(hours=1))


def _slots(hour: datetime, zone: str, weeks: int) -> list[datetime]:
    """The hour itself and the same wall-clock hour of earlier weeks, as UTC instants."""
    tz = ZoneInfo(zone)
    local = hour.astimezone(tz)
    past = [local_instant(local.date() - timedelta(weeks=w), local.time(), tz) for w in range(1, weeks + 1)]
    return [hour, *past]


def usual_gaps(events: pl.DataFrame) -> pl.DataFrame:
    """Per key with at least ten gaps: key, usual (95th percentile of gaps, seconds, type 7), last_at."""
    gap = (pl.col("at").diff().dt.total_microseconds() / 1e6).drop_nulls()
    return (
        events.sort("at")
        .group_by("key")
        .agg(gap.quantile(0.95, "linear").alias("usual"), pl.col("at").last().alias("last_at"), gap.len().alias("gaps"))
        .filter(pl.col("gaps") >= _MIN_GAPS)
        .select("key", "usual", "last_at")
        .sort("key")
    )


def silent(key: str, last_at: datetime, usual: float, now: datetime, factor: float = SILENCE_FACTOR) -> Silence | None:
    """A silence when nothing came for more than `factor` times the usual gap (seconds)."""
    quiet = (now - last_at).total_seconds()
    return Silence(key, last_at, quiet, usual) if quiet > factor * usual else None


def silences(events: pl.DataFrame, now: datetime, factor: float = SILENCE_FACTOR) -> list[Silence]:
    """Silent keys by their own history of gaps, longest silence relative to the usual first."""
    rows = usual_gaps(events.filter(pl.col("at") <= now)).iter_rows()
    found = [s for key, usual, last in rows if (s := silent(key, last, usual, now, factor))]
    return sorted(found, key=lambda s: (-s.quiet / max(s.usual, 1.0), s.key))
