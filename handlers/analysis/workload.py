"""How work is spread over people. Indicators of load, never a diagnosis, never a ranking."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from handlers.analysis.durations import population
from handlers.analysis.mix import Spread, spread
from handlers.analysis.rates import with_disposition

_WORKED = pl.col("assignee").is_not_null() & ~pl.col("assignee").str.starts_with("@") & ~pl.col("auto_closed")


@dataclass(frozen=True, slots=True)
class Handled:
    """Cases a person owned last: `cases`, `urgent` of them critical or high, median and mean `seconds` from created to
    last close, `false_positives` of the `judged` ones. Medians differ with the case mix.
    """

    person: str
    cases: int
    urgent: int
    median: float | None
    mean: float | None
    false_positives: int
    judged: int


def worked(cases: pl.DataFrame) -> pl.DataFrame:
    """Real cases whose last owner is a human (queues begin with "@")."""
    return population(cases).frame.filter(_WORKED)


def counts(cases: pl.DataFrame) -> list[int]:
    """Cases per person, largest first, without names."""
    told = worked(cases).group_by("assignee").len().sort("len", descending=True)
    return [int(n) for n in told["len"]]


def evenness(cases: pl.DataFrame) -> Spread | None:
    """How evenly the cases are spread over the people who worked on any."""
    return spread(counts(cases))


def handled(cases: pl.DataFrame) -> list[Handled]:
    """A row a person, in the order of their ids (never by speed)."""
    seconds = (pl.col("closed_at") - pl.col("created_at")).dt.total_microseconds() / 1e6
    fair = seconds.filter(seconds >= 0)
    kind = pl.col("disposition")
    rows = (
        with_disposition(worked(cases))
        .group_by("assignee")
        .agg(
            pl.len().alias("cases"),
            pl.col("priority").is_in(["critical", "high"]).sum().alias("urgent"),
            fair.median().alias("median"),
            fair.mean().alias("mean"),
            (kind == "fp").sum().alias("fp"),
            kind.is_in(["tp", "fp", "btp"]).sum().alias("judged"),
        )
        .sort("assignee")
    )
    return [Handled(*row) for row in rows.iter_rows()]
