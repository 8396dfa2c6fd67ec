"""Which windows an answer is about: the period, the one before, the same a year before, twelve for the trend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.models.reading import Window
from handlers.analysis.periods import NAMED, Period, previous, same_last_year, timeframe, to_date
from handlers.commands.metrics_soc.trend import PERIODS
from handlers.core.errors import BadFlag

MARGIN = timedelta(days=90)
"""Cases opened this long before the earliest window are asked for too: they may still be open in it."""


@dataclass(frozen=True, slots=True)
class Times:
    """`before` and `year` are as long as `now` when the period is not over yet; `running` the current one to date."""

    period: Period
    now: Window
    before: Window
    year: Window
    before_label: str
    year_label: str
    partial: bool
    trend: tuple[Period, ...]
    running: Period | None

    @property
    def label(self) -> str:
        return f"{self.period.label} to date" if self.partial else self.period.label

    def since(self, with_trend: bool) -> datetime:
        """How far back the ledger is needed."""
        starts = [self.before.start, self.year.start] + ([self.trend[0].start] if with_trend else [])
        return min(starts) - MARGIN


def times(text: str, now: datetime, zone: ZoneInfo) -> Times:
    """The windows of a `--timeframe`. Raises BadFlag with what it can be."""
    try:
        period = timeframe(text, now, zone.key)
        before, year = previous(period), same_last_year(period)
        partial = period.end > now
        newest = previous(period) if partial else period
        trend = tuple(previous(newest, back) if back else newest for back in range(PERIODS - 1, -1, -1))
    except (ValueError, OverflowError) as error:
        raise BadFlag("--timeframe", f"{str(error)[:200]}.", [*NAMED, "2026-10-01/2026-10-31"]) from error
    running = to_date(period.kind, now, zone.key) if text.strip().lower() in NAMED else None
    elapsed = min(period.end, now) - period.start
    return Times(
        period=period,
        now=Window(period.start, period.start + elapsed),
        before=_part(before, elapsed, partial),
        year=_part(year, elapsed, partial),
        before_label=_named(before, partial),
        year_label=_named(year, partial),
        partial=partial,
        trend=trend,
        running=running,
    )


def _part(period: Period, elapsed: timedelta, partial: bool) -> Window:
    return Window(period.start, min(period.start + elapsed, period.end)) if partial else period.window


def _named(period: Period, partial: bool) -> str:
    return f"the same part of {period.label}" if partial else period.label
