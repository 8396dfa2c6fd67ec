"""What may be shown in a channel: the access file's word, or the TLP of the crisis whose room it is; else nothing."""

from __future__ import annotations

from connectors.errors import StateError
from handlers.core.access import Tlp
from handlers.core.call import Address
from handlers.core.soc import Soc


async def ceiling(at: Address, soc: Soc) -> Tlp | None:
    """The channel's TLP ceiling; None where there is none, or where that cannot be known: nothing may be shown."""
    listed = soc.access.ceiling(at.platform, at.tenant, at.channel)
    if listed is not None or not at.channel:
        return listed
    try:
        return await soc.crises.ceiling(at.platform, at.tenant, at.channel, at.thread)
    except StateError:
        return None
