"""What detection lacks: techniques short of their target, rules that rot or shout, techniques on one data source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor
from typing import Literal

from connectors.models.alerts import RuleActivity
from connectors.models.organisation import LogSource
from connectors.models.organisation.detection import DataSource, TechniqueKnowledge
from handlers.analysis.attack import parent
from handlers.analysis.coverage import BASIC, Scored, State
from handlers.analysis.unusual import silent as silence

VISIBILITY = {0: "none", 1: "minimal", 2: "medium", 3: "good", 4: "excellent"}
"""DeTT&CT, scoring_table.xlsx."""
WRITE_FROM = 2
Step = Literal["write rule", "improve data", "buy data", "find out"]


def quality(source: DataSource) -> float:
    """Mean of the five dimensions, 0 to 5."""
    found = (
        source.device_completeness, source.field_completeness, source.timeliness, source.consistency, source.retention,
    )  # fmt: skip
    return sum(found) / len(found)


def silent_sources(
    sources: Iterable[DataSource],
    feeds: Mapping[str, LogSource],
    fired: Mapping[str, datetime],
    resting: Mapping[str, Sequence[str]],
    now: datetime,
) -> frozenset[str]:
    """Data sources whose feed is silent and on which no rule fired since.

    `fired`: rule name → last firing. `resting`: data source → rules that need it. A feed without any
    sign of life at all is not judged: that is unknown, not silent.
    """
    out = set()
    for source in sources:
        feed = feeds.get(source.log_source or "")
        if feed is None:
            continue
        signs = [feed.last_event_at, *(fired.get(rule) for rule in (feed.rule or "", *resting.get(source.id, ())))]
        known = [at for at in signs if at is not None]
        if known and silence(source.id, max(known), feed.usual_gap_minutes * 60, now):
            out.add(source.id)
    return frozenset(out)


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be seen: techniques as the organisation knows them (by current id), data sources by id, silent ones."""

    knowledge: Mapping[str, TechniqueKnowledge]
    sources: Mapping[str, DataSource]
    silent: frozenset[str]

    def of(self, technique: str) -> tuple[int | None, bool]:
        """(visibility 0–4 or None, stated by a person).

        Derived: mean quality of its data sources × 4/5, a silent one counting 0, rounded down. None when neither a
        visibility nor a data source that exists is given.
        """
        known = self.knowledge.get(technique)
        if known is None:
            return None, False
        if known.visibility is not None:
            return known.visibility, True
        there = [name for name in known.data_sources if name in self.sources]
        found = [0.0 if name in self.silent else quality(self.sources[name]) for name in there]
        return (floor(sum(found) / len(found) * 4 / 5), False) if found else (None, False)


@dataclass(frozen=True, slots=True)
class Gap:
    """A technique short of its target. `rank` = weight × (target − score) × visibility/4, None: visibility unknown."""

    scored: Scored
    name: str
    target: int
    visibility: int | None
    stated: bool
    step: Step
    rank: float | None
    size: float
    candidates: tuple[str, ...]
    effort_hours: float | None
    related: int
    """Live rules on its parent, its sub-techniques or its siblings."""


def step_of(seen: int | None) -> Step:
    """0 buy data, 1 improve it, from 2 on write the rule."""
    if seen is None:
        return "find out"
    if seen >= WRITE_FROM:
        return "write rule"
    return "improve data" if seen else "buy data"


def gaps(
    techniques: Sequence[Scored],
    states: Sequence[State],
    sight: Sight,
    target: int,
    names: Mapping[str, str] | None = None,
) -> list[Gap]:
    """Every technique below its target: largest rank first, then by weight × distance; unknown visibility after.

    `names`: ATT&CK's own by id, for techniques that the organisation does not name.
    """
    live: dict[str, set[tuple[str, str]]] = {}
    for rule in states:
        for technique in rule.techniques if rule.live else ():
            live.setdefault(parent(technique), set()).add((technique, rule.rule.id))
    found = [_gap(one, sight, target, live.get(parent(one.id), set()), names or {}) for one in techniques]
    short = [gap for gap in found if gap.scored.score < gap.target]
    return sorted(short, key=lambda gap: (gap.rank is None, -(gap.rank or 0), -gap.size, gap.scored.id))


def _gap(one: Scored, sight: Sight, target: int, near: set[tuple[str, str]], names: Mapping[str, str]) -> Gap:
    known = sight.knowledge.get(one.id)
    aim = known.target if known is not None and known.target is not None else target
    seen, stated = sight.of(one.id)
    size = one.weight * (aim - one.score)
    return Gap(
        scored=one,
        name=known.name if known is not None else names.get(one.id, ""),
        target=aim,
        visibility=seen,
        stated=stated,
        step=step_of(seen),
        rank=None if seen is None else size * seen / 4,
        size=size,
        candidates=known.candidates if known is not None else (),
        effort_hours=known.effort_hours if known is not None else None,
        related=len({rule for technique, rule in near if technique != one.id}),
    )


def last_fired(activity: Iterable[RuleActivity]) -> dict[str, datetime]:
    """Rule (name or id, as the SIEM gives it) → last firing of the window."""
    return {one.rule: one.last_at for one in activity if one.last_at is not None and one.count > 0}


def stale(states: Iterable[State], fired: Mapping[str, datetime], now: datetime, days: int) -> list[State]:
    """Running rules that neither fired nor passed a test in so many days."""
    edge = now - timedelta(days=days)
    out = []
    for one in states:
        last = fired.get(one.rule.name) or fired.get(one.rule.id)
        quiet = last is None or last < edge
        if one.rule.enabled is not False and quiet and one.tested_at is None:
            out.append(one)
    return out


@dataclass(frozen=True, slots=True)
class Single:
    """A detected technique whose live rules all need one data source."""

    scored: Scored
    data_source: str


def single_points(techniques: Iterable[Scored]) -> tuple[list[Single], list[Scored]]:
    """(techniques on one data source, detected techniques with a live rule whose data sources are not recorded)."""
    found: list[Single] = []
    unknown: list[Scored] = []
    for one in techniques:
        if one.score < BASIC or not one.live:
            continue
        if any(not rule.data_sources for rule in one.live):
            unknown.append(one)
            continue
        common = frozenset(one.live[0].data_sources).intersection(*(rule.data_sources for rule in one.live[1:]))
        if common:
            found.append(Single(one, min(common)))
    return found, unknown


@dataclass(frozen=True, slots=True)
class Noise:
    """A rule's false positives a month and the hours they cost."""

    rule: str
    per_month: float
    judged: int
    minutes: float

    @property
    def hours(self) -> float:
        return self.per_month * self.minutes / 60


def noisy(
    rows: Iterable[tuple[str, int, int]], months: float, least: float, minutes: Mapping[str, float], default: float
) -> list[Noise]:
    """From (rule, false positives, cases judged) over so many months: rules with at least `least` a month.

    Dearest first; `minutes` each by rule, else `default`.
    """
    found = [Noise(rule, fp / months, n, minutes.get(rule, default)) for rule, fp, n in rows if fp / months >= least]
    return sorted(found, key=lambda one: (-one.hours, one.rule))
