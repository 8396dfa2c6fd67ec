"""Who on shift can take the first groups: the skills they need against who is there now, then next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from handlers.analysis.priority import TOP
from handlers.analysis.roster import Block as Stretch
from handlers.analysis.roster import expand, on_at
from handlers.analysis.skills import WORKS_ALONE, levels
from handlers.commands.incident_prioritize.gather import Sources
from handlers.commands.incident_prioritize.judge import Group
from handlers.commands.incident_prioritize.work import Order
from handlers.core import cells
from handlers.core.fetch import rows
from messages.document import Block, Context, Paragraph, spans

AHEAD = timedelta(days=3)


def needed(group: Group, rule_skills: Mapping[str, str]) -> tuple[str, ...]:
    """Skills that the facts name; without any, those that the policy ties to the rules of its cases."""
    told = [skill for one in group.items if one.facts is not None for skill in one.facts.skills]
    told = told or [rule_skills[one.rule] for one in group.items if one.rule in rule_skills]
    return tuple(dict.fromkeys(told))


def blocks(found: Order, sources: Sources, called: Mapping[str, str] | None, zone: str) -> list[Block]:
    """One row a skill of the first groups. `called`: names by person id; None: counts only."""
    if not (sources.people and sources.shifts and sources.skills):
        return []
    if not (sources.people.ok and sources.shifts.ok and sources.skills.ok):
        return [Paragraph(text=spans("Who could take them is not known: roster, shifts or skills are missing."))]
    today = found.now.astimezone(ZoneInfo(zone)).date()
    stretches = expand(
        rows(sources.shifts), rows(sources.people), rows(sources.absences), today - timedelta(days=1), today + AHEAD
    )
    held = levels(rows(sources.skills))
    lines = []
    for group in found.groups[:TOP]:
        for skill in needed(group, found.policy.rule_skills) or ("",):
            able = [b for b in stretches if b.kind == "on" and held.get((b.person, skill), 0) >= WORKS_ALONE]
            now = sorted({b.person for b in on_at(able, found.now)})
            named = cells.names([called.get(p, p) for p in now], 4) if called is not None else f"{len(now)}"
            people = named or "nobody"
            lines.append(
                cells.row(f"case {group.key}", skill or "not known", people if skill else "—", _next(able, found, zone))
            )
    labels = ("Group", "Skill needed", "On shift now" if called is not None else ">On shift now", "Next on shift")
    told = f"Level {WORKS_ALONE} (works alone) or higher. Needed: the incident facts, else the policy's rule_skills."
    return [cells.table("Who can take the first ones", labels, lines), Context(text=spans(told))]


def _next(able: list[Stretch], found: Order, zone: str) -> str:
    """The next start of somebody able."""
    starts = sorted(b.start for b in able if b.start > found.now)
    return f"{starts[0].astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}" if starts else ""
