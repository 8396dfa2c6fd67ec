"""How well techniques are detected: DeTT&CT's scale, derived from rules, corrected by persons and by exercises.

Detection −1 none, 0 forensics, 1 basic, 2 fair, 3 good, 4 very good, 5 excellent (DeTT&CT, scoring_table.xlsx).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from connectors.models.alerts import Rule
from connectors.models.organisation.detection import PurpleResult, RuleKnowledge
from handlers.analysis.attack import InScope, Remap

SCORES = {-1: "none", 0: "forensics", 1: "basic", 2: "fair", 3: "good", 4: "very good", 5: "excellent"}
COUNTS, UNMAPPED = "count", "name no technique"
NONE, FORENSICS, BASIC, FAIR, GOOD, BEST = -1, 0, 1, 2, 3, 5


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of rules beside the SIEM's list.

    `knowledge` by rule name or id. `silent`: data sources from which nothing comes. `true_positives`: by rule name,
    None when the case history did not answer. `tested_since`: the earliest day a test still counts from.
    """

    knowledge: Mapping[str, RuleKnowledge]
    silent: frozenset[str]
    true_positives: Mapping[str, int] | None
    tested_since: date

    def known(self, rule: Rule) -> RuleKnowledge | None:
        return self.knowledge.get(rule.name) or self.knowledge.get(rule.id)


@dataclass(frozen=True, slots=True)
class State:
    """A rule as it counts. `level` −1 when it does not run or cannot see; `why` says why it is below basic."""

    rule: Rule
    techniques: tuple[str, ...]
    moved: tuple[tuple[str, str], ...]
    gone: tuple[str, ...]
    level: int
    why: str
    data_sources: tuple[str, ...]
    behavioural: bool
    tested_at: date | None
    """Last passed test that still counts."""

    @property
    def live(self) -> bool:
        return self.level >= BASIC


def state(rule: Rule, facts: Facts, remap: Remap) -> State:
    """One rule: off or blind −1, no alerting or a failed test 0, running 1, tested with a true positive 2.

    A score that a person vouches for stands instead, for a rule that runs and sees.
    """
    known = facts.known(rule)
    found = remap.all(rule.techniques)
    fresh = known is not None and known.tested_at is not None and known.tested_at >= facts.tested_since
    level, why = _level(rule, known, facts, fresh)
    passed = known.tested_at if known is not None and fresh and known.test_result == "pass" else None
    sources = known.data_sources if known is not None else ()
    behavioural = known is not None and known.behavioural
    return State(rule, found.ids, found.moved, found.gone, level, why, sources, behavioural, passed)


def _level(rule: Rule, known: RuleKnowledge | None, facts: Facts, fresh: bool) -> tuple[int, str]:
    if rule.enabled is False:
        return NONE, "switched off"
    quiet = [name for name in known.data_sources if name in facts.silent] if known else []
    if quiet:
        return NONE, f"data source silent: {', '.join(quiet)}"
    if rule.alerting is False:
        return FORENSICS, "runs without alerting"
    if known is not None and fresh and known.test_result == "fail":
        return FORENSICS, f"failed its test of {known.tested_at}"
    if known is not None and known.evidence is not None:
        return known.evidence, "" if known.evidence >= BASIC else f"judged {SCORES[known.evidence]} by a person"
    hits = (facts.true_positives or {}).get(rule.name, 0)
    return (FAIR if fresh and hits else BASIC), ""


def unmapped(states: Iterable[State]) -> list[State]:
    """Rules that name no technique at all."""
    return [one for one in states if not one.rule.techniques]


def fate(one: State, scope: frozenset[str]) -> str:
    """What becomes of a rule: each is in one class. `scope`: ids of the techniques that count."""
    if not one.rule.techniques:
        return UNMAPPED
    if not one.techniques:
        return "name only retired ids without a successor"
    if not one.live:
        return f"do not count: {one.why.split(':')[0].split(' of ')[0]}"
    return COUNTS if scope & set(one.techniques) else "run, on techniques out of scope"


