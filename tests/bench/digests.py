"""1,000 digests that are due at once over 50 channels: claimed and put into the inbox by one scheduler, against bare
claims by the same script; and how long after the first post the last one comes, against the channels' rate limit.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.scheduler import BATCH, SIDE_BY_SIDE, Scheduler, firing
from bot.slack.pace import BURST, SECONDS
from connectors.clock import SystemClock
from connectors.redis import RedisState, open_state
from handlers.core.call import Address, Identity
from handlers.digest.model import Schedule
from tests.bench.children import running
from tests.bench.rows import ROUNDS, Row, against
from tests.bench.scene import ask, scene, sink
from tests.bench.signed import TEAM
from tests.redis_server import RedisServer

COUNT = int(os.environ.get("BENCH_DIGESTS", "1000"))
CHANNELS = 50
LINE = "alerts --hours 1"
GOAL_CLAIM, GOAL_DELIVERY = 2.0, 1.1
PATIENCE = 300.0


def measure() -> list[Row]:
    """Milliseconds per slot, ours and bare side by side; seconds until the last delivery."""
    ours, bare = asyncio.run(_claims())
    return [against(f"digests: {COUNT} due, claim and enqueue", ours, bare, "ms", GOAL_CLAIM), _delivery()]


def _digest(number: int) -> Schedule:
    return Schedule(
        id=f"d-{number}",
        line=LINE,
        when="once a year",
        cron="0 0 1 1 *",
        zone="UTC",
        owner=Identity(platform="slack", tenant=TEAM, user="U0"),
        place=Address(platform="slack", tenant=TEAM, channel=f"C{number % CHANNELS}", user="U0", visibility="channel"),
        made_by="bench",
        made_at=datetime(2026, 1, 2, tzinfo=UTC),
    )


async def _save(state: RedisState, slot: datetime) -> None:
    for n in range(COUNT):
        assert await state.schedules.save(f"d-{n}", _digest(n).model_dump_json(), slot, 0)


async def _claims() -> tuple[list[float], list[float]]:
    """A round is an organisation of its own on the same server; the first one warms both up."""
    took: tuple[list[float], list[float]] = ([], [])
    with tempfile.TemporaryDirectory(prefix="socbot-") as folder:
        server = RedisServer(Path(folder)).start()
        try:
            for number in range(2 * (ROUNDS + 1)):
                state = await open_state(None, server.socket, f"bench-{number}")
                slot = SystemClock().now().replace(microsecond=0) - timedelta(seconds=5)
                await _save(state, slot)
                took[number % 2].append(await (_bare if number % 2 else _ours)(state, slot))
                assert (await state.queue.depth())[0] == COUNT
                await state.close()
        finally:
            server.stop()
    return took[0][1:], took[1][1:]


async def _ours(state: RedisState, slot: datetime) -> float:
    scheduler, started = Scheduler(state.schedules, state.store, SystemClock()), time.perf_counter()
    while await scheduler.look() == BATCH:
        pass
    return (time.perf_counter() - started) / COUNT * 1000


async def _bare(state: RedisState, slot: datetime) -> float:
    """The same script with calls made beforehand: no looking, no cron, no JSON; as many side by side."""
    entries = await state.schedules.all()
    calls = [firing(_digest(n), slot, 0, slot) for n in range(COUNT)]
    ready = [(entry, (call.id, call.model_dump_json())) for entry, call in zip(entries, calls, strict=True)]
    later, started = slot + timedelta(days=300), time.perf_counter()
    for at in range(0, COUNT, SIDE_BY_SIDE):
        batch = [state.schedules.fire(entry, later, call) for entry, call in ready[at : at + SIDE_BY_SIDE]]
        assert all(await asyncio.gather(*batch))
    return (time.perf_counter() - started) / COUNT * 1000


def _delivery() -> Row:
    """From the first post to the last; a channel takes one a second after a burst."""
    with scene() as stage, sink(stage.folder) as at:
        path = stage.folder / "access-digests.yaml"
        held = json.loads(Path(stage.env["SOC_BOT_ACCESS"]).read_text())
        held["channels"] = [{"platform": "slack", "tenant": TEAM, "channel": f"C{n}"} for n in range(CHANNELS)]
        path.write_text(json.dumps(held))
        with running(stage.bot(at, SOC_BOT_ACCESS=str(path))) as bot:
            bot.line("ready: ")
            bot.until_said("case ledger filled")
            asyncio.run(_fill(stage.env["REDIS_URL"]))
            end = time.monotonic() + PATIENCE
            while (came := ask(f"{at}/count")) < COUNT:
                assert time.monotonic() < end, f"{came} of {COUNT} digests came: {bot.said()[-2000:]}"
                time.sleep(0.1)
            times = ask(f"{at}/times")["/api/chat.postMessage"]
    took, least = max(times) - min(times), (COUNT / CHANNELS - BURST) * SECONDS
    ratio = took / least
    what = f"digests: {COUNT} delivered over {CHANNELS} channels"
    return Row(
        what, f"{took:.1f} s", f"{least:.1f} s", f"{ratio:.2f} x", f"<= {GOAL_DELIVERY:g} x", ratio <= GOAL_DELIVERY
    )


async def _fill(url: str) -> None:
    state = await open_state(url, None, "default")
    await _save(state, SystemClock().now().replace(microsecond=0) - timedelta(seconds=5))
    await state.close()
