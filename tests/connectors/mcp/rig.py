"""Servers for tests: the stand-in as a child over stdio or over HTTP, and its faults set from outside."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.clock import FixedClock
from connectors.mcp.server import McpServer
from connectors.mcp.spec import ServerSpec
from connectors.ports import Clock

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ROOT = Path(__file__).parent.parent.parent.parent
MODULE = ("-m", "tests.connectors.mcp.standin")
SECRET = "s3cret/with+chars"


class Faults:
    """The file that the stand-in reads at every request."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "faults.json"

    def set(self, **wanted: Any) -> None:
        """`tools`, `hide`, `rename`: see the stand-in. Nothing: all is well again."""
        self.file.write_text(json.dumps(wanted))


def environment(folder: Path | None = None, **more: str) -> dict[str, str]:
    """What a child needs, and nothing else."""
    given = {"PYTHONPATH": str(ROOT), "STANDIN_NOW": NOW.isoformat(), "STANDIN_SECRET": SECRET}
    return given | ({"STANDIN_FAULTS": str(folder / "faults.json")} if folder else {}) | more


@asynccontextmanager
async def over_stdio(
    name: str, env: Mapping[str, str], clock: Clock | None = None, *, start_seconds: float = 60.0, **spec: Any
) -> AsyncIterator[McpServer]:
    """A server as a child; it is started at the first call."""
    spec.setdefault("timeout", 60)
    made = ServerSpec(command=sys.executable, args=(*MODULE, name), env=tuple(env), **spec)
    server = McpServer(name, made, env, clock or FixedClock(NOW), start_seconds=start_seconds)
    try:
        yield server
    finally:
        await server.close()


class Served:
    """A stand-in listening on HTTP; `process` may be killed and is started again on no port of its own."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process, self.url = process, url


@asynccontextmanager
async def served(name: str, env: Mapping[str, str]) -> AsyncIterator[Served]:
    """The stand-in over streamable-http, waited for."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *MODULE,
        name,
        "--http",
        env={"PATH": os.environ["PATH"], **env},
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        while True:
            line = (await asyncio.wait_for(process.stderr.readline(), 60)).decode()
            assert line, "the stand-in ended"
            if line.startswith("ready: "):
                break
        yield Served(process, line.removeprefix("ready: ").strip())
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def over_http(
    name: str, url: str, secrets: Mapping[str, str], clock: Clock | None = None, **spec: Any
) -> AsyncIterator[McpServer]:
    """A client of a stand-in over HTTP, its bearer in STANDIN_HEADER."""
    spec.setdefault("timeout", 60)
    headers = {"Authorization": "STANDIN_HEADER"} if secrets else {}
    made = ServerSpec(url=url, headers=headers, **spec)
    server = McpServer(name, made, secrets, clock or FixedClock(NOW))
    try:
        yield server
    finally:
        await server.close()
