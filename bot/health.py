"""Readiness and the state of every port, cached so that a probe never becomes load."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from prometheus_client import Gauge

from connectors.errors import BackendError, StateError
from connectors.models.reading import Ping
from connectors.ports import Clock, Queue

log = structlog.get_logger()
CACHE_SECONDS = 10.0
PING_SECONDS = 3.0
PROBE_SECONDS = 0.8
"""A probe waits this long at most (Kubernetes' default timeout is 1 s): a backend that hangs must not fail it."""
DEPTH = Gauge("socbot_queue_depth", "Calls and deliveries not yet finished", ["queue"])
UP = Gauge("socbot_port_up", "1 when the port answered its last ping", ["port"])


_UNKNOWN: dict[str, Any] = {"status": "degraded", "ports": {}, "warnings": ["no port has answered yet"]}


class Health:
    """`ready` is False while starting or draining; a failed port is degraded, not unready."""

    def __init__(
        self,
        pings: Mapping[str, Callable[[], Awaitable[Ping]]],
        queue: Queue,
        durability: Callable[[], Awaitable[list[str]]],
        clock: Clock,
    ) -> None:
        self._pings, self._queue, self._durability, self._clock = dict(pings), queue, durability, clock
        self._last: tuple[float, dict[str, Any]] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._told: dict[str, bool] = {}
        self.ready = False
        self.draining = False

    async def report(self) -> dict[str, Any]:
        """`status` is ready, degraded, starting or draining; `ports` name → {ok, detail}; `warnings` of the state.

        Answers within PROBE_SECONDS with what is known by then; the asking goes on.
        """
        if self._last is None or self._clock.monotonic() - self._last[0] > CACHE_SECONDS:
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._refresh())
            await asyncio.wait({self._asking}, timeout=PROBE_SECONDS)
        body = self._last[1] if self._last is not None else _UNKNOWN
        status = "draining" if self.draining else "starting" if not self.ready else body["status"]
        return {**body, "status": status}

    def watch(self, name: str, ping: Callable[[], Awaitable[Ping]]) -> None:
        """One more port: a chat platform, known only once its adapter is made."""
        self._pings[name] = ping

    async def close(self) -> None:
        """No ping outlives the clients it uses."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _refresh(self) -> None:
        self._last = (self._clock.monotonic(), await self._ask())

    async def measure(self) -> None:
        """Refresh the gauges of /metrics."""
        try:
            calls, deliveries = await self._queue.depth()
        except StateError:
            return
        DEPTH.labels("calls").set(calls)
        DEPTH.labels("deliveries").set(deliveries)

    async def _ask(self) -> dict[str, Any]:
        names = list(self._pings)
        answers = await asyncio.gather(*(self._ping(name) for name in names))
        ports = {name: {"ok": ping.ok, "detail": ping.detail} for name, ping in zip(names, answers, strict=True)}
        for name, ping in zip(names, answers, strict=True):
            UP.labels(name).set(1 if ping.ok else 0)
            if self._told.get(name, True) != ping.ok:
                self._told[name] = ping.ok
                log.warning("port", port=name, ok=ping.ok, reason=ping.detail)
        try:
            warnings = await self._durability()
        except StateError as error:
            warnings = [str(error)]
        whole = all(ping.ok for ping in answers) and not warnings
        return {"status": "ready" if whole else "degraded", "ports": ports, "warnings": warnings}

    async def _ping(self, name: str) -> Ping:
        try:
            async with asyncio.timeout(PING_SECONDS):
                return await self._pings[name]()
        except TimeoutError:
            return Ping(name, False, f"did not answer within {PING_SECONDS:g} s")
        except (BackendError, StateError) as error:
            return Ping(name, False, str(error))
        except Exception:
            # A port whose ping has a bug is degraded, and the others are still worth telling.
            log.exception("bug", port=name)
            return Ping(name, False, "could not be asked: the details are in my log")


def outside(report: dict[str, Any]) -> dict[str, Any]:
    """A report for anybody: which ports answer, not why one does not, which may quote a file of the organisation."""
    return {**report, "ports": {name: {"ok": port["ok"]} for name, port in report["ports"].items()}}
