"""The hash chain: who asked what, when, with what result; each entry vouches for all before it.

h_n = HMAC-SHA256(key, h_{n-1} || canonical_json(entry_n)), the key outside Redis, so that whoever can write to
Redis cannot make a chain that verifies. Entries are opened before execution and closed after; denials too.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from connectors.errors import StateError
from connectors.ports import AuditLog, Clock

TRIES = 64


def canonical(entry: dict[str, Any]) -> str:
    """JSON with sorted keys and no spaces: one spelling for one content."""
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(key: bytes, previous: str, entry: str) -> str:
    """The hash of an entry after `previous` ("" for the first)."""
    return hmac.new(key, previous.encode() + entry.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Verified:
    """`broken_at` is the first entry that does not follow from the ones before, None when all do."""

    entries: int
    head: str
    broken_at: int | None = None
    reason: str = ""


async def verify(log: AuditLog, key: bytes) -> Verified:
    """Walk the whole chain. A cut tail shows only against a head noted elsewhere."""
    previous, expected = "", 0
    async for seq, entry, kept in log.entries():
        expected += 1
        if seq != expected:
            return Verified(expected - 1, previous, expected, f"entry {expected} is missing")
        if not hmac.compare_digest(digest(key, previous, entry), kept):
            return Verified(expected - 1, previous, expected, f"entry {expected} was changed, or the key differs")
        previous = kept
    return Verified(expected, previous)


class Auditor:
    """Appends to the chain; many processes may do so at once."""

    def __init__(self, log: AuditLog, key: bytes, clock: Clock) -> None:
        self._log, self._key, self._clock = log, key, clock
        self._one = asyncio.Lock()
        self._head: tuple[int, str] | None = None

    async def record(self, event: str, call: str, **fields: Any) -> None:
        """Append one entry; StateError when it cannot be written."""
        entry = canonical({"at": self._clock.now().isoformat(), "event": event, "call": call, **fields})
        async with self._one:
            for _ in range(TRIES):
                seq, previous = self._head or await self._log.head()
                kept = digest(self._key, previous, entry)
                if await self._log.append(seq + 1, entry, kept):
                    self._head = (seq + 1, kept)
                    return
                self._head = None
        raise StateError("the audit log is too busy to be written")
