"""Chronicle's case endpoints, as a client sees them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.simulator import Simulator, SimulatorSettings, running
from connectors.simulator.times import DAY, iso, to_ms
from tests.connectors.simulator.client import Client
from tests.connectors.simulator.conftest import NOW

EXPAND = "tags,products,tasks,closureDetails,sla,alertsSla"
NOW_MS = to_ms(NOW)


def _number(case: dict[str, Any]) -> int:
    return int(case["name"].rsplit("/", 1)[1])


async def test_case_has_the_wire_shape(client: Client) -> None:
    """A case carries the documented fields; times are milliseconds as strings."""
    answer = await client.chronicle("/cases", expand=EXPAND)
    assert len(answer["cases"]) == 50 and answer["totalSize"] == 12_000 and answer["nextPageToken"]
    case = answer["cases"][0]
    for name in ("createTime", "updateTime"):
        assert isinstance(case[name], str) and case[name].isdigit() and len(case[name]) == 13
    assert case["name"].startswith("projects/") and case["priority"].startswith("PRIORITY_")
    assert case["status"] in ("OPENED", "CLOSED", "MERGED") and isinstance(case["alertCount"], int)
    assert {"displayName", "stage", "assignee", "environment", "workflowStatus", "important", "incident"} <= set(case)
    assert case["alertsSla"] == {"expirationStatus": "NO_SLA"} and isinstance(case["tags"], list)


async def test_expansions_are_asked_for(client: Client) -> None:
    """What expand does not name is not there; one case alone comes with everything."""
    bare = (await client.chronicle("/cases", pageSize="5"))["cases"][0]
    assert not {"sla", "tags", "closureDetails", "products"} & set(bare)
    full = await client.chronicle(f"/cases/{_number(bare)}")
    assert {"sla", "tags", "products"} <= set(full)


async def test_closed_cases_say_why(client: Client) -> None:
    """Every closed case has closure details with one of the vendor's reasons."""
    answer = await client.chronicle("/cases", filter="status = 'CLOSED'", expand="closureDetails", pageSize="200")
    details = [case["closureDetails"] for case in answer["cases"]]
    assert {d["reason"] for d in details} <= {"MALICIOUS", "NOT_MALICIOUS", "MAINTENANCE", "INCONCLUSIVE"}
    assert {d["caseClosedAction"] for d in details} == {"MANUALLY", "AUTOMATICALLY"}


@pytest.mark.parametrize("order", ["", "createTime asc", "updateTime desc", "updateTime asc"])
async def test_paging_is_whole(small: Client, order: str) -> None:
    """Paging to the end gives every case once, in the order asked for."""
    pages = await small.pages("/cases", "cases", pageSize="300", **({"orderBy": order} if order else {}))
    cases = [case for page in pages for case in page]
    assert sorted(_number(case) for case in cases) == list(range(1000, 3500))
    field = "updateTime" if "update" in order else "createTime"
    times = [int(case[field]) for case in cases]
    assert times == sorted(times, reverse="asc" not in order)


async def test_open_cases_by_filter(client: Client) -> None:
    """The documented filter gives the open cases, with their number as the total."""
    query = {"filter": "status = 'OPENED'", "orderBy": "updateTime desc"}
    pages = await client.pages("/cases", "cases", pageSize="7", **query)
    cases = [case for page in pages for case in page]
    assert {case["status"] for case in cases} == {"OPENED"} and len({case["name"] for case in cases}) == len(cases)
    one = await client.chronicle("/cases", filter="status = 'OPENED'", pageSize="1")
    assert one["totalSize"] == len(cases) and len(one["cases"]) == 1


@pytest.mark.parametrize("field", ["createTime", "updateTime"])
async def test_time_bounds(small: Client, field: str) -> None:
    """Bounds in milliseconds or RFC 3339, in any case of the name, select the same cases a full scan would."""
    low, high = NOW_MS - 40 * DAY, NOW_MS - 2 * DAY
    every = [c for page in await small.pages("/cases", "cases", pageSize="1000") for c in page]
    wanted = {c["name"] for c in every if low <= int(c[field]) < high}
    assert len(wanted) > 50
    for text in (
        f"{field} >= '{low}' AND {field} < {high}",
        f'{field[0].upper()}{field[1:]} >= "{iso(low)}" AND {field} < "{iso(high)}"',
    ):
        pages = await small.pages("/cases", "cases", filter=text, orderBy=f"{field} asc", pageSize="40")
        found = [c["name"] for page in pages for c in page]
        assert set(found) == wanted and len(found) == len(wanted)
        assert (await small.chronicle("/cases", filter=text, pageSize="1"))["totalSize"] == len(wanted)


