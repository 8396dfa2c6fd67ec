"""What follows from the raw frames: the ledger's documented columns, and what is true of it as a whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

import polars as pl

from connectors.ledger.events import EventFrame, PackedEvents
from connectors.ledger.frames import AT, DELETED, EVENTS, NARROW_CASES, NARROW_EVENTS, ORIGINS, RAW, Held
from connectors.models.cases import CASE_COLUMNS, LedgerFacts
from connectors.ports import LedgerView


class Known(Protocol):
    """What was told with the rows: up to when they are complete, and what is wrong with them."""

    @property
    def as_of(self) -> datetime: ...
    @property
    def watermark(self) -> datetime: ...
    @property
    def truncated(self) -> bool: ...
    @property
    def notes(self) -> tuple[str, ...]: ...


_CLOSED = pl.col("status").is_in(["closed", "merged"])
MAX_GAPS = 0.02
"""Share of closed cases without their closing event above which the history was cut, whoever cut it."""


def derive(
    cases: pl.DataFrame, events: pl.DataFrame, origins: pl.DataFrame, automation: frozenset[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both frames as the port documents them: what history and origins say is joined to every case."""
    events = events.sort("case_id", "at", "seq")
    facts = (
        _moments(events, automation)
        .join(_reopenings(events), on="case_id", how="left")
        .join(_handovers(events), on="case_id", how="left")
    )
    joined = cases.join(facts, on="case_id", how="left").join(origins, on="case_id", how="left")
    joined = joined.with_columns(pl.col("_owned", "escalated", "returned").fill_null(value=False))
    stuck = (pl.col("_last") == "CLOSE_CASE") & (pl.col("status") == "opened")
    joined = joined.with_columns(
        closed_at=pl.when(_CLOSED).then(pl.coalesce("_last_closed", "updated_at")),
        closed_is_proxy=_CLOSED & pl.col("_last_closed").is_null(),
        reopened=pl.col("_reopened").fill_null(0).cast(pl.Int64) + stuck.fill_null(value=False).cast(pl.Int64),
        auto_closed=_CLOSED & ~pl.col("_owned") & (pl.col("close_action").fill_null("") != "MANUALLY")
        & (pl.col("_last_closed").is_not_null() | (pl.col("close_action") == "AUTOMATICALLY").fill_null(value=False)),
        rule=pl.coalesce("_rule", "rule"), contained_at=pl.lit(None, dtype=AT),
    )  # fmt: skip
    return joined.select(*CASE_COLUMNS), events.select(*EVENTS)


def _moments(events: pl.DataFrame, automation: frozenset[str]) -> pl.DataFrame:
    """Per case: first human owner, first declared incident, first and last close."""
    value, activity = pl.col("value"), pl.col("activity")
    person = (value != "") & ~value.str.starts_with("@") & ~value.is_in(list(automation))
    taken = (activity == "ASSIGNEE_CHANGE") & person
    closed = activity == "CLOSE_CASE"
    incident = (activity == "STAGE_CHANGE") & (value.str.to_lowercase() == "incident")
    return events.group_by("case_id").agg(
        acknowledged_at=pl.col("at").filter(taken).min(),
        identified_at=pl.col("at").filter(incident).min(),
        first_closed_at=pl.col("at").filter(closed).min(),
        _last_closed=pl.col("at").filter(closed).max(),
        _owned=(taken | ((activity == "CREATE_CASE") & person)).any(),
    )


def _reopenings(events: pl.DataFrame) -> pl.DataFrame:
    """Per case: closes that were followed by a reopening, or by another close (which needs one in between)."""
    steps = events.filter(pl.col("activity").is_in(["CLOSE_CASE", "REOPEN_CASE"])).select("case_id", "at", "activity")
    before = pl.col("activity").shift(1).over("case_id")
    again = (pl.col("activity") == "REOPEN_CASE") | (pl.col("at") > pl.col("at").shift(1).over("case_id"))
    steps = steps.with_columns(_again=(before == "CLOSE_CASE") & again)
    return steps.group_by("case_id", maintain_order=True).agg(
        _reopened=pl.col("_again").fill_null(value=False).sum(), _last=pl.col("activity").last()
    )


def _handovers(events: pl.DataFrame) -> pl.DataFrame:
    """Per case: handed up to a higher tier's queue, and back down after that. The tier is the number in "@Tier2"."""
    tier = pl.col("value").str.extract(r"(?i)^@.*?tier[\s_-]*(\d)", 1).cast(pl.Int8)
    owners = events.filter(pl.col("activity").is_in(["CREATE_CASE", "ASSIGNEE_CHANGE"])).select("case_id", _tier=tier)
    steps = owners.drop_nulls("_tier").with_columns(_step=pl.col("_tier").diff().over("case_id"))
    steps = steps.with_columns(_up=(pl.col("_step") > 0).fill_null(value=False))
    steps = steps.with_columns(_seen=pl.col("_up").cum_max().over("case_id"))
    down = ((pl.col("_step") < 0) & pl.col("_seen")).fill_null(value=False)
    return steps.group_by("case_id").agg(escalated=pl.col("_up").any(), returned=down.any())


def narrow(cases: pl.DataFrame, events: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The same rows in less memory."""
    return cases.cast(NARROW_CASES), events.cast(NARROW_EVENTS)


def month(stored: pl.DataFrame, events: pl.DataFrame, automation: frozenset[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One stored month as the port documents it, oldest case first and narrow, without its deleted cases."""
    here = stored.filter(pl.col("status") != DELETED)
    if here.height < stored.height:
        events = events.join(here, on="case_id", how="semi")
    cases, steps = derive(here.select(*RAW), events, here.select(*ORIGINS), automation)
    return narrow(cases.select(*CASE_COLUMNS).sort("created_at", "case_id"), steps)


def view_of(held: Held, automation: frozenset[str], start: datetime, source: str) -> LedgerView:
    """The frames with what is true of them as a whole."""
    cases, events = derive(held.cases, held.events, held.origins, automation)
    oldest: Any = cases.get_column("created_at").min()
    complete_from = oldest if held.truncated else start
    return tell(cases, EventFrame(events), held, complete_from, source)


def tell(
    cases: pl.DataFrame, events: EventFrame | PackedEvents, known: Known, complete_from: datetime | None, source: str
) -> LedgerView:
    """Derived frames with the provenance and the known faults of what is in them."""
    history_from = events.first
    notes = list(known.notes)
    if proxies := int(cases.get_column("closed_is_proxy").sum()):
        since = f"history starts at {history_from:%Y-%m-%d}" if history_from else "there is no history"
        notes.append(f"{proxies} closing times are last updates: {since}.")
    gaps = _gaps(cases, history_from)
    if gaps > MAX_GAPS:
        notes.append(f"{gaps:.0%} of the cases closed since then lack their closing event: the history has gaps.")
    truncated = known.truncated or gaps > MAX_GAPS
    as_of = min(known.as_of, known.watermark) if events.rows else known.as_of
    facts = LedgerFacts(
        source, as_of, complete_from, cases.height, events.rows, truncated, history_from, tuple(notes)
    )  # fmt: skip
    return LedgerView(cases, events, facts)


def _gaps(cases: pl.DataFrame, history_from: datetime | None) -> float:
    """Share of closed cases, created while history is kept, whose closing event it does not hold."""
    closed = cases.select("status", "created_at", "closed_is_proxy").filter(_CLOSED)
    if history_from is not None:
        closed = closed.filter(pl.col("created_at") >= history_from)
    share: Any = closed.get_column("closed_is_proxy").mean()
    return float(share or 0.0)
