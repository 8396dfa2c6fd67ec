"""The ledger when its process, its disk or its Redis fails; what was derived is never trusted either."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.doctor import examine
from bot.settings import Chronicle, Gti, Process, Scc, Settings, Slack, State
from connectors.errors import StateError
from connectors.ledger import ParquetCaseLedger
from connectors.ledger.vault import Vault
from connectors.redis import RedisState, open_state
from tests.connectors.google.stand_in import standing_in
from tests.connectors.ledger_writer import ROWS
from tests.connectors.test_ledger import NOW
from tests.connectors.test_ledger_parquet import DAY, Rig, populate
from tests.ledger_views import events_of
from tests.redis_server import RedisServer

WRITER = (sys.executable, "-m", "tests.connectors.ledger_writer")
BEFORE_MANIFEST, AFTER_MANIFEST = 3, 4
"""Renames of a commit: cases, events, manifest; the fourth is the next commit's first."""


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    made = Rig(tmp_path / "ledger")
    yield made
    for one in made.opened:
        await one.close()


def test_a_commit_killed_anywhere_leaves_one_whole_generation(tmp_path: Path) -> None:
    """After SIGKILL before each rename the ledger is as before the commit or as after it, and the rest is swept."""
    folders = {at: tmp_path / str(at) for at in range(1, AFTER_MANIFEST + 1)}
    writers = {at: subprocess.Popen([*WRITER, "killed", str(folder), str(at)]) for at, folder in folders.items()}
    for at, folder in folders.items():
        assert writers[at].wait(60) == -signal.SIGKILL
        vault = Vault(folder, "t")
        assert vault.open() == [] and vault.verify() == []
        cases, events = vault.read("2026-10")
        generation = "2" if at > BEFORE_MANIFEST else "1"
        assert cases["title"].to_list() == events["value"].to_list() == [generation] * ROWS
        assert any(path.name not in vault.manifest.files and path.name != "manifest.json" for path in folder.iterdir())
        vault.commit({})
        vault.commit({})
        assert {path.name for path in folder.iterdir()} == {*vault.manifest.files, "manifest.json"}


