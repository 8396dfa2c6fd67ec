"""Everything a command may ask of the world: ports, the clock, and nothing that names an implementation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connectors.ports import (
    AlertFeed,
    CaseDesk,
    CaseLedger,
    Clock,
    CloudPosture,
    Organisation,
    Schedules,
    Store,
    ThreatIntel,
)

if TYPE_CHECKING:
    from handlers.core.access import Access
    from handlers.core.registry import Registry
    from handlers.crisis.store import CrisisStore


@dataclass(frozen=True)
class Soc:
    """`zone` is the team's zone (calendar periods, business hours); `simulated` marks every answer."""

    cases: CaseDesk
    alerts: AlertFeed
    intel: ThreatIntel
    posture: CloudPosture
    organisation: Organisation
    ledger: CaseLedger
    store: Store
    schedules: Schedules
    crises: CrisisStore
    clock: Clock
    zone: ZoneInfo
    registry: Registry
    access: Access
    simulated: bool = False
    pseudonyms: bool = False
    """Works-council setting: person-level figures carry pseudonyms."""
