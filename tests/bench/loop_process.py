"""`python -m tests.bench.loop_process SECONDS`: the bot's core answering the heaviest command beside /healthz.

Settings from the environment, as `soc-bot` reads them. Prints `ready: URL`, and a JSON object with the probe's summary
of each phase: idle (no command), fill (the case ledger being read), busy (the command again and again).
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable
from typing import Any

from aiohttp import web

from bot.app import App, Core, assemble, core
from bot.http import application
from bot.platform import Parcel
from bot.settings import load
from connectors.clock import SystemClock
from handlers.core.call import Address, Call, Identity
from messages import block_kit
from tests.bench.probe import Probe

LINE = "metrics soc --performance --timeframe monthly --trend-analysis"


async def main(seconds: float) -> None:
    clock = SystemClock()
    async with core(load(), clock, demo=False) as made:
        app: App = assemble(made, {})
        runner = web.AppRunner(application(app.health, []), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        _say(f"ready: http://127.0.0.1:{runner.addresses[0][1]}/")
        idle, _ = await _phase(asyncio.sleep(seconds / 4))
        gc.collect()
        gc.freeze()  # as `bot.serving` does before it starts to work
        tasks = app.start()
        fill, cases = await _phase(_filled(app, tasks[-1]))
        busy, answers = await _phase(_answers(made, clock, seconds))
        await app.stop(tasks)
        _say(json.dumps({"idle": idle, "fill": fill, "busy": busy, "cases": cases, "answers": answers}))
        await runner.cleanup()


async def _phase(work: Awaitable[Any]) -> tuple[dict[str, Any], Any]:
    probe = Probe()
    probing = asyncio.create_task(probe.run())
    with probe.watching():
        done = await work
    probing.cancel()
    return {
        **probe.summary(),
        "stacks": sorted(((*seen, stack) for stack, seen in probe.stacks.items()), reverse=True)[:8],
    }, done


async def _filled(app: App, warming: asyncio.Task[None]) -> int:
    await warming
    return (await app.core.soc.ledger.view(app.core.clock.now())).facts.cases


async def _answers(made: Core, clock: SystemClock, seconds: float) -> list[float]:
    """Seconds that each answer took: made, rendered for Slack and packed for the outbox, as worker and courier do."""
    took: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end or not took:
        started = time.monotonic()
        call = Call(
            id=f"bench-{len(took)}",
            text=LINE,
            who=Identity(platform="cli", tenant="", user="bench"),
            address=Address(platform="cli", channel="bench", user="bench"),
            at=clock.now(),
            door="cli",
        )
        answer = await made.pipeline.answer(call)
        assert answer.outcome == "answered", answer
        parcel = Parcel(id=call.id, kind="answer", call=call.id, address=answer.address, document=answer.document)
        assert block_kit.render(Parcel.model_validate_json(parcel.model_dump_json()).document)
        took.append(time.monotonic() - started)
    return took


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
