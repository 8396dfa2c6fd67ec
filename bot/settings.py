"""Settings from the environment or `.env`; a missing or malformed one is one human sentence."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.settings_words import sentence


class SettingsError(Exception):
    """One sentence per wrong setting; never holds a secret's value."""


ENV_FILE = Path(".env")


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        whole = False
    if not whole:
        raise ValueError("it must be an address such as https://host.example")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("it must hold no user, password or query: secrets have settings of their own")
    return value


Url = Annotated[str, AfterValidator(lambda value: _web_address(value) if value else value)]


class _Group(BaseSettings):
    model_config = SettingsConfigDict(env_file=ENV_FILE, extra="ignore", frozen=True, env_ignore_empty=True)


class Process(_Group):
    """SOC_BOT_*: where the process listens, what it keeps, who may use it."""

    model_config = SettingsConfigDict(env_prefix="SOC_BOT_")

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    data: Path = Path("data")
    organisation: Path | None = None
    access: Path | None = None
    mcp: Path | None = None
    timezone: str = "UTC"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    org: str = Field(default="default", pattern=r"^[A-Za-z0-9_-]{1,40}$")
    audit_key: SecretStr | None = None
    console: bool = False
    console_token: SecretStr | None = None
    pseudonyms: bool = False

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"“{value}” is not an IANA time zone such as Europe/Berlin") from None
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def loopback(self) -> bool:
        """Does it listen on this machine alone?"""
        return self.host in {"127.0.0.1", "localhost", "::1"}


class Slack(_Group):
    """SLACK_*."""

    model_config = SettingsConfigDict(env_prefix="SLACK_")

    bot_token: SecretStr | None = None
    signing_secret: SecretStr | None = None
    app_token: SecretStr | None = None
    api_url: Url = "https://slack.com/api/"
    command: str = Field(default="/security", pattern=r"^/[a-z0-9_-]{1,31}$")

    @property
    def configured(self) -> bool:
        return self.bot_token is not None


class Teams(_Group):
    """MICROSOFT_APP_* and TEAMS_*. `anonymous`: no token is asked for; on this machine alone, for a local client."""

    model_config = SettingsConfigDict(populate_by_name=True)

    app_id: str = Field(default="", validation_alias=AliasChoices("MICROSOFT_APP_ID"))
    app_password: SecretStr | None = Field(default=None, validation_alias=AliasChoices("MICROSOFT_APP_PASSWORD"))
    app_type: Literal["SingleTenant", "MultiTenant", "UserAssignedMSI"] = Field(
        default="SingleTenant", validation_alias=AliasChoices("MICROSOFT_APP_TYPE")
    )
    tenant_id: str = Field(
        default="", pattern=r"^([0-9a-fA-F-]{36})?$", validation_alias=AliasChoices("MICROSOFT_APP_TENANT_ID")
    )
    metadata_url: Url = Field(
        default="https://login.botframework.com/v1/.well-known/openidconfiguration",
        validation_alias=AliasChoices("TEAMS_OPENID_METADATA_URL"),
    )
    login_url: Url = Field(
        default="https://login.microsoftonline.com", validation_alias=AliasChoices("TEAMS_LOGIN_URL")
    )
    service_hosts: str = Field(
        default="smba.trafficmanager.net,smba.infra.gcc.teams.microsoft.com",
        validation_alias=AliasChoices("TEAMS_SERVICE_HOSTS"),
    )
    public_url: Url = Field(default="", validation_alias=AliasChoices("TEAMS_PUBLIC_URL"))
    crisis_channel: str = Field(default="", validation_alias=AliasChoices("TEAMS_CRISIS_CHANNEL"))
    anonymous: bool = Field(default=False, validation_alias=AliasChoices("TEAMS_ANONYMOUS"))

    @property
    def configured(self) -> bool:
        return bool(self.app_id) or self.anonymous

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset(host.strip().lower() for host in self.service_hosts.split(",") if host.strip())


class State(_Group):
    """REDIS_URL; unset: an embedded server under the data folder."""

    redis_url: SecretStr | None = None


class Chronicle(_Group):
    """Google SecOps: SIEM and cases."""

    model_config = SettingsConfigDict(env_prefix="CHRONICLE_", populate_by_name=True)

    project_id: str = ""
    customer_id: str = ""
    region: str = Field(default="us", pattern=r"^[a-z0-9-]{1,40}$")
    api_url: Url = ""
    token: SecretStr | None = None
    sa_path: Path | None = Field(default=None, validation_alias=AliasChoices("SECOPS_SA_PATH", "sa_path"))

    @property
    def configured(self) -> bool:
        return bool(self.project_id and self.customer_id)

    @property
    def url(self) -> str:
        """The regional endpoint of Google's documentation unless one is set."""
        return self.api_url or f"https://chronicle.{self.region}.rep.googleapis.com"


