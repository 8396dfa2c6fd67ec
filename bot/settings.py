"""Settings from the environment or `.env`; a missing or malformed one is one human sentence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(Exception):
    """One sentence per wrong setting; never holds a secret's value."""


class _Group(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)


class Process(_Group):
    """SOC_BOT_*: where the process listens, what it keeps, who may use it."""

    model_config = SettingsConfigDict(env_prefix="SOC_BOT_")

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    data: Path = Path("data")
    organisation: Path | None = None
    access: Path | None = None
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
    api_url: str = "https://slack.com/api/"
    command: str = Field(default="/security", pattern=r"^/[a-z0-9_-]{1,31}$")

    @property
    def configured(self) -> bool:
        return self.bot_token is not None


class State(_Group):
    """REDIS_URL; unset: an embedded server under the data folder."""

    redis_url: SecretStr | None = None


class Chronicle(_Group):
    """Google SecOps: SIEM and cases."""

    model_config = SettingsConfigDict(env_prefix="CHRONICLE_", populate_by_name=True)

    project_id: str = ""
    customer_id: str = ""
    region: str = Field(default="us", pattern=r"^[a-z0-9-]{1,40}$")
    api_url: str = ""
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
    api_url: str = Field(default="https://www.virustotal.com", validation_alias=AliasChoices("GTI_API_URL", "api_url"))

    @property
    def configured(self) -> bool:
        return self.key is not None


class Scc(_Group):
    """Security Command Center."""

    model_config = SettingsConfigDict(populate_by_name=True)

    project_id: str = Field(default="", validation_alias=AliasChoices("SCC_PROJECT_ID", "project_id"))
    api_url: str = Field(
        default="https://securitycenter.googleapis.com", validation_alias=AliasChoices("SCC_API_URL", "api_url")
    )
    credentials: Path | None = Field(
        default=None, validation_alias=AliasChoices("GOOGLE_APPLICATION_CREDENTIALS", "credentials")
    )
    token: SecretStr | None = Field(default=None, validation_alias=AliasChoices("SCC_TOKEN", "token"))

    @property
    def configured(self) -> bool:
        return bool(self.project_id)


@dataclass(frozen=True)
class Settings:
    """All groups; built once by the CLI, never at import."""

    process: Process
    slack: Slack
    state: State
    chronicle: Chronicle
    gti: Gti
    scc: Scc

    @property
    def any_backend(self) -> bool:
        return self.chronicle.configured or self.gti.configured or self.scc.configured


def load() -> Settings:
    """From the environment and `.env`; SettingsError holds one sentence per wrong setting."""
    try:
        return Settings(Process(), Slack(), State(), Chronicle(), Gti(), Scc())
    except ValidationError as error:
        raise SettingsError(" ".join(_sentence(error.title, one) for one in error.errors())) from None


_PREFIX = {"Process": "SOC_BOT_", "Slack": "SLACK_", "Chronicle": "CHRONICLE_"}


def _sentence(group: str, error: object) -> str:
    assert isinstance(error, dict)  # noqa: S101 - pydantic types error rows as TypedDict
    name = str(error["loc"][0]) if error["loc"] else ""
    name = name if name.isupper() else f"{_PREFIX.get(group, '')}{name}".upper()
    return f"{name} is wrong: {str(error['msg']).removeprefix('Value error, ')}."
