"""`python -m tests.connectors.mcp.standin SERVER [--http]`: one of Google's four MCP servers, defects included,
or `hosted`: the case tools of its hosted one.

Serves the exact shapes of the servers' tools over the simulated SOC, on stdio or streamable-http (which prints
`ready: URL` on stderr). STANDIN_NOW and STANDIN_CASES make the world. STANDIN_FAULTS names a JSON file, read at every
request: `{"tools": {tool: fault}, "hide": [tool], "rename": {tool: name}}`; the faults are below in `_spoiled`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from connectors.simulator import SimulatorSettings
from connectors.simulator.site import Site
from tests.connectors.mcp.standin_hosted import HOSTED, schema
from tests.connectors.mcp.standin_tools import SERVERS, Answer, Given

GARBAGE = "this is a log line that somebody printed to stdout\n{not json}\n\x00\xff\n"


def faults() -> dict[str, Any]:
    """What the test wants to go wrong now."""
    file = Path(os.environ.get("STANDIN_FAULTS", "/nonexistent"))
    return json.loads(file.read_text()) if file.exists() else {}


async def _spoiled(fault: str, make: Callable[[], Answer]) -> Answer:
    """`make`'s answer, or what the fault makes of it."""
    if fault == "die":
        os._exit(1)
    if fault == "hang":
        await asyncio.sleep(3600)
    if fault == "freeze":
        time.sleep(3600)  # noqa: ASYNC251 - nothing else of the server runs meanwhile, which is the fault
    if fault in {"garbage", "garbage only"}:
        sys.stdout.write(GARBAGE)
        sys.stdout.flush()
        if fault == "garbage only":
            await asyncio.sleep(3600)
    if fault == "leak":
        sys.stderr.write(f"boom: key={os.environ.get('STANDIN_SECRET', '')} \x1b[31m\u202e\n")
        sys.stderr.flush()
        os._exit(1)
    if fault == "huge":
        return Answer("x" * 10_000_000)
    if fault == "empty":
        return Answer(None)
    if fault.startswith("text:"):
        return Answer(fault.removeprefix("text:"))
    if fault.startswith("error:"):
        return Answer(fault.removeprefix("error:"), error=True)
    if fault.startswith("deaf"):
        make()
        return Answer(None)
    return make()


def content(answer: Answer) -> types.CallToolResult:
    """As FastMCP 1.x puts it: a list is one block an item; nothing at all is no block."""
    blocks = answer.blocks()
    made = {"content": [types.TextContent(type="text", text=text) for text in blocks], "is_error": answer.error}
    if answer.structured is not None and not answer.error:
        made["structured_content"] = answer.structured
    return types.CallToolResult(**made)


def server(name: str) -> Server[Any]:
    """The low-level server: what it lists and answers is decided here, not by the SDK."""
    settings = SimulatorSettings(
        now=datetime.fromisoformat(os.environ.get("STANDIN_NOW", "2026-11-22T08:00:00+00:00")),
        cases=int(os.environ.get("STANDIN_CASES", "800")),
        history_days=90,
    )
    world = Site(settings).backends([])
    tools = SERVERS.get(name, HOSTED)

    async def on_list(_: Any, __: Any) -> types.ListToolsResult:
        now = faults()
        rename = now.get("rename", {})
        names = [rename.get(tool, tool) for tool in tools if tool not in now.get("hide", [])]
        takes = {n: schema(n) if name == "hosted" else {"type": "object"} for n in names}
        return types.ListToolsResult(tools=[types.Tool(name=n, input_schema=takes[n]) for n in names])

    async def on_call(_: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        now = faults()
        real = {new: old for old, new in now.get("rename", {}).items()}
        tool = real.get(params.name, params.name)
        if tool not in tools or tool in now.get("hide", []):
            return content(Answer(f"Unknown tool: {params.name}", error=True))
        given = Given(world, params.arguments or {}, settings)
        return content(await _spoiled(now.get("tools", {}).get(tool, ""), lambda: tools[tool](given)))

    return Server(name, on_list_tools=on_list, on_call_tool=on_call)


async def stdio(name: str) -> None:
    made = server(name)
    async with stdio_server() as (reading, writing):
        await made.run(reading, writing, made.create_initialization_options())


async def http(name: str) -> None:
    """On a free loopback port; STANDIN_BEARER is asked for when it is set."""
    import uvicorn
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse

    inner = server(name).streamable_http_app()
    wanted = os.environ.get("STANDIN_BEARER", "")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and wanted and Request(scope).headers.get("authorization") != f"Bearer {wanted}":
            await PlainTextResponse("no", 401)(scope, receive, send)
            return
        await inner(scope, receive, send)

    port = int(os.environ.get("STANDIN_PORT", "0"))
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=1)
    running = uvicorn.Server(config)
    task = asyncio.create_task(running.serve())
    while not running.started:
        await asyncio.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    sys.stderr.write(f"ready: http://127.0.0.1:{port}/mcp\n")
    sys.stderr.flush()
    await task


if __name__ == "__main__":
    sys.stderr.write(f"starting {sys.argv[1]} with {os.environ.get('STANDIN_SECRET', 'no secret')}\n")
    sys.stderr.flush()
    if os.environ.get("STANDIN_REFUSES"):
        sys.exit(3)
    asyncio.run(http(sys.argv[1]) if "--http" in sys.argv else stdio(sys.argv[1]))
