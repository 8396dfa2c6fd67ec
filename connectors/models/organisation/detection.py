"""What detection rests on: data sources, rule knowledge, ATT&CK.

Scores are DeTT&CT's: detection −1 none, 0 forensics, 1 basic, 2 fair, 3 good, 4 very good, 5 excellent; visibility
0 none, 1 minimal, 2 medium, 3 good, 4 excellent; data quality 0–5 a dimension (DeTT&CT, scoring_table.xlsx).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from connectors.models.organisation.record import Record

TechniqueId = Annotated[str, Field(pattern=r"^T\d{4}(\.\d{3})?$", examples=["T1059.001"])]
Quality = Annotated[int, Field(ge=0, le=5)]


class DetectionPolicy(Record):
    """The organisation's copy of ATT&CK, what detection aims at, and what an hour costs."""

    FILE = "attack.yaml"
    PURPOSE = "the ATT&CK copy, the aims and the rates of detection"
    ONE = True

    path: str | None = Field(default=None, description="MITRE's STIX bundle (enterprise-attack.json)")
    version: str = "19.1"
    target_score: Annotated[int, Field(ge=0, le=5)] = 3
    stale_days: int = Field(default=180, gt=0)
    purple_valid_days: int = Field(default=365, gt=0)
    noisy_per_month: float = Field(default=10, gt=0, description="false positives a month that make a rule noisy")
    hourly_cost: float | None = Field(default=None, gt=0)
    currency: str = "EUR"
    owner: str = ""
    platforms: tuple[str, ...] = Field(
        default=(), description="ATT&CK platforms in use; needs a copy; none: all, PRE too"
    )


class DataSource(Record):
    """A source of telemetry with its data quality; `log_source` ties it to the feed that shows whether it is silent."""

    FILE = "data_sources.yaml"
    PURPOSE = "sources of telemetry and their data quality"

    id: str
    name: str
    log_source: str | None = None
    device_completeness: Quality
    field_completeness: Quality
    timeliness: Quality
    consistency: Quality
    retention: Quality


class RuleKnowledge(Record):
    """What the SIEM does not know of a rule; `rule` is its name or id. `evidence`: a score a person vouches for."""

    FILE = "rule_knowledge.yaml"
    PURPOSE = "what rules rest on and when they were tested"

    rule: str
    data_sources: tuple[str, ...] = ()
    tested_at: date | None = None
    test_result: Literal["pass", "fail"] = "pass"
    behavioural: bool = False
    evidence: Annotated[int, Field(ge=0, le=5)] | None = None
    evidence_by: str = ""
    hours: float | None = Field(default=None, ge=0, description="hours spent writing and keeping it")
    minutes_per_false_positive: float | None = Field(default=None, gt=0)


class TechniqueKnowledge(Record):
    """An ATT&CK technique as the organisation judges it; what is left out is derived; `weight` 0 is out of scope."""

    FILE = "techniques.yaml"
    PURPOSE = "techniques' names, weights, visibility and candidate rules"

    id: TechniqueId
    name: str
    weight: float | None = Field(default=None, ge=0, le=3)
    target: Annotated[int, Field(ge=0, le=5)] | None = None
    visibility: Annotated[int, Field(ge=0, le=4)] | None = None
    data_sources: tuple[str, ...] = ()
    candidates: tuple[str, ...] = Field(default=(), description="ids of public or bought rules to take over")
    effort_hours: float | None = Field(default=None, gt=0)


class PurpleResult(Record):
    """What an exercise showed of a technique: detected (with a score), logged without an alert, or missed."""

    FILE = "purple_results.yaml"
    PURPOSE = "what purple-team exercises showed"

    id: str
    technique: TechniqueId
    at: date
    outcome: Literal["detected", "logged", "missed"]
    score: Annotated[int, Field(ge=1, le=5)] | None = None
    exercise: str = ""


class Raise(Record):
    """A technique and the score that it would reach."""

    technique: TechniqueId
    to: Annotated[int, Field(ge=1, le=5)]


class DetectionInvestment(Record):
    """Something to build, buy or tune. `ale`: annual loss expectancy of the mapped scenario, as the organisation says.

    `removes_share` is the share of a rule's false positives that tuning would remove.
    """

    FILE = "detection_investments.yaml"
    PURPOSE = "what could be built, bought or tuned, with cost"

    id: str
    title: str
    kind: Literal["rules", "data", "tuning"]
    owner: str
    raises: tuple[Raise, ...] = ()
    rule: str | None = None
    removes_share: float | None = Field(default=None, gt=0, le=1)
    hours: float = Field(default=0, ge=0)
    price: float = Field(default=0, ge=0)
    run_per_year: float = Field(default=0, ge=0)
    currency: str = "EUR"
    scenario: str = ""
    ale: float | None = Field(default=None, ge=0)


class TechniqueRemap(Record):
    """A technique id that a later ATT&CK version retired, and what stands for it; `new` left out: nothing does.

    `confidence`: verified in MITRE's own list; secondary, where several copies of that list agree; or name-inferred.
    """

    FILE = "attack_remap.yaml"
    PURPOSE = "retired technique ids and their successors"
    SHIPPED = True

    old: TechniqueId
    new: TechniqueId | None = None
    alternatives: tuple[TechniqueId, ...] = ()
    since: str
    confidence: Literal["verified", "secondary", "name-inferred"]
    source: str
    status: str = ""
    checked: date
    note: str = ""
