"""A server that dies, hangs, babbles or lacks a tool costs one typed error within the budget; the next call works."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from connectors.clock import FixedClock, SystemClock
from connectors.errors import BackendError, NotConfigured, Refused, TimedOut, Unavailable, Unreadable
from connectors.mcp.alerts import McpAlertFeed
from connectors.mcp.cases import McpCaseDesk
from connectors.mcp.errors import MissingTool, NotSent
from connectors.mcp.server import McpServer
from connectors.mcp.spec import ServerSpec
from connectors.models.reading import Window
from tests.connectors.mcp.rig import NOW, SECRET, Faults, environment, over_http, over_stdio, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

BUDGET = 1.0
SLACK = 10.0
"""What busy cores may add to a budget before it counts as broken; a server that hangs would cost PATIENCE."""

PATIENCE = 60.0
"""For what a busy machine makes slow, a start above all."""

ONE_PAGE = {"next_page_token": None}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest.fixture
def faults(folder: Path) -> Iterator[Faults]:
    made = Faults(folder)
    yield made
    made.set()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def soar(folder: Path) -> AsyncIterator[McpServer]:
    async with over_stdio(
        "secops-soar", environment(folder), SystemClock(), timeout=PATIENCE, start_seconds=PATIENCE
    ) as server:
        yield server


@pytest.mark.parametrize("fault", ["hang", "freeze", "garbage only"])
async def test_a_server_that_does_not_answer_costs_the_budget(soar: McpServer, faults: Faults, fault: str) -> None:
    """The call ends when its time is up; a server that answers nothing at all any more is replaced."""
    await soar.missing()
    faults.set(tools={"list_cases": fault})
    started = time.monotonic()
    with pytest.raises(TimedOut, match="timed out after 1 s"):
        await soar.call("list_cases", ONE_PAGE, seconds=BUDGET)
    assert time.monotonic() - started < BUDGET + SLACK
    faults.set()
    assert (await soar.call("list_cases", ONE_PAGE))["cases"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("die", Unavailable),
        ("huge", Unreadable),
        ("empty", Unavailable),
        ("text:null", Unavailable),
        ('text:{"error": "boom", "details": "x"}', Unavailable),
        ('text:{"Status": "Failed", "Message": "x"}', Unavailable),
        ("text:Error retrieving cases: 500", Unavailable),
        ("text:<html>", Unreadable),
        ("text:{}", Unreadable),
        ('text:{"cases": [{"id": 1, "createTime": "soon"}]}', Unreadable),
        ("error:Permission denied for somebody@example.org", Refused),
        ("error:boom https://x/?key=abc", Unavailable),
    ],
)
async def test_a_fault_is_one_typed_error(
    soar: McpServer, faults: Faults, fault: str, error: type[BackendError]
) -> None:
    """Without the server's words; what was wrong does not outlive it."""
    desk = McpCaseDesk(soar, SystemClock())
    faults.set(tools={"list_cases": fault})
    with pytest.raises(error) as caught:
        await desk.open_cases()
    assert "boom" not in str(caught.value) and "somebody" not in str(caught.value) and "abc" not in str(caught.value)
    faults.set()
    assert (await desk.open_cases()).items


