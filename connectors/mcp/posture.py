"""Cloud posture over `scc-mcp`: the first page of findings, whose attack exposure the server reads wrongly.

`top_vulnerability_findings` fetches 20 findings in no documented order and looks for their score under a name that
SCC does not use, so that every score is null and "top" means nothing. Both are said; no finding is ranked by it.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from connectors.errors import NotConfigured
from connectors.mcp.pinging import ping
from connectors.mcp.server import McpServer
from connectors.models.reading import Ping, Reading
from connectors.models.threats import Finding
from connectors.ports import Clock
from connectors.resilience import ReadingCache
from connectors.wire import Text, Wire, last_part, read

FETCHED = 20
"""What the server fetches, whatever is asked for."""

_ORDER = {"critical": 0, "high": 1}
_PART = "Over MCP only the first {count} findings of SCC are given, in no order; more may exist, worse ones among them."
_UNSCORED = "Attack exposure is not available over MCP: findings are not ranked by it."


def _number(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


class WireFinding(Wire):
    """A finding as the server sums it up."""

    name: str
    category: Text = ""
    resource: Text = Field(default="", validation_alias="resourceName")
    severity: Text = ""
    score: Annotated[float | None, BeforeValidator(_number)] = Field(
        default=None, validation_alias="attackExposureScore"
    )

    def record(self) -> Finding:
        """For the port; CVE, times and exploitation are not in the answer."""
        return Finding(
            id=last_part(self.name),
            category=self.category,
            resource=self.resource,
            severity=self.severity.lower(),
            cve=None,
            attack_exposure=self.score,
            exploitation="",
            zero_day=False,
            created_at=None,
            event_at=None,
        )


class WireFindings(Wire):
    """top_vulnerability_findings."""

    items: tuple[WireFinding, ...] = Field(validation_alias="top_findings")
    more: bool | None = Field(default=True, validation_alias="more_findings_exist_beyond_fetch_limit")


class McpCloudPosture:
    """CloudPosture of one project. `ttl` s for the findings."""

    source = "Security Command Center findings (MCP)"

    def __init__(self, server: McpServer, project_id: str, clock: Clock, *, ttl: float = 300.0) -> None:
        self._server, self._project_id, self._clock, self._ttl = server, project_id, clock, ttl
        self._cache = ReadingCache(clock)

    async def ping(self) -> Ping:
        """One finding is asked for."""
        return await ping(self._server, self._ask(1))

    async def findings(self) -> Reading[Finding]:
        """What the server gives: at most FETCHED findings, by severity."""
        return await self._cache.read("findings", self._ttl, self._findings)

    async def _ask(self, most: int) -> WireFindings:
        if not self._project_id.replace("-", "").replace(":", "").replace(".", "").isalnum():
            raise NotConfigured(self._server.backend, "needs SCC_PROJECT_ID")
        arguments = {"project_id": self._project_id, "max_findings": most}
        answer = await self._server.call("top_vulnerability_findings", arguments)
        return read(self._server.backend, WireFindings, answer)

    async def _findings(self) -> Reading[Finding]:
        as_of = self._clock.now()
        wire = await self._ask(FETCHED)
        items = tuple(sorted({w.name: w.record() for w in wire.items}.values(), key=_rank))
        cut = wire.more is not False or len(wire.items) >= FETCHED
        notes: tuple[str, ...] = (_PART.format(count=len(items)),) if cut else ()
        if items and not any(item.attack_exposure is not None for item in items):
            notes += (_UNSCORED,)
        return Reading(items, self.source, as_of, total=None if cut else len(items), truncated=cut, notes=notes)


def _rank(finding: Finding) -> tuple[bool, float, int, str]:
    """Scored first, high to low; then severity, then the id so that ties never flicker."""
    score = finding.attack_exposure
    return score is None, -(score or 0.0), _ORDER.get(finding.severity, 9), finding.id
