"""From a crisis, the rules and the profile to its board of clocks. Pure; the sums are `handlers.analysis.clocks`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from connectors.models.organisation.clocks import (
    ClockRule,
    Filing,
    IncidentTriggers,
    RegulatorProfile,
    StageDecision,
    TriggerTime,
)
from connectors.models.organisation.record import stale
from handlers.analysis.clocks import FILED, SOON_MOST, SOON_SHARE, Clock, anchor, board
from handlers.crisis.duties import Duty, utc
from handlers.crisis.state import Crisis

NO_PROFILE = "No regulator profile could be read: scope not declared, ask legal which rules apply"
NO_RULES = "The rules could not be read: no deadline was computed anew, ask legal"
NONE_OURS = "No rule on file is of a jurisdiction of ours: ask legal"
STANDS = "The board stands as last computed; `crisis clock propose` computes it again once the files can be read"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What clocks are computed from. `zone` the team's; `lacking` why rules or profile could not be read."""

    rules: tuple[ClockRule, ...] | None
    profile: RegulatorProfile | None
    zone: str
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Computed:
    """The board, and sentences on what does not fit or could not be read."""

    board: tuple[Duty, ...]
    notes: tuple[str, ...]


def incident(crisis: Crisis) -> IncidentTriggers:
    """The crisis as the clocks' arithmetic takes it: confirmed triggers, filings, and what counsel said is not due."""
    duties = crisis.duties
    dropped = [(key.partition("/"), reason) for key, reason in duties.dropped]
    return IncidentTriggers(
        id=crisis.id,
        case_id=crisis.case or None,
        title=crisis.title,
        triggers=tuple(TriggerTime(trigger=s.trigger, at=s.at, confirmed_by=s.confirmed.name) for s in duties.started),
        filings=tuple(
            Filing(rule=f.rule, stage=f.stage, at=f.at, reference=f.reference, by=f.by.name) for f in duties.filed
        ),
        not_due=tuple(
            StageDecision(rule=rule, stage=stage, decided_by="in the crisis", reason=reason)
            for (rule, _, stage), reason in dropped
        ),
        owner=crisis.declared_by.name,
    )


def decided(crisis: Crisis, profile: RegulatorProfile | None) -> RegulatorProfile | None:
    """The profile with what was decided in this crisis before what it says itself; without one, that alone."""
    here = {scope.rule: scope for scope in crisis.duties.scoped}
    if not here:
        return profile
    if profile is None:
        last = crisis.duties.scoped[-1]
        profile = RegulatorProfile(jurisdictions=(), owner=last.decided_by, checked=last.decided_on)
    known = {scope.rule: scope for scope in profile.scopes}
    for rule, one in here.items():
        said = {"applies": one.applies, "decided_by": one.decided_by, "decided_on": one.decided_on}
        known[rule] = known[rule].model_copy(update=said) if rule in known else one
    return profile.model_copy(update={"scopes": tuple(known.values())})


def computed(crisis: Crisis, book: Rulebook, now: datetime) -> Computed:
    """Every clock of the crisis. A board that stands is never emptied because a file cannot be read."""
    here = {scope.rule for scope in crisis.duties.scoped}
    if book.rules is None or (book.profile is None and any(d.rule not in here for d in crisis.duties.board)):
        notes = (*book.lacking, NO_RULES, *((STANDS,) if crisis.duties.board else ()))
        return Computed(_standing(crisis, now), notes)
    found = board([incident(crisis)], book.rules, decided(crisis, book.profile), now, book.zone)
    notes = (*found.problems, *((*book.lacking, NO_PROFILE) if book.profile is None else ()))
    if not found.clocks and book.profile is not None and not found.out_of_scope:
        notes = (*notes, NONE_OURS)
    return Computed(tuple(duty(one, crisis, now) for one in found.clocks), notes)


def _standing(crisis: Crisis, now: datetime) -> tuple[Duty, ...]:
    """The board as it is, with what was filed and dropped since."""
    filed = {f"{one.rule}/{one.stage}": one for one in crisis.duties.filed}
    dropped = {key for key, _ in crisis.duties.dropped}
    return tuple(
        d.model_copy(update={"state": "filed", "reference": filed[d.key].reference}) if d.key in filed else d
        for d in crisis.duties.at(now).board
        if d.key not in dropped
    )


