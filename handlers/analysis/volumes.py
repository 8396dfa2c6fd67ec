"""How much came in a window: what money is divided by."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from connectors.models.reading import Window
from handlers.analysis.durations import population
from handlers.analysis.rates import funnel, with_disposition
from handlers.analysis.slices import opened


@dataclass(frozen=True, slots=True)
class Volumes:
    """Alerts grouped into cases, real cases opened, and those of them closed as malicious since."""

    alerts: int
    cases: int
    true_positives: int


def volumes(cases: pl.DataFrame, window: Window) -> Volumes:
    """Of the cases opened in the window."""
    mine = opened(cases, window)
    told = funnel(mine)
    kinds = with_disposition(population(mine).frame)["disposition"]
    return Volumes(told.alerts, told.cases, int((kinds == "tp").sum()))
