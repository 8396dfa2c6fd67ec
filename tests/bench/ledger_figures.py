"""The figures of `metrics soc --performance --trend-analysis`, by polars, numpy and scipy alone: nothing of the bot's.

Shares with Wilson's interval, promises, stages and rules are here; durations and the trend in `ledger_bare`.
"""

from __future__ import annotations

from datetime import datetime
from math import sqrt
from typing import Any

import numpy as np
import polars as pl

Window = tuple[datetime, datetime]
POINTS = {"acknowledge": "acknowledged_at", "resolve": "closed_at"}
AT = pl.Datetime("us", "UTC")


def wilson(hits: int, n: int) -> tuple[float, float, float] | None:
    """Share and its 95 % interval."""
    if not n:
        return None
    z = 1.959963984540054
    p, base = hits / n, 1 + z * z / n
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / base
    middle = (p + z * z / (2 * n)) / base
    return p, middle - half, middle + half


def inside(cases: pl.DataFrame, column: str, window: Window) -> pl.DataFrame:
    """Half-open."""
    return cases.filter((pl.col(column) >= window[0]) & (pl.col(column) < window[1]))


def real(cases: pl.DataFrame) -> pl.DataFrame:
    """Without tests, merged duplicates and maintenance."""
    return cases.filter(
        (pl.col("type") == "real")
        & (pl.col("status") != "merged")
        & pl.col("merged_into").is_null()
        & (pl.col("close_reason").fill_null("") != "MAINTENANCE")
    )


def kept(begun: pl.DataFrame, metric: str, at: datetime, minutes: dict[str, float]) -> dict[str, Any]:
    """Met, missed, past due, not due, moot by priority, and the shares; 24x7 promises alone."""
    point, now = pl.col(POINTS[metric]), pl.lit(at).cast(AT)
    done = (point <= now).fill_null(value=False)
    closed = (pl.col("closed_at") <= now).fill_null(value=False) & ~done
    target = pl.col("priority").cast(pl.String).replace_strict(minutes, default=None, return_dtype=pl.Float64) * 60
    spent = (pl.when(done).then(point).otherwise(now) - pl.col("created_at")).dt.total_microseconds() / 1e6
    judged = begun.select(
        "priority",
        outcome=pl.when(target.is_null()).then(pl.lit("no policy")).when(closed).then(pl.lit("moot"))
        .when(spent < 0).then(pl.lit("skewed")).when(done & (spent <= target)).then(pl.lit("met"))
        .when(done).then(pl.lit("missed")).when(spent <= target).then(pl.lit("not due")).otherwise(pl.lit("past due")),
    )  # fmt: skip
    counted: dict[str, dict[str, int]] = {"": {}}
    for priority, outcome, n in judged.group_by("priority", "outcome").len().iter_rows():
        counted.setdefault(priority, {})[outcome] = n
        counted[""][outcome] = counted[""].get(outcome, 0) + n
    return {
        name: {**by, "share": wilson(by.get("met", 0), sum(by.get(k, 0) for k in ("met", "missed", "past due")))}
        for name, by in counted.items()
    }


def disposition(cases: pl.DataFrame) -> pl.DataFrame:
    """True, false and benign true positives of closed cases."""
    cause = pl.col("root_cause").fill_null("").str.to_lowercase()
    benign = cause.str.contains_any(["legit", "benign", "authori", "expected", "approved"])
    reason = pl.col("close_reason")
    kind = (
        pl.when(reason == "MALICIOUS").then(pl.lit("tp"))
        .when(reason == "NOT_MALICIOUS").then(pl.when(benign).then(pl.lit("btp")).otherwise(pl.lit("fp")))
    )  # fmt: skip
    return cases.with_columns(kind=pl.when(pl.col("status") == "closed").then(kind))