async def test_priority_filter(client: Client) -> None:
    """Priorities can be joined by OR inside parentheses."""
    text = f"createTime > {NOW_MS - 60 * DAY} AND (priority='PRIORITY_HIGH' OR priority = \"PRIORITY_CRITICAL\")"
    answer = await client.chronicle("/cases", filter=text, pageSize="1000")
    assert {c["priority"] for c in answer["cases"]} == {"PRIORITY_HIGH", "PRIORITY_CRITICAL"}
    assert answer["totalSize"] == len(answer["cases"])


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "colour = 'red'"},
        {"filter": "status = "},
        {"filter": "createTime > yesterday"},
        {"orderBy": "title"},
        {"pageToken": "garbage"},
        {"pageSize": "many"},
    ],
)
async def test_bad_requests_are_named(client: Client, query: dict[str, str]) -> None:
    """What cannot be read is a 400 with Google's error object, never a guess."""
    status, answer, _ = await client.call("GET", client.sim.instance_url + "/cases", query)
    assert status == 400 and answer["error"]["status"] == "INVALID_ARGUMENT"


async def test_token_of_another_query_is_refused(client: Client) -> None:
    """A page token works only with the query that gave it."""
    token = (await client.chronicle("/cases"))["nextPageToken"]
    status, _, _ = await client.call(
        "GET", client.sim.instance_url + "/cases", {"pageToken": token, "filter": "status = 'OPENED'"}
    )
    assert status == 400


async def test_credentials_and_instance(client: Client, sim: Simulator) -> None:
    """No token or a wrong one is 401; another tenant's instance 403; an unknown case or path 404."""
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer \u00e9"}):
        async with client.http.get(sim.instance_url + "/cases", headers=headers) as answer:
            assert answer.status == 401 and (await answer.json())["error"]["status"] == "UNAUTHENTICATED"
    other = sim.instance_url.replace(sim.customer_id, "somebody-else")
    assert (await client.call("GET", other + "/cases"))[0] == 403
    for path in ("/cases/999999", "/cases/abc", "/nothing"):
        assert (await client.call("GET", sim.instance_url + path))[0] == 404


async def test_alerts_of_a_case(client: Client) -> None:
    """A case has as many alerts as it says, raised before it, with times in milliseconds and the machine named."""
    for case in (await client.chronicle("/cases", pageSize="20"))["cases"]:
        answer = await client.chronicle(f"/cases/{_number(case)}/caseAlerts")
        assert len(answer["caseAlerts"]) == case["alertCount"] == answer["totalSize"]
        for alert in answer["caseAlerts"]:
            assert int(alert.get("startTime", 0)) < int(alert["createTime"]) <= int(case["createTime"])
            assert alert["identifier"] and alert["involvedEntities"][0]["type"] == "HOSTNAME"


async def test_wall_tells_the_story(client: Client) -> None:
    """The wall begins with the creation and ends with the close of a closed case."""
    text = f"status = 'CLOSED' AND createTime < {NOW_MS - 20 * DAY}"
    answer = await client.chronicle("/cases", filter=text, pageSize="30")
    kinds = set()
    for case in answer["cases"]:
        wall = (await client.chronicle(f"/cases/{_number(case)}/caseWallRecords"))["caseWallRecords"]
        assert wall[0]["activityKind"] == "CASE_CREATED" and wall[0]["createTime"] == case["createTime"]
        assert wall[-1]["activityKind"] == "CASE_CLOSED" and wall[-1]["creatorUserId"]
        assert all("comment" in json.loads(record["activityDataJson"]) for record in wall)
        kinds |= {record["activityKind"] for record in wall}
    assert {"CASE_ASSIGNED", "CASE_STAGE_CHANGED"} <= kinds


