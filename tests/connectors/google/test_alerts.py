"""The SIEM's reader: streamed fragments merged, polled to the end, totals from the SIEM, nothing cut silently."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from connectors.clock import FixedClock
from connectors.errors import Unavailable, Unreadable
from connectors.google.alert_wire import fragments
from connectors.google.alerts import NOT_CLOSED, ChronicleAlertFeed
from connectors.models.reading import Window
from tests.connectors.google.stand_in import INSTANCE, StandIn, always, in_turn, routes, standing_in

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
DAY = Window(NOW - timedelta(days=1), NOW)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def feed(server: StandIn, clock: FixedClock, **options: Any) -> ChronicleAlertFeed:
    backend = server.backend(clock, "SIEM")
    return ChronicleAlertFeed(backend, INSTANCE, clock, **{"pause": 0.001, "ttl": 0.0, "rules_ttl": 0.0, **options})


def alert(number: int, **more: Any) -> dict[str, Any]:
    base = {
        "id": f"de_{number}",
        "createdTime": f"2026-11-22T09:00:{number % 60:02}Z",
        "detection": [{"ruleName": f"rule_{number % 2}", "ruleId": "ru_1", "severity": "HIGH"}],
        "feedbackSummary": {"status": "OPEN", "priority": "PRIORITY_HIGH", "verdict": "TRUE_POSITIVE"},
    }
    return {**base, **more}


def view(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    whole = {"complete": True, "baselineAlertsCount": 57, "filteredAlertsCount": len(alerts)}
    return {**whole, "alerts": {"alerts": list(alerts)}, **more}


async def test_fragments_are_laid_over_one_another(clock: FixedClock) -> None:
    """Alerts of all fragments add up by id, and for everything else the last word wins."""
    parts = [
        {"progress": 0.1},
        {"progress": 0.5, "baselineAlertsCount": 40, "alerts": {"alerts": [alert(1), alert(2)]}},
        view(alert(2), alert(3), filteredAlertsCount=3),
    ]
    async with standing_in(always(parts)) as server:
        reading = await feed(server, clock).alerts(DAY)
    assert [found.id for found in reading.one.alerts] == ["de_3", "de_2", "de_1"]
    assert (reading.one.total, reading.one.baseline) == (3, 57)
    assert reading.one.per_rule == (("rule_1", 2), ("rule_0", 1))
    assert (reading.truncated, reading.notes) == (False, ())


async def test_the_view_is_polled_until_it_is_complete(clock: FixedClock) -> None:
    """An unfinished view is asked for again; the finished one counts."""
    async with standing_in(in_turn([{"progress": 0.2}], [{"progress": 0.7}], [view(alert(1))])) as server:
        reading = await feed(server, clock).alerts(DAY)
        assert len(server.asked) == 3
    assert reading.one.total == 1 and not reading.truncated


async def test_polling_is_bounded_and_says_so(clock: FixedClock) -> None:
    """A view that never finishes is given as far as it came, marked truncated."""
    async with standing_in(always([view(alert(1), complete=False)])) as server:
        reading = await feed(server, clock, polls=3).alerts(DAY)
        assert len(server.asked) == 3
    assert reading.truncated and "not finished" in reading.notes[0]


async def test_a_capped_view_is_truncated(clock: FixedClock) -> None:
    """When as many alerts came as were asked for and more match, the total is the SIEM's and the cut is said."""
    aggregated = {"fieldName": "detection.rule_name", "alertCount": 9, "allValues": [
        {"value": {"stringValue": "rule_0"}, "alertCount": 4}, {"value": {"stringValue": "rule_1"}, "alertCount": 5}
    ]}  # fmt: skip
    capped = view(alert(1), alert(2), filteredAlertsCount=9, fieldAggregations={"fields": [aggregated]})
    async with standing_in(always([capped])) as server:
        reading = await feed(server, clock).alerts(DAY, limit=2)
        assert server.asked[0][2]["alertListOptions.maxReturnedAlerts"] == "2"
    assert reading.truncated and reading.total == 9 and reading.notes == ("2 of 9 alerts were given.",)
    assert reading.one.per_rule == (("rule_1", 5), ("rule_0", 4))


