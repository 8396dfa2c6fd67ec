"""Which replica reads for all that share a folder, and what Redis remembers of it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import Any

from connectors.errors import StateError
from connectors.ledger.vault import Vault
from connectors.ports import Store

SECONDS = 60.0
"""How long a lease lives without its holder; renewed four times as often."""

KEEP = 400 * 86_400.0
"""How long Redis remembers the folder's state."""


class Lease:
    """The right to write into one folder, by its random name: replicas with folders of their own do not wait for each
    other. With the store away a lock on the folder stands in for it."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store, self._vault, self._owner = store, vault, secrets.token_hex(8)
        self._renewing: asyncio.Task[None] | None = None
        self._lock: int | None = None

    @property
    def _key(self) -> str:
        return f"ledger:{self._vault.manifest.folder}:lease"

    async def take(self) -> bool:
        """True when it is ours now, or still."""
        try:
            mine = await self._taken()
        except StateError:
            mine = self._locked()
        if mine and (self._renewing is None or self._renewing.done()):
            self._renewing = asyncio.create_task(self._renew())
        return mine

    async def _taken(self) -> bool:
        if await self._store.add(self._key, self._owner, SECONDS):
            return True
        if await self._store.get(self._key) != self._owner:
            return False
        await self._store.put(self._key, self._owner, SECONDS)
        return True

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(SECONDS / 4)
            with contextlib.suppress(StateError):
                await self._taken()

    def _locked(self) -> bool:
        if self._lock is None:
            handle = os.open(Path(self._vault.folder) / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                return False
            self._lock = handle
        return True

    async def release(self) -> None:
        """Whoever comes next need not wait until the lease runs out."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
            self._renewing = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        with contextlib.suppress(StateError):
            if await self._store.get(self._key) == self._owner:
                await self._store.delete(self._key)


class Memory:
    """What Redis remembers of the folder: its generation, how far it was read, and one checksum over all files."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store, self._vault = store, vault

    @property
    def _key(self) -> str:
        return f"ledger:{self._vault.manifest.folder}:state"

    def _now(self) -> dict[str, Any]:
        held = self._vault.manifest
        marks = {name: str(getattr(held, name)) for name in ("as_of", "watermark", "filled_from")}
        return {"generation": held.generation, "digest": self._vault.digest, **marks}

    async def keep(self) -> None:
        """Losing this costs nothing: the manifest beside the files is what counts."""
        with contextlib.suppress(StateError):
            await self._store.put(self._key, json.dumps(self._now()), KEEP)

    async def differs(self) -> list[str]:
        """A note when Redis and the folder do not agree: a folder brought back from a backup, or a lost write."""
        try:
            kept = await self._store.get(self._key)
        except StateError:
            return []
        then: dict[str, Any] = json.loads(kept) if kept else {}
        now = self._now()
        if not then or (then.get("generation"), then.get("digest")) == (now["generation"], now["digest"]):
            return []
        held = f"{self._vault.manifest.as_of:%Y-%m-%d %H:%M} UTC" if self._vault.manifest.as_of else "never"
        return [
            f"The ledger's folder (generation {now['generation']}, read {held}) is not what Redis remembers "
            f"(generation {then.get('generation')}): all checksums were verified, and what came since is read again."
        ]
