"""One small trial of fault h, all faults in one run; and that its counting sees what it is there to see."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.keys import Keys, partition
from connectors.redis import RedisState, open_state
from tests.faults.crisis_counting import CrisisTally, Noted, count, noted
from tests.faults.crisis_server import FaultyServer
from tests.faults.crisis_trials import Kind, fill_disk, freeze, kill_both, kill_redis, played
from tests.faults.crisis_writer import made

History = tuple[RedisState, list[Noted]]
POWER = shutil.which("cc") is not None or shutil.which("gcc") is not None


async def test_acknowledged_commits_survive_everything() -> None:
    """Killed writers, power cuts, a full disk, a frozen Redis and lost replies lose, double and tear no commit."""
    kind = Kind("all in one", (kill_both, fill_disk, kill_redis, freeze), cut=POWER, share=0.02)
    tally = await played(kind, trials=1, commits=200, writers=2, frozen=1.2)
    assert tally.acknowledged >= 200 and tally.faults >= 4, tally.line()
    assert tally.sound, tally.line()


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[History]:
    """Three events of one crisis, and the notes of who wrote them."""
    server = FaultyServer(tmp_path).start()
    state = await open_state(None, server.socket, "t")
    head = ""
    for version in (1, 2, 3):
        commit = made("c0", f"k{version}", version, head)
        head = commit.head
        assert (await state.crises.commit(commit)).outcome == "ok"
    yield state, [Noted("c0", version, f"k{version}") for version in (1, 2, 3)]
    await state.close()
    server.stop()


async def counted(history: History) -> CrisisTally:
    tally = CrisisTally("t")
    await count(history[0], Keys("t"), history[1], tally)
    return tally


async def test_a_whole_history_is_sound(history: History) -> None:
    """Nothing is found where nothing is wrong, and a half-written note is not an acknowledgement."""
    tally = await counted(history)
    assert (tally.acknowledged, tally.unacknowledged, tally.sound) == (3, 0, True), tally.line()
    assert noted(["c0 1 k1\n", "c0 2 k"]) == [Noted("c0", 1, "k1")]


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (("XDEL", "events", "3-0"), "lost"),
        (("XDEL", "events", "2-0"), "breaks"),
        (("XDEL", "outbox", "first"), "torn"),
        (("HSET", "state", "version", "2"), "torn"),
        (("HSET", "state", "head", "other"), "torn"),
        (("HDEL", "keys", "k2"), "torn"),
        (("ZREM", "due", "c0"), "torn"),
        (("DEL", "rooms"), "torn"),
        (("XADD", "outbox", "*", "id", "k1", "payload", "again"), "duplicated"),
    ],
)
async def test_what_is_wrong_is_counted(history: History, command: tuple[str, ...], kind: str) -> None:
    """Each kind of damage, done by hand, is counted as what it is."""
    state, keys = history[0], Keys("t")
    places = {
        "events": keys.crisis_events("c0"), "state": keys.crisis("c0"), "keys": keys.crisis_keys("c0"),
        "due": keys.crisis_due, "rooms": keys.crisis_rooms, "outbox": keys.outbox(partition("c0")),
    }  # fmt: skip
    first = (await state.outbox.pending(partition("c0"), "", 1))[0].entry
    await state.link.call(command[0], places[command[1]], *(first if one == "first" else one for one in command[2:]))
    tally = await counted(history)
    assert getattr(tally, kind) > 0 and not tally.sound, tally.line()


async def test_an_event_twice_and_a_forged_one_are_counted(history: History) -> None:
    """The same key as two events is a double; an event that does not follow from the one before breaks the chain."""
    state, stream = history[0], Keys("t").crisis_events("c0")
    event = json.dumps({"key": "k1", "version": 4})
    await state.link.call("XADD", stream, "4-0", "event", event, "head", "0" * 64)
    tally = await counted(history)
    assert (tally.duplicated, tally.breaks, tally.sound) == (1, 1, False), tally.line()
