"""Who speaks over HTTP: a token per person, known to the bot by its digest alone."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.settings import SettingsError
from connectors.errors import BackendError
from connectors.organisation.loading import load_one
from handlers.core.call import Identity

PLATFORM = "mcp"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class TokenRow(BaseModel):
    """`user` is the account (platform mcp) in SOC_BOT_ACCESS; `sha256` the token's digest; the last day is included."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    user: str = Field(min_length=1)
    sha256: str
    expires: date | None = None

    @model_validator(mode="after")
    def _digest(self) -> TokenRow:
        # of the row, not of the field, whose value a complaint would show: it may be the token itself
        if not _SHA256.fullmatch(self.sha256):
            raise ValueError("sha256 is not 64 hexadecimal digits (write the row of --new-token, never the token)")
        return self


class TokensFile(BaseModel):
    """SOC_BOT_MCP_TOKENS."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens: tuple[TokenRow, ...] = ()

    @model_validator(mode="after")
    def _apart(self) -> TokensFile:
        if any(count > 1 for count in Counter(row.sha256 for row in self.tokens).values()):
            raise ValueError("the same digest stands there twice: a token belongs to one person")
        return self


def tokens(path: Path | None) -> tuple[TokenRow, ...]:
    """SettingsError names the file, the line and the field, or says that there is none."""
    if path is None:
        raise SettingsError("SOC_BOT_MCP_TOKENS is not set: over HTTP every person needs a token (--new-token USER).")
    try:
        rows = load_one(path, TokensFile, backend="Tokens file", purpose="who may speak over MCP").tokens
    except BackendError as error:
        raise SettingsError(str(error)) from None
    if not rows:
        raise SettingsError(f"{path} holds no token: nobody could be answered (--new-token USER).")
    return rows


def bearer(header: str, rows: Iterable[TokenRow], today: date) -> Identity | None:
    """The person whose token stands in an `Authorization` header; None when it is nobody's or has expired.

    Every row is compared, each in constant time: how long an answer takes tells nothing about any of them.
    """
    scheme, _, token = header.partition(" ")
    given = hashlib.sha256(token.strip().encode("utf-8", "replace")).hexdigest()
    found: TokenRow | None = None
    for row in rows:
        if hmac.compare_digest(given, row.sha256):
            found = row
    if scheme.lower() != "bearer" or found is None or (found.expires is not None and today > found.expires):
        return None
    return account(found.user)


def account(user: str) -> Identity:
    """The person as the access file lists them."""
    return Identity(platform=PLATFORM, tenant="", user=user)


def fresh(user: str) -> tuple[str, str]:
    """A new token of 256 bits, shown once, and the row that goes into the file."""
    token = secrets.token_urlsafe(32)
    return token, f"  - {{user: {user}, sha256: {hashlib.sha256(token.encode()).hexdigest()}}}"
