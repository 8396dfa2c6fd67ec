"""The ledger on the disk passes the port's contract over HTTP; how a tenant lets it refresh is found out."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from connectors.clock import FixedClock
from connectors.google.auth import bearer
from connectors.google.cases import ChronicleCaseDesk
from connectors.google.wire import Instance
from connectors.http import HttpBackend
from connectors.ledger import MemoryCaseLedger, ParquetCaseLedger
from connectors.memory.store import MemoryStore
from connectors.ports import CaseDesk, CaseLedger
from connectors.simulator import Simulator
from tests.connectors.contracts import CaseLedgerContract
from tests.connectors.google.test_contracts import CLOCK, NOW, desk, now, sim
from tests.ledger_views import events_of

__all__ = ["desk", "now", "sim"]


@pytest.fixture
async def ledger(desk: CaseDesk, tmp_path: Path) -> AsyncIterator[CaseLedger]:
    made = ParquetCaseLedger(desk, CLOCK, MemoryStore(CLOCK), tmp_path / "l", "t", horizon_days=95, patience=60)
    await made.view(NOW)
    await made.filled()
    yield made
    await made.close()


class TestParquetCaseLedger(CaseLedgerContract):
    """On the disk."""


async def test_both_ledgers_say_the_same(ledger: CaseLedger, desk: CaseDesk) -> None:
    """What was read span by span and brought to months is what one long reading gives."""
    since = NOW - timedelta(days=95)
    disk, memory = await ledger.view(since), await MemoryCaseLedger(desk, CLOCK, horizon_days=95).view(since)
    assert disk.cases.sort("case_id").rows() == memory.cases.sort("case_id").rows()
    assert events_of(disk).drop("seq").unique().height == events_of(memory).drop("seq").unique().height
    assert disk.facts.truncated is memory.facts.truncated


async def test_a_changed_case_is_one_row_of_the_next_reading(sim: Simulator, desk: CaseDesk, tmp_path: Path) -> None:
    """The simulated tenant filters by update, so that a refresh follows the change and not the history."""
    clock = FixedClock(NOW)
    ledger = ParquetCaseLedger(desk, clock, MemoryStore(clock), tmp_path / "l", "t", horizon_days=95, patience=60)
    try:
        await ledger.view(NOW)
        await ledger.filled()
        clock.advance(3600 * 3)
        await ledger.view(NOW)
        case = (await desk.open_cases()).items[-1]
        wanted = "low" if case.priority != "low" else "high"
        assert (await desk.change_priority(case.id, wanted)).confirmed
        clock.advance(61)
        view = await ledger.view(NOW - timedelta(days=95))
        assert view.cases.filter(case_id=case.id)["priority"].to_list() == [wanted]
        assert ledger.cost is not None and ledger.cost.months == 1 and ledger.cost.cases < 40
    finally:
        await ledger.close()


@pytest.mark.parametrize(
    ("answers", "able"),
    [
        ({"1": 200, "later": 200}, True),
        ({"1": 400, "later": 400}, False),
        ({"1": 200, "later": "ignored"}, False),
        ({"1": "empty", "later": 200}, False),
    ],
    ids=["filters", "refuses", "ignores", "finds nothing"],
)
async def test_whether_a_tenant_filters_by_update_is_found_out(answers: dict[str, object], able: bool) -> None:
    """Only a tenant that gives something since 1970 and nothing since tomorrow filters by update."""

    async def cases(request: web.Request) -> web.Response:
        how = answers["1" if request.query["filter"].endswith(">= 1") else "later"]
        if how == 400:
            raise web.HTTPBadRequest
        full = how == "ignored" or (how == 200 and request.query["filter"].endswith(">= 1"))
        listed = [{"name": "cases/1", "createTime": "1795300000000"}] if full else []
        return web.Response(text=json.dumps({"cases": listed}), content_type="application/json")

    app = web.Application()
    app.router.add_get("/{path:.*}", cases)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    backend = HttpBackend("Case desk", f"http://127.0.0.1:{runner.addresses[0][1]}", bearer("t"), CLOCK)
    try:
        desk = ChronicleCaseDesk(backend, Instance("p", "c", "eu"), CLOCK)
        assert await desk.filters_by_update() is able
    finally:
        await backend.close()
        await runner.cleanup()
