"""The ways cases really go: variants, stages entered again, ping-pong between groups, handovers.

Events of the same second keep the source's order (`seq`); creation comes first whatever its clock says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from connectors.models.cases import Activity
from connectors.models.organisation import Person
from handlers.analysis.stage_time import FIRST_STAGE

CLOSED, REOPENED = "Closed", "Reopened"
OTHER = "others"
_A = Activity
_TIER = re.compile(r"@?tier\s*(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Variant:
    """A sequence of steps with immediate repeats left out, how many cases went so, and the median elapsed seconds."""

    path: tuple[str, ...]
    cases: int
    share: float
    median: float | None


@dataclass(frozen=True, eq=False)
class Flow:
    """Over `cases` closed cases (`open` ones are not in it: their way is not known yet).

    `loops`: ids that entered a stage again; `reopened`, `ping_pong` (A→B→A between groups; None: no groups known);
    `rework` is any of them. `handovers` is the mean number of changes from one person to another.
    """

    cases: int
    open: int
    variants: tuple[Variant, ...]
    loops: tuple[str, ...]
    reopened: tuple[str, ...]
    ping_pong: tuple[str, ...] | None
    handovers: float | None

    @property
    def rework(self) -> tuple[str, ...]:
        return tuple(sorted({*self.loops, *self.reopened, *(self.ping_pong or ())}))

    def covered(self, most: int) -> float:
        """Share of the cases that went one of the `most` commonest ways."""
        return sum(v.share for v in self.variants[:most])


def groups_of(persons: Iterable[Person]) -> dict[str, str]:
    """Owner at the case desk → group ("Tier 1")."""
    return {p.desk_user: f"Tier {p.tier}" for p in persons if p.desk_user is not None}


def group_name(owner: str, groups: Mapping[str, str]) -> str:
    """A queue's or person's group; persons that nobody lists are `OTHER`."""
    if owner.startswith("@"):
        tier = _TIER.fullmatch(owner)
        return f"Tier {tier[1]}" if tier else owner[1:]
    return groups.get(owner, OTHER)


def ordered(cases: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Events of these cases in order: case_id, at, activity, value, order."""
    rank = pl.when(pl.col("activity") == _A.CREATE_CASE).then(0).otherwise(1).alias("rank")
    mine = events.join(cases.select("case_id"), on="case_id", how="semi").with_row_index("line").with_columns(rank)
    mine = mine.cast({"activity": pl.String, "value": pl.String})  # a ledger may hold words as numbers
    return mine.sort("case_id", "rank", "at", "seq", "line").select("case_id", "at", "activity", "value")


def steps(told: pl.DataFrame) -> pl.DataFrame:
    """case_id, step: stages, closes and reopenings in order, immediate repeats left out."""
    kind = pl.col("activity")
    step = (
        pl.when(kind == _A.CREATE_CASE).then(pl.lit(FIRST_STAGE))
        .when(kind == _A.STAGE_CHANGE).then(pl.col("value"))
        .when(kind == _A.CLOSE_CASE).then(pl.lit(CLOSED))
        .when(kind == _A.REOPEN_CASE).then(pl.lit(REOPENED))
    )  # fmt: skip
    named = told.with_columns(step.alias("step")).filter(pl.col("step").is_not_null())
    fresh = pl.col("step").ne_missing(pl.col("step").shift(1).over("case_id"))
    return named.filter(fresh).select("case_id", "at", "step")


def flow(cases: pl.DataFrame, events: pl.DataFrame, groups: Mapping[str, str] | None) -> Flow:
    """How the cases given went. `groups` None: nobody knows who belongs together."""
    done = cases.filter(pl.col("closed_at").is_not_null())
    told = ordered(done, events)
    walked = steps(told)
    stages = walked.filter(~pl.col("step").is_in([CLOSED, REOPENED]))
    again = stages.filter(pl.struct("case_id", "step").is_duplicated())
    owners, passed = _owners(told, groups or {}), None
    if owners.height:
        passed = float(owners.filter(pl.col("handed"))["case_id"].len()) / done.height if done.height else None
    back = None if groups is None else _ids(_ping_pong(owners))
    return Flow(
        done.height,
        cases.height - done.height,
        tuple(_variants(walked, done)),
        _ids(again),
        _ids(done.filter(pl.col("reopened") > 0)),
        back,
        passed,
    )


def _variants(walked: pl.DataFrame, done: pl.DataFrame) -> list[Variant]:
    seconds = ((pl.col("closed_at") - pl.col("created_at")).dt.total_microseconds() / 1e6).alias("seconds")
    paths = (
        walked.group_by("case_id", maintain_order=True)
        .agg(pl.col("step").str.join("\x1f").alias("path"))
        .join(done.select("case_id", seconds), on="case_id")
        .group_by("path")
        .agg(pl.len().alias("cases"), pl.col("seconds").filter(pl.col("seconds") >= 0).median().alias("median"))
        .sort(["cases", "path"], descending=[True, False])
    )
    total = int(paths["cases"].sum())
    return [Variant(tuple(path.split("\x1f")), n, n / total, median) for path, n, median in paths.iter_rows()]


def _owners(told: pl.DataFrame, groups: Mapping[str, str]) -> pl.DataFrame:
    """Owner changes with the owner's group and whether one person handed over to another."""
    kinds = [str(_A.CREATE_CASE), str(_A.ASSIGNEE_CHANGE)]
    owned = told.filter(pl.col("activity").is_in(kinds) & (pl.col("value") != ""))
    names = {owner: group_name(owner, groups) for owner in owned["value"].unique()}
    person = pl.when(~pl.col("value").str.starts_with("@")).then(pl.col("value"))
    before = person.shift(1).forward_fill().over("case_id")
    return owned.with_columns(
        pl.col("value").replace_strict(names, default=None, return_dtype=pl.String).alias("group"),
        (person.is_not_null() & before.is_not_null() & (person != before)).fill_null(False).alias("handed"),
    )


def _ping_pong(owners: pl.DataFrame) -> pl.DataFrame:
    moved = owners.filter(pl.col("group").ne_missing(pl.col("group").shift(1).over("case_id")))
    return moved.filter(pl.col("group") == pl.col("group").shift(2).over("case_id"))


def _ids(frame: pl.DataFrame) -> tuple[str, ...]:
    return tuple(str(one) for one in frame["case_id"].unique().sort())
