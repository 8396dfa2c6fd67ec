"""A stateful stand-in for Microsoft's side, over HTTP: signing keys, login, and the Bot Connector with its users.

It keeps what was posted, replaces what is updated, refuses what Teams would (cards that do not stand, text beside a
card, a token that is not ours) and does what it is told to: 429, 412, 413, 403, 502, a connection that breaks.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from tests.card_rules import check_card
from tests.e2e.teams_signing import APP_ID, TENANT, jwk

Json = dict[str, Any]
SECRET = "standin-secret"
TOKEN = "standin-token"
CARD = "application/vnd.microsoft.card.adaptive"
TEAM_CHANNEL = "19:team@thread.tacv2"
OTHER_CHANNEL = "19:elsewhere@thread.tacv2"
CRISIS_CHANNEL = "19:crisis@thread.tacv2"
BOARD_CHANNEL = "19:board@thread.tacv2"


@dataclass
class Message:
    """One message as it stands. `versions`: how often it was written."""

    id: str
    conversation: str
    card: Json
    activity: Json
    versions: int = 1


@dataclass(frozen=True)
class Fault:
    """What a request is met with instead of its answer (0: with its answer). `after`: it is done all the same, and
    then this is said; `late`: after so many seconds.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    after: bool = False
    late: float = 0.0


