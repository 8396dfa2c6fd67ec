"""A stateful stand-in for Slack's Web API on loopback: it keeps, checks and refuses as Slack does.

Behaviour from docs.slack.dev (methods' pages, "Rate limits", "Handling user interaction"); faults are injected by
`limit`, `break_down`, `be_late`, `hang_up`. Blocks are checked by `tests.block_kit_rules`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from connectors.clock import SystemClock
from tests.block_kit_rules import check_message, check_view
from tests.e2e import slack_rooms
from tests.e2e.slack_files import Files
from tests.e2e.slack_rooms import Rooms

Json = dict[str, Any]
TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 30 * 60.0
RESPONSE_USES = 5
SCOPES = f"commands,chat:write,app_mentions:read,files:write,im:history,im:write,{slack_rooms.SCOPES}"
_NEEDED = {
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "conversations.open": "im:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    **slack_rooms.NEEDED,
}
_HISTORY = {"C": "channels:history", "D": "im:history"}


@dataclass
class Fault:
    """What happens to `left` calls of `method` ("" any) once `spared` have passed; `applied`: it took effect first."""

    kind: str
    left: int
    method: str = ""
    seconds: float = 0.0
    applied: bool = True
    spared: int = 0


@dataclass
class Slack:
    """One workspace T1 with the bot UBOT in C1 and CTEAM, not in CELSEWHERE; CGONE is archived."""

    token: str = "xoxb-test-token"
    app_token: str = "xapp-test-token"
    signing_secret: str = "e2e-signing-secret"
    team: str = "T1"
    bot_user: str = "UBOT"
    bot_id: str = "BBOT"
    scopes: str = SCOPES
    base: str = ""
    charts_refused: bool = False
    blocks_refused: bool = False
    revoked: bool = False
    skew: float = 0.0
    members: dict[str, set[str]] = field(default_factory=dict)
    messages: dict[str, list[Json]] = field(default_factory=dict)
    ephemerals: list[Json] = field(default_factory=list)
    responses: list[Json] = field(default_factory=list)
    views: list[Json] = field(default_factory=list)
    homes: dict[str, Json] = field(default_factory=dict)
    asked: list[tuple[str, Json]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    files: Files = field(default_factory=Files)

    def __post_init__(self) -> None:
        self._clock = SystemClock()
        self._serial = itertools.count(1)
        self._triggers: dict[str, float] = {}
        self._urls: dict[str, tuple[float, int, Json]] = {}
        self._socket: web.WebSocketResponse | None = None
        self._acks: dict[str, asyncio.Future[Json]] = {}
        self.reset()

    def reset(self, user: str = "U1") -> None:
        """A fresh workspace; tokens and triggers stay."""
        self.members = {name: {user, "U2", self.bot_user} for name in ("C1", "CTEAM")} | {"CELSEWHERE": {user}}
        for kept in (self.messages, self.homes, self.ephemerals, self.responses, self.views, self.asked, self.wrong):
            kept.clear()
        self.faults.clear()
        self.files, self.rooms = Files(), Rooms(self)
        self.charts_refused = self.blocks_refused = self.revoked = False
        self.scopes, self.skew = SCOPES, 0.0

    # what a test tells it

    def limit(self, count: int, seconds: float, method: str = "", spared: int = 0) -> None:
        """429 with Retry-After for the next calls, after those that are spared; nothing takes effect."""
        self.faults.append(Fault("limited", count, method, seconds, applied=False, spared=spared))

    def break_down(self, count: int, method: str = "", applied: bool = False) -> None:
        """500 for the next calls."""
        self.faults.append(Fault("broken", count, method, applied=applied))

    def be_late(self, count: int, seconds: float, method: str = "") -> None:
        """The call takes effect, its answer comes late."""
        self.faults.append(Fault("late", count, method, seconds))

    def hang_up(self, count: int, method: str = "", applied: bool = True) -> None:
        """The connection is lost, after or before the call took effect."""
        self.faults.append(Fault("gone", count, method, applied=applied))

    def trigger(self) -> str:
        """A fresh trigger_id."""
        found = f"{next(self._serial)}.trigger"
        self._triggers[found] = self._clock.monotonic()
        return found

    def age(self, trigger: str) -> None:
        """Let a trigger's three seconds pass."""
        self._triggers[trigger] -= TRIGGER_SECONDS + 1

    def response_url(self, channel: str, user: str, original: Json | None = None) -> str:
        key = f"r{next(self._serial)}"
        self._urls[key] = (self._clock.monotonic(), 0, {"channel": channel, "user": user, "original": original})
        return f"{self.base}/commands/{key}"

    def expire_urls(self) -> None:
        """Let every response_url's 30 minutes pass."""
        self._urls = {key: (-RESPONSE_SECONDS, used, at) for key, (_, used, at) in self._urls.items()}

    def stands(self, channel: str) -> list[Json]:
        """Messages of a channel or of a user's direct messages."""
        return self.messages.get(self._direct(channel), [])

    def counted(self, method: str) -> int:
        return sum(name == method for name, _ in self.asked)

    def now(self) -> float:
        return self._clock.now().timestamp() + self.skew

    # Socket Mode

    async def through_socket(self, kind: str, payload: Json) -> Json:
        """Send an envelope over the websocket and wait for its acknowledgement."""
        envelope = f"e{next(self._serial)}"
        self._acks[envelope] = asyncio.get_running_loop().create_future()
        assert self._socket is not None, "nobody is connected"
        await self._socket.send_json(
            {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True}
        )
        return await asyncio.wait_for(self._acks[envelope], 5)

    @property
    def connected(self) -> bool:
        return self._socket is not None and not self._socket.closed

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        self._socket = ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_json({"type": "hello", "num_connections": 1})
        async for message in ws:
            if message.type == WSMsgType.TEXT and message.data.startswith("{"):
                ack = json.loads(message.data)
                self._acks[ack["envelope_id"]].set_result(ack)
        return ws

    # HTTP

    async def api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        body = await request.read()
        payload: Json = json.loads(body) if body.startswith(b"{") else dict(await request.post()) | dict(request.query)
        self.asked.append((method, payload))
        headers = {"x-oauth-scopes": self.scopes, "Date": _http_date(self.now())}
        fault = self._fault(method)
        if fault is not None and not fault.applied:
            return await self._failing(request, fault)
        said = self._refusal(request, method, payload) or await self._methods()[method](payload)
        if fault is not None:
            if fault.kind == "late":
                await asyncio.sleep(fault.seconds)
            else:
                return await self._failing(request, fault)
        return web.json_response(said, headers=headers)

    def _fault(self, method: str) -> Fault | None:
        for fault in self.faults:
            if fault.method in {"", method} and fault.left > 0:
                if fault.spared:
                    fault.spared -= 1
                    continue
                fault.left -= 1
                return fault
        return None

    async def _failing(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.kind == "limited":
            retry = {"Retry-After": f"{fault.seconds:g}"}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=retry)
        if fault.kind == "broken":
            return web.Response(status=500, text="<html>oops</html>", content_type="text/html")
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    def _refusal(self, request: web.Request, method: str, payload: Json) -> Json | None:
        wanted = self.app_token if method == "apps.connections.open" else self.token
        said = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.revoked or wanted not in {said, payload.get("token")}:
            return _no("token_revoked" if self.revoked else "invalid_auth")
        if method not in self._methods():
            return _no("unknown_method")
        needed = _NEEDED.get(method)
        if method in {"conversations.history", "conversations.replies"}:
            private = self.rooms.made.get(payload["channel"], {}).get("is_private")
            needed = "groups:history" if private else _HISTORY[payload["channel"][0]]
        return _no("missing_scope", needed=needed) if needed and needed not in self.scopes.split(",") else None

    def _methods(self) -> dict[str, Callable[[Json], Awaitable[Json]]]:
        return {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._ephemeral,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "conversations.open": self._open,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "files.getUploadURLExternal": self._announce_file,
            "files.completeUploadExternal": self._share_files,
            "views.open": self._open_view,
            "views.publish": self._publish,
            "apps.connections.open": self._connection,
            **self.rooms.methods(),
        }

    async def _auth_test(self, _: Json) -> Json:
        return {"ok": True, "team_id": self.team, "user_id": self.bot_user, "bot_id": self.bot_id, "team": "Example"}

    async def _post(self, payload: Json) -> Json:
        channel = self._direct(payload["channel"])
        if error := self._entry(channel) or self._blocks(payload):
            return _no(error)
        message = {**payload, "channel": channel, "ts": self._ts(), "user": self.bot_user, "bot_id": self.bot_id}
        self.messages.setdefault(channel, []).append(message)
        return {"ok": True, "channel": channel, "ts": message["ts"], "message": message}

    async def _ephemeral(self, payload: Json) -> Json:
        if error := self._entry(payload["channel"]) or self._blocks(payload):
            return _no(error)
        if payload["user"] not in self.members.get(payload["channel"], {payload["user"]}):
            return _no("user_not_in_channel")
        self.ephemerals.append(payload)
        return {"ok": True, "message_ts": self._ts()}

    async def _update(self, payload: Json) -> Json:
        if error := self._entry(payload["channel"]) or self._blocks(payload):
            return _no(error)
        message = self._find(payload["channel"], payload["ts"])
        if message is None:
            return _no("message_not_found")
        message.update({key: value for key, value in payload.items() if key != "ts"}, edited=True)
        return {"ok": True, "channel": payload["channel"], "ts": payload["ts"]}

    async def _delete(self, payload: Json) -> Json:
        message = self._find(payload["channel"], payload["ts"])
        if message is None:
            return _no("message_not_found")
        self.messages[payload["channel"]].remove(message)
        return {"ok": True}

    async def _open(self, payload: Json) -> Json:
        return {"ok": True, "channel": {"id": f"D{payload['users']}"}}

    async def _history(self, payload: Json) -> Json:
        found = [m for m in self.messages.get(payload["channel"], []) if not m.get("thread_ts")]
        until, since = payload.get("latest") or "9", payload.get("oldest") or "0"
        found = [message for message in found if since <= message["ts"] <= until]
        return {"ok": True, "messages": list(reversed(found))[: int(payload.get("limit") or 100)]}

    async def _replies(self, payload: Json) -> Json:
        found = [m for m in self.messages.get(payload["channel"], []) if payload["ts"] in {m["ts"], m.get("thread_ts")}]
        return {"ok": True, "messages": found}

    async def _announce_file(self, payload: Json) -> Json:
        return self.files.announce(payload, self.base)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        fault = self._fault("upload")
        if fault is not None and not fault.applied:
            return await self._failing(request, fault)
        status = self.files.fill(request.match_info["file"], content)
        return await self._failing(request, fault) if fault is not None else web.Response(status=status, text="OK")

    async def _share_files(self, payload: Json) -> Json:
        error, found = self.files.complete(payload)
        channel = str(payload.get("channel_id", ""))
        if error := error or (channel and self._entry(channel)):
            return _no(error)
        shown = [{"id": one.id, "name": one.name} for one in found]
        if not channel:
            return {"ok": True, "files": shown}
        message = {"text": payload.get("initial_comment", ""), "files": shown, "channel": channel, "ts": self._ts()}
        thread = {"thread_ts": payload["thread_ts"]} if payload.get("thread_ts") else {}
        self.messages.setdefault(channel, []).append(
            {**message, **thread, "user": self.bot_user, "bot_id": self.bot_id}
        )
        for one in found:
            one.shares.append(channel)
        return {"ok": True, "files": shown}

    async def _open_view(self, payload: Json) -> Json:
        issued = self._triggers.pop(payload.get("trigger_id", ""), None)
        if issued is None:
            return _no("invalid_trigger_id")
        if self._clock.monotonic() - issued > TRIGGER_SECONDS:
            return _no("expired_trigger_id")
        if faults := check_view(payload["view"]):
            self.wrong += faults
            return _no("invalid_arguments", response_metadata={"messages": faults})
        view = {**payload["view"], "id": f"V{next(self._serial)}", "hash": f"h{next(self._serial)}"}
        self.views.append(view)
        return {"ok": True, "view": view}

    async def _publish(self, payload: Json) -> Json:
        if faults := check_view(payload["view"]):
            self.wrong += faults
            return _no("invalid_arguments")
        self.homes[payload["user_id"]] = payload["view"]
        return {"ok": True, "view": payload["view"]}

    async def _connection(self, _: Json) -> Json:
        return {"ok": True, "url": self.base.replace("http", "ws", 1) + "/socket"}

    async def response(self, request: web.Request) -> web.StreamResponse:
        """A response_url: five uses, thirty minutes."""
        payload = await request.json()
        self.asked.append(("response_url", payload))
        fault = self._fault("response_url")
        if fault is not None and not fault.applied:
            return await self._failing(request, fault)
        issued, used, at = self._urls[request.match_info["key"]]
        if self._clock.monotonic() - issued > RESPONSE_SECONDS:
            return web.json_response(_no("expired_url"), status=404)
        if used >= RESPONSE_USES:
            return web.json_response(_no("used_url"), status=404)
        self._urls[request.match_info["key"]] = (issued, used + 1, at)
        if error := self._blocks(payload):
            return web.Response(status=400, text=error)
        self.responses.append({**at, **payload})
        if fault is not None and fault.kind == "late":
            await asyncio.sleep(fault.seconds)
        elif fault is not None:
            return await self._failing(request, fault)
        return web.Response(text="ok")

    # rules

    def _entry(self, channel: str) -> str:
        if channel == "CGONE":
            return "is_archived"
        return "" if channel.startswith("D") else self.rooms.entry(channel)

    def _blocks(self, payload: Json) -> str:
        blocks = payload.get("blocks") or []
        if self.blocks_refused and blocks:
            return "invalid_blocks"
        if self.charts_refused and any(block.get("type") == "data_visualization" for block in blocks):
            return "invalid_blocks"
        if not self.files.shows(blocks):
            return "invalid_blocks"
        plain = {"type": "divider"}  # a message may do without blocks, the checker's may not
        faults = check_message({"text": payload.get("text"), "blocks": blocks or [plain]})
        self.wrong += faults
        return "invalid_blocks" if faults else ""

    def _direct(self, channel: str) -> str:
        return f"D{channel}" if channel.startswith("U") else channel

    def _find(self, channel: str, ts: str) -> Json | None:
        return next((m for m in self.messages.get(channel, []) if m["ts"] == ts), None)

    def _ts(self) -> str:
        return f"{int(self.now())}.{next(self._serial):06d}"


def _no(error: str, **more: Any) -> Json:
    return {"ok": False, "error": error, **more}


def _http_date(epoch: float) -> str:
    from email.utils import formatdate

    return formatdate(epoch, usegmt=True)


@asynccontextmanager
async def running() -> AsyncIterator[Slack]:
    """The stand-in on a free port of loopback."""
    slack = Slack()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", slack.api)
    app.router.add_post("/commands/{key}", slack.response)
    app.router.add_post("/upload/{file}", slack.upload)
    app.router.add_get("/socket", slack.socket)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield slack
    finally:
        await runner.cleanup()
