"""What weighs in judging an incident, and by when a vulnerability has to be gone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from connectors.models.organisation.record import Record

Certainty = Literal["suspected", "probable", "confirmed"]
Momentum = Literal["spreading", "privileged", "exfiltration"]
Exploitation = Literal["none", "public poc", "active"]
Mission = Literal["low", "medium", "high"]
Decision = Literal["track", "track*", "attend", "act"]
Rating = int | None
Rated = Annotated[int, Field(ge=1, le=5)]


class Ratings(Record):
    """How bad, 1 to 5 each; one that is left out is not judged yet, which is not the same as harmless."""

    functional: Rating = Field(default=None, ge=1, le=5, description="what the business can no longer do")
    information: Rating = Field(default=None, ge=1, le=5, description="what data is touched")
    recoverability: Rating = Field(default=None, ge=1, le=5, description="how hard the way back is")
    regulatory: Rating = Field(default=None, ge=1, le=5, description="duties to authorities and contracts")


class Affected(Ratings):
    """One business service (id of services.yaml) that the incident touches; its ratings go before the case's own."""

    service: str
    down_since: datetime | None = None
    restored_at: datetime | None = None
    records: int | None = Field(default=None, ge=0, description="records at risk")


class RunningClock(Record):
    """A regulatory clock that a person has confirmed as running for this case; `filed` ends it."""

    regime: str
    stage: str
    due_at: datetime
    filed: bool = False
    files: str = Field(default="", description="who files, as a role")


class IncidentFacts(Ratings):
    """What people have established about an open case. `entities` are hosts or accounts that no title names."""

    FILE = "incident_facts.yaml"
    PURPOSE = "what is established about each incident: impact, certainty, outages, clocks"

    case_id: str
    assessed_at: datetime
    assessed_by: str
    certainty: Certainty | None = None
    spreading: bool = False
    privileged: bool = False
    exfiltration: bool = False
    safety: bool = Field(default=False, description="life or safety of people at risk")
    tier0_identity: bool = False
    ransomware_precursors: bool = False
    entities: tuple[str, ...] = ()
    affected: tuple[Affected, ...] = ()
    clocks: tuple[RunningClock, ...] = ()
    skills: tuple[str, ...] = Field(default=(), description="skills needed, as in skills.yaml")


class Prioritisation(Record):
    """How incidents are put in order. The weights' defaults are the product's own, not a standard.

    `data_classes`, `regimes` (name: rating) and `rto_hours` (at most so many hours: 5, 4, 3, 2; more: 1) rate a service
    until somebody has rated the incident. `stages` say what a desk's stage tells of certainty.
    """

    FILE = "prioritisation.yaml"
    PURPOSE = "weights and ratings for putting incidents in order"
    ONE = True

    weight_functional: float = Field(default=0.35, ge=0, le=1)
    weight_information: float = Field(default=0.25, ge=0, le=1)
    weight_recoverability: float = Field(default=0.20, ge=0, le=1)
    weight_regulatory: float = Field(default=0.20, ge=0, le=1)
    data_classes: dict[str, Rated] = {}
    regimes: dict[str, Rated] = {}
    rto_hours: tuple[float, float, float, float] | None = None
    stages: dict[str, Certainty] = {"Incident": "confirmed"}
    momentum_tags: dict[str, Momentum] = {}
    precursor_rules: tuple[str, ...] = ()
    precursor_count: int = Field(default=2, ge=1, description="different precursor rules in one group that make a set")
    rule_skills: dict[str, str] = {}
    tell_minutes: dict[Literal["Critical", "High", "Medium", "Low"], float] = {}


class VulnerabilityFacts(Record):
    """The yes/no inputs of the remediation table for one CVE; one that is left out is not known."""

    FILE = "vulnerability_facts.yaml"
    PURPOSE = "KEV listing, exposure, automatability and technical impact of vulnerabilities"

    cve: str = Field(pattern=r"^CVE-\d{4}-\d{4,}$")
    kev: bool | None = None
    exposed: bool | None = Field(default=None, description="publicly exposed here")
    automatable: bool | None = None
    technical_impact: Literal["partial", "total"] | None = None
    exploitation: Exploitation | None = Field(default=None, description="as SSVC has it, where people know")
    mission: Mission | None = Field(default=None, description="mission and well-being impact, as SSVC has it")
    epss: float | None = Field(default=None, ge=0, le=1, description="EPSS probability on the day it was checked")
    checked: date
    source: str


class Remediation(Record):
    """One row of the remediation table: four inputs, and by when. `days` None: fix on the next system upgrade."""

    FILE = "bod_26_04.yaml"
    PURPOSE = "remediation times by BOD 26-04"
    SHIPPED = True

    kev: bool
    exposed: bool
    automatable: bool
    technical_impact: Literal["partial", "total"]
    days: int | None = Field(default=None, gt=0)
    forensics: bool = False
    source: str
    evidence: str
    checked: date
    status: str


class CoordinatorRow(Record):
    """One row of CISA's coordinator table (SSVC): four inputs, and the decision."""

    FILE = "ssvc_coordinator.yaml"
    PURPOSE = "SSVC decisions of CISA's coordinator table"
    SHIPPED = True

    exploitation: Exploitation
    automatable: bool
    technical_impact: Literal["partial", "total"]
    mission: Mission
    decision: Decision
    source: str
    evidence: str
    checked: date
    status: str
