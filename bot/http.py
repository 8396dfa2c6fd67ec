"""The one aiohttp application: adapters' routes, health, metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.health import Health, outside

log = structlog.get_logger()
MAX_BODY = 1 * 2**20
"""Bytes of a request body. Slack's largest documented view state is 250 kB."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def calm(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No trace ever leaves the process; a body over the limit is 413 with one sentence."""
    try:
        return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        return web.json_response({"error": f"The body is larger than {MAX_BODY} bytes."}, status=413)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return web.json_response({"error": error.reason}, status=error.status)
    except Exception:
        # The door, not the path itself: that may be a one-time link.
        door = request.match_info.route.resource
        log.exception("bug", path=door.canonical if door is not None else "")
        return web.json_response({"error": "Something went wrong on my side; the details are in my log."}, status=500)


def application(health: Health, routes: Iterable[web.AbstractRouteDef]) -> web.Application:
    """All routes on one application."""

    @web.middleware
    async def open_doors(request: web.Request, handler: Handler) -> web.StreamResponse:
        """While draining only what says so is answered; platforms send an event again that was met with 503."""
        if health.draining and request.path not in {"/healthz", "/readyz", "/metrics"}:
            said = {"error": "I am stopping: try again in a moment."}
            return web.json_response(said, status=503, headers={"Retry-After": "5", "Connection": "close"})
        return await handler(request)

    app = web.Application(client_max_size=MAX_BODY, middlewares=[calm, open_doors])

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(_: web.Request) -> web.Response:
        report = await health.report()
        # Whoever reaches the platforms' doors reaches this one.
        return web.json_response(outside(report), status=200 if health.ready else 503)

    async def metrics(_: web.Request) -> web.Response:
        await health.measure()
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    app.add_routes(routes)
    return app
