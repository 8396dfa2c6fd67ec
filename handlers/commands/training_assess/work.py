"""What training is judged from, and the computation: pure once the sources are in."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.models.organisation import Absence, BudgetLine, Person, Shift, Skill, SkillNeed, StaffingPolicy, Target
from connectors.models.organisation.attack import AttackBundle
from connectors.models.organisation.detection import TechniqueRemap
from connectors.models.organisation.people import Course, RoleRequirement, SkillThreat
from connectors.models.reading import Reading
from connectors.models.threats import ThreatProfile
from connectors.ports import LedgerView, ThreatIntel
from handlers.analysis import practice, roster, training
from handlers.analysis.attack import Current, Remap, retired
from handlers.analysis.skills import WORKS_ALONE, bus_factor, levels, skill_coverage
from handlers.commands.metrics_detection.inputs import attack_copy
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.fetch import Got, fetch, rows
from handlers.core.soc import Soc

WEEK = timedelta(days=7)
AT_ONCE = 4
UNUSED, LEDGER_SECONDS = timedelta(days=550), 20.0
"""A little more than the 18 months after which a level decays."""


@dataclass(frozen=True)
class Inputs:
    """Every source with what came of it. `techniques` are those of the threat profiles' recommendations."""

    people: Got[Reading[Person]]
    skills: Got[Reading[Skill]]
    profiles: Got[Reading[RoleRequirement]]
    courses: Got[Reading[Course]]
    maps: Got[Reading[SkillThreat]]
    needs: Got[Reading[SkillNeed]]
    shifts: Got[Reading[Shift]]
    absences: Got[Reading[Absence]]
    policy: Got[Reading[StaffingPolicy]]
    budget: Got[Reading[BudgetLine]]
    targets: Got[Reading[Target]]
    remap: Got[Reading[TechniqueRemap]]
    ledger: Got[LedgerView] | None
    """Asked with `--decay` alone."""
    intel: tuple[Got[Any], ...]
    techniques: frozenset[str] | None
    attack: Got[Reading[AttackBundle]] | None
    """None: the organisation has no copy of ATT&CK."""

    @property
    def all(self) -> tuple[Got[Any], ...]:
        return (
            self.people, self.skills, self.profiles, self.courses, self.maps, self.needs, self.shifts, self.absences,
            self.policy, self.budget, self.targets, self.remap, *([self.ledger] if self.ledger is not None else []),
            *([self.attack] if self.attack is not None else []), *self.intel,
        )  # fmt: skip


async def gather(soc: Soc, call: Authorised, weighed: bool, decay: bool) -> Inputs:
    """All sources at once; threat profiles only where skills are `weighed`, for who may see threats."""
    files = soc.organisation
    team, plan, rest, ledger, (intel, techniques), copy = await asyncio.gather(
        asyncio.gather(
            fetch("Roster", files.read(Person)),
            fetch("Skills", files.read(Skill)),
            fetch("Role profiles", files.read(RoleRequirement)),
            fetch("Courses", files.read(Course)),
            fetch("Skill threats", files.read(SkillThreat)),
        ),
        asyncio.gather(
            fetch("Skill needs", files.read(SkillNeed)),
            fetch("Shifts", files.read(Shift)),
            fetch("Absences", files.read(Absence)),
        ),
        asyncio.gather(
            fetch("Staffing policy", files.read(StaffingPolicy)),
            fetch("Budget", files.read(BudgetLine)),
            fetch("Targets", files.read(Target)),
            fetch("Retired techniques", files.read(TechniqueRemap)),
        ),
        _ledger(soc) if weighed and decay else _none(),
        _threats(soc.intel, weighed and call.principal.may(Permission.THREATS)),
        attack_copy(files) if weighed else _none(),
    )
    (people, skills, profiles, courses, maps), (needs, shifts, absences), (policy, budget, targets, remap) = (
        team,
        plan,
        rest,
    )
    return Inputs(
        people, skills, profiles, courses, maps, needs, shifts, absences, policy, budget, targets, remap, ledger,
        intel, techniques, copy,
    )  # fmt: skip


