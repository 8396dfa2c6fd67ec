"""What the report is made of: windows, sources, and everything computed from them (pure, in a thread)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.models.alerts import AlertView
from connectors.models.organisation import (
    Ask,
    Calendar,
    Commitment,
    Person,
    Service,
    SignificantIncident,
    SlaPolicy,
    Target,
)
from connectors.models.reading import Reading, Window
from connectors.models.threats import Finding
from connectors.ports import LedgerView
from handlers.analysis import executive as ex
from handlers.analysis import slices
from handlers.analysis.definitions import ORG
from handlers.analysis.periods import Period, last_complete, previous, trailing
from handlers.analysis.scorecard import Rules, judge_by, same_follow_up
from handlers.analysis.summary import Summary
from handlers.analysis.trend import Trend, trend
from handlers.commands import threats
from handlers.core.fetch import Got, fetch, rows
from handlers.core.soc import Soc

PERIODS, PRIOR_MONTHS, DAYS = 12, 3, 30
LEDGER_SECONDS = 20.0
DEADLINE = "exposures.deadline_days"
"""Id of the target by which an organisation sets its own deadline for critical exposures, in days."""


@dataclass(frozen=True, slots=True)
class Span:
    """The reported window and the one it is compared with, which is `parts` times as long."""

    window: Window
    prior: Window
    parts: int
    label: str
    prior_label: str
    months: tuple[Period, ...]
    zone: str

    @property
    def days(self) -> tuple[date, date]:
        """First local day and the day after the last."""
        tz = ZoneInfo(self.zone)
        return self.window.start.astimezone(tz).date(), self.window.end.astimezone(tz).date()


def span(now: datetime, zone: str, monthly: bool) -> Span:
    """`monthly`: the last complete month against the three before; otherwise the last 30 days against the 30 before."""
    months = tuple(trailing("monthly", PERIODS, now, zone))
    if monthly:
        month = last_complete("monthly", now, zone)
        first = previous(month, PRIOR_MONTHS)
        label = f"{first.label} to {previous(month).label}"
        return Span(month.window, Window(first.start, month.start), PRIOR_MONTHS, month.label, label, months, zone)
    start = now - timedelta(days=DAYS)
    before = Window(start - timedelta(days=DAYS), start)
    return Span(Window(start, now), before, 1, f"the last {DAYS} days", f"the {DAYS} days before", months, zone)


@dataclass(frozen=True)
class Inputs:
    """Every source with what came of it; `profiles` and `landscape` None where the asker may not see threats."""

    ledger: Got[LedgerView]
    policies: Got[Reading[SlaPolicy]]
    calendars: Got[Reading[Calendar]]
    targets: Got[Reading[Target]]
    services: Got[Reading[Service]]
    incidents: Got[Reading[SignificantIncident]]
    asks: Got[Reading[Ask]]
    commitments: Got[Reading[Commitment]]
    people: Got[Reading[Person]]
    findings: Got[Reading[Finding]]
    alerts: Got[Reading[AlertView]]
    threats: threats.Gathered | None
    profiles: Got[Reading[Any]] | None

    @property
    def all(self) -> tuple[Got[Any], ...]:
        own: tuple[Got[Any], ...] = (
            self.ledger, self.policies, self.calendars, self.targets, self.services, self.incidents, self.asks,
            self.commitments, self.people, self.findings, self.alerts,
        )  # fmt: skip
        if self.threats is not None:
            return (*own, *self.threats.asked)
        return own if self.profiles is None else (*own, self.profiles)


async def gather(soc: Soc, when: Span, with_threats: bool) -> Inputs:
    """All sources at once."""
    files = soc.organisation
    first, second, told, seen = await asyncio.gather(
        asyncio.gather(
            fetch("Case ledger", soc.ledger.view(when.months[0].start), LEDGER_SECONDS),
            fetch("SLA policies", files.read(SlaPolicy)),
            fetch("Calendars", files.read(Calendar)),
            fetch("Targets", files.read(Target)),
        ),
        asyncio.gather(
            fetch("Services", files.read(Service)),
            fetch("Significant incidents", files.read(SignificantIncident)),
            fetch("Asks", files.read(Ask)),
            fetch("Commitments", files.read(Commitment)),
            fetch("Roster", files.read(Person)),
        ),
        _threats(soc, with_threats),
        asyncio.gather(
            fetch("Cloud posture", soc.posture.findings()), fetch("SIEM alerts", soc.alerts.alerts(when.window))
        ),
    )
    return Inputs(
        ledger=first[0], policies=first[1], calendars=first[2], targets=first[3],
        services=second[0], incidents=second[1], asks=second[2], commitments=second[3], people=second[4],
        findings=seen[0], alerts=seen[1], profiles=told[0], threats=told[1],
    )  # fmt: skip


async def _threats(soc: Soc, wanted: bool) -> tuple[Got[Reading[Any]] | None, threats.Gathered | None]:
    if not wanted:
        return None, None
    profiles = await fetch(threats.PROFILES, soc.intel.profiles())
    if not profiles.ok:
        return profiles, None
    return profiles, await threats.gather(threats.ThreatsArgs(), profiles, soc)


@dataclass(frozen=True, eq=False)
class Line:
    """A measure along the last twelve complete months, oldest first, and what Mann–Kendall says."""

    id: str
    name: str
    unit: str
    values: tuple[float | None, ...]
    trend: Trend


@dataclass(frozen=True, eq=False)
class History:
    """Everything from the ledger. `prior` values are None when it does not reach back far enough."""

    incidents: dict[str, int]
    incident_ids: tuple[str, ...]
    prior_incidents: float | None
    contained: ex.Containment
    prior_contained: ex.Containment | None
    kept: ex.Kept
    prior_kept: ex.Kept | None
    mttr: Summary
    prior_mttr: Summary | None
    months: tuple[str, ...]
    lines: tuple[Line, ...]
    complaints: tuple[str, ...]
    complete: bool


def history(view: LedgerView, inputs: Inputs, when: Span, now: datetime) -> History:
    """Counts, promises, times and trends. Runs in a thread."""
    rules = judge_by("org", None, rows(inputs.policies), rows(inputs.calendars), Window(when.months[0].start, now))
    since, cases = view.facts.complete_from, view.cases
    has_prior = since is None or since <= when.prior.start
    until = same_follow_up(when.prior, when.window, now)
    found = ex.incidents(cases, when.window)
    earlier = ex.incidents(cases, when.prior).height / when.parts if has_prior else None
    return History(
        incidents=slices.by_priority(found),
        incident_ids=tuple(slices.ids(found)),
        prior_incidents=earlier,
        contained=ex.containment(cases, when.window, now),
        prior_contained=ex.containment(cases, when.prior, until) if has_prior else None,
        kept=_kept(cases, when.window, now, rules),
        prior_kept=_kept(cases, when.prior, until, rules) if has_prior else None,
        mttr=ex.median_of(cases, ORG["mttr"], when.window, now),
        prior_mttr=ex.median_of(cases, ORG["mttr"], when.prior, until) if has_prior else None,
        months=tuple(month.label for month in when.months),
        lines=_lines(cases, when.months, since, now, rules),
        complaints=rules.complaints,
        complete=since is None or since <= when.window.start,
    )


def _kept(cases: Any, window: Window, as_of: datetime, rules: Rules) -> ex.Kept:
    return ex.kept(cases, window, as_of, rules.policies, rules.hours or {})


def _lines(
    cases: Any, months: Sequence[Period], since: datetime | None, now: datetime, rules: Rules
) -> tuple[Line, ...]:
    """Each month followed equally long after its end; months that the ledger does not hold in full are gaps."""
    counts: list[float | None] = []
    shares: list[float | None] = []
    times: list[float | None] = []
    contains: list[float | None] = []
    for month in months:
        if since is not None and since > month.start:
            for line in (counts, shares, times, contains):
                line.append(None)
            continue
        until = same_follow_up(month.window, months[-1].window, now)
        counts.append(float(ex.incidents(cases, month.window).height))
        shares.append(_kept(cases, month.window, until, rules).attainment.share.value)
        times.append(ex.median_of(cases, ORG["mttr"], month.window, until).median)
        contains.append(ex.containment(cases, month.window, until).summary.median)
    return (
        Line("incidents", "Incidents", "count", tuple(counts), trend(counts, "lower")),
        Line(
            "contain", "Time to contain major incidents, median", "seconds", tuple(contains), trend(contains, "lower")
        ),
        Line("sla", "SLA to resolve, kept", "share", tuple(shares), trend(shares, "higher")),
        Line("mttr", "Time to resolve, median", "seconds", tuple(times), trend(times, "lower")),
    )


def happened(inputs: Inputs, when: Span) -> tuple[SignificantIncident, ...]:
    """Significant incidents of the window by their day, newest first."""
    first, end = when.days
    # A rolling window ends today: what happened today belongs to it.
    last = end if when.window.end.astimezone(ZoneInfo(when.zone)).time() != datetime.min.time() else end - timedelta(1)
    found = [one for one in rows(inputs.incidents) if first <= one.occurred <= last]
    return tuple(sorted(found, key=lambda one: (one.occurred, one.id), reverse=True))
