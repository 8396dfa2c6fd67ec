"""A figure: one number with everything an auditor asks about it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

Unit = Literal["seconds", "count", "share", "score", "money", "hours", "per_hour", "fte", "days", "ratio"]
"""`share` is 0–1 and shown in per cent; `seconds` are shown humanely (4 h 10 min); `money` uses `currency`."""


class FigureWindow(BaseModel):
    """The interval a figure was measured over, UTC, half-open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: datetime
    end: datetime


class Cases(BaseModel):
    """The cases behind a figure: a stored snapshot that opens with `open SNAPSHOT`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    snapshot: str
    count: int


class Figure(BaseModel):
    """One number. `value` None means it could not be computed; then `note` says why. Never zero for missing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    """Stable and dotted, the last part the statistic: `mttr.median`, `queue.open.critical`."""
    label: str
    """What a manager calls it: "MTTR, median"."""
    value: float | int | None
    unit: Unit
    n: int | None = None
    """How many observations it rests on."""
    statistic: str = "count"
    """count, sum, mean, median, p90, km_median, share, score …"""
    definition: str
    """The full sentence: interval, clock, population, statistic, censoring."""
    window: FigureWindow | None = None
    """None for a state ("now")."""
    sources: tuple[str, ...]
    as_of: datetime
    """How fresh: when the oldest source was asked."""
    truncated: bool = False
    previous: float | int | None = None
    """The same figure over the window before."""
    target: float | int | None = None
    low: float | None = None
    high: float | None = None
    """95 % confidence limits where they are computed."""
    better: Literal["lower", "higher"] | None = None
    note: str = ""
    cases: Cases | None = None
    currency: str | None = None
