"""Controls, their evidence, audits and what stands against them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from connectors.models.organisation.clocks import Grade
from connectors.models.organisation.record import Record

Framework = Literal["sox", "soc2", "iso27001", "pci", "nist-csf", "hipaa", "dora", "nis2", "sp800-53"]


class FrameworkRef(Record):
    """Ids of one framework, and how sure the mapping is.

    `ids_checked`: the day they were found in `ids_source`, spelled so; it says nothing of the mapping.
    """

    framework: Framework
    ids: tuple[str, ...] = Field(min_length=1)
    confidence: Grade = "K"
    ids_checked: date | None = Field(default=None, description="not given: nobody looked whether the ids exist")
    ids_source: str = Field(default="", description="where the ids were looked up")


class FrameworkTopic(Record):
    """What a SOC shows as evidence, and the references it serves. Ids only: the texts are other people's."""

    FILE = "framework_map.yaml"
    PURPOSE = "which framework references a kind of SOC evidence serves"
    SHIPPED = True

    id: str
    evidence: str
    references: tuple[FrameworkRef, ...]
    mapping_confidence: Grade
    source: str
    status: str = ""
    checked: date | None = Field(default=None, description="not given: nobody compared the mapping with the standards")
    note: str = ""


class Control(Record):
    """A control the SOC operates, with its evidence's state."""

    FILE = "controls.yaml"
    PURPOSE = "the controls the SOC operates"

    id: str
    statement: str
    owner: str
    frequency: Literal["continuous", "daily", "weekly", "monthly", "quarterly", "annual"]
    key: bool = False
    refs: tuple[str, ...] = ()
    last_evidence: date | None = None
    result: Literal["pass", "fail", "not tested"] = "not tested"
    topic: str = Field(default="", description="row of the framework map")
    references: tuple[FrameworkRef, ...] = Field(default=(), description="its own references, beside the map's")
    weight: float = Field(default=1, gt=0)
    design: float | None = Field(default=None, ge=0, le=1, description="1 documented, 0.5 in part, 0 not")
    evidence_type: str = ""
    own_system: bool = Field(default=False, description="a control over the SOC's own systems")
    relies_on_soc: str = Field(default="", description="the financial-reporting control that rests on it")
    population: Literal["occurrences", "cases", "critical cases"] = "occurrences"
    walkthrough: tuple[str, ...] = ()


class Evidence(Record):
    """One piece of evidence. With `query` and `rows` a reader can make it again and see that it is complete."""

    FILE = "evidence.yaml"
    PURPOSE = "evidence that controls operated, with the period it covers"

    id: str
    control: str
    at: datetime
    period_from: date
    period_to: date
    kind: Literal["report", "export", "screenshot", "ticket", "minutes", "configuration", "sign-off"]
    link: str = ""
    hash: str = ""
    query: str = ""
    parameters: str = ""
    rows: int | None = Field(default=None, ge=0)
    run_seconds: float | None = Field(default=None, ge=0)


class ControlException(Record):
    """A control that is not met for a while, by somebody's decision, and what stands in for it."""

    FILE = "exceptions.yaml"
    PURPOSE = "accepted exceptions to controls and what compensates for them"

    id: str
    control: str
    reason: str
    compensating: str = ""
    approved_by: str
    approved_on: date
    expires: date


class Obligation(Record):
    """A test, review or training that falls due; `done` of `of` where it is counted."""

    FILE = "obligations.yaml"
    PURPOSE = "tests, reviews and trainings that fall due"

    id: str
    title: str
    kind: Literal["test", "access review", "training", "review", "report"]
    due: date
    owner: str
    control: str | None = None
    done: int | None = Field(default=None, ge=0)
    of: int | None = Field(default=None, ge=1)
    completed: date | None = None


class Retention(Record):
    """How long a log source must be kept and is kept, in days; `online` of it without restoring."""

    FILE = "retention.yaml"
    PURPOSE = "how long log sources must be kept and are kept"

    id: str
    name: str
    required_days: int = Field(gt=0)
    kept_days: int = Field(ge=0)
    online_required_days: int | None = Field(default=None, gt=0)
    online_days: int | None = Field(default=None, ge=0)
    basis: str
    owner: str


class AuditPlan(Record):
    """An audit to come: its scope, the period that evidence must cover, the first day of fieldwork."""

    FILE = "audit_plan.yaml"
    PURPOSE = "audits to come: scope, period, fieldwork, auditor"

    id: str
    framework: Framework
    title: str
    kind: Literal["point in time", "period"] = "period"
    period_from: date
    period_to: date
    fieldwork: date
    auditor: str
    owner: str
    scope: tuple[str, ...] = ()
    seed: int = Field(description="of the samples, recorded so that they can be drawn again")


class PriorFinding(Record):
    """What an earlier audit found."""

    FILE = "prior_findings.yaml"
    PURPOSE = "findings of earlier audits and where they stand"

    id: str
    audit: str
    framework: Framework | None = None
    title: str
    severity: Literal["critical", "high", "medium", "low"]
    control: str | None = None
    due: date
    status: Literal["open", "in progress", "done", "verified"]
    owner: str
    evidence: str = ""


class AuditDocument(Record):
    """A document the auditor asks for."""

    FILE = "audit_documents.yaml"
    PURPOSE = "policies, plans and charts an auditor asks for"

    id: str
    kind: Literal["policy", "runbooks", "plan", "organisation chart", "procedure", "inventory"]
    title: str
    version: str
    approved: date | None = None
    review_due: date
    owner: str


class MockTest(Record):
    """A test of a control that we did ourselves before the auditor does."""

    FILE = "mock_tests.yaml"
    PURPOSE = "the SOC's own tests of its controls"

    control: str
    on: date
    sampled: int = Field(gt=0)
    exceptions: int = Field(ge=0)
    tester: str
    note: str = ""


class BreachCause(Record):
    """Why a case broke its promise, as somebody coded it."""

    FILE = "breach_causes.yaml"
    PURPOSE = "why cases broke their promise"

    case_id: str
    metric: Literal["acknowledge", "resolve"]
    cause: Literal["queue", "capacity", "third party", "tool outage", "other"]
    paused_minutes: float = Field(default=0, ge=0)
    note: str = ""


class CreditBand(Record):
    """Below this attainment the vendor gives back this share of the fee."""

    below: float = Field(gt=0, le=1)
    credit: float = Field(ge=0, le=1)


class VendorPromise(Record):
    """What a vendor promised for a period and how often it kept it."""

    FILE = "vendor_sla.yaml"
    PURPOSE = "vendors' promises, how often they were kept, and service credits"

    vendor: str
    product: str
    metric: str
    period_from: date
    period_to: date
    target_share: float = Field(gt=0, le=1)
    met: int = Field(ge=0)
    missed: int = Field(ge=0)
    fee: float | None = Field(default=None, ge=0, description="of the period")
    currency: str = "EUR"
    credits: tuple[CreditBand, ...] = ()


class AssurancePolicy(Record):
    """What compliance answers are computed with; each is printed with the result."""

    FILE = "assurance.yaml"
    PURPOSE = "what compliance answers are computed with"
    ONE = True

    reopened_counts_as_missed: bool = False
    soon_days: int = Field(default=14, ge=0)
    request_working_days: int = Field(default=10, ge=0, description="evidence is due so long before fieldwork")
    holiday_country: str | None = None
    ready_score: float = Field(default=0.9, gt=0, le=1)
