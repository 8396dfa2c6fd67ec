"""`python -m bot.cli ...` again and again, everything imported once: one process imports, and a fork of it runs each.

A fork has its own arguments, environment, folder and streams, runs the module as `python -m` does and ends as a process
ends. A start from nothing is tried by a test beside, by tests/handlers/analysis/test_imports.py and by tests/faults.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import socket
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
IMPORTED = (
    "bot.app", "bot.asking", "bot.auditing", "bot.crises", "bot.demo", "bot.digests", "bot.doctor", "bot.manifests",
    "bot.serving", "bot.starting", "handlers.core.registry",
)  # fmt: skip
"""Whatever `bot.cli` imports on its ways; not itself, which each fork runs from its first line."""


def environment() -> dict[str, str]:
    """What a child of a test needs from outside, and nothing else."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT)}


class Forge:
    """The process that was started once. It ends when nobody holds the other end any more."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", "tests.forking", str(theirs.fileno())]
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment(), pass_fds=[theirs.fileno()])
        atexit.register(self.end)

    def end(self) -> None:
        self._socket.close()
        self._process.wait(20)

    def run(
        self, args: tuple[str, ...], cwd: Path, env: dict[str, str], seconds: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        """As `subprocess.run(..., capture_output=True, text=True)` does it; TimeoutError after `seconds`."""
        pipes = [os.pipe(), os.pipe()]
        said: list[bytes] = [b"", b""]

        def read(which: int) -> None:
            with os.fdopen(pipes[which][0], "rb") as stream:
                said[which] = stream.read()

        readers = [threading.Thread(target=read, args=(which,), daemon=True) for which in (0, 1)]
        asked = json.dumps({"args": args, "cwd": str(cwd), "env": env}).encode()
        socket.send_fds(self._socket, [asked], [pipes[0][1], pipes[1][1]])
        for _, writing in pipes:
            os.close(writing)
        for reader in readers:
            reader.start()
        self._socket.settimeout(seconds)
        code = int(self._socket.recv(100))
        for reader in readers:
            reader.join(seconds)
            assert not reader.is_alive(), "somebody whom it left behind holds its output open"
        out, err = (one.decode().replace("\r\n", "\n") for one in said)
        return subprocess.CompletedProcess(args, code, out, err)


@cache
def forge() -> Forge:
    """One in each process of tests."""
    return Forge()


def serve(asked: socket.socket) -> None:
    """Fork for each message: arguments, folder and environment as JSON beside two open streams."""
    for name in IMPORTED:
        importlib.import_module(name)
    from handlers.core.registry import discover

    discover()
    gc.collect()
    gc.freeze()
    while True:
        message, streams, _, _ = socket.recv_fds(asked, 1 << 20, 2)
        if not message:
            return
        if (pid := os.fork()) == 0:
            asked.close()
            become(json.loads(message), streams)
            return
        for stream in streams:
            os.close(stream)
        asked.send(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())


def become(job: dict[str, object], streams: list[int]) -> None:
    """Run the module in this process; SystemExit and whatever else goes wrong end it."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, stream in enumerate((nothing, *streams)):
        os.dup2(stream, number)
        os.close(stream)
    # The old objects remember what kind of files those were.
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - as long as the process
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.chdir(str(job["cwd"]))
    os.environ.clear()
    os.environ.update(job["env"])  # type: ignore[call-overload]
    sys.argv = ["-m", *job["args"]]  # type: ignore[misc]
    runpy.run_module("bot.cli", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
