"""Controls and their evidence."""

from __future__ import annotations

from datetime import date
from typing import Literal

from connectors.models.organisation.record import Record


class Control(Record):
    """A control the SOC operates, with its evidence's state."""

    FILE = "controls.yaml"
    PURPOSE = "the controls the SOC operates"

    id: str
    statement: str
    owner: str
    frequency: Literal["continuous", "daily", "weekly", "monthly", "quarterly", "annual"]
    key: bool = False
    refs: tuple[str, ...] = ()
    last_evidence: date | None = None
    result: Literal["pass", "fail", "not tested"] = "not tested"