async def test_lines_on_stdout_that_are_no_messages_are_passed_over(
    soar: McpServer, faults: Faults, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that prints to stdout is still understood, and its lines reach no log."""
    await soar.missing()
    faults.set(tools={"list_cases": "garbage"})
    with caplog.at_level(logging.DEBUG):
        assert await soar.call("list_cases", ONE_PAGE)
    assert "somebody printed" not in caplog.text


async def test_a_server_killed_between_calls_is_replaced_unnoticed(soar: McpServer) -> None:
    """Its end is seen before the next call, which costs a start and no error."""
    await soar.missing()
    os.kill(_child("secops-soar"), signal.SIGKILL)
    await _until(lambda: soar._link is None or soar._link.over.is_set())
    assert await soar.call("list_cases", ONE_PAGE)


async def test_calls_in_flight_share_the_loss_and_one_restart(soar: McpServer, faults: Faults) -> None:
    """When a server dies under several calls, each has its error, and the next ones find one new session."""
    await soar.missing()
    faults.set(tools={"list_cases": "hang", "get_case_full_details": "die"})
    asked = [asyncio.ensure_future(soar.call("list_cases", ONE_PAGE)) for _ in range(3)]
    await asyncio.sleep(0.1)
    answers = await asyncio.gather(*asked, soar.call("get_case_full_details", {"case_id": "1"}), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 4
    faults.set()
    both = await asyncio.gather(*(soar.call("list_cases", ONE_PAGE) for _ in range(2)))
    assert all(answer["cases"] for answer in both)
    assert len(_children("secops-soar")) == 1


async def test_a_slow_call_does_not_hold_up_the_others(soar: McpServer, faults: Faults) -> None:
    """One session carries several calls at a time."""
    await soar.missing()
    faults.set(tools={"get_case_full_details": "hang"})
    slow = asyncio.ensure_future(soar.call("get_case_full_details", {"case_id": "1"}))
    await asyncio.sleep(0.05)
    assert (await soar.call("list_cases", ONE_PAGE))["cases"]
    assert not slow.done()
    slow.cancel()


async def test_a_missing_tool_is_named_and_a_renamed_one_mapped(folder: Path, faults: Faults) -> None:
    """A tool that is not listed is not called; the name map of the file finds it under another name."""
    faults.set(rename={"list_cases": "get_cases"}, hide=["siemplify_create_gemini_case_summary"])
    async with over_stdio("secops-soar", environment(folder)) as server:
        with pytest.raises(MissingTool, match="secops-soar has no tool list_cases"):
            await McpCaseDesk(server, FixedClock(NOW)).open_cases()
        assert (await server.call("get_case_full_details", {"case_id": "1001"}))["case_details:"]
        assert await server.missing() == ("list_cases", "siemplify_create_gemini_case_summary")
    async with over_stdio("secops-soar", environment(folder), tools={"list_cases": "get_cases"}) as server:
        desk = McpCaseDesk(server, FixedClock(NOW))
        assert (await desk.open_cases()).items
        ping = await desk.ping()
        assert ping.ok and "no tool siemplify_create_gemini_case_summary" in ping.detail


async def test_a_server_that_ends_while_starting_is_put_off() -> None:
    """A refused start is an error, the next attempt waits, and its last words are kept without the secret."""
    code = "import os, sys; sys.exit('SOAR said no to ' + os.environ['STANDIN_SECRET'])"
    spec = ServerSpec(command=sys.executable, args=("-c", code), env=("STANDIN_SECRET",))
    clock = FixedClock(NOW)
    server = McpServer("secops-soar", spec, {"STANDIN_SECRET": SECRET}, clock)
    for wait in (0.5, 1.0):
        with pytest.raises(NotSent, match="ended while it was starting"):
            await server.call("list_cases", ONE_PAGE)
        with pytest.raises(NotSent, match=f"tried again in {wait} s"):
            await server.call("list_cases", ONE_PAGE)
        clock.advance(wait)
    assert server.last_words() == "SOAR said no to [secret]"
    await server.close()


async def test_a_command_that_is_not_there_and_a_variable_that_is_not_set() -> None:
    """Both are the operator's to mend, and say so."""
    absent = McpServer("gti-mcp", ServerSpec(command="no-such-command-anywhere"), {}, FixedClock(NOW))
    with pytest.raises(NotConfigured, match="the command cannot be run"):
        await absent.call("list_threat_profiles", {})
    await absent.close()
    bare = McpServer("gti-mcp", ServerSpec(command="gti_mcp", env=("VT_APIKEY",)), {}, FixedClock(NOW))
    with pytest.raises(NotConfigured, match="needs VT_APIKEY"):
        await bare.call("list_threat_profiles", {})


async def test_secrets_do_not_leave_by_stderr(soar: McpServer, faults: Faults) -> None:
    """What a child prints is kept without its secrets and control characters."""
    await soar.missing()
    faults.set(tools={"list_cases": "leak"})
    link = soar._link
    assert link is not None
    with pytest.raises(Unavailable):
        await soar.call("list_cases", ONE_PAGE)
    await asyncio.wait_for(asyncio.shield(link.task), 10)
    said = " ".join(link.stderr.last)
    assert "key=[secret]" in said and SECRET not in said
    assert "\x1b" not in said and "\u202e" not in said


async def test_only_the_named_variables_reach_the_child(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child gets its own secrets and no others of the bot's."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-not-yours")
    async with over_stdio("gti-mcp", environment(folder)) as server:
        await server.missing()
        handed = Path(f"/proc/{_child('gti-mcp')}/environ").read_bytes()
    assert b"STANDIN_SECRET" in handed and b"SLACK_BOT_TOKEN" not in handed


async def test_close_leaves_no_child(folder: Path, faults: Faults) -> None:
    """Even one that no longer listens is gone after close."""
    async with over_stdio("scc-mcp", environment(folder), timeout=0.5) as server:
        await server.missing()
        child = _child("scc-mcp")
        faults.set(tools={"top_vulnerability_findings": "freeze"})
        with pytest.raises(TimedOut):
            await server.call("top_vulnerability_findings", {"project_id": "p"})
    assert not Path(f"/proc/{child}").exists()


async def test_the_breaker_spares_a_server_that_keeps_failing(folder: Path, faults: Faults) -> None:
    """After five failures in a row nothing is asked for a while."""
    clock = FixedClock(NOW)
    faults.set(tools={"list_cases": "empty"})
    async with over_stdio("secops-soar", environment(folder), clock) as server:
        for _ in range(5):
            with pytest.raises(Unavailable):
                await server.call("list_cases", ONE_PAGE)
        faults.set()
        with pytest.raises(NotSent, match="not asked for another 30 s"):
            await server.call("list_cases", ONE_PAGE)
        clock.advance(31)
        assert await server.call("list_cases", ONE_PAGE)


async def test_a_count_is_shown_only_where_it_is_the_windows(folder: Path, faults: Faults) -> None:
    """Unreadable details leave the count for a window that ends now, an error for any other; never a record."""
    text = "Found 7 security alerts:\\n\\nAlert 1:\\nRule: x\\nStatus: CLOSED\\n\\n"
    faults.set(tools={"get_security_alerts": f'text:"{text}"'})
    async with over_stdio("secops-mcp", environment(folder)) as server:
        feed = McpAlertFeed(server, FixedClock(NOW))
        reading = await feed.alerts(Window(NOW - timedelta(hours=24), NOW))
        assert (reading.one.total, reading.one.alerts, reading.truncated) == (7, (), True)
        assert reading.notes == ("7 alerts of the last 24 h; their details are unreadable over MCP and none is shown.",)
        with pytest.raises(Unreadable, match="cannot be placed in the window"):
            await feed.alerts(Window(NOW - timedelta(hours=48), NOW - timedelta(hours=24)))
        with pytest.raises(Unreadable, match="cannot be placed in the window"):
            await feed.alerts(Window(NOW - timedelta(hours=23, minutes=30), NOW))


class TestHttp:
    """The same over streamable-http."""

    async def test_a_wrong_bearer_is_a_refusal(self, folder: Path) -> None:
        """401 is the operator's to mend, and the bearer is not shown."""
        async with (
            served("scc-mcp", environment(folder, STANDIN_BEARER="right")) as there,
            over_http("scc-mcp", there.url, {"STANDIN_HEADER": "Bearer wrong-one"}) as server,
        ):
            with pytest.raises(Refused) as caught:
                await server.missing()
        assert caught.value.status == 401 and "wrong-one" not in str(caught.value)

    async def test_nobody_listens(self) -> None:
        """A refused connection is an error at once."""
        async with over_http("scc-mcp", "http://127.0.0.1:9/mcp", {}) as server:
            with pytest.raises(NotSent, match="no connection"):
                await server.call("top_vulnerability_findings", {"project_id": "p"})

    async def test_a_fault_is_one_typed_error(self, folder: Path, faults: Faults) -> None:
        """Hanging, too large, killed mid-call, then a new process at the same address: one error each, then answers."""
        env = environment(folder)
        tool, asked = "top_vulnerability_findings", {"project_id": "p"}
        async with (
            served("scc-mcp", env) as there,
            over_http("scc-mcp", there.url, {}, SystemClock(), timeout=PATIENCE) as server,
        ):
            assert await server.call(tool, asked)
            for fault, error in (("hang", TimedOut), ("huge", Unreadable)):
                faults.set(tools={tool: fault})
                with pytest.raises(error):
                    await server.call(tool, asked, seconds=BUDGET if fault == "hang" else PATIENCE)
                faults.set()
                assert await server.call(tool, asked)
            faults.set(tools={tool: "die"})
            with pytest.raises((Unavailable, TimedOut)):
                await server.call(tool, asked)
            faults.set()
            with pytest.raises((Unavailable, TimedOut)):
                await server.call(tool, asked)
            port = there.url.split(":")[2].split("/")[0]
            async with served("scc-mcp", environment(folder, STANDIN_PORT=port)):
                await asyncio.sleep(1.1)  # the put-off after the start that found nobody
                assert await server.call(tool, asked)


def _children(name: str) -> list[int]:
    """Pids of the stand-ins for this server that this process has started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if parent == os.getpid() and f"standin\0{name}".encode() in line:
                found.append(int(entry.name))
    return found


def _child(name: str) -> int:
    [found] = _children(name)
    return found


async def _until(true: Callable[[], bool], within: float = 10.0) -> None:
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)
