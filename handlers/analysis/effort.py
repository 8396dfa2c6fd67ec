"""Hands-on effort by type of case, and the types that make most of it. Estimates from handling times, never elapsed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from connectors.models.cases import PRIORITIES
from connectors.models.organisation import HandlingTime

UNTYPED = "no type"
MONTH_DAYS = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Effort:
    """`cases` of a type in the period, `minutes` hands-on each, `hours` together, `share` of all hours."""

    type: str
    cases: int
    minutes: float
    hours: float
    share: float


def typed(cases: pl.DataFrame, times: Sequence[HandlingTime], default_minutes: float) -> pl.DataFrame:
    """The cases that a human handled, with `kind` and `minutes`: the first handling time that fits, as for staffing."""
    hands = cases.filter(~pl.col("auto_closed"))
    kind, minutes = pl.lit(UNTYPED), pl.lit(default_minutes, dtype=pl.Float64)
    for one in reversed(times):
        kind = pl.when(_fits(one.match)).then(pl.lit(one.type)).otherwise(kind)
        minutes = pl.when(_fits(one.match)).then(pl.lit(one.minutes, dtype=pl.Float64)).otherwise(minutes)
    return hands.with_columns(kind.alias("kind"), minutes.alias("minutes"))


def _fits(words: str) -> pl.Expr:
    if words.lower() in PRIORITIES:
        return pl.col("priority") == words.lower()
    return pl.col("title").str.contains(rf"(?i)\b{re.escape(words)}\b")


def efforts(frame: pl.DataFrame) -> list[Effort]:
    """Effort per type of `typed` cases, most hours first."""
    told = frame.group_by("kind").agg(
        pl.len().alias("n"), pl.col("minutes").mean(), pl.col("minutes").sum().alias("sum")
    )
    total = float(told["sum"].sum())
    if total <= 0:
        return []
    rows = told.sort(["sum", "kind"], descending=[True, False]).select("kind", "n", "minutes", "sum").iter_rows()
    return [
        Effort(str(kind), int(n), float(each), float(spent) / 60, float(spent) / total) for kind, n, each, spent in rows
    ]


def pareto(found: Sequence[Effort], share: float = 0.8) -> list[Effort]:
    """The fewest types, largest first, that together make at least `share` of all hours."""
    out: list[Effort] = []
    total = 0.0
    for one in found:
        if total >= share - 1e-9:
            break
        out.append(one)
        total += one.share
    return out


def per_month(cases: int, seconds: float) -> float:
    """A count over so many seconds as a rate a month of 30.4 days."""
    return cases * MONTH_DAYS * 86_400 / seconds if seconds > 0 else 0.0