async def test_closed_alerts_are_left_out_on_request(clock: FixedClock) -> None:
    """The filter is the SIEM's; without it closed alerts are included."""
    async with standing_in(always([view()])) as server:
        await feed(server, clock).alerts(DAY)
        await feed(server, clock).alerts(DAY, closed=False)
        assert [asked[2]["snapshotQuery"] for asked in server.asked] == ["", NOT_CLOSED]
        assert server.asked[0][2]["timeRange.startTime"] == "2026-11-21T10:00:00.000000Z"


async def test_what_an_alert_carries(clock: FixedClock) -> None:
    """Rule, verdict, case name, detection time and host names arrive; none is invented."""
    event = {"references": [{"event": {"principal": {"hostname": "ws-0011"}, "target": {"hostname": "dc-01"}}}]}
    full = alert(1, caseName="uuid", detectionTime="2026-11-22T08:59:00Z", collectionElements=[event])
    bare = {"id": "de_9", "createdTime": "2026-11-22T08:00:00Z"}
    async with standing_in(always([view(full, bare)])) as server:
        one, two = (await feed(server, clock).alerts(DAY)).one.alerts
    assert (one.rule, one.severity, one.priority, one.verdict) == ("rule_1", "high", "high", "TRUE_POSITIVE")
    assert (one.case_name, one.hosts) == ("uuid", ("ws-0011", "dc-01"))
    assert one.detected_at == datetime(2026, 11, 22, 8, 59, tzinfo=UTC)
    assert (two.case_name, two.detected_at, two.hosts, two.rule) == (None, None, (), "")


@pytest.mark.parametrize("body", ["", "[]", "[7]", "<html>", '{"a": 1}{"b": '])
async def test_an_unusable_stream_is_an_error(clock: FixedClock, body: str) -> None:
    """No fragment, no JSON, a fragment cut off or no object: never an empty window."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text=body)

    async with standing_in(answer) as server:
        with pytest.raises(Unreadable):
            await feed(server, clock, polls=2).alerts(DAY)


def test_fragments_without_commas() -> None:
    """Objects back to back, with line breaks or stray brackets, are the same values as an array."""
    values = [{"a": "}{"}, {"b": [1]}]
    for raw in (json.dumps(values), '{"a": "}{"}\n{"b": [1]}', '[{"a": "}{"}\n,\r\n{"b": [1]}'):
        assert fragments(raw.encode()) == values
    assert fragments(b'{"a": 1}') == [{"a": 1}]


async def test_a_failing_siem_leaves_the_last_reading_marked(clock: FixedClock) -> None:
    """Within the time to live nothing is asked; after it a failure serves the old view, stale, with its instant."""
    async with standing_in(in_turn([view(alert(1))], 500)) as server:
        reader = feed(server, clock, ttl=30)
        first, again = await asyncio.gather(reader.alerts(DAY), reader.alerts(DAY))
        assert first is again and len(server.asked) == 1
        clock.advance(31)
        old = await reader.alerts(Window(DAY.start + timedelta(seconds=31), clock.now()))
        assert old.stale and old.as_of == NOW and old.window == DAY
        with pytest.raises(Unavailable):
            await reader.alerts(Window(NOW - timedelta(days=9), NOW))


async def test_indicator_matches(clock: FixedClock) -> None:
    """The type is the indicator's key; assets and times arrive; more data is said."""
    match = {
        "artifactIndicator": {"domain": "bad.example"},
        "sources": ["Mandiant"],
        "assetIndicators": [{"hostname": "ws1"}, {"assetIpAddress": "192.0.2.1"}],
        "firstSeenTimestamp": "2026-11-20T10:00:00Z",
    }
    async with standing_in(always({"matches": [match], "moreDataAvailable": True})) as server:
        reading = await feed(server, clock).ioc_matches(DAY)
    found = reading.items[0]
    assert (found.type, found.value, found.assets) == ("domain", "bad.example", ("ws1", "192.0.2.1"))
    assert (found.first_seen_at, found.last_seen_at) == (datetime(2026, 11, 20, 10, tzinfo=UTC), None)
    assert reading.truncated and reading.total is None


