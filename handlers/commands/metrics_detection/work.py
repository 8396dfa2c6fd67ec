"""The computation of detection coverage: pure once the sources are in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime

from connectors.models.organisation import StaffingPolicy
from connectors.models.organisation.attack import AttackBundle
from connectors.models.organisation.detection import (
    DetectionInvestment,
    DetectionPolicy,
    PurpleResult,
    RuleKnowledge,
    TechniqueKnowledge,
)
from connectors.models.reading import Window
from handlers.analysis import attack, coverage, gaps, returns
from handlers.analysis.noise import FalsePositives, false_positives, true_positives
from handlers.commands.metrics_detection.inputs import Inputs, Wanted, assumed, back, bundle
from handlers.core.fetch import rows

NOISE_DAYS = 30


@dataclass(frozen=True)
class Found:
    """Everything computed. `techniques` is empty without a scope; None where an input is missing."""

    policy: DetectionPolicy
    window: Window
    noise_window: Window
    remap: attack.Remap
    scope: attack.Scope
    states: tuple[coverage.State, ...]
    techniques: tuple[coverage.Scored, ...]
    cover: coverage.Coverage
    sight: gaps.Sight
    short: tuple[gaps.Gap, ...]
    """Techniques below their target, by rank."""
    stale: tuple[coverage.State, ...] | None
    noisy: tuple[gaps.Noise, ...] | None
    noise_cases: tuple[str, ...]
    noise_rules: int
    """Rules with a false or true positive that a person judged in the window."""
    singles: tuple[gaps.Single, ...]
    unrecorded: tuple[coverage.Scored, ...]
    """Detected techniques with a live rule whose data sources nobody recorded."""
    worths: tuple[returns.Worth, ...] | None
    tests: bool
    """Is rule_knowledge.yaml known, which holds the rules' tests?"""
    knowledge: tuple[str, ...]
    """Rules that rule_knowledge.yaml speaks of."""
    strangers: tuple[str, ...]
    """Technique ids of rules that no list here knows."""
    retired: tuple[tuple[str, str, str | None], ...]
    """(file, retired id, successor) of the organisation's own files."""
    absent: tuple[tuple[str, str], ...]
    """(file, id) of the organisation's own files that its copy of ATT&CK does not have."""
    copied: bool
    """The organisation has a copy of ATT&CK, be it readable or not."""
    attack: AttackBundle | None
    names: dict[str, str]
    """ATT&CK's own names of living techniques by id; empty without a bundle."""
    uncounted: tuple[str, ...]
    """Exercises that change nothing: "pt-25-03 (older than 365 days)"."""


def compute(inputs: Inputs, wanted: Wanted, now: datetime, today: date) -> Found:
    """Runs in a thread."""
    own = bundle(inputs)
    policy = assumed(inputs.policy)
    if own is not None and own.version:
        policy = policy.model_copy(update={"version": own.version})
    remap = attack.Remap(rows(inputs.remap) if own is None else attack.retired(own, today))
    names = {one.id: one.name for one in own.techniques if one.state == "live"} if own is not None else {}
    window, noise_window = back(now, policy.stale_days), back(now, NOISE_DAYS)
    sight, scope = _sight(inputs, remap, now), _scope(inputs, remap, policy, own)
    kept = {one.rule: one for one in rows(inputs.knowledge)}
    since = coverage.since(today, policy.stale_days)
    facts = coverage.Facts(kept, sight.silent, _true_positives(inputs, window), since)
    listed = sorted(rows(inputs.rules), key=lambda rule: (rule.name, rule.id))
    states = tuple(coverage.state(rule, facts, remap) for rule in listed)
    valid = coverage.since(today, policy.purple_valid_days)
    techniques = coverage.scored(scope.techniques, states, rows(inputs.exercises), remap, valid)
    singles, unrecorded = gaps.single_points(techniques)
    noise = _false_positives(inputs, noise_window, kept) if wanted.noise else None
    noisy = None if noise is None else noise.noisy(policy.noisy_per_month)
    whole = inputs.activity.ok and not inputs.activity.source.truncated
    fired = gaps.last_fired(rows(inputs.activity))
    return Found(
        policy=policy,
        window=window,
        noise_window=noise_window,
        remap=remap,
        scope=scope,
        states=states,
        techniques=techniques,
        cover=coverage.of(techniques),
        sight=sight,
        short=tuple(gaps.gaps(techniques, states, sight, policy.target_score, names)),
        stale=tuple(gaps.stale(states, fired, now, policy.stale_days)) if whole else None,
        noisy=noisy,
        noise_rules=0 if noise is None else len(noise.rows),
        noise_cases=() if noise is None else noise.ids(noisy or ()),
        singles=tuple(singles),
        unrecorded=tuple(unrecorded),
        worths=_worths(inputs, policy, noise, techniques, remap) if inputs.plans is not None else None,
        tests=inputs.knowledge.ok,
        knowledge=tuple(kept),
        strangers=_strangers(states, scope, sight, remap, names),
        retired=_retired(inputs, remap),
        absent=_absent(inputs, remap, names),
        copied=inputs.attack is not None,
        attack=own,
        names=names,
        uncounted=_uncounted(inputs, scope, remap, valid),
    )


