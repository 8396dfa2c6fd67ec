"""What the file `SOC_BOT_MCP` says about each server: how it is reached, what its tools are called."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

ServerName = Literal["secops-soar", "secops-mcp", "gti-mcp", "scc-mcp"]

BACKENDS: dict[str, str] = {
    "secops-soar": "Case desk",
    "secops-mcp": "SIEM",
    "gti-mcp": "Threat intelligence",
    "scc-mcp": "Cloud posture",
}
"""Server name → the name people know the backend by."""

TOOLS: dict[str, tuple[str, ...]] = {
    "secops-soar": (
        "list_cases",
        "get_case_full_details",
        "post_case_comment",
        "siemplify_create_gemini_case_summary",
    ),
    "secops-mcp": ("get_security_alerts", "get_ioc_matches", "list_security_rules", "search_rule_alerts"),
    "gti-mcp": ("list_threat_profiles", "get_threat_profile_recommendations", "get_collection_report"),
    "scc-mcp": ("top_vulnerability_findings",),
}
"""The tools a port needs, by the names of Google's own servers."""

HOSTED: dict[str, tuple[str, ...]] = {
    "secops-soar": (
        "list_cases",
        "get_case",
        "list_case_alerts",
        "list_case_comments",
        "create_case_comment",
        "update_case",
    ),
}
"""Those of Google's hosted servers, where they are others (docs.cloud.google.com/chronicle/docs/reference/mcp)."""

_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,80}")
Plain = str | int | bool


class ServerSpec(BaseModel):
    """One server: a `command` to run, or the `url` of a streamable-http endpoint.

    Secrets are never in the file: `env` names the variables handed to the child (all others are withheld), `headers`
    names for each HTTP header the variable that holds its value. `tools` maps a tool's name to the one this server
    uses, `names` an argument's (`case_id: caseId`; a tool that declares the one spelling or the other is followed
    without); `arguments` are added to every call. `timeout` in seconds, per call. `google`: a url of Google's own,
    which takes the bearer token of the backend's service account and has the hosted tools.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: str = ""
    args: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    url: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    google: bool = False
    tools: dict[str, str] = Field(default_factory=dict)
    names: dict[str, str] = Field(default_factory=dict)
    arguments: dict[str, Plain] = Field(default_factory=dict)
    timeout: float = Field(default=15.0, gt=0, le=120)

    @model_validator(mode="after")
    def _one_way(self) -> ServerSpec:
        if bool(self.command) == bool(self.url):
            raise ValueError("write either command or url")
        if self.url and (self.args or self.env):
            raise ValueError("args and env belong to a command, headers to a url")
        if self.command and (self.headers or self.google):
            raise ValueError("headers and google belong to a url, env to a command")
        if not all(_ENV_NAME.fullmatch(name) for name in (*self.env, *self.headers.values())):
            # without showing it: it may be the secret itself
            raise ValueError("env and headers name environment variables; values do not belong in the file")
        if self.url:
            _check(self.url)
        return self

    def needs(self, server: str) -> tuple[str, ...]:
        """The tools that the port behind that server asks for."""
        return HOSTED.get(server, TOOLS[server]) if self.google else TOOLS[server]

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the variables this server needs."""
        return self.env or tuple(self.headers.values())


def _check(url: str) -> None:
    try:
        at = urlsplit(url)
        host, scheme = at.hostname, at.scheme
    except ValueError:
        host, scheme = None, ""
    if scheme not in {"http", "https"} or not host:
        raise ValueError("url must be an address such as https://host.example/mcp")
    if at.username or at.password or at.query or at.fragment:
        raise ValueError("url must hold no user, password or query: secrets come from headers")
    if scheme == "http" and host not in {"127.0.0.1", "localhost", "::1"}:
        raise ValueError("url must be https: its headers are secrets")


class McpFile(BaseModel):
    """The file. A backend whose server stands here is asked over MCP, the others over REST."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    servers: dict[ServerName, ServerSpec] = Field(default_factory=dict)
