"""Every fault does what it says, to whom it says, as often as it says."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest

from connectors.simulator import Fault, Simulator, SimulatorSettings, running
from tests.connectors.simulator.client import Client
from tests.connectors.simulator.conftest import NOW


async def _status(client: Client, path: str = "/cases?pageSize=1") -> tuple[int, Any]:
    status, answer, headers = await client.call("GET", client.sim.instance_url + path)
    return status, (answer, headers)


async def test_rate_limit_for_the_next_requests(client: Client, sim: Simulator) -> None:
    """A 429 with Retry-After comes for the next k requests, then the backend is well again."""
    sim.faults.add(Fault("chronicle", status=429, retry_after=3, times=2))
    for _ in range(2):
        status, (answer, headers) = await _status(client)
        assert status == 429 and headers["Retry-After"] == "3"
        assert answer["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert (await _status(client))[0] == 200


async def test_server_errors_for_ever_by_path(client: Client, sim: Simulator) -> None:
    """A fault with a part of a path leaves other paths alone and lasts until it is cleared."""
    sim.faults.add(Fault("chronicle", path="caseAlerts", status=503))
    for _ in range(3):
        assert (await _status(client, "/cases/1500/caseAlerts"))[0] == 503
    assert (await _status(client, "/cases/1500"))[0] == 200
    sim.faults.clear()
    assert (await _status(client, "/cases/1500/caseAlerts"))[0] == 200


async def test_faults_stay_with_their_backend(client: Client, sim: Simulator) -> None:
    """A fault of one backend does not touch the others; each vendor words its errors its own way."""
    sim.faults.add(Fault("gti", status=429))
    status, answer, _ = await client.call("GET", f"{sim.gti_url}/api/v3/threat_profiles")
    assert status == 429 and answer["error"]["code"] == "QuotaExceededError"
    assert (await client.findings())["totalSize"] > 0
    sim.faults.active[:] = [Fault("scc", status=500)]
    url = f"{sim.scc_url}/v2/projects/{sim.project_id}/sources/-/findings"
    assert (await client.call("GET", url))[0] == 500
    assert (await _status(client))[0] == 200


async def test_latency_makes_clients_give_up(client: Client, sim: Simulator) -> None:
    """A slow backend answers after the latency; a client with less patience sees a timeout, others are not held up."""
    sim.faults.add(Fault("chronicle", path="/rules", latency=30))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await client.chronicle("/rules")
    assert (await _status(client))[0] == 200
    sim.faults.active[:] = [Fault("chronicle", latency=0.01)]
    assert (await _status(client))[0] == 200


@pytest.mark.parametrize("body", ["malformed", "html", "empty"])
async def test_unreadable_bodies(client: Client, sim: Simulator, body: Any) -> None:
    """A spoilt body still comes with status 200 and its right length, and is not JSON."""
    sim.faults.add(Fault("chronicle", body=body))
    headers = {"Authorization": f"Bearer {sim.token}"}
    async with client.http.get(sim.instance_url + "/cases", headers=headers) as answer:
        text = await answer.text()
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


async def test_connection_breaks_half_way(client: Client, sim: Simulator) -> None:
    """A truncated answer announces its length and ends before it."""
    sim.faults.add(Fault("chronicle", body="truncated", times=1))
    headers = {"Authorization": f"Bearer {sim.token}"}
    async with client.http.get(sim.instance_url + "/cases", headers=headers) as answer:
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
    assert (await _status(client))[0] == 200


async def test_clock_skew(client: Client, sim: Simulator) -> None:
    """A backend whose clock is ahead dates its answers and its cases ahead by as much."""
    path = "/cases/12999"
    _, (plain, headers) = await _status(client, path)
    date = parsedate_to_datetime(headers["Date"])
    assert NOW <= date < NOW + timedelta(minutes=10)
    sim.faults.add(Fault("chronicle", clock_skew=3600))
    _, (ahead, headers) = await _status(client, path)
    assert int(ahead["createTime"]) - int(plain["createTime"]) == 3_600_000
    assert timedelta(hours=1) <= parsedate_to_datetime(headers["Date"]) - date < timedelta(hours=1, minutes=10)
    assert {**ahead, "createTime": 0, "updateTime": 0, "sla": 0} == {
        **plain,
        "createTime": 0,
        "updateTime": 0,
        "sla": 0,
    }


@pytest.mark.parametrize("fault", [Fault(status=503), Fault(body="html"), Fault(body="truncated"), Fault()])
async def test_every_answer_is_dated_by_the_backend(client: Client, sim: Simulator, fault: Fault) -> None:
    """Failures too carry the simulated clock's Date, else clients would see a skew that is not there."""
    sim.faults.add(fault)
    headers = {"Authorization": f"Bearer {sim.token}"}
    async with client.http.get(sim.instance_url + "/cases?pageSize=1", headers=headers) as answer:
        date = parsedate_to_datetime(answer.headers["Date"])
        assert answer.headers.getall("Date") == [answer.headers["Date"]]
    assert NOW <= date < NOW + timedelta(minutes=10)


