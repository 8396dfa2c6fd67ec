"""What all groups of settings stand on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator
from pydantic_settings import BaseSettings, SettingsConfigDict

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


class Group(BaseSettings):
    """Read from the environment and `.env`; what is empty counts as not set."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, extra="ignore", frozen=True, env_ignore_empty=True)
