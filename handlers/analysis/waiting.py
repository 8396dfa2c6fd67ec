"""Where cases wait: per stage the time without a human owner and with one, and Little's law.

Elapsed time is not effort: a case that has an owner is not being worked on all the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from connectors.models.cases import Activity
from connectors.models.reading import Window
from handlers.analysis.stage_time import FIRST_STAGE
from handlers.analysis.workflow import ordered

_A = Activity
_INSTANT = pl.Datetime("us", "UTC")


@dataclass(frozen=True, slots=True)
class Wait:
    """A stage inside the window. `waiting` and `owned` in seconds over all cases; `entered` visits that began in it.

    `queue` is the average number of cases in the stage (L), `per_hour` entries (λ), `hours_each` L/λ by Little's law,
    None when nothing entered. `ids`: cases that waited, the longest first.
    """

    stage: str
    waiting: float
    owned: float
    entered: int
    cases: int
    queue: float
    per_hour: float
    hours_each: float | None
    ids: tuple[str, ...]


def waits(cases: pl.DataFrame, events: pl.DataFrame, window: Window, as_of: datetime) -> list[Wait]:
    """Every stage, the one with most waiting first (the bottleneck); time outside the window and after a close is left
    out. Cases without any history wait in the stage and with the owner they have now.
    """
    parts = _clipped(_segments(cases, events, as_of), window)
    if parts.is_empty() or window.seconds <= 0:
        return []
    hours = window.seconds / 3600
    out = []
    for (stage,), part in parts.group_by(["stage"], maintain_order=True):
        total = float(part["seconds"].sum())
        idle = part.filter("idle")
        entered = int(part["enters"].sum())
        queue, rate = total / window.seconds, entered / hours
        longest = (
            idle.group_by("case_id").agg(pl.col("seconds").sum()).sort(["seconds", "case_id"], descending=[True, False])
        )
        ids = tuple(str(one) for one in longest["case_id"])
        waited = float(idle["seconds"].sum())
        each = queue / rate if rate else None
        count = part["case_id"].n_unique()
        out.append(Wait(str(stage), waited, total - waited, entered, count, queue, rate, each, ids))
    return sorted(out, key=lambda w: (-w.waiting, -w.owned, w.stage))


def _segments(cases: pl.DataFrame, events: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """case_id, at, until, stage, idle, new (the stage was entered here)."""
    kinds = [_A.CREATE_CASE, _A.STAGE_CHANGE, _A.ASSIGNEE_CHANGE, _A.CLOSE_CASE, _A.REOPEN_CASE]
    told = ordered(cases, events).filter(pl.col("activity").is_in([str(k) for k in kinds]) & (pl.col("at") <= as_of))
    begun = told.filter(pl.col("activity") == _A.CREATE_CASE)["case_id"].unique()
    bare = cases.filter(~pl.col("case_id").is_in(begun.implode()) & (pl.col("created_at") <= as_of))
    start = bare.select(
        "case_id",
        pl.col("created_at").alias("at"),
        pl.lit(str(_A.CREATE_CASE)).alias("activity"),
        pl.col("assignee").cast(pl.String).fill_null("").alias("value"),
        pl.col("stage").cast(pl.String).alias("now"),
    )
    told = pl.concat([start, told.with_columns(pl.lit(None, dtype=pl.String).alias("now"))]).sort(
        "case_id", "at", maintain_order=True
    )
    kind, value = pl.col("activity"), pl.col("value")
    begins = pl.when(kind == _A.CREATE_CASE).then(pl.coalesce("now", pl.lit(FIRST_STAGE)))
    stage = begins.when(kind == _A.STAGE_CHANGE).then(value)
    owner = pl.when(kind.is_in([str(_A.CREATE_CASE), str(_A.ASSIGNEE_CHANGE)])).then(value)
    running = told.with_columns(
        stage.forward_fill().over("case_id").fill_null(FIRST_STAGE).alias("stage"),
        owner.forward_fill().over("case_id").fill_null("").alias("owner"),
        pl.col("at").shift(-1).over("case_id").alias("next"),
    ).join(cases.select("case_id", "closed_at", "status"), on="case_id")
    end = pl.coalesce("next", "closed_at", pl.when(pl.col("status") == "opened").then(pl.lit(as_of).cast(_INSTANT)))
    entered = pl.col("stage").ne_missing(pl.col("stage").shift(1).over("case_id"))
    return (
        running.with_columns(end.alias("until"), entered.alias("new"))
        .filter((kind != _A.CLOSE_CASE) & pl.col("until").is_not_null())
        .with_columns(((pl.col("owner") == "") | pl.col("owner").str.starts_with("@")).alias("idle"))
    )


def _clipped(parts: pl.DataFrame, window: Window) -> pl.DataFrame:
    start, end = (pl.lit(edge).cast(_INSTANT) for edge in (window.start, window.end))
    inside = pl.min_horizontal("until", end) - pl.max_horizontal("at", start)
    return (
        parts.with_columns(
            (inside.dt.total_microseconds() / 1e6).alias("seconds"),
            (pl.col("new") & (pl.col("at") >= start) & (pl.col("at") < end)).alias("enters"),
        )
        .filter((pl.col("seconds") > 0) | pl.col("enters"))
        .with_columns(pl.col("seconds").clip(lower_bound=0))
    )
