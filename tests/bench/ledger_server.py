"""`python -m tests.bench.ledger_server CASES`: Chronicle's case lists and dashboards over HTTP, written fast.

The simulated SOC answers everything else; of a million cases it would compute each one's story, which takes longer than
what is measured. Prints one JSON line as `connectors.simulator` does and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from connectors.simulator.app import create_app
from connectors.simulator.server import Simulator
from connectors.simulator.settings import SimulatorSettings
from connectors.simulator.site import SITE
from connectors.simulator.times import iso, parse
from tests.bench.ledger_world import FIRST_ID, PRIORITIES, STEPS, World, events, make, select, write

PRODUCTS = ("EDR", "Mail gateway", "Identity provider", "Firewall", "Cloud audit")
TERM = re.compile(r"(createTime|updateTime)\s*(>=|<)\s*(\d+)")
LIMIT = re.compile(r"\blimit:\s*(\d+)")
VARIABLE = re.compile(r"\$(\w+) = ")
NEVER = "9999999999999999"


def case(world: World, index: int, instance: str) -> str:
    """A `Case` with all expansions, as JSON."""
    kind, opened = int(world.kind[index]), bool(world.closed[index] > world.now)
    status = "OPENED" if opened else ("CLOSED", "CLOSED", "MERGED")[kind]
    person = "" if kind == 1 else f"analyst-{index % 24:02d}"
    stage = "Incident" if index % 5 == 0 else "Research"
    merged = f',"mergedCaseId":"{FIRST_ID + index - 1}"' if status == "MERGED" else ""
    reason = ("NOT_MALICIOUS", "NOT_MALICIOUS", "MALICIOUS", "INCONCLUSIVE", "MAINTENANCE")[index % 37 % 5]
    action = "AUTOMATICALLY" if kind == 1 else "MANUALLY"
    closure = "" if opened else (
        f',"closureDetails":{{"reason":"{reason}","rootCause":"Legit action {index % 9}","comment":"Looked into.",'
        f'"caseClosedAction":"{action}"}}'
    )  # fmt: skip
    return (
        f'{{"name":"{instance}/cases/{FIRST_ID + index}","displayName":"Suspicious sign-in from host {index % 5000}",'
        f'"createTime":"{world.created[index]}","updateTime":"{world.updated[index]}","alertCount":{1 + index % 4},'
        f'"stage":"{stage}","priority":"{PRIORITIES[world.priority[index]]}","assignee":"{person or "@Tier1"}",'
        f'"status":"{status}","environment":"Region {index % 3}","workflowStatus":"IN_PROGRESS","type":"REAL",'
        f'"source":"SERVER","important":{"true" if index % 40 == 0 else "false"},'
        f'"incident":{"true" if index % 5 == 0 else "false"},"overflowCase":false,"sla":{{"expirationTime":'
        f'"{int(world.created[index]) + 259_200_000}","expirationStatus":"OPEN_SLA"}},"alertsSla":{{"expirationStatus":'
        f'"NO_SLA"}},"tags":[{{"displayName":"Tag {index % 8}","priority":0}}],"products":[{{"displayName":'
        f'"{PRODUCTS[index % 5]}"}}],"tasks":[]{closure}{merged}}}'
    )


def listing(world: World, asked: Any, instance: str) -> str:
    """A page of `GET cases`. The token is an offset."""
    only = {f"{field.lower()}{op}": int(at) for field, op, at in TERM.findall(asked.get("filter", ""))}
    by_update = asked.get("orderBy", "").startswith("updateTime")
    found = select(world, only, opened="OPENED" in asked.get("filter", ""), by_update=by_update)
    start, size = int(asked.get("pageToken") or 0), int(asked.get("pageSize", 50))
    page = ",".join(case(world, index, instance) for index in found[start : start + size].tolist())
    more = f',"nextPageToken":"{start + size}"' if start + size < found.size else ""
    return f'{{"cases":[{page}],"totalSize":{found.size}{more}}}'


def _text(value: object) -> str:
    return f'{{"value":{{"stringVal":"{value}"}}}}'


def _number(value: object) -> str:
    return f'{{"value":{{"int64Val":"{value}"}}}}'


def history(world: World, low: int, high: int, most: int) -> dict[str, list[str]]:
    """Cells of `case_history` by column."""
    at, of, step = (column[:most] for column in events(world, low, high))
    kinds, priorities = (*STEPS, "PRIORITY_CHANGE"), world.priority
    people = [_text("@Tier1"), *(_text(f"analyst-{n:02d}") for n in range(24)), _text("@Tier2")]
    stages = [_text(name) for name in ("Triage", "Investigation", "Research", "Incident")]
    told, statuses = [_text(kind) for kind in kinds], [_text("OPENED"), _text("CLOSED")]
    words = [_text(word) for word in PRIORITIES]
    automatic = world.kind[of] == 1
    return {
        "case_id": [_text(FIRST_ID + index) for index in of],
        "activity": [told[kind] for kind in step],
        "event_time": [_number(instant // 1000) for instant in at],
        "assignee": [
            people[0] if kind == 0 else people[25] if auto else people[1 + index % 24]
            for index, kind, auto in zip(of, step, automatic.tolist(), strict=True)
        ],
        "stage": [
            stages[0] if kind < 2 else stages[1] if kind == 2 else stages[3 if index % 5 == 0 else 2]
            for index, kind in zip(of, step, strict=True)
        ],
        "status": [statuses[kind == 4] for kind in step],
        "priority": [words[number] for number in priorities[of].tolist()],
    }


def origins(world: World, low: int, high: int, most: int) -> dict[str, list[str]]:
    """Cells of `case` by column."""
    import numpy as np

    first, last = np.searchsorted(world.created, low), np.searchsorted(world.created, high)
    mine = range(int(first), min(int(last), int(first) + most))
    return {
        "case_id": [_text(FIRST_ID + index) for index in mine],
        "detected_at": [_number(at // 1000) for at in world.detected[mine.start : mine.stop].tolist()],
        "first_event_at": [_number(at // 1000) for at in world.first[mine.start : mine.stop].tolist()],
        "rules": [f'{{"list":{{"values":[{{"stringVal":"rule_{index % 60}"}}]}}}}' for index in mine],
    }


def dashboard(world: World, asked: Any) -> str:
    """An answer of `dashboardQueries:execute`."""
    text, span = asked["query"]["query"], asked["query"]["input"]["timeWindow"]
    low, high = parse(span["startTime"]), parse(span["endTime"])
    limit = LIMIT.search(text)
    most = int(limit[1]) if limit else 10_000
    cells = history(world, low, high, most) if "case_history" in text else origins(world, low, high, most)
    wanted = [name for name in dict.fromkeys(VARIABLE.findall(text)) if name in cells]
    columns = ",".join(f'{{"column":"{name}","values":[{",".join(cells[name])}]}}' for name in wanted)
    return f'{{"results":[{columns}],"lastBackendCacheRefreshedTime":"{iso(world.now)}","queryRuntimeErrors":[]}}'


def app_of(world: World, settings: SimulatorSettings) -> web.Application:
    """The simulated SOC's application, with these answers before its own."""
    app = create_app(settings)
    started = time.monotonic()

    @web.middleware
    async def before(request: web.Request, handler: Any) -> web.StreamResponse:
        path = request.path
        if path.endswith("/cases") and request.method == "GET":
            instance = path.partition("/v1alpha/")[2].removesuffix("/cases")
            text = await asyncio.to_thread(listing, world, request.query, instance)
        elif path.endswith("/dashboardQueries:execute"):
            text = await asyncio.to_thread(dashboard, world, await request.json())
        elif path.endswith("/cases:executeBulkChangePriority"):
            found = [int(number) - FIRST_ID for number in (await request.json())["casesIds"]]
            write(world, found, world.now + int((time.monotonic() - started) * 1000))
            text = "{}"
        else:
            return await handler(request)  # type: ignore[no-any-return]
        return web.Response(text=text, content_type="application/json")

    app.middlewares.insert(0, before)
    return app


async def main(cases: int) -> None:
    stop = asyncio.Event()
    now = datetime.now(UTC)
    world = await asyncio.to_thread(make, cases, int(now.timestamp() * 1000))
    app = app_of(world, SimulatorSettings(now=now, cases=400))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    simulator = Simulator(app[SITE], runner.addresses[0][1])
    asyncio.get_running_loop().add_reader(sys.stdin, lambda: None if os.read(0, 1024) else stop.set())
    said = {"url": simulator.url, "cases": cases, "environment": simulator.environment()}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
