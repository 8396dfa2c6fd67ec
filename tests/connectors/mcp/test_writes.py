"""A comment over MCP is sent once, and called written only when the answer or the case itself shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from connectors.clock import FixedClock
from connectors.errors import Absent, Refused, Unavailable, Unreadable
from connectors.mcp.case_writes import summary_of
from connectors.mcp.cases import McpCaseDesk
from connectors.mcp.errors import MissingTool
from connectors.mcp.server import McpServer
from tests.connectors.mcp.rig import NOW, Faults, environment, over_stdio

pytestmark = pytest.mark.asyncio(loop_scope="module")

CASE = "1001"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("writes")


@pytest.fixture
def faults(folder: Path) -> Iterator[Faults]:
    made = Faults(folder)
    yield made
    made.set()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def soar(folder: Path) -> AsyncIterator[McpServer]:
    async with over_stdio("secops-soar", environment(folder)) as server:
        yield server


@pytest.fixture
def desk(soar: McpServer) -> McpCaseDesk:
    return McpCaseDesk(soar, FixedClock(NOW))


async def comments(desk: McpCaseDesk) -> list[str]:
    return [record.text for record in (await desk.case(CASE)).comments or ()]


async def test_an_empty_answer_is_settled_by_the_case(desk: McpCaseDesk, faults: Faults) -> None:
    """The SOAR wrote it and the server said nothing: reading back confirms, and it stands there once."""
    faults.set(tools={"post_case_comment": "deaf"})
    written = await desk.comment(CASE, "written in silence")
    assert (written.confirmed, written.detail) == (True, "confirmed by reading the case again")
    assert (await comments(desk)).count("written in silence") == 1


async def test_a_comment_that_only_looks_written_is_not_confirmed(desk: McpCaseDesk, faults: Faults) -> None:
    """The server's "success" without content, with the comment not on the case."""
    faults.set(tools={"post_case_comment": "empty"})
    written = await desk.comment(CASE, "never written")
    assert not written.confirmed and "the comment is not on the case" in written.detail
    faults.set()
    assert "never written" not in await comments(desk)


@pytest.mark.parametrize("answer", ["text:{}", 'text:{"id": 5}', "text:ok", 'text:{"comment": "another", "id": 5}'])
async def test_an_answer_without_the_comment_proves_nothing(desk: McpCaseDesk, faults: Faults, answer: str) -> None:
    """An id, a word, another comment's text: none of them is what was sent."""
    faults.set(tools={"post_case_comment": answer})
    assert not (await desk.comment(CASE, "mine")).confirmed


async def test_nothing_is_confirmed_when_reading_back_fails(desk: McpCaseDesk, faults: Faults) -> None:
    """Killed between writing and answering, and the case unreadable: "not confirmed", with both reasons."""
    faults.set(tools={"post_case_comment": "empty", "get_case_full_details": "empty"})
    written = await desk.comment(CASE, "who knows")
    assert not written.confirmed and "reading back failed" in written.detail


async def test_a_server_that_dies_while_writing_is_not_asked_again(desk: McpCaseDesk, faults: Faults) -> None:
    """The comment is not sent a second time, and the person is told that it is not confirmed."""
    await desk.ping()
    faults.set(tools={"post_case_comment": "die"})
    written = await desk.comment(CASE, "lost on the way")
    assert not written.confirmed and "went away during the call" in written.detail
    faults.set()
    assert "lost on the way" not in await comments(desk)


async def test_what_was_certainly_not_written_is_an_error(desk: McpCaseDesk, faults: Faults) -> None:
    """A refusal and a missing tool are errors, not doubts."""
    faults.set(tools={"post_case_comment": "error:Forbidden"})
    with pytest.raises(Refused):
        await desk.comment(CASE, "no")
    with pytest.raises(Absent):
        await desk.comment("../1001", "no")


async def test_a_missing_tool_writes_nothing(folder: Path, faults: Faults) -> None:
    """The server lists no post_case_comment."""
    faults.set(hide=["post_case_comment"])
    async with over_stdio("secops-soar", environment(folder)) as server:
        with pytest.raises(MissingTool):
            await McpCaseDesk(server, FixedClock(NOW)).comment(CASE, "no")


async def test_a_case_whose_soar_is_away_is_not_absent(desk: McpCaseDesk, faults: Faults) -> None:
    """Three nulls mean "missing" only while the SOAR lists cases; else it is away."""
    nulls = 'text:{"case_details:": null, "case_alerts": null, "case_comments": null}'
    faults.set(tools={"get_case_full_details": nulls})
    with pytest.raises(Absent):
        await desk.case(CASE)
    faults.set(tools={"get_case_full_details": nulls, "list_cases": "empty"})
    with pytest.raises(Unavailable):
        await desk.case(CASE)


async def test_parts_of_a_case_fail_alone(desk: McpCaseDesk, faults: Faults) -> None:
    """Null comments and unreadable alerts are notices; a first page of several is said; both key spellings are read."""
    case = '"case_details": {"id": 7, "createTime": 1795300000000}'
    faults.set(tools={"get_case_full_details": f'text:{{{case}, "case_alerts": [{{}}], "case_comments": null}}'})
    detail = await desk.case("7")
    assert (detail.case.id, detail.alerts, detail.comments) == ("7", None, None)
    assert [notice.split(":")[0] for notice in detail.notices] == ["Wall", "Alerts", "Comments"]
    page = '{"comments": [], "nextPageToken": "x"}'
    faults.set(tools={"get_case_full_details": f'text:{{{case}, "case_alerts": [], "case_comments": {page}}}'})
    assert "Comments: the first page alone is available over MCP; more exist." in (await desk.case("7")).notices


async def test_a_queue_that_is_cut_says_so(soar: McpServer, faults: Faults) -> None:
    """A token that repeats, a page limit, a total that does not add up: each is a note and `truncated`."""
    short = await McpCaseDesk(soar, FixedClock(NOW), max_pages=2).open_cases()
    assert short.truncated and short.notes == ("Stopped after 2 pages of Case desk; more exist.",)
    case = '{"id": 7, "createTime": 1795300000000, "status": "Opened"}'
    for extra, said in (('"nextPageToken": "x"', "repeated page 2"), ('"totalSize": 9', "counts 9 cases and gave 1")):
        faults.set(tools={"list_cases": f'text:{{"cases": [{case}], {extra}}}'})
        reading = await McpCaseDesk(soar, FixedClock(NOW)).open_cases()
        assert reading.truncated and said in reading.notes[0] and len(reading.items) == 1


async def test_the_raw_result_of_an_action_is_read_or_refused() -> None:
    """The summary is found where actions put it; a result without one is unreadable, never an empty summary."""
    assert (
        summary_of("Case desk", {"resultCode": 0, "message": "Done", "resultJsonObject": '{"summary": "S"}'}).text
        == "S"
    )
    assert summary_of("Case desk", {"Message": "All in words"}).text == "All in words"
    for nothing in ({}, {"resultCode": 0}, [], "7", {"message": "  "}):
        with pytest.raises(Unreadable):
            summary_of("Case desk", nothing)
