"""What was promised and what is aimed at."""

from __future__ import annotations

from datetime import time
from typing import Literal

from pydantic import Field

from connectors.models.organisation.record import Record


class SlaPolicy(Record):
    """One promise. `acknowledge`: created to first human owner; `resolve`: created to last close."""

    FILE = "sla.yaml"
    PURPOSE = "the promised times per priority"

    metric: Literal["acknowledge", "resolve"]
    priority: Literal["critical", "high", "medium", "low", "info"]
    target_minutes: float = Field(gt=0)
    target_share: float = Field(default=0.95, gt=0, le=1)
    clock: Literal["24x7", "business"] = "24x7"
    calendar: str | None = None


class Calendar(Record):
    """Business hours for SLA clocks."""

    FILE = "calendars.yaml"
    PURPOSE = "the business hours of SLA clocks"

    id: str
    zone: str
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]
    start: time
    end: time
    holiday_country: str | None = None


class Target(Record):
    """What a figure is measured against, by the figure's id. `amber` is the edge between amber and red."""

    FILE = "targets.yaml"
    PURPOSE = "what figures are measured against"

    figure: str
    value: float
    better: Literal["lower", "higher"]
    amber: float | None = None
