"""Skills people have against what their role requires, what rests on one person, and whom to train first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from connectors.models.organisation import Skill
from connectors.models.organisation.people import Course, RoleRequirement, SkillThreat
from handlers.analysis.attack import Remap
from handlers.analysis.skills import WORKS_ALONE

UNUSED_MONTHS = 18
BENCH = 3
"""People who should work alone at a skill: one ill and one on leave still leave one."""
NOBODY = 0.5
"""Stands for a bus factor of 0, so that what nobody can do comes before what one person can."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One person's level of a skill against what the role requires."""

    person: str
    skill: str
    level: int
    required: int
    weight: float = 1.0

    @property
    def gap(self) -> int:
        return max(0, self.required - self.level)


def months(first: date, last: date) -> float:
    """Calendar months between two days, the broken month by days: 15 Jan to 15 Mar is 2; negative when reversed."""
    if last < first:
        return -months(last, first)
    whole = (last.year - first.year) * 12 + last.month - first.month
    turn = _plus(first, whole)
    if turn > last:
        whole -= 1
        turn = _plus(first, whole)
    return whole + (last - turn).days / (_plus(first, whole + 1) - turn).days


def _plus(day: date, count: int) -> date:
    """The same day so many months on, or the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError(f"no day {count} months after {day}")


def decayed(skills: Iterable[Skill], today: date) -> list[Skill]:
    """Each level less one for every full 18 months since the skill was used (or, if unknown, assessed), not below 0."""
    out = []
    for one in skills:
        lost = int(max(months(one.last_used or one.at, today), 0) // UNUSED_MONTHS)
        out.append(one.model_copy(update={"level": max(one.level - lost, 0)}) if lost else one)
    return out


@dataclass(frozen=True, slots=True)
class Doubt:
    """A self-assessment that is more than one level away from the latest evidence."""

    person: str
    skill: str
    claimed: int
    shown: int


def doubts(skills: Iterable[Skill]) -> list[Doubt]:
    """Latest self-assessment against latest evidence of the same person and skill, apart by more than 1."""
    latest: dict[tuple[str, str, str], Skill] = {}
    for one in sorted(skills, key=lambda s: s.at):
        latest[one.person, one.skill, one.basis] = one
    out = []
    for (person, skill, basis), claimed in latest.items():
        proof = latest.get((person, skill, "evidence"))
        if basis == "self" and proof is not None and abs(claimed.level - proof.level) > 1:
            out.append(Doubt(person, skill, claimed.level, proof.level))
    return sorted(out, key=lambda d: (d.skill, d.person))


def gaps(
    people: Iterable[tuple[str, str]], held: Mapping[tuple[str, str], int], profiles: Iterable[RoleRequirement]
) -> list[Gap]:
    """`people` as (id, role). A skill nobody assessed is level 0. A role without a profile gives nothing: tell it."""
    by_role: dict[str, list[RoleRequirement]] = defaultdict(list)
    for one in profiles:
        by_role[one.role.casefold()].append(one)
    return [
        Gap(person, need.skill, held.get((person, need.skill), 0), need.level, need.weight)
        for person, role in people
        for need in by_role.get(role.casefold(), ())
    ]


def score(found: Iterable[Gap]) -> float | None:
    """Team gap score: Σ weight·gap / Σ weight·required, 0 to 1; None when nothing is required."""
    kept = list(found)
    required = sum(g.weight * g.required for g in kept)
    return sum(g.weight * g.gap for g in kept) / required if required else None


def priority(weight: float, gap: float, bus_factor: int, hours: float) -> float:
    """Threat weight × gap × (1 / bus factor) / hours of the course; a bus factor of 0 counts as a half."""
    return weight * gap / (bus_factor or NOBODY) / hours


def threat_weights(
    maps: Iterable[SkillThreat], techniques: Collection[str] | None, remap: Remap | None = None
) -> dict[str, float]:
    """Skill → threat weight: the SOC's own, else 1 + 2·(techniques it answers / the most any skill answers).

    A skill for T1021 answers T1021.002 too; retired ids count as their successors on both sides. Without techniques
    (`None` or none matched) a derived weight is 1.
    """
    rows = list(maps)
    known = remap or Remap(())
    theirs = known.all(techniques or ()).ids
    counts = {one.skill: len(answered(known.all(one.techniques).ids, theirs)) for one in rows}
    most = max(counts.values(), default=0)
    return {
        one.skill: one.weight if one.weight is not None else 1 + (2 * counts[one.skill] / most if most else 0)
        for one in rows
    }


def answered(ours: Iterable[str], theirs: Collection[str]) -> set[str]:
    """Of their techniques those that are ours or a sub-technique of ours."""
    mine = set(ours)
    return {one for one in theirs if one in mine or one.split(".")[0] in mine}


@dataclass(frozen=True, slots=True)
class Need:
    """A skill of the team. `trainees` nearest to the requirement first; `priority` None without a course."""

    skill: str
    gaps: tuple[Gap, ...]
    able: int
    weight: float
    course: Course | None
    priority: float | None
    trainees: tuple[Gap, ...]

    @property
    def gap(self) -> int:
        return sum(g.gap for g in self.gaps)

    @property
    def required(self) -> int:
        return sum(g.required for g in self.gaps)


def rank(
    found: Sequence[Gap], held: Mapping[tuple[str, str], int], weights: Mapping[str, float], courses: Sequence[Course]
) -> list[Need]:
    """Every required skill, highest training priority first; those with a gap and no course stand before the closed."""
    by_skill: dict[str, list[Gap]] = defaultdict(list)
    for one in found:
        by_skill[one.skill].append(one)
    out = [_need(skill, rows, held, weights.get(skill, 1.0), courses) for skill, rows in by_skill.items()]
    return sorted(out, key=lambda n: (not n.gap, n.priority is None, -(n.priority or 0), n.able, n.skill))


def _need(
    skill: str, rows: list[Gap], held: Mapping[tuple[str, str], int], weight: float, courses: Sequence[Course]
) -> Need:
    able = sum(1 for (_, name), level in held.items() if name == skill and level >= WORKS_ALONE)
    course = suited(skill, courses, max(row.required for row in rows))
    gap = sum(row.gap for row in rows)
    value = priority(weight, gap, able, course.hours) if course is not None else None
    return Need(skill, tuple(rows), able, weight, course, value, trainees(rows, able, course))


def suited(skill: str, courses: Iterable[Course], required: int) -> Course | None:
    """The shortest course that reaches the required level; when none does, the one that reaches highest."""
    mine = [one for one in courses if one.skill == skill]
    return min(mine, key=lambda c: (-min(c.to_level, required), c.hours, c.cost, c.id), default=None)


def trainees(rows: Iterable[Gap], able: int, course: Course | None) -> tuple[Gap, ...]:
    """Whom to train: those nearest to what their role requires, until three work alone, and at least one.

    Who has no gap is not sent (the expert teaches); a course that does not lift a person is not for them.
    """
    short = [row for row in rows if row.gap and (course is None or course.to_level > row.level)]
    seats = max(BENCH - able, 1)
    if course is not None and course.seats is not None:
        seats = min(seats, course.seats)
    return tuple(sorted(short, key=lambda g: (g.gap, -g.level, g.person))[:seats])


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place on a course; `starts` None: no date on file suits."""

    person: str
    course: Course
    starts: date | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What stands in a person's way: training hours left per year, days away, last day of employment."""

    hours_per_year: float
    fte: Mapping[str, float]
    away: Mapping[str, tuple[tuple[date, date], ...]]
    leaves: Mapping[str, date]


