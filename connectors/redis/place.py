"""Where the embedded server's files and its socket lie: private folders, and a path short enough for a socket."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from connectors.errors import StateError
from connectors.redis.server import UNIX_PATH_MAX

NAME = "redis.sock"


def private_folder(folder: Path) -> Path:
    """Make it, 0700. `StateError` when it is a link, somebody else's or cannot be made."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = folder.lstat()
        if folder.is_symlink() or facts.st_uid != os.getuid():
            raise StateError(f"{folder} belongs to somebody else or is a link: the embedded Redis will not use it")
        folder.chmod(0o700)
    except OSError as fault:
        raise StateError(f"{folder} cannot be used for the embedded Redis: {fault.strerror}") from fault
    return folder


def socket_path(folder: Path) -> Path:
    """The socket of the server in `folder`, the same for every process that asks.

    In the folder itself when the path fits; else under XDG_RUNTIME_DIR or the temporary folder, in a place derived
    from the folder's path and noted in it, since another process may have another environment.
    """
    if _fits(folder / NAME):
        return folder / NAME
    note = folder / "socket.path"
    if note.exists():
        noted = Path(note.read_text("utf-8"))
        return private_folder(noted.parent) / NAME
    name = f"soc-bot-{os.getuid()}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    for base in ([Path(runtime)] if runtime and Path(runtime).is_dir() else []) + [Path(tempfile.gettempdir())]:
        if _fits(base / name / NAME):
            where = private_folder(base / name) / NAME
            note.write_text(str(where), "utf-8")
            return where
    raise StateError(
        f"The path of {folder} is too long for a unix socket ({UNIX_PATH_MAX} bytes at most): "
        "choose a shorter SOC_BOT_DATA, or set XDG_RUNTIME_DIR or REDIS_URL"
    )


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= UNIX_PATH_MAX
