"""Every source of the operations board, asked at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, TypeVar

from connectors.models.alerts import AlertView, IocMatch, RuleActivity
from connectors.models.cases import Case
from connectors.models.organisation import (
    Absence,
    Calendar,
    HandlingTime,
    LogSource,
    Person,
    Service,
    Shift,
    SlaPolicy,
    StaffingPolicy,
    Target,
)
from connectors.models.reading import Reading, Window
from connectors.models.volumes import DailyVolume
from connectors.ports import LedgerView
from handlers.analysis.unusual_days import DAYS
from handlers.core.fetch import Got, fetch, rows
from handlers.core.soc import Soc

T = TypeVar("T")
SIEM_SECONDS, LEDGER_SECONDS = 12.0, 18.0
ALERTS = 2_000
BASELINE = timedelta(days=28)
KPI_WINDOW = timedelta(days=7)
KEPT = timedelta(days=57)
"""Eight weeks of days and the one that is judged."""


@dataclass(frozen=True)
class Sources:
    """What came back. Fields that a narrower question did not ask for are None."""

    cases: Got[Reading[Case]]
    policies: Got[Reading[SlaPolicy]]
    calendars: Got[Reading[Calendar]]
    targets: Got[Reading[Target]]
    ledger: Got[LedgerView]
    alerts: Got[Reading[AlertView]] | None = None
    iocs: Got[Reading[IocMatch]] | None = None
    activity: Got[Reading[RuleActivity]] | None = None
    people: Got[Reading[Person]] | None = None
    shifts: Got[Reading[Shift]] | None = None
    absences: Got[Reading[Absence]] | None = None
    services: Got[Reading[Service]] | None = None
    feeds: Got[Reading[LogSource]] | None = None
    handling: Got[Reading[HandlingTime]] | None = None
    staffing: Got[Reading[StaffingPolicy]] | None = None
    daily: Got[Reading[DailyVolume]] | None = None
    """Days the bot has kept; named among the sources once they are enough to judge by."""

    @property
    def needed(self) -> tuple[Got[Any], ...]:
        """All that was asked, but the calendars when no promise runs on business hours."""
        business = any(policy.clock == "business" for policy in rows(self.policies))
        dropped = {*(() if business else ("calendars",)), *(() if len(rows(self.daily)) >= DAYS else ("daily",))}
        names = [f.name for f in fields(self) if f.name not in dropped]
        return tuple(got for name in names if (got := getattr(self, name)) is not None)


async def gather(soc: Soc, now: datetime, window: Window, board: bool) -> Sources:
    """`board` False: only what the KPI strip and the queue need."""
    files = soc.organisation
    asked: dict[str, Awaitable[Got[Any]]] = {
        "cases": fetch("Case desk", soc.cases.open_cases(), SIEM_SECONDS),
        "policies": fetch("SLA policies", files.read(SlaPolicy)),
        "calendars": fetch("Calendars", files.read(Calendar)),
        "targets": fetch("Targets", files.read(Target)),
        "ledger": fetch("Case ledger", soc.ledger.view(now - BASELINE - KPI_WINDOW), LEDGER_SECONDS),
    }
    if board:
        asked |= {
            "alerts": fetch("SIEM alerts", soc.alerts.alerts(window, ALERTS), SIEM_SECONDS),
            "iocs": fetch("SIEM indicator matches", soc.alerts.ioc_matches(window), SIEM_SECONDS),
            "activity": fetch(
                "SIEM rule activity", soc.alerts.rule_activity(Window(now - BASELINE, now)), SIEM_SECONDS
            ),
            "people": fetch("Roster", files.read(Person)),
            "shifts": fetch("Shifts", files.read(Shift)),
            "absences": fetch("Absences", files.read(Absence)),
            "services": fetch("Services", files.read(Service)),
            "feeds": fetch("Log sources", files.read(LogSource)),
            "handling": fetch("Handling times", files.read(HandlingTime)),
            "staffing": fetch("Staffing policy", files.read(StaffingPolicy)),
            "daily": fetch("Daily snapshots", soc.ledger.volumes(now - KEPT)),
        }
    answers = await asyncio.gather(*asked.values())
    return Sources(**dict(zip(asked, answers, strict=True)))
