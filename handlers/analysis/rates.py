"""Shares of cases by what became of them; every share keeps its counts and interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from connectors.models.reading import Window
from handlers.analysis.durations import population
from handlers.analysis.proportions import Share, wilson

BENIGN_WORDS = ("legit", "benign", "authori", "expected", "approved")
"""Words of a root cause that make a NOT_MALICIOUS close a benign true positive; root causes are the tenant's own."""

BULK_SHARE = 0.20
BULK_MIN_CLOSES = 20


@dataclass(frozen=True, slots=True)
class Escalation:
    """`escalated` of the cases a human took; `returned` of the escalated ones; `wrong_at_most` of the escalated ones:
    returned or closed as a false positive (work done at the upper tier is not recorded, so this is an upper bound).
    """

    escalated: Share
    returned: Share
    wrong_at_most: Share


@dataclass(frozen=True, slots=True)
class Outcomes:
    """`reopened` of cases ever closed; `merged` of real cases; `auto_closed` of cases closed now."""

    reopened: Share
    merged: Share
    auto_closed: Share


@dataclass(frozen=True, slots=True)
class Funnel:
    """Alerts (those of merged cases too) to cases (merged ones are their parent) to incidents."""

    alerts: int
    cases: int
    incidents: int
    alerts_per_case: float | None
    incident_share: Share


@dataclass(frozen=True, slots=True)
class BulkClose:
    """An hour (UTC, its start) with more than a fifth of a month's closes: durations around it are doubtful."""

    hour: datetime
    month: str
    closes: int
    of: int

    @property
    def share(self) -> float:
        return self.closes / self.of


@dataclass(frozen=True, slots=True)
class Flow:
    """Arrivals and completions of a window; `net` > 0: the backlog grew."""

    arrivals: int
    completions: int

    @property
    def net(self) -> int:
        return self.arrivals - self.completions


def with_disposition(cases: pl.DataFrame, benign: Sequence[str] = BENIGN_WORDS) -> pl.DataFrame:
    """Add `disposition`: tp, fp, btp (benign true positive), inconclusive, maintenance or other; null unless closed."""
    reason, cause = pl.col("close_reason"), pl.col("root_cause").cast(pl.String).fill_null("").str.to_lowercase()
    is_benign = cause.str.contains_any(list(benign)) if benign else pl.lit(False)
    return cases.with_columns(
        pl.when(pl.col("status") != "closed")
        .then(None)
        .when(reason == "MALICIOUS")
        .then(pl.lit("tp"))
        .when(reason == "NOT_MALICIOUS")
        .then(pl.when(is_benign).then(pl.lit("btp")).otherwise(pl.lit("fp")))
        .when(reason == "INCONCLUSIVE")
        .then(pl.lit("inconclusive"))
        .when(reason == "MAINTENANCE")
        .then(pl.lit("maintenance"))
        .otherwise(pl.lit("other"))
        .alias("disposition")
    )


def fp_rate(cases: pl.DataFrame, benign: Sequence[str] = BENIGN_WORDS) -> Share:
    """False positives of the real *cases* dispositioned (tp + fp + btp); inconclusive ones are in neither."""
    kinds = with_disposition(population(cases).frame, benign)["disposition"]
    judged = int(kinds.is_in(["tp", "fp", "btp"]).sum())
    return wilson(int((kinds == "fp").sum()), judged)


def precision(cases: pl.DataFrame, benign: Sequence[str] = BENIGN_WORDS) -> pl.DataFrame:
    """A row a rule, noisiest first: rule, tp, fp, btp, inconclusive, n = tp+fp+btp, precision, low, high, fp_share."""
    kind = pl.col("disposition")
    counted = (
        with_disposition(population(cases).frame, benign)
        .filter(pl.col("rule").is_not_null())
        .group_by("rule")
        .agg(*((kind == k).sum().cast(pl.Int64).alias(k) for k in ("tp", "fp", "btp", "inconclusive")))
        .with_columns((pl.col("tp") + pl.col("fp") + pl.col("btp")).alias("n"))
        .filter(pl.col("n") > 0)
    )
    shares = [wilson(tp, n) for tp, n in counted.select("tp", "n").iter_rows()]
    return counted.with_columns(
        (pl.col("tp") / pl.col("n")).alias("precision"),
        pl.Series("low", [s.low for s in shares], dtype=pl.Float64),
        pl.Series("high", [s.high for s in shares], dtype=pl.Float64),
        (pl.col("fp") / pl.col("n")).alias("fp_share"),
    ).sort(["fp", "rule"], descending=[True, False])


def escalation(cases: pl.DataFrame, benign: Sequence[str] = BENIGN_WORDS) -> Escalation:
    """Handing up and handing back, over real cases that a human owned."""
    frame = with_disposition(population(cases).frame, benign)
    handled = frame.filter(pl.col("acknowledged_at").is_not_null() | pl.col("escalated"))
    up = handled.filter(pl.col("escalated"))
    wrong = up.filter(pl.col("returned") | (pl.col("disposition") == "fp").fill_null(False))
    return Escalation(
        wilson(up.height, handled.height),
        wilson(int(up["returned"].sum()), up.height),
        wilson(wrong.height, up.height),
    )


def outcomes(cases: pl.DataFrame) -> Outcomes:
    """Reopened, merged and auto-closed shares."""
    counted = population(cases)
    frame = counted.frame
    ever = frame.filter(pl.col("first_closed_at").is_not_null())
    closed = frame.filter(pl.col("status") == "closed")
    real = frame.height + counted.merged
    return Outcomes(
        wilson(int((ever["reopened"] > 0).sum()), ever.height),
        wilson(counted.merged, real),
        wilson(int(closed["auto_closed"].sum()), closed.height),
    )


def funnel(cases: pl.DataFrame) -> Funnel:
    """Alerts, cases and incidents of a table."""
    alerts = int(cases.filter(pl.col("type") == "real")["alert_count"].sum())
    frame = population(cases).frame
    incidents = frame.filter(pl.col("incident").fill_null(False) | pl.col("identified_at").is_not_null()).height
    return Funnel(
        alerts,
        frame.height,
        incidents,
        alerts / frame.height if frame.height else None,
        wilson(incidents, frame.height),
    )


def flow(cases: pl.DataFrame, window: Window) -> Flow:
    """Real cases opened and closed (last close) in a window."""
    lean = cases.select("created_at", "closed_at", "type", "status", "merged_into", "close_reason")

    def inside(column: str) -> int:
        # few columns, and then the window: of a ledger of a million cases this copies a few hundredths
        mine = lean.filter((pl.col(column) >= window.start) & (pl.col(column) < window.end))
        return population(mine).frame.height

    return Flow(inside("created_at"), inside("closed_at"))


def bulk_closes(cases: pl.DataFrame, zone: str, share: float = BULK_SHARE) -> list[BulkClose]:
    """Hours with more than `share` of their month's closes (in the zone); a month under 20 closes is not judged."""
    at = pl.col("closed_at")
    hours = (
        cases.filter(at.is_not_null() & (pl.col("type") == "real"))
        .group_by(at.dt.truncate("1h").alias("hour"), at.dt.convert_time_zone(zone).dt.strftime("%Y-%m").alias("month"))
        .agg(pl.len().alias("closes"))
        .with_columns(pl.col("closes").sum().over("month").alias("of"))
        .filter((pl.col("of") >= BULK_MIN_CLOSES) & (pl.col("closes") > share * pl.col("of")))
        .sort("hour")
    )
    return [BulkClose(*row) for row in hours.select("hour", "month", "closes", "of").iter_rows()]
