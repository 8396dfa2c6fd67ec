"""The backends that the file of `SOC_BOT_MCP` has asked over MCP: their servers, and their ports in place of REST's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.settings import Settings, SettingsError, variables
from connectors.errors import BackendError
from connectors.mcp.alerts import McpAlertFeed
from connectors.mcp.cases import McpCaseDesk
from connectors.mcp.hosted_cases import HostedCaseDesk
from connectors.mcp.intel import McpThreatIntel
from connectors.mcp.link import Auth
from connectors.mcp.naming import camel
from connectors.mcp.posture import McpCloudPosture
from connectors.mcp.server import McpServer
from connectors.mcp.spec import McpFile, ServerSpec
from connectors.organisation.loading import load_one
from connectors.ports import Clock

if TYPE_CHECKING:
    from bot.backends import Backends

TENANTS = frozenset({"secops-soar", "secops-mcp"})
"""Servers that speak for a Chronicle tenant."""


def attach(settings: Settings, clock: Clock, made: Backends) -> None:
    """Replace the ports whose servers stand in the file; nothing is started yet.

    SettingsError names the file, the line and the field. A variable that is missing from the environment is told when
    the server is first asked, because the other backends can do without it.
    """
    for name, spec in _file(settings).servers.items():
        hosted = _of_the_tenant(settings, spec) if spec.google and name in TENANTS else spec
        server = McpServer(name, hosted, variables(spec.secrets), clock, auth=_auth(settings, name, spec))
        made.servers.append(server)
        match name:
            case "secops-soar":
                made.cases = HostedCaseDesk(server, clock) if spec.google else McpCaseDesk(server, clock)
            case "secops-mcp":
                made.alerts = McpAlertFeed(server, clock)
            case "gti-mcp":
                made.intel = McpThreatIntel(server, clock)
            case "scc-mcp":
                made.posture = McpCloudPosture(server, settings.scc.project_id, clock)


def _of_the_tenant(settings: Settings, spec: ServerSpec) -> ServerSpec:
    """Google's hosted servers want the tenant in every call; what the file says of it goes first."""
    known = settings.chronicle
    tenant = {"project_id": known.project_id, "customer_id": known.customer_id, "region": known.region}
    said = {name for name in tenant if {name, camel(name)} & spec.arguments.keys()}
    missing = {name: value for name, value in tenant.items() if value and name not in said}
    return spec.model_copy(update={"arguments": {**missing, **spec.arguments}})


def _file(settings: Settings) -> McpFile:
    path = settings.process.mcp
    if path is None:
        return McpFile()
    try:
        return load_one(path, McpFile, backend="MCP file", purpose="which MCP servers are asked (SOC_BOT_MCP)")
    except BackendError as error:
        raise SettingsError(str(error)) from None


def _auth(settings: Settings, name: str, spec: ServerSpec) -> Auth | None:
    """Google's hosted servers take the service account's own token, which is renewed every hour."""
    if not spec.google:
        return None
    from connectors.google.auth import GoogleAuth, bearer  # noqa: PLC0415 - google-auth is slow to import

    scc = name == "scc-mcp"
    token = settings.scc.token if scc else settings.chronicle.token
    path = settings.scc.credentials if scc else settings.chronicle.sa_path
    if token is not None:
        return bearer(token.get_secret_value())
    setting = "GOOGLE_APPLICATION_CREDENTIALS" if scc else "SECOPS_SA_PATH"
    return GoogleAuth("Cloud posture" if scc else "Case desk", str(path) if path else None, setting)