async def _ledger(soc: Soc) -> Got[LedgerView] | None:
    return await fetch("Case ledger", soc.ledger.view(soc.clock.now() - UNUSED), LEDGER_SECONDS)


async def _none() -> None:
    return None


async def _threats(intel: ThreatIntel, allowed: bool) -> tuple[tuple[Got[Any], ...], frozenset[str] | None]:
    """Techniques of everything recommended; None unless all profiles answered and they may be asked."""
    if not allowed:
        return (), None
    profiles = await fetch("Threat profiles", intel.profiles())
    turn = asyncio.Semaphore(AT_ONCE)

    async def recommended(profile: ThreatProfile) -> Got[Any]:
        async with turn:
            return await fetch("Threat recommendations", intel.recommendations(profile.id))

    found = await asyncio.gather(*(recommended(one) for one in rows(profiles)))
    asked = (profiles, *found)
    if not all(got.ok for got in asked):
        return asked, None
    return asked, frozenset(name for got in found for one in rows(got) for name in one.techniques)


@dataclass(frozen=True, eq=False)
class Team:
    """The team's skills today. Lists of skills are in alphabetical order unless ranked."""

    today: date
    people: tuple[Person, ...]
    held: dict[tuple[str, str], int]
    gaps: tuple[training.Gap, ...]
    needs: tuple[training.Need, ...]
    """Every required skill, highest training priority first."""
    seats: tuple[training.Seat, ...]
    doubts: tuple[training.Doubt, ...]
    single: tuple[str, ...]
    """Skills needed at level 3 that exactly one person has there."""
    nobody: tuple[str, ...]
    vital: int
    """Skills needed at level 3 in all."""
    uncovered: dict[str, tuple[int, int]] | None
    """Skill → hours of the next full week without the level needed, and hours needed; None without shifts."""
    weights: dict[str, float]
    no_profile: dict[str, int]
    """Role → people whose role has no profile: they have no gaps and no score."""
    retired: Current
    """Technique ids of skill_threats.yaml that ATT&CK has retired."""
    attack: AttackBundle | None
    """The organisation's own ATT&CK, by which ids are judged."""
    strange: tuple[str, ...]
    """Technique ids of skill_threats.yaml that it does not have."""
    lowered: int
    """Assessments lowered by decay."""
    courses: bool
    """Are the courses on file known?"""


def team(inputs: Inputs, now: datetime, zone: str, decay: bool) -> Team | None:
    """None without the roster, skills or role profiles. Runs in a thread."""
    if not (inputs.people.ok and inputs.skills.ok and inputs.profiles.ok):
        return None
    today = now.astimezone(ZoneInfo(zone)).date()
    people = tuple(p for p in rows(inputs.people) if (p.start or today) <= today <= (p.end or today))
    here = {p.id for p in people}
    known = [s for s in rows(inputs.skills) if s.person in here]
    kept = training.decayed(_practised(inputs, known, people), today) if decay else known
    profiles, courses = rows(inputs.profiles), rows(inputs.courses)
    held = levels(kept)
    gaps = tuple(training.gaps(((p.id, p.role) for p in people), held, profiles))
    own = next(iter(rows(inputs.attack)), None)
    remap = Remap(rows(inputs.remap) if own is None else retired(own, today))
    ours = tuple(dict.fromkeys(name for one in rows(inputs.maps) for name in one.techniques))
    weights = training.threat_weights(rows(inputs.maps), inputs.techniques, remap)
    needs = tuple(training.rank(gaps, held, weights, courses))
    roles = {one.role.casefold() for one in profiles}
    able = {skill: bus_factor(held, skill) for skill in _vital(profiles, rows(inputs.needs))}
    return Team(
        today=today,
        people=people,
        held=held,
        gaps=gaps,
        needs=needs,
        seats=tuple(training.book(needs, _limits(inputs, people), today)),
        doubts=tuple(training.doubts(known)),
        single=tuple(sorted(skill for skill, count in able.items() if count == 1)),
        nobody=tuple(sorted(skill for skill, count in able.items() if not count)),
        vital=len(able),
        uncovered=_uncovered(inputs, kept, people, today, zone),
        weights=weights,
        no_profile=dict(sorted(Counter(p.role for p in people if p.role.casefold() not in roles).items())),
        retired=remap.all(ours),
        attack=own,
        strange=_strange(ours, own),
        courses=inputs.courses.ok,
        lowered=sum(new.level < old.level for new, old in zip(kept, known, strict=True)),
    )


