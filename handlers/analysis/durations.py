"""From the case table to durations: who is counted, who is left out and why, and how many are still open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from connectors.models.cases import Activity
from connectors.models.reading import Window
from connectors.ports import LedgerView
from handlers.analysis.business import BusinessHours
from handlers.analysis.definitions import POINTS, Cohort, MetricDefinition

KEEP = ("case_id", "priority", "rule", "auto_closed", "created_at")
MAINTENANCE = "MAINTENANCE"
_SLICE = 50_000
"""Cases whose events are unpacked at once."""

_NEEDED = frozenset(
    (*KEEP, "type", "status", "merged_into", "close_reason", "closed_at", "closed_is_proxy", "incident",
     "identified_at")
)  # fmt: skip
"""Columns that population and durations are told from, beside the metric's own points."""


@dataclass(frozen=True, eq=False)
class Durations:
    """`frame` has a row a case: case_id, priority, rule, auto_closed, created_at, seconds, observed, proxy.

    Counts are of cases in the window: `tests` and simulations, `merged` duplicates, `maintenance` closes,
    `not_computable` (first point unknown), `unreached` (closed without ever reaching the second point),
    `negative_ids` (second point before the first: clock skew), `proxies` (an approximate time was used),
    `open` (second point not yet reached; in the frame as `observed` false unless the definition leaves them out).
    """

    definition: MetricDefinition
    frame: pl.DataFrame
    tests: int
    merged: int
    maintenance: int
    not_computable: int
    unreached: int
    negative_ids: tuple[str, ...]
    proxies: int
    open: int

    @property
    def excluded(self) -> int:
        """Cases of the window that are in no statistic (open ones that the definition leaves out not counted)."""
        return (
            self.tests + self.merged + self.maintenance + self.not_computable + self.unreached + len(self.negative_ids)
        )


@dataclass(frozen=True, eq=False)
class Population:
    """Real cases, and how many tests, merged duplicates and maintenance closes were left out."""

    frame: pl.DataFrame
    tests: int
    merged: int
    maintenance: int


def population(cases: pl.DataFrame) -> Population:
    """Leave out tests and simulations, then merged duplicates (their parent stands), then maintenance closes."""
    test = pl.col("type").fill_null("real") != "real"
    merged = ~test & ((pl.col("status").fill_null("") == "merged") | pl.col("merged_into").is_not_null())
    upkeep = ~test & ~merged & (pl.col("close_reason").fill_null("") == MAINTENANCE)
    counts = cases.select(test.sum().alias("t"), merged.sum().alias("m"), upkeep.sum().alias("u")).row(0)
    return Population(cases.filter(~(test | merged | upkeep)), *counts)


def with_history_points(view: LedgerView) -> pl.DataFrame:
    """The cases with the points Google's templates use: `first_event_at` (null without CREATE_CASE),
    `first_assigned_at`, `last_close_event_at`.
    """
    parts = [_with_points(cases, view.events.of(cases)) for cases in view.cases.iter_slices(_SLICE)]
    return pl.concat(parts or [_with_points(view.cases, view.events.of(view.cases))])


