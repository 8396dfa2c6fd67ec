"""The MCP connectors pass the ports' contracts against the stand-in servers; where they cannot, they say so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
import pytest_asyncio

from connectors.clock import FixedClock
from connectors.mcp.alerts import McpAlertFeed
from connectors.mcp.cases import McpCaseDesk
from connectors.mcp.errors import NotOverMcp
from connectors.mcp.intel import McpThreatIntel
from connectors.mcp.posture import FETCHED, McpCloudPosture
from connectors.mcp.server import McpServer
from connectors.ports import AlertFeed, CaseDesk, CloudPosture, ThreatIntel
from tests.connectors.contracts import (
    TECHNIQUE,
    AlertFeedContract,
    CloudPostureContract,
    ThreatIntelContract,
    days,
)
from tests.connectors.mcp.rig import NOW, environment, over_http, over_stdio, served
from tests.connectors.partial_desk import PartialCaseDeskContract

CLOCK = FixedClock(NOW)
one_loop = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def soar() -> AsyncIterator[McpServer]:
    async with over_stdio("secops-soar", environment()) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def siem() -> AsyncIterator[McpServer]:
    async with over_stdio("secops-mcp", environment()) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gti() -> AsyncIterator[McpServer]:
    async with over_stdio("gti-mcp", environment()) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scc() -> AsyncIterator[McpServer]:
    async with (
        served("scc-mcp", environment(STANDIN_BEARER="abc")) as there,
        over_http("scc-mcp", there.url, {"STANDIN_HEADER": "Bearer abc"}) as server,
    ):
        yield server


@pytest.fixture
def desk(soar: McpServer) -> CaseDesk:
    return McpCaseDesk(soar, CLOCK)


@pytest.fixture
def feed(siem: McpServer) -> AlertFeed:
    return McpAlertFeed(siem, CLOCK)


@pytest.fixture
def intel(gti: McpServer) -> ThreatIntel:
    return McpThreatIntel(gti, CLOCK)


@pytest.fixture
def posture(scc: McpServer) -> CloudPosture:
    return McpCloudPosture(scc, "soc-simulated", CLOCK)


@one_loop
class TestMcpCaseDesk(PartialCaseDeskContract):
    """secops-soar over stdio."""

    error, way = NotOverMcp, "over MCP"

    async def test_a_priority_changes(self, desk: CaseDesk) -> None:
        """A priority cannot be changed over MCP: an error that says so, and nothing is written."""
        with pytest.raises(NotOverMcp, match="a change of priority"):
            await desk.change_priority("1000", "low")


@one_loop
class TestMcpAlertFeed(AlertFeedContract):
    """secops-mcp over stdio."""

    async def test_a_total_is_said_to_be_counted(self, siem: McpServer, now: datetime) -> None:
        """The tool gives none; where as many came as were asked for, the count is marked as too low perhaps."""
        whole = await McpAlertFeed(siem, CLOCK).alerts(days(now, 1))
        assert whole.total is None and whole.notes[0] == "The SIEM gives no totals over MCP; alerts were counted."
        part = await McpAlertFeed(siem, CLOCK, most=10).alerts(days(now, 1), limit=10)
        assert (part.one.total, part.truncated) == (10, True)
        assert any("just 10 alerts: more may exist" in note for note in part.notes)

    async def test_an_earlier_window_is_cut_out_here(self, feed: AlertFeed, now: datetime) -> None:
        """The tool looks back from now: two adjoining windows hold together what the whole holds."""
        whole, late = await feed.alerts(days(now, 2), 5000), await feed.alerts(days(now, 1), 5000)
        early = await feed.alerts(type(days(now, 1))(days(now, 2).start, days(now, 1).start), 5000)
        assert early.one.total > 0 and whole.one.total == early.one.total + late.one.total

    async def test_rules_and_their_techniques(self, feed: AlertFeed) -> None:
        """Rules are unique and mapped as far as their texts say; whether they run is unknown, and said to be."""
        reading = await feed.rules()
        assert len({rule.id for rule in reading.items}) == len(reading.items) > 50
        techniques = {technique for rule in reading.items for technique in rule.techniques}
        assert techniques and all(TECHNIQUE.fullmatch(technique) for technique in techniques)
        assert {rule.enabled for rule in reading.items} == {None}
        assert any("switched on is not available over MCP" in note for note in reading.notes)


@one_loop
class TestMcpThreatIntel(ThreatIntelContract):
    """gti-mcp over stdio."""

    async def test_techniques_are_said_to_be_missing(self, intel: ThreatIntel) -> None:
        """Recommendations have names from their reports, and a note that their techniques are not given."""
        profile = (await intel.profiles()).items[0]
        reading = await intel.recommendations(profile.id)
        assert all(item.name != item.id for item in reading.items)
        assert any("techniques" in note for note in reading.notes)


@one_loop
class TestMcpCloudPosture(CloudPostureContract):
    """scc-mcp over streamable-http, with a bearer."""

    async def test_findings_are_ranked_over_everything(self, posture: CloudPosture) -> None:
        """An arbitrary first page is marked as cut, without scores and without a total; both are said."""
        assert (await posture.ping()).ok
        reading: Any = await posture.findings()
        assert len(reading.items) == FETCHED and reading.truncated and reading.total is None
        assert {item.attack_exposure for item in reading.items} == {None}
        assert {item.severity for item in reading.items} <= {"high", "critical"}
        said = " ".join(reading.notes)
        assert "first 20 findings" in said and "Attack exposure is not available over MCP" in said
