"""Threat intelligence: Google Threat Intelligence (VirusTotal v3) threat profiles and what is recommended for them.

Pages follow `meta.cursor`, never `links.next`: an address out of an answer is not followed with our key.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from connectors.errors import BackendError, Unreadable
from connectors.google.wire import Page, Wire, read, safe_id
from connectors.http import HttpBackend
from connectors.models.reading import Ping, Reading
from connectors.models.threats import Recommendation, ThreatProfile
from connectors.ports import Clock
from connectors.resilience import ReadingCache
from connectors.threat_wire import WireCollection, WireProfile

PAGE = 40
"""The interface's own maximum for `limit`."""


class WireList(Wire):
    """One page."""

    data: tuple[dict[str, Any], ...] = ()


class GtiThreatIntel:
    """ThreatIntel. `ttl` s for profiles and recommendations alike."""

    source = "GTI threat profiles"

    def __init__(self, backend: HttpBackend, clock: Clock, *, ttl: float = 300.0, max_pages: int = 50) -> None:
        self._backend, self._clock, self._ttl, self._max_pages = backend, clock, ttl, max_pages
        self._cache = ReadingCache(clock)

    async def ping(self) -> Ping:
        """One profile is asked for."""
        try:
            await self._backend.get_json("/api/v3/threat_profiles", {"limit": 1})
        except BackendError as error:
            return Ping(self._backend.name, False, str(error))
        return Ping(self._backend.name, True, self._backend.skew_note())

    async def profiles(self) -> Reading[ThreatProfile]:
        """All threat profiles."""
        return await self._cache.read("profiles", self._ttl, self._profiles)

    async def recommendations(self, profile_id: str) -> Reading[Recommendation]:
        """Everything recommended for a profile, as full objects (names and techniques included)."""
        safe = safe_id(self._backend.name, profile_id)
        return await self._cache.read(("recommended", safe), self._ttl, lambda: self._recommendations(safe))

    async def _profiles(self) -> Reading[ThreatProfile]:
        as_of = self._clock.now()
        found, notes = await self._all("/api/v3/threat_profiles")
        items = tuple(read(self._backend.name, WireProfile, item).record() for item in found)
        return Reading(items, self.source, as_of, total=len(items), truncated=bool(notes), notes=notes)

    async def _recommendations(self, profile_id: str) -> Reading[Recommendation]:
        as_of = self._clock.now()
        found, notes = await self._all(f"/api/v3/threat_profiles/{profile_id}/recommendations")
        items = tuple(read(self._backend.name, WireCollection, item).record(profile_id) for item in found)
        return Reading(items, "GTI recommendations", as_of, total=len(items), truncated=bool(notes), notes=notes)

    async def _all(self, path: str) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
        found: dict[str, dict[str, Any]] = {}
        notes: list[str] = []
        async for page in self._pages(path):
            for item in read(self._backend.name, WireList, page.answer).data:
                found[str(item.get("id"))] = item
            notes += [page.cut] if page.cut else []
        return list(found.values()), tuple(notes)

    async def _pages(self, path: str) -> AsyncIterator[Page]:
        cursor, seen = "", set[str]()
        for number in range(1, self._max_pages + 1):
            params: dict[str, object] = {"limit": PAGE, **({"cursor": cursor} if cursor else {})}
            answer = await self._backend.get_json(path, params)
            if not isinstance(answer, Mapping):
                raise Unreadable(self._backend.name, "gave an answer of another shape than documented (no page)")
            meta = answer.get("meta")
            cursor = str(meta.get("cursor") or "") if isinstance(meta, Mapping) else ""
            if cursor in seen:
                yield Page(answer, True, f"{self._backend.name} repeated page {number}; what came before is shown.")
                return
            seen.add(cursor)
            more = bool(cursor) and number == self._max_pages
            yield Page(answer, not cursor, f"Stopped after {number} pages of {self._backend.name}." if more else "")
            if not cursor:
                return
