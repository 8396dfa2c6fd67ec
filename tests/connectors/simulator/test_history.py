"""Case history through dashboardQueries:execute."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from connectors.simulator import SimulatorSettings, running
from connectors.simulator.times import DAY, iso, to_ms
from tests.connectors.simulator.client import Client
from tests.connectors.simulator.conftest import NOW

NOW_MS = to_ms(NOW)
PATH = "/dashboardQueries:execute"
FULL = (
    "$case_id = case_history.case_response_platform_info.case_id\n"
    "$what = case_history.case_activity\n"
    "$at = case_history.event_time.seconds\n"
    "$who = case_history.assignee\n$stage = case_history.stage\n$status = case_history.status\n"
    "$rank = case_history.priority\n"
)
ACTIVITIES = {"CREATE_CASE", "ASSIGNEE_CHANGE", "STAGE_CHANGE", "PRIORITY_CHANGE", "CLOSE_CASE", "REOPEN_CASE"}


def _body(low: int, high: int, text: str = FULL) -> dict[str, Any]:
    return {"query": {"query": text, "input": {"timeWindow": {"startTime": iso(low), "endTime": iso(high)}}}}


def _rows(answer: dict[str, Any]) -> list[dict[str, str]]:
    columns = {
        result["column"]: [next(iter(cell["value"].values())) for cell in result["values"]]
        for result in answer["results"]
    }
    assert len({len(values) for values in columns.values()}) == 1
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


async def test_answer_is_columnar(client: Client) -> None:
    """The answer has one column a variable, cells typed as the API types them, times in seconds, and a cache age."""
    answer = await client.post(PATH, _body(NOW_MS - DAY, NOW_MS))
    assert [r["column"] for r in answer["results"]] == ["case_id", "what", "at", "who", "stage", "status", "rank"]
    cell = answer["results"][2]["values"][0]["value"]["int64Val"]
    assert len(cell) == 10 and answer["dataSources"] == ["CASE_HISTORY"]
    assert answer["lastBackendCacheRefreshedTime"] < iso(NOW_MS)
    assert answer["timeWindow"] == {"startTime": iso(NOW_MS - DAY), "endTime": iso(NOW_MS)}
    assert answer["queryRuntimeErrors"] == []


async def test_default_columns_have_full_names(client: Client) -> None:
    """A query that names no variable gets every column under its own name."""
    body = {"query": {"query": "", "input": {"relativeTime": {"timeUnit": "DAY", "startTimeVal": "2"}}}}
    names = [result["column"] for result in (await client.post(PATH, body))["results"]]
    assert {"case_response_platform_info.case_id", "case_activity", "event_time.seconds"} <= set(names)


async def test_history_agrees_with_the_cases(client: Client) -> None:
    """Every case created in the window has its creation there, and the last row of each tells its state now."""
    low = NOW_MS - 30 * DAY
    rows = _rows(await client.post(PATH, _body(low, NOW_MS)))
    assert [int(r["at"]) for r in rows] == sorted(int(r["at"]) for r in rows)
    assert {r["what"] for r in rows} <= ACTIVITIES
    cases = [
        c for p in await client.pages("/cases", "cases", filter=f"createTime >= {low}", pageSize="1000") for c in p
    ]
    last = {row["case_id"]: row for row in rows}
    created = {r["case_id"]: int(r["at"]) for r in rows if r["what"] == "CREATE_CASE"}
    for case in cases:
        number = case["name"].rsplit("/", 1)[1]
        assert created[number] == int(case["createTime"]) // 1000
        skewed = last[number]["what"] == "CREATE_CASE" and case["status"] == "CLOSED"
        if not skewed:
            assert last[number]["status"] == ("OPENED" if case["status"] == "OPENED" else "CLOSED")
            assert (last[number]["who"], last[number]["stage"]) == (case["assignee"], case["stage"])
            assert last[number]["rank"] == case["priority"]
    assert len(created) == len(cases)


async def test_windows_add_up(client: Client) -> None:
    """Half-open windows laid end to end give the rows of the whole, none twice and none lost."""
    low = NOW_MS - 40 * DAY
    whole = _rows(await client.post(PATH, _body(low, NOW_MS)))
    parts = []
    for k in range(4):
        parts += _rows(await client.post(PATH, _body(low + k * 10 * DAY, low + (k + 1) * 10 * DAY)))
    assert Counter(map(str, map(sorted, (r.items() for r in parts)))) == Counter(
        map(str, map(sorted, (r.items() for r in whole)))
    )


async def test_story_has_escalations_and_reopens(client: Client) -> None:
    """A quarter's history has people taking cases, tier-2 hand-overs, all stages, priority changes and reopenings."""
    rows = _rows(await client.post(PATH, _body(NOW_MS - 90 * DAY, NOW_MS)))
    assert {r["what"] for r in rows} == ACTIVITIES
    owners = {r["who"] for r in rows}
    assert {"@Tier1", "@Tier2"} <= owners and any(owner.startswith("analyst-") for owner in owners)
    assert {r["stage"] for r in rows} == {"Triage", "Assessment", "Investigation", "Incident", "Improvement"}


async def test_filter_and_limit_of_the_query(client: Client) -> None:
    """A condition on the activity and a limit in the query are obeyed."""
    low = NOW_MS - 30 * DAY
    text = FULL + 'case_history.case_activity = "CLOSE_CASE"\nlimit:\n  25\n'
    rows = _rows(await client.post(PATH, _body(low, NOW_MS, text)))
    assert len(rows) == 25 and {r["what"] for r in rows} == {"CLOSE_CASE"}


async def test_server_row_limit() -> None:
    """A tenant's own cap on rows cuts the answer at its end."""
    settings = SimulatorSettings(now=NOW, cases=2000, history_row_limit=40)
    async with running(settings) as sim, Client(sim) as client:
        assert len(_rows(await client.post(PATH, _body(NOW_MS - 90 * DAY, NOW_MS)))) == 40


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": {"query": FULL}},
        {"query": {"query": FULL, "input": {"timeWindow": {"startTime": "soon"}}}},
        {"query": {"query": FULL, "input": {"relativeTime": {"timeUnit": "FORTNIGHT", "startTimeVal": "1"}}}},
    ],
)
async def test_bad_queries_are_named(client: Client, body: dict[str, Any]) -> None:
    """A query without text or with a window that cannot be read is a 400."""
    status, answer, _ = await client.call("POST", client.sim.instance_url + PATH, body=body)
    assert status == 400 and answer["error"]["message"]
