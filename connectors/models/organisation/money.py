"""What it costs."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from connectors.models.organisation.record import Record


class BudgetLine(Record):
    """A budget category of a fiscal year; amounts in `currency`, `as_of` the last booked day."""

    FILE = "budget.yaml"
    PURPOSE = "plan and actual cost per category"

    id: str
    category: str
    year: int
    plan: float
    actual: float
    committed: float = 0
    currency: str
    as_of: date


class Contract(Record):
    """A vendor's contract."""

    FILE = "vendors.yaml"
    PURPOSE = "vendors' contracts and their notice dates"

    vendor: str
    product: str
    capabilities: tuple[str, ...]
    start: date
    end: date
    notice_days: int = Field(ge=0)
    auto_renew: bool
    price: float
    currency: str
    metric: str
    entitled: float | None = None
    used_p95: float | None = None
    owner: str
