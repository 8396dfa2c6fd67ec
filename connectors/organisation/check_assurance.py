"""What only shows when the files on controls, audits and regulatory clocks are read side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from connectors.models.organisation.assurance import (
    AuditPlan,
    Control,
    ControlException,
    Evidence,
    FrameworkTopic,
    MockTest,
    Obligation,
    PriorFinding,
)
from connectors.models.organisation.clocks import ClockRule, IncidentTriggers, RegulatorProfile, Scope, TriggerTime
from connectors.models.organisation.record import Record
from connectors.organisation.folder import Folder, at

SPANS: tuple[tuple[type[Record], str, str], ...] = (
    (Evidence, "period_from", "period_to"),
    (ControlException, "approved_on", "expires"),
    (AuditPlan, "period_from", "period_to"),
    (AuditPlan, "period_from", "fieldwork"),
)
NAMING: tuple[type[Record], ...] = (Evidence, ControlException, Obligation, PriorFinding, MockTest)


def _reversed(found: Folder) -> Iterator[str]:
    for record, first, last in SPANS:
        for one in found.any_of(record):
            begin, end = getattr(one.record, first), getattr(one.record, last)
            if end < begin:
                yield f"{at(record, one)}: {last} {end} is before {first} {begin}"


def _controls(found: Folder) -> Iterator[str]:
    """Controls that other files name, and rows of the framework map that controls name."""
    if found.readable(Control):
        known = {one.record.id for one in found.of(Control)}
        for record in NAMING:
            for one in found.any_of(record):
                if one.record.control is not None and one.record.control not in known:
                    yield f"{at(record, one)}: control {one.record.control!r} is not in {Control.FILE}"
    topics = {one.record.id for one in found.of(FrameworkTopic)}
    for control in found.of(Control):
        if control.record.topic and topics and control.record.topic not in topics:
            yield f"{at(Control, control)}: topic {control.record.topic!r} is not in {FrameworkTopic.FILE}"


def _tests(found: Folder) -> Iterator[str]:
    for test in found.of(MockTest):
        if test.record.exceptions > test.record.sampled:
            yield f"{at(MockTest, test)}: {test.record.exceptions} exceptions in {test.record.sampled} samples"
    for duty in found.of(Obligation):
        if (duty.record.done is None) != (duty.record.of is None):
            yield f"{at(Obligation, duty)}: done and of belong together"
        elif duty.record.done is not None and duty.record.done > (duty.record.of or 0):
            yield f"{at(Obligation, duty)}: done {duty.record.done} is more than of {duty.record.of}"


def _rules(found: Folder) -> Iterator[str]:
    """Triggers and earlier stages that the rules count from, and what a filing closes."""
    triggers = {str(name) for name in TriggerTime.model_json_schema()["properties"]["trigger"]["enum"]}
    for one in found.of(ClockRule):
        stages = {stage.name for stage in one.record.stages}
        starts = [limit.start for stage in one.record.stages for limit in stage.limits]
        for start in starts:
            name = start.removeprefix("filed:")
            if name not in (stages if start != name else triggers):
                yield f"{at(ClockRule, one)}: {start!r} is neither a trigger nor the filing of a stage of this rule"
        for stage in one.record.stages:
            for limit in stage.limits:
                if limit.amount is None and not limit.words:
                    yield f"{at(ClockRule, one)}: stage {stage.name!r} has neither an amount nor words"
                elif limit.amount and limit.unit != "hours" and limit.amount != int(limit.amount):
                    told = f"stage {stage.name!r} has {limit.amount:g} {limit.unit} (write a whole number)"
                    yield f"{at(ClockRule, one)}: {told}"


def _scopes(found: Folder) -> Iterator[str]:
    """Rules that the profile and the incidents name; stages of filings; jurisdictions nobody wrote a rule for."""
    rules = {one.record.id: one.record for one in found.of(ClockRule)}
    if not rules:
        return
    for profile in found.of(RegulatorProfile):
        seen: set[str] = set()
        for scope in profile.record.scopes:
            if scope.rule not in rules:
                yield f"{RegulatorProfile.FILE}: rule {scope.rule!r} is not in {ClockRule.FILE}"
            if scope.rule in seen:
                yield f"{RegulatorProfile.FILE}: rule {scope.rule!r} is decided twice"
            seen.add(scope.rule)
            yield from _noon(profile.record, scope, rules.get(scope.rule))
    for one in found.of(IncidentTriggers):
        named = (*one.record.rules, *(f.rule for f in one.record.filings), *(d.rule for d in one.record.not_due))
        for name in dict.fromkeys(named):
            if name not in rules:
                yield f"{at(IncidentTriggers, one)}: rule {name!r} is not in {ClockRule.FILE}"
        pairs = [(f.rule, f.stage) for f in one.record.filings] + [(d.rule, d.stage) for d in one.record.not_due]
        for name, stage in [*pairs, *((d.rule, d.stage) for d in one.record.delays)]:
            if name in rules and stage not in {known.name for known in rules[name].stages}:
                yield f"{at(IncidentTriggers, one)}: {name} has no stage {stage!r}"


def _noon(profile: RegulatorProfile, scope: Scope, rule: ClockRule | None) -> Iterator[str]:
    """Deadlines that may not move to a working day for a sector of ours."""
    for stage in rule.stages if rule else ():
        for sector in profile.sectors:
            if stage.name in scope.noon_rule_for and sector in stage.noon_not_for:
                told = f"{scope.rule} {stage.name!r} may not move to a working day for a {sector}"
                yield f"{RegulatorProfile.FILE}: {told}"


def _instants(found: Folder) -> Iterator[str]:
    """Times of incidents without an offset: nobody knows which hour they mean."""
    for one in found.of(IncidentTriggers):
        for moment in (*(t.at for t in one.record.triggers), *(f.at for f in one.record.filings)):
            if isinstance(moment, datetime) and moment.tzinfo is None:
                yield f"{at(IncidentTriggers, one)}: {moment.isoformat()} does not say its offset from UTC"


RULES: tuple[Callable[[Folder], Iterator[str]], ...] = (_reversed, _controls, _tests, _rules, _scopes, _instants)
