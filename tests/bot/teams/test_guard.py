"""The door: what is refused with which status, and that nothing refused is ever taken in."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web

from bot.http import calm
from bot.intake import Intake
from bot.settings import Teams as TeamsSettings
from bot.teams.adapter import TeamsAdapter
from bot.teams.guard import MAX_BODY, trusted
from connectors.clock import FixedClock, SystemClock
from connectors.memory import MemoryState
from handlers.core.registry import discover
from tests.bot.stage import NOW
from tests.e2e.teams_hands import Hands
from tests.e2e.teams_rig import teams_settings
from tests.e2e.teams_signing import APP_ID, claims, jwk, key, token
from tests.e2e.teams_standin import Json, Teams


@dataclass
class Site:
    """The adapter on a port, with an inbox that nobody empties."""

    hands: Hands
    state: MemoryState
    clock: FixedClock
    teams: Teams

    async def taken(self) -> int:
        return (await self.state.queue.depth())[0]

    async def post(self, body: bytes, headers: dict[str, str]) -> int:
        async with self.hands.session.post(f"{self.hands.url}/api/messages", data=body, headers=headers) as answer:
            return answer.status


@pytest.fixture
async def site(teams: Teams) -> AsyncIterator[Site]:
    async with _site(teams, teams_settings(teams)) as found:
        yield found


class _Running:
    def __init__(self, teams: Teams, settings: TeamsSettings) -> None:
        self._teams, self._settings = teams, settings

    async def __aenter__(self) -> Site:
        self._session, self._clock = aiohttp.ClientSession(), FixedClock(NOW)
        state = MemoryState(SystemClock())
        intake = Intake(state.queue, None, {})  # type: ignore[arg-type]  # nothing is answered here
        self._adapter = TeamsAdapter(self._settings, intake, discover(), self._clock, state.store, state.crises)
        app = web.Application(middlewares=[calm])
        app.add_routes(self._adapter.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        await self._adapter.start()
        url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return Site(Hands(self._session, url, self._teams), state, self._clock, self._teams)

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._adapter.stop()
        await self._session.close()


_site = _Running


def _unsigned(service_url: str) -> str:
    def part(found: Json) -> str:
        return base64.urlsafe_b64encode(json.dumps(found).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'kid': 'key-1'})}.{part(claims(service_url))}."


def _symmetric(service_url: str) -> str:
    return jwt.encode(claims(service_url), "a" * 32, algorithm="HS256", headers={"kid": "key-1"})


def _signed(url: str, *, by: str = "key-2", kid: str | None = "key-1", **headers: Any) -> str:
    named = {} if kid is None else {"kid": kid}
    return jwt.encode(claims(url), key(by), algorithm="RS256", headers={**named, **headers})


def _expired(url: str) -> str:
    return token(url, exp=claims(url)["exp"] - 2 * 3600)


BAD: dict[str, Callable[[str], str]] = {
    "no header": lambda url: "",
    "an empty token": lambda url: "Bearer ",
    "garbage": lambda url: "Bearer garbage",
    "garbage in three parts": lambda url: "Bearer a.b.c",
    "Basic": lambda url: "Basic dXNlcjpwYXNz",
    "two tokens": lambda url: f"Bearer {token(url)} {token(url)}",
    "another key under the same name": lambda url: f"Bearer {token(url, by='key-2')}",
    "an unknown key": lambda url: f"Bearer {token(url, by='key-2', kid='key-2')}",
    "expired an hour ago": lambda url: f"Bearer {_expired(url)}",
    "without an end": lambda url: f"Bearer {token(url, exp=None)}",
    "not yet valid": lambda url: f"Bearer {token(url, nbf=claims(url)['exp'])}",
    "HS256": lambda url: f"Bearer {_symmetric(url)}",
    "alg none": lambda url: f"Bearer {_unsigned(url)}",
    "a key that does not sign for Teams": lambda url: f"Bearer {token(url, by='key-3', kid='key-3')}",
    "for another bot": lambda url: f"Bearer {token(url, aud='another')}",
    "of another issuer": lambda url: f"Bearer {token(url, iss='https://issuer.example')}",
    "of the emulator": lambda url: (
        f"Bearer {token(url, iss='https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/')}"
    ),
    "for another service": lambda url: f"Bearer {token(url, serviceurl='https://smba.trafficmanager.net/other/')}",
    "without a service": lambda url: f"Bearer {token(url, serviceurl=None)}",
    "for several bots": lambda url: f"Bearer {token(url, aud=[APP_ID, 'another'])}",
    "with an end that is no time": lambda url: f"Bearer {token(url, exp='never')}",
    "with its own key": lambda url: f"Bearer {_signed(url, jwk=jwk('key-2'))}",
    "with a key to be fetched": lambda url: f"Bearer {_signed(url, jku='https://attacker.example/keys')}",
    "with what must be understood": lambda url: f"Bearer {_signed(url, by='key-1', crit=['x'], x=1)}",
    "without a key's name": lambda url: f"Bearer {_signed(url, by='key-1', kid=None)}",
    "with a key's name that is a path": lambda url: f"Bearer {_signed(url, kid='../../key-1')}",
}


@pytest.mark.parametrize("name", BAD)
async def test_a_token_that_is_not_good_is_401(site: Site, name: str) -> None:
    """Every token that is not good is 401: never 500, and nothing is taken in."""
    site.teams.keys = [jwk(), jwk("key-3", ("webchat",))]
    activity = site.hands.activity(text="help")
    header = BAD[name](activity["serviceUrl"])
    headers = {"Content-Type": "application/json", **({"Authorization": header} if header else {})}
    assert await site.post(json.dumps(activity).encode(), headers) == 401
    assert await site.taken() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"serviceUrl": None},
        {"channelId": None},
        {"channelId": "webchat"},
        {"serviceUrl": "https://attacker.example/"},
        {"serviceUrl": "http://127.0.0.1@attacker.example/"},
        {"serviceUrl": ["http://127.0.0.1/"]},
    ],
)
async def test_an_activity_that_would_skip_a_check_is_401(site: Site, change: Json) -> None:
    """Without a service, without a channel, or with one that is not listed, a good token does not help."""
    good = site.hands.activity(text="help")
    bearer = token(str(change.get("serviceUrl", good["serviceUrl"]) or good["serviceUrl"]))
    activity = {name: value for name, value in {**good, **change}.items() if value is not None}
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {bearer}"}
    assert await site.post(json.dumps(activity).encode(), headers) == 401
    assert await site.taken() == 0


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"type": 7}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
        (b" " * (MAX_BODY + 1), "application/json", 413),
    ],
)
async def test_what_is_no_activity_has_its_status(site: Site, body: bytes, kind: str, status: int) -> None:
    """Not JSON, not an object, another type, too large: each its own status, none of them 500."""
    headers = {"Content-Type": kind, "Authorization": f"Bearer {token(site.teams.service_url)}"}
    assert await site.post(body, headers) == status
    assert await site.taken() == 0


async def test_a_body_without_length_is_cut_off(site: Site) -> None:
    """A body that does not say its length is read to the limit and no further."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * 65_536

    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token(site.teams.service_url)}"}
    async with site.hands.session.post(f"{site.hands.url}/api/messages", data=endless(), headers=headers) as answer:
        assert answer.status == 413


