"""Does this Redis keep what it acknowledges? Asked at boot and by the doctor.

`appendfsync everysec` lost thousands of acknowledged writes in a simulated power cut, `always` none; an evicting
server forgets calls under memory pressure.
"""

from __future__ import annotations

from connectors.errors import StateError
from connectors.redis.client import Link, text

WANTED = {
    "appendonly": ("yes", "keeps no append-only file: a restart loses everything"),
    "appendfsync": ("always", "does not sync each write: a power cut loses what was acknowledged last"),
    "maxmemory-policy": ("noeviction", "may evict keys under memory pressure: calls and crises would vanish"),
}


TRUNCATED = (
    "Redis starts on a file that a crash has cut, and half a transaction comes back at the start after "
    "that: set aof-load-truncated to no, and mend with redis-check-aof --fix"
)
ALONE = (
    "Redis has replicas and takes writes without them: set min-replicas-to-write to 1, so that a primary that is cut "
    "off from them takes none that would be lost"
)


async def advice(link: Link) -> list[str]:
    """What to set on a server of one's own beyond the least; empty when it is so, or cannot be known."""
    try:
        sentences = [TRUNCATED] if await _setting(link, "aof-load-truncated") == "yes" else []
        replication = await link.call("INFO", "replication")
        if replication.get("connected_slaves") and await _setting(link, "min-replicas-to-write") == "0":
            sentences.append(ALONE)
    except StateError:
        return []
    return sentences


async def _setting(link: Link, name: str) -> str | None:
    reply = await link.call("CONFIG", "GET", name)
    return {_word(key): _word(value) for key, value in _pairs(reply)}.get(name)


async def check(link: Link) -> list[str]:
    """Sentences about what is not as it should be; empty when all is. `StateError` only when Redis is away."""
    await link.call("PING")
    sentences = []
    for setting, (wanted, harm) in WANTED.items():
        try:
            found = await _setting(link, setting)
        except StateError:
            return ["Redis does not allow CONFIG GET (managed service): durability unverified"]
        if found is None:
            sentences.append(f"Redis does not tell its {setting}: durability unverified")
        elif found != wanted:
            sentences.append(f"Redis {harm} ({setting} is {found}, should be {wanted})")
    return sentences


def _pairs(reply: object) -> list[tuple[object, object]]:
    """CONFIG GET's reply: a map, or a flat list where the client leaves it as sent."""
    if isinstance(reply, dict):
        return list(reply.items())
    flat = list(reply) if isinstance(reply, list | tuple) else []
    return list(zip(flat[::2], flat[1::2], strict=False))


def _word(value: object) -> str:
    return text(value) if isinstance(value, bytes) else str(value)