def _with_points(cases: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    at, activity = pl.col("at"), pl.col("activity")
    points = events.group_by("case_id").agg(
        at.min().alias("first_event_at"),
        (activity == Activity.CREATE_CASE).any().alias("created"),
        at.filter(activity == Activity.ASSIGNEE_CHANGE).min().alias("first_assigned_at"),
        at.filter(activity == Activity.CLOSE_CASE).max().alias("last_close_event_at"),
    )
    known = points.with_columns(pl.when("created").then("first_event_at").alias("first_event_at")).drop("created")
    return cases.join(known, on="case_id", how="left", maintain_order="left")


def extract(
    cases: pl.DataFrame,
    definition: MetricDefinition,
    window: Window,
    as_of: datetime,
    *,
    cohort: Cohort | None = None,
    hours: BusinessHours | None = None,
) -> Durations:
    """Durations in seconds of one definition for cases opened (or, `cohort` closed, finished) in the window.

    What happened after `as_of` is unknown, so a case whose second point lies later is open, at least `as_of` − first
    point old. `hours` is needed by a business clock. Raises ValueError when a column or the hours are lacking.
    """
    _check(cases, definition, hours)
    side = definition.to_point if (cohort or definition.cohort) == "closed" else "created_at"
    # few columns, and then the window: of a ledger of a million cases this copies a few hundredths
    lean = cases.select(_NEEDED | {side, definition.from_point, definition.to_point})
    counted = population(lean.filter((pl.col(side) >= window.start) & (pl.col(side) < window.end)))
    frame = counted.frame
    if definition.population == "incidents":
        frame = frame.filter(pl.col("incident").fill_null(False) | pl.col("identified_at").is_not_null())
    timed = _timed(frame, definition, as_of, hours)
    computable = timed.filter(pl.col("_from").is_not_null())
    reached = computable.filter(pl.col("observed") | pl.col("_open"))
    negative = reached.filter(pl.col("seconds") < 0)
    good = reached.filter(pl.col("seconds") >= 0)
    still_open = good.filter(~pl.col("observed")).height
    if definition.censoring == "reached only":
        good = good.filter(pl.col("observed"))
    return Durations(
        definition=definition,
        frame=good.select(*KEEP, "seconds", "observed", "proxy"),
        tests=counted.tests,
        merged=counted.merged,
        maintenance=counted.maintenance,
        not_computable=timed.height - computable.height,
        unreached=computable.height - reached.height,
        negative_ids=tuple(negative["case_id"].sort()),
        proxies=int(good["proxy"].sum()),
        open=still_open,
    )


def _check(cases: pl.DataFrame, definition: MetricDefinition, hours: BusinessHours | None) -> None:
    lacking = {definition.from_point, definition.to_point} - set(cases.columns)
    if lacking:
        words = ", ".join(sorted(POINTS.get(p, p) for p in lacking))
        raise ValueError(f"{definition.id} needs {words}: add it by with_history_points")
    if definition.clock == "business" and hours is None:
        raise ValueError(f"{definition.id} runs on a business clock and needs its hours")


def _timed(
    frame: pl.DataFrame, definition: MetricDefinition, as_of: datetime, hours: BusinessHours | None
) -> pl.DataFrame:
    """Add _from, _open, observed, proxy and seconds."""
    now = pl.lit(as_of).cast(pl.Datetime("us", "UTC"))
    start, end = pl.col(definition.from_point), pl.col(definition.to_point)
    proxy = pl.lit(False)
    if definition.to_point == "detected_at":
        proxy, end = end.is_null(), pl.coalesce(end, pl.col("created_at"))
    elif definition.to_point == "closed_at":
        proxy = pl.col("closed_is_proxy")
    observed = (end <= now).fill_null(False)
    still_open = ~observed & ((pl.col("status") == "opened") | (pl.col("closed_at") > now).fill_null(False))
    framed = frame.with_columns(
        start.alias("_from"),
        pl.when(observed).then(end).otherwise(now).alias("_to"),
        observed.alias("observed"),
        still_open.alias("_open"),
        (proxy & observed).fill_null(False).alias("proxy"),
    )
    if definition.clock == "elapsed" or hours is None:
        return framed.with_columns(((pl.col("_to") - pl.col("_from")).dt.total_microseconds() / 1e6).alias("seconds"))
    return framed.with_columns(_open_seconds(framed, hours))


def _open_seconds(framed: pl.DataFrame, hours: BusinessHours) -> pl.Series:
    """Business seconds from _from to _to, null where _from is."""
    epochs = framed.select(
        pl.coalesce("_from", "_to").dt.timestamp("us").alias("a") / 1e6,
        pl.col("_to").dt.timestamp("us").alias("b") / 1e6,
    )
    skewed = (framed["_to"] < framed["_from"]).fill_null(False)
    spent = pl.Series("seconds", hours.between(epochs["a"].to_numpy(), epochs["b"].to_numpy()))
    raw = epochs["b"] - epochs["a"]
    negative = pl.select(pl.when(skewed).then(raw).otherwise(spent)).to_series()
    return pl.select(pl.when(framed["_from"].is_not_null()).then(negative)).to_series().alias("seconds")
