"""Case and event frames in the ledger's shape, built from the few fields a test cares about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from connectors.models.cases import CASE_COLUMNS, EVENT_COLUMNS
from connectors.models.reading import Window

T0 = datetime(2026, 10, 5, 8, tzinfo=UTC)
OCTOBER = Window(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

_TIME = pl.Datetime("us", "UTC")
_DEFAULTS: dict[str, Any] = {
    "title": "Case",
    "environment": "prod",
    "type": "real",
    "status": "opened",
    "stage": "Triage",
    "priority": "high",
    "created_at": T0,
    "updated_at": T0,
    "closed_is_proxy": False,
    "reopened": 0,
    "auto_closed": False,
    "escalated": False,
    "returned": False,
    "alert_count": 1,
    "incident": False,
    "important": False,
    "rule": "rule-1",
}


def _type(words: str) -> Any:
    if words.startswith("datetime"):
        return _TIME
    return {"int": pl.Int64, "bool": pl.Boolean}.get(words.split(":", maxsplit=1)[0].split(maxsplit=1)[0], pl.String)


CASE_SCHEMA = {name: _type(words) for name, words in CASE_COLUMNS.items()}
EVENT_SCHEMA = {name: _type(words) for name, words in EVENT_COLUMNS.items()}


def cases(*rows: dict[str, Any]) -> pl.DataFrame:
    """One row each; a row with `hours` is closed that many hours after it was created."""
    full = []
    for index, row in enumerate(rows):
        given = {"case_id": str(index + 1), **_DEFAULTS, **row}
        hours = given.pop("hours", None)
        if hours is not None:
            given["closed_at"] = given["first_closed_at"] = given["created_at"] + timedelta(hours=hours)
            given["status"] = row.get("status", "closed")
        full.append({name: given.get(name) for name in CASE_SCHEMA})
    return pl.DataFrame(full, schema=CASE_SCHEMA)


def events(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """Rows (case_id, at, activity, value)."""
    full = [
        {"case_id": c, "seq": i, "at": at, "activity": activity, "value": value, "actor": ""}
        for i, (c, at, activity, value) in enumerate(rows)
    ]
    return pl.DataFrame(full, schema=EVENT_SCHEMA)


def many(n: int, seed: int = 1) -> pl.DataFrame:
    """`n` random cases of October 2026: log-normal handling, a tenth open, some tests, merges, skewed clocks."""
    rng = np.random.default_rng(seed)
    created = OCTOBER.start.timestamp() + np.sort(rng.uniform(0, 31 * 86400, n))
    acknowledged = created + rng.lognormal(6, 1, n)
    closed = created + rng.lognormal(9.5, 1.2, n)
    closed[: n // 500] = created[: n // 500] - 60
    still_open = rng.random(n) < 0.1
    merged = ~still_open & (rng.random(n) < 0.03)

    def at(epoch: np.ndarray, mask: np.ndarray | None = None) -> pl.Series:
        series = pl.Series((epoch * 1e6).astype(np.int64)).cast(_TIME)
        return series if mask is None else pl.select(pl.when(pl.Series(mask)).then(series)).to_series()

    names = np.array(["critical", "high", "medium", "low"])
    priorities = names[rng.choice(4, n, p=[0.05, 0.2, 0.45, 0.3])]
    known = np.array(["MALICIOUS", "NOT_MALICIOUS", "INCONCLUSIVE", "MAINTENANCE"])
    reasons = known[rng.choice(4, n, p=[0.3, 0.6, 0.07, 0.03])]
    frame = pl.DataFrame(
        {
            "case_id": [str(i) for i in range(n)],
            "title": ["Case"] * n,
            "type": np.where(rng.random(n) < 0.02, "test", "real"),
            "status": np.where(still_open, "opened", np.where(merged, "merged", "closed")),
            "priority": priorities,
            "created_at": at(created),
            "updated_at": at(np.maximum(created, closed)),
            "first_activity_at": at(created - 3600),
            "detected_at": at(created - 60, rng.random(n) < 0.9),
            "acknowledged_at": at(acknowledged, rng.random(n) < 0.8),
            "identified_at": at(created + 1800, rng.random(n) < 0.05),
            "contained_at": at(created + 7200, rng.random(n) < 0.03),
            "first_closed_at": at(closed, ~still_open),
            "closed_at": at(closed, ~still_open),
            "closed_is_proxy": rng.random(n) < 0.05,
            "reopened": (rng.random(n) < 0.04).astype(np.int64),
            "auto_closed": rng.random(n) < 0.2,
            "escalated": rng.random(n) < 0.1,
            "returned": rng.random(n) < 0.02,
            "alert_count": rng.integers(1, 20, n),
            "incident": rng.random(n) < 0.05,
            "important": [False] * n,
            "close_reason": np.where(still_open, None, reasons),
            "root_cause": np.where(rng.random(n) < 0.2, "Legit action", "Rule logic"),
            "rule": np.char.add("rule-", rng.integers(0, 200, n).astype(str)),
        },
        strict=False,
    )
    lacking = [pl.lit(None, dtype=kind).alias(name) for name, kind in CASE_SCHEMA.items() if name not in frame.columns]
    return frame.with_columns(*lacking).select(*CASE_SCHEMA).cast(CASE_SCHEMA)
