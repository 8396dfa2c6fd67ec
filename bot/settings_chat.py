"""Settings of where people and agents speak with the bot: Slack, Teams, MCP."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from bot.settings_base import Group, Url


class Slack(Group):
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


class Teams(Group):
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


class OwnMcp(Group):
    """SOC_BOT_MCP_*: the bot as an MCP server (`soc-bot mcp`)."""

    model_config = SettingsConfigDict(env_prefix="SOC_BOT_MCP_")

    user: str = ""
    """Over stdio: the account of platform `mcp` in SOC_BOT_ACCESS as which every call is answered."""
    tokens: Path | None = None
    """Over HTTP: the YAML file with one row a person's token."""
