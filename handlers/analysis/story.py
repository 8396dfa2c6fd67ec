"""What the ledger knows of one case: its times and its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from connectors.models.cases import CaseEvent
from connectors.ports import LedgerView


@dataclass(frozen=True, slots=True)
class Story:
    """Instants of one case, None where it has not happened or is not known; `events` oldest first.

    `closed_is_proxy`: the closing time is the last update of a closed case, for want of history.
    """

    first_activity_at: datetime | None
    detected_at: datetime | None
    acknowledged_at: datetime | None
    identified_at: datetime | None
    contained_at: datetime | None
    closed_at: datetime | None
    closed_is_proxy: bool
    reopened: int
    events: tuple[CaseEvent, ...]


_TIMES = ("first_activity_at", "detected_at", "acknowledged_at", "identified_at", "contained_at", "closed_at")


def story(view: LedgerView, case_id: str) -> Story | None:
    """One case of the ledger; None when it does not hold it."""
    rows = view.cases.filter(pl.col("case_id") == case_id)
    if rows.is_empty():
        return None
    kept = rows.row(0, named=True)
    mine = view.events.of(rows).sort("at", "seq")
    history = tuple(
        CaseEvent(case_id, event["at"], event["activity"], event["value"] or "", event["actor"] or "", event["seq"])
        for event in mine.iter_rows(named=True)
    )
    times = {name: kept[name] for name in _TIMES}
    return Story(**times, closed_is_proxy=bool(kept["closed_is_proxy"]), reopened=kept["reopened"] or 0, events=history)
