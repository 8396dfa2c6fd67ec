"""The state the bot stands on, and the key its audit chain is signed with."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.settings import Chronicle, Gti, Process, Scc, Settings, SettingsError, Slack, State
from bot.state import audit_key, opened
from connectors.clock import SystemClock
from connectors.redis import EmbeddedRedis


def settings(data: Path, url: str | None = None, key: str | None = None) -> Settings:
    process = Process(data=data, audit_key=SecretStr(key) if key else None)
    return Settings(process, Slack(), State(redis_url=SecretStr(url) if url else None), Chronicle(), Gti(), Scc())


def test_the_audit_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """The second caller gets the first one's key, and nobody else may read the file."""
    made = settings(tmp_path / "data")
    key = audit_key(made)
    assert len(key) == 64
    assert audit_key(made) == key
    assert stat.S_IMODE((tmp_path / "data" / "audit.key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["audit.key"]


async def test_bots_that_start_together_have_one_key(tmp_path: Path) -> None:
    """Sixteen at once never read a key that is not there in full."""
    made = settings(tmp_path / "data")
    keys = await asyncio.gather(*(asyncio.to_thread(audit_key, made) for _ in range(16)))
    assert len(set(keys)) == 1


def test_an_empty_key_file_is_no_key(tmp_path: Path) -> None:
    """A half-written file is refused: a chain signed with nothing proves nothing."""
    (tmp_path / "audit.key").touch()
    with pytest.raises(SettingsError, match="no audit key"):
        audit_key(settings(tmp_path))


def test_a_data_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    """The sentence names the two ways out."""
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"Make SOC_BOT_DATA writable, or set SOC_BOT_AUDIT_KEY\."):
        audit_key(settings(tmp_path / "file"))


def test_the_settings_key_wins(tmp_path: Path) -> None:
    """SOC_BOT_AUDIT_KEY needs no file."""
    assert audit_key(settings(tmp_path / "file", key="a key from a vault")) == b"a key from a vault"
    assert not (tmp_path / "file").exists()


async def test_a_malformed_redis_url_is_one_sentence_without_its_password(tmp_path: Path) -> None:
    """Nothing of the URL is repeated."""
    for url in ("redis://u:hunter2@[bad:6379/0", "hunter2@host", "redis://u:hunter2@host:port/0"):
        with pytest.raises(SettingsError) as error:
            async with opened(settings(tmp_path, url=url), "org", SystemClock(), memory_allowed=True):
                pass
        assert "REDIS_URL" in str(error.value)
        assert "hunter2" not in str(error.value)


async def test_the_last_bot_ends_the_embedded_server_also_after_a_failure(tmp_path: Path) -> None:
    """Two share one server; it stays for the second and is gone after that one's error."""
    made, clock = settings(tmp_path), SystemClock()
    with pytest.raises(RuntimeError, match="mine"):
        async with opened(made, "org", clock, memory_allowed=False) as second:
            async with opened(made, "org", clock, memory_allowed=False) as first:
                assert (await first.ping()).ok
            assert (await second.ping()).ok
            raise RuntimeError("mine")
    server = EmbeddedRedis(tmp_path)
    try:
        assert await server.ensure()  # had to be started: none was left running
    finally:
        await server.stop(shutdown=True)
