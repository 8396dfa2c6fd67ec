"""What can go wrong between a bot and a vendor, on demand.

A fault names a backend ("chronicle", "soar", "gti", "scc" or "*"), optionally a part of the path, and what happens:
latency, a status, a body that is not what was promised, a clock that is off, a cap that hides the rest.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from aiohttp import web

Body = Literal["ok", "malformed", "html", "truncated", "empty"]


@dataclass
class Fault:
    """One fault. `times` counts down with every request it meets; None: for ever; 0: spent.

    `latency` seconds before the answer · `status` instead of the answer (429 carries `retry_after` seconds as
    Retry-After) · `body` malformed (JSON cut short, length right), html (a proxy's error page with status 200),
    truncated (the connection breaks half-way), empty · `clock_skew` seconds by which the backend's clock is ahead
    (negative: behind) · `more_data` cap on alerts, matches and history rows (the rest exists and is hidden).
    """

    backend: str = "*"
    path: str = ""
    latency: float = 0.0
    status: int | None = None
    retry_after: float | None = None
    body: Body = "ok"
    times: int | None = None
    clock_skew: float = 0.0
    more_data: int | None = None
    method: str = ""

    def meets(self, backend: str, path: str, method: str) -> bool:
        """Whether the fault applies to a request."""
        return (
            self.times != 0
            and self.backend in ("*", backend)
            and self.path in path
            and self.method.upper() in ("", method)
        )


def fault_from(given: Any) -> Fault:
    """A fault from JSON; ValueError for an unknown field or a wrong shape."""
    known = {f.name for f in fields(Fault)}
    if not isinstance(given, dict) or not set(given) <= known:
        raise ValueError(f"a fault is an object with fields among {', '.join(sorted(known))}")
    return Fault(**given)


@dataclass
class Faults:
    """The faults that are in force; change it at any time."""

    active: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force and give it back."""
        self.active.append(fault)
        return fault

    def clear(self) -> None:
        """No more faults."""
        self.active.clear()

    def take(self, backend: str, path: str, method: str) -> list[Fault]:
        """The faults a request meets, each counted down once."""
        met = [fault for fault in self.active if fault.meets(backend, path, method)]
        for fault in met:
            if fault.times is not None:
                fault.times -= 1
        return met

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.active]


def error_body(backend: str, status: int, message: str) -> dict[str, Any]:
    """An error as the backend's vendor writes it."""
    names = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
    names |= {429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}
    if backend == "gti":
        codes = {400: "BadRequestError", 401: "WrongCredentialsError", 404: "NotFoundError"}
        codes |= {429: "QuotaExceededError", 503: "TransientError"}
        return {"error": {"code": codes.get(status, "TransientError"), "message": message}}
    return {"error": {"code": status, "message": message, "status": names.get(status, "INTERNAL")}}


async def refuse(backend: str, met: list[Fault], date: str) -> web.Response | None:
    """Wait as long as the faults say; the status they answer with, or None when the request goes through."""
    await asyncio.sleep(sum(fault.latency for fault in met))
    failing = next((fault for fault in met if fault.status is not None), None)
    if failing is None or failing.status is None:
        return None
    headers = {"Date": date}
    if failing.retry_after is not None:
        headers["Retry-After"] = f"{failing.retry_after:g}"
    body = error_body(backend, failing.status, "simulated fault")
    return web.json_response(body, status=failing.status, headers=headers)


async def spoil(request: web.Request, answer: web.Response, met: list[Fault], date: str) -> web.StreamResponse:
    """The answer as the faults leave it. `date` is the backend's own clock, as its Date header says it."""
    body = next((fault.body for fault in met if fault.body != "ok"), "ok")
    whole = answer.body if isinstance(answer.body, bytes) else b""
    if body == "truncated":
        return await _break(request, answer, whole, date)
    if body == "malformed":
        answer.body = whole[: max(len(whole) // 2, 1)] + b'"'
    elif body == "html":
        answer = web.Response(text="<html><body>Upstream error</body></html>", content_type="text/html")
    elif body == "empty":
        answer.body = b""
    answer.headers["Date"] = date
    return answer


async def _break(request: web.Request, answer: web.Response, whole: bytes, date: str) -> web.StreamResponse:
    broken = web.StreamResponse(status=answer.status, headers={"Date": date})
    broken.content_type = "application/json"
    broken.content_length = max(len(whole), 2)
    await broken.prepare(request)
    await broken.write(whole[: len(whole) // 2])
    if request.transport is not None:
        request.transport.close()
    return broken


def cap(met: list[Fault], limit: int) -> int:
    """The lowest of `limit` and the faults' `more_data`."""
    return min([limit, *(fault.more_data for fault in met if fault.more_data is not None)])


def parse_faults(text: str) -> list[Fault]:
    """Faults from a JSON body: {"faults": [...]} or one fault; ValueError when it is neither."""
    given = json.loads(text)
    if isinstance(given, dict) and set(given) == {"faults"} and isinstance(given["faults"], list):
        return [fault_from(item) for item in given["faults"]]
    return [fault_from(given)]