def _strange(ours: Sequence[str], own: AttackBundle | None) -> tuple[str, ...]:
    known = {one.id for one in own.techniques} if own is not None else set(ours)
    return tuple(one for one in ours if one not in known)


def _practised(inputs: Inputs, skills: Sequence[Skill], people: Sequence[Person]) -> list[Skill]:
    """Assessments with the last case handled, where the ledger answered."""
    view = inputs.ledger.value if inputs.ledger is not None else None
    if view is None:
        return list(skills)
    handled = practice.last_handled(view.cases, rows(inputs.maps))
    return practice.with_practice(skills, handled, {p.id: p.desk_user or p.id for p in people})


def _vital(profiles: Sequence[RoleRequirement], needs: Sequence[SkillNeed]) -> set[str]:
    """Skills that somebody, or some shift, must have at the level of working alone."""
    asked = [(one.skill, one.level) for one in profiles] + [(one.skill, one.level) for one in needs]
    return {skill for skill, level in asked if level >= WORKS_ALONE}


def _limits(inputs: Inputs, people: Sequence[Person]) -> training.Limits:
    policy = rows(inputs.policy)
    away: dict[str, tuple[tuple[date, date], ...]] = {}
    for one in rows(inputs.absences):
        away[one.person] = (*away.get(one.person, ()), (one.first, one.last))
    return training.Limits(
        hours_per_year=(policy[0] if policy else StaffingPolicy()).training_hours,
        fte={p.id: p.fte for p in people},
        away=away,
        leaves={p.id: p.end for p in people if p.end is not None},
    )


def _uncovered(
    inputs: Inputs, skills: Sequence[Skill], people: Sequence[Person], today: date, zone: str
) -> dict[str, tuple[int, int]] | None:
    """Hours of the next full week in which nobody on shift has the level that the shift needs."""
    if not (inputs.shifts.ok and inputs.needs.ok and inputs.absences.ok):
        return None
    monday = today + timedelta(days=7 - today.weekday())
    blocks = roster.expand(
        rows(inputs.shifts), people, rows(inputs.absences), today - timedelta(days=1), monday + WEEK
    )  # fmt: skip
    found = skill_coverage(rows(inputs.needs), skills, blocks, monday, zone)
    out: dict[str, tuple[int, int]] = {}
    for one in found:
        hours, needed = out.get(one.need.skill, (0, 0))
        out[one.need.skill] = hours + one.uncovered, needed + one.needed
    return out


@dataclass(frozen=True, slots=True)
class Purse:
    """The training budget of the current year, in one currency; `left` may be negative."""

    plan: float
    left: float
    currency: str
    year: int


def purse(inputs: Inputs, today: date) -> Purse | None:
    """None without a training line of this year, or with lines in several currencies."""
    lines = [
        one
        for one in rows(inputs.budget)
        if one.year == today.year and ("training" in (one.category.casefold(), getattr(one, "kind", "")))
    ]
    if len({one.currency for one in lines}) != 1:
        return None
    left = sum(one.plan - one.actual - one.committed for one in lines)
    return Purse(sum(one.plan for one in lines), left, lines[0].currency, today.year)
