"""State in memory: for unit tests, and for `demo` and `ask` on a machine without Redis, said loudly."""

from __future__ import annotations

from connectors.memory.audit import MemoryAuditLog
from connectors.memory.crises import MemoryCrises
from connectors.memory.queue import MemoryOutbox, MemoryQueue, Shelf
from connectors.memory.schedules import MemorySchedules
from connectors.memory.store import MemoryStore
from connectors.models.reading import Ping
from connectors.ports import Clock

__all__ = ["MemoryState"]


class MemoryState:
    """The state ports in one process; life times and leases go by `clock.monotonic`."""

    def __init__(self, clock: Clock) -> None:
        shelf = Shelf(clock)
        self.queue = MemoryQueue(shelf)
        self.outbox = MemoryOutbox(shelf)
        self.schedules = MemorySchedules(shelf)
        self.crises = MemoryCrises(shelf)
        self.store = MemoryStore(clock)
        self.audit = MemoryAuditLog()

    async def ping(self) -> Ping:
        return await self.store.ping()

    async def durability(self) -> list[str]:
        return ["State is kept in memory only: a restart loses calls, crises and the audit log"]

    async def close(self) -> None:
        """Nothing to close."""
