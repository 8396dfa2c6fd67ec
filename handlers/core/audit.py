"""The hash chain: who asked what, when, with what result; each entry vouches for all before it.

h_n = HMAC-SHA256(key, h_{n-1} || canonical_json(entry_n)), the key outside Redis, so that whoever can write to
Redis cannot make a chain that verifies. Entries are opened before execution and closed after; denials too.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from dataclasses import dataclass
from typing import Any

import structlog

from connectors.errors import StateError
from connectors.ports import AuditLog, Clock

log = structlog.get_logger()
TRIES = 64
ANCHOR = 100
"""Entries after which the head is noted in the process's own log, for `soc-bot audit verify --head`."""
BATCH = 100


def canonical(entry: dict[str, Any]) -> str:
    """JSON with sorted keys and no spaces: one spelling for one content."""
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(key: bytes, previous: str, entry: str) -> str:
    """The hash of an entry after `previous` ("" for the first)."""
    return hmac.digest(key, previous.encode() + entry.encode(), "sha256").hex()


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
    """Appends to the chain; many processes may do so at once. What is recorded at the same time is written together."""

    def __init__(self, log: AuditLog, key: bytes, clock: Clock) -> None:
        self._log, self._key, self._clock = log, key, clock
        self._waiting: list[tuple[str, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._head: tuple[int, str] | None = None

    async def record(self, event: str, call: str, **fields: Any) -> None:
        """Returns when the entry is written; StateError when it cannot be."""
        entry = canonical({"at": self._clock.now().isoformat(), "event": event, "call": call, **fields})
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await written

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            try:
                await self._append([entry for entry, _ in batch])
            except Exception as error:  # whatever it is, those who wait are told
                _settle(batch, error)
            else:
                _settle(batch, None)

    async def _append(self, entries: list[str]) -> None:
        known = self._head
        for _ in range(TRIES):
            seq, previous = self._head or await self._log.head()
            if known is not None and self._head is None and await self._cut(known):
                # Somebody cut the log under us: the new chain begins by saying so.
                entries = [canonical({"event": "log cut", "had": known[0], "head": known[1]}), *entries]
                known = None
            chained = []
            for entry in entries:
                previous = digest(self._key, previous, entry)
                chained.append((entry, previous))
            if await self._log.append(seq + 1, chained):
                self._head = (seq + len(chained), previous)
                if (seq + len(chained)) // ANCHOR > seq // ANCHOR:
                    log.info("audit head", entries=seq + len(chained), head=previous)
                return
            self._head = None
        raise StateError("the audit log is too busy to be written")

    async def _cut(self, known: tuple[int, str]) -> bool:
        """Is the head that was known no longer in the log? Others may have filled up what was cut."""
        async for seq, _, kept in self._log.entries(known[0] - 1):
            return (seq, kept) != known
        return True


def _settle(batch: list[tuple[str, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, written in batch:
        if written.done():  # whoever waited has been cancelled
            continue
        if error is None:
            written.set_result(None)
        else:
            written.set_exception(error)
