"""Threat intelligence over `gti-mcp`: profiles, and recommendations named one by one with `get_collection_report`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import Field

from connectors.errors import BackendError, Unreadable
from connectors.mcp.pinging import ping
from connectors.mcp.server import McpServer
from connectors.models.reading import Ping, Reading
from connectors.models.threats import Recommendation, ThreatProfile
from connectors.ports import Clock
from connectors.resilience import ReadingCache
from connectors.threat_wire import WireCollection, WireProfile
from connectors.wire import Text, Wire, read, safe_id


class WireProfiles(Wire):
    """list_threat_profiles."""

    items: tuple[WireProfile, ...]


class WireDescriptor(Wire):
    """A recommendation: its id and why, no name."""

    id: str
    type: Text = ""
    context: dict[str, Any] = Field(default_factory=dict, validation_alias="context_attributes")


class WireDescriptors(Wire):
    """get_threat_profile_recommendations."""

    items: tuple[WireDescriptor, ...]


class WireReport(WireCollection):
    """get_collection_report: a collection, which need not repeat the id it was asked for by."""

    id: str = ""


class McpThreatIntel:
    """ThreatIntel. `ttl` s for both; at most `profiles` profiles and `recommended` recommendations a profile.

    Every recommendation costs a call of its own against the key's quota.
    """

    source = "GTI threat profiles (MCP)"

    def __init__(
        self, server: McpServer, clock: Clock, *, ttl: float = 900.0, profiles: int = 100, recommended: int = 40
    ) -> None:
        self._server, self._clock, self._ttl = server, clock, ttl
        self._most_profiles, self._most_recommended = profiles, recommended
        self._cache = ReadingCache(clock)

    async def ping(self) -> Ping:
        """One profile is asked for."""
        return await ping(self._server, self._server.call("list_threat_profiles", {"limit": 1}))

    async def profiles(self) -> Reading[ThreatProfile]:
        """All threat profiles."""
        return await self._cache.read("profiles", self._ttl, self._profiles)

    async def recommendations(self, profile_id: str) -> Reading[Recommendation]:
        """What is recommended for a profile, each with its name where it could be read."""
        safe = safe_id(self._server.backend, profile_id)
        return await self._cache.read(("recommended", safe), self._ttl, lambda: self._recommendations(safe))

    async def _profiles(self) -> Reading[ThreatProfile]:
        as_of = self._clock.now()
        answer = await self._server.call("list_threat_profiles", {"limit": self._most_profiles})
        wires = read(self._server.backend, WireProfiles, {"items": _listed(answer)}).items
        cut = len(wires) >= self._most_profiles
        notes = (f"Only {len(wires)} threat profiles were asked for; more may exist.",) * cut
        items = tuple({wire.id: wire.record() for wire in wires}.values())
        return Reading(items, self.source, as_of, total=None if cut else len(items), truncated=cut, notes=notes)

    async def _recommendations(self, profile_id: str) -> Reading[Recommendation]:
        as_of = self._clock.now()
        arguments = {"profile_id": profile_id, "limit": self._most_recommended}
        answer = await self._server.call("get_threat_profile_recommendations", arguments)
        wires = read(self._server.backend, WireDescriptors, {"items": _listed(answer)}).items
        wires = tuple({wire.id: wire for wire in wires}.values())
        reports = await asyncio.gather(*(self._report(wire.id) for wire in wires))
        cut = len(wires) >= self._most_recommended
        notes = [f"Only {len(wires)} recommendations were asked for; more may exist."] * cut
        if unnamed := sum(report is None for report in reports):
            notes.append(f"{unnamed} of {len(wires)} recommendations could not be read; they show their id as a name.")
        if wires and not any(report.techniques() for report in reports if report is not None):
            notes.append("The techniques of recommendations are not available over MCP.")
        items = tuple(_recommended(profile_id, wire, report) for wire, report in zip(wires, reports, strict=True))
        total = None if cut else len(items)
        return Reading(
            items, "GTI recommendations (MCP)", as_of, total=total, truncated=cut or bool(unnamed), notes=tuple(notes)
        )

    async def _report(self, collection: str) -> WireReport | None:
        """None when it could not be had; the note counts these."""
        try:
            answer = await self._server.call("get_collection_report", {"id": collection})
            if not isinstance(answer, Mapping) or not answer.get("attributes"):
                raise Unreadable(self._server.backend, "gave a report without attributes")
            return read(self._server.backend, WireReport, answer)
        except BackendError:
            return None


def _listed(answer: Any) -> Any:
    """A list of one that came as text alone is that one."""
    return [answer] if isinstance(answer, Mapping) else answer


def _recommended(profile_id: str, wire: WireDescriptor, report: WireReport | None) -> Recommendation:
    """The report's words under the descriptor's id and reason; without a report the id is the name."""
    told = (report or WireReport()).record(profile_id)
    kind = told.type or wire.id.split("--")[0]
    return replace(told, id=wire.id, type=kind, name=told.name or wire.id, source=str(wire.context.get("source", "")))
