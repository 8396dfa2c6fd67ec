"""The audit log in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence


class MemoryAuditLog:
    """`connectors.ports.AuditLog` in memory."""

    def __init__(self) -> None:
        self._entries: list[tuple[str, str]] = []

    async def head(self) -> tuple[int, str]:
        return len(self._entries), self._entries[-1][1] if self._entries else ""

    async def append(self, seq: int, entries: Sequence[tuple[str, str]]) -> bool:
        """False when `seq` is not the number after the head: read the head again."""
        if seq != len(self._entries) + 1:
            return False
        self._entries += entries
        return True

    async def entries(self, after: int = 0) -> AsyncIterator[tuple[int, str, str]]:
        while after < len(self._entries):
            entry, digest = self._entries[after]
            after += 1
            yield after, entry, digest