RULES = [
    {"name": "x/rules/ru_1@v_1", "displayName": "one", "metadata": {"technique": "T1059.001, T1566"}},
    {"name": "x/rules/ru_2", "displayName": "two", "text": "// see T1003.001 and XT1234", "tags": ["attack.T1110"]},
    {"name": "x/rules/ru_3", "displayName": "three", "severity": {"displayName": "High"}, "text": "t1059 T12345"},
]


async def test_techniques_are_found_wherever_authors_put_them(clock: FixedClock) -> None:
    """Metadata, tags and text are searched; what only looks like an id is not one."""
    deployments = [
        {"name": "x/rules/ru_1/deployment", "enabled": True, "alerting": True},
        {"name": "x/rules/ru_2/deployment"},
    ]
    table = {"/rules/-/deployments": {"ruleDeployments": deployments}, "/rules": {"rules": RULES}}
    async with standing_in(routes(table)) as server:
        one, two, three = (await feed(server, clock).rules()).items
    assert one.techniques == ("T1059.001", "T1566")
    assert two.techniques == ("T1110", "T1003.001")
    assert three.techniques == () and three.severity == "high"
    assert [(rule.enabled, rule.alerting) for rule in (one, two, three)] == [(True, True), (False, False), (None, None)]


async def test_rules_without_deployments_are_of_unknown_state(clock: FixedClock) -> None:
    """When deployments cannot be read rules are neither on nor off, and the reading says so."""
    async with standing_in(routes({"/rules/-/deployments": 403, "/rules": {"rules": RULES}})) as server:
        reading = await feed(server, clock).rules()
    assert {rule.enabled for rule in reading.items} == {None}
    assert "unknown" in reading.notes[0] and not reading.truncated


def hits(*minutes: int) -> list[dict[str, str]]:
    return [{"detectionTimestamp": (NOW - timedelta(minutes=m)).isoformat()} for m in minutes]


async def test_rule_activity_is_counted_in_full(clock: FixedClock) -> None:
    """As long as the SIEM says "too many" the window is halved; every firing is counted once."""
    every = sorted(NOW - timedelta(minutes=m) for m in range(1, 1400, 7))

    async def answer(request: web.Request) -> web.StreamResponse:
        start, end = (datetime.fromisoformat(request.query[f"timeRange.{edge}Time"]) for edge in ("start", "end"))
        inside = [at for at in every if start <= at < end]
        alerts = [{"detectionTimestamp": at.isoformat()} for at in inside[:40]]
        item = {"ruleMetadata": {"properties": {"ruleId": "ru_1", "name": "one"}}, "alerts": alerts}
        return web.json_response({"ruleAlerts": [item], "tooManyAlerts": len(inside) > 40})

    async with standing_in(answer) as server:
        reading = await feed(server, clock).rule_activity(DAY)
    (activity,) = reading.items
    assert (activity.rule, activity.count, activity.last_at) == ("one", len(every), every[-1])
    assert activity.times == tuple(every) and not reading.truncated


async def test_rule_activity_that_stays_too_much_is_said(clock: FixedClock) -> None:
    """When even an hour holds too many, counts are called too low."""
    item = {"ruleMetadata": {"properties": {"ruleId": "ru_1"}}, "alerts": hits(30)}
    async with standing_in(always({"ruleAlerts": [item], "tooManyAlerts": True})) as server:
        reading = await feed(server, clock).rule_activity(DAY)
    assert reading.truncated and "too low" in reading.notes[0]
    assert reading.items[0].rule == "ru_1"
