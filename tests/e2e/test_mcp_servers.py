"""Google's four MCP servers as their packages ship them, in an environment of their own, behind our ports.

`secops_soar_mcp` is pointed at the simulated SOC by SOAR_URL, as its own documentation says; the other three have no
such setting: they are started, listed, and asked without credentials, which must end in the error documented for it.
SOC_BOT_TEST_MCP_SERVERS names an environment that has the packages already; else one is made, which takes a minute.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.clock import FixedClock
from connectors.errors import Absent, BackendError, NotConfigured, Unavailable
from connectors.google.auth import api_key
from connectors.http import HttpBackend
from connectors.mcp.alerts import McpAlertFeed
from connectors.mcp.cases import McpCaseDesk
from connectors.mcp.errors import MissingTool, NotSent
from connectors.mcp.intel import McpThreatIntel
from connectors.mcp.posture import McpCloudPosture
from connectors.mcp.server import McpServer
from connectors.mcp.spec import TOOLS, ServerSpec
from connectors.models.reading import Window
from connectors.simulator import Fault, Simulator, SimulatorSettings, running
from connectors.soar.cases import SoarCaseDesk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PACKAGES = ("google-secops-mcp==0.7.1", "secops-soar-mcp==0.1.2", "gti-mcp==0.1.3", "scc-mcp==0.1.1")
COMMANDS = {
    "secops-soar": "secops_soar_mcp",
    "secops-mcp": "secops_mcp",
    "gti-mcp": "gti_mcp",
    "scc-mcp": "scc_mcp",
}
TENANT = {"CHRONICLE_PROJECT_ID": "p", "CHRONICLE_CUSTOMER_ID": "c", "CHRONICLE_REGION": "us"}
"""Without these the SIEM's server falls back to a tenant that is written into its source."""

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
CLOCK = FixedClock(NOW)
DAY = Window(NOW - timedelta(days=1), NOW)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment of the servers; without it the tests are skipped, with pip's own reason."""
    ready = os.environ.get("SOC_BOT_TEST_MCP_SERVERS")
    if ready:
        return Path(ready)
    folder = tmp_path_factory.mktemp("servers") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
    line = [str(folder / "bin" / "pip"), "install", "--quiet", "--no-input", *PACKAGES]
    done = subprocess.run(line, capture_output=True, text=True, timeout=500, check=False)
    if done.returncode:
        said = [text for text in done.stderr.splitlines() if text.startswith("ERROR")]
        pytest.skip(f"the four servers cannot be installed here: {said[-1] if said else done.stderr[-300:]}")
    return folder


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with running(SimulatorSettings(now=NOW, cases=600, history_days=90)) as simulator:
        yield simulator


@asynccontextmanager
async def started(home: Path, name: str, *args: str, **env: str) -> AsyncIterator[McpServer]:
    """The server as its console script starts it; no credentials of this machine are looked for."""
    given = {"HOME": str(home), "NO_GCE_CHECK": "true", **env}
    spec = ServerSpec(command=str(home / "bin" / COMMANDS[name]), args=args, env=tuple(given), timeout=60)
    server = McpServer(name, spec, given, CLOCK, start_seconds=90)
    try:
        yield server
    finally:
        await server.close()


def soar(sim: Simulator, key: str = "") -> dict[str, str]:
    return {"SOAR_URL": sim.soar_url, "SOAR_APP_KEY": key or sim.soar_key}


async def test_the_queue_is_that_of_the_soar_itself(home: Path, sim: Simulator) -> None:
    """Through the real server and straight over REST: the same open cases, field by field; a case, in both, alike."""
    rest = SoarCaseDesk(HttpBackend("Case desk", sim.soar_url, api_key("AppKey", sim.soar_key), CLOCK), CLOCK)
    async with started(home, "secops-soar", **soar(sim)) as server:
        desk = McpCaseDesk(server, CLOCK)
        ours, theirs = await desk.open_cases(), await rest.open_cases()
        assert ours.items and not ours.truncated
        assert [(c.id, c.title, c.priority, c.status, c.assignee, c.created_at) for c in ours.items] == [
            (c.id, c.title, c.priority, c.status, c.assignee, c.created_at) for c in theirs.items
        ]
        one, two = await desk.case(ours.items[0].id), await rest.case(ours.items[0].id)
        assert (one.case.title, one.alerts, one.comments) == (two.case.title, two.alerts, two.comments)
        with pytest.raises(Absent):
            await desk.case("99999")


