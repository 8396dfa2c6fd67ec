"""A redis-server that can be cut from its power, run out of disk, freeze, and lose its replies."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from connectors.redis.server import command, mood
from connectors.redis.tail import mend
from tests.redis_server import RedisServer

SOURCE = Path(__file__).parent / "power_cut.c"
PATIENCE = 60.0


def shim(folder: Path) -> Path | None:
    """`power_cut.c` compiled into `folder`; None on a machine without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    made = folder / "power_cut.so"
    line = [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(SOURCE), "-ldl", "-pthread"]
    subprocess.run(line, check=True, capture_output=True)
    return made


class FaultyServer(RedisServer):
    """`preload`: the shim, with which `kill` is a power cut. `fsync` is Redis' appendfsync. The file's tail is mended
    before each start (`connectors.redis.tail`)."""

    def __init__(self, folder: Path, preload: Path | None = None, fsync: str = "always") -> None:
        super().__init__(folder)
        self._preload, self._fsync = preload, fsync
        self.starts = self.mended = 0

    def start(self) -> FaultyServer:
        Path(self.socket).unlink(missing_ok=True)
        self.mended += mend(self.binary.path, self.folder) > 0
        env = dict(os.environ) | ({"LD_PRELOAD": str(self._preload)} if self._preload else {})
        line = [*command(self.binary.path, self.folder, Path(self.socket)), "--appendfsync", self._fsync]
        with (self.folder / "redis.log").open("ab") as log:
            # Python ignores SIGXFSZ and so shall the server: a file that is too large is an error of write(2) then.
            self.process = subprocess.Popen(line, stdout=log, stderr=log, env=env, restore_signals=False)
        end = time.monotonic() + PATIENCE
        while mood(Path(self.socket)) != "ready":
            assert self.process.poll() is None and time.monotonic() < end, self.said()
            time.sleep(0.01)
        maps = Path(f"/proc/{self.process.pid}/maps").read_text()
        assert self._preload is None or str(self._preload) in maps, "the shim was not loaded"
        self.starts += 1
        return self

    def said(self) -> str:
        return (self.folder / "redis.log").read_text(errors="replace")[-3000:]

    def restart(self) -> None:
        """SIGKILL, and start again on the same files."""
        self.kill()
        self.start()

    def full_disk(self) -> None:
        """No file may grow beyond a point just ahead; the server ends itself there and finds room when it is back."""
        assert self.process is not None
        largest = max(path.stat().st_size for path in self.folder.rglob("appendonly*.aof"))
        limit = largest + random.randrange(20_000)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        said = self.process.wait(PATIENCE)
        assert said == 1, f"a full disk ended the server with {said}: {self.said()}"
        self.process = None
        self.start()

    def freeze(self, seconds: float) -> None:
        """SIGSTOP: connections are taken and nothing is answered."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def losing(server: str, front: str, share: float) -> AsyncIterator[list[int]]:
    """A proxy on `front`: a share of the replies is dropped, and the connection with it, after the server has done the
    work. Yields a list with the number dropped."""
    dropped, links = [0], set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        links.add(task)
        task.add_done_callback(links.discard)
        with suppress(OSError):
            back, to_server = await asyncio.open_unix_connection(server)
            asking = asyncio.create_task(_pump(reader, to_server))
            try:
                while reply := await back.read(1 << 16):
                    if random.random() < share:
                        dropped[0] += 1
                        break
                    writer.write(reply)
            finally:
                asking.cancel()
                to_server.close()
        writer.close()

    listener = await asyncio.start_unix_server(serve, front)
    try:
        yield dropped
    finally:
        listener.close()
        for link in list(links):
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while request := await reader.read(1 << 16):
            writer.write(request)
    writer.close()
