"""What compliance is judged from, and the judgement: pure once the sources are in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.models.organisation import Calendar, Control, SlaPolicy, Target
from connectors.models.organisation.assurance import (
    AssurancePolicy,
    AuditPlan,
    BreachCause,
    ControlException,
    Evidence,
    Obligation,
    Retention,
    VendorPromise,
)
from connectors.models.organisation.clocks import ClockRule, IncidentTriggers, RegulatorProfile
from connectors.models.organisation.risk import IncidentFacts, RunningClock
from connectors.models.reading import Reading, Window
from connectors.ports import LedgerView
from handlers.analysis import clocks, evidence, slices
from handlers.analysis.adherence import Adherence, Promises, adherence, risk_by_priority
from handlers.analysis.periods import Period, previous
from handlers.analysis.proportions import Share
from handlers.analysis.scorecard import judge_by
from handlers.commands.compliance_monitor import crises
from handlers.core.fetch import Got, fetch, rows
from handlers.core.soc import Soc
from handlers.crisis.state import Crisis

LEDGER_SECONDS = 18.0
OPEN_SINCE_DAYS = 92
"""Open cases past their promise are looked for among those opened so long before now."""


@dataclass(frozen=True)
class Inputs:
    """Every source with what came of it."""

    controls: Got[Reading[Control]]
    evidence: Got[Reading[Evidence]]
    exceptions: Got[Reading[ControlException]]
    obligations: Got[Reading[Obligation]]
    retention: Got[Reading[Retention]]
    policy: Got[Reading[AssurancePolicy]]
    rules: Got[Reading[ClockRule]]
    profile: Got[Reading[RegulatorProfile]]
    incidents: Got[Reading[IncidentTriggers]]
    plans: Got[Reading[AuditPlan]]
    targets: Got[Reading[Target]]
    ledger: Got[LedgerView]
    promises: Got[Reading[SlaPolicy]]
    calendars: Got[Reading[Calendar]]
    facts: Got[Reading[IncidentFacts]]
    crises: Got[Reading[Crisis]] | None
    """None: whoever asks may not take part in crises."""
    causes: Got[Reading[BreachCause]] | None = None
    vendors: Got[Reading[VendorPromise]] | None = None

    @property
    def all(self) -> tuple[Got[Any], ...]:
        business = any(p.clock == "business" for p in rows(self.promises))
        found = (
            self.controls, self.evidence, self.exceptions, self.obligations, self.retention, self.policy, self.rules,
            self.profile, self.incidents, self.facts, self.plans, self.targets, self.ledger, self.promises,
            self.calendars if business else None, self.causes, self.vendors, self.crises,
        )  # fmt: skip
        return tuple(got for got in found if got is not None)

    @property
    def assumed(self) -> AssurancePolicy:
        """The organisation's policy, or the defaults of the record."""
        kept = rows(self.policy)
        return kept[0] if kept else AssurancePolicy()


async def gather(soc: Soc, since: datetime, sla: bool, part: bool) -> Inputs:
    """All sources at once; causes and vendors' promises only when SLA adherence is asked for.

    `part`: whoever asks may see crises.
    """
    files = soc.organisation
    there = await crises.read(soc) if part else None
    base: list[Any] = await asyncio.gather(
        fetch("Controls", files.read(Control)),
        fetch("Evidence", files.read(Evidence)),
        fetch("Exceptions", files.read(ControlException)),
        fetch("Obligations", files.read(Obligation)),
        fetch("Retention", files.read(Retention)),
        fetch("Compliance policy", files.read(AssurancePolicy)),
        fetch("Clock rules", files.read(ClockRule)),
        fetch("Regulator profile", files.read(RegulatorProfile)),
        fetch("Incident triggers", files.read(IncidentTriggers)),
        fetch("Audit plan", files.read(AuditPlan)),
        fetch("Targets", files.read(Target)),
        fetch("Case ledger", soc.ledger.view(since), LEDGER_SECONDS),
        fetch("SLA policies", files.read(SlaPolicy)),
        fetch("Calendars", files.read(Calendar)),
        fetch("Incident facts", files.read(IncidentFacts)),
    )
    base.append(there)
    if sla:
        base += await asyncio.gather(
            fetch("Breach causes", files.read(BreachCause)), fetch("Vendor promises", files.read(VendorPromise))
        )
    return Inputs(*base)


@dataclass(frozen=True, eq=False)
class Kept:
    """Promises kept in the window, and open cases past theirs now, whenever they were opened."""

    metrics: tuple[Adherence, ...]
    open_late: tuple[str, ...]
    at_risk: dict[tuple[str, str], int]
    """Open now with little time left, by metric and priority."""
    complaints: tuple[str, ...]
    incomplete: bool
    before: dict[str, Share]
    """Attainment of the period before, by metric; empty where the ledger does not hold all of it."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A running clock that people noted at a case and that incident_triggers.yaml does not count. `left` in seconds."""

    case: str
    clock: RunningClock
    left: float

    @property
    def name(self) -> str:
        return f"{self.clock.regime}: {self.clock.stage}"


@dataclass(frozen=True, eq=False)
class Found:
    """Everything computed; a part is None when its source failed."""

    today: date
    clocks: clocks.Board | None
    controls: tuple[evidence.Standing, ...] | None
    expired: tuple[ControlException, ...] | None
    readiness: evidence.Readiness | None
    doubts: tuple[evidence.Doubt, ...]
    period: tuple[date, date]
    plan: AuditPlan | None
    late: tuple[Obligation, ...] | None
    short: tuple[Retention, ...] | None
    kept: Kept | None
    noted: tuple[Noted, ...] = ()
    problems: tuple[str, ...] = field(default=())


