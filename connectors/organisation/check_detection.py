"""What only shows when the files on detection are read side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from connectors.models.organisation import FILES, LogSource, Record
from connectors.models.organisation.detection import (
    DataSource,
    DetectionInvestment,
    DetectionPolicy,
    PurpleResult,
    RuleKnowledge,
    TechniqueKnowledge,
    TechniqueRemap,
)
from connectors.models.organisation.people import SkillThreat
from connectors.models.organisation.process import Hunt
from connectors.models.organisation.selecting import PocTest
from connectors.models.organisation.strategy import Initiative
from connectors.organisation.folder import Folder, at

GAP = "technique:"
"""How an initiative refers to a technique."""


def _repeated(found: Folder) -> Iterator[str]:
    """Rules and retired ids that stand twice (ids are judged for every file)."""
    for record, name in ((RuleKnowledge, "rule"), (TechniqueRemap, "old")):
        seen: dict[str, int] = {}
        for one in found.any_of(record):
            value: str = getattr(one.record, name)
            if value in seen:
                yield f"{at(record, one)}: {name} {value!r} stands already on line {seen[value]}"
            seen.setdefault(value, one.line)


def _strangers(found: Folder) -> Iterator[str]:
    """Data sources and feeds that other files name and that do not exist."""
    if found.readable(DataSource):
        known = {one.record.id for one in found.of(DataSource)}
        for record in (RuleKnowledge, TechniqueKnowledge):
            for one in found.any_of(record):
                for name in one.record.data_sources:
                    if name not in known:
                        yield f"{at(record, one)}: data source {name!r} is not in {FILES[DataSource]}"
    if found.readable(LogSource):
        feeds = {one.record.id for one in found.of(LogSource)}
        for source in found.of(DataSource):
            feed = source.record.log_source
            if feed is not None and feed not in feeds:
                yield f"{at(DataSource, source)}: log source {feed!r} is not in {FILES[LogSource]}"


def _retired(found: Folder) -> Iterator[str]:
    """Technique ids that ATT&CK has retired, which are read as their successors, and ids that it does not have.

    The organisation's own bundle tells; without one the product's table of retired ids, which cannot tell what exists.
    """
    bundle = found.attack
    if bundle is None:
        successors = {one.record.old: one.record.new for one in found.of(TechniqueRemap)}
        known, by = None, ""
    else:
        successors = {one.id: one.successor for one in bundle.techniques if one.state != "live"}
        known, by = {one.id for one in bundle.techniques}, f" by {bundle.called}"
    for record, line, technique in _techniques(found):
        where = f"{FILES[record]} line {line}"
        if technique in successors:
            new = successors[technique]
            told = f"write {new}" if new else "it has no successor"
            yield f"{where}: technique {technique} is retired{by} ({told})"
        elif known is not None and bundle is not None and technique not in known:
            yield f"{where}: technique {technique} is not in {bundle.called} (check the id)"


def _versions(found: Folder) -> Iterator[str]:
    """A version that attack.yaml states and the bundle contradicts."""
    for one in found.of(DetectionPolicy):
        stated = one.record.version if "version" in one.record.model_fields_set else ""
        if stated and found.attack is not None and found.attack.version not in ("", stated):
            told = f"is not that of {found.attack.file} ({found.attack.version})"
            yield f"{FILES[DetectionPolicy]}: version {stated} {told}"


def _techniques(found: Folder) -> Iterator[tuple[type[Record], int, str]]:
    for known in found.of(TechniqueKnowledge):
        yield TechniqueKnowledge, known.line, known.record.id
    for result in found.of(PurpleResult):
        yield PurpleResult, result.line, result.record.technique
    for investment in found.of(DetectionInvestment):
        for one in investment.record.raises:
            yield DetectionInvestment, investment.line, one.technique
    for record in (Hunt, SkillThreat):
        for named in found.any_of(record):
            for technique in named.record.techniques:
                yield record, named.line, technique
    for test in found.of(PocTest):
        if test.record.technique:
            yield PocTest, test.line, test.record.technique
    for initiative in found.of(Initiative):
        for ref in initiative.record.gap_refs:
            if ref.startswith(GAP):
                yield Initiative, initiative.line, ref.removeprefix(GAP)


def _remaps(found: Folder) -> Iterator[str]:
    """Successors that are themselves retired in a circle."""
    successors = {one.record.old: one.record.new for one in found.of(TechniqueRemap)}
    for one in found.of(TechniqueRemap):
        path, step = [one.record.old], one.record.new
        while step is not None and step not in path:
            path.append(step)
            step = successors.get(step)
        if step == one.record.old:
            yield f"{at(TechniqueRemap, one)}: {' → '.join([*path, step])} goes in a circle"


def _investments(found: Folder) -> Iterator[str]:
    """Tuning needs a rule and a share; everything else the techniques it raises; costs are in the policy's currency."""
    policy = [one.record for one in found.of(DetectionPolicy)]
    for one in found.of(DetectionInvestment):
        plan = one.record
        where = at(DetectionInvestment, one)
        if plan.kind == "tuning" and (plan.rule is None or plan.removes_share is None):
            yield f"{where}: tuning needs a rule and removes_share"
        if plan.kind != "tuning" and not plan.raises:
            yield f"{where}: {plan.kind} needs the techniques it raises"
        if policy and plan.currency != policy[0].currency:
            yield f"{where}: currency {plan.currency} is not that of {FILES[DetectionPolicy]} ({policy[0].currency})"


def _exercises(found: Folder) -> Iterator[str]:
    """A score belongs to what was detected."""
    for one in found.of(PurpleResult):
        if one.record.outcome != "detected" and one.record.score is not None:
            yield f"{at(PurpleResult, one)}: a score has no effect when the outcome is {one.record.outcome}"


def _vouched(found: Folder) -> Iterator[str]:
    """Evidence that nobody vouches for."""
    for one in found.of(RuleKnowledge):
        if one.record.evidence is not None and not one.record.evidence_by:
            yield f"{at(RuleKnowledge, one)}: evidence needs evidence_by, who vouches for it"


RULES: tuple[Callable[[Folder], Iterator[str]], ...] = (
    _repeated, _strangers, _retired, _versions, _remaps, _investments, _exercises, _vouched,
)  # fmt: skip
