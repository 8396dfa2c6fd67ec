"""Where the SOC is going: maturity, initiatives, capacity, tools."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from connectors.models.organisation.record import Record

Domain = Literal["business", "people", "process", "technology", "services"]
"""The five domains of SOC-CMM; the model's question texts are licensed and stay out."""
Quarter = Annotated[str, Field(pattern=r"^\d{4}-Q[1-4]$", description="a quarter like 2027-Q1")]


class MaturityScore(Record):
    """An aspect's own assessment. From 3 on a score needs evidence; `capability` is for technology and services."""

    FILE = "maturity.yaml"
    PURPOSE = "how mature the SOC says it is, and the evidence"

    domain: Domain
    aspect: str
    score: float = Field(ge=0, le=5)
    target: float = Field(ge=0, le=5)
    importance: float = Field(default=2, ge=0, le=4, description="weight among the domain's aspects, 0 leaves it out")
    capability: float | None = Field(default=None, ge=0, le=3)
    evidence: str = Field(default="", description="link or reference to what shows it")
    at: date


class Initiative(Record):
    """Something to do. `value` in points, or `closes` (maturity points per domain), from which points follow.

    `effort` is what remains of it, in the unit of strategy.yaml.
    """

    FILE = "initiatives.yaml"
    PURPOSE = "what is planned, with value, effort and what it needs first"

    id: str
    title: str
    theme: Literal["run", "tune", "transform"]
    status: Literal["proposed", "approved", "running", "done", "dropped"] = "proposed"
    owner: str
    effort: float = Field(gt=0)
    value: float | None = Field(default=None, gt=0)
    closes: dict[Domain, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    cost: float | None = Field(default=None, ge=0)
    currency: str = "EUR"
    funding: str | None = Field(default=None, description="budget line that pays; without it the item is not funded")
    deps: tuple[str, ...] = Field(default=(), description="ids of initiatives that must be done before")
    start_after: date | None = None
    gap_refs: tuple[str, ...] = Field(default=(), description="gaps it closes: control:ID, skill:NAME, technique:ID")
    kpi: str = Field(default="", description="what it must move")
    baseline: float | None = None
    goal: float | None = None
    risk: str = ""
    decision: str = Field(default="", description="what somebody must decide first")
    decide_by: date | None = None
    why_not: str = Field(default="", description="for a dropped one: why")


class QuarterCapacity(Record):
    """Effort that may go into initiatives in a quarter; the quarters listed are the horizon."""

    FILE = "capacity.yaml"
    PURPOSE = "how much effort each quarter has for initiatives"

    quarter: Quarter
    effort: float = Field(ge=0)


class StrategyPolicy(Record):
    """How value is weighed; `weights` default to 1, and `point_value` puts `closes` and `value` on one scale."""

    FILE = "strategy.yaml"
    PURPOSE = "how initiatives are weighed and how many may run at once"
    ONE = True

    effort_unit: str = "person-weeks"
    weights: dict[Domain, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    point_value: float = Field(default=1, gt=0, description="value points of closing one maturity point")
    most_running: int = Field(default=3, ge=1, description="initiatives in progress at once")


class ToolLifecycle(Record):
    """A tool's future. `tool` is the product of vendors.yaml; business value and technical quality from 1 to 5."""

    FILE = "tools.yaml"
    PURPOSE = "how long tools are supported and what they are worth"

    tool: str
    support_ends: date | None = None
    business_value: int = Field(ge=1, le=5)
    technical_quality: int = Field(ge=1, le=5)
    api: Literal["yes", "partly", "no"]
    data_out: Literal["open format", "vendor format", "none"] = Field(description="how its data can be taken along")
    coverage: float | None = Field(default=None, ge=0, le=1, description="share of detections that need its data")
    replaced_by: str | None = None
    needs_first: tuple[str, ...] = Field(default=(), description="initiatives that a migration waits for")
    parallel_months: float | None = Field(default=None, ge=0)
    parallel_cost: float | None = Field(default=None, ge=0, description="of running old and new side by side, in all")
    currency: str = "EUR"
    at: date
