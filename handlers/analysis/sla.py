"""Promises: due when, at risk since when, kept how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import polars as pl

from connectors.models.cases import Sla
from connectors.models.organisation import SlaPolicy
from handlers.analysis.business import BusinessHours, business_seconds, due_at
from handlers.analysis.durations import population
from handlers.analysis.proportions import Share, wilson

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

State = Literal["safe", "at risk", "breached", "paused", "no sla"]
RISK_FLOOR = 15 * 60.0
RISK_SHARE = 0.25
_POINT = {"acknowledge": "acknowledged_at", "resolve": "closed_at"}


@dataclass(frozen=True, slots=True)
class Promise:
    """An open case's promise. `remaining` in seconds on the promise's own clock, negative when overdue."""

    state: State
    due_at: datetime | None
    remaining: float | None


@dataclass(frozen=True, slots=True)
class Attainment:
    """`share` = met / (met + missed + open past due). `not_due` are open and have time; `moot` were closed without a
    human ever owning them, or at an unknown time; `no_policy` have a priority without a promise; `skewed` were done
    before they were created (clock errors, in neither part).
    """

    share: Share
    met: int
    missed: int
    open_past_due: int
    not_due: int
    moot: int
    no_policy: int
    skewed: int = 0


def at_risk_below(target_seconds: float) -> float:
    """Remaining seconds at or under which a promise is at risk: 15 minutes or a quarter of it, whichever is more."""
    return max(RISK_FLOOR, RISK_SHARE * target_seconds)


def promise(
    created: datetime,
    now: datetime,
    target_seconds: float,
    *,
    hours: BusinessHours | None = None,
    paused_seconds: float = 0.0,
    desk: Sla | None = None,
) -> Promise:
    """State of an open case under a policy; `paused_seconds` of waiting so far move the due time.

    The desk's own SLA adds what only it knows: a pause, or its critical period having begun.
    """
    target = target_seconds + paused_seconds
    if hours is None:
        due = created + timedelta(seconds=target)
        remaining = (due - now).total_seconds()
    else:
        due = due_at(hours, created, target)
        remaining = business_seconds(hours, now, due) if now <= due else -business_seconds(hours, due, now)
    overdue = now > due
    return Promise(_state(overdue, remaining, at_risk_below(target_seconds), desk, now), due, remaining)


def desk_promise(sla: Sla | None, now: datetime) -> Promise:
    """State by the desk's own SLA alone (Google: slaPeriod, criticalSlaPeriod, expirationStatus)."""
    if sla is None or sla.state == "NO_SLA" or (sla.due_at is None and sla.state != "PAUSED"):
        return Promise("no sla", None, None)
    remaining = None if sla.due_at is None else (sla.due_at - now).total_seconds()
    overdue = sla.state == "PASSED_DUE" or (remaining is not None and remaining < 0)
    return Promise(_state(overdue, remaining or 0.0, -1.0, sla, now), sla.due_at, remaining)


def _state(overdue: bool, remaining: float, threshold: float, desk: Sla | None, now: datetime) -> State:
    if desk is not None and desk.state == "PAUSED":
        return "paused"
    if overdue:
        return "breached"
    critical = desk is not None and (
        desk.state == "CRITICAL_EXPIRED" or (desk.critical_at is not None and desk.critical_at <= now)
    )
    return "at risk" if critical or remaining <= threshold else "safe"


def outcomes(
    cases: pl.DataFrame, policies: Sequence[SlaPolicy], metric: str, now: datetime, hours: Mapping[str, BusinessHours]
) -> pl.DataFrame:
    """One row a real case: case_id, priority, created_at, spent and target (seconds), outcome.

    `outcome`: met, missed, past due, not due, moot, no policy, skewed. `hours` by calendar id. After `now` is unknown.
    """
    point = _POINT[metric]
    frame = population(cases).frame.filter(pl.col("created_at") <= now)
    instant = pl.lit(now).cast(pl.Datetime("us", "UTC"))
    done = (pl.col(point) <= instant).fill_null(False)
    closed = (pl.col("closed_at") <= instant).fill_null(False) | (
        pl.col("closed_at").is_null() & (pl.col("status") == "closed")
    )
    timed = frame.select(
        "case_id",
        "priority",
        "created_at",
        done.alias("done"),
        (closed & ~done).alias("moot"),
        pl.when(done).then(pl.col(point)).otherwise(instant).alias("until"),
    )
    by_priority = {p.priority: p for p in policies if p.metric == metric}
    parts = [
        _spent(part, by_priority.get(str(key[0])), hours)  # type: ignore[call-overload]
        for key, part in timed.partition_by("priority", as_dict=True, maintain_order=True).items()
    ]
    if not parts:
        return _spent(timed, None, hours).select("case_id", "priority", "created_at", "spent", "target", _outcome())
    return pl.concat(parts).select("case_id", "priority", "created_at", "spent", "target", _outcome())


def _spent(part: pl.DataFrame, policy: SlaPolicy | None, hours: Mapping[str, BusinessHours]) -> pl.DataFrame:
    import numpy as np  # noqa: PLC0415

    target = None if policy is None else policy.target_minutes * 60
    start, end = (part[c].dt.timestamp("us").to_numpy() / 1e6 for c in ("created_at", "until"))
    spent: npt.NDArray[np.float64] = end - start
    if policy is not None and policy.clock == "business":
        if policy.calendar is None or policy.calendar not in hours:
            raise ValueError(f"the {policy.metric} policy for {policy.priority} needs the calendar {policy.calendar!r}")
        spent = hours[policy.calendar].between(start, end)
    return part.with_columns(
        pl.Series("spent", np.where(end < start, end - start, spent), dtype=pl.Float64),
        pl.lit(target, dtype=pl.Float64).alias("target"),
    )


def _outcome() -> pl.Expr:
    kept = pl.col("spent") <= pl.col("target")
    return (
        pl.when(pl.col("target").is_null())
        .then(pl.lit("no policy"))
        .when(pl.col("moot"))
        .then(pl.lit("moot"))
        .when(pl.col("spent") < 0)
        .then(pl.lit("skewed"))
        .when(pl.col("done"))
        .then(pl.when(kept).then(pl.lit("met")).otherwise(pl.lit("missed")))
        .otherwise(pl.when(kept).then(pl.lit("not due")).otherwise(pl.lit("past due")))
        .alias("outcome")
    )


def attainment(judged: pl.DataFrame) -> Attainment:
    """Share kept, with its Wilson interval, from `outcomes` (filter it first for one priority)."""
    n = dict(judged["outcome"].value_counts().iter_rows())
    met, missed, past = n.get("met", 0), n.get("missed", 0), n.get("past due", 0)
    return Attainment(
        share=wilson(met, met + missed + past),
        met=met,
        missed=missed,
        open_past_due=past,
        not_due=n.get("not due", 0),
        moot=n.get("moot", 0),
        no_policy=n.get("no policy", 0),
        skewed=n.get("skewed", 0),
    )
