"""Cuts of the case table that commands ask for: opened, closed or open in a window, and the average open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from connectors.models.cases import PRIORITIES
from connectors.models.reading import Window
from handlers.analysis.durations import population

_INSTANT = pl.Datetime("us", "UTC")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that waits: `seconds` since it was created, or overdue, as the list says."""

    case_id: str
    title: str
    priority: str
    assignee: str | None
    seconds: float


def opened(cases: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Cases created in the window, tests and merged ones included."""
    return _inside(cases, "created_at", window)


def closed(cases: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Cases whose last close lies in the window."""
    return _inside(cases, "closed_at", window)


def _inside(cases: pl.DataFrame, column: str, window: Window) -> pl.DataFrame:
    return cases.filter((pl.col(column) >= window.start) & (pl.col(column) < window.end))


def open_at(cases: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Real cases open at an instant, by creation and last close (a case reopened later counts as open throughout)."""
    instant = pl.lit(at).cast(_INSTANT)
    still = (pl.col("closed_at") > instant).fill_null(pl.col("status") == "opened")
    return population(cases.filter((pl.col("created_at") <= instant) & still)).frame


def average_open(cases: pl.DataFrame, window: Window) -> float | None:
    """Work in progress averaged over the window: open time inside it over its length. None for an empty window.

    Cases that are closed without a known closing time are left out.
    """
    if window.seconds <= 0:
        return None
    start, end = (pl.lit(edge).cast(_INSTANT) for edge in (window.start, window.end))
    touching = (pl.col("created_at") < end) & (pl.col("closed_at").is_null() | (pl.col("closed_at") > start))
    known = population(cases.filter(touching)).frame.filter(
        (pl.col("status") == "opened") | pl.col("closed_at").is_not_null()
    )
    until = pl.min_horizontal(pl.col("closed_at").fill_null(end), end)
    spent = (until - pl.max_horizontal(pl.col("created_at"), start)).dt.total_microseconds() / 1e6
    inside = known.select(spent.clip(lower_bound=0).alias("s"))["s"].sum()
    return float(inside) / window.seconds


def by_priority(frame: pl.DataFrame) -> dict[str, int]:
    """Number of cases of each priority, most urgent first, unknown ones last."""
    counts = {str(name): int(n) for name, n in frame["priority"].value_counts().iter_rows()}
    known = [p for p in PRIORITIES if p in counts]
    return {name: counts[name] for name in (*known, *sorted(set(counts) - set(known)))}


def priorities(cases: pl.DataFrame) -> tuple[str, ...]:
    """Priorities that occur, most urgent first."""
    return tuple(by_priority(cases))


def ids(frame: pl.DataFrame) -> list[str]:
    """Case ids in the order of the table."""
    return [str(case_id) for case_id in frame["case_id"]]


def unfinished(durations: pl.DataFrame) -> pl.DataFrame:
    """The rows of a `Durations` frame whose end has not been reached."""
    return durations.filter(~pl.col("observed"))


def overdue(cases: pl.DataFrame, judged: pl.DataFrame, limit: int) -> list[Waiting]:
    """Open cases past due (`judged` as `sla.outcomes` gives it), the most overdue first; seconds past the due time."""
    late = judged.filter(pl.col("outcome") == "past due").select(
        "case_id", (pl.col("spent") - pl.col("target")).alias("late")
    )
    rows = late.join(cases, on="case_id").sort(["late", "case_id"], descending=[True, False]).head(limit)
    picked = rows.select("case_id", "title", "priority", "assignee", "late")
    return [Waiting(*row) for row in picked.iter_rows()]


def missed_ids(judged: pl.DataFrame) -> list[str]:
    """Ids of cases that missed their promise, done or not."""
    return [str(i) for i in judged.filter(pl.col("outcome").is_in(["missed", "past due"]))["case_id"]]


def of_priority(judged: pl.DataFrame, priority: str) -> pl.DataFrame:
    """The rows of one priority."""
    return judged.filter(pl.col("priority") == priority)


def touching(cases: pl.DataFrame, since: datetime) -> pl.DataFrame:
    """Cases opened or closed since an instant, or open now: what a look at recent flow needs."""
    recent = (pl.col("created_at") >= since) | (pl.col("closed_at") >= since).fill_null(False)
    return cases.filter(recent | (pl.col("status") == "opened"))


def firings(times: Iterable[tuple[str, Iterable[datetime]]]) -> pl.DataFrame:
    """Keys and their instants as the `key`, `at` table that `unusual` reads."""
    pairs = [(key, at) for key, instants in times for at in instants]
    return pl.DataFrame(pairs, schema={"key": pl.String, "at": _INSTANT}, orient="row")


def of_keys(events: pl.DataFrame, keys: Iterable[str]) -> pl.DataFrame:
    """The rows of some keys."""
    return events.filter(pl.col("key").is_in(list(keys)))
