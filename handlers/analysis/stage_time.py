"""Where the time goes: elapsed time per stage visit of each case, and the stage that takes most of it.

Google's "handling time by stage" template takes the span from the first to the last event of a stage over all cases;
here every visit of every case is measured by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from connectors.models.cases import Activity
from handlers.analysis.durations import population

FIRST_STAGE = "Triage"
"""Stage a case starts in when its history does not say: the first of the vendor's default stages."""
_INSTANT = pl.Datetime("us", "UTC")
_START = "START"
_STEP = ("case_id", "seq", "at", "activity", "value")


@dataclass(frozen=True, slots=True)
class Stage:
    """`seconds` over all visits, `share` of all time, `case_share` the mean over cases of each one's own share,
    `median_visit` in seconds, number of `visits` and of `cases` that were there.
    """

    name: str
    seconds: float
    share: float
    case_share: float
    median_visit: float
    visits: int
    cases: int


def visits(cases: pl.DataFrame, events: pl.DataFrame, as_of: datetime, first: str = FIRST_STAGE) -> pl.DataFrame:
    """One row a stage visit of a real case: case_id, stage, seconds. Time between a close and a reopening is left out.

    A case without any stage change has spent all its time in the stage it is in now. Visits run until the next change,
    the close, or `as_of`; what happened after that is unknown.
    """
    real = population(cases).frame.filter(pl.col("created_at") <= as_of)
    marks = [Activity.STAGE_CHANGE, Activity.CLOSE_CASE, Activity.REOPEN_CASE]
    told = (
        events.select(*_STEP)
        .filter(pl.col("activity").is_in([str(m) for m in marks]) & (pl.col("at") <= as_of))
        .join(real.select("case_id"), on="case_id", how="semi")
    )
    told = told.cast({"activity": pl.String, "value": pl.String, "seq": pl.Int64})  # a ledger may hold them narrower
    moved = told.filter(pl.col("activity") == Activity.STAGE_CHANGE)["case_id"].unique()
    begun = real.select(
        "case_id",
        pl.lit(-1, dtype=pl.Int64).alias("seq"),
        pl.col("created_at").alias("at"),
        pl.lit(_START).alias("activity"),
        pl.when(pl.col("case_id").is_in(moved.implode()))
        .then(pl.lit(first))
        .otherwise(pl.col("stage").cast(pl.String))
        .alias("value"),
    )
    steps = pl.concat([begun, told.select(begun.columns)]).sort(["case_id", "at", "seq"])
    known = pl.col("activity").is_in([_START, str(Activity.STAGE_CHANGE)])
    end = pl.coalesce(pl.col("closed_at"), pl.when(pl.col("status") == "opened").then(pl.lit(as_of).cast(_INSTANT)))
    framed = (
        steps.join(real.select("case_id", "closed_at", "status"), on="case_id")
        .with_columns(
            pl.when(known).then(pl.col("value")).forward_fill().over("case_id").alias("stage"),
            pl.min_horizontal(
                pl.coalesce(pl.col("at").shift(-1).over("case_id"), end), pl.lit(as_of).cast(_INSTANT)
            ).alias("until"),
        )
        .filter((pl.col("activity") != Activity.CLOSE_CASE) & pl.col("until").is_not_null())
    )
    spent = ((pl.col("until") - pl.col("at")).dt.total_microseconds() / 1e6).alias("seconds")
    return framed.select("case_id", "stage", spent).filter(pl.col("seconds") > 0)


def decompose(told: pl.DataFrame) -> list[Stage]:
    """Time per stage from `visits`, the one that takes most first (the bottleneck)."""
    total = float(told["seconds"].sum())
    if total <= 0:
        return []
    cases = told["case_id"].n_unique()
    per_case = (
        told.group_by("case_id", "stage")
        .agg(pl.col("seconds").sum())
        .with_columns((pl.col("seconds") / pl.col("seconds").sum().over("case_id")).alias("share"))
        .group_by("stage")
        .agg((pl.col("share").sum() / cases).alias("case_share"), pl.len().alias("cases"))
    )
    pooled = told.group_by("stage").agg(
        pl.col("seconds").sum(), pl.col("seconds").median().alias("median_visit"), pl.len().alias("visits")
    )
    rows = pooled.join(per_case, on="stage").sort(["seconds", "stage"], descending=[True, False])
    return [
        Stage(
            r["stage"], r["seconds"], r["seconds"] / total, r["case_share"], r["median_visit"], r["visits"], r["cases"]
        )
        for r in rows.iter_rows(named=True)
    ]
