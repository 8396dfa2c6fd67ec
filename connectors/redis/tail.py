"""The tail of an append-only file, mended before a server reads it.

A script's writes stand between MULTI and EXEC. Where a crash cut the file within them, Redis drops the cut command
alone: MULTI and the writes before the cut stay, are not in memory, and what is appended next is replayed as part of the
same transaction at the start after that. Seen with 6.2.14 and 7.0.15: an event nobody was told of took the version of
one that was acknowledged; valkey-io/valkey pull request 4342 (2026) is the fix there. Every redis-server is
redis-check-aof when called by that name, and tells where the last whole transaction ends.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from connectors.errors import StateError

MULTI, EXEC = b"*1\r\n$5\r\nMULTI\r\n", b"*1\r\n$4\r\nEXEC\r\n"
SAID = re.compile(r"AOF analyzed: (?:filename=(.+?), )?size=\d+, ok_up_to=(\d+)")
PATIENCE = 600.0


def mend(server: Path, folder: Path) -> int:
    """Cut a transaction that was not finished off the file in `folder`; no server may run on it.

    Number of bytes cut. Other damage is left for the server to refuse. `StateError` when it cannot be checked.
    """
    spots = (folder / "appendonlydir" / "appendonly.aof.manifest", folder / "appendonly.aof")
    told = [path for path in spots if path.exists() and path.stat().st_size]  # 6.2's checker refuses an empty file
    said = _checked(server, told[0]) if told else None
    if said is None:
        return 0
    analysed = SAID.findall(said)
    if not analysed:
        raise StateError("The embedded Redis' append-only file could not be checked")
    name, end = analysed[-1]
    return _cut(told[0].parent / name if name else told[0], int(end))


def _checked(server: Path, file: Path) -> str | None:
    """What the checker says; None when the file is sound."""
    line = [f"{server.name.partition('-')[0]}-check-aof", str(file)]
    try:
        done = subprocess.run(  # noqa: S603
            line, executable=server, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            check=False, timeout=PATIENCE,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise StateError("The embedded Redis' append-only file could not be checked") from fault
    return None if done.returncode == 0 else done.stdout


def _cut(file: Path, end: int) -> int:
    """Cut at `end` if one unfinished transaction is all that follows: nothing in it was ever acknowledged."""
    with file.open("r+b") as log:
        log.seek(end)
        tail = log.read()
        if not tail.startswith(MULTI) or EXEC in tail:
            return 0
        log.truncate(end)
        os.fsync(log.fileno())
    return len(tail)
