"""State in Redis: inbox, outbox, small values, audit log; and the embedded server for one machine."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.errors import StateError
from connectors.keys import Keys
from connectors.models.reading import Ping
from connectors.redis import durability
from connectors.redis.audit import RedisAuditLog
from connectors.redis.client import Link
from connectors.redis.crises import RedisCrises
from connectors.redis.embedded import EmbeddedRedis, NoServer
from connectors.redis.outbox import RedisOutbox
from connectors.redis.queue import RedisQueue
from connectors.redis.schedules import RedisSchedules
from connectors.redis.store import RedisStore

__all__ = ["EmbeddedRedis", "NoServer", "RedisState", "open_state"]


@dataclass(frozen=True, slots=True)
class RedisState:
    """The state ports on one server."""

    link: Link
    queue: RedisQueue
    outbox: RedisOutbox
    schedules: RedisSchedules
    crises: RedisCrises
    store: RedisStore
    audit: RedisAuditLog

    async def ping(self) -> Ping:
        return await self.store.ping()

    async def durability(self) -> list[str]:
        """Sentences about what this server may lose; empty when nothing. `StateError` when it is away."""
        return await durability.check(self.link)

    async def advice(self) -> list[str]:
        """What to set on a server of one's own beyond the least."""
        return await durability.advice(self.link)

    async def close(self) -> None:
        await self.link.close()


async def open_state(url: str | None, socket: str | None, org: str) -> RedisState:
    """State of one organisation on the server at `url` or on a unix socket; connects on first use.

    `StateError` for a malformed URL or organisation; a server that is away shows in `ping`.
    """
    try:
        keys = Keys(org)
    except ValueError as fault:
        raise StateError(str(fault)) from None
    link = Link(url, socket)
    return RedisState(
        link,
        RedisQueue(link, keys),
        RedisOutbox(link, keys),
        RedisSchedules(link, keys),
        RedisCrises(link, keys),
        RedisStore(link, keys),
        RedisAuditLog(link, keys),
    )
