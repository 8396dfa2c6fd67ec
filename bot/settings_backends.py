"""Settings of the systems that are asked: Google SecOps, SOAR, threat intelligence, cloud posture."""

from __future__ import annotations

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from bot.settings_base import Group, Url


class Chronicle(Group):
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


class Gti(Group):
    """Google Threat Intelligence."""

    model_config = SettingsConfigDict(populate_by_name=True)

    key: SecretStr | None = Field(default=None, validation_alias=AliasChoices("VT_APIKEY", "key"))
    api_url: Url = Field(default="https://www.virustotal.com", validation_alias=AliasChoices("GTI_API_URL", "api_url"))

    @property
    def configured(self) -> bool:
        return self.key is not None


class Scc(Group):
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


class Soar(Group):
    """SOAR_*: the SOAR's legacy interface, for tenants whose cases have not moved to the Chronicle API."""

    model_config = SettingsConfigDict(env_prefix="SOAR_")

    url: Url = ""
    app_key: SecretStr | None = None

    @property
    def configured(self) -> bool:
        return bool(self.url) and self.app_key is not None