@dataclass
class Teams:
    """Microsoft's side. `wrong` collects what a real service would have refused or split."""

    base: str = ""
    messages: list[Message] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    lose: list[tuple[str, str]] = field(default_factory=list)
    """Requests that are done and then met with 502: (method, path), each once."""
    members: dict[str, list[Json]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    installed: set[str] = field(default_factory=set)
    in_team: set[str] = field(default_factory=set)
    """Who has the app through a team alone: their chat begins by account (`29:…`), not by aadObjectId."""
    begun: list[Json] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)
    """Whom no message may mention: Teams does not know them."""
    allowance: tuple[int, float] | None = None
    """(messages, seconds) of a chat or of a channel with all its threads; what is beyond it is met with 429."""
    _taken: dict[str, list[float]] = field(default_factory=dict)
    keys: list[Json] = field(default_factory=lambda: [jwk()])
    tokens: int = 0
    key_requests: int = 0
    keys_away: bool = False
    login_down: int = 0
    """The status that the login answers with."""
    _serial: Any = field(default_factory=lambda: itertools.count(1_700_000_000_001))

    @property
    def service_url(self) -> str:
        return f"{self.base}/connector/"

    @property
    def metadata_url(self) -> str:
        return f"{self.base}/v1/.well-known/openidconfiguration"

    def routes(self) -> list[web.RouteDef]:
        at = "/connector/v3/conversations"
        return [
            web.get("/v1/.well-known/openidconfiguration", self._metadata),
            web.get("/v1/keys", self._keys),
            web.post("/{tenant}/oauth2/v2.0/token", self._login),
            web.post(at, self._guarded(self._begin)),
            web.post(at + "/{conversation}/activities", self._guarded(self._post)),
            web.put(at + "/{conversation}/activities/{id}", self._guarded(self._put)),
            web.get(at + "/{conversation}/members/{member}", self._guarded(self._member)),
            web.get(at + "/{conversation}/pagedmembers", self._guarded(self._roster)),
        ]

    def of(self, conversation: str) -> list[Message]:
        """The messages of a conversation; a channel's threads are conversations of their own."""
        return [message for message in self.messages if message.conversation == conversation]

    async def _metadata(self, _: web.Request) -> web.Response:
        self.key_requests += 1
        if self.keys_away:
            return web.Response(status=503)
        return web.json_response({"issuer": "https://api.botframework.com", "jwks_uri": f"{self.base}/v1/keys"})

    async def _keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": self.keys})

    async def _login(self, request: web.Request) -> web.Response:
        self.tokens += 1
        if self.login_down:
            return web.json_response({"error": "temporarily_unavailable"}, status=self.login_down)
        form = {name: values[0] for name, values in parse_qs(await request.text()).items()}
        good = (form.get("client_id"), form.get("client_secret"), request.match_info["tenant"]) == (
            APP_ID,
            SECRET,
            TENANT,
        )
        if not good or form.get("scope") != "https://api.botframework.com/.default":
            said = "AADSTS7000215: Invalid client secret provided for app that is named here"
            return web.json_response({"error": "invalid_client", "error_description": said}, status=401)
        return web.json_response({"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"})

    def _guarded(self, handler: Callable[[web.Request], Any]) -> Callable[[web.Request], Any]:
        async def guarded(request: web.Request) -> web.StreamResponse:
            self.asked.append((request.method, request.path))
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                self.wrong.append(f"{request.method} {request.path}: no good token")
                return _refused(401, "Unauthorized")
            if (request.method, request.path) in self.lose:
                self.lose.remove((request.method, request.path))
                await handler(request)
                return _refused(502, "Injected")
            fault = self.faults.pop(0) if self.faults and request.method in {"POST", "PUT"} else None
            if fault is not None and fault.late:
                await asyncio.sleep(fault.late)
            if fault is not None and fault.status and not fault.after:
                return _refused(fault.status, "Injected", dict(fault.headers))
            done: web.StreamResponse = await handler(request)
            return (
                done if fault is None or not fault.status else _refused(fault.status, "Injected", dict(fault.headers))
            )

        return guarded

    async def _begin(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if asked.get("isGroup"):
            channel = asked["channelData"]["channel"]["id"]
            if channel in self.closed:
                return _refused(403, "BotNotInConversationRoster")
            message = self._kept("", asked["activity"])
            message.conversation = f"{channel};messageid={message.id}"
            return web.json_response({"id": message.conversation, "activityId": message.id}, status=201)
        self.begun.append(asked)
        (member,) = asked["members"]
        user = member["id"].removeprefix("29:")
        known = user in self.installed or (user in self.in_team and user != member["id"])
        if not known or asked.get("tenantId") != TENANT:
            return _refused(403, "ForbiddenOperationException")
        return web.json_response({"id": f"a:{user}"}, status=201)

    async def _post(self, request: web.Request) -> web.Response:
        conversation = request.match_info["conversation"]
        if conversation.partition(";")[0] in self.closed:
            return _refused(403, "BotNotInConversationRoster")
        if (seconds := self._wait(conversation.partition(";")[0])) > 0:
            return _refused(429, "TooManyRequests", {"Retry-After": f"{seconds:.3f}"})
        activity = await request.json()
        if len(json.dumps(activity)) > 50_000:
            return _refused(413, "MessageSizeTooBig")
        if self._strange(activity):
            return _refused(400, "BadArgument")
        return web.json_response({"id": self._kept(conversation, activity).id}, status=201)

    def _strange(self, activity: Json) -> bool:
        """Somebody is mentioned whom Teams does not know ("Invalid mention entity")."""
        cards = [one.get("content", {}) for one in activity.get("attachments", ())]
        entities = [one for card in cards for one in card.get("msteams", {}).get("entities", ())]
        return bool(self.strangers & {one["mentioned"]["id"] for one in entities})

    def _wait(self, channel: str) -> float:
        """Seconds until the conversation takes another message; taken when that is now."""
        if self.allowance is None:
            return 0.0
        count, window = self.allowance
        now = asyncio.get_running_loop().time()
        taken = [at for at in self._taken.get(channel, ()) if at > now - window]
        if len(taken) < count:
            self._taken[channel] = [*taken, now]
            return 0.0
        return taken[-count] + window - now

    async def _put(self, request: web.Request) -> web.Response:
        if request.match_info["conversation"].partition(";")[0] in self.closed:
            return _refused(403, "BotNotInConversationRoster")
        activity = await request.json()
        if self._strange(activity):
            return _refused(400, "BadArgument")
        for message in self.messages:
            if (message.conversation, message.id) == (request.match_info["conversation"], request.match_info["id"]):
                message.card, message.activity = self._card(activity), activity
                message.versions += 1
                return web.json_response({"id": message.id})
        return _refused(404, "ActivityNotFoundInConversation")

    async def _member(self, request: web.Request) -> web.Response:
        channel, wanted = request.match_info["conversation"].partition(";")[0], request.match_info["member"]
        for member in self.members.get(channel, []):
            if wanted in {member["id"], member["aadObjectId"]}:
                return web.json_response(member)
        return _refused(404, "MemberNotFoundInConversation")

    async def _roster(self, request: web.Request) -> web.Response:
        """Two a page, so that paging is what is tested; one of us where nobody was put in."""
        found = self.members.get(request.match_info["conversation"].partition(";")[0], [person("user-1")])
        start = int(request.query.get("continuationToken") or 0)
        more = {"continuationToken": str(start + 2)} if len(found) > start + 2 else {}
        return web.json_response({"members": found[start : start + 2], **more})

    def _kept(self, conversation: str, activity: Json) -> Message:
        message = Message(str(next(self._serial)), conversation, self._card(activity), activity)
        self.messages.append(message)
        return message

    def _card(self, activity: Json) -> Json:
        cards = [one["content"] for one in activity.get("attachments", ()) if one.get("contentType") == CARD]
        if len(cards) != 1 or activity.get("text"):
            self.wrong.append(f"not one card alone: {json.dumps(activity)[:200]}")
            return {}
        card: Json = cards[0]
        self.wrong += check_card(card)
        return card


def _refused(status: int, code: str, headers: dict[str, str] | None = None) -> web.Response:
    said = {"error": {"code": code, "message": "words for developers"}}
    return web.json_response(said, status=status, headers=headers or {})


def person(user: str, **more: Any) -> Json:
    """Somebody of a roster."""
    name = more.pop("name", f"Analyst {user}")
    return {"id": f"29:{user}", "aadObjectId": user, "name": name, "userRole": "user", "tenantId": TENANT, **more}


@asynccontextmanager
async def running() -> AsyncIterator[Teams]:
    """On a free port of loopback."""
    teams = Teams()
    app = web.Application(client_max_size=2**21)
    app.add_routes(teams.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    teams.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield teams
    finally:
        await runner.cleanup()