async def test_another_tenant_is_403(site: Site) -> None:
    """A good token for a conversation of a tenant that this bot does not serve."""
    activity = site.hands.activity(text="help")
    activity["conversation"]["tenantId"] = "99999999-0000-0000-0000-000000000000"
    assert (await site.hands.send(activity))[0] == 403
    activity["conversation"].pop("tenantId")
    activity["channelData"] = {"tenant": {"id": "99999999-0000-0000-0000-000000000000"}}
    assert (await site.hands.send(activity))[0] == 403
    assert await site.taken() == 0


async def test_a_good_token_is_taken_in(site: Site) -> None:
    """A message is 201 and in the inbox before that is said; an invoke is 200 with a body; expired 200 s: skew."""
    assert await site.hands.say("help") == 201
    assert await site.taken() == 1
    activity = site.hands.activity("invoke", name="adaptiveCard/action", value={"action": {"data": {"line": "help"}}})
    status, body = await site.hands.send(activity)
    assert (status, body["statusCode"]) == (200, 200)
    assert await site.taken() == 2
    late = token(activity["serviceUrl"], exp=claims("")["exp"] - 3600 - 200)
    assert (await site.hands.send(site.hands.activity(text="help"), late))[0] == 201


@pytest.mark.parametrize("kind", ["typing", "messageReaction", "event", "somethingNew", "endOfConversation"])
async def test_what_nobody_understands_is_met_with_calm(site: Site, kind: str) -> None:
    """Activities of other kinds are 201, unknown invokes 200: an error would make Teams stop delivering."""
    assert (await site.hands.send(site.hands.activity(kind)))[0] == 201
    assert (await site.hands.send(site.hands.activity("invoke", name="task/fetch")))[0] == 200
    assert await site.taken() == 0


