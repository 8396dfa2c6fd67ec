"""A million cases on the disk: cold answer, fill, the heaviest command against a bare script, a refresh, memory.

The simulated SOC serves the vendor's wire format over HTTP from a process of its own; BENCH_LEDGER_CASES scales it.
"""

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any

from tests.bench.children import Child, module, running
from tests.bench.rows import Row, against
from tests.bench.scene import Scene, scene

CASES = int(os.environ.get("BENCH_LEDGER_CASES", "1000000"))
CHANGED, MONTHS = 1000, 3
PATIENCE = 3600.0
MOST_MIB = 700.0
MOST_RATIO = 2.0


def measure() -> list[Row]:
    """One run; the bare script reads the bot's own Parquet files, in a process of its own."""
    said: dict[str, Any] = {}
    with scene(cases=CASES) as stage:
        process = Child(module("tests.bench.ledger_process"), stage.folder / "ledger.log", stage.env, stdin=True)
        with running(process):
            process.line("ready:")
            _listen(process, said, 3)
            bare = _bare(stage, said["warm"]["asked"])
            change(stage, CHANGED)
            process.tell("go")
            _listen(process, said, 2)
    return rows(said, bare)


def _listen(process: Child, said: dict[str, Any], phases: int) -> None:
    for _ in range(phases):
        one = process.json(PATIENCE)
        said[one["phase"]] = one


def _bare(stage: Scene, asked: Any) -> Any:
    folder = stage.folder / "data" / "ledger" / "default"
    command = module("tests.bench.ledger_bare", str(folder), json.dumps(asked))
    with running(Child(command, stage.folder / "bare.log")) as child:
        return child.json(PATIENCE)


def change(stage: Scene, count: int) -> None:
    """Priorities of so many cases of the newest months, by the desk's own bulk call: new last updates, new events."""
    import polars as pl

    folder = stage.folder / "data" / "ledger" / "default"
    newest = sorted(folder.glob("????-??.cases.*.parquet"))[-MONTHS:]
    ids = [name for path in newest for name in pl.read_parquet(path).get_column("case_id").to_list()]
    env = stage.env
    where = f"projects/{env['CHRONICLE_PROJECT_ID']}/locations/{env['CHRONICLE_REGION']}"
    url = f"{env['CHRONICLE_API_URL']}/v1alpha/{where}/instances/{env['CHRONICLE_CUSTOMER_ID']}"
    step = max(len(ids) // count, 1)
    body = {"casesIds": ids[::step][:count], "priority": "PRIORITY_HIGH"}
    head = {"Content-Type": "application/json", "Authorization": f"Bearer {env['CHRONICLE_TOKEN']}"}
    asked = urllib.request.Request(  # noqa: S310
        f"{url}/cases:executeBulkChangePriority", json.dumps(body).encode(), head
    )
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=120).close()


def rows(said: dict[str, Any], bare: Any) -> list[Row]:
    """What was seen, with how many of the figures the bare script also has are the same in the bot's answer."""
    cold, filled, warm, fresh, last = (said[name] for name in ("cold", "filled", "warm", "refreshed", "memory"))
    cases = f"{filled['cases']:,} cases, {filled['events']:,} events"
    pairs = [
        (warm["figures"].get(f"{metric}.{name}"), value)
        for metric in ("mttd", "mtta", "mttr")
        for name, value in bare["figures"][f"now.{metric}"].items()
    ]
    same = sum(ours is not None and abs(ours - theirs) <= 1e-6 * abs(theirs) for ours, theirs in pairs)
    told = bool(cold["told"]) and filled["cases"] >= CASES
    return [
        against(f"ledger: metrics soc over {cases}", warm["took"], bare["took"], "s", MOST_RATIO),
        Row("ledger: figures of both that agree", str(same), str(len(pairs)), "", "all", same == len(pairs)),
        Row("ledger: cold answer", f"{cold['took']:.1f} s", "", "says how far the fill is", "then completes", told),
        Row("ledger: first fill", f"{filled['seconds']:.0f} s", "", f"{filled['requests']} requests"),
        Row(
            f"ledger: refresh after {CHANGED} changed cases",
            f"{fresh['seconds']:.1f} s",
            "",
            f"{fresh['requests']} requests, {fresh['cases']} cases, {fresh['events']} events, {fresh['months']} months",
        ),
        Row("ledger: peak resident memory", f"{last['peak']:.0f} MiB", "", "", f"<= {MOST_MIB:g} MiB",
            last["peak"] <= MOST_MIB),
    ]  # fmt: skip
