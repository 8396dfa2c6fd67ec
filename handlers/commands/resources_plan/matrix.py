"""`--skill-matrix`: what every shift needs against the best that is there, and who could be missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.models.organisation import Skill
from handlers.analysis.skills import WORKS_ALONE, SkillCoverage, levels
from handlers.commands.resources_plan.ahead import week_name
from handlers.commands.resources_plan.work import Plan
from handlers.core import cells
from messages.document import Block, Context, Heading, Paragraph, Table, spans

ROWS = 20
LEVELS = (
    "Levels: 0 none, 1 aware, 2 works with help, 3 works alone, 4 teaches. NICE: work roles of the framework 2.0.0."
)


def blocks(plan: Plan, skills: Sequence[Skill], called: Mapping[str, str] | None) -> list[Block]:
    """Needs, shifts, and, where persons may be named, who holds what."""
    head = Heading(text="Skill matrix")
    if plan.skills is None:
        return [head, Paragraph(text=spans("No skill matrix: the roster, shifts, skills or needs could not be read."))]
    if not plan.skills:
        return [head, Paragraph(text=spans("No skill need is on file, so nothing can be uncovered."))]
    out: list[Block] = [head, _needs(plan.skills, week_name(plan.times.monday)), _by_shift(plan.skills)]
    if called is not None:
        out.append(_holders(plan.skills, skills, called))
    return [*out, Context(text=spans(LEVELS))]


def _needs(found: Sequence[SkillCoverage], week: str) -> Table:
    rows = (
        cells.row(
            cells.shorten(c.need.skill, 40), f"{c.need.level}", c.need.hours,
            f"{min(c.worst_best.values(), default=0)}", f"{c.bus_factor}", f"{c.uncovered}",
            f"{c.needed}", cells.shorten(c.need.nice or "", 60),
        )
        for c in found
    )  # fmt: skip
    labels = ("Skill", ">Needed", "Hours", ">Best at the weakest hour", ">Bus factor", ">Uncovered h", ">of h", "NICE")
    return cells.table(f"Skills needed in {week}, worst first", labels, rows)


def _by_shift(found: Sequence[SkillCoverage]) -> Table:
    """Shifts on which a need is not met at some hour."""
    short = [
        (shift, c, best, c.by_shift[shift])
        for c in found
        for shift, best in c.worst_best.items()
        if c.by_shift.get(shift)
    ]
    ordered = sorted(short, key=lambda row: (-row[3] * row[1].need.weight, row[1].need.skill, row[0]))
    rows = (
        cells.row(shift, cells.shorten(c.need.skill, 40), f"{c.need.level}", f"{best}", f"{hours}")
        for shift, c, best, hours in ordered[:ROWS]
    )
    labels = ("Shift", "Skill", ">Needed", ">Best present", ">Hours")
    caption = "Shifts without the level" + ("" if ordered else ": none")
    return cells.table(caption, labels, rows, len(ordered))


def _holders(found: Sequence[SkillCoverage], skills: Sequence[Skill], called: Mapping[str, str]) -> Table:
    """People at level 3 or more, by skill."""
    held = levels(skills)
    rows = []
    for c in found:
        who = sorted(called.get(p, p) for (p, s), level in held.items() if s == c.need.skill and level >= WORKS_ALONE)
        rows.append(cells.row(cells.shorten(c.need.skill, 40), cells.names(who, 12)))
    return cells.table(f"Who works alone (level {WORKS_ALONE} or more)", ("Skill", "People"), rows)
