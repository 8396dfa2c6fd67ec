"""What was read anew, brought to the months it belongs to. Pure but for reading the vault; call it in a thread.

Months are records: a case is replaced by a newer reading of the same case and never removed, events are added and never
removed, times of origin can only become earlier. So a source that keeps less than it once did makes nothing poorer.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from connectors.ledger.frames import ORIGINS, RAW, earliest, newest
from connectors.ledger.vault import Change, Vault

EVENT_KEY = ["case_id", "at", "activity", "value"]
"""An event read twice is one, whatever number it had within its second."""


@dataclass(frozen=True, slots=True)
class News:
    """Rows of RAW, EVENTS and ORIGINS as they were read."""

    cases: pl.DataFrame
    events: pl.DataFrame
    origins: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Merge:
    """Months to write and the strays that are left (None: as before)."""

    changes: dict[str, Change]
    strays: tuple[pl.DataFrame, pl.DataFrame] | None


def merge(vault: Vault, news: News) -> Merge:
    """Rows with the months of their cases. Strays that were waiting for their case find it here too."""
    old_events, old_origins = vault.strays()
    events = pl.concat([old_events, news.events]).unique(EVENT_KEY, keep="first", maintain_order=True)
    origins = earliest(pl.concat([old_origins, news.origins]))
    homes = _homes(vault, news.cases, events, origins)
    events = events.join(homes, on="case_id", how="left")
    origins = origins.join(homes, on="case_id", how="left")
    cases = news.cases.with_columns(month=_MONTH)
    changes: dict[str, Change] = {}
    months = pl.concat([frame.select("month") for frame in (cases, events, origins)]).to_series().drop_nulls()
    for month in months.unique().sort().to_list():
        mine = pl.col("month") == month
        change = _month(vault, month, *(frame.filter(mine).drop("month") for frame in (cases, events, origins)))
        if change is not None:
            changes[month] = change
    lost = pl.col("month").is_null()
    left = (events.filter(lost).drop("month"), origins.filter(lost).drop("month"))
    same = left[0].equals(old_events) and left[1].equals(old_origins)
    return Merge(changes, None if same else left)


_MONTH = pl.col("created_at").dt.strftime("%Y-%m")


def _homes(vault: Vault, cases: pl.DataFrame, events: pl.DataFrame, origins: pl.DataFrame) -> pl.DataFrame:
    """Case number to month, for all numbers that a case is held or was read of."""
    fresh = cases.select("case_id", month=_MONTH).unique("case_id", keep="last")
    wanted = pl.concat([events.select("case_id"), origins.select("case_id")]).unique()
    wanted = wanted.join(fresh, on="case_id", how="anti")
    if wanted.is_empty():
        return fresh
    known = vault.cases().select("case_id", "month").join(wanted.lazy(), on="case_id", how="semi").collect()
    return pl.concat([fresh, known.unique("case_id")])


def _month(vault: Vault, month: str, cases: pl.DataFrame, events: pl.DataFrame, origins: pl.DataFrame) -> Change | None:
    """The new content of one month; None when nothing in it is new."""
    old_cases, old_events = vault.read(month)
    more = events.join(old_events, on=EVENT_KEY, how="anti", nulls_equal=True)
    both = pl.concat([old_events, more]).sort("case_id", "at", "seq", maintain_order=True) if more.height else None
    stored = _stored(cases, old_cases, origins)
    same = stored.equals(old_cases) and month in vault.manifest.months
    return None if same and both is None else Change(None if same else stored, both)


def _stored(cases: pl.DataFrame, old: pl.DataFrame, origins: pl.DataFrame) -> pl.DataFrame:
    """Cases with the earliest of what is known of their origins."""
    raw = newest(cases, old.select(*RAW))
    known = earliest(pl.concat([old.select(*ORIGINS), origins]))
    return raw.join(known, on="case_id", how="left", maintain_order="left")