def duty(clock: Clock, crisis: Crisis, now: datetime) -> Duty:
    """One clock as the crisis keeps it."""
    stage, scope = clock.stage, clock.scope
    start = stage.limits[0].start if stage else ""
    lawful = clock.due.at if clock.due else None
    due = _in_drill(clock, crisis, lawful)
    made = Duty(
        rule=clock.rule.id,
        stage=stage.name if stage else "",
        name=clock.name,
        state=clock.state,
        due=due,
        lawful=lawful if due != lawful else None,
        day=clock.due.day if clock.due and due == lawful else None,
        soon=_soon(clock, crisis, due),
        note="; ".join(part for part in (clock.note, _condition(clock)) if part),
        trigger="" if start.startswith(FILED) else start,
        files=scope.files if scope else "",
        authority=scope.authority if scope else "",
        form=clock.missing_fields,
        reference=clock.filed.reference if clock.filed else "",
        late=clock.late,
        source=source(clock.rule, now.date()),
    )
    if clock.filed is not None and due != lawful and isinstance(clock.filed.at, datetime) and due is not None:
        return made.model_copy(update={"late": clock.filed.at > due})
    return made.at(now)


def source(rule: ClockRule, today: date) -> str:
    """Where a rule comes from, and when somebody last looked."""
    checked = f"checked {rule.checked}" if rule.checked else "never checked: confirm with legal"
    old = ", over a year ago" if stale(rule.checked, today) else ""
    return f"{rule.regime}: {rule.status}, {rule.source}, {checked}{old}"


def _condition(clock: Clock) -> str:
    return f"only if {clock.stage.condition}" if clock.stage is not None and clock.stage.condition else ""


def _start(clock: Clock) -> datetime | None:
    """The instant a clock counts from; None for a day without a time."""
    if clock.stage is None:
        return None
    begun = anchor(clock.incident, clock.rule, clock.stage.limits[0])
    return begun if isinstance(begun, datetime) else None


def _in_drill(clock: Clock, crisis: Crisis, lawful: datetime | None) -> datetime | None:
    """In a drill what is left of a deadline passes `speed` times faster, counted from the start or the declaration."""
    if lawful is None or not crisis.drill or crisis.speed == 1:
        return lawful
    base = max(crisis.declared, _start(clock) or crisis.declared)
    return lawful if lawful <= base else base + (lawful - base) / crisis.speed


def _soon(clock: Clock, crisis: Crisis, due: datetime | None) -> datetime | None:
    """From when it is due-soon, as `handlers.analysis.clocks` says it."""
    if due is None:
        return None
    start = _start(clock)
    if due != (clock.due.at if clock.due else None):
        start = max(crisis.declared, start or crisis.declared)
    whole = (due - start).total_seconds() if start else SOON_MOST / SOON_SHARE
    return due - timedelta(seconds=min(SOON_SHARE * whole, SOON_MOST))


def changes(before: tuple[Duty, ...], after: tuple[Duty, ...]) -> tuple[tuple[Duty | None, Duty | None], ...]:
    """Clocks that would be different: as it was (None: new) and as it would be (None: gone)."""
    old, new = {d.key: d for d in before}, {d.key: d for d in after}
    pairs = [(old.get(key), new.get(key)) for key in dict.fromkeys((*new, *old))]
    return tuple(
        (was, now) for was, now in pairs if was is None or now is None or (was.due, was.state) != (now.due, now.state)
    )


def told(duty: Duty) -> str:
    """A clock's standing in words: state, and until when in UTC."""
    if duty.due is None:
        return f"{duty.state}{f' ({duty.note})' if duty.note else ''}"
    until = f"{duty.day} (whole day), until {utc(duty.due)}" if duty.day else utc(duty.due)
    lawful = f", by law {utc(duty.lawful)}" if duty.lawful else ""
    return f"{duty.state}, due {until}{lawful}"
