"""An append-only file that was cut within a transaction, on every server at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.ports import Committed
from connectors.redis import open_state
from connectors.redis.server import Binary, find_servers
from connectors.redis.tail import mend
from tests.faults.crisis_writer import made
from tests.redis_server import RedisServer

SERVERS = pytest.mark.parametrize("binary", find_servers(), ids=lambda found: found.origin)
CUTS = (
    ("MULTI", 2),
    ("MULTI", 3),
    ("MULTI", 4),
    ("XADD", 0),
    ("HSET", 2),
    ("HSET", 3),
    ("HSET", 5),
    ("EXEC", 0),
    ("EXEC", 1),
)
"""Where the last transaction ends: so many bytes after the last of these words."""


def log_of(folder: Path) -> Path:
    """The file that commands are appended to."""
    return max(folder.rglob("appendonly*.aof"), key=lambda path: path.stat().st_mtime)


async def written(server: RedisServer) -> str:
    """Two events; the head of the first."""
    state = await open_state(None, server.socket, "t")
    first = made("c", "first", 1, "")
    await state.crises.commit(first)
    await state.crises.commit(made("c", "cut", 2, first.head))
    await state.close()
    return first.head


@SERVERS
@pytest.mark.parametrize(("word", "more"), CUTS)
async def test_what_follows_a_cut_is_kept_as_acknowledged(tmp_path: Path, binary: Binary, word: str, more: int) -> None:
    """Wherever the file was cut, nothing of the cut commit comes back beside the one that took its version."""
    server = RedisServer(tmp_path, binary).start()
    head = await written(server)
    server.kill()
    log = log_of(tmp_path)
    held = log.read_bytes()
    log.write_bytes(held[: held.rindex(word.encode()) + len(word) + more])
    assert mend(binary.path, tmp_path) > 0
    other = made("c", "other", 2, head)
    for told in ("ok", "known"):
        server.start()
        state = await open_state(None, server.socket, "t")
        assert await state.crises.commit(other) == Committed(told, 2)
        assert [event async for _, event, _ in state.crises.events("c")][1:] == [other.event]
        assert await state.queue.depth() == (0, 2)
        await state.close()
        server.kill()
        assert mend(binary.path, tmp_path) == 0


@SERVERS
async def test_a_whole_file_and_none_are_left_alone(tmp_path: Path, binary: Binary) -> None:
    """Nothing to mend, nothing done; an empty file is a whole one."""
    assert mend(binary.path, tmp_path) == 0
    server = RedisServer(tmp_path, binary).start()
    server.stop()
    assert mend(binary.path, tmp_path) == 0
    server.start()
    await written(server)
    server.kill()
    before = log_of(tmp_path).read_bytes()
    assert mend(binary.path, tmp_path) == 0 and log_of(tmp_path).read_bytes() == before


@SERVERS
async def test_damage_in_the_middle_is_not_cut_away(tmp_path: Path, binary: Binary) -> None:
    """A damaged file is left as it is for somebody to look at: mending would drop all that follows."""
    server = RedisServer(tmp_path, binary).start()
    await written(server)
    server.kill()
    log = log_of(tmp_path)
    held = log.read_bytes()
    at = held.index(b"*", held.index(b"first"))
    damaged = held[:at] + b"!" + held[at + 1 :]
    log.write_bytes(damaged)
    assert mend(binary.path, tmp_path) == 0 and log.read_bytes() == damaged
