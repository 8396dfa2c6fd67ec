"""Promises kept: by count and by time, who is at risk, what a reopened case changes, and service credits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from connectors.models.organisation import SlaPolicy
from connectors.models.organisation.assurance import VendorPromise
from handlers.analysis.business import BusinessHours
from handlers.analysis.proportions import Share, wilson
from handlers.analysis.sla import Attainment, at_risk_below, attainment, outcomes

LATE = ("missed", "past due")
DECIDED = ("met", *LATE)


@dataclass(frozen=True, eq=False)
class Adherence:
    """One metric. `judged` as `sla.outcomes` with reopened cases judged by the policy; `reopened_kept`: cases whose
    first close kept the promise and whose last did not. `by_time`: 1 − late time / time spent, None without any.
    """

    metric: str
    judged: pl.DataFrame
    total: Attainment
    by_priority: dict[str, Attainment]
    by_time: float | None
    at_risk: tuple[str, ...]
    reopened_kept: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Promises:
    """What cases are judged by; `hours` by calendar id, `reopened_missed` as the organisation's policy says."""

    policies: Sequence[SlaPolicy]
    hours: Mapping[str, BusinessHours]
    now: datetime
    reopened_missed: bool = False

    def judge(self, cases: pl.DataFrame, metric: str) -> pl.DataFrame:
        """`sla.outcomes` of these promises."""
        return outcomes(cases, self.policies, metric, self.now, self.hours)


def adherence(cases: pl.DataFrame, promises: Promises, metric: str) -> Adherence:
    """How one promise was kept over the cases given. Raises ValueError as `sla.outcomes`."""
    judged = promises.judge(cases, metric)
    kept: tuple[str, ...] = ()
    if metric == "resolve":
        judged, kept = _reopened(judged, cases, promises)
    priorities = [str(name) for name in judged["priority"].unique().sort()]
    each = {name: attainment(judged.filter(pl.col("priority") == name)) for name in priorities}
    return Adherence(metric, judged, attainment(judged), each, by_time(judged), at_risk(judged), kept)


def _reopened(judged: pl.DataFrame, cases: pl.DataFrame, promises: Promises) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Judge reopened cases by their first close unless the policy counts them as missed."""
    again = cases.filter((pl.col("reopened") > 0) & pl.col("first_closed_at").is_not_null())
    first = promises.judge(again.with_columns(closed_at=pl.col("first_closed_at")), "resolve")
    good = first.filter(pl.col("outcome") == "met")
    late = judged.filter(pl.col("outcome").is_in(LATE) & pl.col("case_id").is_in(good["case_id"].to_list()))
    ids = tuple(str(one) for one in late["case_id"])
    if promises.reopened_missed or not ids:
        return judged, ids
    rest = judged.filter(~pl.col("case_id").is_in(list(ids)))
    return pl.concat([rest, good.filter(pl.col("case_id").is_in(list(ids)))]), ids


def by_time(judged: pl.DataFrame) -> float | None:
    """1 − seconds past the promise / seconds spent, over decided cases: a miss by a minute weighs a minute."""
    decided = judged.filter(pl.col("outcome").is_in(DECIDED))
    spent = float(decided["spent"].sum())
    late = float(decided.select((pl.col("spent") - pl.col("target")).clip(lower_bound=0).sum()).item() or 0)
    return 1 - late / spent if spent > 0 else None


def at_risk(judged: pl.DataFrame) -> tuple[str, ...]:
    """Open cases with no more time left than the promise's margin, the least time first."""
    waiting = judged.filter(pl.col("outcome") == "not due").with_columns(
        (pl.col("target") - pl.col("spent")).alias("left")
    )
    rows = waiting.sort("left", "case_id").select("case_id", "left", "target").iter_rows()
    return tuple(str(case_id) for case_id, left, target in rows if left <= at_risk_below(target))


def risk_by_priority(judged: pl.DataFrame) -> dict[str, int]:
    """How many open cases of each priority are at risk."""
    risky = judged.filter(pl.col("case_id").is_in(list(at_risk(judged))))
    return {str(priority): int(n) for priority, n in risky["priority"].value_counts().iter_rows()}


@dataclass(frozen=True, slots=True)
class Late:
    """A case that broke its promise; `over` in seconds past it."""

    case_id: str
    priority: str
    over: float
    open: bool


def late(judged: pl.DataFrame) -> list[Late]:
    """Every case that broke the promise, the longest over first."""
    rows = judged.filter(pl.col("outcome").is_in(LATE)).with_columns((pl.col("spent") - pl.col("target")).alias("over"))
    picked = rows.sort(["over", "case_id"], descending=[True, False]).select("case_id", "priority", "over", "outcome")
    return [Late(str(i), str(p), float(o), outcome == "past due") for i, p, o, outcome in picked.iter_rows()]


def vendor_share(promise: VendorPromise) -> Share:
    """Kept of all, with its Wilson interval."""
    return wilson(promise.met, promise.met + promise.missed)


def credit(promise: VendorPromise) -> float | None:
    """The service credit: the fee times the share of the deepest band fallen into; None without a fee or a case."""
    share = vendor_share(promise).value
    if share is None or promise.fee is None:
        return None
    return promise.fee * max((band.credit for band in promise.credits if share < band.below), default=0.0)
