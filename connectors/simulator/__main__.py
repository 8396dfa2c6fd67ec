"""The simulator as a process: prints one JSON line with its URLs and runs until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from datetime import UTC, datetime

from connectors.clock import SystemClock
from connectors.simulator.server import running
from connectors.simulator.settings import SimulatorSettings


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m connectors.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--cases", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--now", type=_instant, default=None, help="ISO instant; default: the machine's clock")
    parser.add_argument(
        "--until-stdin-closes", action="store_true", help="end with whoever started it, even by kill -9"
    )
    return parser.parse_args()


async def _serve(port: int, settings: SimulatorSettings, with_stdin: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    if with_stdin:
        loop.add_reader(sys.stdin, lambda: None if os.read(sys.stdin.fileno(), 1024) else stop.set())
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with running(settings, port=port) as sim:
        line = {"url": sim.url, "now": settings.now.isoformat(), "cases": settings.cases}
        line |= {"environment": sim.environment(), "instance_url": sim.instance_url}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    """Parse the arguments and serve."""
    given = _arguments()
    now = given.now or SystemClock().now()
    asyncio.run(
        _serve(given.port, SimulatorSettings(now=now, cases=given.cases, seed=given.seed), given.until_stdin_closes)
    )


if __name__ == "__main__":
    main()
