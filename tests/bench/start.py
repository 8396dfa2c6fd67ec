"""Process start to `ready:` of `soc-bot serve`, against a script that imports the same SDKs and does nothing.

Wall time is what an operator waits for; the CPU beside it is what a shared machine cannot distort.
"""

from __future__ import annotations

import sys
import time

from tests.bench.children import Child, running
from tests.bench.rows import ROUNDS, Row, against
from tests.bench.scene import Scene, scene, sink

SDKS = (
    "slack_bolt.async_app", "slack_bolt.adapter.aiohttp", "aiohttp.web", "redis.asyncio", "httpx", "pydantic",
    "pydantic_settings", "jinja2", "structlog", "prometheus_client", "stamina", "typer", "polars",
)  # fmt: skip
BARE = f"import {', '.join(SDKS)}, time; print('ready: imported', flush=True); time.sleep(600)"
GOAL = 2.0


def measure() -> list[Row]:
    """Seconds of both; Redis and the simulated SOC run already."""
    ours: list[tuple[float, float]] = []
    bare: list[tuple[float, float]] = []
    with scene() as stage, sink(stage.folder) as at:
        for number in range(ROUNDS + 1):
            ours.append(_ready(stage.bot(at, f"start-{number}")))
            bare.append(_ready(_imports(stage, number)))
    (wall, cpu), (bare_wall, bare_cpu) = zip(*ours[1:], strict=True), zip(*bare[1:], strict=True)
    return [
        against("start: process start to ready", wall, bare_wall, "s", GOAL),
        against("start: CPU until ready", cpu, bare_cpu, "s", GOAL),
    ]


def _imports(stage: Scene, number: int) -> Child:
    return Child([sys.executable, "-c", BARE], stage.folder / f"imports-{number}.log", cwd=stage.folder)


def _ready(child: Child) -> tuple[float, float]:
    """Wall and CPU seconds."""
    with running(child):
        child.line("ready: ")
        return time.monotonic() - child.started, child.cpu()
