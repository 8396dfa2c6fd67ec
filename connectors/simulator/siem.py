"""The SIEM's alerts and indicator matches.

About ten alerts are raised for every case. Those of a case carry its SIEM case id; the rest were closed or left
alone without one, and a few of those are critical. All are enumerated from the cases' numbers, slot by slot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from connectors.simulator import catalogue as cat
from connectors.simulator import story
from connectors.simulator.desk import Desk, Json
from connectors.simulator.filters import BadFilter, Node, Term, compare, holds, parse_filter, terms
from connectors.simulator.hashing import draws
from connectors.simulator.rules import Rules, rule_id
from connectors.simulator.times import DAY, HOUR, MINUTE, iso
from connectors.simulator.world import FIRST_ID, OPENED, Core

PER_CASE = 10


class Alert(NamedTuple):
    """One alert before it is written out. `case` is the case's index or -1; instants in milliseconds."""

    number: int
    at: int
    rule: int
    severity: int
    status: str
    case: int
    host: str


_FIELDS: dict[str, Callable[[Alert], str]] = {
    "feedbacksummary.status": lambda alert: alert.status,
    "feedbacksummary.priority": lambda alert: cat.PRIORITIES[alert.severity],
    "detection.severity": lambda alert: cat.SEVERITIES[alert.severity],
    "detection.rulename": lambda alert: cat.DETECTIONS[alert.rule].name,
}
"""Fields of `snapshotQuery`."""


def siem_case_name(index: int) -> str:
    """The SIEM's UUID of a case: not the desk's number; `legacyBatchGetCases` is the bridge."""
    return f"{index:08x}-5ec0-4000-8000-{index * 104729 % 16**12:012x}"


def case_index(name: str) -> int | None:
    """The inverse of `siem_case_name`; None for anything else."""
    try:
        index = int(name.split("-", maxsplit=1)[0], 16)
    except ValueError:
        return None
    return index if siem_case_name(index) == name else None