def _scope(inputs: Inputs, remap: attack.Remap, policy: DetectionPolicy, own: AttackBundle | None) -> attack.Scope:
    context = rows(inputs.context)
    advice = [one for got in inputs.advice for one in rows(got)]
    found = attack.scope(advice, context[0] if context else None, _known(inputs, remap), remap)
    return found if own is None else attack.on_platforms(found, own, policy.platforms)


def _known(inputs: Inputs, remap: attack.Remap) -> dict[str, TechniqueKnowledge]:
    """By current id; the organisation's own entry of that id wins over one of a retired id."""
    retired = {current: one for one in rows(inputs.techniques) if (current := remap.current(one.id)) is not None}
    return retired | {one.id: one for one in rows(inputs.techniques) if remap.current(one.id) == one.id}


def _sight(inputs: Inputs, remap: attack.Remap, now: datetime) -> gaps.Sight:
    """What is known of techniques and data sources, and which of these are silent."""
    resting: dict[str, list[str]] = {}
    for known in rows(inputs.knowledge):
        for source in known.data_sources:
            resting.setdefault(source, []).append(known.rule)
    feeds = {one.id: one for one in rows(inputs.feeds)}
    fired = gaps.last_fired(rows(inputs.activity))
    silent = gaps.silent_sources(rows(inputs.sources), feeds, fired, resting, now)
    return gaps.Sight(_known(inputs, remap), {one.id: one for one in rows(inputs.sources)}, silent)


def _true_positives(inputs: Inputs, window: Window) -> dict[str, int] | None:
    return None if inputs.ledger.value is None else true_positives(inputs.ledger.value.cases, window)


def _false_positives(inputs: Inputs, window: Window, kept: dict[str, RuleKnowledge]) -> FalsePositives | None:
    if inputs.ledger.value is None:
        return None
    policies = rows(inputs.staffing)
    default = (policies[0] if policies else StaffingPolicy()).default_handling_minutes
    stated = {
        rule: known.minutes_per_false_positive
        for rule, known in kept.items()
        if known.minutes_per_false_positive is not None
    }
    return false_positives(inputs.ledger.value.cases, window, stated, rows(inputs.handling), default)


def _worths(
    inputs: Inputs,
    policy: DetectionPolicy,
    noise: FalsePositives | None,
    techniques: Sequence[coverage.Scored],
    remap: attack.Remap,
) -> tuple[returns.Worth, ...] | None:
    if inputs.plans is None or not inputs.plans.ok:
        return None
    per_month = None if noise is None else noise.per_month
    minutes, default = (noise.minutes, noise.default) if noise is not None else ({}, 0.0)
    rates_ = returns.Rates(policy.hourly_cost, policy.currency, per_month, minutes, default)
    return tuple(returns.worths(rows(inputs.plans), techniques, rates_, remap))


def _strangers(
    states: Sequence[coverage.State],
    scope: attack.Scope,
    sight: gaps.Sight,
    remap: attack.Remap,
    names: Mapping[str, str],
) -> tuple[str, ...]:
    """Against the bundle when there is one, else against every list at hand."""
    known: Set[str] = names.keys()
    if not names:
        known = {one.id for one in scope.techniques} | set(scope.excluded) | set(sight.knowledge) | remap.successors
    return tuple(sorted({technique for one in states for technique in one.techniques} - known))


def _retired(inputs: Inputs, remap: attack.Remap) -> tuple[tuple[str, str, str | None], ...]:
    return tuple((file, old, remap.current(old)) for file, old in _named(inputs) if remap.row(old) is not None)


def _absent(inputs: Inputs, remap: attack.Remap, names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    if not names:
        return ()
    return tuple((file, one) for file, one in _named(inputs) if one not in names and remap.row(one) is None)


def _named(inputs: Inputs) -> list[tuple[str, str]]:
    """(file, technique id) of the organisation's own files, each once."""
    named = [(TechniqueKnowledge.FILE, one.id) for one in rows(inputs.techniques)]
    named += [(PurpleResult.FILE, one.technique) for one in rows(inputs.exercises)]
    named += [(DetectionInvestment.FILE, aim.technique) for one in rows(inputs.plans) for aim in one.raises]
    return list(dict.fromkeys(named))


def _uncounted(inputs: Inputs, scope: attack.Scope, remap: attack.Remap, valid: date) -> tuple[str, ...]:
    inside = {one.id for one in scope.techniques}
    out = []
    for one in rows(inputs.exercises):
        if one.at < valid:
            out.append(f"{one.id} (of {one.at}, too old)")
        elif remap.current(one.technique) not in inside:
            out.append(f"{one.id} ({one.technique} is not in scope)")
    return tuple(out)
