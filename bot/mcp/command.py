"""What the command line of `soc-bot mcp` means."""

from __future__ import annotations

from datetime import datetime

from bot.app import roles
from bot.demo import Demo
from bot.mcp.persons import fresh
from bot.mcp.running import Wanted
from bot.mcp.running import run as serve
from bot.settings import Settings, SettingsError


async def run(settings: Settings, http: tuple[str, int] | None, demo: tuple[datetime, int] | None, role: str) -> None:
    """The server's run. `http`: host and port; `demo`: the simulated SOC's present and its number of cases."""
    if role and role not in roles():
        raise SettingsError(f"There is no role “{role}”: choose {', '.join(roles())}.")
    await serve(settings, Wanted(http, Demo(*demo) if demo else None, role))


def new_token(user: str) -> str:
    """A token for the person, and what to write where."""
    token, row = fresh(user)
    return (
        f"The token, for the person's agent host; it is shown this once:\n{token}\n\n"
        f"Its row, under `tokens:` in the file of SOC_BOT_MCP_TOKENS:\n{row}"
    )
