"""How we prove who we are: static headers, and service accounts whose tokens are fetched once and kept."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.clock import FixedClock
from connectors.errors import NotConfigured, Refused, Unavailable
from connectors.google.auth import GoogleAuth, api_key, bearer
from connectors.http import HttpBackend
from tests.connectors.google.stand_in import routes, standing_in

CLOCK = FixedClock(datetime(2026, 11, 22, 10, 0, tzinfo=UTC))


def key_file(folder: Path, token_uri: str) -> str:
    """A service account's key file whose tokens come from `token_uri`."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    path = folder / "key.json"
    account = {
        "type": "service_account",
        "project_id": "p",
        "private_key_id": "k",
        "private_key": pem,
        "client_email": "bot@p.example",
        "token_uri": token_uri,
    }
    path.write_text(json.dumps(account))
    return str(path)


async def test_static_headers() -> None:
    """A bearer token and a key each stand in their own header."""
    assert await bearer("t")() == {"Authorization": "Bearer t"}
    assert await api_key("x-apikey", "k")() == {"x-apikey": "k"}


async def test_a_token_is_fetched_once_for_many(tmp_path: Path) -> None:
    """Ten requests at once need one token; every one of them carries it."""
    seen: list[str | None] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("Authorization"))
        return web.json_response({})

    token: Any = {"access_token": "fresh", "expires_in": 3600, "token_type": "Bearer"}
    async with standing_in(routes({"/token": token, "/x": answer})) as server:
        auth = GoogleAuth("SIEM", key_file(tmp_path, f"{server.url}/token"), "SECOPS_SA_PATH")
        backend = HttpBackend("SIEM", server.url, auth, CLOCK)
        await asyncio.gather(*(backend.get_json("/x") for _ in range(10)))
        assert server.count(path="/token") == 1
        assert seen == ["Bearer fresh"] * 10


async def test_a_refused_account_is_a_refusal(tmp_path: Path) -> None:
    """When the token service says no, the backend is not asked and the error is permanent."""

    async def no(request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": "invalid_grant"}, status=400)

    async with standing_in(routes({"/token": no})) as server:
        auth = GoogleAuth("SIEM", key_file(tmp_path, f"{server.url}/token"), "SECOPS_SA_PATH")
        with pytest.raises(Refused, match="token service refuses"):
            await HttpBackend("SIEM", server.url, auth, CLOCK).get_json("/x")
        assert server.count(path="/x") == 0


async def test_an_absent_token_service_is_unavailable(tmp_path: Path) -> None:
    """A token service that cannot be reached is a passing failure."""
    auth = GoogleAuth("SIEM", key_file(tmp_path, "http://127.0.0.1:1/token"), "SECOPS_SA_PATH")
    with pytest.raises(Unavailable, match="token service"):
        await auth()


@pytest.mark.parametrize("content", [None, "no json", "{}"])
async def test_an_unusable_key_file_names_the_setting(tmp_path: Path, content: str | None) -> None:
    """The operator reads which setting to correct, and nothing of the file."""
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(NotConfigured, match="set SECOPS_SA_PATH"):
        await GoogleAuth("SIEM", str(path), "SECOPS_SA_PATH")()


async def test_a_token_that_fits_no_header_is_a_setting(tmp_path: Path) -> None:
    """A credential with a line break is the operator's mistake, and is not printed."""
    async with standing_in(routes({"/x": {}})) as server:
        backend = HttpBackend("SIEM", server.url, bearer("two\r\nlines"), CLOCK)
        with pytest.raises(NotConfigured) as caught:
            await backend.get_json("/x")
        assert "lines" not in str(caught.value)
