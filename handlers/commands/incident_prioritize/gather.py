"""Every source of the order of attention, asked at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, TypeVar

from connectors.models.alerts import AlertView, IocMatch
from connectors.models.cases import Case
from connectors.models.organisation import Absence, Person, Service, Shift, Skill
from connectors.models.organisation.clocks import ClockRule, IncidentTriggers, RegulatorProfile
from connectors.models.organisation.risk import (
    CoordinatorRow,
    IncidentFacts,
    Prioritisation,
    Remediation,
    VulnerabilityFacts,
)
from connectors.models.reading import Reading, Window
from connectors.models.threats import Finding
from connectors.ports import LedgerView
from handlers.commands.compliance_monitor import crises
from handlers.core.fetch import Got, fetch, rows
from handlers.core.soc import Soc
from handlers.crisis.state import Crisis

T = TypeVar("T")
SECONDS = 18.0
BACK = timedelta(days=7)
"""How far alerts and indicator matches are looked at for the hosts of cases."""
OLDEST = timedelta(days=90)
ALERTS = 2_000


@dataclass(frozen=True)
class Sources:
    """What came back. A field that was not asked for is None."""

    cases: Got[Reading[Case]]
    facts: Got[Reading[IncidentFacts]]
    policy: Got[Reading[Prioritisation]]
    services: Got[Reading[Service]]
    alerts: Got[Reading[AlertView]]
    iocs: Got[Reading[IocMatch]]
    ledger: Got[LedgerView]
    triggers: Got[Reading[IncidentTriggers]]
    rules: Got[Reading[ClockRule]]
    profile: Got[Reading[RegulatorProfile]]
    crises: Got[Reading[Crisis]] | None = None
    """None: whoever asks may not take part in crises."""
    findings: Got[Reading[Finding]] | None = None
    vulnerable: Got[Reading[VulnerabilityFacts]] | None = None
    table: Got[Reading[Remediation]] | None = None
    coordinator: Got[Reading[CoordinatorRow]] | None = None
    people: Got[Reading[Person]] | None = None
    shifts: Got[Reading[Shift]] | None = None
    absences: Got[Reading[Absence]] | None = None
    skills: Got[Reading[Skill]] | None = None

    @property
    def all(self) -> tuple[Got[Any], ...]:
        return tuple(got for f in fields(self) if (got := getattr(self, f.name)) is not None)

    @property
    def lacking(self) -> tuple[str, ...]:
        """What the order goes without: names of files, and of backends that did not answer."""
        asked: tuple[tuple[Got[Any], str], ...] = (
            (self.facts, IncidentFacts.FILE), (self.policy, Prioritisation.FILE), (self.services, Service.FILE),
            (self.triggers, IncidentTriggers.FILE), (self.rules, ClockRule.FILE), (self.profile, RegulatorProfile.FILE),
            (self.alerts, ""), (self.iocs, ""), (self.ledger, ""),
            *([] if self.crises is None else [(self.crises, "")]),
        )  # fmt: skip
        return tuple(name or got.source.name for got, name in asked if not got.ok)

    @property
    def prioritisation(self) -> Prioritisation:
        """The organisation's policy, or the defaults of the record."""
        kept = rows(self.policy)
        return kept[0] if kept else Prioritisation()


async def gather(soc: Soc, now: datetime, vulnerabilities: bool, people: bool, part: bool) -> Sources:
    """All at once; findings and the roster only when they are shown, crises only for who may see them (`part`)."""
    files, week = soc.organisation, Window(now - BACK, now)
    asked: dict[str, Awaitable[Got[Any]]] = {
        "cases": fetch("Case desk", soc.cases.open_cases(), SECONDS),
        "facts": fetch("Incident facts", files.read(IncidentFacts)),
        "policy": fetch("Prioritisation policy", files.read(Prioritisation)),
        "services": fetch("Services", files.read(Service)),
        "alerts": fetch("SIEM alerts", soc.alerts.alerts(week, ALERTS), SECONDS),
        "iocs": fetch("SIEM indicator matches", soc.alerts.ioc_matches(week), SECONDS),
        "ledger": fetch("Case ledger", soc.ledger.view(now - OLDEST), SECONDS),
        "triggers": fetch("Incident triggers", files.read(IncidentTriggers)),
        "rules": fetch("Clock rules", files.read(ClockRule)),
        "profile": fetch("Regulator profile", files.read(RegulatorProfile)),
    }
    if part:
        asked["crises"] = crises.read(soc)
    if vulnerabilities:
        asked |= {
            "findings": fetch("Cloud findings", soc.posture.findings(), SECONDS),
            "vulnerable": fetch("Vulnerability facts", files.read(VulnerabilityFacts)),
            "table": fetch("Remediation table", files.read(Remediation)),
            "coordinator": fetch("SSVC coordinator table", files.read(CoordinatorRow)),
        }
    if people:
        asked |= {
            "people": fetch("Roster", files.read(Person)),
            "shifts": fetch("Shifts", files.read(Shift)),
            "absences": fetch("Absences", files.read(Absence)),
            "skills": fetch("Skills", files.read(Skill)),
        }
    answers = await asyncio.gather(*asked.values())
    return Sources(**dict(zip(asked, answers, strict=True)))
