"""What MCP adds to `connectors.errors`."""

from __future__ import annotations

from connectors.errors import NotConfigured, Unavailable


class NotOverMcp(NotConfigured):
    """The port asks for something that no tool of the server gives; `rest` is what to set to get it over REST."""

    def __init__(self, backend: str, what: str, rest: str = "") -> None:
        instead = f"; over REST it is: take the server out of SOC_BOT_MCP and set {rest}" if rest else ""
        super().__init__(backend, f"cannot give {what}: not available over MCP{instead}")


class MissingTool(NotConfigured):
    """The server does not list a tool; `tool` is the name it was looked for by."""

    def __init__(self, backend: str, server: str, tool: str) -> None:
        super().__init__(backend, f"is not complete: the MCP server {server} has no tool {tool}")
        self.tool = tool


class NotSent(Unavailable):
    """The server could not be asked: it cannot have seen the call."""
