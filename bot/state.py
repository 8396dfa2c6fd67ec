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
KEY_BYTES = 16
"""Fewer than this are no key but an accident: an empty or half-written file."""


@contextlib.asynccontextmanager
async def opened(settings: Settings, org: str, clock: Clock, memory_allowed: bool) -> AsyncIterator[AnyState]:
    """The state of one organisation. SettingsError when there is none and memory will not do."""
    url = settings.state.redis_url
    if url is not None:
        try:
            state = await open_state(url.get_secret_value(), None, org)
        except StateError as error:
            raise SettingsError(str(error)) from None
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
        try:
            yield
        finally:
            # Also after a failure: a server that nobody uses must not outlive the bot that started it.
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                await _last_one_out(embedded)
    finally:
        os.close(held)


async def _last_one_out(embedded: EmbeddedRedis) -> None:
    try:
        await embedded.stop(shutdown=True)
    except StateError as error:
        log.error("embedded redis not stopped", reason=str(error))


def audit_key(settings: Settings) -> bytes:
    """SOC_BOT_AUDIT_KEY, else a key made once and kept beside the data, readable by its owner alone.

    SettingsError when the file cannot be written or read, or holds too little to be a key.
    """
    if settings.process.audit_key is not None:
        return settings.process.audit_key.get_secret_value().encode()
    path = Path(settings.process.data) / "audit.key"
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_bytes().strip()
    except OSError as error:
        reason = f"{path} cannot be used as the audit key: {error.strerror}. Make SOC_BOT_DATA writable"
        raise SettingsError(f"{reason}, or set SOC_BOT_AUDIT_KEY.") from None
    if len(key) < KEY_BYTES:
        raise SettingsError(f"{path} is no audit key (under {KEY_BYTES} bytes): put the right one back.")
    return key


def _make_key(path: Path) -> None:
    """Whole or not at all: of two bots that start at once, both use the key of the first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_hex(32).encode())
        os.fsync(handle)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.close(handle)
        draft.unlink()
