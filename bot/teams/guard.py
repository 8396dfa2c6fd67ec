"""POST /api/messages: what is let in. Every token that is not good is 401; nothing large is parsed.

The rules and why the SDK alone does not keep them: an activity without `serviceUrl` or `channelId` skips its checks of
both; most bad tokens raise errors of many kinds, which would be 500. Source of the rules: learn.microsoft.com,
"Authenticate requests from the Bot Connector service to your bot".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from bot.settings import Teams
from bot.teams.calls import place
from bot.teams.keys import NoKeys
from bot.teams.words import Json, part, whole

log = structlog.get_logger()
MAX_BODY = 256 * 1024
"""Bytes. A message of a person is at most about 100 kB (learn.microsoft.com, "Limits and specifications for Teams")."""
ISSUER = "https://api.botframework.com"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Refused(Exception):
    """`status` and one sentence for whoever sent it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


@dataclass(frozen=True)
class Admitted:
    """An activity whose sender is known, and the SDK's result about it."""

    activity: Json
    verified: Any


class Verifies(Protocol):
    """`bot.teams.sdk.Checks` behind a plain activity."""

    async def __call__(self, activity: Json, header: str) -> Any: ...


class Guard:
    """`verify` is the SDK's part."""

    def __init__(self, settings: Teams, verify: Verifies) -> None:
        self._settings, self._verify = settings, verify

    async def admit(self, request: web.Request) -> Admitted:
        """Raises Refused."""
        header = "" if not self._settings.app_id else _bearer(request)
        if request.content_type != "application/json":
            raise Refused(415, "An activity is application/json.")
        activity = _parsed(await _read(request))
        if part(activity, "channelId") != "msteams":
            raise Refused(401, "Only Microsoft Teams speaks to this address.")
        if not trusted(part(activity, "serviceUrl"), self._settings):
            raise Refused(401, "The activity names no service that I answer to.")
        if header:
            _issued(header)
        try:
            verified = await self._verify(activity, header)
        except NoKeys:
            raise Refused(503, "I cannot verify anything at the moment: try again.") from None
        except Exception as error:
            # The SDK tells a bad token by errors of every kind.
            log.warning("activity refused", reason=type(error).__name__)
            raise Refused(401, "The token is not good.") from None
        tenant = self._settings.tenant_id
        if tenant and place(activity).tenant.lower() != tenant.lower():
            raise Refused(403, "This bot serves another tenant.")
        return Admitted(activity, verified)


def _bearer(request: web.Request) -> str:
    header = request.headers.get("Authorization", "")
    scheme, _, token = header.partition(" ")
    if scheme != "Bearer" or token.count(".") != 2 or " " in token:
        raise Refused(401, "A bearer token is needed.")
    return header


def _issued(header: str) -> None:
    """Tokens of other issuers send the SDK to other keys by ways that block; none of them are for us."""
    import jwt  # noqa: PLC0415 - with the rest of the Teams adapter, when configured

    try:
        claims = jwt.decode(header.partition(" ")[2], options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError):
        claims = {}
    if claims.get("iss") != ISSUER or "exp" not in claims:
        raise Refused(401, "The token is not of the Bot Connector service.")


async def _read(request: web.Request) -> bytes:
    if (request.content_length or 0) > MAX_BODY:
        raise Refused(413, f"The body is larger than {MAX_BODY} bytes.")
    body = bytearray()
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > MAX_BODY:
            raise Refused(413, f"The body is larger than {MAX_BODY} bytes.")
    return bytes(body)


def _parsed(body: bytes) -> Json:
    try:
        text = body.decode("utf-8-sig")
        found = json.loads(text)
        # Escapes can say half a character, which nothing that is stored or sent can hold.
        found = whole(found) if "\\ud" in text.lower() else found
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not part(found, "type"):
        raise Refused(400, "The body is no activity.")
    return found


def trusted(url: str, settings: Teams) -> bool:
    """May our token be sent there? https to a host of the list, on its own port; http to a loopback host of the list.

    Only what every reader of addresses reads alike: visible ASCII, no user, nothing after the path.
    """
    if not url.isascii() or not url.isprintable() or set(url) & set(" \\@?#"):
        return False
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return False
    local = host in LOOPBACK and parts.scheme in {"http", "https"}
    return host in settings.hosts and (local or (parts.scheme == "https" and port in {None, 443}))
