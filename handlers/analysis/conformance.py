"""Did cases do what their runbook makes mandatory, in its order, as far as the case history shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from connectors.models.cases import Activity
from connectors.models.organisation.process import Runbook, RunbookStep


@dataclass(frozen=True, slots=True)
class Step:
    """A mandatory step: ids of the cases in which it is `missing`, and in which it came before an earlier one."""

    step: RunbookStep
    missing: tuple[str, ...]
    early: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conformance:
    """A runbook over `cases` closed cases of its types; `bad` missed a mandatory step or did it too early.

    `unseen`: mandatory steps that leave no mark in the history, which nobody can check here.
    """

    runbook: Runbook
    cases: int
    bad: tuple[str, ...]
    steps: tuple[Step, ...]
    unseen: int


def conformance(runbook: Runbook, typed: pl.DataFrame, events: pl.DataFrame) -> Conformance | None:
    """Judge the closed cases of its types (`effort.typed`); None without a case or a step that can be seen."""
    done = typed.filter(pl.col("kind").is_in(list(runbook.case_types)) & pl.col("closed_at").is_not_null())
    mandatory = [step for step in runbook.steps if step.mandatory]
    seen = [step for step in mandatory if step.mark is not None]
    if done.is_empty() or not seen:
        return None
    marks = _marks(done, events, seen)
    latest = pl.lit(None, dtype=pl.Datetime("us", "UTC"))
    found = []
    for number, step in enumerate(seen):
        at = pl.col(f"m{number}")
        early = marks.filter(at < latest)
        found.append(Step(step, _ids(marks.filter(at.is_null())), _ids(early)))
        latest = pl.max_horizontal(latest, at)
    bad = sorted({one for step in found for one in (*step.missing, *step.early)})
    return Conformance(runbook, done.height, tuple(bad), tuple(found), len(mandatory) - len(seen))


def _marks(done: pl.DataFrame, events: pl.DataFrame, steps: Sequence[RunbookStep]) -> pl.DataFrame:
    """case_id and the instant of each step, null where it is not seen."""
    told = events.join(done.select("case_id"), on="case_id", how="semi")
    cause = pl.when(pl.col("root_cause").cast(pl.String).fill_null("").str.strip_chars() != "").then(
        pl.col("closed_at")
    )
    plain = {
        "owner": pl.col("acknowledged_at"),
        "contained": pl.col("contained_at"),
        "closed": pl.col("closed_at"),
        "root_cause": cause,
    }
    out = done
    for number, step in enumerate(steps):
        mark = step.mark or ""
        if mark in plain:
            out = out.with_columns(plain[mark].alias(f"m{number}"))
            continue
        stage = mark.removeprefix("stage:")
        moved = told.filter((pl.col("activity") == Activity.STAGE_CHANGE) & (pl.col("value") == stage))
        first = moved.group_by("case_id").agg(pl.col("at").min().alias(f"m{number}"))
        out = out.join(first, on="case_id", how="left")
    return out.select("case_id", *(f"m{n}" for n in range(len(steps))))


def _ids(frame: pl.DataFrame) -> tuple[str, ...]:
    return tuple(str(one) for one in frame["case_id"].sort())