def book(needs: Iterable[Need], limits: Limits, today: date) -> list[Seat]:
    """Places in order of priority: the first start after today when the person is here and has training hours left."""
    desk = _Desk(limits, today)
    return [desk.seat(one.person, need.course) for need in needs if need.course is not None for one in need.trainees]


class _Desk:
    """Places given so far, so that hours and seats are not given twice."""

    def __init__(self, limits: Limits, today: date) -> None:
        self._limits, self._today = limits, today
        self._used: dict[tuple[str, int], float] = defaultdict(float)
        self._taken: dict[tuple[str, date], int] = defaultdict(int)

    def seat(self, person: str, course: Course) -> Seat:
        reason = "no start date on file"
        for day in sorted(day for day in course.starts if day > self._today):
            reason = self._obstacle(person, course, day)
            if not reason:
                self._used[person, day.year] += course.hours
                self._taken[course.id, day] += 1
                return Seat(person, course, day)
        return Seat(person, course, None, reason)

    def _obstacle(self, person: str, course: Course, day: date) -> str:
        limits = self._limits
        if day > limits.leaves.get(person, date.max):
            return "leaves before"
        if any(first <= day <= last for first, last in limits.away.get(person, ())):
            return "away then"
        if self._used[person, day.year] + course.hours > limits.hours_per_year * limits.fte.get(person, 1.0):
            return "training hours of the year used up"
        full = course.seats is not None and self._taken[course.id, day] >= course.seats
        return "course full" if full else ""
