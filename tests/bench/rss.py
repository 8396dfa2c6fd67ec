"""Resident memory of an idle `soc-bot serve`, its case ledger filled, beside a process that only imports its SDKs."""

from __future__ import annotations

import sys
import time

from tests.bench.children import Child, running
from tests.bench.rows import Row
from tests.bench.scene import scene, sink
from tests.bench.start import BARE

CASES = 12_000


def measure() -> list[Row]:
    """MiB, once: memory hardly varies."""
    with scene(cases=CASES) as stage, sink(stage.folder) as at, running(stage.bot(at)) as bot:
        with running(Child([sys.executable, "-c", BARE], stage.folder / "imports.log")) as bare:
            bare.line("ready:")
            imports = bare.rss()
        bot.line("ready: ")
        empty = bot.rss()
        bot.until_said("case ledger filled")
        time.sleep(2)
        filled = bot.rss()
    grown = f"{filled / imports:.2f} x"
    return [
        Row("rss: at ready", f"{empty:.0f} MiB", f"{imports:.0f} MiB", f"{empty - imports:+.0f} MiB"),
        Row(f"rss: idle, ledger of {CASES} cases", f"{filled:.0f} MiB", f"{imports:.0f} MiB", grown),
    ]
