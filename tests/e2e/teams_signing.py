"""Keys and tokens as the Bot Connector service signs them: RS256, a JWKS with endorsements."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.clock import SystemClock

APP_ID = "11111111-2222-3333-4444-555555555555"
TENANT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
ISSUER = "https://api.botframework.com"


@cache
def key(name: str = "key-1") -> rsa.RSAPrivateKey:
    """One a name, made when first asked for."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwk(name: str = "key-1", endorsements: tuple[str, ...] = ("msteams",)) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key(name).public_key()))
    return {**found, "kid": name, "use": "sig", "endorsements": list(endorsements)}


def claims(service_url: str, **more: Any) -> dict[str, Any]:
    now = int(SystemClock().now().timestamp())
    good = {"iss": ISSUER, "aud": APP_ID, "exp": now + 3600, "nbf": now - 60, "serviceurl": service_url}
    return {name: value for name, value in {**good, **more}.items() if value is not None}


def token(service_url: str, *, by: str = "key-1", kid: str = "key-1", **more: Any) -> str:
    """A good token unless told otherwise; a claim of None is left out."""
    return jwt.encode(claims(service_url, **more), key(by), algorithm="RS256", headers={"kid": kid})