async def test_a_rotated_key_is_fetched_once(site: Site) -> None:
    """A new key is accepted at its first token; a name that nobody announces does not make us ask again and again."""
    await site.hands.say("help")
    assert site.teams.key_requests == 1
    site.teams.keys = [jwk("key-2")]
    site.clock.advance(61)
    activity = site.hands.activity(text="help")
    assert (await site.hands.send(activity, token(activity["serviceUrl"], by="key-2", kid="key-2")))[0] == 201
    assert site.teams.key_requests == 2
    for _ in range(5):
        bad = token(activity["serviceUrl"], by="key-2", kid="key-9")
        assert (await site.hands.send(site.hands.activity(text="help"), bad))[0] == 401
    assert site.teams.key_requests == 2


async def test_without_keys_nothing_is_verified_and_nothing_is_refused_for_good(site: Site) -> None:
    """While the keys cannot be fetched the answer is 503; afterwards the same activity is taken in."""
    site.teams.keys_away = True
    activity = site.hands.activity(text="help")
    assert (await site.hands.send(activity))[0] == 503
    site.teams.keys_away = False
    site.clock.advance(2)
    assert (await site.hands.send(activity))[0] == 201
    site.teams.keys_away = True
    site.clock.advance(90_000)
    assert (await site.hands.send(site.hands.activity(text="help")))[0] == 201


async def test_anonymous_still_keeps_the_other_rules(teams: Teams) -> None:
    """Without an application id no token is asked for, but the service must still be on the list."""
    async with _site(teams, teams_settings(teams, app_id="", anonymous=True, tenant_id="")) as site:
        activity = site.hands.activity(text="help")
        kind = {"Content-Type": "application/json"}
        assert await site.post(json.dumps(activity).encode(), kind) == 201
        activity["serviceUrl"] = "https://attacker.example/"
        assert await site.post(json.dumps(activity).encode(), kind) == 401
        assert await site.taken() == 1


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://smba.trafficmanager.net/emea/", True),
        ("https://SMBA.trafficmanager.net/emea/", True),
        ("http://smba.trafficmanager.net/emea/", False),
        ("https://smba.trafficmanager.net.attacker.example/", False),
        ("https://smba.trafficmanager.net@attacker.example/", False),
        ("https://user@smba.trafficmanager.net/", False),
        ("https://smba.trafficmanager.net/?x=1", False),
        ("http://127.0.0.1:3978/", False),
        ("https://[", False),
        ("https://smba.trafficmanager.net:443/emea/", True),
        ("https://smba.trafficmanager.net:8443/emea/", False),
        ("https://smba.trafficmanager.net:99999/", False),
        ("https://smba.trafficmanager.net./", False),
        ("https://smba.trafficmanager.net\\@attacker.example/", False),
        ("https://smba.traffic\nmanager.net/", False),
        (" https://smba.trafficmanager.net/", False),
        ("https://smba.trafficmanager.net/emea/#", False),
        ("https://smba.trafficmanager.net/emea/?", False),
        ("https://smb\uff41.trafficmanager.net/", False),
        ("https://smba.trafficmanager.net/em\u00e9a/", False),
        ("file://smba.trafficmanager.net/etc/passwd", False),
        ("//smba.trafficmanager.net/", False),
        ("", False),
    ],
)
def test_our_token_goes_to_listed_hosts_alone(url: str, good: bool) -> None:
    """https, a host of the list, and nothing in the address that could mislead."""
    settings: Any = TeamsSettings.model_construct()
    assert trusted(url, settings) is good
