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
from handlers.analysis.definitions import ORG, footnote
from handlers.analysis.fiscal import Quarter, following, last_complete_quarter
from handlers.analysis.periods import trailing
from handlers.analysis.scorecard import judge_by, same_follow_up
from handlers.analysis.summary import Summary
from handlers.analysis.trend import Trend, trend
from handlers.commands.communicate.audiences import INSIDE, VOICES
from handlers.commands.communicate.wording import rounded
from handlers.core import cells
from handlers.core.book import Book
from handlers.core.fetch import Got, fetch
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.prose import count, quantity

LEDGER_SECONDS, MONTHS, LINES = 20.0, 12, 5
SEVERITY = ("critical", "high", "medium", "low")
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
        ex.incidents(cases, when.window).height, ex.kept(cases, when.window, now, rules.policies, hours),
        ex.median_of(cases, ORG["mttr"], when.window, now),
        {name: trend(line, "higher" if name == "sla.attainment" else "lower") for name, line in lines.items()},
        since is None or since <= when.window.start, following(when, zone, _starts(inputs)).label,
    )  # fmt: skip


def add_all(book: Book, found: Measures, when: Quarter) -> None:
    """The measures as figures."""
    gone = "" if found.complete else "the ledger does not hold the whole quarter"
    book.add("incidents.count", "Incidents", found.incidents, "count",
             f"Real cases declared an incident, opened in {when.label}.", better="lower", note=gone)  # fmt: skip
    book.share("sla.attainment", "Promises to resolve kept", found.kept.attainment.share,
               "SLA to resolve: met / (met + missed + open past due), cases opened in the quarter", better="higher",
               note=gone)  # fmt: skip
    told = found.mttr
    book.add("mttr.median", "Time to resolve, median", told.median, "seconds",
             f"{footnote(ORG['mttr'], told.n, told.open)}; median of the finished, opened in the quarter.", n=told.n,
             statistic="median", better="lower", note=gone)  # fmt: skip


def own_ids(inputs: Inputs) -> list[str]:
    """Ids of our own lists, which look like host names and are not."""
    lists = (inputs.asks, inputs.commitments, inputs.incidents, inputs.initiatives)
    return [one.id for got in lists for one in rows(got)]


def sections(
    inputs: Inputs, found: Measures | None, when: Quarter, sheet: Sheet, audience: str
) -> dict[str, list[str]]:
    """Lines by section; what only executives and the board read is empty for the others."""
    inside, outer = audience in INSIDE, VOICES[audience].outer
    outside = outer and not inside
    inner = {
        "objectives": _objectives(inputs, when), "people": _people(inputs, when), "budget": _budget(inputs, when),
        "plan": _plan(inputs, found), "asks": _asks(inputs),
    }  # fmt: skip
    return {
        "measures": _measures(found, sheet, outer), "incidents": [] if outside else _incidents(inputs, when),
        "coverage": [] if outside else _coverage(inputs), "compliance": _compliance(inputs, when) if inside else [],
        **(inner if inside else {name: [] for name in inner}),
    }  # fmt: skip


def _measures(found: Measures | None, sheet: Sheet, outer: bool) -> list[str]:
    if found is None:
        return ["Not available: the case ledger did not answer"]
    out = []
    for name, run in found.trends.items():
        figure = sheet[name]
        value = quantity(figure.value, figure.unit)
        if outer and figure.value is not None:
            value = _outer(figure.value, figure.unit)
        aim = f", target {quantity(figure.target, figure.unit)}" if figure.target is not None else ""
        words = run.verdict if run.enough else f"no evidence of a trend ({run.n} of 8 months)"
        p = f" (p = {run.p:.1g})" if run.p is not None else ""
        out.append(f"{figure.label}: {value}{aim}; {words}{p}")
    return out


def _outer(value: float, unit: str) -> str:
    if unit == "seconds":
        return f"{rounded(value / 3600)} hours"
    if unit == "share":
        return f"about {ex.two_digits(value) * 100:.0f} %"
    return rounded(value)


