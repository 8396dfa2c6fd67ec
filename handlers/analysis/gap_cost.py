"""Training in money: gaps closed in a year, and what closing the open ones costs by the courses on file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from connectors.models.organisation import Skill, SkillNeed
from connectors.models.organisation.people import Course
from handlers.analysis.currency import Rates
from handlers.analysis.skills import WORKS_ALONE, bus_factor, levels

WANTED = 2
"""People who work alone with a skill, so that one may be missing."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A skill that fewer than two people master; `cost` of the cheapest course that leads there, for all who lack."""

    skill: str
    weight: float
    have: int
    lacking: int
    course: str
    cost: float | None


def closed(needs: Iterable[SkillNeed], skills: Sequence[Skill], start: date, until: date) -> int | None:
    """Person-skills that reached a need's level from `start` until `until`; None when nobody was assessed twice."""
    wanted = {need.skill: need.level for need in needs}
    by_pair: dict[tuple[str, str], list[Skill]] = {}
    for one in sorted(skills, key=lambda s: s.at):
        if one.skill in wanted and one.at <= until:
            by_pair.setdefault((one.person, one.skill), []).append(one)
    if not any(len(rows) > 1 for rows in by_pair.values()):
        return None
    count = 0
    for (_, skill), rows in by_pair.items():
        before = [r for r in rows if r.at < start]
        level = before[-1].level if before else rows[0].level
        count += rows[-1].at >= start and level < wanted[skill] <= rows[-1].level
    return count


def gaps(needs: Iterable[SkillNeed], skills: Iterable[Skill], courses: Sequence[Course], rates: Rates) -> list[Gap]:
    """Open gaps, the heaviest and thinnest first; cost None when no course on file leads there."""
    held = levels(skills)
    out: dict[str, Gap] = {}
    for need in needs:
        have = bus_factor(held, need.skill)
        if have >= WANTED:
            continue
        fit = [
            (cost, c.name)
            for c in courses
            if c.skill == need.skill
            and c.to_level >= WORKS_ALONE
            and (cost := rates.convert(c.cost, c.currency)) is not None
        ]
        cost, name = min(fit) if fit else (None, "")
        lacking = WANTED - have
        out[need.skill] = Gap(need.skill, need.weight, have, lacking, name, None if cost is None else cost * lacking)
    return sorted(out.values(), key=lambda g: (-g.weight * g.lacking, g.skill))
