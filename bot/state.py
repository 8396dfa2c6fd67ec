"""Opens the state the bot stands on: REDIS_URL, else an embedded server, else (demo and ask) memory, said loudly."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

from bot.settings import Settings, SettingsError
from connectors.errors import StateError
from connectors.memory import MemoryState
from connectors.ports import Clock
from connectors.redis import EmbeddedRedis, NoServer, RedisState, open_state

log = structlog.get_logger()
AnyState = RedisState | MemoryState


@contextlib.asynccontextmanager
async def opened(settings: Settings, org: str, clock: Clock, memory_allowed: bool) -> AsyncIterator[AnyState]:
    """The state of one organisation. SettingsError when there is none and memory will not do."""
    url = settings.state.redis_url
    if url is not None:
        state = await open_state(url.get_secret_value(), None, org)
        try:
            yield state
        finally:
            await state.close()
        return
    embedded = EmbeddedRedis(settings.process.data)
    try:
        await embedded.start()
    except NoServer:
        if not memory_allowed:
            raise SettingsError("REDIS_URL is not set and no redis-server was found: set REDIS_URL.") from None
        log.warning("no redis-server found: state is kept in memory and lost at exit")
        yield MemoryState(clock)
        return
    except StateError as error:
        raise SettingsError(str(error)) from None
    async with _sharing(embedded):
        state = await open_state(None, embedded.socket, org)
        log.info("state", note=embedded.sentence)
        watching = asyncio.create_task(embedded.watch(lambda sentence: log.warning("embedded redis", note=sentence)))
        try:
            yield state
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await state.close()


@contextlib.asynccontextmanager
async def _sharing(embedded: EmbeddedRedis) -> AsyncIterator[None]:
    """Every bot holds a shared lock; whoever can take it alone at the end is the last and stops the server."""
    held = os.open(embedded.folder / "bots.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_SH)
        yield
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            await embedded.stop(shutdown=True)
    finally:
        os.close(held)


def audit_key(settings: Settings) -> bytes:
    """SOC_BOT_AUDIT_KEY, else a key made once and kept beside the data, readable by its owner alone."""
    if settings.process.audit_key is not None:
        return settings.process.audit_key.get_secret_value().encode()
    path = Path(settings.process.data) / "audit.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(handle, secrets.token_hex(32).encode())
        os.close(handle)
    return path.read_bytes().strip()