@dataclass(frozen=True, slots=True)
class Scored:
    """A technique with its score; `derived` is what rules alone give, `note` why the score differs from it."""

    technique: InScope
    score: int
    derived: int
    rules: tuple[State, ...]
    note: str = ""

    @property
    def id(self) -> str:
        return self.technique.id

    @property
    def weight(self) -> float:
        return self.technique.weight

    @property
    def live(self) -> tuple[State, ...]:
        """Rules that count."""
        return tuple(rule for rule in self.rules if rule.live)


def derived(rules: Sequence[State]) -> int:
    """The best rule's level; 3 when two rules of at least 2 share no data source, or one of them is behavioural."""
    if not rules:
        return NONE
    best = max(rule.level for rule in rules)
    fair = [rule for rule in rules if rule.level >= FAIR]
    if any(rule.behavioural for rule in fair) or _independent(fair):
        return max(best, GOOD)
    return best


def _independent(rules: Sequence[State]) -> bool:
    seen = [set(rule.data_sources) for rule in rules if rule.data_sources]
    return any(not (one & other) for n, one in enumerate(seen) for other in seen[n + 1 :])


def scored(
    scope: Iterable[InScope], states: Iterable[State], exercises: Iterable[PurpleResult], remap: Remap, since: date
) -> tuple[Scored, ...]:
    """Every technique of the scope with its rules (exact ids) and the newest exercise from `since` on."""
    by_technique: dict[str, list[State]] = {}
    for one in states:
        for technique in one.techniques:
            by_technique.setdefault(technique, []).append(one)
    newest: dict[str, PurpleResult] = {}
    for result in sorted(exercises, key=lambda row: (row.at, row.id)):
        current = remap.current(result.technique)
        if current is not None and result.at >= since:
            newest[current] = result
    return tuple(_scored(one, by_technique.get(one.id, []), newest.get(one.id)) for one in scope)


def _scored(technique: InScope, rules: Sequence[State], shown: PurpleResult | None) -> Scored:
    """An exercise outweighs the derived score, unless a rule passed a test after it."""
    base = derived(rules)
    kept = tuple(rules)
    if shown is None:
        return Scored(technique, base, base, kept)
    said = f"{shown.outcome} in the exercise of {shown.at}"
    if shown.outcome == "detected":
        score = shown.score if shown.score is not None else max(base, BASIC)
        return Scored(technique, score, base, kept, said if score != base else "")
    if any(rule.live and rule.tested_at is not None and rule.tested_at > shown.at for rule in rules):
        return Scored(technique, base, base, kept, f"{said}; a rule passed a test since")
    score = FORENSICS if shown.outcome == "logged" else NONE
    return Scored(technique, score, base, kept, said if score != base else "")


@dataclass(frozen=True, slots=True)
class Coverage:
    """Shares of 0 to 1; None for an empty scope. `covered` of `n` techniques score at least 1."""

    n: int
    covered: int
    binary: float | None
    weighted: float | None
    graded: float | None


def coverage(scores: Iterable[tuple[float, int]]) -> Coverage:
    """From (weight, score): |s ≥ 1|/n, Σw·[s ≥ 1]/Σw, Σw·max(s, 0)/(5·Σw)."""
    rows = list(scores)
    total = sum(weight for weight, _ in rows)
    covered = sum(score >= BASIC for _, score in rows)
    if not rows or total <= 0:
        return Coverage(len(rows), covered, None, None, None)
    return Coverage(
        len(rows),
        covered,
        covered / len(rows),
        sum(weight for weight, score in rows if score >= BASIC) / total,
        sum(weight * max(score, 0) for weight, score in rows) / (BEST * total),
    )


def of(techniques: Iterable[Scored]) -> Coverage:
    """Coverage of scored techniques."""
    return coverage((one.weight, one.score) for one in techniques)


def since(today: date, days: int) -> date:
    """The first day that lies at most so many days back."""
    return today - timedelta(days=days)
