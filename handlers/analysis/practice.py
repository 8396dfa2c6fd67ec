"""When each person last worked on cases that take a skill: practice keeps a skill, an old assessment does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from connectors.models.organisation import Skill
from connectors.models.organisation.people import SkillThreat
from handlers.analysis.workload import worked


def last_handled(cases: pl.DataFrame, maps: Iterable[SkillThreat]) -> dict[tuple[str, str], date]:
    """(desk user, skill) → UTC day of the newest case whose title holds one of the skill's words (case ignored)."""
    frame = worked(cases).select("assignee", pl.col("title").str.to_lowercase(), "created_at")
    out: dict[tuple[str, str], date] = {}
    for one in maps:
        words = [word.lower() for word in one.case_words]
        if not words:
            continue
        hit = pl.any_horizontal(pl.col("title").str.contains(word, literal=True) for word in words)
        found = frame.filter(hit).group_by("assignee").agg(pl.col("created_at").max().dt.date())
        out |= {(person, one.skill): day for person, day in found.iter_rows()}
    return out


def with_practice(
    skills: Iterable[Skill], handled: Mapping[tuple[str, str], date], desk_user: Mapping[str, str]
) -> list[Skill]:
    """Each assessment with the newest of its own last use and the last case handled; `desk_user` by person id."""
    out = []
    for one in skills:
        day = handled.get((desk_user.get(one.person, one.person), one.skill))
        known = one.last_used or one.at
        newer = day is not None and day > known
        out.append(one.model_copy(update={"last_used": day}) if newer else one)
    return out
