"""`soc-bot audit`: the chain walked and exported."""

from __future__ import annotations

import json
from collections.abc import Callable

from bot.settings import Settings
from bot.state import audit_key, opened
from connectors.clock import SystemClock
from handlers.core.audit import verify


async def verified(settings: Settings, noted: str = "") -> tuple[bool, str]:
    """Does the chain hold, and is the head that was `noted` earlier (or its beginning) still in it?

    A chain whose tail was cut, or that was begun anew, holds in itself: only such a head shows it.
    """
    async with opened(settings, settings.process.org, SystemClock(), memory_allowed=False) as state:
        result = await verify(state.audit, audit_key(settings))
        there = not noted or [True async for _, _, digest in state.audit.entries() if digest.startswith(noted)]
    org = settings.process.org
    if result.broken_at is not None:
        return False, f"Audit chain of “{org}” is broken: {result.reason}; {result.entries} entries before it hold."
    if not there:
        return False, f"Audit chain of “{org}” is cut: none of its {result.entries} entries has the head {noted}."
    head = f", head {result.head[:16]}" if result.head else ""
    return True, f"Audit chain of “{org}” holds: {result.entries} entries{head}."


async def exported(settings: Settings, write: Callable[[str], None]) -> None:
    """Every entry as JSON: seq, hash and the entry itself."""
    async with opened(settings, settings.process.org, SystemClock(), memory_allowed=False) as state:
        async for seq, entry, digest in state.audit.entries():
            write(json.dumps({"seq": seq, "hash": digest, "entry": json.loads(entry)}, ensure_ascii=False))
