"""What is protected and watched."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from connectors.models.organisation.record import Record


class Service(Record):
    """A business service or asset. `hosts` and `match` tie alerts and findings to it."""

    FILE = "services.yaml"
    PURPOSE = "business services, their owners and hosts"

    id: str
    name: str
    owner: str
    criticality: int = Field(ge=1, le=5)
    crown_jewel: bool = False
    data_class: str = ""
    exposure: Literal["internet", "partner", "internal"] = "internal"
    rto_hours: float | None = Field(default=None, gt=0)
    cost_per_hour: float | None = Field(default=None, ge=0)
    currency: str = "EUR"
    regimes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    monitored: bool = True


class ThreatContext(Record):
    """Who we are, for judging relevance; weights of domain rule "relevance" sum to 1."""

    FILE = "threat_context.yaml"
    PURPOSE = "sectors, regions and weights for judging a threat's relevance"
    ONE = True

    sectors: tuple[str, ...]
    regions: tuple[str, ...]
    weight_sector: float = 0.4
    weight_region: float = 0.2
    weight_gap: float = 0.25
    weight_seen: float = 0.15


class LogSource(Record):
    """A feed whose silence matters; `usual_gap_minutes` is its normal longest pause."""

    FILE = "log_sources.yaml"
    PURPOSE = "feeds whose silence matters"

    id: str
    name: str
    rule: str | None = None
    usual_gap_minutes: float = Field(gt=0)
    last_event_at: datetime | None = None
