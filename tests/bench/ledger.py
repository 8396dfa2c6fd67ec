"""A million cases on the disk: cold answer, fill, the heaviest command against a bare script, a refresh, memory.

`ledger_server` serves the vendor's wire format over HTTP from a process of its own; BENCH_LEDGER_CASES scales it.
"""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from tests.bench.children import Child, module, running
from tests.bench.rows import Row, against
from tests.bench.scene import Scene, scene

CASES = int(os.environ.get("BENCH_LEDGER_CASES", "1000000"))
CHANGED, MONTHS, ROUNDS = 1000, 3, 7
PATIENCE = 3600.0
MOST_MB = 700.0
"""In millions of bytes, as the goal is told."""

MOST_RATIO = 2.0


def measure() -> list[Row]:
    """One run; ours and the bare script, which reads the bot's own Parquet files, answer in turns."""
    said: dict[str, Any] = {}
    with ExitStack() as stack:
        stage = stack.enter_context(scene())
        server = Child(module("tests.bench.ledger_server", str(CASES)), stage.folder / "server.log", stdin=True)
        stage = replace(stage, env=stage.env | stack.enter_context(running(server)).json(PATIENCE)["environment"])
        process = Child(module("tests.bench.ledger_process"), stage.folder / "ledger.log", stage.env, stdin=True)
        stack.enter_context(running(process)).line("ready:", PATIENCE)
        _listen(process, said, 3)
        ours, bare = _turns(stage, process, said["first"]["asked"])
        change(stage, CHANGED)
        process.tell("go")
        _listen(process, said, 3)
    return rows(said, ours, bare)


def _listen(process: Child, said: dict[str, Any], phases: int) -> None:
    for _ in range(phases):
        one = process.json(PATIENCE)
        said[one["phase"]] = one


def _turns(stage: Scene, process: Child, asked: Any) -> tuple[list[Any], list[Any]]:
    """What both say of each round, after one that does not count."""
    folder = stage.folder / "data" / "ledger" / "default"
    command = module("tests.bench.ledger_bare", str(folder), json.dumps(asked))
    with running(Child(command, stage.folder / "bare.log", stdin=True)) as child:
        child.json(PATIENCE)
        found: tuple[list[Any], list[Any]] = ([], [])
        for _ in range(ROUNDS + 1):
            for one, to in zip((process, child), found, strict=True):
                one.tell("warm")
                to.append(one.json(PATIENCE))
        return found[0][1:], found[1][1:]


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


def rows(said: dict[str, Any], ours: list[Any], bare: list[Any]) -> list[Row]:
    """What was seen, with how many of the figures the bare script also has are the same in the bot's answer."""
    cold, filled, first, told, fresh, last = (
        said[name] for name in ("cold", "filled", "first", "figures", "refreshed", "memory")
    )
    cases = f"{filled['cases']:,} cases, {filled['events']:,} events"
    pairs = list(_pairs(told["figures"], bare[-1]["figures"]))
    odd = [
        f"{name} {one} / {other}" for name, one, other in pairs if one is None or abs(one - other) > 1e-6 * abs(other)
    ]
    same = len(pairs) - len(odd)
    filling = filled["seconds"]
    speed = f"{filled['cases'] / filling:,.0f} cases/s, {filled['requests']} requests"
    wall, cpu = (([one[key] for one in ours], [one[key] for one in bare]) for key in ("took", "cpu"))
    complete = bool(cold["told"]) and filled["cases"] >= CASES
    peak, steps = last["peak"], f"{filled['peak']:.0f} after the fill, {told['peak']:.0f} after the answers"
    return [
        against(f"ledger: metrics soc over {cases}", *wall, "s", MOST_RATIO),
        against("ledger: the same in seconds of the processor", *cpu, "s", MOST_RATIO),
        Row("ledger: figures of both that agree", str(same), str(len(pairs)), ", ".join(odd), "all", not odd),
        Row("ledger: cold answer", f"{cold['took']:.1f} s", "", "says how far the fill is", "then completes", complete),
        Row("ledger: first fill", f"{filling / 60:.1f} min", "", speed),
        Row("ledger: first answer after it", f"{first['took']:.1f} s"),
        Row(
            f"ledger: refresh after {CHANGED} changed cases",
            f"{fresh['seconds']:.1f} s",
            "",
            f"{fresh['requests']} requests, {fresh['cases']} cases, {fresh['events']} events, {fresh['months']} months",
        ),
        Row("ledger: peak resident memory", f"{peak:.0f} MB", "", steps, f"<= {MOST_MB:g} MB", peak <= MOST_MB),
    ]


def _pairs(ours: dict[str, Any], bare: dict[str, Any]) -> Iterator[tuple[str, Any, float]]:
    """Figures that both have: name, ours, theirs."""
    theirs: dict[str, float] = {}
    for metric in ("mttd", "mtta", "mtti", "mttr", "dwell"):
        theirs |= {f"{metric}.{name}": value for name, value in bare[f"now.{metric}"].items()}
    shares = bare["now.shares"]
    for name, key in (("fp.share", "fp"), ("escalation.share", "escalation"), ("reopen.share", "reopened"),
                      ("auto_closed.share", "auto")):  # fmt: skip
        if shares[key] is not None:
            theirs[name] = shares[key][0]
    for name, key in (("flow.arrivals", "arrivals"), ("flow.completions", "completions"), ("wip.mean", "open"),
                      ("funnel.alerts", "alerts"), ("funnel.incidents", "incidents")):  # fmt: skip
        theirs[name] = shares[key]
    for metric in ("mttr", "mtta"):
        theirs[f"trend.{metric}.slope"] = bare[f"trend.{metric}"]["slope"]
        theirs[f"{metric}.last_year.median"] = bare[f"year.{metric}"]["median"]
    theirs["sla.attainment"] = bare["now.sla.resolve"][""]["share"][0]
    theirs |= {f"stage.{stage.lower()}.share": share for stage, share in bare["stages"].items()}
    yield from ((name, ours.get(name), value) for name, value in theirs.items())
