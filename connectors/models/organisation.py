"""The files an organisation keeps, one record type a file; `FILES` says which record stands in which file.

Every record is strict: an unknown field or a wrong value is an error that names file, line and field.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Record(BaseModel):
    """A row of an organisation file."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Person(Record):
    """Who works in the SOC. `id` is the one the other files and the case desk's `desk_user` refer to."""

    id: str
    name: str
    tier: int = Field(ge=1, le=4, description="1 triage, 2 investigation, 3 hunting and response, 4 lead")
    role: str
    zone: str = Field(description="IANA time zone")
    fte: float = Field(default=1.0, gt=0, le=1)
    desk_user: str | None = Field(default=None, description="user id at the case desk")
    start: date | None = None
    end: date | None = None
    cost_per_year: float | None = Field(default=None, ge=0)


class Shift(Record):
    """A weekly repeating block. One whose end is not after its start crosses midnight and belongs to its start day."""

    person: str
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(min_length=1)
    start: time
    end: time
    kind: Literal["on", "on-call"] = "on"
    zone: str
    valid_from: date | None = None
    valid_until: date | None = None


class Absence(Record):
    """Leave, sickness or training: both days included."""

    person: str
    first: date
    last: date
    kind: Literal["leave", "sick", "training"]


class Skill(Record):
    """A person's level: 0 none, 1 aware, 2 works with help, 3 works alone, 4 teaches."""

    person: str
    skill: str
    level: int = Field(ge=0, le=4)
    basis: Literal["self", "manager", "evidence"]
    at: date


class SkillNeed(Record):
    """What every shift of the given hours must have present. `weight` orders gaps, `nice` is a NICE v2.0.0 role."""

    skill: str
    level: int = Field(ge=1, le=4)
    hours: Literal["always", "office"] = "always"
    weight: float = Field(default=1.0, gt=0)
    nice: str | None = None


class HandlingTime(Record):
    """Hands-on minutes per case of a type (never ticket open time). `match` is a word of the title or a priority."""

    type: str
    match: str
    minutes: float = Field(gt=0)
    basis: Literal["measured", "estimated"]


class StaffingPolicy(Record):
    """The assumptions staffing is computed with; each is printed with the result."""

    service_target: float = Field(default=0.8, gt=0, lt=1, description="share answered in time")
    service_minutes: float = Field(default=15, gt=0)
    max_occupancy: float = Field(default=0.85, gt=0, le=1)
    shrinkage: float = Field(default=0.30, ge=0, lt=1)
    default_handling_minutes: float = Field(default=20, gt=0)
    min_on_shift: int = Field(default=2, ge=1, description="lone-worker rule")
    project_hours_per_week: float = Field(default=0, ge=0, description="hunts, tuning, training: not ticket work")
    contract_hours_per_year: float = Field(default=2080, gt=0)
    leave_hours: float = Field(default=200, ge=0)
    holiday_hours: float = Field(default=80, ge=0)
    sick_hours: float = Field(default=40, ge=0)
    training_hours: float = Field(default=80, ge=0)
    min_rest_hours: float = Field(default=11, ge=0)
    max_shift_hours: float = Field(default=12, gt=0)
    max_week_hours: float = Field(default=48, gt=0)
    cost_per_fte: float | None = Field(default=None, ge=0)
    currency: str = "EUR"
    holiday_country: str | None = Field(default=None, description="ISO 3166 code for the holiday calendar")


class SlaPolicy(Record):
    """One promise. `acknowledge`: created to first human owner; `resolve`: created to last close."""

    metric: Literal["acknowledge", "resolve"]
    priority: Literal["critical", "high", "medium", "low", "info"]
    target_minutes: float = Field(gt=0)
    target_share: float = Field(default=0.95, gt=0, le=1)
    clock: Literal["24x7", "business"] = "24x7"
    calendar: str | None = None


class Calendar(Record):
    """Business hours for SLA clocks."""

    id: str
    zone: str
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]
    start: time
    end: time
    holiday_country: str | None = None


class Target(Record):
    """What a figure is measured against, by the figure's id. `amber` is the edge between amber and red."""

    figure: str
    value: float
    better: Literal["lower", "higher"]
    amber: float | None = None


class Service(Record):
    """A business service or asset. `hosts` and `match` tie alerts and findings to it."""

    id: str
    name: str
    owner: str
    criticality: int = Field(ge=1, le=5)
    crown_jewel: bool = False
    data_class: str = ""
    exposure: Literal["internet", "partner", "internal"] = "internal"
    rto_hours: float | None = Field(default=None, gt=0)
    cost_per_hour: float | None = Field(default=None, ge=0)
    regimes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    monitored: bool = True


class ThreatContext(Record):
    """Who we are, for judging relevance; weights of domain rule "relevance" sum to 1."""

    sectors: tuple[str, ...]
    regions: tuple[str, ...]
    weight_sector: float = 0.4
    weight_region: float = 0.2
    weight_gap: float = 0.25
    weight_seen: float = 0.15


class SignificantIncident(Record):
    """An incident the executives hear about, in words they may read (no host names, no indicators)."""

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

    id: str
    promised: date
    due: date
    title: str
    owner: str
    status: Literal["done", "on track", "at risk", "late", "dropped"]
    note: str = ""


class BudgetLine(Record):
    """A budget category of a fiscal year; amounts in `currency`, `as_of` the last booked day."""

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


class Control(Record):
    """A control the SOC operates, with its evidence's state."""

    id: str
    statement: str
    owner: str
    frequency: Literal["continuous", "daily", "weekly", "monthly", "quarterly", "annual"]
    key: bool = False
    refs: tuple[str, ...] = ()
    last_evidence: date | None = None
    result: Literal["pass", "fail", "not tested"] = "not tested"


class LogSource(Record):
    """A feed whose silence matters; `usual_gap_minutes` is its normal longest pause."""

    id: str
    name: str
    rule: str | None = None
    usual_gap_minutes: float = Field(gt=0)
    last_event_at: datetime | None = None


FILES: dict[type[Record], str] = {
    Person: "roster.yaml",
    Shift: "shifts.yaml",
    Absence: "absences.yaml",
    Skill: "skills.yaml",
    SkillNeed: "skill_needs.yaml",
    HandlingTime: "handling_times.yaml",
    StaffingPolicy: "staffing.yaml",
    SlaPolicy: "sla.yaml",
    Calendar: "calendars.yaml",
    Target: "targets.yaml",
    Service: "services.yaml",
    ThreatContext: "threat_context.yaml",
    SignificantIncident: "incidents.yaml",
    Ask: "asks.yaml",
    Commitment: "commitments.yaml",
    BudgetLine: "budget.yaml",
    Contract: "vendors.yaml",
    Control: "controls.yaml",
    LogSource: "log_sources.yaml",
}
"""File of each record. A file holds a YAML list of records; StaffingPolicy and ThreatContext hold one mapping."""
