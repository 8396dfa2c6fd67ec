"""What false positives cost: cases that a person handled for nothing, by rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from connectors.models.organisation import HandlingTime
from connectors.models.reading import Window
from handlers.analysis import gaps, rates, slices
from handlers.analysis.demand import handling
from handlers.analysis.durations import population

MONTH = 30 * 86_400.0
"""Seconds."""


@dataclass(frozen=True, eq=False)
class FalsePositives:
    """`rows`: (rule, false positives, cases judged) of a window. `minutes` each by rule, else `default`."""

    rows: tuple[tuple[str, int, int], ...]
    months: float
    minutes: Mapping[str, float]
    default: float
    cases: pl.DataFrame

    @property
    def per_month(self) -> dict[str, float]:
        """Of every rule with a judged case."""
        return {rule: count / self.months for rule, count, _ in self.rows}

    def noisy(self, least: float) -> tuple[gaps.Noise, ...]:
        """Rules with at least so many a month, dearest first."""
        return tuple(gaps.noisy(self.rows, self.months, least, self.minutes, self.default))

    def ids(self, noisy: Sequence[gaps.Noise]) -> tuple[str, ...]:
        """The false positives of these rules, by case id."""
        kinds = rates.with_disposition(population(self.cases).frame)
        rules = [one.rule for one in noisy]
        return tuple(slices.ids(kinds.filter((pl.col("disposition") == "fp") & pl.col("rule").is_in(rules))))


def true_positives(cases: pl.DataFrame, window: Window) -> dict[str, int]:
    """Rule → cases closed as malicious in the window; rules without a judged case are left out."""
    return dict(rates.precision(slices.closed(cases, window)).select("rule", "tp").iter_rows())


def false_positives(
    cases: pl.DataFrame, window: Window, stated: Mapping[str, float], times: Sequence[HandlingTime], default: float
) -> FalsePositives:
    """Of cases closed in the window by a person: automatic closes cost nobody's time.

    Minutes each: `stated` by rule, else the mean of the handling times that fit the rule's cases, else `default`.
    """
    handled = slices.closed(cases, window).filter(~pl.col("auto_closed"))
    rows = tuple(rates.precision(handled).select("rule", "fp", "n").iter_rows())
    minutes = dict(stated)
    for rule, _, _ in rows if times else ():
        if rule not in minutes:
            minutes[rule] = handling(handled.filter(pl.col("rule") == rule), times, default).minutes
    return FalsePositives(rows, window.seconds / MONTH, minutes, default, handled)
