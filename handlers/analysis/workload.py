"""How work is spread over people. Indicators of load, never a diagnosis, never a ranking."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from connectors.models.reading import Window
from handlers.analysis.durations import population
from handlers.analysis.mix import Spread, spread
from handlers.analysis.rates import with_disposition
from handlers.analysis.roster import Block

_OWNER = pl.col("assignee").cast(pl.String)  # a ledger may hold words as numbers
_WORKED = pl.col("assignee").is_not_null() & ~_OWNER.str.starts_with("@") & ~pl.col("auto_closed")


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
    return population(cases).frame.filter(_WORKED).with_columns(_OWNER)


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


def hours_on(blocks: Iterable[Block], window: Window) -> float:
    """Hours on shift inside the window, all persons together, on-call left out."""
    spans = ((max(b.start, window.start), min(b.end, window.end)) for b in blocks if b.kind == "on")
    return sum(max((end - start).total_seconds(), 0.0) for start, end in spans) / 3600


def longest_runs(blocks: Iterable[Block]) -> dict[str, int]:
    """Per person the most consecutive local days on which a shift began."""
    days: dict[str, set[date]] = defaultdict(set)
    for block in blocks:
        if block.kind == "on":
            days[block.person].add(block.day)
    return {person: _longest(found) for person, found in sorted(days.items())}


def _longest(days: set[date]) -> int:
    longest = 0
    for day in days:
        if day - timedelta(days=1) not in days:
            length = 1
            while day + timedelta(days=length) in days:
                length += 1
            longest = max(longest, length)
    return longest