def shares(cases: pl.DataFrame, window: Window) -> dict[str, Any]:
    """Rates, flow, average open and spread of work."""
    begun, done = inside(cases, "created_at", window), inside(cases, "closed_at", window)
    mine, finished = real(begun), real(done)
    judged, told = disposition(finished)["kind"], disposition(mine)
    up = told.filter(pl.col("escalated"))
    handled = told.filter(pl.col("acknowledged_at").is_not_null() | pl.col("escalated")).height
    ever = finished.filter(pl.col("first_closed_at").is_not_null())
    shut = finished.filter(pl.col("status") == "closed")
    until = pl.min_horizontal(pl.col("closed_at").fill_null(window[1]), pl.lit(window[1]))
    spent = until - pl.max_horizontal(pl.col("created_at"), pl.lit(window[0]))
    touching = (pl.col("created_at") < window[1]) & (pl.col("closed_at").is_null() | (pl.col("closed_at") > window[0]))
    total: Any = real(cases.filter(touching)).select((spent.dt.total_microseconds() / 1e6).clip(lower_bound=0).sum())
    people = finished.filter(~pl.col("assignee").str.starts_with("@") & ~pl.col("auto_closed"))
    load = np.sort(people.group_by("assignee").len()["len"].to_numpy())
    wrong = up.filter(pl.col("returned") | (pl.col("kind") == "fp").fill_null(value=False)).height
    return {
        "fp": wilson(int((judged == "fp").sum()), int(judged.is_in(["tp", "fp", "btp"]).sum())),
        "escalation": wilson(up.height, handled),
        "returned": wilson(int(up["returned"].sum()), up.height),
        "wrong": wilson(wrong, up.height),
        "reopened": wilson(int((ever["reopened"] > 0).sum()), ever.height),
        "merged": wilson(int((begun["status"] == "merged").sum()), begun.height),
        "auto": wilson(int(shut["auto_closed"].sum()), shut.height),
        "alerts": int(begun["alert_count"].sum()),
        "incidents": int((mine["incident"] | mine["identified_at"].is_not_null()).sum()),
        "arrivals": mine.height,
        "completions": finished.height,
        "open": total.item() / (window[1] - window[0]).total_seconds(),
        "gini": float(np.abs(load[:, None] - load).mean() / (2 * load.mean())) if load.size else None,
    }


def stages(cases: pl.DataFrame, events: pl.DataFrame, window: Window, at: datetime) -> dict[str, float]:
    """Share of the elapsed time of each stage."""
    mine = real(inside(cases, "created_at", window))
    wanted = ["STAGE_CHANGE", "CLOSE_CASE", "REOPEN_CASE"]
    told = events.filter(pl.col("activity").is_in(wanted) & (pl.col("at") <= at))
    told = told.join(mine.select("case_id"), on="case_id", how="semi")
    begun = mine.select("case_id", at=pl.col("created_at"), activity=pl.lit("START"), value=pl.lit("Triage"))
    picked = told.select("case_id", "at", pl.col("activity").cast(pl.String), "value")
    steps = pl.concat([begun, picked]).sort("case_id", "at")
    staged = pl.when(pl.col("activity").is_in(["START", "STAGE_CHANGE"])).then(pl.col("value"))
    steps = steps.join(mine.select("case_id", "closed_at"), on="case_id").with_columns(
        stage=staged.forward_fill().over("case_id"),
        until=pl.coalesce(pl.col("at").shift(-1).over("case_id"), "closed_at", pl.lit(at)),
    )
    steps = steps.filter(pl.col("activity") != "CLOSE_CASE")
    spent = steps.select("stage", s=(pl.col("until") - pl.col("at")).dt.total_microseconds() / 1e6)
    by = spent.filter(pl.col("s") > 0).group_by("stage").agg(pl.col("s").sum())
    return {name: s / by["s"].sum() for name, s in by.iter_rows()}


def precision(cases: pl.DataFrame, window: Window) -> list[tuple[Any, ...]]:
    """The ten noisiest rules: true, false and benign true positives and the interval of the precision."""
    kind = pl.col("kind")
    counted = disposition(real(inside(cases, "closed_at", window))).drop_nulls("rule").group_by("rule").agg(
        *((kind == name).sum().alias(name) for name in ("tp", "fp", "btp"))
    )  # fmt: skip
    rows = counted.sort("fp", "rule", descending=[True, False]).iter_rows()
    return [(rule, tp, fp, btp, wilson(tp, tp + fp + btp)) for rule, tp, fp, btp in rows][:10]


def bulk(cases: pl.DataFrame, window: Window) -> list[tuple[Any, ...]]:
    """Hours with more than a fifth of the window's closes."""
    done = inside(cases, "closed_at", window)
    hours = done.group_by(pl.col("closed_at").dt.truncate("1h")).len()
    return list(hours.filter(pl.col("len") > done.height / 5).iter_rows())
