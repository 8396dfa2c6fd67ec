"""The raw frames: what was read of cases, events and origins, before anything is derived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from connectors.models.cases import Case, CaseEvent, CaseOrigin
from connectors.models.reading import Window

AT = pl.Datetime("us", "UTC")
RAW: dict[str, Any] = {
    "case_id": pl.String, "title": pl.String, "environment": pl.String, "type": pl.String, "status": pl.String,
    "stage": pl.String, "priority": pl.String, "assignee": pl.String, "created_at": AT, "updated_at": AT,
    "alert_count": pl.Int64, "incident": pl.Boolean, "important": pl.Boolean, "close_reason": pl.String,
    "root_cause": pl.String, "merged_into": pl.String, "rule": pl.String, "close_action": pl.String,
}  # fmt: skip
EVENTS: dict[str, Any] = {
    "case_id": pl.String, "seq": pl.Int64, "at": AT, "activity": pl.String, "value": pl.String, "actor": pl.String,
}  # fmt: skip
ORIGINS: dict[str, Any] = {
    "case_id": pl.String, "first_activity_at": AT, "detected_at": AT, "_rule": pl.String,
}  # fmt: skip
STORED: dict[str, Any] = RAW | {name: ORIGINS[name] for name in ORIGINS if name != "case_id"}
"""A case as it lies on the disk: what the desk said of it, and where it came from."""

NO_CASES, NO_EVENTS, NO_ORIGINS, NO_STORED = (pl.DataFrame(schema=schema) for schema in (RAW, EVENTS, ORIGINS, STORED))
DELETED = "deleted"
"""The status of a case that the desk once listed and has no more."""

_WORDS = pl.Categorical()
NARROW_CASES: dict[Any, Any] = dict.fromkeys(
    ("environment", "type", "status", "stage", "priority", "assignee", "close_reason", "root_cause", "rule"), _WORDS
) | {"reopened": pl.Int16, "alert_count": pl.Int32}  # fmt: skip
NARROW_EVENTS: dict[Any, Any] = {"actor": _WORDS, "activity": _WORDS, "value": _WORDS, "seq": pl.Int32}
"""Columns whose words repeat, as small numbers: a million cases are to fit into a bot's memory."""


@dataclass(frozen=True, slots=True)
class Held:
    """What was read, before anything is derived.

    `watermark`: history is complete up to then, as far as it is told; `origins_at`: so are origins.
    """

    cases: pl.DataFrame
    events: pl.DataFrame
    origins: pl.DataFrame
    as_of: datetime
    watermark: datetime
    origins_at: datetime
    truncated: bool
    notes: tuple[str, ...]


def case_frame(cases: Sequence[Case]) -> pl.DataFrame:
    """A row a case; its first product stands for the rule until the origin is known."""
    columns = {name: [getattr(case, name) for case in cases] for name in RAW if name not in {"case_id", "rule"}}
    columns["case_id"] = [case.id for case in cases]
    columns["rule"] = [case.products[0] if case.products else None for case in cases]
    return pl.DataFrame(columns, schema_overrides=RAW).select(*RAW)


def event_frame(events: Sequence[CaseEvent]) -> pl.DataFrame:
    """A row an event."""
    return pl.DataFrame({name: [getattr(event, name) for event in events] for name in EVENTS}, schema=EVENTS)


def origin_frame(origins: Sequence[CaseOrigin]) -> pl.DataFrame:
    """A row an origin; a rule without a name is none."""
    columns = {
        "case_id": [origin.case_id for origin in origins],
        "first_activity_at": [origin.first_event_at for origin in origins],
        "detected_at": [origin.detected_at for origin in origins],
        "_rule": [origin.rule or None for origin in origins],
    }
    return pl.DataFrame(columns, schema=ORIGINS)


def earliest(origins: pl.DataFrame) -> pl.DataFrame:
    """One row a case: the earliest times, and the rule that was read first."""
    return origins.group_by("case_id", maintain_order=True).agg(
        pl.col("first_activity_at", "detected_at").min(), pl.col("_rule").drop_nulls().first()
    )


def newest(fresh: pl.DataFrame, old: pl.DataFrame | None) -> pl.DataFrame:
    """One row a case: the last one read."""
    fresh = fresh.unique("case_id", keep="last", maintain_order=True)
    kept = [] if old is None else [old.join(fresh, on="case_id", how="anti")]
    return pl.concat([*kept, fresh]).sort("created_at", "case_id")


def changed(cases: pl.DataFrame, seen: pl.DataFrame, known: pl.DataFrame, events: pl.DataFrame) -> list[Window]:
    """Spans of creation days of cases not read yet that left the queue or have new events."""
    left = cases.filter(pl.col("status") == "opened").select("case_id")
    moved = events.join(seen, on=["case_id", "at", "activity", "value"], how="anti").select("case_id")
    wanted = pl.concat([left, moved]).unique().join(known, on="case_id", how="anti")
    return spans(cases.join(wanted, on="case_id", how="semi").get_column("created_at"))


def spans(created: pl.Series) -> list[Window]:
    """The days in which these instants lie, days that adjoin as one span."""
    found: list[Window] = []
    for day in created.dt.truncate("1d").unique().sort():
        if found and day <= found[-1].end:
            found[-1] = Window(found[-1].start, day + timedelta(days=1))
        else:
            found.append(Window(day, day + timedelta(days=1)))
    return found
