"""`soc-bot audit`: the chain walked and exported."""

from __future__ import annotations

import json
from collections.abc import Callable

from bot.settings import Settings
from bot.state import audit_key, opened
from connectors.clock import SystemClock
from handlers.core.audit import verify


async def verified(settings: Settings) -> tuple[bool, str]:
    """Does the chain hold? With a sentence for the operator."""
    async with opened(settings, settings.process.org, SystemClock(), memory_allowed=False) as state:
        result = await verify(state.audit, audit_key(settings))
    org = settings.process.org
    if result.broken_at is not None:
        return False, f"Audit chain of “{org}” is broken: {result.reason}; {result.entries} entries before it hold."
    head = f", head {result.head[:16]}" if result.head else ""
    return True, f"Audit chain of “{org}” holds: {result.entries} entries{head}."


async def exported(settings: Settings, write: Callable[[str], None]) -> None:
    """Every entry as JSON: seq, hash and the entry itself."""
    async with opened(settings, settings.process.org, SystemClock(), memory_allowed=False) as state:
        async for seq, entry, digest in state.audit.entries():
            write(json.dumps({"seq": seq, "hash": digest, "entry": json.loads(entry)}, ensure_ascii=False))