def _objectives(inputs: Inputs, when: Quarter) -> list[str]:
    mine = [one for one in rows(inputs.commitments) if when.first <= one.due <= when.last]
    open_ = [one for one in rows(inputs.commitments) if one.due > when.last and one.promised <= when.last]
    out = [f"{cells.shorten(one.title, 100)}: {one.status}" for one in mine]
    return [*out, f"{cells.counted(len(open_), 'commitment')} due later, "
            f"{sum(one.status in ('late', 'at risk') for one in open_)} of them late or at risk"]  # fmt: skip


def _incidents(inputs: Inputs, when: Quarter) -> list[str]:
    mine = [one for one in rows(inputs.incidents) if when.first <= one.occurred <= when.last]
    top = sorted(mine, key=lambda one: (SEVERITY.index(one.severity), one.occurred))
    out = [f"{one.occurred}: {one.title} ({one.severity}). {one.effect}. {one.status}" for one in top[:LINES]]
    return out + ([f"{len(top) - LINES} more on file"] if len(top) > LINES else [])


def _coverage(inputs: Inputs) -> list[str]:
    if not rows(inputs.services):
        return []
    share = ex.watched(rows(inputs.services), crown_jewels=False)
    told = f"{share.successes} of {share.n} services on file are monitored today"
    return [f"{told}; the state at the quarter's start was not kept, so no change is told"]


def _people(inputs: Inputs, when: Quarter) -> list[str]:
    people = rows(inputs.people)
    if not people:
        return []
    there = [p for p in people if p.start is None or p.start < when.first]
    at_start = [p for p in there if p.end is None or p.end >= when.first]
    left = sum(p.end is not None and when.first <= p.end <= when.last for p in people)
    came = sum(p.start is not None and when.first <= p.start <= when.last for p in people)
    rate = f" (attrition {quantity(left / len(at_start), 'share')} of the quarter's start)" if at_start else ""
    return [f"{len(at_start)} people at the start, {came} joined, {left} left{rate}"]


def _budget(inputs: Inputs, when: Quarter) -> list[str]:
    lines = [one for one in rows(inputs.budget) if one.year == when.year]
    out = []
    for currency in sorted({one.currency for one in lines}):
        mine = [one for one in lines if one.currency == currency]
        plan, actual = sum(one.plan for one in mine), sum(one.actual for one in mine)
        booked = min(one.as_of for one in mine)
        out.append(f"FY{when.year}: {count(actual)} of {count(plan)} {currency} spent, booked to {booked}")
        training = [one for one in mine if one.kind == "training"]
        if training:
            out.append(f"Of it training: {count(sum(o.actual for o in training))} of "
                       f"{count(sum(o.plan for o in training))} {currency}")  # fmt: skip
    return out or ([f"No budget line for FY{when.year} on file"] if inputs.budget.ok else [])


def _compliance(inputs: Inputs, when: Quarter) -> list[str]:
    late = [one for one in rows(inputs.commitments) if one.status == "late"]
    return [f"{cells.counted(len(late), 'commitment')} late today; duties and clocks: see compliance monitor"]


def _plan(inputs: Inputs, found: Measures | None) -> list[str]:
    live = [one for one in rows(inputs.initiatives) if one.status in ("running", "approved")]
    ahead = f" ({found.plan_from})" if found is not None else ""
    out = [f"{cells.shorten(one.title, 100)}: {one.status}" for one in live[:LINES]]
    return out + ([f"{len(live) - LINES} more running or approved{ahead}"] if len(live) > LINES else [])


def _asks(inputs: Inputs) -> list[str]:
    found = sorted(rows(inputs.asks), key=lambda one: one.decide_by)
    return [
        f"{one.title}: {one.recommendation}"
        + (f", {count(one.cost)} {one.currency}" if one.cost is not None else "") + f", by {one.decide_by}"
        for one in found
    ]  # fmt: skip