@pytest.mark.parametrize("name", ["comments", "caseComments"])
async def test_comment_is_written(client: Client, name: str) -> None:
    """A comment can be read back, stands on the wall, and makes its case the last updated one."""
    path = f"/cases/5000/{name}"
    before = (await client.chronicle(path))["totalSize"]
    written = await client.post(path, {"comment": "Checked with *the* owner <!here>"})
    assert written["comment"] == "Checked with *the* owner <!here>" and written["name"]
    after = await client.chronicle(path)
    assert after["totalSize"] == before + 1 and after[name][-1] == written
    wall = (await client.chronicle("/cases/5000/caseWallRecords"))["caseWallRecords"]
    assert wall[-1]["activityKind"] == "COMMENT" and wall[-1]["createTime"] == written["createTime"]
    latest = await client.chronicle("/cases", orderBy="updateTime desc", pageSize="1")
    assert _number(latest["cases"][0]) == 5000 and latest["cases"][0]["updateTime"] == written["createTime"]
    assert (await client.call("POST", client.sim.instance_url + path, body={"comment": " "}))[0] == 400


async def test_priority_is_changed(client: Client) -> None:
    """Both ways of changing a priority show in the case, in filters, on the wall and in the history."""
    url = client.sim.instance_url + "/cases/12500"
    body = {"priority": "PRIORITY_CRITICAL"}
    changed = await client.ok("PATCH", url, {"updateMask": "priority"}, body)
    assert changed["priority"] == "PRIORITY_CRITICAL"
    assert await client.post("/cases:executeBulkChangePriority", {"casesIds": [12501, "12502"], **body}) == {}
    created = int(changed["createTime"])
    text = f"priority = 'PRIORITY_CRITICAL' AND createTime >= {created} AND createTime < {created + 30 * DAY}"
    found = {_number(c) for c in (await client.chronicle("/cases", filter=text, pageSize="1000"))["cases"]}
    assert {12500, 12501, 12502} <= found
    wall = (await client.chronicle("/cases/12501/caseWallRecords"))["caseWallRecords"]
    assert "PRIORITY_CRITICAL" in wall[-1]["activityDataJson"]
    assert (await client.call("PATCH", url, {"updateMask": "stage"}, body))[0] == 400
    assert (await client.call("PATCH", url, {"updateMask": "priority"}, {"priority": "urgent"}))[0] == 400
    bulk = client.sim.instance_url + "/cases:executeBulkChangePriority"
    assert (await client.call("POST", bulk, body={"casesIds": [1], **body}))[0] == 404


async def test_summary_takes_its_time(client: Client) -> None:
    """The AI summary is pending, then in progress, then there; asking for it first starts it anew."""
    path = "/cases/12000:getOrCreateCaseSummary"
    states = [(await client.post(path, {"isFirstRequest": True}))["state"]]
    states += [(await client.post(path, {"isFirstRequest": False}))["state"] for _ in range(2)]
    assert states == ["PENDING_START", "IN_PROGRESS", "SUCCESSFUL"]
    done = await client.post(path, {"isFirstRequest": False})
    assert done["state"] == "SUCCESSFUL" and done["summary"] and done["reasons"] and done["nextSteps"]
    assert (await client.post(path, {"isFirstRequest": True}))["state"] == "PENDING_START"


async def test_two_servers_answer_alike() -> None:
    """Two simulators with equal settings give the same bytes."""
    settings = SimulatorSettings(now=NOW, cases=3000)
    async with running(settings) as one, running(settings) as two, Client(one) as a, Client(two) as b:
        for path in ("/cases", "/cases/2500", "/cases/2500/caseWallRecords", "/rules"):
            assert await a.chronicle(path) == await b.chronicle(path)


async def test_million_cases_are_served() -> None:
    """A million cases give a page, an order by update, the open queue and a total, each without a scan of all."""
    async with running(SimulatorSettings(now=NOW, cases=1_000_000)) as sim, Client(sim) as client:
        page = await client.chronicle("/cases", pageSize="1000", expand=EXPAND)
        assert len(page["cases"]) == 1000 and page["totalSize"] == 1_000_000
        fresh = await client.chronicle("/cases", pageSize="1000", orderBy="updateTime desc")
        times = [int(c["updateTime"]) for c in fresh["cases"]]
        assert times == sorted(times, reverse=True) and len(times) == 1000
        queue = await client.chronicle("/cases", filter="status = 'OPENED'", pageSize="1")
        assert 2000 < queue["totalSize"] < 10_000
        index = sim.site.backends([]).desk.index
        assert index.block.cache_info().currsize < 100  # of 489 blocks


async def test_requests_are_logged(client: Client, sim: Simulator) -> None:
    """The log keeps method, path and query of what was asked."""
    await client.chronicle("/cases", pageSize="1")
    assert sim.requests[-1].method == "GET" and sim.requests[-1].path.endswith("/cases")
    assert sim.requests[-1].query == {"pageSize": "1"}
