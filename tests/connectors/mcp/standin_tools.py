"""The tools of Google's four MCP servers over the simulated SOC: names, shapes and defects as they were reproduced."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.simulator import SimulatorSettings
from connectors.simulator.site import Backends
from connectors.simulator.world import FIRST_ID

PAGE = 100
HOUR = 3_600_000
EXPAND = frozenset({"tags", "products", "closureDetails", "sla", "alertsSla"})


@dataclass
class Answer:
    """`value` None: no content at all. `structured`: what FastMCP adds for a typed return."""

    value: Any
    structured: dict[str, Any] | None = None
    error: bool = False

    def blocks(self) -> list[str]:
        if self.value is None:
            return []
        if isinstance(self.value, list):
            return [json.dumps(item) for item in self.value]
        return [self.value if isinstance(self.value, str) else json.dumps(self.value)]


@dataclass(frozen=True)
class Given:
    """What a tool answers from."""

    world: Backends
    arguments: dict[str, Any]
    settings: SimulatorSettings

    @property
    def index(self) -> int | None:
        return self.world.desk.find(str(self.arguments["case_id"]))


def typed(value: Any) -> Answer:
    """A typed return: text and `{"result": …}`."""
    return Answer(value, {"result": value})


def legacy(case: dict[str, Any], index: int) -> dict[str, Any]:
    """The SOAR's own spelling: numbers for ids and times, CamelCase enums."""
    spelled = case["priority"].removeprefix("PRIORITY_").capitalize()
    changed = {"id": FIRST_ID + index, "priority": f"Priority{spelled}", "status": case["status"].capitalize()}
    changed |= {"createTime": int(case["createTime"]), "updateTime": int(case["updateTime"])}
    return {key: value for key, value in case.items() if key != "name"} | changed


def list_cases(given: Given) -> Answer:
    """Every case, oldest first (the order is nowhere documented), tags from the second page on alone."""
    token = given.arguments.get("next_page_token")
    start = int(token or 0)
    size = given.world.world.size
    expand = EXPAND if token else EXPAND - {"tags"}
    desk = given.world.desk
    cases = [legacy(desk.case(k, expand), k) for k in range(start, min(start + PAGE, size))]
    following = {"nextPageToken": str(start + PAGE)} if start + PAGE < size else {}
    return Answer({"cases": cases, **following})


def get_case_full_details(given: Given) -> Answer:
    """The first key has a colon; three nulls when the SOAR did not answer or has no such case."""
    index, desk = given.index, given.world.desk
    if index is None:
        return Answer({"case_details:": None, "case_alerts": None, "case_comments": None})
    comments = {"caseComments": desk.comments(index)[:50]}
    alerts = {"caseAlerts": desk.alerts(index)}
    full = legacy(desk.case(index, EXPAND), index)
    return Answer({"case_details:": full, "case_alerts": alerts, "case_comments": comments})


def post_case_comment(given: Given) -> Answer:
    """Nothing at all when the SOAR refused."""
    index, desk = given.index, given.world.desk
    if index is None:
        return Answer(None)
    note = desk.overlay.write(index, desk.world.now, "COMMENT", given.arguments["comment"], "soc-bot")
    return Answer(desk.comment(index, len(desk.comments(index)), note))


def gemini_summary(given: Given) -> Answer:
    """The raw result of a manual action."""
    if given.arguments.get("scope", "All entities") != "All entities" or not given.arguments["alert_group_identifiers"]:
        return Answer({"Status": "Failed", "Message": "Invalid scope"})
    inside = {"summary": f"Case {given.arguments['case_id']}: several alerts on one host.", "state": "SUCCESSFUL"}
    return Answer({"resultCode": 0, "message": "Done", "resultJsonObject": json.dumps(inside)})


def _since(given: Given) -> tuple[int, int]:
    now = given.world.world.now
    return now - int(given.arguments.get("hours_back", 24)) * HOUR, now


def alerts_text(alerts: list[dict[str, Any]], newer: bool) -> str:
    """The prose of 0.7.1, or of upstream after it."""
    text = f"Found {len(alerts)} security alerts:\n\n"
    for number, alert in enumerate(alerts, 1):
        feedback = alert.get("feedbackSummary", {})
        text += f"Alert {number}:\n"
        text += f"Alert ID: {alert['id']}\n" if newer else ""
        text += f"Rule: {alert['detection'][0]['ruleName']}\nCreated: {alert['createdTime']}\n"
        text += f"Status: {feedback.get('status', 'Unknown')}\n"
        text += f"Verdict: {feedback.get('verdict', 'Unknown')}\n" if newer else ""
        text += f"Severity: {feedback.get('severityDisplay') or 'Unknown'}\n"
        text += f"Associated Case: {alert['caseName']}\n" if alert.get("caseName") else ""
        text += "\n"
    return text


