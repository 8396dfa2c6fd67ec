"""What the quarterly review is made from, and its lines."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.models.organisation import (
    Ask,
    BudgetLine,
    Calendar,
    Commitment,
    Person,
    Service,
    SignificantIncident,
    SlaPolicy,
    Target,
)
from connectors.models.organisation.money import FinancePolicy
from connectors.models.organisation.strategy import Initiative
from connectors.models.reading import Reading
from connectors.ports import LedgerView
from handlers.analysis import executive as ex
from handlers.analysis import slices
from handlers.analysis.definitions import ORG, footnote
from handlers.analysis.durations import population
from handlers.analysis.fiscal import Quarter, following, last_complete_quarter
from handlers.analysis.periods import trailing
from handlers.analysis.scorecard import judge_by, same_follow_up
from handlers.analysis.summary import Summary
from handlers.analysis.trend import Trend, trend
from handlers.core.book import Book
from handlers.core.fetch import Got, fetch
from handlers.core.soc import Soc

LEDGER_SECONDS, MONTHS = 20.0, 12
METHOD = (
    "Measures: cases opened in the quarter; trend: Mann–Kendall on twelve complete months to the quarter's end, each "
    "followed equally long. Figures for readers outside are rounded to two digits; outside the house "
    "they get the measures alone."
)


@dataclass(frozen=True)
class Inputs:
    """Every source with what came of it."""

    ledger: Got[LedgerView]
    policies: Got[Reading[SlaPolicy]]
    calendars: Got[Reading[Calendar]]
    targets: Got[Reading[Target]]
    finance: Got[Reading[FinancePolicy]]
    incidents: Got[Reading[SignificantIncident]]
    asks: Got[Reading[Ask]]
    commitments: Got[Reading[Commitment]]
    people: Got[Reading[Person]]
    services: Got[Reading[Service]]
    budget: Got[Reading[BudgetLine]]
    initiatives: Got[Reading[Initiative]]

    @property
    def all(self) -> tuple[Got[Any], ...]:
        return tuple(vars(self).values())


def rows(got: Got[Reading[Any]]) -> tuple[Any, ...]:
    """What came, or nothing."""
    return () if got.value is None else got.value.items


async def gather(soc: Soc) -> Inputs:
    """All sources at once."""
    files, now = soc.organisation, soc.clock.now()
    since = trailing("monthly", MONTHS + 3, now, soc.zone.key)[0].start
    one, two, three = await asyncio.gather(
        asyncio.gather(
            fetch("Case ledger", soc.ledger.view(since), LEDGER_SECONDS),
            fetch("SLA policies", files.read(SlaPolicy)),
            fetch("Calendars", files.read(Calendar)),
            fetch("Targets", files.read(Target)),
        ),
        asyncio.gather(
            fetch("Finance policy", files.read(FinancePolicy)),
            fetch("Significant incidents", files.read(SignificantIncident)),
            fetch("Asks", files.read(Ask)),
            fetch("Commitments", files.read(Commitment)),
        ),
        asyncio.gather(
            fetch("Roster", files.read(Person)),
            fetch("Services", files.read(Service)),
            fetch("Budget", files.read(BudgetLine)),
            fetch("Initiatives", files.read(Initiative)),
        ),
    )
    return Inputs(*one, *two, *three)


def _starts(inputs: Inputs) -> int:
    return next((one.year_starts for one in rows(inputs.finance)), 1)


def span(inputs: Inputs, now: datetime, zone: str) -> Quarter:
    """The last complete fiscal quarter by finance.yaml (January when it is missing, which is noticed)."""
    return last_complete_quarter(now, zone, _starts(inputs))


@dataclass(frozen=True, eq=False)
class Measures:
    """Of the quarter; `trends` by figure id. `complete` False: the ledger does not reach back far enough."""

    opened: int
    incidents: int
    kept: ex.Kept
    mttr: Summary
    trends: dict[str, Trend]
    complete: bool
    plan_from: str


def measures(inputs: Inputs, when: Quarter, now: datetime, zone: str) -> Measures | None:
    """Counts, promises, times and their trends. Runs in a thread; None without a ledger."""
    view = inputs.ledger.value
    if view is None:
        return None
    months = trailing("monthly", MONTHS, when.window.end, zone)
    rules = judge_by("org", None, rows(inputs.policies), rows(inputs.calendars), months[0].window)
    hours, since, cases = rules.hours or {}, view.facts.complete_from, view.cases
    lines: dict[str, list[float | None]] = {"incidents.count": [], "sla.attainment": [], "mttr.median": []}
    for month in months:
        until = same_follow_up(month.window, months[-1].window, now)
        whole = since is None or since <= month.start
        share = ex.kept(cases, month.window, until, rules.policies, hours).attainment.share.value
        found = (float(ex.incidents(cases, month.window).height), share,
                 ex.median_of(cases, ORG["mttr"], month.window, until).median)  # fmt: skip
        for line, value in zip(lines.values(), found, strict=True):
            line.append(value if whole else None)
    return Measures(
        population(slices.opened(cases, when.window)).frame.height,
        ex.incidents(cases, when.window).height, ex.kept(cases, when.window, now, rules.policies, hours),
        ex.median_of(cases, ORG["mttr"], when.window, now),
        {name: trend(line, "higher" if name == "sla.attainment" else "lower") for name, line in lines.items()},
        since is None or since <= when.window.start, following(when, zone, _starts(inputs)).label,
    )  # fmt: skip


def add_all(book: Book, found: Measures, when: Quarter, promised: bool) -> None:
    """The measures as figures; `promised`: there are promises to resolve by which they can be judged."""
    gone = "" if found.complete else "the ledger does not hold the whole quarter"
    book.add("incidents.count", "Incidents", found.incidents, "count",
             f"Real cases declared an incident, opened in {when.label}.", better="lower", note=gone)  # fmt: skip
    rule = "SLA to resolve: met / (met + missed + open past due), cases opened in the quarter"
    if promised:
        book.share("sla.attainment", "Promises to resolve kept", found.kept.attainment.share, rule, better="higher",
                   note=gone)  # fmt: skip
    else:
        book.add("sla.attainment", "Promises to resolve kept", None, "share", f"{rule}.", statistic="share",
                 note="sla.yaml could not be read, or holds no promise to resolve")  # fmt: skip
    told = found.mttr
    book.add("mttr.median", "Time to resolve, median", told.median, "seconds",
             f"{footnote(ORG['mttr'], told.n, told.open)}; median of the finished, opened in the quarter.", n=told.n,
             statistic="median", better="lower", note=gone)  # fmt: skip
