"""What threat intelligence and cloud posture say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ThreatProfile:
    """A saved view of who may come for us: what it watches, when it last changed."""

    id: str
    name: str
    industries: tuple[str, ...]
    regions: tuple[str, ...]
    motivations: tuple[str, ...]
    recommendations_enabled: bool
    created_at: datetime | None
    modified_at: datetime | None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A collection (actor, malware, campaign, report …) recommended for a profile, with its full object."""

    profile_id: str
    id: str
    type: str
    """collection_type: threat-actor, malware-family, campaign, report, vulnerability …"""
    name: str
    description: str
    industries: tuple[str, ...]
    regions: tuple[str, ...]
    techniques: tuple[str, ...]
    source: str
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A cloud vulnerability finding. `attack_exposure` is SCC's score (0–100 in practice), None: not calculated."""

    id: str
    category: str
    resource: str
    severity: str
    cve: str | None
    attack_exposure: float | None
    exploitation: str
    zero_day: bool
    created_at: datetime | None
    event_at: datetime | None
    cvss: float | None = None
