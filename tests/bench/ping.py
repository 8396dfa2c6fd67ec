"""How long a `help` takes from Slack's request to its answer while 32 `alerts` hang on a slow backend, minus alone."""

from __future__ import annotations

import socket
import time
from statistics import median

from tests.bench.children import running
from tests.bench.rows import ROUNDS, Row
from tests.bench.scene import ask, host_of, scene, sink
from tests.bench.signed import slash

HANGING = 32
LATENCY = 2.0
ASKED = 5
GOAL = 50.0


def measure() -> list[Row]:
    """Medians of the rounds, in ms. The hanging commands are other people's, as the order of one's own is kept."""
    alone, beside = [], []
    with scene() as stage, sink(stage.folder) as at, running(stage.bot(at)) as bot:
        host = host_of(bot.line("ready: "))
        bot.until_said("case ledger filled")
        _answered(host, at, "warm-up")
        for number in range(ROUNDS):
            alone.append(median(_answered(host, at, f"alone-{number}-{i}") for i in range(ASKED)))
            stage.slow(LATENCY)
            for i in range(HANGING):
                hours = 1 + number * HANGING + i  # each its own window: no answer is shared or cached
                _send(host, slash(host, f"alerts --hours {hours}", f"U{100 + i}", f"{at}/commands/hang-{number}-{i}"))
            time.sleep(0.3)
            beside.append(median(_answered(host, at, f"beside-{number}-{i}") for i in range(ASKED)))
            hanging = HANGING - len([path for path in ask(f"{at}/times") if f"hang-{number}-" in path])
            assert hanging == HANGING, f"only {hanging} commands hung: the round measured nothing"
            stage.slow(0)
            _quiet(at, number)
    more = median(there - here for there, here in zip(beside, alone, strict=True)) * 1000
    row = Row(
        f"ping: `help` beside {HANGING} hanging `alerts`",
        f"{median(beside) * 1000:.1f} ms",
        f"{median(alone) * 1000:.1f} ms",
        f"{more:+.1f} ms",
        f"<= {GOAL:g} ms",
        more <= GOAL,
    )
    return [row]


def _send(host: str, request: bytes) -> float:
    """Seconds of the monotonic clock just before; returns when the bot has acknowledged."""
    address, port = host.split(":")
    with socket.create_connection((address, int(port)), 10) as link:
        started = time.monotonic()
        link.sendall(request)
        status = link.recv(65_536).split(b" ", 2)[1]
        assert status == b"200", status
        return started


def _answered(host: str, at: str, name: str) -> float:
    """Seconds until the sink had the answer, by the sink's own note of when it came."""
    started = _send(host, slash(host, "help", "U0", f"{at}/commands/{name}"))
    end = started + 30
    while f"/commands/{name}" not in (times := ask(f"{at}/times")):
        assert time.monotonic() < end, "help was not answered within 30 s"
        time.sleep(0.01)
    return float(times[f"/commands/{name}"][0]) - started


def _quiet(at: str, number: int) -> None:
    """Until each hanging command has had a last word: "working" and an answer, at least."""
    end = time.monotonic() + 120
    while True:
        times = ask(f"{at}/times")
        if all(len(times.get(f"/commands/hang-{number}-{i}", ())) >= 2 for i in range(HANGING)):
            return
        assert time.monotonic() < end, "commands that hung were never answered"
        time.sleep(0.1)
