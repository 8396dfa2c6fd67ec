"""A token of a managed identity (MICROSOFT_APP_TYPE=UserAssignedMSI), from the machine that the bot runs on.

Source: learn.microsoft.com, "How to use managed identities on an Azure VM to acquire an access token" (the metadata
service, IMDS, with its errors), "How to use managed identities for App Service and Azure Functions" (REST endpoint).
Neither service is on a network: no proxy is asked, no redirect followed. Service Fabric and Arc speak other protocols.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp

IMDS = "http://169.254.169.254"
_PATH = "/metadata/identity/oauth2/token"
SECONDS = 10.0
CONNECT_SECONDS = 3.0
"""Off Azure nobody answers at IMDS's address."""
_SOON = frozenset({404, 410, 429})
"""IMDS is being updated, or was asked too often; so are all errors from 500 on."""


class Unreached(Exception):
    """Nothing was said; it may be asked again."""


class NotGiven(Exception):
    """It said no. `code` is its own word, never the description, which names the identity."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Place:
    """Where this machine gives its tokens out."""

    url: str
    headers: Mapping[str, str]
    version: str


def place(environ: Mapping[str, str]) -> Place:
    """App Service says where by IDENTITY_ENDPOINT and IDENTITY_HEADER; else it is IMDS. NotGiven for Service Fabric."""
    url, secret = environ.get("IDENTITY_ENDPOINT", ""), environ.get("IDENTITY_HEADER", "")
    if url and environ.get("IDENTITY_SERVER_THUMBPRINT"):
        raise NotGiven("Service Fabric is not supported")
    if url and secret:
        return Place(url, {"X-IDENTITY-HEADER": secret}, "2019-08-01")
    base = environ.get("AZURE_POD_IDENTITY_AUTHORITY_HOST", IMDS).rstrip("/")
    return Place(base + _PATH, {"Metadata": "true"}, "2018-02-01")


async def issued(at: Place, client_id: str, resource: str, now: datetime) -> tuple[str, float]:
    """(token, seconds that it lasts). Raises Unreached, NotGiven."""
    asked = {"api-version": at.version, "resource": resource, "client_id": client_id}
    timeout = aiohttp.ClientTimeout(total=SECONDS, connect=CONNECT_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(at.url, params=asked, headers=at.headers, allow_redirects=False) as answer,
        ):
            status, found = answer.status, _object(await answer.read())
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Unreached(type(error).__name__) from None
    if status in _SOON or status >= 500:
        raise Unreached(f"status {status}")
    token = found.get("access_token")
    if status != 200 or not isinstance(token, str) or not token:
        raise NotGiven(_code(status, found))
    return token, _seconds(found, now)


def _seconds(found: Mapping[str, Any], now: datetime) -> float:
    """`expires_in`, or what is left until `expires_on` (seconds since 1970); both come as text."""
    try:
        if found.get("expires_in"):
            return float(found["expires_in"])
        return float(found["expires_on"]) - now.timestamp()
    except (KeyError, TypeError, ValueError):
        return 0.0


def _code(status: int, found: Mapping[str, Any]) -> str:
    error = found.get("error")
    return (error if isinstance(error, str) and error else f"status {status}")[:60]


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
