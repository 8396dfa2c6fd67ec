"""The token that proves to the Bot Connector who we are: fetched once, beside the loop, and kept while it lasts.

Source: learn.microsoft.com, "Authenticate requests from your bot to the Bot Connector service" (client credentials,
scope https://api.botframework.com/.default). The SDK's own classes block the loop, and the one for managed identities
asks without a time limit, through a proxy where one is set, and loses what was answered.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

import aiohttp

from bot.settings import Teams
from bot.teams.identity import NotGiven, Unreached, issued, place
from connectors.ports import Clock

SCOPE = "https://api.botframework.com"
MULTI_TENANT = "botframework.com"
"""The tenant that issues tokens to multi-tenant bots."""
SECONDS = 10.0
EARLY_SECONDS = 300.0
"""A token is replaced so long before it ends."""
LEAST_SECONDS = 60.0
UNREACHED, IDENTITY = "not reached", "managed identity"
"""How a NoToken's code begins: worth asking again; refused by the machine that the bot runs on."""


class NoToken(Exception):
    """None was issued; `code` is the identity platform's (AADSTS…), never the description, which names the client."""

    def __init__(self, code: str) -> None:
        super().__init__(f"no token was issued: {code}")
        self.code = code


class Tokens:
    """One application, one scope."""

    def __init__(self, settings: Teams, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._token, self._until = "", float("-inf")
        self._asking = asyncio.Lock()

    @property
    def url(self) -> str:
        """Where tokens are issued for this application."""
        tenant = MULTI_TENANT if self._settings.app_type == "MultiTenant" else self._settings.tenant_id
        return f"{self._settings.login_url.rstrip('/')}/{tenant}/oauth2/v2.0/token"

    async def get(self) -> str:
        """ "" where no token is needed (anonymous). Raises NoToken; asked once at a time."""
        if not self._settings.app_id:
            return ""
        async with self._asking:
            now = self._clock.monotonic()
            if now >= self._until:
                token, seconds = await self._issued()
                self._token, self._until = token, now + max(seconds - EARLY_SECONDS, LEAST_SECONDS)
            return self._token

    def forget(self) -> None:
        """The service did not take it."""
        self._until = float("-inf")

    async def _issued(self) -> tuple[str, float]:
        if self._settings.app_type == "UserAssignedMSI":
            return await self._of_identity()
        secret = self._settings.app_password
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.app_id,
            "client_secret": secret.get_secret_value() if secret is not None else "",
            "scope": f"{SCOPE}/.default",
        }
        try:
            timeout = aiohttp.ClientTimeout(total=SECONDS)
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
                session.post(self.url, data=form, allow_redirects=False) as answer,
            ):
                if answer.status == 429 or answer.status >= 500:
                    raise NoToken(f"{UNREACHED}: status {answer.status}")
                found: Any = json.loads(await answer.read())
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise NoToken(f"{UNREACHED}: {type(error).__name__}") from None
        if not isinstance(found, dict) or not isinstance(found.get("access_token"), str):
            raise NoToken(_code(found))
        return found["access_token"], float(found.get("expires_in") or 0)

    async def _of_identity(self) -> tuple[str, float]:
        try:
            return await issued(place(os.environ), self._settings.app_id, SCOPE, self._clock.now())
        except Unreached as error:
            raise NoToken(f"{UNREACHED}: {error}") from None
        except NotGiven as error:
            raise NoToken(f"{IDENTITY}: {error}") from None


def _code(found: Any) -> str:
    said = found if isinstance(found, dict) else {}
    text = str(said.get("error_description") or "")
    code = text.partition(":")[0] if text.startswith("AADSTS") else ""
    return (code or str(said.get("error") or "an answer without a token"))[:60]
