"""Alerts, indicator matches and rules."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import pairwise
from typing import Any

from connectors.simulator import catalogue as cat
from connectors.simulator.times import DAY, HOUR, iso, parse, to_ms
from tests.connectors.simulator.client import Client
from tests.connectors.simulator.conftest import NOW

NOW_MS = to_ms(NOW)
VIEW = "/legacy:legacyFetchAlertsView"


def _range(low: int, high: int = NOW_MS, name: str = "timeRange") -> dict[str, str]:
    return {f"{name}.startTime": iso(low), f"{name}.endTime": iso(high)}


async def _view(client: Client, low: int, high: int = NOW_MS, more: dict[str, str] | None = None) -> dict[str, Any]:
    fragments = await client.chronicle(VIEW, **_range(low, high), **(more or {}))
    merged: dict[str, Any] = {}
    for fragment in fragments:
        merged |= fragment
    return merged


async def test_view_is_streamed_in_fragments(client: Client) -> None:
    """The view is an array of partial objects with rising progress; only the last is complete."""
    fragments = await client.chronicle(VIEW, **_range(NOW_MS - DAY))
    assert len(fragments) > 1 and fragments[-1]["complete"] is True
    assert not any("complete" in fragment for fragment in fragments[:-1])
    assert [f["progress"] for f in fragments] == sorted(f["progress"] for f in fragments)


async def test_alerts_have_the_wire_shape(client: Client) -> None:
    """An alert carries id, RFC 3339 times, its rule, feedback and, when a case took it, the SIEM's case name."""
    view = await _view(client, NOW_MS - DAY)
    alerts = view["alerts"]["alerts"]
    assert view["filteredAlertsCount"] == view["baselineAlertsCount"] == len(alerts) > 50
    assert [a["createdTime"] for a in alerts] == sorted((a["createdTime"] for a in alerts), reverse=True)
    for alert in alerts:
        assert alert["id"].startswith("de_") and alert["detection"][0]["ruleId"].startswith("ru_")
        assert NOW_MS - DAY <= parse(alert["createdTime"]) < NOW_MS
        assert alert["feedbackSummary"]["status"] in ("OPEN", "CLOSED", "NEW", "REVIEWED")
        assert datetime.fromisoformat(alert["detectionTime"]) <= datetime.fromisoformat(alert["createdTime"])
    assert len({a["id"] for a in alerts}) == len(alerts)
    assert 0 < sum("caseName" in a for a in alerts) < len(alerts)


async def test_critical_alerts_without_a_case(client: Client) -> None:
    """Some of today's critical alerts were taken by no case and are not closed."""
    alerts = (await _view(client, NOW_MS - DAY))["alerts"]["alerts"]
    lost = [a for a in alerts if a["detection"][0]["severity"] == "CRITICAL" and "caseName" not in a]
    assert lost and all(a["feedbackSummary"]["status"] == "NEW" for a in lost)


async def test_totals_outlive_the_cap(client: Client) -> None:
    """maxReturnedAlerts cuts the list, not the totals; windows laid end to end add up."""
    capped = await _view(client, NOW_MS - 6 * DAY, more={"alertListOptions.maxReturnedAlerts": "10"})
    assert len(capped["alerts"]["alerts"]) == 10 and capped["baselineAlertsCount"] > 500
    halves = [
        await _view(client, NOW_MS - 6 * DAY, NOW_MS - 3 * DAY),
        await _view(client, NOW_MS - 3 * DAY, NOW_MS),
    ]
    assert sum(half["baselineAlertsCount"] for half in halves) == capped["baselineAlertsCount"]


async def test_snapshot_query_leaves_closed_out(client: Client) -> None:
    """The usual snapshot query leaves closed alerts out of the list and of the filtered count."""
    view = await _view(client, NOW_MS - 3 * DAY, more={"snapshotQuery": 'feedback_summary.status != "CLOSED"'})
    assert 0 < view["filteredAlertsCount"] < view["baselineAlertsCount"]
    statuses = {a["feedbackSummary"]["status"] for a in view["alerts"]["alerts"]}
    assert "CLOSED" not in statuses
    bad = await client.call("GET", client.sim.instance_url + VIEW, {"snapshotQuery": "colour = 1"})
    assert bad[0] == 400


async def test_volume_per_rule(client: Client) -> None:
    """About ten alerts come for a case; the aggregation counts them per rule; one rule drowns the others."""
    view = await _view(client, NOW_MS - 28 * DAY)
    cases = (await client.chronicle("/cases", filter=f"createTime >= {NOW_MS - 28 * DAY}", pageSize="1"))["totalSize"]
    assert 9 < view["baselineAlertsCount"] / cases < 11
    field = view["fieldAggregations"]["fields"][0]
    counts = {value["value"]["stringValue"]: value["alertCount"] for value in field["allValues"]}
    assert sum(counts.values()) == view["filteredAlertsCount"] == field["alertCount"]
    noisy = cat.DETECTIONS[cat.NOISY].name
    assert counts[noisy] > 1.5 * max(count for name, count in counts.items() if name != noisy)


