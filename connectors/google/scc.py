"""Cloud posture: Security Command Center v2 findings, ranked by attack exposure here, because `orderBy` cannot."""

from __future__ import annotations

import asyncio
import math
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from connectors.errors import BackendError, NotConfigured
from connectors.google.wire import Instant, Text, Wire, last_part, pages, read
from connectors.http import HttpBackend
from connectors.models.reading import Ping, Reading
from connectors.models.threats import Finding
from connectors.ports import Clock
from connectors.resilience import ReadingCache

FILTER = 'state="ACTIVE" AND findingClass="VULNERABILITY" AND (severity="HIGH" OR severity="CRITICAL")'
_ORDER = {"critical": 0, "high": 1}


def _number(value: Any) -> float | None:
    """A finite number, or None: proto3 JSON may write "NaN"."""
    if not isinstance(value, int | float | str) or value == "":
        return None
    number = float(value)
    return number if math.isfinite(number) else None


Number = Annotated[float | None, BeforeValidator(_number)]


class WireExposure(Wire):
    """`score` counts only when it was calculated; a missing `state` is taken as calculated when a score is there."""

    score: Number = None
    state: Text = ""


class WireScore(Wire):
    """CVSS v3."""

    base: Number = Field(default=None, validation_alias="baseScore")


class WireCve(Wire):
    """The weakness."""

    id: Text = ""
    exploitation: Text = Field(default="", validation_alias="exploitationActivity")
    zero_day: bool | None = Field(default=False, validation_alias="zeroDay")
    cvss: WireScore | None = Field(default=None, validation_alias="cvssv3")


class WireVulnerability(Wire):
    """A wrapper."""

    cve: WireCve | None = None


class WireFinding(Wire):
    """A finding."""

    name: str
    category: Text = ""
    resource: Text = Field(default="", validation_alias="resourceName")
    severity: Text = ""
    created: Instant = Field(default=None, validation_alias="createTime")
    event: Instant = Field(default=None, validation_alias="eventTime")
    exposure: WireExposure | None = Field(default=None, validation_alias="attackExposure")
    vulnerability: WireVulnerability | None = None

    def record(self) -> Finding:
        """For the port."""
        exposure, cve = self.exposure or WireExposure(), (self.vulnerability or WireVulnerability()).cve or WireCve()
        return Finding(
            id=last_part(self.name),
            category=self.category,
            resource=self.resource,
            severity=self.severity.lower(),
            cve=cve.id or None,
            attack_exposure=exposure.score if exposure.state in {"", "CALCULATED"} else None,
            exploitation=cve.exploitation,
            zero_day=bool(cve.zero_day),
            created_at=self.created,
            event_at=self.event,
            cvss=cve.cvss.base if cve.cvss else None,
        )


class WireResult(Wire):
    """A finding with its resource."""

    finding: WireFinding


class WireFindings(Wire):
    """One page."""

    results: tuple[WireResult, ...] = Field(default=(), validation_alias="listFindingsResults")
    total: int | None = Field(default=None, validation_alias="totalSize")


class SccCloudPosture:
    """CloudPosture of one project. `ttl` s for the findings."""

    source = "Security Command Center findings"

    def __init__(
        self, backend: HttpBackend, project_id: str, clock: Clock, *, ttl: float = 300.0, max_pages: int = 200
    ) -> None:
        self._backend, self._project_id, self._clock = backend, project_id, clock
        self._ttl, self._max_pages = ttl, max_pages
        self._cache = ReadingCache(clock)

    async def ping(self) -> Ping:
        """One finding is asked for."""
        try:
            await self._backend.get_json(self._path(), {"pageSize": 1})
        except BackendError as error:
            return Ping(self._backend.name, False, str(error))
        return Ping(self._backend.name, True, self._backend.skew_note())

    async def findings(self) -> Reading[Finding]:
        """All active HIGH and CRITICAL vulnerability findings, highest attack exposure first, unscored last."""
        return await self._cache.read("findings", self._ttl, self._findings)

    def _path(self) -> str:
        if not self._project_id.replace("-", "").replace(":", "").replace(".", "").isalnum():
            raise NotConfigured(self._backend.name, "needs SCC_PROJECT_ID")
        return f"/v2/projects/{self._project_id}/sources/-/findings"

    async def _findings(self) -> Reading[Finding]:
        as_of = self._clock.now()
        found: dict[str, Finding] = {}
        notes: tuple[str, ...] = ()
        total: int | None = None
        params = {"filter": FILTER, "pageSize": 1000}
        async for page in pages(self._backend, self._path(), params, max_pages=self._max_pages):
            wire = await asyncio.to_thread(read, self._backend.name, WireFindings, page.answer)
            total = wire.total if wire.total is not None else total
            found.update((result.finding.name, result.finding.record()) for result in wire.results)
            notes += (page.cut,) if page.cut else ()
        if total is not None and len(found) < total:
            notes += (f"{len(found)} of {total} findings were given.",)
        items = tuple(sorted(found.values(), key=_rank))
        return Reading(items, self.source, as_of, total=total, truncated=bool(notes), notes=notes)


def _rank(finding: Finding) -> tuple[bool, float, int, float, str]:
    """Scored first, high to low; then severity, then the newest, then the id so that ties never flicker."""
    newest = -finding.event_at.timestamp() if finding.event_at else 0.0
    score = finding.attack_exposure
    return score is None, -(score or 0.0), _ORDER.get(finding.severity, 9), newest, finding.id
