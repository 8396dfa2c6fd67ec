"""`soc-bot mcp` as a process: the protocol alone on standard output, an end on SIGTERM, sentences for what is wrong."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client

from bot.mcp import command
from bot.settings import SettingsError, load
from tests.bot.mcp.site import ACCESS

ROOT = Path(__file__).parents[3]
DEMO = ("-m", "bot.cli", "mcp", "--demo", "--cases", "400")
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "SOC_BOT_DATA": str(folder / "data"), **more}


async def test_an_agent_host_talks_to_it_over_stdio(tmp_path: Path) -> None:
    """Started by the SDK's client as a host would: tools with schemas, figures, a preview and its confirmation."""
    child = StdioServerParameters(command=sys.executable, args=list(DEMO), env=environment(tmp_path), cwd=tmp_path)
    with (tmp_path / "stderr").open("w") as errors:
        async with stdio_client(child, errors) as (reading, writing), ClientSession(reading, writing) as host:
            await host.initialize()
            listed = {tool.name: tool for tool in (await host.list_tools()).tools}
            board = await host.call_tool("monitor_operations", {"soc_dashboard": True})
            preview = await host.call_tool("case_comment", {"case_id": "1001", "text": "seen"})
            done = await host.call_tool("confirm", {"token": preview.structured_content["confirm"]})
    assert listed["monitor_operations"].title == "/security:monitor operations"
    assert listed["monitor_operations"].annotations and listed["monitor_operations"].annotations.read_only_hint
    assert listed["case_show"].input_schema["required"] == ["case_id"]
    figures = {figure["id"]: figure for figure in board.structured_content["figures"]}
    assert figures["queue.open"]["value"] > 0 and figures["queue.open"]["definition"]
    assert board.structured_content["simulated"] is True
    assert done.structured_content["outcome"] == "applied"


async def _started(folder: Path, *args: str, **env: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, *args),
        cwd=folder,
        env=environment(folder, **env),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def _greeted(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdin and process.stdout
    process.stdin.write(json.dumps(HELLO).encode() + b"\n")
    line = await asyncio.wait_for(process.stdout.readline(), 60)
    answer: dict[str, Any] = json.loads(line)
    return answer


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own as the present one, with nothing but an access file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "access.yaml").write_text(ACCESS)
    return tmp_path


@pytest.mark.parametrize("way", ["sigterm", "endless line"])
async def test_it_ends_when_it_is_told(tmp_path: Path, way: str) -> None:
    """SIGTERM while the client holds the pipe open, and a message beyond the limit: each ends it with 0. Garbage does
    not; nothing but the protocol stands on standard output.
    """
    process = await _started(tmp_path, *DEMO)
    assert process.stdin and process.stdout
    process.stdin.write(b"not json\n\xff\xfe\n")
    answer = await _greeted(process)
    assert answer["result"]["serverInfo"]["name"] == "soc-manager-bot"
    if way == "sigterm":
        process.send_signal(signal.SIGTERM)
    else:
        process.stdin.write(b"x" * (5 * 1024 * 1024))
    assert await asyncio.wait_for(process.wait(), 30) == 0
    assert await process.stdout.read() == b""


async def test_it_listens_with_a_token_per_person(tmp_path: Path) -> None:
    """`--http` prints its address and refuses whoever brings no token; told to end, it leaves no server behind."""
    import httpx2

    from tests.bot.mcp.site import row

    file = tmp_path / "tokens.yaml"
    file.write_text(f"tokens: [{{user: lead-01, sha256: {row('lead-01', 'secret-token').sha256}}}]")
    process = await _started(tmp_path, *DEMO, "--http", "--port", "0", SOC_BOT_MCP_TOKENS=str(file))
    try:
        assert process.stdout and process.stderr
        url = (await asyncio.wait_for(process.stdout.readline(), 60)).decode().removeprefix("ready: ").strip()
        accepts = {"Accept": "application/json, text/event-stream"}
        async with httpx2.AsyncClient(trust_env=False, timeout=30, headers=accepts) as client:
            refused = await client.post(url, json=HELLO)
            taken = await client.post(url, json=HELLO, headers={"Authorization": "Bearer secret-token"})
        assert (refused.status_code, taken.status_code) == (401, 200)
        assert taken.json()["result"]["serverInfo"]["title"] == "SOC manager bot"
    finally:
        process.terminate()
        said = (await asyncio.wait_for(process.communicate(), 30))[1]
    assert b"secret-token" not in said
    assert process.returncode == 0
    assert not [log for log in tmp_path.rglob("redis.sock") if log.is_socket()]


@pytest.mark.parametrize(
    ("http", "role", "env", "said"),
    [
        (None, "", {}, "No backend is configured"),
        (None, "", {"VT_APIKEY": "k"}, "SOC_BOT_MCP_USER is not set"),
        (
            None,
            "",
            {"VT_APIKEY": "k", "SOC_BOT_MCP_USER": "lead-02", "SOC_BOT_ACCESS": "access.yaml"},
            "lists no account",
        ),
        (("127.0.0.1", 0), "", {"VT_APIKEY": "k"}, "SOC_BOT_MCP_TOKENS is not set"),
        (None, "king", {}, "There is no role “king”"),
    ],
)
async def test_what_is_missing_is_one_sentence(
    there: Path, http: tuple[str, int] | None, role: str, env: dict[str, str], said: str
) -> None:
    """Before anything is started: an agent without a name gets no rights, and a listener without tokens no port."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        settings = load()
    with pytest.raises(SettingsError, match=said):
        await command.run(settings, http, None, role)
    assert [file.name for file in there.iterdir()] == ["access.yaml"]


def test_a_listed_person_is_served_until_the_input_ends(there: Path) -> None:
    """With the account in the access file the process serves, and ends with its input."""
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "mcp"],
        cwd=there,
        env=environment(there, VT_APIKEY="k", SOC_BOT_MCP_USER="analyst-07", SOC_BOT_ACCESS="access.yaml"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "Traceback" not in done.stderr
