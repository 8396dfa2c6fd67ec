"""`soc-bot crisis` and `soc-bot audit verify`: crises listed, packed and walked on a real Redis."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.auditing import verified
from bot.crises import exported, folder, listed
from bot.keeping import Keeper
from bot.settings import Settings
from bot.state import AnyState, opened
from connectors.clock import FixedClock
from connectors.redis import RedisState
from handlers.core.errors import NotFound
from tests.bot.test_cli import soc_bot
from tests.bot.test_state import settings
from tests.handlers.commands.desk import NOW
from tests.handlers.crisis.room import Room

KEY = "key of a test"


@pytest.fixture
def ours(tmp_path: Path) -> Settings:
    return settings(tmp_path / "data", key=KEY)


@pytest_asyncio.fixture
async def state(ours: Settings) -> AsyncIterator[AnyState]:
    """The state that the commands open too: the server runs as long as one of them is there."""
    async with opened(ours, ours.process.org, FixedClock(NOW), memory_allowed=False) as one:
        yield one


async def declared(state: AnyState, *more: str) -> Room:
    """Crisis 1, and what else is typed."""
    room = Room()
    room.store.port = state.crises
    for line in ('crisis declare "Ransomware on file servers" --severity 1', *more):
        assert (await room.do("lead", line)).outcome == "applied", line
    return room


async def test_crises_are_listed_with_drills_marked(ours: Settings, state: AnyState) -> None:
    """The newest first; an empty house says so."""
    assert await listed(ours) == ["None was ever declared here."]
    await declared(state, "crisis drill ransomware")
    drill, real = await listed(ours)
    assert drill.startswith("2  DRILL Crisis 2 “Birch Lantern” · SEV1 · declared · 2026-11-22 09:00 UTC")
    assert real.startswith("1  Crisis 1 “Amber Harbour” · SEV1 · declared · 2026-11-22 09:00 UTC")


async def test_a_crisis_is_exported_as_a_zip(ours: Settings, state: AnyState, tmp_path: Path) -> None:
    """Into a folder that is made; one that does not exist is said."""
    await declared(state)
    made = await exported(ours, "1", tmp_path / "out" / "here")
    assert made == tmp_path / "out" / "here" / "crisis-1-amber-harbour_2026-11-22.zip"
    assert {"timeline.jsonl", "verify.py", "review.html"} <= set(zipfile.ZipFile(made).namelist())
    for unknown in ("2", "../../etc/passwd", ""):
        with pytest.raises(NotFound):
            await exported(ours, unknown, tmp_path)


async def test_a_crisis_that_is_in_its_file_alone_is_exported_from_there(
    ours: Settings, state: AnyState, tmp_path: Path
) -> None:
    """When its time in Redis is over, the file still makes the same pack."""
    room = await declared(state)
    await room.do("lead", "crisis cancel it was a test of the sensor")
    before = (await exported(ours, "1", tmp_path / "before")).read_bytes()
    assert await Keeper(room.store, folder(ours), room.clock).look() == 1
    assert await state.crises.expire("1", 0.001)
    while await state.crises.load("1") is not None:
        pass
    (line,) = await listed(ours)
    assert line.startswith("1  in ")
    assert (await exported(ours, "1", tmp_path / "after")).read_bytes() == before


async def test_audit_verify_walks_the_chain_of_every_crisis(ours: Settings, state: AnyState) -> None:
    """All hold: counted. A head posted in a crisis's room is known; one from nowhere is not."""
    room = await declared(state, "crisis drill ransomware")
    ok, said = await verified(ours)
    entries = sum([(await room.crisis(one)).version for one in ("1", "2")])
    assert (ok, f"Chains of crises that hold: 2, with {entries} entries." in said) == (True, True)
    head = (await room.store.verify("1")).head
    assert (await verified(ours, head[:16]))[0] is True
    assert (await verified(ours, "f" * 16))[0] is False


async def test_audit_verify_finds_what_was_changed_in_redis(ours: Settings, state: AnyState) -> None:
    """A changed entry, and a tail that was cut off under its state: each broken, named, with what holds before it."""
    room = await declared(state, "crisis mobilise", "crisis drill ransomware")
    last = (await room.crisis()).version
    assert isinstance(state, RedisState)
    stream = state.crises._keys.crisis_events("1")
    call = state.crises._link.call
    await call("XDEL", stream, f"{last}-0")
    ok, said = await verified(ours)
    assert ok is False
    reason = f"its state is of entry {last}, which is not there; {last - 1} entries before it hold."
    assert f"Chain of crisis 1 is broken: {reason}" in said
    assert "Chains of crises that hold: 1" in said
    await call("DEL", stream)
    await call("XADD", stream, "1-0", "event", "{}", "head", "0" * 64)
    assert "event 1 was changed, or the key differs" in (await verified(ours))[1]


async def test_the_command_line_does_all_of_it(state: AnyState, tmp_path: Path) -> None:
    """Listed, exported, verified with exit code 0; what does not exist, and a broken chain, are a sentence and 1."""
    await declared(state)
    assert soc_bot(tmp_path, "crisis", "list", SOC_BOT_AUDIT_KEY=KEY).stdout.startswith("1  Crisis 1")
    made = soc_bot(tmp_path, "crisis", "export", "1", "--out", str(tmp_path / "o"), SOC_BOT_AUDIT_KEY=KEY)
    assert zipfile.ZipFile(made.stdout.strip()).testzip() is None
    gone = soc_bot(tmp_path, "crisis", "export", "9", SOC_BOT_AUDIT_KEY=KEY)
    assert (gone.returncode, gone.stdout) == (1, "")
    assert "There is no crisis 9. `soc-bot crisis list`" in gone.stderr
    bad = soc_bot(tmp_path, "crisis", "export", "1", "--out", "/proc/none", SOC_BOT_AUDIT_KEY=KEY)
    assert (bad.returncode, "cannot be written" in bad.stderr) == (1, True)
    assert soc_bot(tmp_path, "audit", "verify", SOC_BOT_AUDIT_KEY=KEY).returncode == 0
    other = soc_bot(tmp_path, "audit", "verify", SOC_BOT_AUDIT_KEY="another key of some length")
    assert (other.returncode, "Chain of crisis 1 is broken" in other.stderr) == (1, True)
