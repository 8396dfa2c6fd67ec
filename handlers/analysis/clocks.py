"""Regulatory clocks of incidents: which run, until when, and what they wait for. Arithmetic only, no legal judgement.

Whether a rule applies is read from the regulator profile, when something happened from the incident; both are decided
by people. Source of the states and the worked examples: the rules file, each row with its own source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from connectors.models.organisation.clocks import (
    ClockLimit,
    ClockRule,
    ClockStage,
    Filing,
    IncidentTriggers,
    Instant,
    RegulatorProfile,
    Scope,
)
from handlers.analysis.clock_doubts import doubts, noon_doubts, words
from handlers.analysis.deadlines import Days, Due, NoTime, deadline, local_day, noon

State = Literal[
    "scope-not-declared", "not-started", "anchor-missing", "running", "due-soon", "overdue", "filed",
]  # fmt: skip
SOON_SHARE, SOON_MOST = 0.25, 7 * 86_400.0
FILED = "filed:"
STILL: tuple[State, ...] = ("overdue", "due-soon", "running")
"""States that a closed incident keeps: closing it ends no deadline."""
SOON = "due-soon: a quarter of the period or less is left, at most 7 days"


@dataclass(frozen=True, slots=True)
class Clock:
    """One stage of one rule for one incident. `remaining` and `elapsed` in seconds.

    `elapsed` is the time since awareness or discovery while a clock has not started. `late` is None when nobody can
    tell (filed on the day itself, without a time).
    """

    incident: IncidentTriggers
    rule: ClockRule
    stage: ClockStage | None
    state: State
    scope: Scope | None = None
    due: Due | None = None
    remaining: float | None = None
    elapsed: float | None = None
    filed: Filing | None = None
    late: bool | None = None
    unconfirmed: tuple[str, ...] = ()
    missing_fields: tuple[str, ...] = ()
    note: str = ""

    @property
    def name(self) -> str:
        return f"{self.rule.regime}: {self.stage.name}" if self.stage else self.rule.regime

    @property
    def open(self) -> bool:
        return self.state != "filed"


@dataclass(frozen=True, slots=True)
class Board:
    """All clocks, earliest deadline first; what does not run, counted; sentences on what does not fit."""

    clocks: tuple[Clock, ...]
    not_law: tuple[ClockRule, ...]
    out_of_scope: int
    not_due: int
    closed: int
    problems: tuple[str, ...]

    def of(self, *states: State) -> tuple[Clock, ...]:
        return tuple(clock for clock in self.clocks if clock.state in states)


@dataclass(slots=True)
class _Look:
    """What every rule is looked at with, and what is counted on the way."""

    profile: RegulatorProfile | None
    now: datetime
    zone: str
    out_of_scope: int = 0
    not_due: int = 0
    closed: int = 0
    problems: list[str] = field(default_factory=list)


def counts(rule: ClockRule, today: date) -> bool:
    """A rule that is law today; everything else is shown and never runs."""
    return rule.status == "in force" and (rule.effective_from is None or rule.effective_from <= today)


def board(
    incidents: Sequence[IncidentTriggers],
    rules: Sequence[ClockRule],
    profile: RegulatorProfile | None,
    now: datetime,
    zone: str,
) -> Board:
    """Every clock of every open incident, and of closed ones what is started and not filed.

    Without a profile no scope is declared.
    """
    look, found = _Look(profile, now, zone), list[Clock]()
    law = [rule for rule in rules if counts(rule, local_day(now, zone))]
    for incident in incidents:
        clocks = [made for rule in law for made in _of_rule(incident, rule, look)]
        if incident.closed:
            look.closed += 1
            clocks = [one for one in clocks if one.due is not None and one.state in STILL]
        else:
            look.problems += doubts(incident, rules, profile, now)
        found += clocks
    look.problems += noon_doubts(profile, rules)
    ordered = sorted(found, key=lambda c: (c.state == "filed", c.due is None, c.due.at if c.due else now, c.name))
    waiting = tuple(rule for rule in rules if rule not in law)
    return Board(
        tuple(ordered), waiting, look.out_of_scope, look.not_due, look.closed, tuple(dict.fromkeys(look.problems))
    )


def _of_rule(incident: IncidentTriggers, rule: ClockRule, look: _Look) -> list[Clock]:
    """The rule's clocks; none when it is not looked at, out of scope, or of a jurisdiction that is not ours."""
    profile = look.profile
    scope = next((s for s in profile.scopes if s.rule == rule.id), None) if profile else None
    if incident.rules and rule.id not in incident.rules:
        return []
    if scope is None:
        ours = {*incident.jurisdictions, *(profile.jurisdictions if profile and not incident.jurisdictions else ())}
        if not rule.stages or not (incident.rules or ours & set(rule.jurisdictions)):
            return []
        return [Clock(incident, rule, None, "scope-not-declared", note="ask legal whether it applies")]
    if not scope.applies:
        look.out_of_scope += 1
        return []
    dropped = {(d.rule, d.stage) for d in incident.not_due}
    look.not_due += sum((rule.id, stage.name) in dropped for stage in rule.stages)
    stages = [stage for stage in rule.stages if (rule.id, stage.name) not in dropped]
    return [clock(incident, rule, stage, scope, now=look.now, zone=look.zone) for stage in stages]


