"""What the core needs from outside. Implementations are named by `bot.app` and by tests alone.

Every method raises `connectors.errors.BackendError` (state ports: `StateError`) and nothing else of its own.
Times are UTC instants. Nothing here retries a write.
"""

from connectors.ports.backends import (
    AlertFeed,
    CaseDesk,
    CaseLedger,
    Clock,
    CloudPosture,
    EventLog,
    LedgerView,
    Organisation,
    ThreatIntel,
)
from connectors.ports.crises import Commit, Committed, Crises, StoredCrisis
from connectors.ports.schedules import Scheduled, Schedules
from connectors.ports.state import AuditLog, Outbox, Outgoing, Queue, Store, Taken

__all__ = [
    "AlertFeed",
    "AuditLog",
    "CaseDesk",
    "CaseLedger",
    "Clock",
    "CloudPosture",
    "Commit",
    "Committed",
    "Crises",
    "EventLog",
    "LedgerView",
    "Organisation",
    "Outbox",
    "Outgoing",
    "Queue",
    "Scheduled",
    "Schedules",
    "Store",
    "StoredCrisis",
    "Taken",
    "ThreatIntel",
]
