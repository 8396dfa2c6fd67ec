"""`soc-bot doctor` on our own MCP server: who may speak, with what right, and what their agents' hosts may see."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import rights
from bot.mcp.persons import PLATFORM, TokenRow, tokens
from bot.mcp_doctor import McpFinding
from bot.settings import Settings, SettingsError
from handlers.core.hosts import AGENTS, UNLISTED

if TYPE_CHECKING:
    from handlers.core.access import Access

SOON = 14
"""Days before a token's last one in which it is told that it ends."""


def check_door(settings: Settings, today: date) -> list[McpFinding]:
    """Nothing when neither a user (stdio) nor a file of tokens (HTTP) is set: the server is not used."""
    own = settings.own_mcp
    if own.tokens is None and not own.user:
        return []
    rows: tuple[TokenRow, ...] = ()
    found = []
    if own.tokens is not None:
        try:
            rows = tokens(own.tokens)
        except SettingsError as error:
            found.append(McpFinding(False, f"MCP door: {error}", f"correct {own.tokens}"))
        else:
            found += _file(own.tokens)
    try:
        access = rights(settings, demo=False)
    except SettingsError:  # told by the finding on the access file
        return found
    found += [_row(row, access, today) for row in rows]
    users = dict.fromkeys([*([own.user] if own.user else []), *(row.user for row in rows)])
    if own.user:
        found.append(_listed(own.user, access) or McpFinding(True, f"MCP door: over stdio {own.user} is answered."))
    return found + [_ceiling(user, access) for user in users]


def _file(path: Path) -> list[McpFinding]:
    """Digests are no secrets, but whoever can write the file can let themselves in."""
    loose = path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not loose:
        return []
    return [McpFinding(False, f"MCP door: others than its owner can write {path}.", f"chmod 600 {path}")]


def _row(row: TokenRow, access: Access, today: date) -> McpFinding:
    unlisted = _listed(row.user, access)
    if unlisted is not None:
        return unlisted
    renew = f"soc-bot mcp --new-token {row.user}"
    if row.expires is not None and today > row.expires:
        return McpFinding(False, f"MCP door: the token of {row.user} ended on {row.expires}.", renew)
    if row.expires is not None and (row.expires - today).days < SOON:
        return McpFinding(True, f"MCP door: the token of {row.user} ends after {row.expires}.", renew)
    return McpFinding(True, f"MCP door: the token of {row.user} is valid.")


def _listed(user: str, access: Access) -> McpFinding | None:
    if access.principal(PLATFORM, "", user).roles:
        return None
    fix = f"identities: [{{platform: {PLATFORM}, user: {user}}}] under a person in SOC_BOT_ACCESS"
    return McpFinding(False, f"MCP door: {user} is not in the access file and has no right.", fix)


def _ceiling(user: str, access: Access) -> McpFinding:
    limit = access.ceiling(AGENTS, "", user) or access.ceiling(AGENTS, "", "*")
    fix = f"channels: [{{platform: {AGENTS}, channel: {user}, tlp: amber}}] in SOC_BOT_ACCESS"
    if limit is None:
        return McpFinding(
            False, f"MCP door: the host of {user} has no ceiling and sees TLP:{UNLISTED.upper()}: no figure.", fix
        )
    return McpFinding(True, f"MCP door: the host of {user} may see TLP:{limit.upper()} at most.")