class Siem:
    """Alerts and matches of one organisation."""

    def __init__(self, desk: Desk, rules: Rules) -> None:
        self.desk, self.world, self.rules = desk, desk.world, rules

    def alerts(self, low: int, high: int) -> Iterator[Alert]:
        """Every alert created in [low, high); by case, not strictly by time."""
        low, high = max(low, self.world.start), min(high, self.world.now)
        first = max(self.world.index_at(low) - 2, 0)
        last = min(self.world.index_at(high + 4 * HOUR) + 1, self.world.size)
        for index in range(first, last):
            for alert in self._of_case(index):
                if low <= alert.at < high:
                    yield alert

    def _of_case(self, index: int) -> Iterator[Alert]:
        world, core = self.world, self.world.fresh(index)
        count, raised = story.alert_count(core), story.detected_at(core)
        rule = story.detection_of(world, core)
        status = "OPEN" if core.state == OPENED else "CLOSED"
        host = story.host_of(core)
        for k in range(count):
            at = raised + (core.created - raised) * k // count
            yield Alert(index * PER_CASE + k, at, rule, core.priority, status, index, host)
        yield from self._loose(core, count)

    def _loose(self, core: Core, taken: int) -> Iterator[Alert]:
        """Alerts of the case's slot of time that no case took."""
        world, index = self.world, core.number
        begin, end = world.arrivals.at(index / world.size), world.arrivals.at((index + 1) / world.size)
        d = draws(world.seed, "alert", index)
        for k in range(taken, PER_CASE):
            draw = d[k]
            at = begin + (end - begin) * (k * 4096 + (draw >> 20)) // (PER_CASE * 4096)
            rule = story.RULE_TABLE[draw & 1023]
            if rule == cat.SILENT and at > world.now - story.SILENT_FOR:
                rule = 0
            severity = min(cat.DETECTIONS[rule].severity, cat.MEDIUM)
            fresh = at > world.now - DAY
            if (draw >> 10) % 500 == 0 or (k == PER_CASE - 1 and index in (world.size - 6, world.size - 9)):
                severity = cat.CRITICAL
            status = "NEW" if fresh and (severity == cat.CRITICAL or draw & 7 == 0) else "CLOSED"
            host = cat.HOSTS[(draw >> 7) % len(cat.HOSTS)]
            yield Alert(index * PER_CASE + k, at, rule, severity, status, -1, host)

    def view(self, low: int, high: int, snapshot: str, limit: int) -> list[Json]:
        """The fragments of `legacyFetchAlertsView`: progress first, the alerts and `complete` in the last."""
        tree = parse_filter(snapshot)
        if any(term.field not in _FIELDS for term in terms(tree)):
            raise BadFilter("snapshotQuery names an unknown field")
        every = list(self.alerts(low, high))
        kept = [alert for alert in every if _kept(tree, alert)]
        kept.sort(key=lambda alert: (alert.at, alert.number), reverse=True)
        per_rule = Counter(cat.DETECTIONS[alert.rule].name for alert in kept)
        last: Json = {
            "progress": 1,
            "complete": True,
            "validBaselineQuery": True,
            "baselineAlertsCount": len(every),
            "filteredAlertsCount": len(kept),
            "alerts": {"alerts": [self._wire(alert) for alert in kept[:limit]]},
            "fieldAggregations": {
                "fields": [
                    {
                        "fieldName": "detection.rule_name",
                        "alertCount": len(kept),
                        "allValues": [
                            {"value": {"stringValue": name}, "alertCount": count}
                            for name, count in per_rule.most_common()
                        ],
                    }
                ]
            },
        }
        return [{"progress": 0.1}, {"progress": 0.6, "baselineAlertsCount": len(every)}, last]

    def _wire(self, alert: Alert) -> Json:
        detection = cat.DETECTIONS[alert.rule]
        answer: Json = {
            "id": f"de_{alert.number:032x}",
            "type": "RULE_DETECTION",
            "createdTime": iso(alert.at),
            "detectionTime": iso(alert.at - MINUTE),
            "detection": [
                {
                    "ruleName": detection.name,
                    "ruleId": rule_id(alert.rule),
                    "severity": cat.SEVERITIES[alert.severity],
                    "alertState": "ALERTING",
                }
            ],
            "collectionElements": [{"label": "e", "references": [{"event": {"principal": {"hostname": alert.host}}}]}],
            "feedbackSummary": {
                "status": alert.status,
                "priority": cat.PRIORITIES[alert.severity],
                "severityDisplay": cat.SEVERITIES[alert.severity].capitalize(),
                "verdict": "FALSE_POSITIVE" if alert.status == "CLOSED" else "VERDICT_UNSPECIFIED",
            },
        }
        if alert.case >= 0:
            answer["caseName"] = siem_case_name(alert.case)
            core = self.world.core(alert.case)
            if alert.status == "CLOSED" and story.is_malicious(self.world, core):
                answer["feedbackSummary"]["verdict"] = "TRUE_POSITIVE"
        return answer

    def rule_alerts(self, low: int, high: int, limit: int) -> Json:
        """`legacySearchRulesAlerts`: alerts grouped by rule, newest first, at most `limit` in all."""
        every = sorted(self.alerts(low, high), key=lambda alert: alert.at, reverse=True)
        groups: dict[int, list[Json]] = {}
        for alert in every[:limit]:
            groups.setdefault(alert.rule, []).append(
                {
                    "id": f"de_{alert.number:032x}",
                    "detectionTimestamp": iso(alert.at - MINUTE),
                    "commitTimestamp": iso(alert.at),
                    "alertingType": "ALERTING",
                    "ruleType": "SINGLE_EVENT",
                }
            )
        return {
            "ruleAlerts": [
                {"ruleMetadata": {"properties": self._properties(rule)}, "alerts": alerts}
                for rule, alerts in sorted(groups.items())
            ],
            "tooManyAlerts": len(every) > limit,
        }

    def _properties(self, rule: int) -> Json:
        wire = self.rules.rule(rule, full=True)
        return {"ruleId": rule_id(rule), "name": wire["displayName"], "metadata": wire["metadata"]}

    def batch(self, names: list[str]) -> Json:
        """`legacyBatchGetCases`: the desk's numbers of SIEM case names."""
        found = [(name, case_index(name)) for name in names]
        return {
            "cases": [
                {
                    "id": name,
                    "displayName": story.title_of(self.world, self.world.core(index)),
                    "priority": cat.PRIORITIES[self.desk.priority(self.world.core(index))],
                    "soarPlatformInfo": {
                        "caseId": str(FIRST_ID + index),
                        "responsePlatformType": "RESPONSE_PLATFORM_TYPE_SIEMPLIFY",
                    },
                }
                for name, index in found
                if index is not None and index < self.world.size
            ]
        }


def _kept(tree: Node | None, alert: Alert) -> bool:
    def test(term: Term) -> bool:
        return compare(term.op, _FIELDS[term.field](alert).lower(), term.value.lower())

    return holds(tree, test)
