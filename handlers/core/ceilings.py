"""What may be shown in a channel: the access file's word, or the TLP of the crisis whose room it is; else nothing."""

from __future__ import annotations

from connectors.errors import StateError
from handlers.core.access import Tlp, fits
from handlers.core.call import Address
from handlers.core.soc import Soc
from handlers.crisis.guests import WITH_GUESTS


async def ceiling(at: Address, soc: Soc) -> Tlp | None:
    """The channel's TLP ceiling; None where there is none, or where that cannot be known: nothing may be shown. Of a
    crisis's room less than listed while somebody from outside reads along.
    """
    listed = soc.access.ceiling(at.platform, at.tenant, at.channel)
    if not at.channel or (listed is not None and fits(listed, WITH_GUESTS)):
        return listed
    place = (at.platform, at.tenant, at.channel, at.thread)
    try:
        if listed is None:
            return await soc.crises.ceiling(*place)
        return WITH_GUESTS if await soc.crises.guests_read(*place) else listed
    except StateError:
        return None if listed is None else WITH_GUESTS
