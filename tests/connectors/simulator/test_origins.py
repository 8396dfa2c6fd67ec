"""Where cases came from, through dashboardQueries:execute over `case`."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.simulator import SimulatorSettings, running
from connectors.simulator.times import DAY, iso, to_ms
from tests.connectors.simulator.client import Client
from tests.connectors.simulator.conftest import NOW

NOW_MS = to_ms(NOW)
PATH = "/dashboardQueries:execute"
EVENT = "case.alerts.metadata.collection_elements.references.event.metadata.event_timestamp.seconds"
FULL = (
    "$case_id = case.response_platform_info.response_platform_id\n"
    "match:\n  $case_id\noutcome:\n"
    "  $created = max(case.created_time.seconds)\n"
    "  $detected = min(case.alerts.metadata.detection_time.seconds)\n"
    f"  $event = min(if({EVENT} > 0, {EVENT}, 9999999999999999))\n"
    "  $rules = array_distinct(case.alerts.metadata.detection.rule_name)\n"
)


def _body(days: float, text: str = FULL) -> dict[str, Any]:
    window = {"startTime": iso(NOW_MS - int(days * DAY)), "endTime": iso(NOW_MS)}
    return {"query": {"query": text, "input": {"timeWindow": window}}}


def _value(cell: dict[str, Any]) -> str:
    cells = cell["list"]["values"] if "list" in cell else [cell["value"]]
    return ",".join(str(next(iter(one.values()))) for one in cells)


def _rows(answer: dict[str, Any]) -> list[dict[str, str]]:
    columns = {result["column"]: [_value(cell) for cell in result["values"]] for result in answer["results"]}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


async def test_a_row_is_what_the_cases_alerts_say(client: Client) -> None:
    """Times in seconds and the rule equal those of the case and its alerts, column by column in the query's order."""
    answer = await client.post(PATH, _body(2))
    assert [result["column"] for result in answer["results"]] == ["case_id", "created", "detected", "event", "rules"]
    rows = _rows(answer)
    assert len({row["case_id"] for row in rows}) == len(rows) > 10
    for row in rows[:8]:
        case = await client.chronicle(f"/cases/{row['case_id']}")
        alerts = (await client.chronicle(f"/cases/{row['case_id']}/caseAlerts"))["caseAlerts"]
        assert int(row["created"]) == int(case["createTime"]) // 1000
        assert int(row["detected"]) == min(int(alert["createTime"]) for alert in alerts) // 1000
        assert {row["rules"]} == {alert["ruleGenerator"] for alert in alerts}
        starts = [int(alert["startTime"]) // 1000 for alert in alerts if "startTime" in alert]
        assert int(row["event"]) == min(starts, default=9999999999999999)


async def test_a_missing_time_is_zero_unless_the_query_says_otherwise(client: Client) -> None:
    """`min` of a time that is missing is 0, with `if` it is the number given there; some cases have none."""
    guarded = [row["event"] for row in _rows(await client.post(PATH, _body(20)))]
    bare = FULL.replace(f"if({EVENT} > 0, {EVENT}, 9999999999999999)", EVENT)
    plain = [row["event"] for row in _rows(await client.post(PATH, _body(20, bare)))]
    assert guarded.count("9999999999999999") == plain.count("0") > 0
    assert [one for one in guarded if len(one) == 10] == [one for one in plain if one != "0"]


async def test_a_field_nobody_knows_is_refused(client: Client) -> None:
    """A query with an unknown field is a 400, as on any tenant."""
    body = _body(2, FULL + "  $x = min(case.alerts.metadata.no_such_time.seconds)\n")
    status, answer, _ = await client.call("POST", client.sim.instance_url + PATH, body=body)
    assert status == 400 and "no_such_time" in answer["error"]["message"]


@pytest.mark.parametrize(("cap", "limit", "rows"), [(30, "", 30), (30, "limit: 20\n", 20), (None, "limit: 20\n", 20)])
async def test_row_limits(cap: int | None, limit: str, rows: int) -> None:
    """The query's limit and the tenant's own cap both cut the answer."""
    settings = SimulatorSettings(now=NOW, cases=2000, history_row_limit=cap)
    async with running(settings) as sim, Client(sim) as client:
        assert len(_rows(await client.post(PATH, _body(90, FULL + limit)))) == rows
