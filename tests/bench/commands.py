"""Every command's example over 100,000 simulated cases: how long it takes, and how long it holds the event loop."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from bot.app import core
from bot.demo import ANCHOR, Demo, simulated
from bot.settings import Chronicle, Gti, Process, Scc, Settings, Slack, State
from connectors.clock import FixedClock
from handlers.core.call import Address, Call, Identity
from handlers.core.registry import discover
from tests.bench.rows import Row

CASES = int(os.environ.get("BENCH_COMMAND_CASES", "100000"))
GOAL, STALL = 5.0, 0.25
"""Seconds for an answer whose backends are asked already; seconds of one stretch on the event loop."""


def measure() -> list[Row]:
    """The three slowest commands and the three that hold the loop longest."""
    found = asyncio.run(_all())
    slow = sorted(found, key=lambda one: -one[1])[:3]
    held = sorted(found, key=lambda one: -one[2])[:3]
    rows = [
        Row(f"commands: {name} over {CASES:,} cases", f"{took:.2f} s", goal=f"<= {GOAL:g} s", met=took <= GOAL)
        for name, took, _ in slow
    ]
    rows += [
        Row(
            f"commands: loop held by {name}",
            f"{most * 1000:.0f} ms",
            goal=f"<= {STALL * 1000:.0f} ms",
            met=most <= STALL,
        )
        for name, _, most in held
    ]
    return rows


async def _all() -> list[tuple[str, float, float]]:
    """(command, seconds of its second run, longest stretch without the loop)."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            Process().model_copy(update={"data": Path(folder)}), Slack(), State(), Chronicle(), Gti(), Scc()
        )
        async with (
            simulated(Demo(cases=CASES), settings) as pointed,
            core(pointed, FixedClock(ANCHOR), demo=True, memory_allowed=True) as made,
        ):
            await made.soc.ledger.view(ANCHOR - timedelta(days=775))  # the first fill is another section's
            found = []
            for command in discover().visible():
                if command.name.startswith(("crisis", "digest", "export")):
                    continue
                for attempt in range(2):
                    watch = asyncio.create_task(_longest())
                    begun = time.perf_counter()
                    await made.pipeline.answer(_call(command.example, attempt))
                    took = time.perf_counter() - begun
                    watch.cancel()
                    held = (await asyncio.gather(watch, return_exceptions=True))[0]
                found.append((command.name, took, float(held) if isinstance(held, float) else 0.0))
            return found


async def _longest() -> float:
    """The longest time that this task was not run, in seconds, until it is cancelled."""
    longest, last = 0.0, time.perf_counter()
    try:
        while True:
            await asyncio.sleep(0.005)
            now = time.perf_counter()
            longest, last = max(longest, now - last - 0.005), now
    except asyncio.CancelledError:
        return max(longest, time.perf_counter() - last - 0.005)


def _call(line: str, attempt: int) -> Call:
    return Call(
        id=f"bench-{line}-{attempt}",
        text=line,
        who=Identity(platform="cli", tenant="", user="reader"),
        address=Address(platform="cli", user="reader", visibility="direct"),
        at=ANCHOR,
        door="cli",
    )
