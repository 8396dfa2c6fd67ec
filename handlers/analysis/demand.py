"""When work comes and how many seats each hour of the week needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from connectors.models.cases import PRIORITIES
from connectors.models.organisation import HandlingTime, StaffingPolicy
from connectors.models.reading import Window
from handlers.analysis.durations import population
from handlers.analysis.queueing import ErlangC, offered_load, seats_for, seats_for_bursts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

WEEK = 168
BURSTY = 1.5


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Mean arrivals for each of the 168 hours of the week (from Monday 00:00, local) over `weeks` weeks of the window.

    `burstiness` is the variance of hourly counts around their own hour's mean over the mean: the daily rhythm is not a
    burst. None without arrivals or with less than two weeks.
    """

    per_hour: tuple[float, ...]
    total: int
    weeks: float
    burstiness: float | None

    @property
    def bursty(self) -> bool:
        return self.burstiness is not None and self.burstiness > BURSTY


@dataclass(frozen=True, slots=True)
class Handling:
    """Mean hands-on minutes per case; `matched` cases had a handling time of their own, `measured` a measured one."""

    minutes: float
    cases: int
    matched: int
    measured: int


@dataclass(frozen=True, slots=True)
class Seats:
    """Seats per hour of the week and Erlang C's answer behind each; None where nothing comes: the minimum stands."""

    required: tuple[int, ...]
    answers: tuple[ErlangC | None, ...]
    fte: float


def arrivals(cases: pl.DataFrame, window: Window, zone: str) -> Arrivals:
    """Arrivals of real cases that need humans (not closed automatically) by local hour of the week."""
    import numpy as np  # noqa: PLC0415

    frame = population(cases).frame.filter(
        ~pl.col("auto_closed") & (pl.col("created_at") >= window.start) & (pl.col("created_at") < window.end)
    )
    whole = round(window.seconds // 3600)
    since = (frame["created_at"] - window.start).dt.total_microseconds().to_numpy() // 3_600_000_000
    kept = since[since < whole].astype(np.int64)
    counts = np.bincount(kept, minlength=whole) if whole else np.zeros(0, dtype=np.int64)
    starts = pl.datetime_range(window.start, window.end, timedelta(hours=1), closed="left", eager=True).head(whole)
    local = starts.dt.convert_time_zone(zone)
    slot = ((local.dt.weekday().cast(pl.Int64) - 1) * 24 + local.dt.hour().cast(pl.Int64)).to_numpy()
    seen = np.bincount(slot, minlength=WEEK)
    sums = np.bincount(slot, weights=counts, minlength=WEEK)
    means = np.divide(sums, seen, out=np.zeros(WEEK), where=seen > 0)
    return Arrivals(
        tuple(float(m) for m in means), int(counts.sum()), whole / WEEK, _dispersion(counts, slot, seen, means)
    )


def _dispersion(counts: Ints, slot: Ints, seen: Ints, means: npt.NDArray[np.float64]) -> float | None:
    """Pooled variance around the hour-of-week means (degrees of freedom corrected) over the mean count."""
    freedom = counts.size - int((seen > 0).sum())
    if freedom <= 0 or counts.sum() == 0:
        return None
    return float(((counts - means[slot]) ** 2).sum() / freedom / counts.mean())


def handling(cases: pl.DataFrame, times: Sequence[HandlingTime], default_minutes: float) -> Handling:
    """Mean hands-on minutes: the first handling time whose `match` is the case's priority or a word of its title."""
    frame = population(cases).frame.filter(~pl.col("auto_closed"))
    if frame.is_empty():
        return Handling(default_minutes, 0, 0, 0)
    pick = pl.lit(None, dtype=pl.Int64)
    for index in range(len(times) - 1, -1, -1):
        pick = pl.when(_matches(times[index].match)).then(index).otherwise(pick)
    chosen = frame.with_columns(pick.alias("_index"))["_index"].value_counts()
    total = matched = measured = 0.0
    for index, count in chosen.iter_rows():
        total += count * (default_minutes if index is None else times[index].minutes)
        matched += 0 if index is None else count
        measured += count if index is not None and times[index].basis == "measured" else 0
    return Handling(total / frame.height, frame.height, int(matched), int(measured))


def _matches(words: str) -> pl.Expr:
    if words.lower() in PRIORITIES:
        return pl.col("priority") == words.lower()
    return pl.col("title").str.contains(rf"(?i)\b{re.escape(words)}\b")


def seats(came: Arrivals, minutes: float, policy: StaffingPolicy) -> Seats:
    """Seats per hour by Erlang C for the policy's target and occupancy, never under its minimum, widened for bursts.

    `fte` is full-time persons to roster for them, from the policy's hours of a year.
    """
    answers: list[ErlangC | None] = []
    required: list[int] = []
    for rate in came.per_hour:
        load = offered_load(rate, minutes)
        told = _answer(load, minutes, policy) if load > 0 else None
        need = told.seats if told else policy.min_on_shift
        if told and came.burstiness is not None:
            need = seats_for_bursts(told.seats, load, came.burstiness, BURSTY)
        answers.append(told)
        required.append(max(need, policy.min_on_shift))
    net = (
        policy.contract_hours_per_year
        - policy.leave_hours
        - policy.holiday_hours
        - policy.sick_hours
        - policy.training_hours
    )
    if net <= 0:
        raise ValueError("the staffing policy leaves no working hours in a year")
    work = sum(required) + policy.project_hours_per_week
    return Seats(tuple(required), tuple(answers), work * 8760 / WEEK / net)


def _answer(load: float, minutes: float, policy: StaffingPolicy) -> ErlangC:
    return seats_for(
        load,
        minutes,
        policy.service_minutes,
        policy.service_target,
        max_occupancy=policy.max_occupancy,
        at_least=1,
    )