def clock(
    incident: IncidentTriggers, rule: ClockRule, stage: ClockStage, scope: Scope | None, *, now: datetime, zone: str
) -> Clock:
    """State of one stage. Later stages count from the filing before, so they wait until it is logged."""
    form = scope.form if scope else ()
    bare = Clock(
        incident, rule, stage, "not-started", scope,
        filed=filed(incident, rule, stage),
        unconfirmed=_unconfirmed(incident, stage),
        missing_fields=tuple(name for name in form if name not in incident.form),
    )  # fmt: skip
    try:
        due, note = _due(incident, rule, stage, zone)
        timeless = False
    except NoTime:
        due, note, timeless = None, "the day is known, the time is not: no midnight is assumed", True
    due = _delayed(incident, rule, stage, _rolled(due, stage, scope, zone))
    if bare.filed is not None:
        return replace(bare, state="filed", due=due, late=_late(bare.filed.at, due, zone), missing_fields=())
    start = anchor(incident, rule, stage.limits[0])
    if start is None:
        waits = waiting_for(stage.limits[0])
        return replace(bare, elapsed=_since(incident, now), note=f"waits for {waits}")
    if timeless:
        return replace(bare, state="anchor-missing", note=note)
    if due is None:
        return replace(bare, state="running", note=stage.limits[0].words)
    remaining = (due.at - now).total_seconds()
    whole = (due.at - start).total_seconds() if isinstance(start, datetime) else SOON_MOST / SOON_SHARE
    state: State = "running"
    if remaining < 0:
        state = "overdue"
    elif remaining <= min(SOON_SHARE * whole, SOON_MOST):
        state = "due-soon"
    return replace(bare, state=state, due=due, remaining=remaining, note=note)


def _due(incident: IncidentTriggers, rule: ClockRule, stage: ClockStage, zone: str) -> tuple[Due | None, str]:
    """The earliest limit that counts, and what was left out. Raises NoTime."""
    days = Days(rule.zone or zone, rule.business_country, rule.closes)
    found: list[Due] = []
    note = ""
    for limit in stage.limits:
        start = anchor(incident, rule, limit)
        due = None if start is None else deadline(limit, start, days)
        if due is None:
            continue
        later = at(incident, limit.unless_after) if limit.unless_after else None
        if later is not None and _after(later, due, zone):
            note = f"{limit.amount:g} h from {words(limit.start)} had passed before {words(limit.unless_after or '')}"
            continue
        found.append(due)
    return min(found, key=lambda one: one.at, default=None), note


def _after(moment: Instant, due: Due, zone: str) -> bool:
    """A day without a time comes after a deadline only when it is a later day."""
    return moment > due.at if isinstance(moment, datetime) else moment > local_day(due.at, zone)


def _rolled(due: Due | None, stage: ClockStage, scope: Scope | None, zone: str) -> Due | None:
    allowed = scope is not None and stage.noon_next_working_day and stage.name in scope.noon_rule_for
    return noon(due, Days(zone, scope.working_days_of)) if due and scope and allowed else due


def _delayed(incident: IncidentTriggers, rule: ClockRule, stage: ClockStage, due: Due | None) -> Due | None:
    granted = [d.until for d in incident.delays if (d.rule, d.stage) == (rule.id, stage.name)]
    return Due(max(granted)) if granted else due


def at(incident: IncidentTriggers, trigger: str) -> Instant | None:
    """When a trigger happened; the latest entry counts."""
    times = [one.at for one in incident.triggers if one.trigger == trigger]
    return times[-1] if times else None


def filed(incident: IncidentTriggers, rule: ClockRule, stage: ClockStage) -> Filing | None:
    """The last filing of the stage, from the log or from the trigger that records it."""
    logged = [one for one in incident.filings if (one.rule, one.stage) == (rule.id, stage.name)]
    if logged:
        return logged[-1]
    moment = at(incident, stage.filed_as) if stage.filed_as else None
    return None if moment is None else Filing(rule=rule.id, stage=stage.name, at=moment)


def anchor(incident: IncidentTriggers, rule: ClockRule, limit: ClockLimit) -> Instant | None:
    """Where a limit counts from: a trigger, or the filing of an earlier stage."""
    if not limit.start.startswith(FILED):
        return at(incident, limit.start)
    before = next((s for s in rule.stages if s.name == limit.start.removeprefix(FILED)), None)
    sent = filed(incident, rule, before) if before else None
    return sent.at if sent else None


def waiting_for(limit: ClockLimit) -> str:
    """What starts a limit, in words."""
    if limit.start.startswith(FILED):
        return f"the filing of “{limit.start.removeprefix(FILED)}”"
    return f"“{words(limit.start)}”, which people determine"


def _unconfirmed(incident: IncidentTriggers, stage: ClockStage) -> tuple[str, ...]:
    used = {limit.start for limit in stage.limits}
    return tuple(words(t.trigger) for t in incident.triggers if t.trigger in used and not t.confirmed_by)


def _since(incident: IncidentTriggers, now: datetime) -> float | None:
    known = [one.at for one in incident.triggers if one.trigger in ("aware_at", "breach_discovered_at")]
    times = [moment for moment in known if isinstance(moment, datetime)]
    return (now - min(times)).total_seconds() if times else None


def _late(sent: Instant, due: Due | None, zone: str) -> bool | None:
    if due is None:
        return None
    if isinstance(sent, datetime):
        return sent > due.at
    last = due.day or local_day(due.at, zone)
    return None if sent == last and due.day is None else sent > last
