"""A stand-in for what gives managed identities their tokens: IMDS of a virtual machine, and App Service's endpoint.

Source: learn.microsoft.com, "How to use managed identities on an Azure VM to acquire an access token" and "How to use
managed identities for App Service and Azure Functions"; that Microsoft's own library takes its answers is tested.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from connectors.clock import SystemClock
from tests.e2e.teams_signing import APP_ID
from tests.e2e.teams_standin import TOKEN

HEADER = "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a"
RESOURCE = "https://api.botframework.com"


@dataclass
class Identity:
    """`faults`: what the next requests are met with (0: an answer after a second)."""

    base: str = ""
    known: str = APP_ID
    seconds: int = 3_599
    faults: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def imds(self, request: web.Request) -> web.Response:
        self.asked.append("imds")
        if (wrong := await self._fault()) is not None:
            return wrong
        if request.headers.get("Metadata") != "true" or "X-Forwarded-For" in request.headers:
            said = "Required metadata header not specified"
            return web.json_response({"error": "bad_request_102", "error_description": said}, status=400)
        if request.query.get("api-version") != "2018-02-01" or request.query.get("resource") != RESOURCE:
            return web.json_response({"error": "invalid_resource", "error_description": "not this one"}, status=400)
        if request.query.get("client_id") != self.known:
            said = f"Identity {request.query.get('client_id')} not found"
            return web.json_response({"error": "invalid_request", "error_description": said}, status=400)
        return web.json_response({**self._token(), "expires_in": str(self.seconds), "refresh_token": ""})

    async def app_service(self, request: web.Request) -> web.Response:
        self.asked.append("app service")
        if (wrong := await self._fault()) is not None:
            return wrong
        if request.headers.get("X-IDENTITY-HEADER") != HEADER:
            return web.json_response({"statusCode": 401, "message": "no such caller"}, status=401)
        good = {"api-version": "2019-08-01", "resource": RESOURCE, "client_id": self.known}
        if dict(request.query) != good:
            return web.json_response({"statusCode": 400, "message": "No User Assigned identity found"}, status=400)
        return web.json_response(self._token())

    def _token(self) -> dict[str, Any]:
        until = int(SystemClock().now().timestamp()) + self.seconds
        return {"access_token": TOKEN, "expires_on": str(until), "resource": RESOURCE, "token_type": "Bearer"}

    async def _fault(self) -> web.Response | None:
        status = self.faults.pop(0) if self.faults else None
        if status == 0:
            await asyncio.sleep(1.0)
            return None
        if status is not None and 300 <= status < 400:
            raise web.HTTPFound("http://127.0.0.1:9/elsewhere")
        return web.json_response({"error": "injected"}, status=status) if status is not None else None


@asynccontextmanager
async def running() -> AsyncIterator[Identity]:
    """On a free port of loopback."""
    made = Identity()
    app = web.Application()
    app.router.add_get("/metadata/identity/oauth2/token", made.imds)
    app.router.add_get("/msi/token", made.app_service)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()
