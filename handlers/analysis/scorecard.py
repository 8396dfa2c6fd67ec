"""All numbers of one period, from the case ledger's frames: pure, run in a thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from connectors.models.organisation import Calendar, SlaPolicy
from connectors.models.reading import Window
from connectors.ports import LedgerView
from handlers.analysis import rates, sla, slices, stage_time, workload
from handlers.analysis.business import BusinessHours, lay_out
from handlers.analysis.definitions import Cohort, MetricDefinition, Preset, definition
from handlers.analysis.durations import Durations, extract, with_history_points
from handlers.analysis.mix import MixAdjusted, Spread, Stratum, standardise
from handlers.analysis.proportions import Share
from handlers.analysis.queue import Little, little
from handlers.analysis.summary import Summary, summaries, summary

METRICS = ("mttd", "mtta", "mtti", "mttc", "mttr", "dwell")
MONTH = timedelta(days=32)
"""Longer than any month, in any zone."""

SLA_METRICS = ("resolve", "acknowledge")


@dataclass(frozen=True)
class Rules:
    """How to count: definitions by preset, an optional cohort, the SLA policies that can be judged and their hours."""

    preset: Preset
    cohort: Cohort | None
    policies: tuple[SlaPolicy, ...] = ()
    hours: Mapping[str, BusinessHours] | None = None
    complaints: tuple[str, ...] = ()
    """Policies that cannot be judged, in sentences."""

    def defined(self, metric: str) -> MetricDefinition:
        """The definition in force, with the cohort that was asked for."""
        found = definition(metric, self.preset)
        return replace(found, cohort=self.cohort) if self.cohort else found


@dataclass(frozen=True, eq=False)
class Measure:
    """One duration metric of one window."""

    definition: MetricDefinition
    durations: Durations
    total: Summary
    priorities: Mapping[str, Summary]
    touched: Mapping[str, Summary]
    """MTTR's by `auto_closed`: "True" cases no human touched."""


@dataclass(frozen=True, eq=False)
class Kept:
    """One SLA metric of one window."""

    total: sla.Attainment
    priorities: Mapping[str, sla.Attainment]
    missed: tuple[str, ...]
    overdue: tuple[slices.Waiting, ...]


@dataclass(frozen=True, eq=False)
class Shares:
    """Rates of a window: dispositions, reopens and automatic closes of cases closed in it, the rest of those opened."""

    fp: Share
    escalation: rates.Escalation
    reopened: Share
    merged: Share
    auto_closed: Share
    funnel: rates.Funnel
    flow: rates.Flow
    spread: Spread | None
    little: Little | None
    average_open: float | None
    opened_total: int


@dataclass(frozen=True, eq=False)
class Scorecard:
    """Everything of one window; `as_of` is the instant up to which its cases were followed."""

    window: Window
    as_of: datetime
    measures: Mapping[str, Measure]
    kept: Mapping[str, Kept]
    shares: Shares


@dataclass(frozen=True, eq=False)
class YearBefore:
    """MTTR and MTTA in all, and the promise to resolve, of the same window a year before."""

    window: Window
    measures: Mapping[str, Measure]
    resolve: sla.Attainment


def judge_by(
    preset: Preset, cohort: Cohort | None, policies: Sequence[SlaPolicy], calendars: Sequence[Calendar], span: Window
) -> Rules:
    """Rules whose business calendars are laid out over `span` (with a day's margin on both sides)."""
    first, last = span.start.date() - timedelta(days=2), span.end.date() + timedelta(days=2)
    known = {calendar.id: calendar for calendar in calendars}
    hours: dict[str, BusinessHours] = {}
    good: list[SlaPolicy] = []
    complaints: list[str] = []
    for policy in policies:
        if policy.clock == "business":
            problem = _laid_out(policy, known, hours, first, last)
            if problem:
                complaints.append(problem)
                continue
        good.append(policy)
    return Rules(preset, cohort, tuple(good), hours, tuple(complaints))


def _laid_out(
    policy: SlaPolicy, known: Mapping[str, Calendar], hours: dict[str, BusinessHours], first: date, last: date
) -> str:
    """Lay out a policy's calendar once; a sentence when that cannot be done."""
    name = policy.calendar or ""
    what = f"The SLA to {policy.metric} {policy.priority} cases is left out:"
    if name in hours:
        return ""
    if name not in known:
        return f"{what} its business calendar “{name}” is not in the organisation's files."
    try:
        hours[name] = lay_out(known[name], first, last)
    except ValueError as error:
        return f"{what} {error}."
    return ""


def prepared(view: LedgerView, rules: Rules) -> Any:
    """The case frame with the points that the preset needs."""
    return with_history_points(view) if rules.preset == "google" else view.cases


