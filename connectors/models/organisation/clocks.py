"""Regulatory clocks, the profile that makes them apply, and the times of incidents that start them.

Nothing here decides a legal question: rules are data with a source, the profile and the triggers are decided and
confirmed by people, by name of role, and the bot only does the arithmetic.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from connectors.models.organisation.record import Record

Trigger = Literal[
    "aware_at",
    "significant_determined_at",
    "classified_major_at",
    "materiality_determined_at",
    "breach_discovered_at",
    "ransom_paid_at",
    "initial_submitted_at",
    "intermediate_submitted_at",
    "fix_available_at",
    "determined_at",
    "high_risk_determined_at",
    "missing_information_at",
    "handled_at",
]
"""Times of an incident that start clocks."""
LegalStatus = Literal["in force", "pending", "proposal"]
Grade = Literal["V", "S", "S1", "K", "C"]
"""V read in an official source; S two or more secondary sources agree; S1 one; K professional knowledge, unchecked;
C computed."""


def _instant(raw: object) -> object:
    """Text to an instant, or to a date when no time is given: a day is never taken for its midnight."""
    if not isinstance(raw, str):
        return raw
    try:
        return date.fromisoformat(raw) if len(raw) <= 10 else datetime.fromisoformat(raw)
    except ValueError:
        raise ValueError("is neither a date nor an instant (2026-11-22 or 2026-11-22T09:00:00Z)") from None


Instant = Annotated[datetime | date, BeforeValidator(_instant)]
"""An instant with its offset, or a day when the time is not known."""


class ClockLimit(Record):
    """`amount` of `unit` counted from a trigger, or from the filing of an earlier stage ("filed:initial").

    Without `amount` there is no number: `words` says what the law says. `unless_after`: this limit does not count
    when that trigger comes after the limit has run out (DORA: classified only after 24 h).
    """

    start: str
    amount: float | None = Field(default=None, gt=0)
    unit: Literal["hours", "days", "months", "business days", "days after year end"] = "hours"
    unless_after: Trigger | None = None
    words: str = ""


class ClockStage(Record):
    """One thing to file. The earliest of its `limits` counts; `filed_as`: the trigger that also records its filing."""

    name: str
    limits: tuple[ClockLimit, ...] = Field(min_length=1)
    condition: str = Field(default="", description="when it is due at all, in the rule's words; decided by legal")
    filed_as: Trigger | None = None
    noon_next_working_day: bool = Field(
        default=False, description="a deadline on a weekend or holiday may move to noon of the next working day"
    )
    noon_not_for: tuple[str, ...] = Field(default=(), description="sectors of the profile for which it may not")


class ClockRule(Record):
    """A duty to report. A rule that is pending or a proposal is shown and never runs."""

    FILE = "clock_rules.yaml"
    PURPOSE = "regulatory clocks, each with source, status and the day it was checked"
    SHIPPED = True

    id: str
    regime: str
    jurisdictions: tuple[str, ...] = Field(min_length=1)
    applies_if: str
    stages: tuple[ClockStage, ...] = ()
    calendar: str = ""
    business_country: str | None = Field(default=None, description="ISO 3166 code of the holidays left out")
    zone: str | None = Field(default=None, description="IANA zone of its days; the team's when not given")
    closes: str = Field(default="", description="hour at which a business day's filing ends, 17:30")
    source: str
    evidence: Grade
    checked: date | None = Field(default=None, description="not given: never checked against the source")
    effective_from: date | None = None
    status: LegalStatus = "in force"
    note: str = ""


class Scope(Record):
    """Does a rule apply to us? Decided by people; without a decision the bot says "ask legal"."""

    rule: str
    applies: bool
    decided_by: str
    decided_on: date
    files: str = Field(default="", description="who files")
    authority: str = ""
    form: tuple[str, ...] = Field(default=(), description="fields the authority's form asks for")
    noon_rule_for: tuple[str, ...] = Field(default=(), description="stages that may move to noon of a working day")
    working_days_of: str | None = Field(default=None, description="ISO 3166 code for that working day")
    note: str = ""


class RegulatorProfile(Record):
    """Who we are to regulators, and which rules somebody has decided apply."""

    FILE = "regulator_profile.yaml"
    PURPOSE = "jurisdictions and sectors, and which reporting rules were decided to apply"
    ONE = True

    jurisdictions: tuple[str, ...]
    sectors: tuple[str, ...] = ()
    size: str = ""
    owner: str
    checked: date
    scopes: tuple[Scope, ...] = ()


class TriggerTime(Record):
    """When something that starts clocks happened, and who confirmed it; unconfirmed it is a proposal."""

    trigger: Trigger
    at: Instant
    confirmed_by: str = ""
    note: str = ""


class Filing(Record):
    """What was submitted under a rule's stage."""

    rule: str
    stage: str
    at: Instant
    reference: str = ""
    by: str = ""


class StageDecision(Record):
    """A stage that legal decided is not due for this incident."""

    rule: str
    stage: str
    decided_by: str
    reason: str


class Delay(Record):
    """A later deadline that an authority granted."""

    rule: str
    stage: str
    until: datetime
    granted_by: str


class IncidentTriggers(Record):
    """The times of one incident that start regulatory clocks, and what was filed."""

    FILE = "incident_triggers.yaml"
    PURPOSE = "when incidents became reportable, and what was filed"

    id: str
    case_id: str | None = None
    title: str
    jurisdictions: tuple[str, ...] = ()
    rules: tuple[str, ...] = Field(default=(), description="rules somebody proposed to look at; empty: all in scope")
    triggers: tuple[TriggerTime, ...] = ()
    filings: tuple[Filing, ...] = ()
    not_due: tuple[StageDecision, ...] = ()
    delays: tuple[Delay, ...] = ()
    form: tuple[str, ...] = Field(default=(), description="form fields already known")
    owner: str
    closed: bool = False
