"""Which crisis a call is about: the one named, the one whose room it was typed in, or the only one that is open."""

from __future__ import annotations

import re

from handlers.core.call import Authorised
from handlers.core.errors import Conflict, NotFound
from handlers.core.soc import Soc
from handlers.crisis.rooms import room_key


async def here(call: Authorised, soc: Soc, named: str = "") -> str:
    """The crisis's id. NotFound for what is no id and when none is open, Conflict when there are several."""
    if named:
        if not re.fullmatch(r"#?[0-9]{1,9}", named):
            said = f"“{named[:40]}” is no crisis's number."
            raise NotFound(said, "`crisis list` shows those there are.", ("crisis list",))
        return named.removeprefix("#")
    at = call.address
    for thread in dict.fromkeys((at.thread, "")):
        if at.channel and (found := await soc.crises.port.find(room_key(at.platform, at.tenant, at.channel, thread))):
            return found
    running = [crisis for crisis, is_open in await soc.crises.port.listed() if is_open]
    if len(running) == 1:
        return running[0]
    if not running:
        raise NotFound("No crisis is open.", "`crisis declare` opens one.", ("crisis declare",))
    lines = tuple(f"crisis status --crisis {one}" for one in running[-5:])
    hint = "Add --crisis ID, or type it in the crisis's room."
    raise Conflict("Several crises are open: say which one.", hint, lines)