class Gti(_Group):
    """Google Threat Intelligence."""

    model_config = SettingsConfigDict(populate_by_name=True)

    key: SecretStr | None = Field(default=None, validation_alias=AliasChoices("VT_APIKEY", "key"))
    api_url: Url = Field(default="https://www.virustotal.com", validation_alias=AliasChoices("GTI_API_URL", "api_url"))

    @property
    def configured(self) -> bool:
        return self.key is not None


class Scc(_Group):
    """Security Command Center."""

    model_config = SettingsConfigDict(populate_by_name=True)

    project_id: str = Field(default="", validation_alias=AliasChoices("SCC_PROJECT_ID", "project_id"))
    api_url: Url = Field(
        default="https://securitycenter.googleapis.com", validation_alias=AliasChoices("SCC_API_URL", "api_url")
    )
    credentials: Path | None = Field(
        default=None, validation_alias=AliasChoices("GOOGLE_APPLICATION_CREDENTIALS", "credentials")
    )
    token: SecretStr | None = Field(default=None, validation_alias=AliasChoices("SCC_TOKEN", "token"))

    @property
    def configured(self) -> bool:
        return bool(self.project_id)


class Soar(_Group):
    """SOAR_*: the SOAR's legacy interface, for tenants whose cases have not moved to the Chronicle API."""

    model_config = SettingsConfigDict(env_prefix="SOAR_")

    url: Url = ""
    app_key: SecretStr | None = None

    @property
    def configured(self) -> bool:
        return bool(self.url) and self.app_key is not None


class OwnMcp(_Group):
    """SOC_BOT_MCP_*: the bot as an MCP server (`soc-bot mcp`)."""

    model_config = SettingsConfigDict(env_prefix="SOC_BOT_MCP_")

    user: str = ""
    """Over stdio: the account of platform `mcp` in SOC_BOT_ACCESS as which every call is answered."""
    tokens: Path | None = None
    """Over HTTP: the YAML file with one row a person's token."""


@dataclass(frozen=True)
class Settings:
    """All groups; built once by the CLI, never at import."""

    process: Process
    slack: Slack
    state: State
    chronicle: Chronicle
    gti: Gti
    scc: Scc
    teams: Teams = field(default_factory=Teams.model_construct)
    soar: Soar = field(default_factory=Soar.model_construct)
    own_mcp: OwnMcp = field(default_factory=OwnMcp.model_construct)

    @property
    def any_backend(self) -> bool:
        google = self.chronicle.configured or self.gti.configured or self.scc.configured
        rest = google or self.soar.configured
        return rest or self.process.mcp is not None


def load() -> Settings:
    """From the environment and `.env`; SettingsError holds one sentence per wrong setting, of all groups."""
    _readable(ENV_FILE)
    wrong: list[str] = []
    made = (
        _group(Process, wrong),
        _group(Slack, wrong),
        _group(State, wrong),
        _group(Chronicle, wrong),
        _group(Gti, wrong),
        _group(Scc, wrong),
        _group(Teams, wrong),
        _group(Soar, wrong),
        _group(OwnMcp, wrong),
    )
    if wrong:
        raise SettingsError(" ".join(wrong))
    return Settings(*made)


def variables(names: Iterable[str]) -> dict[str, str]:
    """Those of the named variables that are set, from the environment or `.env`, as the settings are read."""
    found = {**dotenv_values(ENV_FILE), **os.environ} if ENV_FILE.exists() else dict(os.environ)
    return {name: value for name in names if (value := found.get(name))}


G = TypeVar("G", bound=_Group)


def _group(kind: type[G], wrong: list[str]) -> G:
    """The group, or a bare one while its sentences are collected."""
    try:
        return kind()
    except ValidationError as error:
        wrong += [sentence(kind, dict(one)) for one in error.errors(include_input=False)]
        return kind.model_construct()


def _readable(path: Path) -> None:
    """SettingsError for a file whose lines python-dotenv would skip with no more than a log line."""
    if not path.exists():
        return
    try:
        with path.open(encoding="utf-8") as lines:
            broken = [line.original.line for line in parse_stream(lines) if line.error]
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text.") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None
    if broken:
        raise SettingsError(f"{path} line {broken[0]} is wrong: write NAME=value, and close every quote.")
