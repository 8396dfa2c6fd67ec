"""Microsoft's signing keys, fetched off the event loop's back and fetched again for a key that nobody knows.

The SDK's own cache (botframework-connector 4.17.1, jwt_token_extractor.py) fetches with a blocking call without a time
limit, inside the loop, and refuses a newly rotated key for up to a day. `SigningKeys` stands in its place.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog

from connectors.ports import Clock

log = structlog.get_logger()
SECONDS = 5.0
FRESH_SECONDS = 86_400.0
AGAIN_SECONDS = 60.0
"""At most so often is a key that is not there asked for anew: anybody can send a token that names one."""
EMPTY_SECONDS = 1.0
"""While there are no keys at all."""


class UnknownKey(Exception):
    """No key of this name signs for Microsoft."""


class NoKeys(Exception):
    """The keys could not be fetched, so nothing can be verified."""


@dataclass(frozen=True)
class Key:
    """As the SDK reads it."""

    public_key: Any
    endorsements: list[str]


class SigningKeys:
    """Keys by name; parsed once."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url, self._clock = url, clock
        self._keys: dict[str, Key] = {}
        self._fetched = self._tried = float("-inf")
        self._asking = asyncio.Lock()

    async def get(self, key_id: str) -> Key:
        """Raises UnknownKey, NoKeys."""
        now = self._clock.monotonic()
        if now - self._fetched > FRESH_SECONDS or key_id not in self._keys:
            await self._refresh()
        if not self._keys:
            raise NoKeys("the signing keys were not fetched")
        if key_id not in self._keys:
            raise UnknownKey("the token names a key that is not announced")
        return self._keys[key_id]

    async def _refresh(self) -> None:
        """One fetch at a time, and not soon again; what is known stays known while the keys cannot be fetched."""
        before = self._tried
        async with self._asking:
            now = self._clock.monotonic()
            if self._tried > before or now - self._tried < (AGAIN_SECONDS if self._keys else EMPTY_SECONDS):
                return
            self._tried = now
            try:
                async with asyncio.timeout(SECONDS):
                    self._keys = await _fetched(self._url)
                self._fetched = now
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError, TypeError) as error:
                log.error("Microsoft's signing keys were not fetched", reason=type(error).__name__)


async def _fetched(url: str) -> dict[str, Key]:
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as session:
        where = await _json(session, url)
        found = await _json(session, where["jwks_uri"])
    return {key["kid"]: _key(key) for key in found["keys"] if key.get("kty") == "RSA"}


async def _json(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url, raise_for_status=True) as answer:
        body = await answer.read()
    return json.loads(body)


def _key(found: dict[str, Any]) -> Key:
    from jwt.algorithms import RSAAlgorithm  # noqa: PLC0415 - with the rest of the Teams adapter, when configured

    return Key(RSAAlgorithm.from_jwk(found), [str(one) for one in found.get("endorsements", ())])
