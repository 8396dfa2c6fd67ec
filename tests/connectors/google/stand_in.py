"""A backend of our own on loopback that answers what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from connectors.clock import FixedClock
from connectors.google.auth import bearer
from connectors.google.wire import Instance
from connectors.http import HttpBackend

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
INSTANCE = Instance("p", "c", "eu")
ROOT = "/v1alpha/projects/p/locations/eu/instances/c"


@dataclass
class StandIn:
    """`asked`: (method, path below ROOT, query, body) of every request so far."""

    url: str = ""
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)

    def count(self, method: str = "", path: str = "") -> int:
        """How many requests had this method and this in their path."""
        return sum(method in ("", asked[0]) and path in asked[1] for asked in self.asked)

    def backend(self, clock: FixedClock, name: str = "Case desk", **options: Any) -> HttpBackend:
        """A backend that speaks to it, with waits too short to notice."""
        return HttpBackend(name, self.url, bearer("secret-token"), clock, **{"wait": 0.001, **options})


@asynccontextmanager
async def standing_in(answer: Answer) -> AsyncIterator[StandIn]:
    """Serve `answer` on a free loopback port."""
    stand_in = StandIn()

    async def handle(request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        body = json.loads(raw) if raw and request.content_type == "application/json" else raw or None
        stand_in.asked.append((request.method, request.path.removeprefix(ROOT), dict(request.query), body))
        return await answer(request)

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    stand_in.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield stand_in
    finally:
        await runner.cleanup()


def always(value: Any, status: int = 200, **headers: str) -> Answer:
    """The same JSON every time."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response(value, status=status, headers=headers)

    return answer


def in_turn(*values: Any) -> Answer:
    """One after the other, the last one for ever: JSON, a status, or a ready response."""
    left = list(values)

    async def answer(request: web.Request) -> web.StreamResponse:
        value = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(value, int):
            return web.Response(status=value)
        if callable(value):
            made: web.StreamResponse = await value(request)
            return made
        return web.json_response(value)

    return answer


def routes(table: dict[str, Any], otherwise: int = 404) -> Answer:
    """By the first key found in "METHOD path": JSON, a status, or another answer."""

    async def answer(request: web.Request) -> web.StreamResponse:
        line = f"{request.method} {request.path}"
        value = next((value for key, value in table.items() if key in line), otherwise)
        return await in_turn(value)(request)

    return answer


async def broken(request: web.Request) -> web.StreamResponse:
    """Half an answer, then the connection is gone."""
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"cases": [')
    if request.transport is not None:
        request.transport.close()
    return response
