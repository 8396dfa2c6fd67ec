"""Events of a view. There are five times as many as cases and hardly ever all are wanted: on the disk's side they lie
packed, a month as the bytes of its Parquet file, and are unpacked for the cases that somebody asks about.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from connectors.ledger.frames import NARROW_EVENTS, NO_EVENTS


@dataclass(frozen=True, slots=True)
class EventFrame:
    """EventLog over one frame (EVENT_COLUMNS)."""

    frame: pl.DataFrame

    @property
    def rows(self) -> int:
        """How many there are."""
        return self.frame.height

    @property
    def first(self) -> datetime | None:
        """The earliest instant."""
        found: Any = self.frame.get_column("at").min()
        return found  # type: ignore[no-any-return]

    def of(self, cases: pl.DataFrame) -> pl.DataFrame:
        """See the port."""
        return self.frame.join(cases.select("case_id"), on="case_id", how="semi", maintain_order="left")


@dataclass(frozen=True, slots=True)
class PackedMonth:
    """Events of the cases created in one month ("2026-11"): Parquet, how many rows, and the earliest instant."""

    month: str
    content: bytes
    rows: int
    first: datetime | None


@dataclass(frozen=True, slots=True)
class PackedEvents:
    """EventLog over months that stay packed; a case's events lie in the month in which the case was created."""

    months: Sequence[PackedMonth]

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(one.rows for one in self.months)

    @property
    def first(self) -> datetime | None:
        """The earliest instant."""
        return min((one.first for one in self.months if one.first is not None), default=None)

    def of(self, cases: pl.DataFrame) -> pl.DataFrame:
        """See the port."""
        wanted = cases.select("case_id")
        named = set(cases.get_column("created_at").dt.strftime("%Y-%m").unique())
        # one after the other: the peak is one month unpacked beside what was asked for
        found = [
            pl.read_parquet(io.BytesIO(one.content)).join(wanted, on="case_id", how="semi", maintain_order="left")
            for one in self.months
            if one.month in named and one.rows
        ]
        return pl.concat([NO_EVENTS.cast(NARROW_EVENTS), *found], rechunk=False)
