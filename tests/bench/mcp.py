"""A warm call through the port against the SDK's bare `call_tool` on the same server: what the bot's own part costs.

Both ask a child of ours over stdio for the same small answer, in turns, in one process; the bare half does no more than
the SDK's documented example. The stand-in's own work is in both.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from connectors.clock import SystemClock
from connectors.mcp.intel import McpThreatIntel
from connectors.mcp.server import McpServer
from connectors.mcp.spec import ServerSpec
from tests.bench.rows import ROUNDS, Row, against

CALLS = 200
GOAL = 1.5
ROOT = Path(__file__).parent.parent.parent
ARGS = ("-m", "tests.connectors.mcp.standin", "gti-mcp")


def measure() -> list[Row]:
    """Medians of the rounds' own ratios; the cold start is for reading."""
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    from mcp import ClientSession
    from mcp.client.stdio import StdioServerParameters, stdio_client

    env = {"PYTHONPATH": str(ROOT), "STANDIN_CASES": "50"}
    spec = ServerSpec(command=sys.executable, args=ARGS, env=tuple(env))
    server = McpServer("gti-mcp", spec, env, SystemClock(), start_seconds=60)
    port = McpThreatIntel(server, SystemClock(), ttl=0.0)
    started = time.perf_counter()
    await server.missing()
    cold = time.perf_counter() - started
    with tempfile.TemporaryFile("w") as errors:
        parameters = StdioServerParameters(command=sys.executable, args=list(ARGS), env=env)
        async with stdio_client(parameters, errors) as streams, ClientSession(*streams) as session:
            await session.initialize()
            await session.list_tools()
            rounds = [await _round(port, session) for _ in range(ROUNDS)]
    await server.close()
    ours, bare = zip(*rounds, strict=True)
    return [
        against("mcp: a warm call through the port", ours, bare, "ms", GOAL),
        Row("mcp: start of a server, tools listed", f"{cold:.2f} s", value=f"{os.cpu_count()} cores"),
    ]


async def _round(port: McpThreatIntel, session: Any) -> tuple[float, float]:
    """Milliseconds of one call: through the port (read into records), and bare. In turns, so that both meet the same
    machine."""
    ours, bare = [], []
    for _ in range(CALLS):
        started = time.perf_counter()
        reading = await port.profiles()
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        result = await session.call_tool("list_threat_profiles", {"limit": 100})
        bare.append(time.perf_counter() - started)
        assert len(reading.items) == len(result.content) > 0
    return median(ours) * 1000, median(bare) * 1000
