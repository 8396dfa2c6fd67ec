"""Ports from settings: the connectors that are configured, and a stand-in that says what to set for the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from bot.settings import Settings
from connectors.google.alerts import ChronicleAlertFeed
from connectors.google.auth import GoogleAuth, Headers, api_key, bearer
from connectors.google.cases import ChronicleCaseDesk
from connectors.google.gti import GtiThreatIntel
from connectors.google.scc import SccCloudPosture
from connectors.google.wire import Instance
from connectors.http import HttpBackend
from connectors.ledger import MemoryCaseLedger
from connectors.organisation.files import YamlOrganisation
from connectors.ports import AlertFeed, CaseDesk, CaseLedger, Clock, CloudPosture, Organisation, ThreatIntel
from connectors.unconfigured import (
    UnconfiguredAlertFeed,
    UnconfiguredCaseDesk,
    UnconfiguredCaseLedger,
    UnconfiguredCloudPosture,
    UnconfiguredThreatIntel,
)

_CHRONICLE = "CHRONICLE_PROJECT_ID, CHRONICLE_CUSTOMER_ID and SECOPS_SA_PATH or CHRONICLE_TOKEN"


@dataclass
class Backends:
    """The backend ports, and the HTTP clients to close at the end."""

    cases: CaseDesk
    alerts: AlertFeed
    intel: ThreatIntel
    posture: CloudPosture
    organisation: Organisation
    ledger: CaseLedger
    clients: list[HttpBackend] = field(default_factory=list)

    async def close(self) -> None:
        for client in self.clients:
            await client.close()


def connect(settings: Settings, clock: Clock) -> Backends:
    """Nothing is asked yet: clients connect on first use."""
    made = Backends(
        cases=UnconfiguredCaseDesk("Case desk", _CHRONICLE),
        alerts=UnconfiguredAlertFeed("SIEM", _CHRONICLE),
        intel=UnconfiguredThreatIntel("Threat intelligence", "VT_APIKEY"),
        posture=UnconfiguredCloudPosture("Cloud posture", "SCC_PROJECT_ID and GOOGLE_APPLICATION_CREDENTIALS"),
        organisation=YamlOrganisation(settings.process.organisation, clock),
        ledger=UnconfiguredCaseLedger("Case ledger", _CHRONICLE),
    )
    if settings.chronicle.configured:
        _chronicle(settings, clock, made)
    if settings.gti.key is not None:
        auth = api_key("x-apikey", settings.gti.key.get_secret_value())
        client = HttpBackend("Threat intelligence", settings.gti.api_url, auth, clock)
        made.clients.append(client)
        made.intel = GtiThreatIntel(client, clock)
    if settings.scc.configured:
        auth = _google("Cloud posture", settings.scc.token, settings.scc.credentials, "GOOGLE_APPLICATION_CREDENTIALS")
        client = HttpBackend("Cloud posture", settings.scc.api_url, auth, clock)
        made.clients.append(client)
        made.posture = SccCloudPosture(client, settings.scc.project_id, clock)
    return made


def _chronicle(settings: Settings, clock: Clock, made: Backends) -> None:
    at = settings.chronicle
    instance = Instance(project_id=at.project_id, customer_id=at.customer_id, region=at.region)
    auth = _google("Case desk", at.token, at.sa_path, "SECOPS_SA_PATH")
    # Cases and alerts share a host, not a breaker: one may be away while the other answers.
    # History is a query over months: slow on purpose, while a manager's question is not.
    desk = HttpBackend("Case desk", at.url, auth, clock)
    bulk = HttpBackend("Case desk", at.url, auth, clock, timeout=60.0, budget=180.0, concurrency=4)
    siem = HttpBackend("SIEM", at.url, auth, clock)
    made.clients += [desk, siem, bulk]
    made.cases = ChronicleCaseDesk(desk, instance, clock)
    made.alerts = ChronicleAlertFeed(siem, instance, clock)
    made.ledger = MemoryCaseLedger(ChronicleCaseDesk(bulk, instance, clock), clock)


def _google(backend: str, token: SecretStr | None, path: Path | None, setting: str) -> Headers:
    if token is not None:
        return bearer(token.get_secret_value())
    return GoogleAuth(backend, str(path) if path else None, setting)
