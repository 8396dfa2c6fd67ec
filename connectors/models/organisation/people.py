"""Who works here, when, and what they can do."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

from pydantic import Field

from connectors.models.organisation.record import Record

Technique = Annotated[str, Field(pattern=r"^T\d{4}(\.\d{3})?$", description="ATT&CK technique id")]


class Person(Record):
    """Who works in the SOC. `id` is the one the other files and the case desk's `desk_user` refer to."""

    FILE = "roster.yaml"
    PURPOSE = "who works in the SOC"

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

    FILE = "shifts.yaml"
    PURPOSE = "who works when"

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

    FILE = "absences.yaml"
    PURPOSE = "who is away when"

    person: str
    first: date
    last: date
    kind: Literal["leave", "sick", "training"]


class Skill(Record):
    """A person's level: 0 none, 1 aware, 2 works with help, 3 works alone, 4 teaches."""

    FILE = "skills.yaml"
    PURPOSE = "who can do what"

    person: str
    skill: str
    level: int = Field(ge=0, le=4)
    basis: Literal["self", "manager", "evidence"]
    at: date
    last_used: date | None = Field(default=None, description="last day the skill was used; else the assessment's")


class SkillNeed(Record):
    """What every shift of the given hours must have present. `weight` orders gaps, `nice` is a NICE v2.0.0 role."""

    FILE = "skill_needs.yaml"
    PURPOSE = "which skills a shift must have"

    skill: str
    level: int = Field(ge=1, le=4)
    hours: Literal["always", "office"] = "always"
    weight: float = Field(default=1.0, gt=0)
    nice: str | None = None


class HandlingTime(Record):
    """Hands-on minutes per case of a type (never ticket open time). `match` is a word of the title or a priority."""

    FILE = "handling_times.yaml"
    PURPOSE = "hands-on minutes per type of case"

    type: str
    match: str
    minutes: float = Field(gt=0)
    basis: Literal["measured", "estimated"]


class StaffingPolicy(Record):
    """The assumptions staffing is computed with; each is printed with the result."""

    FILE = "staffing.yaml"
    PURPOSE = "what staffing is computed with"
    ONE = True

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


class RoleRequirement(Record):
    """The level that everybody of a role (as the roster spells it) must have. `weight` orders gaps."""

    FILE = "role_profiles.yaml"
    PURPOSE = "which skills each role requires"

    role: str
    skill: str
    level: int = Field(ge=1, le=4)
    weight: float = Field(default=1.0, gt=0)
    nice: str | None = Field(default=None, description="NICE v2.0.0 work role, a tag")


class SkillThreat(Record):
    """Which techniques a skill answers. `weight` is the SOC's own; without it, it follows from the threat profiles.

    `case_words`: a case whose title holds one of them is practice of the skill.
    """

    FILE = "skill_threats.yaml"
    PURPOSE = "which techniques of threat profiles a skill answers"

    skill: str
    techniques: tuple[Technique, ...] = ()
    weight: float | None = Field(default=None, gt=0)
    case_words: tuple[str, ...] = ()


class Course(Record):
    """Training that can be booked: lifts `skill` to `to_level` at most; `starts` are the days it begins."""

    FILE = "courses.yaml"
    PURPOSE = "which training can be booked"

    id: str
    name: str
    skill: str
    to_level: int = Field(ge=1, le=4)
    hours: float = Field(gt=0)
    cost: float = Field(ge=0, description="per person")
    currency: str
    starts: tuple[date, ...] = ()
    seats: int | None = Field(default=None, ge=1, description="most people at a time")


class Certification(Record):
    """A certification the organisation knows, with the spellings people use for it."""

    FILE = "certification_names.yaml"
    PURPOSE = "which certifications are known, and how people spell them"

    name: str
    body: str
    aliases: tuple[str, ...] = ()


class Cert(Record):
    """A person's certificate. `expires` is the last valid day; points are continuing education (CPE) of the cycle."""

    FILE = "certifications.yaml"
    PURPOSE = "who holds which certificate until when"

    person: str
    name: str
    issued: date
    expires: date | None = None
    cycle_start: date | None = Field(default=None, description="begin of the points' cycle, which ends when it expires")
    cpe_needed: float | None = Field(default=None, gt=0)
    cpe_earned: float | None = Field(default=None, ge=0)
    renewal_cost: float | None = Field(default=None, ge=0)
    currency: str = "EUR"
    owner: str = Field(description="who sees to the renewal")


class CertDuty(Record):
    """A contract or rule that asks for certified people: so many holders of any of these certifications."""

    FILE = "certification_duties.yaml"
    PURPOSE = "which contracts and rules ask for certified people"

    id: str
    statement: str
    source: str = Field(description="contract, law or framework with its paragraph")
    any_of: tuple[str, ...] = Field(min_length=1)
    people: int = Field(default=1, ge=1)
    owner: str