def get_security_alerts(given: Given, newer: bool = False) -> Answer:
    """Prose, encoded once more when there are alerts; no totals."""
    low, high = _since(given)
    query = given.arguments.get("status_filter", 'feedback_summary.status != "CLOSED"')
    view = given.world.siem.view(low, high, query, given.arguments.get("max_alerts", 10))
    found = view[-1]["alerts"]["alerts"]
    if not found:
        return typed("No security alerts found for the specified time range.")
    return typed(json.dumps(alerts_text(found, newer)))


def get_ioc_matches(given: Given) -> Answer:
    """Bare prose."""
    found = given.world.matches.search(*_since(given), given.arguments.get("max_matches", 20))["matches"]
    if not found:
        return typed("No IoC matches found for the specified time range.")
    text = f"Found {len(found)} IoC matches:\n\n"
    for number, match in enumerate(found, 1):
        kind, value = next(iter(match["artifactIndicator"].items()))
        text += f"IoC {number}:\nType: {kind}\nValue: {value}\nSources: {', '.join(match['sources'])}\n\n"
    return typed(text)


def list_security_rules(given: Given) -> Answer:
    """Chronicle's raw answer."""
    rules = given.world.rules
    start, size = int(given.arguments.get("page_token") or 0), min(given.arguments.get("page_size", 100), 50)
    following = {"nextPageToken": str(start + size)} if start + size < rules.size else {}
    return typed({"rules": [rules.rule(k, True) for k in range(start, min(start + size, rules.size))], **following})


def search_rule_alerts(given: Given) -> Answer:
    """Chronicle's raw answer."""
    low, high = (datetime.fromisoformat(given.arguments[key]) for key in ("start_time", "end_time"))
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    window = [(at - epoch) // timedelta(milliseconds=1) for at in (low, high)]
    return typed(given.world.siem.rule_alerts(*window, given.arguments["max_alerts"]))


def list_threat_profiles(given: Given) -> Answer:
    intel = given.world.intel
    return typed([intel.profile(k) for k in range(min(intel.size, given.arguments.get("limit", 10)))])


def recommendations(given: Given) -> Answer:
    """Descriptors: no names."""
    intel = given.world.intel
    number = intel.find(given.arguments["profile_id"])
    if number is None:
        return Answer(
            "Error executing tool get_threat_profile_recommendations: unhandled errors in a TaskGroup"
            " (1 sub-exception) ('NotFoundError', 'not found')",
            error=True,
        )
    found = intel.recommended(number)[: given.arguments.get("limit", 10)]
    context = {"source": "SOURCE_RECOMMENDATION"}
    return typed([{"type": "collection", "id": intel.collection_id(k), "context_attributes": context} for k in found])


def get_collection_report(given: Given) -> Answer:
    """The full object, its relationships limited to associations."""
    intel = given.world.intel
    number = intel.find_collection(given.arguments["id"])
    if number is None:
        return typed({"error": "Failed to get main collection report: NotFoundError"})
    return typed(intel.collection(number) | {"relationships": {"associations": []}})


def top_vulnerability_findings(given: Given) -> Answer:
    """Twenty findings at most, `attackExposureScore` read from where SCC has none."""
    posture = given.world.posture
    vulnerable = 'state="ACTIVE" AND findingClass="VULNERABILITY" AND (severity="HIGH" OR severity="CRITICAL")'
    page = posture.page(vulnerable, 20, "")["listFindingsResults"]
    kept = ("name", "category", "resourceName", "severity")
    found = [{key: item["finding"][key] for key in kept} | {"attackExposureScore": None} for item in page]
    shown = found[: given.arguments.get("max_findings", 20)]
    more = len(found) == 20
    answer = {"top_findings": shown, "count": len(shown), "more_findings_exist_beyond_fetch_limit": more}
    return typed(answer)


Tool = Callable[[Given], Answer]

SERVERS: dict[str, dict[str, Tool]] = {
    "secops-soar": {
        "list_cases": list_cases,
        "get_case_full_details": get_case_full_details,
        "post_case_comment": post_case_comment,
        "siemplify_create_gemini_case_summary": gemini_summary,
    },
    "secops-mcp": {
        "get_security_alerts": get_security_alerts,
        "get_ioc_matches": get_ioc_matches,
        "list_security_rules": list_security_rules,
        "search_rule_alerts": search_rule_alerts,
    },
    "gti-mcp": {
        "list_threat_profiles": list_threat_profiles,
        "get_threat_profile_recommendations": recommendations,
        "get_collection_report": get_collection_report,
    },
    "scc-mcp": {"top_vulnerability_findings": top_vulnerability_findings},
}