async def test_a_comment_is_proved_and_a_broken_link_is_no_empty_queue(home: Path, sim: Simulator) -> None:
    """What the server reports as success while its SOAR is away is an error here, and a lost comment not confirmed."""
    async with started(home, "secops-soar", **soar(sim)) as server:
        desk = McpCaseDesk(server, CLOCK)
        written = await desk.comment("1599", "evidence *preserved* <!here>")
        assert written.confirmed
        texts = [line.text for line in (await desk.case("1599")).comments or ()]
        assert texts.count("evidence *preserved* <!here>") == 1
        sim.faults.add(Fault("soar", status=500))
        with pytest.raises(Unavailable):
            await desk.open_cases()
        assert not (await desk.comment("1599", "never there")).confirmed
        sim.faults.clear()
        assert (await desk.open_cases()).items
        assert "never there" not in [line.text for line in (await desk.case("1599")).comments or ()]


async def test_the_summary_needs_the_packages_folder_on_the_path(home: Path, sim: Simulator) -> None:
    """The console script loses `marketplace` and so its Gemini tool; with the folder on PYTHONPATH it is there."""
    integrations = ("--integrations", "Siemplify")
    async with started(home, "secops-soar", *integrations, **soar(sim)) as server:
        assert await server.missing() == ("siemplify_create_gemini_case_summary",)
        with pytest.raises(MissingTool):
            await McpCaseDesk(server, CLOCK).summary("1599")
    folder = next((home / "lib").glob("python3*/site-packages/secops_soar_mcp"))
    async with started(home, "secops-soar", *integrations, **soar(sim), PYTHONPATH=str(folder)) as server:
        assert await server.missing() == ()
        assert "alerts on one host" in (await McpCaseDesk(server, CLOCK).summary("1599")).text


async def test_a_wrong_key_ends_the_server_before_it_answers(home: Path, sim: Simulator) -> None:
    """It refuses to start; that is told with its last words, in which the key does not stand."""
    async with started(home, "secops-soar", **soar(sim, "hunter2-key")) as server:
        with pytest.raises(NotSent, match="ended while it was starting"):
            await McpCaseDesk(server, CLOCK).open_cases()
        assert "valid scopes" in server.last_words() and "hunter2-key" not in server.last_words()


async def test_the_bot_answers_over_the_real_server(home: Path, sim: Simulator, tmp_path: Path) -> None:
    """`soc-bot ask` with the file of SOC_BOT_MCP: the open queue is the SOAR's."""
    file = tmp_path / "mcp.yaml"
    command = home / "bin" / COMMANDS["secops-soar"]
    file.write_text(f"servers: {{secops-soar: {{command: {command}, env: [SOAR_URL, SOAR_APP_KEY], timeout: 60}}}}")
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    data = {"SOC_BOT_MCP": str(file), "SOC_BOT_DATA": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}
    done = await _ask(tmp_path, {**kept, **data, **soar(sim)})
    figures = {figure["id"]: figure for figure in json.loads(done)["figures"]}
    assert figures["queue.open"]["value"] == len(sim.site.backends([]).desk.index.open_cases()) > 0
    assert figures["queue.open"]["sources"] == ["SOAR cases (MCP)"]


async def _ask(folder: Path, env: dict[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli", "ask", "--format", "json", "case list"),
        cwd=folder,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, errors.decode()
    return out.decode()


async def test_the_siem_server_starts_and_fails_in_prose(home: Path) -> None:
    """All tools of the port are there; "Error …" in a successful answer is what it is: no credentials."""
    async with started(home, "secops-mcp", **TENANT) as server:
        assert await server.missing() == ()
        feed = McpAlertFeed(server, CLOCK)
        for ask in (feed.alerts(DAY), feed.ioc_matches(DAY), feed.rules(), feed.rule_activity(DAY)):
            with pytest.raises(NotConfigured, match="no usable credentials"):
                await ask


async def test_the_threat_server_starts_and_says_that_it_failed(home: Path) -> None:
    """The only one of the four whose `isError` is honest; without a key every question is an error."""
    async with started(home, "gti-mcp") as server:
        assert await server.missing() == ()
        intel = McpThreatIntel(server, CLOCK)
        with pytest.raises(BackendError):
            await intel.profiles()
        assert not (await intel.ping()).ok


async def test_the_posture_server_starts_and_answers_an_error_as_data(home: Path) -> None:
    """`{"error": "Security Center Client not initialized."}` is no finding."""
    async with started(home, "scc-mcp") as server:
        assert await server.missing() == ()
        with pytest.raises(NotConfigured, match="no usable credentials"):
            await McpCloudPosture(server, "p", CLOCK).findings()


def test_all_four_are_tried() -> None:
    """Every server that the bot knows stands in this file."""
    assert COMMANDS.keys() == TOOLS.keys()
