"""What does not fit together in the files that incidents and vulnerabilities are judged by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isclose

from connectors.models.organisation import Service, Skill
from connectors.models.organisation.risk import (
    CoordinatorRow,
    IncidentFacts,
    Prioritisation,
    Remediation,
    VulnerabilityFacts,
)
from connectors.organisation.folder import Folder, at

COMBINATIONS = 16
DECISIONS = 36


def _strangers(found: Folder) -> Iterator[str]:
    """Services and skills that the incident files name and that nobody listed."""
    services = {one.record.id for one in found.of(Service)}
    skills = {one.record.skill for one in found.of(Skill)}
    for one in found.of(IncidentFacts):
        for affected in one.record.affected if found.readable(Service) else ():
            if affected.service not in services:
                yield f"{at(IncidentFacts, one)}: service {affected.service!r} is not in {Service.FILE}"
        for skill in one.record.skills if found.readable(Skill) else ():
            if skill not in skills:
                yield f"{at(IncidentFacts, one)}: skill {skill!r} is nobody's in {Skill.FILE}"
    for policy in found.of(Prioritisation):
        for rule, skill in policy.record.rule_skills.items() if found.readable(Skill) else ():
            if skill not in skills:
                yield f"{Prioritisation.FILE}: skill {skill!r} of rule {rule!r} is nobody's in {Skill.FILE}"


def _twice(found: Folder) -> Iterator[str]:
    seen: dict[tuple[str, object], int] = {}
    for one in found.of(IncidentFacts):
        key = (one.record.case_id, one.record.assessed_at)
        if key in seen:
            yield f"{at(IncidentFacts, one)}: case {key[0]} is assessed at that time on line {seen[key]} already"
        seen.setdefault(key, one.line)
    known: dict[str, int] = {}
    for fact in found.of(VulnerabilityFacts):
        if fact.record.cve in known:
            first = known[fact.record.cve]
            yield f"{at(VulnerabilityFacts, fact)}: cve {fact.record.cve!r} stands already on line {first}"
        known.setdefault(fact.record.cve, fact.line)


def _outages(found: Folder) -> Iterator[str]:
    for one in found.of(IncidentFacts):
        for affected in one.record.affected:
            if affected.restored_at is None:
                continue
            if affected.down_since is None:
                yield f"{at(IncidentFacts, one)}: {affected.service} has restored_at without down_since"
            elif affected.restored_at < affected.down_since:
                yield f"{at(IncidentFacts, one)}: {affected.service} is restored before it was down"


def _unrated(found: Folder) -> Iterator[str]:
    """Data classes and regimes of services that the policy does not rate: they count as not known."""
    for policy in found.of(Prioritisation):
        classes = {name.casefold() for name in policy.record.data_classes}
        regimes = {name.casefold() for name in policy.record.regimes}
        for one in found.of(Service):
            if one.record.data_class and one.record.data_class.casefold() not in classes:
                yield f"{at(Service, one)}: data class {one.record.data_class!r} has no rating in {Prioritisation.FILE}"
            for regime in one.record.regimes:
                if regime.casefold() not in regimes:
                    yield f"{at(Service, one)}: regime {regime!r} has no rating in {Prioritisation.FILE}"


def _policy(found: Folder) -> Iterator[str]:
    """Weights that sum to 1, edges that rise."""
    for one in found.of(Prioritisation):
        policy = one.record
        total = sum(getattr(policy, name) for name in Prioritisation.model_fields if name.startswith("weight_"))
        if not isclose(total, 1.0, abs_tol=1e-6):
            yield f"{Prioritisation.FILE}: the four weights sum to {total:g}, not to 1"
        if policy.rto_hours is not None and list(policy.rto_hours) != sorted(set(policy.rto_hours)):
            yield f"{Prioritisation.FILE}: rto_hours do not rise from one to the next"


def _table(found: Folder) -> Iterator[str]:
    """Every combination of the four inputs once."""
    rows = [one.record for one in found.of(Remediation)]
    if not found.readable(Remediation):
        return
    keys = {(row.kev, row.exposed, row.automatable, row.technical_impact) for row in rows}
    if len(keys) != COMBINATIONS or len(rows) != COMBINATIONS:
        yield f"{Remediation.FILE}: has {len(keys)} of {COMBINATIONS} combinations in {len(rows)} rows (keep each once)"


def _coordinator(found: Folder) -> Iterator[str]:
    """Every combination of the coordinator table's four inputs once."""
    if not found.readable(CoordinatorRow):
        return
    rows = [one.record for one in found.of(CoordinatorRow)]
    keys = {(row.exploitation, row.automatable, row.technical_impact, row.mission) for row in rows}
    if len(keys) != DECISIONS or len(rows) != DECISIONS:
        yield f"{CoordinatorRow.FILE}: has {len(keys)} of {DECISIONS} combinations in {len(rows)} rows (keep each once)"


RULES: tuple[Callable[[Folder], Iterator[str]], ...] = (
    _strangers,
    _twice,
    _outages,
    _unrated,
    _policy,
    _table,
    _coordinator,
)
