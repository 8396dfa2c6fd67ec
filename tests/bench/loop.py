"""The longest turn of the event loop: the heaviest command over 100,000 cases beside 32 connections that ask /healthz.

The probe's own lateness without any command, in the same process and under the same load, is the machine's share.
"""

from __future__ import annotations

import os
import sys
from statistics import median

from tests.bench.children import Child, module, running
from tests.bench.rows import Row
from tests.bench.scene import host_of, scene

CASES = int(os.environ.get("BENCH_LOOP_CASES", "100000"))
SECONDS = 30.0
GOAL = 50.0


def measure() -> list[Row]:
    """One run of three phases; the stacks behind late turns go to standard error."""
    with scene(cases=CASES) as stage:
        process = Child(module("tests.bench.loop_process", str(SECONDS)), stage.folder / "loop.log", stage.env)
        with running(process):
            host = host_of(process.line("ready: "))
            options = ("--connections", "32", "--seconds", "600", "--path", "/healthz")
            with running(Child(module("tests.bench.load", host, *options), stage.folder / "load.log")):
                said = process.json(600)
    for phase in ("fill", "busy"):
        for late, times, stack in said[phase]["stacks"]:
            sys.stderr.write(f"  {phase}: up to {late} ms late, {times} times seen: {stack}\n")
    idle, fill, busy = said["idle"], said["fill"], said["busy"]
    command = f"loop: metrics soc over {said['cases']} cases"
    return [
        _row(f"{command}, longest", busy, idle, GOAL),
        Row(f"{command}, p99", f"{busy['p99']:.1f} ms", f"{idle['p99']:.1f} ms"),
        Row(f"{command}, answer", f"{median(said['answers']):.2f} s", value=f"{len(said['answers'])} answers"),
        _row("loop: ledger being filled, longest", fill, idle, GOAL),
        Row("loop: ledger being filled, p99", f"{fill['p99']:.1f} ms", f"{idle['p99']:.1f} ms"),
    ]


def _row(what: str, ours: dict[str, float], idle: dict[str, float], goal: float) -> Row:
    return Row(
        what,
        f"{ours['longest']:.1f} ms",
        f"{idle['longest']:.1f} ms",
        f"{ours['longest_cpu']:.0f} ms of it on the CPU; most at a time {ours['most_cpu']:.0f} ms",
        f"<= {goal:g} ms",
        ours["longest"] <= goal,
    )