@pytest.mark.parametrize(("room", "held"), [(100, None), (10_000, 334)])
def test_a_full_disk_is_told_and_the_fill_goes_on_when_there_is_room(
    tmp_path: Path, room: int, held: int | None
) -> None:
    """What fits is answered from with the reason why it is not all; with nothing held the reason is the answer."""
    command = [*WRITER, "full", str(tmp_path / "ledger"), str(room)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    short, whole = (json.loads(line) for line in done.stdout.splitlines())
    reason = "Case ledger cannot be kept on the disk (File too large)"
    if held is None:
        assert short == {"error": "Unavailable", "text": reason}
    else:
        assert (short["cases"], short["truncated"]) == (held, True)
        assert short["notes"][0].startswith(f"{reason}; shown as of ")
    assert whole["cases"] == 3000 and not any("disk" in note or "being read" in note for note in whole["notes"])


async def test_a_restart_derives_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was derived lies beside its months: a restart reads it, and gives the same rows."""
    populate(rig.desk)
    before = await (await rig.fill()).view(NOW - 100 * DAY)

    def never(*given: Any) -> Any:
        raise AssertionError("derived again")

    monkeypatch.setattr("connectors.ledger.deriving.month", never)
    after = await (await rig.again()).view(NOW - 100 * DAY)
    assert after.cases.equals(before.cases) and events_of(after).equals(events_of(before))
    assert after.facts.notes == before.facts.notes


async def test_damaged_or_foreign_derivations_are_made_again(rig: Rig) -> None:
    """A derived month with other bytes than were written, or by other rules, is derived from its source."""
    populate(rig.desk)
    before = await (await rig.fill()).view(NOW - 100 * DAY)
    shelf = rig.folder / "derived"
    victim = sorted(shelf.glob("2026-10-*.cases.parquet"))[0]
    victim.write_bytes(victim.read_bytes()[::-1])
    after = await (await rig.again()).view(NOW - 100 * DAY)
    assert after.cases.equals(before.cases)
    for one in rig.opened:
        await one.close()
    # the same folder for a bot to which an analyst is a machine: nobody ever took a case
    other = rig.ledger(automation={"analyst-07"})
    assert (await other.view(NOW - 100 * DAY)).cases["acknowledged_at"].null_count() == before.cases.height
    assert len(list(shelf.glob("2026-10-*.json"))) == 1


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[tuple[RedisServer, list[RedisState]]]:
    """A real server and two replicas' connections to it."""
    server = RedisServer(tmp_path).start()
    states = [await open_state(None, server.socket, "test") for _ in range(2)]
    yield server, states
    for state in states:
        await state.close()
    server.stop()


async def test_replicas_on_a_real_redis_read_once(rig: Rig, redis: tuple[RedisServer, list[RedisState]]) -> None:
    """The lease and what is remembered of the folder lie in Redis; whoever goes leaves the lease to the other."""
    populate(rig.desk)
    one, two = (rig.ledger(store=state.store) for state in redis[1])
    first, second = await asyncio.gather(one.view(NOW - 100 * DAY), two.view(NOW - 100 * DAY))
    assert first.cases.height == second.cases.height == 45
    asked = [window for what, window in rig.desk.asked if what == "history" and window]
    assert len(asked) == len(set(asked))
    store, folder = redis[1][0].store, one._vault.manifest.folder
    state = json.loads(await store.get(f"ledger:{folder}:state") or "{}")
    assert (state["generation"], state["digest"]) == (one._vault.manifest.generation, one._vault.digest)
    holder, other = (one, two) if await _holds(one, store) else (two, one)
    assert await _holds(holder, store)
    await holder.close()
    assert await store.get(f"ledger:{folder}:lease") is None
    rig.clock.advance(61)
    assert (await other.view(NOW)).facts.as_of == NOW + timedelta(seconds=61) and await _holds(other, store)


async def _holds(ledger: ParquetCaseLedger, store: Any) -> bool:
    found: str | None = await store.get(f"ledger:{ledger._vault.manifest.folder}:lease")
    return found == ledger._lease._owner


async def test_a_redis_that_dies_leaves_a_lock_on_the_folder(
    rig: Rig, redis: tuple[RedisServer, list[RedisState]]
) -> None:
    """Without Redis one replica still refreshes and the other only reads what it wrote."""
    populate(rig.desk)
    server, (mine, theirs) = redis
    one, two = rig.ledger(store=mine.store), rig.ledger(store=theirs.store)
    await one.view(NOW - 100 * DAY)
    await one.filled()
    server.kill()
    with pytest.raises(StateError):
        await mine.store.get("any")
    rig.clock.advance(61)
    rig.desk.put("new", age=-0.01)
    assert (await one.view(NOW - 100 * DAY)).cases.height == 46
    rig.desk.asked.clear()
    assert (await two.view(NOW - 100 * DAY)).cases.height == 46 and rig.desk.asked == []


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (200, "Case ledger: refreshed by the list of updated cases: the tenant filters by update time."),
        (400, "Case ledger: refreshed by the open queue, new cases and case history"),
        (500, "Case ledger: whether the tenant filters by update is unknown"),
    ],
)
async def test_the_doctor_says_how_the_ledger_learns_of_changes(tmp_path: Path, status: int, sentence: str) -> None:
    """A tenant that filters by update time, one that refuses to, and one that cannot be asked each have a sentence."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if "updateTime" not in request.query.get("filter", ""):
            return web.json_response({"cases": []})
        old = request.query["filter"].endswith(">= 1")
        return web.json_response({"cases": [{"name": "x/1", "createTime": "1"}] if old else []}, status=status)

    async with standing_in(answer) as server:
        given = {"project_id": "p", "customer_id": "c", "region": "eu", "api_url": server.url}
        chronicle = Chronicle(**given, token=SecretStr("t"))  # type: ignore[arg-type]
        findings = await examine(Settings(Process(data=tmp_path), Slack(), State(), chronicle, Gti(), Scc()))
    (found,) = [one for one in findings if one.sentence.startswith("Case ledger")]
    assert found.sentence.startswith(sentence) and found.ok == (status != 500)


async def test_the_fill_divides_time_at_whole_seconds(rig: Rig) -> None:
    """History knows seconds: an event of the very second that two spans share would lie in neither of them."""
    rig.clock.advance(0.7)
    populate(rig.desk)
    await rig.fill()
    spans = [window for what, window in rig.desk.asked if what == "history" and window]
    assert len(spans) > 2
    assert {edge.microsecond for window in spans for edge in (window.start, window.end)} == {0}
    assert max(window.end for window in spans) > rig.clock.now()
