"""Child processes of a bench: started on free ports, waited for by what they print, stopped by their own pid."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 120.0
_TICKS = os.sysconf("SC_CLK_TCK")
_DROPPED = (
    "PYTHONDONTWRITEBYTECODE",
    "SOC_BOT_",
    "SLACK_",
    "CHRONICLE_",
    "REDIS_URL",
    "VT_APIKEY",
    "GTI_",
    "SCC_",
    "SECOPS_",
    "GOOGLE_",
)


class Child:
    """One process; its stderr goes to `log`."""

    def __init__(
        self,
        argv: Sequence[str],
        log: Path,
        env: Mapping[str, str] | None = None,
        *,
        cwd: Path = ROOT,
        stdin: bool = False,
    ) -> None:
        self.log = log
        self.started = time.monotonic()
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=clean(env or {}),
                cwd=cwd,
                bufsize=0,  # what was read ahead would be hidden from the selector
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def line(self, starts: str = "", within: float = PATIENCE) -> str:
        """The next line of standard output that starts so; an AssertionError with the log's end when it never comes."""
        end = time.monotonic() + within
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as ready:
            ready.register(self._process.stdout, selectors.EVENT_READ)
            while True:
                left = end - time.monotonic()
                found = self._process.stdout.readline().decode() if left > 0 and ready.select(left) else ""
                if not found:
                    raise AssertionError(f"process {self.pid} did not say “{starts}”: {self.said()[-2000:]}")
                if found.startswith(starts):
                    return found.strip()

    def json(self, within: float = PATIENCE) -> Any:
        """The next line of standard output that is a JSON object."""
        return json.loads(self.line("{", within))

    def said(self) -> str:
        """Its standard error so far."""
        return self.log.read_text(errors="replace")

    def until_said(self, words: str, within: float = PATIENCE) -> None:
        """Until its standard error holds these words."""
        end = time.monotonic() + within
        while words not in self.said():
            assert self.alive and time.monotonic() < end, f"“{words}” was never said: {self.said()[-2000:]}"
            time.sleep(0.05)

    def cpu(self) -> float:
        """User and system seconds of this process, its children left out (proc(5): stat, fields 14 and 15)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def rss(self) -> float:
        """Resident memory in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
        return int(kib) / 1024

    def tell(self, line: str) -> None:
        """One line on its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def close_stdin(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    def wait(self, within: float = PATIENCE) -> int:
        return self._process.wait(within)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when it does not listen."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: nothing is finished."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self.alive:
            self._process.send_signal(number)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        for stream in (self._process.stdout, self._process.stdin):
            if stream is not None:
                stream.close()


def clean(env: Mapping[str, str]) -> dict[str, str]:
    """Our environment without proxies and without anybody's settings of the bot, and then `env`.

    Bytecode is kept, as it is where the bot is installed: compiling all SDKs at each start is no part of a start.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
    return {name: value for name, value in kept.items() if "proxy" not in name.lower()} | dict(env)


@contextmanager
def running(child: Child) -> Iterator[Child]:
    """Stopped at the end, whatever happens."""
    try:
        yield child
    finally:
        child.stop()


def module(name: str, *arguments: str) -> list[str]:
    """The command line of a module of ours."""
    return [sys.executable, "-m", name, *arguments]