async def test_hidden_rest(client: Client, sim: Simulator) -> None:
    """more_data caps alerts, matches and history rows while more exists."""
    sim.faults.add(Fault("chronicle", more_data=4))
    fragments = await client.chronicle("/legacy:legacyFetchAlertsView")
    assert len(fragments[-1]["alerts"]["alerts"]) == 4 < fragments[-1]["filteredAlertsCount"]
    window = {"timestampRange.startTime": "2026-10-20T00:00:00Z", "timestampRange.endTime": "2026-11-20T00:00:00Z"}
    matches = await client.chronicle("/legacy:legacySearchEnterpriseWideIoCs", **window)
    assert len(matches["matches"]) == 4 and matches["moreDataAvailable"] is True
    body = {"query": {"query": "", "input": {"relativeTime": {"timeUnit": "DAY", "startTimeVal": "9"}}}}
    rows = await client.post("/dashboardQueries:execute", body)
    assert {len(column["values"]) for column in rows["results"]} == {4}


async def test_faults_over_http(client: Client, sim: Simulator) -> None:
    """Faults are set, read and cleared over loopback HTTP, without credentials; an unknown field is refused."""
    url = sim.url + "/_simulator/faults"
    wanted = {"faults": [{"backend": "chronicle", "status": 503, "times": 1}, {"backend": "gti", "latency": 0.01}]}
    async with client.http.post(url, json=wanted) as answer:
        assert [f["backend"] for f in (await answer.json())["faults"]] == ["chronicle", "gti"]
    assert (await _status(client))[0] == 503
    assert (await _status(client))[0] == 200
    for bad in ({"colour": "red"}, [1], {"faults": [5]}):
        async with client.http.post(url, json=bad) as answer:
            assert answer.status == 400
    async with client.http.delete(url) as answer:
        assert (await answer.json()) == {"faults": []}
    async with client.http.get(sim.url + "/_simulator/requests") as answer:
        assert [seen["method"] for seen in await answer.json()] == ["GET", "GET"]


async def test_faults_from_the_start() -> None:
    """Faults given at the start meet the first request."""
    settings = SimulatorSettings(now=NOW, cases=50)
    async with running(settings, faults=[Fault(status=502)]) as sim, Client(sim) as client:
        assert (await _status(client))[0] == 502


async def test_method_narrows_a_fault(client: Client, sim: Simulator) -> None:
    """A fault on POST leaves reads of the same path alone: a write can fail while reads go on."""
    sim.faults.add(Fault("chronicle", path="/comments", method="POST", status=500))
    url = sim.instance_url + "/cases/1500/comments"
    assert (await client.call("POST", url, body={"comment": "x"}))[0] == 500
    assert (await client.call("GET", url))[1]["totalSize"] >= 0
