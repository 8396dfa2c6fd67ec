"""Skills on shift: who could be missing, and the hours in which nobody present can do what is needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from connectors.models.organisation import Skill, SkillNeed
from handlers.analysis.roster import Block, on_at, week_hours

WORKS_ALONE = 3
OFFICE_DAYS = range(5)
OFFICE_HOURS = range(9, 17)
NOBODY = "nobody on shift"


@dataclass(frozen=True, slots=True)
class SkillCoverage:
    """One need over a week: `bus_factor` people at level 3 or more, `needed` and `uncovered` hours, uncovered by shift,
    and the best level present on each shift at its weakest hour (`worst_best`).
    """

    need: SkillNeed
    bus_factor: int
    needed: int
    uncovered: int
    by_shift: dict[str, int]
    worst_best: dict[str, int]


def levels(skills: Iterable[Skill]) -> dict[tuple[str, str], int]:
    """(person, skill) → level by the latest assessment; of the same day, evidence over manager over self."""
    rank = {"self": 0, "manager": 1, "evidence": 2}
    latest = sorted(skills, key=lambda s: (s.at, rank[s.basis]))
    return {(s.person, s.skill): s.level for s in latest}


def bus_factor(held: dict[tuple[str, str], int], skill: str, level: int = WORKS_ALONE) -> int:
    """How many people hold a skill at a level: how many may be missing before it is gone."""
    return sum(1 for (_, name), have in held.items() if name == skill and have >= level)


def skill_coverage(
    needs: Iterable[SkillNeed], skills: Iterable[Skill], blocks: Sequence[Block], monday: date, zone: str
) -> list[SkillCoverage]:
    """Each need over a local week, judged at the start of each hour; most weighted uncovered hours first.

    Office hours are Monday to Friday 09–17 of the zone. Hours are told under the shift that began last among those on.
    """
    held, tz = levels(skills), ZoneInfo(zone)
    week = [(h.astimezone(tz), on_at(blocks, h)) for h in week_hours(monday, zone)]
    out = []
    for need in needs:
        hours = [
            (_shift(on), max((held.get((b.person, need.skill), 0) for b in on), default=0))
            for local, on in week
            if need.hours == "always" or (local.weekday() in OFFICE_DAYS and local.hour in OFFICE_HOURS)
        ]
        short: dict[str, int] = defaultdict(int)
        worst: dict[str, int] = {}
        for shift, best in hours:
            worst[shift] = min(best, worst.get(shift, best))
            if best < need.level:
                short[shift] += 1
        out.append(
            SkillCoverage(need, bus_factor(held, need.skill), len(hours), sum(short.values()), dict(short), worst)
        )
    return sorted(out, key=lambda c: (-c.uncovered * c.need.weight, c.bus_factor, c.need.skill))


def _shift(on: Sequence[Block]) -> str:
    return max(on, key=lambda b: (b.start, b.label)).label if on else NOBODY
