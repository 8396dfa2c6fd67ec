"""The file of SOC_BOT_MCP: which backends it moves to MCP, what is wrong with it, and what the doctor finds."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.backends import connect
from bot.demo import _pointed
from bot.doctor import examine
from bot.settings import Chronicle, Gti, Process, Scc, Settings, SettingsError, Slack, State
from connectors.clock import FixedClock
from connectors.google.scc import SccCloudPosture
from connectors.mcp.alerts import McpAlertFeed
from connectors.mcp.cases import McpCaseDesk
from connectors.mcp.hosted_cases import HostedCaseDesk
from connectors.unconfigured import UnconfiguredThreatIntel
from tests.connectors.mcp.rig import MODULE, NOW, ROOT, Faults

TWO = """servers:
  secops-soar:
    command: secops_soar_mcp
    args: [--integrations, Siemplify]
    env: [SOAR_URL, SOAR_APP_KEY]
  secops-mcp:
    url: https://chronicle.eu.rep.googleapis.com/mcp
    google: true
    arguments: {projectId: p}
    tools: {get_security_alerts: list_security_alerts}
"""


def settings(folder: Path, text: str) -> Settings:
    file = folder / "mcp.yaml"
    file.write_text(text)
    process = Process().model_copy(update={"data": folder / "data", "mcp": file})
    return Settings(process, Slack(), State(), Chronicle(), Gti(), Scc(project_id="p"))


async def test_the_file_chooses_per_backend(tmp_path: Path) -> None:
    """What stands in the file is asked over MCP, everything else as before; nothing is started yet."""
    made = connect(settings(tmp_path, TWO), FixedClock(NOW))
    assert isinstance(made.cases, McpCaseDesk) and isinstance(made.alerts, McpAlertFeed)
    assert isinstance(made.posture, SccCloudPosture) and isinstance(made.intel, UnconfiguredThreatIntel)
    assert [server.name for server in made.servers] == ["secops-soar", "secops-mcp"]
    await made.close()


async def test_googles_hosted_server_is_told_the_tenant(tmp_path: Path) -> None:
    """A url of Google's own has the hosted tools, and the tenant of the settings in every call; the file's word goes
    first, in either spelling.
    """
    text = "servers: {secops-soar: {url: 'https://h/mcp', google: true, arguments: {customerId: other}}}"
    bare = settings(tmp_path, text)
    known = Chronicle().model_copy(update={"project_id": "p1", "customer_id": "c1", "token": SecretStr("t")})
    made = connect(replace(bare, chronicle=known), FixedClock(NOW))
    assert isinstance(made.cases, HostedCaseDesk)
    assert made.servers[0].spec.arguments == {"project_id": "p1", "customerId": "other", "region": "us"}
    await made.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("servers: {splunk: {command: x}}", "splunk"),
        ("servers: {gti-mcp: {}}", "either command or url"),
        ("servers: {gti-mcp: {command: x, url: 'https://h'}}", "either command or url"),
        ("servers: {gti-mcp: {command: x, headers: {A: B}}}", "headers and google belong to a url"),
        ("servers: {gti-mcp: {url: 'http://far.example/mcp'}}", "must be https"),
        ("servers: {gti-mcp: {url: 'https://u:p@h/mcp'}}", "no user, password or query"),
        ("servers: {gti-mcp: {command: x, env: ['A=secret']}}", "values do not belong in the file"),
        ("servers: {gti-mcp: {command: x, timeout: 0}}", "timeout"),
        ("servers: {gti-mcp: {comand: x}}", "comand"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    """File, line and field are named; a value that may be a secret is not."""
    with pytest.raises(SettingsError) as caught:
        connect(settings(tmp_path, text), FixedClock(NOW))
    assert "mcp.yaml" in str(caught.value) and said in str(caught.value)
    assert "A=secret" not in str(caught.value) and "u:p@h" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Naming a file that does not exist is a mistake, not "no MCP"."""
    made = settings(tmp_path, TWO)
    assert made.process.mcp is not None
    made.process.mcp.unlink()
    with pytest.raises(SettingsError, match=r"mcp\.yaml"):
        connect(made, FixedClock(NOW))


def test_the_demo_asks_no_server(tmp_path: Path) -> None:
    """`--demo` answers from the simulated SOC whatever else is configured."""
    names = (
        "CHRONICLE_PROJECT_ID",
        "CHRONICLE_CUSTOMER_ID",
        "CHRONICLE_REGION",
        "CHRONICLE_API_URL",
        "CHRONICLE_TOKEN",
    )
    at = dict.fromkeys((*names, "VT_APIKEY", "GTI_API_URL", "SCC_PROJECT_ID", "SCC_API_URL"), "x")
    assert _pointed(settings(tmp_path, TWO), at).process.mcp is None


async def test_the_doctor_tells_each_servers_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One whole, one lacking a tool, one that ends, one whose variable is missing: a finding each, with its fix."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("STANDIN_FAULTS", str(tmp_path / "faults.json"))
    monkeypatch.setenv("GTI_WORD", "hunter22")
    Faults(tmp_path).set(hide=["siemplify_create_gemini_case_summary"])
    standin = ", ".join(f'"{part}"' for part in MODULE)
    env = "env: [PYTHONPATH, STANDIN_FAULTS]"
    code = "import os, sys; sys.exit('no key ' + os.environ['GTI_WORD'])"
    text = f"""servers:
  secops-soar: {{command: "{sys.executable}", args: [{standin}, secops-soar], {env}}}
  secops-mcp: {{command: "{sys.executable}", args: [{standin}, secops-mcp], env: [SOC_BOT_TEST_NOT_SET]}}
  gti-mcp: {{command: "{sys.executable}", args: ["-c", "{code}"], env: [GTI_WORD]}}
  scc-mcp: {{command: "{sys.executable}", args: [{standin}, scc-mcp], {env}}}
"""
    findings = [f for f in await examine(settings(tmp_path, text)) if f.sentence.startswith("MCP server")]
    soar, siem, gti, scc = findings
    assert (soar.ok, siem.ok, gti.ok, scc.ok) == (False, False, False, True)
    assert "has no tool siemplify_create_gemini_case_summary" in soar.sentence and "--integrations" in soar.fix
    assert "needs SOC_BOT_TEST_NOT_SET" in siem.sentence
    assert "Its last words: “no key [secret]”" in gti.sentence and "hunter22" not in str(findings)
    assert scc.sentence == "MCP server scc-mcp: answers, and has all its tools."
