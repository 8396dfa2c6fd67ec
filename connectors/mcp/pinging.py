"""Is a server there, does it answer, and has it all the tools that its port needs?"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from connectors.errors import BackendError
from connectors.mcp.server import McpServer
from connectors.models.reading import Ping


async def ping(server: McpServer, question: Awaitable[Any]) -> Ping:
    """`question` is the cheapest read there is. Missing tools degrade; a missing one the question needs is an error."""
    try:
        await question
        missing = await server.missing()
    except BackendError as error:
        return Ping(server.backend, False, str(error))
    lack = f"the MCP server {server.name} has no tool {', '.join(missing)}" if missing else ""
    return Ping(server.backend, True, lack)
