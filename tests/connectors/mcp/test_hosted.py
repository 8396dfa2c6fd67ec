"""The case desk over Google's hosted server: its tools, its spelling of arguments, Chronicle's own resources."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio

from connectors.clock import FixedClock
from connectors.errors import Absent, Refused, Unreadable
from connectors.mcp.errors import NotOverMcp
from connectors.mcp.hosted_cases import HostedCaseDesk
from connectors.mcp.naming import named
from connectors.mcp.server import McpServer
from connectors.ports import CaseDesk
from tests.connectors.mcp.rig import NOW, Faults, environment, over_http, served
from tests.connectors.partial_desk import PartialCaseDeskContract

CLOCK = FixedClock(NOW)
TENANT = {"project_id": "p", "customer_id": "c", "region": "eu"}


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hosted() -> AsyncIterator[McpServer]:
    async with (
        served("hosted", environment()) as there,
        over_http("secops-soar", there.url, {}, google=True, arguments=TENANT) as server,
    ):
        yield server


@pytest.fixture
def desk(hosted: McpServer) -> CaseDesk:
    return HostedCaseDesk(hosted, CLOCK)


@pytest.mark.asyncio(loop_scope="module")
class TestHostedCaseDesk(PartialCaseDeskContract):
    """The hosted server over streamable-http, arguments in camelCase."""

    error, way = NotOverMcp, "over MCP"

    async def test_a_summary_is_written(self, desk: CaseDesk) -> None:
        """No documented tool writes one: an error that says so."""
        with pytest.raises(NotOverMcp, match="a summary of a case"):
            await desk.summary((await desk.open_cases()).items[0].id)

    async def test_it_has_all_its_tools(self, hosted: McpServer) -> None:
        """The doctor looks for the hosted tools, not for those of Google's packages."""
        assert await hosted.missing() == ()

    async def test_a_comment_with_no_proof_is_looked_for(self, desk: CaseDesk) -> None:
        """It stands on the case once, and an unknown priority is refused before anything is sent."""
        number = (await desk.open_cases()).items[0].id
        assert (await desk.comment(number, "sealed")).confirmed
        texts = [line.text for line in (await desk.case(number)).comments or ()]
        assert texts.count("sealed") == 1
        with pytest.raises(Refused, match="knows the priorities"):
            await desk.change_priority(number, "urgent")


async def test_the_older_spelling_is_followed_and_another_can_be_said(tmp_path: Path) -> None:
    """`case_id` where the server declares that; what is no page is no empty queue; a missing case is missing."""
    env = environment(tmp_path, STANDIN_SPELLING="snake")
    async with (
        served("hosted", env) as there,
        over_http("secops-soar", there.url, {}, google=True, arguments=TENANT) as server,
    ):
        desk, faults = HostedCaseDesk(server, CLOCK), Faults(tmp_path)
        queue = (await desk.open_cases()).items
        assert queue and (await desk.case(queue[0].id)).case == queue[0]
        with pytest.raises(Absent):
            await desk.case("99999")
        faults.set(tools={"list_cases": "text:{}"})
        assert (await HostedCaseDesk(server, CLOCK).open_cases()).items == ()
        for answer, said in (
            ('{"result": {"a": 1}}', "no page"),
            ('{"cases": [{"name": "cases/1", "createTime": "0"}]}', "creation time"),
        ):
            faults.set(tools={"list_cases": f"text:{answer}"})
            with pytest.raises(Unreadable, match=said):
                await HostedCaseDesk(server, CLOCK).open_cases()


def test_names_of_arguments() -> None:
    """The file's word first, then the tool's own spelling; an optional one is left out where nobody declares it."""
    given, extra = {"case_id": "1", "region": "eu"}, {"expand": "tags"}
    assert named(given, extra, {"caseId", "region", "expand"}, {}) == {"caseId": "1", "region": "eu", "expand": "tags"}
    assert named(given, extra, {"case_id", "region"}, {}) == given
    assert named(given, extra, set(), {}) == given
    assert named(given, {}, {"case_id"}, {"case_id": "number"}) == {"number": "1", "region": "eu"}
