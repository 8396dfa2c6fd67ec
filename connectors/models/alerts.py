"""What the SIEM says: alerts of a window with totals, indicator matches, rules and how they fire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. `case_name` is the SIEM's own case id, not the desk's number; None: no case took it."""

    id: str
    rule: str
    rule_id: str
    severity: str
    priority: str
    status: str
    verdict: str
    created_at: datetime
    detected_at: datetime | None = None
    case_name: str | None = None
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertView:
    """Alerts of a window. Totals come from the SIEM, not from the length of `alerts`."""

    alerts: tuple[Alert, ...]
    total: int
    """`filteredAlertsCount`: all that match, returned or not."""
    baseline: int
    """`baselineAlertsCount`: all of the window, before any filter."""
    per_rule: tuple[tuple[str, int], ...]
    """Rule name and count, most first."""


@dataclass(frozen=True, slots=True)
class IocMatch:
    """An indicator seen in the organisation's telemetry."""

    type: str
    value: str
    sources: tuple[str, ...]
    categories: tuple[str, ...]
    assets: tuple[str, ...]
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    ingested_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A detection rule. `techniques` are ATT&CK ids found in its metadata or text; empty: unmapped."""

    id: str
    name: str
    enabled: bool | None
    alerting: bool | None
    severity: str
    techniques: tuple[str, ...]
    author: str
    revised_at: datetime | None


@dataclass(frozen=True, slots=True)
class RuleActivity:
    """How often one rule fired in a window, and when last."""

    rule: str
    count: int
    last_at: datetime | None
    times: tuple[datetime, ...] = ()