def scorecard(cases: Any, window: Window, as_of: datetime, rules: Rules) -> Scorecard:
    """All numbers of a window; `cases` as `prepared` gives them."""
    measures = {metric: measure(cases, metric, window, as_of, rules) for metric in METRICS}
    begun = slices.opened(cases, window)
    kept = {metric: _kept(begun, metric, as_of, rules) for metric in SLA_METRICS}
    return Scorecard(window, as_of, measures, kept, _shares(cases, begun, window, measures["mttr"]))


def measure(cases: Any, metric: str, window: Window, as_of: datetime, rules: Rules) -> Measure:
    """One metric of one window."""
    found = extract(cases, rules.defined(metric), window, as_of)
    touched = summaries(found, "auto_closed") if metric == "mttr" else {}
    return Measure(found.definition, found, summary(found), summaries(found), touched)


def plain(cases: Any, metric: str, window: Window, as_of: datetime, rules: Rules) -> Measure:
    """`measure` without its splits."""
    found = extract(cases, rules.defined(metric), window, as_of)
    return Measure(found.definition, found, summary(found), {}, {})


def year_before(cases: Any, window: Window, as_of: datetime, rules: Rules) -> YearBefore | None:
    """The little that is told of the year before; None when no case was opened in the window."""
    begun = slices.opened(cases, window)
    if begun.is_empty():
        return None
    measures = {metric: plain(cases, metric, window, as_of, rules) for metric in ("mttr", "mtta")}
    return YearBefore(
        window, measures, sla.attainment(sla.outcomes(begun, rules.policies, "resolve", as_of, rules.hours or {}))
    )


def _kept(begun: Any, metric: str, as_of: datetime, rules: Rules) -> Kept:
    judged = sla.outcomes(begun, rules.policies, metric, as_of, rules.hours or {})
    split = {priority: sla.attainment(slices.of_priority(judged, priority)) for priority in slices.priorities(judged)}
    return Kept(
        sla.attainment(judged), split, tuple(slices.missed_ids(judged)), tuple(slices.overdue(begun, judged, 5))
    )


def _shares(cases: Any, begun: Any, window: Window, mttr: Measure) -> Shares:
    done = slices.closed(cases, window)
    of_closed, of_opened = rates.outcomes(done), rates.outcomes(begun)
    flow = rates.flow(cases, window)
    in_progress = slices.average_open(cases, window)
    hours = window.seconds / 3600
    mean = mttr.total.mean
    law = None
    if mean is not None and in_progress is not None and flow.arrivals:
        law = little(flow.arrivals / hours, mean / 3600, in_progress)
    return Shares(
        fp=rates.fp_rate(done),
        escalation=rates.escalation(begun),
        reopened=of_closed.reopened,
        merged=of_opened.merged,
        auto_closed=of_closed.auto_closed,
        funnel=rates.funnel(begun),
        flow=flow,
        spread=workload.evenness(done),
        little=law,
        average_open=in_progress,
        opened_total=begun.height,
    )


def mix_adjusted(before: Measure, after: Measure) -> MixAdjusted | None:
    """Mean of the later window at the earlier one's mix of priorities; None when they share none."""
    return standardise(_strata(before), _strata(after))


def _strata(one: Measure) -> dict[str, Stratum]:
    return {name: Stratum(s.finished, s.mean) for name, s in one.priorities.items() if s.mean is not None}


def precision_rows(cases: Any, window: Window, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Precision of the rules with most false positives among cases closed in the window, and the number of rules."""
    table = rates.precision(slices.closed(cases, window))
    return table.head(limit).to_dicts(), table.height


def stage_rows(view: LedgerView, window: Window, as_of: datetime) -> list[stage_time.Stage]:
    """Elapsed time per stage of cases opened in the window, most first."""
    begun = slices.opened(view.cases, window)
    return stage_time.decompose(stage_time.visits(begun, view.events.of(begun), as_of))


def opened(cases: Any, window: Window) -> int:
    """Real cases opened in the window."""
    return rates.flow(cases, window).arrivals


def bulk_closes(cases: Any, window: Window, zone: str) -> list[rates.BulkClose]:
    """Hours of the window that hold more than a fifth of their month's closes."""
    around = Window(window.start - MONTH, window.end + MONTH)
    return [found for found in rates.bulk_closes(slices.closed(cases, around), zone) if window.holds(found.hour)]


def same_follow_up(period: Window, current: Window, as_of: datetime) -> datetime:
    """When to stop following an earlier window's cases, so that both are followed equally long after their end."""
    return period.end + (as_of - current.end)
