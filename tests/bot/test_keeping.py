"""What is over is kept in a file first, and only then gets an end; what is open never has one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.keeping import KEEP, Keeper
from connectors.ports import StoredCrisis
from connectors.redis import RedisState, open_state
from handlers.crisis.pack import rows_of
from handlers.crisis.store import CrisisStore
from tests.handlers.crisis.room import Room
from tests.redis_server import RedisServer

KEY = b"key of a test"


@pytest_asyncio.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisState]:
    server = RedisServer(tmp_path).start()
    state = await open_state(None, server.socket, "test")
    try:
        yield state
    finally:
        await state.close()
        server.stop()


async def closed(room: Room) -> None:
    await room.declared()
    for verb in ("mobilise", "contain", "eradicate", "recover"):
        await room.do("lead", f"crisis {verb}")
    answer = await room.do("lead", 'crisis close --anyway "nobody ticked the list"')
    assert answer.outcome == "applied"


def on(state: RedisState) -> Room:
    """The room on a real Redis."""
    room = Room()
    room.store.port = state.crises
    return room


async def lifetime(state: RedisState, crisis: str = "1") -> int:
    """Milliseconds; -1: for ever."""
    found: Any = await state.crises._link.call("PTTL", state.crises._keys.crisis(crisis))
    return int(found)


def keeper(room: Room, folder: Path) -> Keeper:
    return Keeper(room.store, folder, room.clock)


async def test_an_open_crisis_never_gets_an_end(redis: RedisState, tmp_path: Path) -> None:
    """However often it is looked at, and after it was opened again, too."""
    room = on(redis)
    await room.declared()
    assert await keeper(room, tmp_path / "c").look() == 0
    assert await lifetime(redis) == -1
    assert not (tmp_path / "c").exists()
    for verb in ("mobilise", "contain", "eradicate", "recover"):
        await room.do("lead", f"crisis {verb}")
    await room.do("lead", 'crisis close --anyway "of this test"')
    assert await keeper(room, tmp_path / "c").look() == 1
    assert 0 < await lifetime(redis) <= KEEP / timedelta(milliseconds=1)
    await room.do("lead", "crisis reopen the attacker is back")
    assert await lifetime(redis) == -1
    assert await keeper(room, tmp_path / "c").look() == 0
    assert await lifetime(redis) == -1


async def test_the_file_is_there_before_the_end_is(redis: RedisState, tmp_path: Path) -> None:
    """A folder that cannot be written: no end. A process that dies between the two loses nothing: the next look does
    the rest."""
    room = on(redis)
    await closed(room)
    (tmp_path / "file").touch()
    assert await keeper(room, tmp_path / "file").look() == 0
    assert await lifetime(redis) == -1

    class Died(Exception):
        pass

    class Dying(Keeper):
        def _left(self, record: Any) -> float:
            raise Died

    with pytest.raises(Died):
        await Dying(room.store, tmp_path / "c", room.clock).look()
    assert await lifetime(redis) == -1
    written = (tmp_path / "c" / "1.jsonl").read_text()
    assert rows_of(written) == [row async for row in redis.crises.events("1")]
    assert await keeper(room, tmp_path / "c").look() == 1
    assert (tmp_path / "c" / "1.jsonl").read_text() == written
    assert await lifetime(redis) > 0


async def test_what_is_added_later_is_added_to_the_file(tmp_path: Path) -> None:
    """A note after the close takes the end away, and gets into the file before there is another one."""
    room = Room()
    await closed(room)
    one = keeper(room, tmp_path)
    assert (await one.look(), await one.look()) == (1, 0)
    await room.say("lead", "crisis note found a second door")
    assert await one.look() == 1
    assert "found a second door" in (tmp_path / "1.jsonl").read_text()
    assert len(rows_of((tmp_path / "1.jsonl").read_text())) == (await room.crisis()).version


@pytest.mark.parametrize("entries", [1, 50])
async def test_what_lands_between_the_file_and_the_end_is_kept(
    redis: RedisState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entries: int
) -> None:
    """A note after the export and before the end is exported again at once, or, while they go on coming, at the next
    look; the end stands, and nothing is in Redis alone.
    """
    room = on(redis)
    await closed(room)
    expire, left = redis.crises.expire, iter(range(entries))

    async def racing(crisis: str, seconds: float) -> bool:
        if next(left, None) is not None:
            assert (await room.say("lead", "crisis note found a second door")).outcome == "answered"
        return await expire(crisis, seconds)

    monkeypatch.setattr(redis.crises, "expire", racing)
    one = keeper(room, tmp_path)
    assert await one.look() == 1
    if entries > 1:
        list(left)
        assert await one.look() == 1
    assert await lifetime(redis) > 0
    assert rows_of((tmp_path / "1.jsonl").read_text()) == [row async for row in redis.crises.events("1")]
    assert await one.look() == 0


async def test_it_goes_when_its_time_is_over_and_the_file_stays(tmp_path: Path) -> None:
    """400 days after its last entry, not before; a bot that was away for years leaves it another day."""
    room = Room()
    await closed(room)
    await keeper(room, tmp_path).look()
    room.clock.advance(KEEP.total_seconds() - 1)
    assert await room.state.crises.listed() == [("1", False)]
    room.clock.advance(1)
    assert await room.state.crises.listed() == []
    assert (tmp_path / "1.jsonl").exists()
    late = Room()
    await closed(late)
    late.clock.advance(3 * KEEP.total_seconds())
    await keeper(late, tmp_path / "late").look()
    late.clock.advance(86_399)
    assert len(await late.state.crises.listed()) == 1
    late.clock.advance(1)
    assert await late.state.crises.listed() == []


async def test_one_that_goes_while_it_is_looked_at_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time is over between the look and the reading: nothing is kept, its file stays, the keeper goes on."""
    room = Room()
    await closed(room)
    await keeper(room, tmp_path).look()
    written, load = (tmp_path / "1.jsonl").read_bytes(), room.state.crises.load

    async def the_last_time(crisis: str) -> StoredCrisis | None:
        found = await load(crisis)
        room.clock.advance(KEEP.total_seconds())
        return found

    monkeypatch.setattr(room.state.crises, "load", the_last_time)
    assert await keeper(room, tmp_path).look() == 0
    assert await room.state.crises.listed() == []
    assert (tmp_path / "1.jsonl").read_bytes() == written


async def test_evidence_of_tampering_gets_no_end(tmp_path: Path) -> None:
    """A chain that does not verify is neither written to the file nor given an end."""
    room = Room()
    await closed(room)
    other = Keeper(CrisisStore(room.state.crises, b"another key", room.clock), tmp_path, room.clock)
    assert await other.look() == 0
    assert list(tmp_path.iterdir()) == []
    room.clock.advance(3 * KEEP.total_seconds())
    assert await room.state.crises.listed() == [("1", False)]


async def test_the_file_of_another_record_is_not_replaced(tmp_path: Path) -> None:
    """Numbers begin anew when Redis was emptied: the old crisis 1 stays, and the new one gets no end."""
    old, new = Room(), Room()
    await closed(old)
    await keeper(old, tmp_path).look()
    kept = (tmp_path / "1.jsonl").read_bytes()
    new.clock.advance(60)
    await closed(new)
    assert await keeper(new, tmp_path).look() == 0
    assert (tmp_path / "1.jsonl").read_bytes() == kept
    new.clock.advance(3 * KEEP.total_seconds())
    assert len(await new.state.crises.listed()) == 1
