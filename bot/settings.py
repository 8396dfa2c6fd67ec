"""Settings from the environment or `.env`; a missing or malformed one is one human sentence."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict

from bot.settings_backends import Chronicle, Gti, Scc, Soar
from bot.settings_base import ENV_FILE, Group
from bot.settings_chat import OwnMcp, Slack, Teams
from bot.settings_words import sentence

__all__ = [
    "ENV_FILE", "Chronicle", "Gti", "OwnMcp", "Process", "Scc", "Settings", "SettingsError", "Slack", "Soar", "State",
    "Teams", "load", "variables",
]  # fmt: skip


class SettingsError(Exception):
    """One sentence per wrong setting; never holds a secret's value."""


class Process(Group):
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


class State(Group):
    """REDIS_URL; unset: an embedded server under the data folder."""

    redis_url: SecretStr | None = None


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


G = TypeVar("G", bound=Group)


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