async def test_one_rule_fell_silent(client: Client) -> None:
    """One rule fired daily until four days ago; its silence is over three times its longest usual gap."""
    answer = await client.chronicle(
        "/legacy:legacySearchRulesAlerts", **_range(NOW_MS - 24 * DAY), maxNumAlertsToReturn="10000"
    )
    assert answer["tooManyAlerts"] is False
    times = {
        group["ruleMetadata"]["properties"]["name"]: sorted(parse(a["detectionTimestamp"]) for a in group["alerts"])
        for group in answer["ruleAlerts"]
    }
    silent = times[cat.DETECTIONS[cat.SILENT].name]
    gap = max(b - a for a, b in pairwise(silent))
    assert NOW_MS - silent[-1] > 3 * gap and NOW_MS - silent[-1] > 3 * DAY
    assert NOW_MS - times[cat.DETECTIONS[cat.NOISY].name][-1] < 12 * HOUR


async def test_rule_alerts_say_when_cut(client: Client) -> None:
    """The search over rules gives at most what was asked for and says that there was more."""
    query = {"timeRange.start_time": iso(NOW_MS - 7 * DAY), "timeRange.end_time": iso(NOW_MS)}
    answer = await client.chronicle("/legacy:legacySearchRulesAlerts", **query, maxNumAlertsToReturn="30")
    assert answer["tooManyAlerts"] is True
    assert sum(len(group["alerts"]) for group in answer["ruleAlerts"]) == 30


async def test_bridge_to_desk_numbers(client: Client) -> None:
    """A SIEM case name leads to the desk's number, and that case has such an alert."""
    alerts = (await _view(client, NOW_MS - DAY))["alerts"]["alerts"]
    taken = next(a for a in alerts if "caseName" in a)
    answer = await client.chronicle("/legacy:legacyBatchGetCases", names=taken["caseName"])
    number = answer["cases"][0]["soarPlatformInfo"]["caseId"]
    inside = (await client.chronicle(f"/cases/{number}/caseAlerts"))["caseAlerts"]
    assert taken["id"] in {alert["siemAlertId"] for alert in inside}
    assert (await client.chronicle("/legacy:legacyBatchGetCases", names="no-such-name"))["cases"] == []


async def test_indicator_matches(client: Client) -> None:
    """Matches name indicator, sources, machines and three times; some machines belong to open cases; a cap is said."""
    path, window = "/legacy:legacySearchEnterpriseWideIoCs", _range(NOW_MS - 30 * DAY, name="timestampRange")
    answer = await client.chronicle(path, **window, maxMatchesToReturn="1000")
    assert answer["moreDataAvailable"] is False and len(answer["matches"]) > 40
    for match in answer["matches"]:
        assert len(match["artifactIndicator"]) == 1 and match["sources"] and match["assetIndicators"]
        seen = parse(match["lastSeenTimestamp"])
        assert parse(match["iocIngestTimestamp"]) <= parse(match["firstSeenTimestamp"]) <= seen
        assert NOW_MS - 30 * DAY <= seen < NOW_MS
    hosts = {asset["hostname"] for match in answer["matches"] for asset in match["assetIndicators"]}
    open_hosts = set()
    for case in (await client.chronicle("/cases", filter="status = 'OPENED'", pageSize="1000"))["cases"]:
        alerts = (await client.chronicle(f"/cases/{case['name'].rsplit('/', 1)[1]}/caseAlerts"))["caseAlerts"]
        open_hosts |= {e["identifier"] for a in alerts for e in a["involvedEntities"] if e["type"] == "HOSTNAME"}
    assert hosts & open_hosts
    cut = await client.chronicle(path, **window, maxMatchesToReturn="5")
    assert cut["matches"] == answer["matches"][:5] and cut["moreDataAvailable"] is True


async def test_rules_and_deployments(client: Client) -> None:
    """All rules page through once; the full view has text and metadata; each has one deployment."""
    pages = await client.pages("/rules", "rules", view="FULL", pageSize="50")
    rules = [rule for page in pages for rule in page]
    assert len(pages) == 3 and len({rule["name"] for rule in rules}) == len(rules) == 140
    assert all(rule["text"].startswith("rule ") and rule["metadata"]["author"] for rule in rules)
    deployed = [
        d for page in await client.pages("/rules/-/deployments", "ruleDeployments", pageSize="60") for d in page
    ]
    assert [d["name"] for d in deployed] == [rule["name"] + "/deployment" for rule in rules]
    assert 0 < sum(not d["enabled"] for d in deployed) < 40
    identifier = rules[3]["name"].rsplit("/", 1)[1]
    assert await client.chronicle(f"/rules/{identifier}/deployment") == deployed[3]
    assert (await client.call("GET", client.sim.instance_url + "/rules/ru_0/deployment"))[0] == 404
    assert "text" not in (await client.chronicle("/rules"))["rules"][0]


async def test_rules_are_tagged_as_rules_are(client: Client) -> None:
    """Some rules say their technique in metadata, some in the text alone, some not at all; a few ids are retired."""
    rules = (await client.chronicle("/rules", view="FULL", pageSize="1000"))["rules"]
    tagged: Counter[str] = Counter()
    for rule in rules:
        technique = rule["metadata"].get("mitre_attack_technique_id", "")
        in_text = "ATT&CK: T" in rule["text"]
        where = "metadata" if technique else "text" if in_text else "none"
        tagged[where] += 1
        tagged["retired"] += technique in cat.RETIRED
    assert tagged["metadata"] > 80 and tagged["text"] >= 3 and tagged["none"] >= 10 and tagged["retired"] >= 2
