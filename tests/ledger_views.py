"""Ledger views from frames, and frames from views."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from connectors.ledger.events import EventFrame
from connectors.models.cases import LedgerFacts
from connectors.ports import LedgerView


def view_of(cases: pl.DataFrame, events: pl.DataFrame) -> LedgerView:
    """A view that holds these."""
    facts = LedgerFacts("Case ledger", datetime(2026, 11, 22, tzinfo=UTC), None, cases.height, events.height)
    return LedgerView(cases, EventFrame(events), facts)


def events_of(view: LedgerView) -> pl.DataFrame:
    """Every event of every case of a view."""
    return view.events.of(view.cases)
