"""The console's incoming side: a page whose lines become calls, and a stream that brings the answers."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

import structlog
from aiohttp import web

from bot.app import Core
from bot.console.commands import table
from bot.console.delivery import ConsoleDelivery
from bot.console.feed import Feeds
from bot.console.guard import HEADERS, Guard
from bot.console.pages import page, static
from bot.console.stream import Streams
from bot.health import Health, outside
from bot.intake import Intake
from bot.rendering import FORMATS
from bot.settings import Process, SettingsError
from bot.state import audit_key
from connectors.errors import StateError
from handlers.core import form
from handlers.core.access import Permission, Principal
from handlers.core.call import MAX_LINE, Address, Call, Identity

log = structlog.get_logger()
OPERATOR = "operator"
"""The user outside the demo: has the rights that the access file gives {platform: console, user: operator}."""
DEFAULT_ROLE = "manager"
MAX_LABEL = 120
_FIELD = "field."
Doors = Literal["console", "button", "form"]
_DOORS: dict[str, Doors] = {"typed": "console", "button": "button"}
Handler = Callable[[web.Request, str], Awaitable[web.StreamResponse]]


class ConsoleAdapter:
    """One page at `/`. `demo`: everybody is a manager and may switch role. SettingsError without a token where the
    page is reachable from other machines.
    """

    def __init__(self, settings: Process, intake: Intake, core: Core, health: Health, *, demo: bool) -> None:
        if not settings.loopback and settings.console_token is None:
            raise SettingsError("The console needs SOC_BOT_CONSOLE_TOKEN when SOC_BOT_HOST is not this machine alone.")
        self._intake, self._core, self._health, self._demo = intake, core, health, demo
        self._guard = Guard(audit_key(core.settings), settings.console_token, settings.loopback, core.clock)
        self._feeds = Feeds(core.state.store)
        self._streams = Streams(self._feeds)
        self.platform = ConsoleDelivery(core.state.store, self._feeds, core.clock)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._page),
            web.post("/console/login", self._login),
            web.post("/console/logout", self._logout),
            web.post("/console/calls", self._inside(self._calls)),
            web.get("/console/commands", self._inside(self._commands)),
            web.get("/console/rooms", self._inside(self._listed)),
            web.get("/console/health", self._inside(self._healthy)),
            web.get("/console/stream", self._inside(self._stream)),
            web.get("/console/payload/{parcel}", self._inside(self._payload)),
            web.get("/console/file/{parcel}", self._inside(self.platform.shelf.serve)),
            web.get("/console/static/{name}", static),
        ]

    async def start(self) -> None:
        """Nothing to connect to."""

    async def stop(self) -> None:
        await self._streams.stop()

    def _inside(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Host, then (for a post) origin, then session; only then the handler."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            self._guard.host(request)
            if request.method != "GET":
                self._guard.origin(request)
            session = self._guard.session(request)
            if session is None:
                raise web.HTTPUnauthorized(reason="Your session has ended: reload the page.")
            return await handler(request, session)

        return guarded

    async def _page(self, request: web.Request) -> web.StreamResponse:
        self._guard.host(request)
        session = self._guard.session(request)
        if session is None and request.headers.get("Sec-Fetch-Site") == "cross-site":
            # A link from elsewhere comes without our strict cookie: load again from here rather than begin anew.
            return page("again", {})
        if session is None and self._guard.token_needed:
            return page("login", {"wrong": False})
        roles = sorted(self._core.access.roles) if self._demo else []
        words = {"demo": self._demo, "roles": roles, "role": DEFAULT_ROLE, "signed_in": self._guard.token_needed}
        response = page("page", words)
        self._guard.admit(request, response, session)
        return response

    async def _login(self, request: web.Request) -> web.StreamResponse:
        self._guard.host(request)
        self._guard.origin(request)
        if not await self._guard.known(str((await request.post()).get("token", ""))):
            log.warning("console login refused")
            return page("login", {"wrong": True}, status=403)
        response = web.Response(status=303, headers={**HEADERS, "Location": "/"})
        self._guard.admit(request, response, None)
        return response

    async def _logout(self, request: web.Request) -> web.StreamResponse:
        self._guard.host(request)
        self._guard.origin(request)
        response = web.Response(status=303, headers={**HEADERS, "Location": "/"})
        self._guard.forget(request, response)
        return response

    async def _calls(self, request: web.Request, session: str) -> web.StreamResponse:
        """Fields: `line`, or `command` with `field.NAME` values; `role` (demo); `via` typed or button; `label`;
        `room` it is said in.
        """
        fields = {key: str(value) for key, value in (await request.post()).items()}
        line, door = self._line(fields)
        if not line:
            raise web.HTTPBadRequest(reason="Nothing was typed.")
        if len(line) > MAX_LINE:
            raise web.HTTPBadRequest(reason=f"The line has {len(line):,} characters; {MAX_LINE:,} are the most I read.")
        role = self._role(fields.get("role", ""))
        room = fields.get("room", "")
        feed = await self._feed(session, role, room)
        call = self._call(line, session, role, door, room)
        asked = {
            "kind": "asked",
            "id": f"{call.id}:asked",
            "call": call.id,
            "at": call.at.isoformat(),
            "line": shown(line),
            "label": fields.get("label", "")[:MAX_LABEL] if door == "button" else "",
            "role": role,
            "door": door,
            "room": room,
        }
        try:
            await self._feeds.append(session if feed.startswith("@") else feed, asked)
        except StateError as error:
            log.warning("question not kept", call=call.id, reason=str(error))
        await self._intake.accept(call)
        return web.json_response(asked, status=202, headers=HEADERS)

    def _line(self, fields: Mapping[str, str]) -> tuple[str, Doors]:
        name = fields.get("command", "")
        if not name:
            return fields.get("line", "").strip(), _DOORS.get(fields.get("via", "typed"), "console")
        command = self._core.registry.get(name)
        if command is None:
            raise web.HTTPBadRequest(reason="There is no such command.")
        values = {key.removeprefix(_FIELD): value for key, value in fields.items() if key.startswith(_FIELD)}
        return form.line(command, values), "form"

    def _call(self, line: str, session: str, role: str, door: Doors, room: str) -> Call:
        user = _user(role)
        return Call(
            id=secrets.token_hex(10),
            text=line,
            who=Identity(platform="console", tenant="", user=user),
            address=Address(
                platform="console",
                channel=room,
                thread=session,
                user=user,
                visibility="channel" if room and not room.startswith("@") else "direct",
            ),
            at=self._core.clock.now(),
            door=door,
        )

    def _role(self, said: str) -> str:
        """The role asked for where all data is simulated; else none."""
        if not self._demo:
            return ""
        if said and said not in self._core.access.roles:
            raise web.HTTPBadRequest(reason="There is no such role.")
        return said or DEFAULT_ROLE

    def _principal(self, role: str) -> Principal:
        return self._core.access.principal("console", "", _user(role))

    async def _feed(self, session: str, role: str, room: str) -> str:
        """The feed behind a conversation of the page: one's own, one's letters, or a room one may take part in."""
        if not room:
            return session
        if room.startswith("@"):
            known = room == f"@{_user(role)}"
        else:
            known = self._principal(role).may(Permission.PART) and room in await self._rooms()
        if not known:
            raise web.HTTPForbidden(reason="This conversation is not yours to read.")
        return room if room.startswith("@") else f"#{room}"

    async def _rooms(self) -> dict[str, str]:
        try:
            return await self.platform.rooms.listed()
        except StateError:
            raise web.HTTPServiceUnavailable(reason="The state store is away.") from None

    async def _listed(self, request: web.Request, session: str) -> web.StreamResponse:
        """Conversations beside one's own: rooms of crises, and what was written to one's account."""
        role = self._role(request.query.get("role", ""))
        rooms = await self._rooms() if self._principal(role).may(Permission.PART) else {}
        found = [{"name": name, "title": title} for name, title in rooms.items()]
        if await self._feeds.any(f"@{_user(role)}"):
            found.append({"name": f"@{_user(role)}", "title": f"Written to {role or OPERATOR}"})
        return web.json_response({"rooms": found}, headers=HEADERS)

    async def _commands(self, request: web.Request, session: str) -> web.StreamResponse:
        principal = self._principal(self._role(request.query.get("role", "")))
        return web.json_response(table(self._core.registry, principal), headers=HEADERS)

    async def _healthy(self, request: web.Request, session: str) -> web.StreamResponse:
        report, principal = await self._health.report(), self._principal(self._role(request.query.get("role", "")))
        return web.json_response(report if principal.may(Permission.HELP) else outside(report), headers=HEADERS)

    async def _stream(self, request: web.Request, session: str) -> web.StreamResponse:
        """`?room=` another conversation than one's own."""
        room, role = request.query.get("room", ""), self._role(request.query.get("role", ""))
        feed = await self._feed(session, role, room)
        return await self._streams.serve(request, feed, self._guard.seconds_left(request))

    async def _payload(self, request: web.Request, session: str) -> web.StreamResponse:
        """`?as=slack|teams|json`: what that platform would have been sent; `?room=` where it stands."""
        kind = request.query.get("as", "")
        if kind not in {"slack", "teams", "json"}:
            raise web.HTTPBadRequest(reason="Say as=slack, as=teams or as=json.")
        feed = await self._feed(session, self._role(request.query.get("role", "")), request.query.get("room", ""))
        try:
            document = await self.platform.document(feed, request.match_info["parcel"])
            if document is None and feed != session:  # for the asker's eyes alone, in a room
                document = await self.platform.document(session, request.match_info["parcel"])
        except StateError:
            raise web.HTTPServiceUnavailable(reason="The state store is away.") from None
        if document is None:
            raise web.HTTPNotFound(reason="This answer is no longer kept (one hour): ask again.")
        text = await asyncio.to_thread(FORMATS[kind], document)
        return web.Response(text=text, content_type="application/json", headers=HEADERS)


def _user(role: str) -> str:
    return f"demo-{role}" if role else OPERATOR


def shown(line: str) -> str:
    """A line as the page repeats it: a confirm button's token says nothing to anybody."""
    verb = line.split(" ", 1)[0]
    return verb.capitalize() if verb in {"confirm", "cancel"} and " " in line else line
