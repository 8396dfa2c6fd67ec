"""What does not fit in the files that regulatory clocks are counted from, in sentences that send it to legal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from connectors.models.organisation.clocks import ClockRule, IncidentTriggers, RegulatorProfile


def words(start: str) -> str:
    """ "classified_major_at" → "classified major"."""
    return start.removesuffix("_at").replace("_", " ")


def noon_doubts(profile: RegulatorProfile | None, rules: Sequence[ClockRule]) -> list[str]:
    """Stages that were decided to move to a working day although the rule rules that out for a sector of ours."""
    known = {(rule.id, stage.name): stage for rule in rules for stage in rule.stages}
    return [
        f"The profile moves {scope.rule} “{name}” to a working day, which the rule rules out for a {sector}; ask legal."
        for scope in (profile.scopes if profile else ())
        for name in scope.noon_rule_for
        for sector in (profile.sectors if profile else ())
        if (scope.rule, name) in known and sector in known[scope.rule, name].noon_not_for
    ]


def doubts(
    incident: IncidentTriggers, rules: Sequence[ClockRule], profile: RegulatorProfile | None, now: datetime
) -> list[str]:
    """What does not fit: unknown rules and stages, jurisdictions without a rule, times to come."""
    known = {rule.id: rule for rule in rules}
    out = [
        f"Incident {incident.id}: there is no rule “{name}”; ask legal."
        for name in dict.fromkeys(
            (*incident.rules, *(f.rule for f in incident.filings), *(d.rule for d in incident.not_due))
        )
        if name not in known
    ]
    for name in incident.jurisdictions:
        if not any(name in rule.jurisdictions for rule in rules):
            out.append(f"Incident {incident.id}: no rule is on file for the jurisdiction “{name}”; ask legal.")
        elif profile is not None and name not in profile.jurisdictions:
            out.append(f"Incident {incident.id}: “{name}” is not among the profile's jurisdictions; ask legal.")
    for one in incident.filings:
        rule = known.get(one.rule)
        if rule is not None and one.stage not in {stage.name for stage in rule.stages}:
            out.append(f"Incident {incident.id}: {rule.regime} has no stage “{one.stage}”; that filing is not counted.")
    for name, moment in (*((t.trigger, t.at) for t in incident.triggers), *((f.stage, f.at) for f in incident.filings)):
        if isinstance(moment, datetime) and moment > now:
            out.append(f"Incident {incident.id}: {words(name)} lies in the future; check the file.")
    return out
