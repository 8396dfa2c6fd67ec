"""Everything one simulator answers from, and what its handlers share."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aiohttp import web

from connectors.simulator.desk import Desk
from connectors.simulator.faults import Fault, Faults
from connectors.simulator.filters import BadFilter
from connectors.simulator.gti import Intel
from connectors.simulator.iocs import Matches
from connectors.simulator.listing import Listing
from connectors.simulator.overlay import Overlay
from connectors.simulator.rules import Rules
from connectors.simulator.scc import Posture
from connectors.simulator.settings import SimulatorSettings
from connectors.simulator.siem import Siem
from connectors.simulator.world import World


class UnknownThing(Exception):
    """What a path names does not exist: 404."""


class Seen(NamedTuple):
    """A request the simulator got; `query` keeps the first value of each parameter."""

    method: str
    path: str
    query: Mapping[str, str]


class Backends:
    """The backends as they look through one clock."""

    def __init__(self, settings: SimulatorSettings, overlay: Overlay, shift: int) -> None:
        instance = f"projects/{settings.project_id}/locations/{settings.region}/instances/{settings.customer_id}"
        self.world = World(settings, shift)
        self.desk = Desk(self.world, overlay, instance)
        self.listing = Listing(self.desk)
        self.rules = Rules(self.world, instance)
        self.siem = Siem(self.desk, self.rules)
        self.matches = Matches(self.desk)
        self.intel = Intel(self.world)
        self.posture = Posture(self.world)


@dataclass
class Site:
    """Settings, faults, writes and the log of one running simulator."""

    settings: SimulatorSettings
    faults: Faults = field(default_factory=Faults)
    overlay: Overlay = field(default_factory=Overlay)
    requests: deque[Seen] = field(default_factory=lambda: deque(maxlen=20_000))
    summaries: dict[int, int] = field(default_factory=dict)
    """How often the AI summary of a case was asked for since it was started."""
    started: float | None = None
    """The event loop's clock when the server started."""
    _backends: dict[int, Backends] = field(default_factory=dict)

    def elapsed(self) -> int:
        """Milliseconds since the server started. The world stands still; only writes and Date headers move on."""
        if self.started is None:
            return 0
        return int((asyncio.get_running_loop().time() - self.started) * 1000)

    def backends(self, met: list[Fault]) -> Backends:
        """The backends, their clock off by as much as the faults say."""
        shift = int(sum(fault.clock_skew for fault in met) * 1000)
        if shift not in self._backends:
            self._backends[shift] = Backends(self.settings, self.overlay, shift)
        return self._backends[shift]


SITE = web.AppKey("site", Site)
MET = web.RequestKey("faults", list[Fault])


def backends(request: web.Request) -> Backends:
    """What a handler answers from."""
    return request.app[SITE].backends(request[MET])


async def body_of(request: web.Request) -> dict[str, Any]:
    """The JSON object a request carries; BadFilter when it is none."""
    try:
        given = json.loads(await request.text() or "{}")
    except ValueError:
        raise BadFilter("the body is not JSON") from None
    if not isinstance(given, dict):
        raise BadFilter("the body is not an object")
    return given


def number(request: web.Request, name: str, default: int, most: int) -> int:
    """A whole number of the query: `default` when absent or not above zero, at most `most`."""
    text = request.query.get(name, "")
    try:
        value = int(text) if text else 0
    except ValueError:
        raise BadFilter(f"{name} is not a number") from None
    return min(value, most) if value > 0 else default


def of(request: web.Request, *names: str) -> str:
    """The first of several spellings of a parameter that is there; "" when none is."""
    return next((request.query[name] for name in names if name in request.query), "")
