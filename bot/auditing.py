"""`soc-bot audit`: the chains walked, the audit log's exported."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from bot.settings import Settings
from bot.state import audit_key, opened
from connectors.clock import SystemClock
from connectors.ports import Crises, StoredCrisis
from handlers.core.audit import verify
from handlers.crisis.store import CrisisStore, Verified


async def verified(settings: Settings, noted: str = "") -> tuple[bool, str]:
    """Do the chains hold, and is the head that was `noted` earlier (or its beginning) still in one of them?

    A chain whose tail was cut, or that was begun anew, holds in itself: only such a head shows it.
    """
    async with opened(settings, settings.process.org, SystemClock(), memory_allowed=False) as state:
        key = audit_key(settings)
        result = await verify(state.audit, key)
        chains = await crises(state.crises, key, noted)
        there = not noted or chains.noted or [1 async for _, _, one in state.audit.entries() if one.startswith(noted)]
    org = settings.process.org
    head = f", head {result.head[:16]}" if result.head else ""
    said = f"Audit chain of “{org}” holds: {result.entries} entries{head}."
    if result.broken_at is not None:
        said = f"Audit chain of “{org}” is broken: {result.reason}; {result.entries} entries before it hold."
    elif not there:
        said = f"Audit chain of “{org}” is cut: none of its {result.entries} entries has the head {noted}."
    ok = result.broken_at is None and bool(there) and not chains.broken
    return ok, "\n".join((said, *chains.broken, chains.held))


@dataclass(frozen=True, slots=True)
class Chains:
    """A sentence a broken chain, and one on those that hold. `noted`: a head noted elsewhere is in one of them."""

    broken: tuple[str, ...]
    held: str
    noted: bool


async def crises(port: Crises, key: bytes, noted: str = "") -> Chains:
    """Walk the chain of every crisis that is kept."""
    store, broken, held, entries, there = CrisisStore(port, key, SystemClock()), [], 0, 0, False
    for crisis, _ in await port.listed():
        kept, result = await port.load(crisis), await store.verify(crisis)
        if noted and not there:
            there = bool([1 async for _, _, one in port.events(crisis) if one.startswith(noted)])
        reason = result.reason if result.broken_at is not None else _cut(kept, result)
        if reason:
            broken.append(f"Chain of crisis {crisis} is broken: {reason}; {result.events} entries before it hold.")
        else:
            held, entries = held + 1, entries + result.events
    return Chains(tuple(broken), f"Chains of crises that hold: {held}, with {entries} entries.", there)


def _cut(kept: StoredCrisis | None, result: Verified) -> str:
    """Why the state, which was read first, does not belong to its entries; "" when it does."""
    if kept is None or kept.version < result.events:
        return ""
    if kept.version > result.events:
        return f"its state is of entry {kept.version}, which is not there"
    return "" if kept.head == result.head else f"its state is of another entry {kept.version}"


async def exported(settings: Settings, write: Callable[[str], None]) -> None:
    """Every entry as JSON: seq, hash and the entry itself."""
    async with opened(settings, settings.process.org, SystemClock(), memory_allowed=False) as state:
        async for seq, entry, digest in state.audit.entries():
            write(json.dumps({"seq": seq, "hash": digest, "entry": json.loads(entry)}, ensure_ascii=False))
