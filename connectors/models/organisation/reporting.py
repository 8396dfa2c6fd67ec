"""What executives hear about and decide."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from connectors.models.organisation.record import Record


class SignificantIncident(Record):
    """An incident the executives hear about, in words they may read (no host names, no indicators)."""

    FILE = "incidents.yaml"
    PURPOSE = "incidents the executives hear about"

    id: str
    case_id: str | None = None
    occurred: date
    title: str
    severity: Literal["critical", "high", "medium", "low"]
    effect: str
    status: str
    lesson: str = ""
    cost: float | None = Field(default=None, ge=0)
    currency: str = "EUR"
    contained_hours: float | None = Field(default=None, ge=0)


class Ask(Record):
    """A decision wanted from the executives."""

    FILE = "asks.yaml"
    PURPOSE = "decisions wanted from the executives"

    id: str
    title: str
    options: tuple[str, ...] = Field(min_length=1)
    recommendation: str
    cost: float | None = None
    currency: str = "EUR"
    decide_by: date
    owner: str


class Commitment(Record):
    """What the last report promised."""

    FILE = "commitments.yaml"
    PURPOSE = "what earlier reports promised"

    id: str
    promised: date
    due: date
    title: str
    owner: str
    status: Literal["done", "on track", "at risk", "late", "dropped"]
    note: str = ""
