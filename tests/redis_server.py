"""A real redis-server on a unix socket for tests: started, killed and stopped by its process id."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from connectors.redis.server import UNIX_PATH_MAX, Binary, command, find_servers, mood


class RedisServer:
    """Files and socket lie in `folder` (usually `tmp_path`), so a second `start` finds what the first one wrote.

    `more`: further options of redis-server. Skips the test when this machine has no server. The caller ends it by
    `stop` or `kill`.
    """

    def __init__(self, folder: Path, binary: Binary | None = None, more: Sequence[str] = ()) -> None:
        found = [binary] if binary else find_servers()
        if not found:
            pytest.skip("no redis-server on PATH and none in a wheel")
        self.binary = found[0]
        self.folder, self.more = folder, more
        where = folder / "r.sock"
        if len(str(where).encode()) > UNIX_PATH_MAX:
            where = Path(tempfile.mkdtemp(prefix="redis-")) / "r.sock"
        self.socket = str(where)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> RedisServer:
        """Start it and wait until it answers."""
        Path(self.socket).unlink(missing_ok=True)
        with (self.folder / "redis.log").open("ab") as log:
            line = [*command(self.binary.path, self.folder, Path(self.socket)), *self.more]
            self.process = subprocess.Popen(line, stdout=log, stderr=subprocess.STDOUT)
        end = time.monotonic() + 15
        while mood(Path(self.socket)) != "ready":
            assert self.process.poll() is None, (self.folder / "redis.log").read_text()
            assert time.monotonic() < end, "redis-server does not answer"
            time.sleep(0.01)
        return self

    def kill(self) -> None:
        """SIGKILL: what was not written is lost."""
        self._end(subprocess.Popen.kill)

    def stop(self) -> None:
        """SIGTERM."""
        self._end(subprocess.Popen.terminate)

    def _end(self, signal: object) -> None:
        process, self.process = self.process, None
        if process is not None:
            assert callable(signal)
            signal(process)
            process.wait(10)
