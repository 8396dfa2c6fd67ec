"""Keeps what is over: a closed crisis is written to a file, and only then does its record in Redis get an end.

An open crisis never has one, and a crisis that is opened again loses it with its next entry.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
from datetime import timedelta
from pathlib import Path

import structlog

from connectors.errors import StateError
from connectors.ports import Clock
from handlers.core.errors import NotFound
from handlers.crisis.pack import jsonl
from handlers.crisis.record import Record, record_of
from handlers.crisis.store import CrisisStore

log = structlog.get_logger()
KEEP = timedelta(days=400)
"""After the last entry of a crisis that is over, as long as its board's place is known."""
LEAST = timedelta(days=1)
"""Left to a crisis that should have gone long ago: time to look at it."""
EVERY = 3600.0
AT_ONCE = 5
"""Exports of one crisis at a look, while entries go on being made."""
FOLDER = "crises"


class Other(Exception):
    """The file there is of another record: it is not replaced."""


class Keeper:
    """Every replica may do it; each looks at a crisis again only when that has a new entry."""

    def __init__(self, crises: CrisisStore, folder: Path, clock: Clock, every: float = EVERY) -> None:
        self._crises, self._folder, self._clock, self._every = crises, folder, clock, every
        self._done: dict[str, int] = {}

    async def run(self) -> None:
        """Until cancelled; Redis away is waited out."""
        while True:
            try:
                await self.look()
            except StateError as error:
                log.warning("closed crises not looked at", reason=str(error))
            await asyncio.sleep(self._every * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret

    async def look(self) -> int:
        """Export and give an end to every crisis that is over; how many were new. StateError when Redis is away."""
        kept = 0
        for crisis, is_open in await self._crises.port.listed():
            if is_open:
                continue
            try:
                kept += await self._keep(crisis)
            except (OSError, ValueError, Other) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                log.error("closed crisis kept without an end", crisis=crisis, reason=reason)
        return kept

    async def _keep(self, crisis: str) -> bool:
        """ValueError when the record does not verify or cannot be read: evidence of that is not given an end."""
        stored = await self._crises.port.load(crisis)
        if stored is None or self._done.get(crisis) == stored.version:
            return False
        verified = await self._crises.verify(crisis)
        if verified.broken_at is not None:
            raise ValueError(f"its chain does not hold: {verified.reason}")
        for _ in range(AT_ONCE):
            if (record := await self._exported(crisis)) is None:
                return False
            # An entry takes the end away, but one between the file and the end is in neither: look before going on.
            now = await self._crises.port.load(crisis)
            if now is not None and now.version == record.entries[-1].n:
                self._done[crisis] = now.version
                return True
        log.info("closed crisis is still being written to: kept again at the next look", crisis=crisis)
        return True

    async def _exported(self, crisis: str) -> Record | None:
        """The record as it was written to the file before it got its end; None: it is open, or gone."""
        try:
            record = await record_of(self._crises.port, crisis)
        except NotFound:  # its time was over between the look and the reading: it had its end, and so its file
            return None
        if record.crisis.open:
            return None
        await asyncio.to_thread(write, path(self._folder, crisis), jsonl(record))
        return record if await self._crises.port.expire(crisis, self._left(record)) else None

    def _left(self, record: Record) -> float:
        """Seconds."""
        return max(record.as_of + KEEP - self._clock.now(), LEAST).total_seconds()


def path(folder: Path, crisis: str) -> Path:
    """The file of a crisis. ValueError for an id that is no plain name."""
    if not crisis.isalnum():
        raise ValueError("its id is no name for a file")
    return folder / f"{crisis}.jsonl"


def write(file: Path, text: str) -> None:
    """On disk when it returns, whole or not at all. Raises Other when what is there is no beginning of it; OSError."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = file.read_bytes() if file.exists() else b""
    content = text.encode()
    if not content.startswith(before):
        raise Other(f"{file.name} holds another record")
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    _sync(file.parent)


def _sync(folder: Path) -> None:
    """The name, too, is on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
