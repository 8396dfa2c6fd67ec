"""The simulated vendors as one aiohttp application, told apart by their paths, faults in between."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from email.utils import formatdate

from aiohttp import web

from connectors.simulator import case_routes, other_routes, soar_routes
from connectors.simulator.faults import Fault, error_body, parse_faults, refuse, spoil
from connectors.simulator.filters import BadFilter
from connectors.simulator.gti import BadCursor
from connectors.simulator.listing import BadToken
from connectors.simulator.settings import SimulatorSettings
from connectors.simulator.site import MET, SITE, Seen, Site, UnknownThing

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_INSTANCE = "/{version:v1alpha|v1beta|v1}/projects/{project}/locations/{region}/instances/{customer}"
_LOOPBACK = ("127.0.0.1", "::1")


def backend_of(path: str) -> str:
    """Which vendor a path belongs to; "" for the simulator's own."""
    if path.startswith("/api/v3/"):
        return "gti"
    if path.startswith(("/api/1p/", "/api/external/")):
        return "soar"
    if "/sources/-/findings" in path:
        return "scc"
    return "chronicle" if path.startswith("/v1") else ""


def _authorised(request: web.Request, settings: SimulatorSettings, backend: str) -> bool:
    if backend == "gti":
        given, wanted = request.headers.get("x-apikey", ""), settings.gti_key
    elif backend == "soar":
        given, wanted = request.headers.get("AppKey", ""), settings.soar_key
    else:
        given, wanted = request.headers.get("Authorization", ""), f"Bearer {settings.token}"
    return hmac.compare_digest(given.encode(), wanted.encode())


def _refusal(backend: str, status: int, message: str) -> web.Response:
    return web.json_response(error_body(backend, status, message), status=status)


def _unauthorised(request: web.Request, backend: str) -> web.Response | None:
    settings = request.app[SITE].settings
    if not _authorised(request, settings, backend):
        return _refusal(backend, 401, "Request had invalid authentication credentials.")
    wanted = {"project": settings.project_id, "region": settings.region, "customer": settings.customer_id}
    given = request.match_info
    if "customer" in given and any(given[key] != value for key, value in wanted.items()):
        return _refusal(backend, 403, "Permission denied on resource instance (or it may not exist).")
    return None


async def _answer(request: web.Request, backend: str, handler: Handler) -> web.StreamResponse:
    """The handler's answer, or the vendor's way of saying what was wrong with the request."""
    refused = _unauthorised(request, backend)
    if refused is not None:
        return refused
    try:
        return await handler(request)
    except (BadFilter, BadToken, BadCursor) as error:
        return _refusal(backend, 400, str(error))
    except UnknownThing as error:
        return _refusal(backend, 404, str(error))
    except web.HTTPException as error:
        return _refusal(backend, error.status, error.reason)


@web.middleware
async def _middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    site, backend = request.app[SITE], backend_of(request.path)
    if not backend:
        if request.remote not in _LOOPBACK:
            raise web.HTTPForbidden
        return await handler(request)
    site.requests.append(Seen(request.method, request.path, dict(request.query)))
    met = site.faults.take(backend, request.path, request.method)
    request[MET] = met
    refused = await refuse(backend, met, _date(site, met))
    if refused is not None:
        return refused
    answer = await _answer(request, backend, handler)
    if not isinstance(answer, web.Response):
        return answer
    return await spoil(request, answer, met, _date(site, met))


def _date(site: Site, met: list[Fault]) -> str:
    """The Date header by the backend's clock: clients measure its skew by it."""
    return formatdate((site.backends(met).world.now + site.elapsed()) / 1000, usegmt=True)


async def _get_faults(request: web.Request) -> web.Response:
    return web.json_response({"faults": request.app[SITE].faults.as_json()})


async def _set_faults(request: web.Request) -> web.Response:
    """Replace the faults in force: {"faults": [..]}, or a single fault."""
    try:
        wanted = parse_faults(await request.text())
    except (ValueError, TypeError) as error:
        return web.json_response({"error": str(error)}, status=400)
    request.app[SITE].faults.active[:] = wanted
    return await _get_faults(request)


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[SITE].faults.clear()
    return await _get_faults(request)


async def _get_requests(request: web.Request) -> web.Response:
    return web.json_response([seen._asdict() for seen in request.app[SITE].requests])


async def _start(app: web.Application) -> None:
    app[SITE].started = asyncio.get_running_loop().time()


def create_app(settings: SimulatorSettings) -> web.Application:
    """The application; it opens nothing. Its state stands under `site.SITE`."""
    app = web.Application(middlewares=[_middleware], client_max_size=4 * 1024**2)
    app[SITE] = Site(settings)
    app.on_startup.append(_start)
    app.add_routes(case_routes.routes(_INSTANCE))
    app.add_routes(soar_routes.routes())
    app.add_routes(other_routes.siem_routes(_INSTANCE))
    app.add_routes(other_routes.intel_routes())
    app.add_routes(other_routes.posture_routes())
    app.add_routes(
        [
            web.get("/_simulator/faults", _get_faults),
            web.post("/_simulator/faults", _set_faults),
            web.delete("/_simulator/faults", _clear_faults),
            web.get("/_simulator/requests", _get_requests),
        ]
    )
    return app
