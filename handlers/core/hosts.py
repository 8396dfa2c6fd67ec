"""What the host of an agent may see: what is answered over MCP is read by a language model's provider.

An audience like a channel's, under a TLP ceiling as a channel's, with nobody behind it to whom the rest could be shown
alone.
"""

from __future__ import annotations

from typing import NamedTuple

from handlers.core.access import Tlp, fits
from handlers.core.call import Address
from handlers.core.soc import Soc
from messages.document import Document

AGENTS = "mcp"
"""The platform of those who speak through an agent's host."""
UNLISTED: Tlp = "green"
"""What a host may see whose account the access file gives no ceiling: help and refusals, no figure of the SOC's own."""


def host_ceiling(user: str, soc: Soc) -> Tlp:
    """The access file's row of the account, else that of `*`; all of a simulated SOC."""
    listed = soc.access.ceiling(AGENTS, "", user) or soc.access.ceiling(AGENTS, "", "*")
    return listed or ("red" if soc.simulated else UNLISTED)


class KeptBack(NamedTuple):
    """`why` and `hint` are sentences."""

    why: str
    hint: str


def kept_from_host(document: Document, at: Address, soc: Soc) -> KeptBack | None:
    """Why an answer does not go to the agent's host that asked; None when it may, or when none asked."""
    if at.platform != AGENTS:
        return None
    if document.private:
        why = "This answer is about persons: it is given in a direct message alone, never to an agent's host."
        return KeptBack(why, "Ask in chat.")
    limit = host_ceiling(at.user, soc)
    if fits(document.tlp, limit):
        return None
    why = f"This answer is TLP:{document.tlp.upper()} and this agent's host may see TLP:{limit.upper()} at most."
    row = f"{{platform: {AGENTS}, channel: {at.user}, tlp: …}}"
    hint = f"Ask in chat. Whoever keeps the bot's access file can set the host's ceiling under channels: {row}."
    return KeptBack(why, hint)
