"""A core over the simulated SOC, served over HTTP on loopback to the SDK's own client."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from mcp import ClientSession, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, GetPromptResult, ListPromptsResult, ListToolsResult, TextContent

from bot.app import Core, core
from bot.demo import ANCHOR, _pointed
from bot.mcp.commands import Commands
from bot.mcp.persons import TokenRow
from bot.mcp.running import application
from bot.settings import Chronicle, Gti, Process, Scc, Settings, Slack, State
from connectors.clock import FixedClock
from connectors.simulator import SimulatorSettings, running

ACCESS = """persons:
  - id: lead-01
    name: Lead 01
    roles: [manager]
    identities: [{platform: mcp, user: lead-01}, {platform: mcp, user: lead-01-elsewhere}]
  - id: analyst-07
    name: Analyst 07
    roles: [analyst]
    identities: [{platform: mcp, user: analyst-07}]
"""
CEILINGS = """channels:
  - {platform: mcp, channel: "*", tlp: amber+strict}
  - {platform: mcp, channel: lead-01-elsewhere, tlp: green}
"""
TODAY = ANCHOR.date()


def row(user: str, token: str, expires: date | None = None) -> TokenRow:
    return TokenRow(user=user, sha256=hashlib.sha256(token.encode()).hexdigest(), expires=expires)


ROWS = (
    row("lead-01", "token-of-lead"),
    row("lead-01-elsewhere", "token-of-elsewhere"),
    row("analyst-07", "token-of-analyst", TODAY),
    row("lead-01", "token-of-yesterday", TODAY - timedelta(days=1)),
    row("nobody", "token-of-nobody"),
)


@asynccontextmanager
async def cored(folder: Path, *, ceilings: bool = True) -> AsyncIterator[Core]:
    """A core whose clock stands still, so that two answers hold the same figures."""
    access = folder / "access.yaml"
    access.write_text(ACCESS + CEILINGS * ceilings)
    bare = Settings(Process(data=folder / "data"), Slack(), State(), Chronicle(), Gti(), Scc())
    async with running(SimulatorSettings(now=ANCHOR, cases=900)) as sim:
        pointed = _pointed(bare, sim.environment())
        settings = replace(pointed, process=pointed.process.model_copy(update={"access": access}))
        async with core(settings, FixedClock(ANCHOR), demo=False, memory_allowed=True) as made:
            yield made


@asynccontextmanager
async def served(made: Core) -> AsyncIterator[str]:
    """The URL of its MCP endpoint."""
    app = application(Commands(made), ROWS, "127.0.0.1")
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def session(url: str, token: str) -> AsyncIterator[ClientSession]:
    """An initialised session of the SDK's client with that token."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as client,
        streamable_http_client(url, http_client=client) as (reading, writing, *_),
        ClientSession(reading, writing) as made,
    ):
        await made.initialize()
        yield made


def words(result: CallToolResult) -> str:
    """What is said, its lines joined: the text renderer breaks them."""
    return " ".join(" ".join(block.text for block in result.content if isinstance(block, TextContent)).split())


class Person:
    """Somebody with a token, whose host opens a session for every question."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token

    async def call_tool(self, name: str, arguments: dict[str, Any]) -> CallToolResult:
        return await self._asked("call_tool", name, arguments)

    async def list_tools(self) -> ListToolsResult:
        return await self._asked("list_tools")

    async def list_prompts(self) -> ListPromptsResult:
        return await self._asked("list_prompts")

    async def get_prompt(self, name: str, arguments: dict[str, str] | None = None) -> GetPromptResult:
        return await self._asked("get_prompt", name, arguments)

    async def _asked(self, what: str, *given: Any) -> Any:
        failed: MCPError | None = None
        async with session(self._url, self._token) as one:
            try:
                return await getattr(one, what)(*given)
            except MCPError as error:  # raised inside, the SDK's task group would wrap it
                failed = error
        raise failed
