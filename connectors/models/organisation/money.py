"""What it costs: budget, contracts, currencies, and risk in money; the choosing of vendors is in `selecting`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from connectors.models.organisation.record import Record
from connectors.models.organisation.selecting import (
    Candidate,
    Criterion,
    Currency,
    PocMeasure,
    PocPlan,
    PocTest,
    RfiSection,
    Score,
    Selection,
    SelectionStage,
    VendorOutage,
    VendorTicket,
)

__all__ = [
    "BudgetLine",
    "BudgetScenario",
    "Candidate",
    "Contract",
    "Criterion",
    "Currency",
    "FinancePolicy",
    "FxRate",
    "Headcount",
    "Judgement",
    "LicenceUsage",
    "PocMeasure",
    "PocPlan",
    "PocTest",
    "Range",
    "RfiSection",
    "RiskScenario",
    "Score",
    "Selection",
    "SelectionStage",
    "VendorOutage",
    "VendorTicket",
]

Range = Annotated[tuple[float, ...], Field(min_length=3, max_length=3)]
"""Lowest, most likely and highest value."""
Judgement = Literal["pass", "fail", "unknown"]


class BudgetLine(Record):
    """A budget category of a fiscal year; amounts in `currency`, `as_of` the last booked day.

    `months`: the plan of each fiscal month, first to last, where it is not a twelfth. `committed`: ordered and not yet
    booked; `committed_in_plan`: the part of it that the plan of the remaining months already holds.
    """

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
    kind: Literal["people", "tools", "services", "training", "other"] = "other"
    cost_centre: str = ""
    nature: Literal["opex", "capex"] = "opex"
    months: tuple[float, ...] = Field(default=(), max_length=12)
    committed_in_plan: float = Field(default=0, ge=0)
    shared_with: str = ""
    """Whose budget holds the rest of a shared cost; amounts here are the SOC's part."""


class Contract(Record):
    """A vendor's contract; `price` a year, `end` its last day, `used_p95` the peak use (95th percentile)."""

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
    price_before: float | None = Field(default=None, ge=0, description="price a year of the term before")
    entitled_before: float | None = Field(default=None, gt=0)
    overage_price: float | None = Field(default=None, ge=0, description="a year for each unit over what is entitled")
    rise_cap: float | None = Field(default=None, ge=0, description="most the price may rise at renewal, 0.05 = 5 %")
    availability: float | None = Field(default=None, gt=0, le=1, description="promised share of the time")
    soc2_until: date | None = None
    iso27001_until: date | None = None
    data_location: str = ""
    critical_function: bool = False
    """Supports a critical or important function (DORA): needs the register and the contract's clauses."""
    in_dora_register: bool | None = None
    dora_clauses: Judgement = "unknown"
    exit_plan_tested: date | None = None
    breaches: tuple[str, ...] = ()


class LicenceUsage(Record):
    """Peak use (95th percentile) of a product in a month, in the metric of its contract. `month`: its first day."""

    FILE = "licence_usage.yaml"
    PURPOSE = "monthly peak use of licences"

    product: str
    month: date
    used_p95: float = Field(ge=0)


class FinancePolicy(Record):
    """What budgets are judged with; every assumption is printed with the result."""

    FILE = "finance.yaml"
    PURPOSE = "currency, fiscal year and tolerances of the budget"
    ONE = True

    currency: Currency = "EUR"
    year_starts: int = Field(default=1, ge=1, le=12, description="month; the year is named after the one it ends in")
    amber_over: float = Field(default=0.02, ge=0)
    red_over: float = Field(default=0.05, ge=0)
    underspend: float = Field(default=0.25, gt=0, le=1, description="training this far under plan is a red flag")
    rate_days: int = Field(default=31, ge=1, description="an older currency rate is said to be old")
    booked_days: int = Field(default=45, ge=1, description="an older booking date is said to be old")
    inflation: float | None = Field(default=None, description="a year, applied to next year's plan")
    inflation_basis: str = ""
    it_budget: float | None = Field(default=None, gt=0)
    security_budget: float | None = Field(default=None, gt=0)
    endpoints: int | None = Field(default=None, gt=0)
    cost_of_leaver: float | None = Field(default=None, ge=0, description="to replace one person")
    cost_of_leaver_basis: str = ""


class FxRate(Record):
    """One unit of `currency` is `rate` units of `to`, as of a day."""

    FILE = "fx_rates.yaml"
    PURPOSE = "currency rates with their dates"

    currency: Currency
    to: Currency
    rate: float = Field(gt=0)
    as_of: date
    source: str


class Headcount(Record):
    """Budgeted places of a tier; `rate` a year for a full-time person."""

    FILE = "headcount.yaml"
    PURPOSE = "budgeted places and rates per tier"

    tier: int = Field(ge=1, le=4)
    role: str
    fte: float = Field(gt=0)
    rate: float = Field(gt=0)
    currency: Currency


class BudgetScenario(Record):
    """What a change of the whole budget means. `fte`: people of tiers 1 to 3 gained or lost by it."""

    FILE = "budget_scenarios.yaml"
    PURPOSE = "what less, the same or more money would change"

    id: str
    name: str
    change: float = Field(gt=-1, lt=1)
    fte: float = 0
    measures: tuple[str, ...] = ()


class RiskScenario(Record):
    """A loss: `aro` times a year, `sle` each time; a measure that costs `cost` a year takes `mitigation` of it.

    `frequency` and `loss`: lowest, most likely and highest, for the simulation (FAIR).
    """

    FILE = "risk_scenarios.yaml"
    PURPOSE = "loss scenarios in money"

    id: str
    name: str
    aro: float = Field(ge=0)
    sle: float = Field(ge=0)
    mitigation: float = Field(ge=0, le=1)
    measure: str
    cost: float = Field(gt=0)
    currency: Currency
    frequency: Range | None = None
    loss: Range | None = None
    threshold: float | None = Field(default=None, gt=0, description="loss a year whose probability is told")
    basis: str
