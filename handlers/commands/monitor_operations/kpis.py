"""`--kpis`: the last seven days against target and the four weeks before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.models.reading import Window
from connectors.ports import LedgerView
from handlers.analysis import scorecard
from handlers.analysis.definitions import Preset
from handlers.analysis.scorecard import Rules, Scorecard
from handlers.commands.metrics_soc import durations
from handlers.commands.monitor_operations.gather import BASELINE, KPI_WINDOW
from handlers.core.book import Book
from messages.document import Block, Context, Heading, KpiStrip, spans

LABEL = "the last 7 days"
FIGURES: dict[Preset, tuple[str, ...]] = {
    "org": ("mtta.median", "mttr.km_median", "sla.attainment", "fp.share", "kpi.backlog", "escalation.share"),
    "google": ("mtta.mean", "mttr.mean", "sla.attainment", "fp.share", "kpi.backlog", "escalation.share"),
}


def windows(now: datetime) -> tuple[Window, Window]:
    """The last seven days and the four weeks before them."""
    week = Window(now - KPI_WINDOW, now)
    return week, Window(week.start - BASELINE, week.start)


def compute(view: LedgerView, rules: Rules, now: datetime) -> tuple[Scorecard, Scorecard]:
    """Both windows, each followed up to its own end."""
    cases: Any = scorecard.prepared(view, rules)
    week, base = windows(now)
    return scorecard.scorecard(cases, week, now, rules), scorecard.scorecard(cases, base, base.end, rules)


def add(book: Book, told: tuple[Scorecard, Scorecard], backlog: int | None, preset: Preset, lacking: str = "") -> None:
    """The six figures; `previous` is the four-week baseline. `lacking`: why no promise to resolve can be judged."""
    week, base = told
    here = book.over(week.window)
    for figure in FIGURES[preset][:2]:
        metric, _, statistic = figure.partition(".")
        durations.add_one(here, metric, statistic, week.measures[metric], base.measures[metric], LABEL)
    kept, before = week.kept["resolve"].total, base.kept["resolve"].total
    rule = "SLA to resolve: met / (met + missed + open past due) of cases opened in"
    if lacking:
        here.add("sla.attainment", "SLA kept", None, "share", f"{rule} {LABEL}.", statistic="share",
                 note=lacking)  # fmt: skip
    else:
        here.share("sla.attainment", "SLA kept", kept.share, f"{rule} {LABEL}", previous=before.share.value,
                   better="higher", cases=week.kept["resolve"].missed)  # fmt: skip
    here.share("fp.share", "False-positive rate", week.shares.fp, f"Of cases closed with a verdict in {LABEL}",
               previous=base.shares.fp.value, better="lower")  # fmt: skip
    here.share("escalation.share", "Escalated", week.shares.escalation.escalated,
               f"Handed to a higher tier, of cases opened in {LABEL} that a human owned",
               previous=base.shares.escalation.escalated.value)  # fmt: skip
    missing = "" if backlog is not None else "the case desk is missing"
    book.over(None).add(
        "kpi.backlog", "Backlog", backlog, "count",
        "Open real cases now; previous: open on average in the baseline, rounded.",
        previous=_whole(base.shares.average_open), better="lower", note=missing,
    )  # fmt: skip


def _whole(average: float | None) -> float | None:
    return None if average is None else float(round(average))


def blocks(preset: Preset) -> list[Block]:
    """The strip and what it is compared with."""
    note = "Last 7 days; “previous” is the 4 weeks before them, each window followed up to its own end."
    return [Heading(text="KPIs"), KpiStrip(figures=FIGURES[preset]), Context(text=spans(note))]
