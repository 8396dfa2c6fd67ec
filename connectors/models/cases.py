"""Cases, their history, and the columns of the case ledger.

Priorities are `critical high medium low info`, statuses `opened closed merged`; anything else is kept verbatim,
lower case.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

PRIORITIES = ("critical", "high", "medium", "low", "info")
"""Most urgent first."""


class Activity(StrEnum):
    """`case_activity` of Chronicle's `case_history`, as far as it was seen documented."""

    CREATE_CASE = "CREATE_CASE"
    ASSIGNEE_CHANGE = "ASSIGNEE_CHANGE"
    STAGE_CHANGE = "STAGE_CHANGE"
    PRIORITY_CHANGE = "PRIORITY_CHANGE"
    CLOSE_CASE = "CLOSE_CASE"
    REOPEN_CASE = "REOPEN_CASE"


@dataclass(frozen=True, slots=True)
class Sla:
    """The SLA object a case carries.

    `state` is Google's expirationStatus: OPEN_SLA, PASSED_DUE, CRITICAL_EXPIRED, PAUSED, NO_SLA.
    """

    due_at: datetime | None
    critical_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class Case:
    """One case as the desk holds it now. Times the desk does not keep (acknowledged, closed) are in the history."""

    id: str
    title: str
    priority: str
    status: str
    stage: str
    created_at: datetime
    updated_at: datetime
    assignee: str | None = None
    """A user id; a queue or role begins with "@"; None when nobody owns it."""
    environment: str = ""
    type: str = "real"
    """`real`, `test` or `simulation`."""
    alert_count: int = 0
    important: bool = False
    incident: bool = False
    sla: Sla | None = None
    tags: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    close_reason: str | None = None
    """MALICIOUS, NOT_MALICIOUS, MAINTENANCE, INCONCLUSIVE or what the tenant says, verbatim."""
    root_cause: str | None = None
    close_action: str | None = None
    """MANUALLY, AUTOMATICALLY, … verbatim."""
    merged_into: str | None = None
    url: str | None = None

    @property
    def is_open(self) -> bool:
        return self.status == "opened"

    @property
    def owned_by_human(self) -> bool:
        return self.assignee is not None and not self.assignee.startswith("@")


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One row of case history. `value` is the new assignee, stage, priority or status, by activity."""

    case_id: str
    at: datetime
    activity: str
    value: str = ""
    actor: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class CaseOrigin:
    """Where a case came from: the earliest event and detection of its alerts, and the first alert's rule."""

    case_id: str
    first_event_at: datetime | None
    detected_at: datetime | None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class WallRecord:
    """One line of a case's wall. `actor` empty when the source names none."""

    at: datetime
    activity: str
    actor: str
    text: str


@dataclass(frozen=True, slots=True)
class CaseAlert:
    """An alert grouped into a case; `identifier` is what the AI summary and manual actions are addressed by."""

    id: str
    name: str
    priority: str
    created_at: datetime | None
    first_event_at: datetime | None
    rule: str = ""
    product: str = ""
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """One case with its alerts, comments and wall; a part that failed is None and named in `notices`."""

    case: Case
    alerts: tuple[CaseAlert, ...] | None
    comments: tuple[WallRecord, ...] | None
    wall: tuple[WallRecord, ...] | None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """The SOAR's own AI summary of a case. `state` is PENDING_START, IN_PROGRESS, SUCCESSFUL or ERROR."""

    state: str
    text: str
    reasons: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    generated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """What is true of a whole ledger reading: its provenance and its known faults."""

    source: str
    as_of: datetime
    complete_from: datetime | None
    """Cases created since then are all there; None: unknown."""
    cases: int
    events: int
    truncated: bool = False
    history_from: datetime | None = None
    """History is held since then; older closing times are proxies (last update of a closed case)."""
    notes: tuple[str, ...] = field(default_factory=tuple)


CASE_COLUMNS: dict[str, str] = {
    "case_id": "str",
    "title": "str",
    "environment": "str",
    "type": "str: real, test, simulation",
    "status": "str: opened, closed, merged",
    "stage": "str",
    "priority": "str: critical, high, medium, low, info, or verbatim",
    "assignee": "str or null; '@' marks a queue",
    "created_at": "datetime[us, UTC] (t2)",
    "updated_at": "datetime[us, UTC]",
    "first_activity_at": "datetime or null (t0): earliest event time of the case's alerts, where known",
    "detected_at": "datetime or null (t1): first detection time, where known",
    "acknowledged_at": "datetime or null (t3): first ASSIGNEE_CHANGE to a human",
    "identified_at": "datetime or null (t4): first STAGE_CHANGE to Incident",
    "contained_at": "datetime or null (t5): tag or custom field; no native field exists",
    "first_closed_at": "datetime or null: first CLOSE_CASE",
    "closed_at": "datetime or null (t6): last CLOSE_CASE of a case that is closed now",
    "closed_is_proxy": "bool: closed_at is the last update of a closed case, for want of history",
    "reopened": "int: closes followed by another event that opens the case again",
    "auto_closed": "bool: closed with no human ever owning it",
    "escalated": "bool: handed from a lower to a higher tier queue",
    "returned": "bool: handed back to a lower tier after an escalation",
    "alert_count": "int",
    "incident": "bool",
    "important": "bool",
    "close_reason": "str or null, verbatim",
    "root_cause": "str or null",
    "merged_into": "str or null",
    "rule": "str or null: first rule or product that made the case",
}
"""Columns of `LedgerView.cases`, one row a case."""

EVENT_COLUMNS: dict[str, str] = {
    "case_id": "str",
    "seq": "int: order inside one second",
    "at": "datetime[us, UTC]",
    "activity": "str: Activity, or verbatim",
    "value": "str",
    "actor": "str",
}
"""Columns of `LedgerView.events`, one row an event. In both frames words that repeat may be categorical."""
