"""What both case desks over MCP share: they know cases as they are; no tool tells how they came to be so."""

from __future__ import annotations

from collections.abc import AsyncIterator

from connectors.mcp.errors import NotOverMcp
from connectors.mcp.server import McpServer
from connectors.models.cases import CaseEvent, CaseOrigin
from connectors.models.reading import Reading, Window
from connectors.ports import Clock
from connectors.resilience import ReadingCache

REST = "CHRONICLE_PROJECT_ID, CHRONICLE_CUSTOMER_ID and SECOPS_SA_PATH or CHRONICLE_TOKEN"
"""What to set for all of it."""


class PresentDesk:
    """`ttl` s for the queue; at most `max_pages` pages of cases are read."""

    def __init__(self, server: McpServer, clock: Clock, *, ttl: float = 30.0, max_pages: int = 400) -> None:
        self._server, self._clock, self._ttl, self._max_pages = server, clock, ttl, max_pages
        self._cache = ReadingCache(clock)

    async def history(self, window: Window) -> AsyncIterator[Reading[CaseEvent]]:
        """NotOverMcp: no tool tells when a case was acknowledged or closed."""
        raise NotOverMcp(self._server.backend, "the history of cases", REST)
        yield  # type: ignore[unreachable]

    async def origins(self, window: Window) -> AsyncIterator[Reading[CaseOrigin]]:
        """NotOverMcp: it would take one call for every case."""
        raise NotOverMcp(self._server.backend, "the first event and detection of cases", REST)
        yield  # type: ignore[unreachable]
