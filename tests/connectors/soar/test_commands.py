"""SOAR_URL and SOAR_APP_KEY move the case desk to the legacy interface; commands answer over it and say its end."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app import Core, core
from bot.backends import connect
from bot.demo import ANCHOR, _pointed, organisation
from bot.doctor import examine
from bot.settings import Chronicle, Gti, Process, Scc, Settings, SettingsError, Slack, Soar, State
from connectors.clock import FixedClock
from connectors.google.cases import ChronicleCaseDesk
from connectors.mcp.cases import McpCaseDesk
from connectors.simulator import Simulator, SimulatorSettings, running
from connectors.soar.cases import SoarCaseDesk
from connectors.unconfigured import UnconfiguredCaseDesk
from tests.connectors.asking import ask

CLOCK = FixedClock(ANCHOR)


def settings(folder: Path, url: str = "http://127.0.0.1:1", key: str | None = "hunter2", **process: Path) -> Settings:
    soar = Soar(url=url, app_key=SecretStr(key) if key else None)
    made = Process().model_copy(update={"data": folder, "organisation": organisation(), **process})
    return Settings(made, Slack(), State(), Chronicle(), Gti(), Scc(), soar=soar)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with running(SimulatorSettings(now=ANCHOR, cases=600, history_days=90)) as simulator:
        yield simulator


@pytest.fixture
async def made(sim: Simulator, tmp_path: Path) -> AsyncIterator[Core]:
    wanted = settings(tmp_path, sim.soar_url, sim.soar_key)
    async with core(wanted, CLOCK, demo=False, memory_allowed=True) as one:
        yield one


async def test_the_queue_is_counted_and_the_end_stands_in_the_provenance(made: Core) -> None:
    """The open queue is the SOAR's, and its source carries the day on which the interface ends."""
    told = await ask(made, "case list")
    figure = next(one for one in told["figures"] if one["id"] == "queue.open")
    assert told["outcome"] == "answered"
    assert figure["value"] == len((await made.backends.cases.open_cases()).items) > 0
    assert not figure["truncated"]
    notes = [source["note"] for source in told["provenance"] if source["name"].startswith("SOAR cases")]
    assert notes and all("ends on 31 March 2027" in note for note in notes)


async def test_a_comment_a_priority_and_a_summary(made: Core) -> None:
    """Both writes are previewed, confirmed and stand on the case; the summary is shown."""
    number = (await made.backends.cases.open_cases()).items[0].id
    for line in (f"case comment {number} evidence is being preserved", f"case priority {number} low"):
        told = await ask(made, line)
        confirm = re.search(r"confirm [\w-]+", told["words"])
        assert told["outcome"] == "preview" and confirm
        assert (await ask(made, confirm[0]))["outcome"] == "applied"
    detail = await made.backends.cases.case(number)
    assert detail.case.priority == "low"
    assert any("evidence is being preserved" in line.text for line in detail.comments or ())
    assert "alerts on one host" in (await ask(made, f"case summary {number}"))["words"]


async def test_what_it_cannot_give_is_a_notice(made: Core) -> None:
    """A case is shown without its wall, and says so; metrics over a history that is not there say what to set."""
    number = (await made.backends.cases.open_cases()).items[0].id
    assert "Wall: not available over the SOAR's legacy interface." in (await ask(made, f"case show {number}"))["words"]
    told = await ask(made, "metrics soc --performance")
    assert "CHRONICLE_PROJECT_ID" in told["words"]
    assert not [one for one in told["figures"] if one["id"].startswith("mttr") and one["value"] is not None]


async def test_the_setting_chooses_the_desk(tmp_path: Path) -> None:
    """Legacy before Chronicle when it is set, MCP before both; half of it is a sentence without the key."""
    chronicle = Chronicle(project_id="p", customer_id="c", token=SecretStr("t"))
    both = replace(settings(tmp_path), chronicle=chronicle)
    for wanted, kind in (
        (both, SoarCaseDesk),
        (replace(both, soar=Soar()), ChronicleCaseDesk),
        (replace(both, chronicle=Chronicle(), soar=Soar()), UnconfiguredCaseDesk),
    ):
        backends = connect(wanted, CLOCK)
        assert isinstance(backends.cases, kind)
        await backends.close()
    file = tmp_path / "mcp.yaml"
    file.write_text("servers: {secops-soar: {command: secops_soar_mcp, env: [SOAR_URL, SOAR_APP_KEY]}}")
    assert isinstance(connect(settings(tmp_path, mcp=file), CLOCK).cases, McpCaseDesk)
    for half in (settings(tmp_path, url=""), settings(tmp_path, key=None)):
        with pytest.raises(SettingsError, match="belong together") as said:
            connect(half, CLOCK)
        assert "hunter2" not in str(said.value)


def test_the_demo_asks_no_soar(tmp_path: Path) -> None:
    """`--demo` answers from the simulated SOC whatever else is configured."""
    names = ("PROJECT_ID", "CUSTOMER_ID", "REGION", "API_URL", "TOKEN")
    at = dict.fromkeys((*(f"CHRONICLE_{name}" for name in names), "VT_APIKEY", "GTI_API_URL"), "x")
    pointed = _pointed(settings(tmp_path), at | dict.fromkeys(("SCC_PROJECT_ID", "SCC_API_URL"), "x"))
    assert not pointed.soar.configured and isinstance(connect(pointed, CLOCK).cases, ChronicleCaseDesk)


async def test_the_doctor_says_when_it_ends(sim: Simulator, tmp_path: Path) -> None:
    """A desk that answers is in order, and its sentence names the day and what to set by then."""
    findings = await examine(settings(tmp_path, sim.soar_url, sim.soar_key))
    desk = next(one for one in findings if one.sentence.startswith("Case desk"))
    assert desk.ok and "31 March 2027" in desk.sentence and "CHRONICLE_PROJECT_ID" in desk.sentence
