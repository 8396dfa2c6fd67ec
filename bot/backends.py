"""Ports from settings: the connectors that are configured, and a stand-in that says what to set for the rest."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.settings import Settings, SettingsError
from connectors.google.alerts import ChronicleAlertFeed
from connectors.google.auth import GoogleAuth, Headers, api_key, bearer
from connectors.google.cases import ChronicleCaseDesk
from connectors.google.gti import GtiThreatIntel
from connectors.google.scc import SccCloudPosture
from connectors.google.wire import Instance
from connectors.http import HttpBackend
from connectors.ledger import MemoryCaseLedger, ParquetCaseLedger, Snapshots
from connectors.organisation.files import YamlOrganisation
from connectors.ports import AlertFeed, CaseDesk, CaseLedger, Clock, CloudPosture, Organisation, Store, ThreatIntel
from connectors.unconfigured import (
    UnconfiguredAlertFeed,
    UnconfiguredCaseDesk,
    UnconfiguredCaseLedger,
    UnconfiguredCloudPosture,
    UnconfiguredThreatIntel,
)

if TYPE_CHECKING:
    from connectors.mcp.server import McpServer

_CHRONICLE = "CHRONICLE_PROJECT_ID, CHRONICLE_CUSTOMER_ID and SECOPS_SA_PATH or CHRONICLE_TOKEN"


@dataclass
class Backends:
    """The backend ports, and the HTTP clients and MCP servers to close at the end."""

    cases: CaseDesk
    alerts: AlertFeed
    intel: ThreatIntel
    posture: CloudPosture
    organisation: Organisation
    ledger: CaseLedger
    clients: list[HttpBackend] = field(default_factory=list)
    servers: list[McpServer] = field(default_factory=list)

    async def close(self) -> None:
        if isinstance(self.ledger, ParquetCaseLedger):
            await self.ledger.close()
        for client in self.clients:
            await client.close()
        await asyncio.gather(*(server.close() for server in self.servers))


def connect(settings: Settings, clock: Clock, store: Store | None = None) -> Backends:
    """Nothing is asked yet: clients connect on first use.

    `store` None: the case ledger is kept in memory (a simulated SOC is another one at every start; doctor only looks).
    """
    made = Backends(
        cases=UnconfiguredCaseDesk("Case desk", _CHRONICLE),
        alerts=UnconfiguredAlertFeed("SIEM", _CHRONICLE),
        intel=UnconfiguredThreatIntel("Threat intelligence", "VT_APIKEY"),
        posture=UnconfiguredCloudPosture("Cloud posture", "SCC_PROJECT_ID and GOOGLE_APPLICATION_CREDENTIALS"),
        organisation=YamlOrganisation(settings.process.organisation, clock),
        ledger=UnconfiguredCaseLedger("Case ledger", _CHRONICLE),
    )
    if settings.chronicle.configured:
        _chronicle(settings, clock, made, store)
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
    if settings.soar.url or settings.soar.app_key is not None:
        _legacy_soar(settings, clock, made)
    if settings.process.mcp is not None:
        from bot.mcp_servers import attach  # noqa: PLC0415 - most bots ask over REST, and start without this

        attach(settings, clock, made)
    return made


def _chronicle(settings: Settings, clock: Clock, made: Backends, store: Store | None) -> None:
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
    history = ChronicleCaseDesk(bulk, instance, clock)
    if store is None:
        made.ledger = MemoryCaseLedger(history, clock)
        return
    folder = settings.process.data / "ledger" / settings.process.org
    kept = Snapshots(folder, store, clock, made.alerts)
    tenant = f"{at.project_id}/{at.region}/{at.customer_id}"
    made.ledger = ParquetCaseLedger(history, clock, store, folder, tenant, snapshots=kept)


def _legacy_soar(settings: Settings, clock: Clock, made: Backends) -> None:
    """The queue and its cases from the SOAR itself; the ledger stays Chronicle's, for it is made of their history."""
    from connectors.soar.cases import SoarCaseDesk  # noqa: PLC0415 - it ends in March 2027; few bots need it

    key = settings.soar.app_key
    if key is None or not settings.soar.configured:
        raise SettingsError("SOAR_URL and SOAR_APP_KEY belong together: one of them is not set.")
    auth = api_key("AppKey", key.get_secret_value())
    client = HttpBackend("Case desk", settings.soar.url, auth, clock, timeout=10.0, budget=30.0)
    made.clients.append(client)
    made.cases = SoarCaseDesk(client, clock)


def _google(backend: str, token: SecretStr | None, path: Path | None, setting: str) -> Headers:
    if token is not None:
        return bearer(token.get_secret_value())
    return GoogleAuth(backend, str(path) if path else None, setting)
