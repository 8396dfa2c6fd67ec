"""`soc-bot doctor` on the MCP servers: does each start, answer, and have the tools that its port needs?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from connectors.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.mcp.server import McpServer

SECONDS = 30.0


class McpFinding(NamedTuple):
    """`fix` is what to write or look at."""

    ok: bool
    sentence: str
    fix: str = ""


async def check_mcp(servers: Sequence[McpServer]) -> list[McpFinding]:
    """One finding a server; they start side by side."""
    return list(await asyncio.gather(*(_check(server) for server in servers)))


async def _check(server: McpServer) -> McpFinding:
    who = f"MCP server {server.name}"
    try:
        async with asyncio.timeout(SECONDS):
            missing = await server.missing()
    except TimeoutError:
        return McpFinding(False, f"{who}: did not start within {SECONDS:g} s.", _look(server))
    except BackendError as error:
        words = server.last_words()
        said = f" Its last words: “{words}”." if words else ""
        return McpFinding(False, f"{who}: {error}.{said}", _look(server))
    if missing:
        names = ", ".join(missing)
        fix = f"tools: {{{missing[0]}: its name there}} under {server.name} in the file of SOC_BOT_MCP"
        if any(tool.startswith("siemplify_") for tool in missing):
            fix = f"args: [--integrations, Siemplify] under {server.name} in the file of SOC_BOT_MCP"
        return McpFinding(False, f"{who}: answers, and has no tool {names}.", fix)
    return McpFinding(True, f"{who}: answers, and has all its tools.")


def _look(server: McpServer) -> str:
    where = server.spec.url or " ".join([server.spec.command, *server.spec.args])
    return f"{server.name} in the file of SOC_BOT_MCP: {where}"