def since(period: Period, now: datetime) -> datetime:
    """How far back the ledger is asked: the period before is compared with."""
    return min(previous(period).start, now - timedelta(days=OPEN_SINCE_DAYS))


def compute(inputs: Inputs, period: Period, now: datetime, zone: str) -> Found:
    """The whole judgement. Runs in a thread."""
    today = now.astimezone(ZoneInfo(zone)).date()
    problems: list[str] = []
    plan = next_plan(rows(inputs.plans), today)
    span = (plan.period_from, plan.period_to) if plan else (today - timedelta(days=364), today)
    proof = evidence.usable(rows(inputs.evidence), now)
    ready = None
    if inputs.controls.ok and inputs.evidence.ok:
        ready = evidence.readiness([evidence.part(one, proof, span, today) for one in rows(inputs.controls)])
    kept = None
    try:
        kept = _kept(inputs, period, now)
    except ValueError as error:
        problems.append(f"The SLA could not be computed: {error}.")
    exceptions = rows(inputs.exceptions)
    known = {one.id for one in rows(inputs.controls)}
    problems += [
        f"Exception {one.id} is for the control “{one.control}”, which is not in the controls file."
        for one in exceptions if inputs.controls.ok and one.control not in known
    ]  # fmt: skip
    return Found(
        today=today,
        clocks=_clocks(inputs, now, zone),
        controls=_standings(inputs, proof, today),
        expired=tuple(e for e in exceptions if e.expires < today) if inputs.exceptions.ok else None,
        readiness=ready,
        doubts=tuple(evidence.doubts(rows(inputs.evidence), rows(inputs.controls), span[1], now)) if ready else (),
        period=span,
        plan=plan,
        late=_late(inputs, today),
        short=tuple(r for r in rows(inputs.retention) if is_short(r)) if inputs.retention.ok else None,
        kept=kept,
        noted=_noted(inputs, now),
        problems=tuple(problems),
    )


def next_plan(plans: Sequence[AuditPlan], today: date) -> AuditPlan | None:
    """The audit whose fieldwork comes next."""
    return min((p for p in plans if p.fieldwork >= today), key=lambda p: p.fieldwork, default=None)


def is_short(one: Retention) -> bool:
    """Kept, or kept online, for fewer days than required; an unknown online time of a requirement is short."""
    online = one.online_required_days is not None and (one.online_days or 0) < one.online_required_days
    return one.kept_days < one.required_days or online


def _clocks(inputs: Inputs, now: datetime, zone: str) -> clocks.Board | None:
    """None without rules or incidents; a missing profile declares no scope."""
    if not inputs.rules.ok or not inputs.incidents.ok:
        return None
    profile, rules, chats = next(iter(rows(inputs.profile)), None), rows(inputs.rules), rows(inputs.crises)
    there = crises.elsewhere(rows(inputs.incidents), chats)
    mine = [one for one in rows(inputs.incidents) if one.id not in there]
    board = clocks.board(mine, rules, profile, now, zone)
    return crises.joined(board, crises.boards(chats, rules, profile, now, zone))


def _noted(inputs: Inputs, now: datetime) -> tuple[Noted, ...]:
    """Earliest first; a case that stands in incident_triggers.yaml is counted from there."""
    counted = {one.case_id for one in rows(inputs.incidents)} | {one.case for one in rows(inputs.crises)}
    last = {one.case_id: one for one in sorted(rows(inputs.facts), key=lambda one: one.assessed_at)}
    found = [
        Noted(case, clock, (clock.due_at - now).total_seconds())
        for case, facts in last.items() if case not in counted for clock in facts.clocks if not clock.filed
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.clock.due_at, one.case)))


def _standings(inputs: Inputs, proof: list[Evidence], today: date) -> tuple[evidence.Standing, ...] | None:
    if not inputs.controls.ok:
        return None
    soon, exceptions = inputs.assumed.soon_days, rows(inputs.exceptions)
    return tuple(evidence.standing(one, proof, exceptions, today, soon) for one in rows(inputs.controls))


def _late(inputs: Inputs, today: date) -> tuple[Obligation, ...] | None:
    if not inputs.obligations.ok:
        return None
    late = [o for o in rows(inputs.obligations) if o.completed is None and o.due < today]
    return tuple(sorted(late, key=lambda o: o.due))


def _kept(inputs: Inputs, period: Period, now: datetime) -> Kept | None:
    """None without a ledger or promises."""
    view, window = inputs.ledger.value, period.window
    if view is None or not inputs.promises.ok:
        return None
    span = Window(since(period, now), now)
    rules = judge_by("org", None, rows(inputs.promises), rows(inputs.calendars), span)
    promises = Promises(rules.policies, rules.hours or {}, now, inputs.assumed.reopened_counts_as_missed)
    recent = Window(min(window.start, now - timedelta(days=OPEN_SINCE_DAYS)), now)
    inside, running = slices.opened(view.cases, window), slices.opened(view.cases, recent)
    earlier = previous(period).window
    old = slices.opened(view.cases, earlier)
    metrics = tuple(adherence(inside, promises, metric) for metric in ("resolve", "acknowledge"))
    waiting = slices.open_at(running, now)
    late = promises.judge(waiting, "resolve")
    held = view.facts.complete_from
    return Kept(
        metrics,
        tuple(slices.missed_ids(late)),
        _risk(promises, waiting),
        rules.complaints,
        incomplete=held is not None and held > window.start,
        before={} if held is not None and held > earlier.start else {
            one.metric: one.total.share for one in (adherence(old, promises, each.metric) for each in metrics)
        },
    )  # fmt: skip


def _risk(promises: Promises, waiting: Any) -> dict[tuple[str, str], int]:
    return {
        (metric, priority): count
        for metric in ("resolve", "acknowledge")
        for priority, count in risk_by_priority(promises.judge(waiting, metric)).items()
    }
