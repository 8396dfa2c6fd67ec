"""`python -m tests.bench.ledger_process`: the bot's core on a ledger of its own, from nothing to a refresh.

Settings from the environment, as `soc-bot` reads them. Prints `ready:`, then one JSON object a phase: `cold` (asked
while the ledger is being filled), `filled`, `first`, `warm` for each line "warm" on standard input, and after any other
line `figures`, `refreshed` and `memory`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.app import App, Core, assemble, core
from bot.settings import load
from connectors.clock import SystemClock
from connectors.ledger import ParquetCaseLedger
from connectors.models.organisation import SlaPolicy
from handlers.commands.metrics_soc.times import times
from handlers.core.call import Address, Call, Identity
from handlers.core.pipeline import Answer
from tests.bench.loop_process import LINE


def peak() -> float:
    """Highest resident memory so far, in MB (millions of bytes)."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) * 1024 / 1e6


async def main() -> None:
    clock = SystemClock()
    async with core(load(), clock, demo=False) as made:
        ledger = made.soc.ledger
        assert isinstance(ledger, ParquetCaseLedger)
        asked = counted(ledger)
        app: App = assemble(made, {})
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)  # as `bot.serving` does
        say("ready:")
        started, before = time.monotonic(), peak()
        tasks = app.start()
        await asyncio.sleep(3)
        cold, took = await answer(made, clock, "cold")
        told = [notice.model_dump_json() for notice in cold.document.notices]
        say(json.dumps({"phase": "cold", "took": took, "told": [one for one in told if "newest first" in one][:1]}))
        await ledger.filled()
        view = await ledger.view(clock.now())
        months = ledger._vault.manifest.months.values()
        held = {"cases": sum(m.cases.rows for m in months), "events": sum(m.events.rows for m in months)}
        took = time.monotonic() - started
        say(json.dumps({"phase": "filled", "seconds": took, **held, "requests": asked(), "peak": peak(),
                        "before": before, "notes": view.facts.notes}))  # fmt: skip
        last, took = await answer(made, clock, "first")
        say(json.dumps({"phase": "first", "took": took, "peak": peak(), "asked": await windows(made, clock)}))
        while (await asyncio.to_thread(sys.stdin.readline)).strip() == "warm":
            cpu = time.process_time()
            last, took = await answer(made, clock, f"warm-{time.monotonic_ns()}")
            say(json.dumps({"phase": "warm", "took": took, "cpu": time.process_time() - cpu}))
        figures = {f.id: f.value for f in last.document.figures}
        say(json.dumps({"phase": "figures", "figures": figures, "peak": peak()}))
        asked()
        started = time.monotonic()
        ledger._read_at, ledger._refresh = None, 0.0
        await ledger.view(clock.now())
        await ledger.filled()
        cost = ledger.cost
        assert cost is not None
        took = time.monotonic() - started
        say(json.dumps({"phase": "refreshed", "lists": ledger._changes is not None, "seconds": took,
                        "requests": asked(), "cases": cost.cases, "events": cost.events,
                        "months": cost.months}))  # fmt: skip
        again, took = await answer(made, clock, "again")
        say(json.dumps({"phase": "memory", "peak": peak(), "after": took, "outcome": again.outcome}))
        await app.stop(tasks)


async def windows(made: Core, clock: SystemClock) -> dict[str, Any]:
    """The windows of the answer, for whoever computes the same."""
    now = clock.now()
    told = times("monthly", now, made.soc.zone)
    promised: dict[str, dict[str, float]] = {"acknowledge": {}, "resolve": {}}
    for policy in (await made.soc.organisation.read(SlaPolicy)).items:
        if policy.clock == "24x7":
            promised[policy.metric][policy.priority] = policy.target_minutes
    pairs = {name: getattr(told, name) for name in ("now", "before", "year")}
    return {
        **{name: [window.start.isoformat(), window.end.isoformat()] for name, window in pairs.items()},
        "periods": [[p.start.isoformat(), p.end.isoformat()] for p in told.trend],
        "at": now.isoformat(),
        "since": told.since(True).isoformat(),
        "promised": promised,
    }


def counted(ledger: ParquetCaseLedger) -> Callable[[], int]:
    """Requests to the case desk since it was last asked."""
    backend: Any = ledger._desk._backend  # type: ignore[attr-defined]
    seen = [0]

    def counting(ask: Callable[..., Any]) -> Callable[..., Any]:
        async def wrapped(*given: Any, **more: Any) -> Any:
            seen[0] += 1
            return await ask(*given, **more)

        return wrapped

    backend.get_json, backend.post_json = counting(backend.get_json), counting(backend.post_json)

    def asked() -> int:
        found, seen[0] = seen[0], 0
        return found

    return asked


async def answer(made: Core, clock: SystemClock, name: str) -> tuple[Answer, float]:
    """One call through the pipeline, and how many seconds it took."""
    started = time.monotonic()
    call = Call(
        id=f"bench-{name}",
        text=LINE,
        who=Identity(platform="cli", tenant="", user="bench"),
        address=Address(platform="cli", channel="bench", user="bench"),
        at=clock.now(),
        door="cli",
    )
    found = await made.pipeline.answer(call)
    return found, time.monotonic() - started


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
