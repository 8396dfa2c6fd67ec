"""The commands answer through the MCP ports: with figures where there are any, and a notice for what MCP lacks."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.app import Core, core
from bot.demo import ANCHOR, organisation
from bot.settings import Chronicle, Gti, Process, Scc, Settings, Slack, State
from connectors.clock import FixedClock
from tests.connectors.asking import ask
from tests.connectors.mcp.rig import MODULE, ROOT

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Core]:
    folder = tmp_path_factory.mktemp("mcp")
    patch = pytest.MonkeyPatch()
    patch.setenv("PYTHONPATH", str(ROOT))
    patch.setenv("STANDIN_NOW", ANCHOR.isoformat())
    standin = ", ".join(f'"{part}"' for part in MODULE)
    names = ("secops-soar", "secops-mcp", "gti-mcp", "scc-mcp")
    lines = [
        f'  {name}: {{command: "{sys.executable}", args: [{standin}, {name}], env: [PYTHONPATH, STANDIN_NOW],'
        " timeout: 60}"
        for name in names
    ]
    file = folder / "mcp.yaml"
    file.write_text("\n".join(["servers:", *lines]))
    process = Process().model_copy(update={"data": folder / "data", "mcp": file, "organisation": organisation()})
    settings = Settings(process, Slack(), State(), Chronicle(), Gti(), Scc(project_id="soc-simulated"))
    async with core(settings, FixedClock(ANCHOR), demo=False, memory_allowed=True) as one:
        for server in one.backends.servers:
            await server.missing()
        yield one
    patch.undo()


def confirm(told: dict[str, Any]) -> str:
    """The line of a preview's confirming button."""
    found = re.search(r"confirm [\w:.-]+", told["words"])
    assert found, told["words"]
    return found[0]


def figure(told: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in told["figures"] if one["id"] == name)


async def test_case_show_names_what_is_missing(made: Core) -> None:
    """The case is shown with its alerts; its wall is said to be unavailable."""
    number = (await made.backends.cases.open_cases()).items[0].id
    told = await ask(made, f"case show {number}")
    assert told["outcome"] == "answered" and number in told["words"]
    assert "not available over MCP" in told["words"]


async def test_the_queue_is_counted(made: Core) -> None:
    """The open queue of the dashboard is the desk's, though the ledger's history is not to be had."""
    told = await ask(made, "monitor operations --soc-dashboard --realtime --kpis")
    queue = (await made.backends.cases.open_cases()).items
    assert told["outcome"] == "answered"
    assert figure(told, "queue.open")["value"] == len(queue) > 0
    assert told["verdict"]["status"] != "green"
    assert "is not configured" in told["words"]


async def test_alerts_and_indicators_are_said_to_be_counted(made: Core) -> None:
    """Totals stand with the note that the SIEM gave none."""
    told = await ask(made, "alerts --hours 24")
    assert told["outcome"] == "answered" and figure(told, "alerts.total")["value"] > 0
    assert "alerts were counted" in told["words"]
    told = await ask(made, "iocs")
    assert told["outcome"] == "answered"
    assert "not available over MCP" in told["words"]


async def test_threats_are_named(made: Core) -> None:
    """Profiles and recommendations have names; missing techniques are said."""
    told = await ask(made, "threats")
    assert told["outcome"] == "answered" and "EU finance" in told["words"] and "SIM-" in told["words"]
    assert "techniques of recommendations are not available over MCP" in told["words"]


async def test_posture_shows_no_score(made: Core) -> None:
    """Twenty findings of an arbitrary page: no top score, never green, both said."""
    told = await ask(made, "posture")
    assert told["outcome"] == "answered"
    assert "Attack exposure is not available over MCP" in told["words"]
    assert "first 20 findings" in told["words"]
    assert not [one for one in told["figures"] if one["id"] == "findings.top_score" and one["value"] is not None]
    assert told["verdict"]["status"] != "green"


async def test_a_comment_is_written_after_its_preview(made: Core) -> None:
    """The preview reads the case over MCP; applied, the comment is confirmed and on the case."""
    case = (await made.backends.cases.open_cases()).items[0]
    told = await ask(made, f"case comment {case.id} evidence is being preserved")
    assert told["outcome"] == "preview" and "evidence is being preserved" in told["words"]
    written = await ask(made, confirm(told))
    assert written["title"] == "Comment written"
    there = (await made.backends.cases.case(case.id)).comments or ()
    assert [record for record in there if "evidence is being preserved" in record.text]


async def test_what_mcp_cannot_do_is_told_and_not_done(made: Core) -> None:
    """A priority that cannot be changed is an error in words, with what to set instead."""
    case = (await made.backends.cases.open_cases()).items[0]
    wanted = "low" if case.priority != "low" else "high"
    told = await ask(made, f"case priority {case.id} {wanted}")
    done = await ask(made, confirm(told))
    assert done["outcome"] == "failed"
    assert "not available over MCP" in done["words"] and "CHRONICLE_PROJECT_ID" in done["words"]
    assert (await made.backends.cases.case(case.id)).case.priority == case.priority
