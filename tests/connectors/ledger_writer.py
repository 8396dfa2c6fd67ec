"""A process that writes a ledger: `python -m tests.connectors.ledger_writer killed FOLDER N`, `... full FOLDER BYTES`.

killed: commits generation after generation and ends itself by SIGKILL just before the N-th rename after the first one.
full: fills a ledger while no file may be larger than so many bytes, then without that bound; one JSON line for each.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from connectors.clock import FixedClock
from connectors.errors import BackendError
from connectors.ledger import ParquetCaseLedger
from connectors.ledger.frames import EVENTS, STORED
from connectors.ledger.vault import Change, Vault
from connectors.memory.store import MemoryStore

START = datetime(2026, 10, 1, tzinfo=UTC)
ROWS = 200


def change(generation: int) -> Change:
    """Cases and events that both say which generation wrote them."""
    ids = [str(number) for number in range(ROWS)]
    cases = pl.DataFrame({"case_id": ids, "title": [str(generation)] * ROWS, "created_at": [START] * ROWS})
    events = pl.DataFrame({"case_id": ids, "value": [str(generation)] * ROWS, "at": [START] * ROWS})
    return Change(_whole(cases, STORED), _whole(events, EVENTS))


def _whole(frame: pl.DataFrame, schema: dict[str, Any]) -> pl.DataFrame:
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in schema.items() if name not in frame.columns]
    return frame.with_columns(missing).select(*(pl.col(name).cast(kind) for name, kind in schema.items()))


def killed(folder: Path, at: int) -> None:
    """Never returns."""
    vault = Vault(folder, "t")
    vault.open()
    vault.commit({"2026-10": change(1)})
    left, rename = at, os.replace

    def deadly(*given: Any, **more: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        rename(*given, **more)

    os.replace = deadly
    for generation in range(2, 100):
        vault.commit({"2026-10": change(generation)})


async def full(folder: Path, most: int) -> None:
    """A disk without room, and then with room."""
    from tests.connectors.test_ledger import NOW, ScriptedDesk

    clock = FixedClock(NOW)
    desk = ScriptedDesk(clock)
    for number in range(3000):
        desk.put(str(number), age=number / 2 + 1, status="closed", assignee=f"analyst-{number % 97:02d}")
    for room in (most, resource.RLIM_INFINITY):
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        ledger = ParquetCaseLedger(desk, clock, MemoryStore(clock), folder, "t", horizon_days=100, patience=3.0)
        try:
            if room == resource.RLIM_INFINITY:
                await ledger.view(NOW)
                await ledger.filled()
            view = await ledger.view(NOW - timedelta(days=100))
            said = {"cases": view.cases.height, "truncated": view.facts.truncated, "notes": view.facts.notes}
        except BackendError as error:
            said = {"error": type(error).__name__, "text": str(error)}
        await ledger.close()
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    what, where, number = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    if what == "killed":
        killed(where, number)
    else:
        asyncio.run(full(where, number))
