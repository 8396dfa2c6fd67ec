"""The embedded Redis of one machine: found, adopted or started under a lock, watched, and stopped only when asked.

Several bots may share it. Whoever comes first starts it; it outlives its starter, and the next one adopts it.
The server itself holds `server.lock` for as long as it lives (an inherited descriptor), so two servers can never
write the same append-only file, however slow or silent the first one is.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from connectors.errors import StateError
from connectors.redis.place import private_folder, socket_path
from connectors.redis.server import About, Binary, about, command, find_servers, major_version, mood, wheel_server
from connectors.redis.tail import mend

PATIENCE = 30.0
"""Seconds a server may take to answer: a large append-only file is read first."""

LOW_SPACE = 256 * 2**20
"""Free bytes under which the operator is warned: with a full disk `appendfsync always` ends the server."""


class NoServer(StateError):
    """Neither PATH nor the wheel has a redis-server."""


class EmbeddedRedis:
    """Supervisor of the server whose files lie in `data`/redis."""

    def __init__(self, data: Path, servers: list[Binary] | None = None, patience: float = PATIENCE) -> None:
        self.folder = data.absolute() / "redis"
        self._servers = servers
        self._patience = patience
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: Path | None = None
        self._mended = ""
        self._about: About | None = None
        self._asked = asyncio.Lock()

    @property
    def socket(self) -> str:
        """The unix socket; known once started."""
        if self._socket is None:
            raise StateError("The embedded Redis has not been started")
        return str(self._socket)

    @property
    def pid(self) -> int:
        return self._about.pid if self._about else 0

    @property
    def version(self) -> str:
        return self._about.version if self._about else ""

    @property
    def origin(self) -> str:
        """Where the running server's binary comes from: "PATH" or "wheel"; "" before the start."""
        if self._about is None:
            return ""
        wheel = wheel_server()
        return "wheel" if wheel and Path(self._about.executable).resolve() == wheel.resolve() else "PATH"

    @property
    def sentence(self) -> str:
        """The line of the start-up log. Fixed versions: docker-library/redis PR 478 (CVE-2025-49844 and others)."""
        return (
            f"Embedded Redis {self.version} ({self.origin}, process {self.pid}): single machine and evaluation; "
            f"set REDIS_URL for production (at least 6.2.20, 7.2.11, 7.4.6, 8.0.4 or 8.2.2){self._mended}"
        )

    async def start(self) -> None:
        """Adopt the running server or start one. `NoServer`, or `StateError` saying why it did not come up."""
        await self.ensure()

    async def ensure(self) -> bool:
        """Like `start`, and True when a server had to be started."""
        async with self._asked:
            try:
                return await asyncio.to_thread(self._ensure)
            except OSError as fault:
                raise StateError(f"The embedded Redis in {self.folder} cannot be used: {fault.strerror}") from fault

    async def watch(self, report: Callable[[str], None], every: float = 1.0) -> None:
        """Run until cancelled: start the server again whenever it is gone, more slowly while that fails."""
        pause = every
        while True:
            await asyncio.sleep(pause)
            try:
                if await self.ensure():
                    report(f"The embedded Redis was gone and has been started again (process {self.pid})")
                pause = every
            except StateError as fault:
                pause = min(30.0, pause * 2)
                report(f"The embedded Redis is away, next try in {pause:g} s: {fault}")

    async def stop(self, shutdown: bool = False) -> None:
        """Leave the server running for others, or with `shutdown` end it by SIGTERM and wait for its last sync."""
        if shutdown and self._socket is not None:
            async with self._asked:
                await asyncio.to_thread(self._shutdown, self._socket)

    def warnings(self) -> list[str]:
        """Sentences about the machine: disk space."""
        free = shutil.disk_usage(self.folder).free
        if free >= LOW_SPACE:
            return []
        return [f"{free // 2**20} MB free under the data folder: the embedded Redis stops when the disk is full"]

    def _ensure(self) -> bool:
        if self._child is not None:
            self._child.poll()  # reaps it when it has ended
        if self._socket is not None and mood(self._socket) == "ready":
            return self._adopt(self._socket)
        private_folder(self.folder)
        with _locked(self.folder / "starting.lock"):
            where = socket_path(self.folder)
            lock = os.open(self.folder / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if self._running(lock, where):
                    return self._adopt(where)
                self._spawn(lock, where)
            finally:
                os.close(lock)
            self._adopt(where)
            return True

    def _adopt(self, where: Path) -> bool:
        self._socket, self._about = where, about(where)
        return False

    def _running(self, lock: int, where: Path) -> bool:
        """True when a server answers, False when there is none; waits for one that is loading or silent."""
        for _ in self._moments():
            if mood(where) == "ready":
                return True
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return False
        raise StateError(f"The embedded Redis in {self.folder} runs but does not answer; end it, then start again")

    def _spawn(self, lock: int, where: Path) -> None:
        binary = self._binary()
        where.unlink(missing_ok=True)
        self._mend(binary.path)
        with (self.folder / "redis.log").open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603
                command(binary.path, self.folder, where),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C must not end it before the bot has written its last
                pass_fds=(lock,),
            )
        for _ in self._moments():
            if mood(where) == "ready":
                return
            if self._child.poll() is not None:
                raise StateError(f"The embedded Redis ended at once: {self._last_words()}")
        raise StateError(f"The embedded Redis did not answer within {self._patience:g} s: {self._last_words()}")

    def _mend(self, server: Path) -> None:
        """A file that cannot be checked is left to the server: it starts, and what was found is told."""
        try:
            cut = mend(server, self.folder)
        except StateError as error:
            self._mended = f"; {error}"
            return
        if cut:
            self._mended = f"; {cut} bytes of a transaction that a crash had cut were removed: nobody was told of it"

    def _binary(self) -> Binary:
        """The first server that can read what is there: 6.2 would overlook what 7 wrote and start empty."""
        found = find_servers() if self._servers is None else self._servers
        if not found:
            raise NoServer("No redis-server or valkey-server on PATH and none in a wheel: install one or set REDIS_URL")
        if not (self.folder / "appendonlydir").exists():
            return found[0]
        for binary in found:
            if major_version(binary.path) >= 7:
                return binary
        raise StateError(f"The files in {self.folder} were written by Redis 7 or newer; the server found here is older")

    def _shutdown(self, where: Path) -> None:
        try:
            pid = about(where).pid
        except OSError:
            return  # gone already
        os.kill(pid, signal.SIGTERM)
        for _ in self._moments():
            if self._child is not None:
                self._child.poll()
            with contextlib.suppress(BlockingIOError), (self.folder / "server.lock").open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
        raise StateError(f"The embedded Redis (process {pid}) did not end within {self._patience:g} s")

    def _moments(self) -> Iterator[None]:
        """Ends after the patience; sleeps 10 ms between."""
        end = time.monotonic() + self._patience
        while time.monotonic() < end:
            yield
            time.sleep(0.01)

    def _last_words(self) -> str:
        lines = (self.folder / "redis.log").read_text("utf-8", "replace").strip().splitlines()
        return lines[-1][-300:] if lines else "it wrote no log"


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file; waits for it."""
    with path.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
