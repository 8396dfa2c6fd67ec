"""Cases on the wire: the Chronicle API's `Case`, `CaseAlert`, `CaseComment` and `CaseWallRecord`.

Times are int64 milliseconds as strings, the vendor's oddest habit. Field names: backends §3.1 and §4.
"""

from __future__ import annotations

import json
from typing import Any

from connectors.simulator import catalogue as cat
from connectors.simulator import story
from connectors.simulator.hashing import draws, unit
from connectors.simulator.index import CaseIndex
from connectors.simulator.overlay import Note, Overlay
from connectors.simulator.times import HOUR
from connectors.simulator.world import AUTO, FIRST_ID, JOINED, OPENED, STUCK, Core, World

Json = dict[str, Any]
STATUS = ("OPENED", "CLOSED", "MERGED")
EXPANSIONS = ("tags", "products", "tasks", "closureDetails", "sla", "alertsSla")
_WALL = {
    "CREATE_CASE": ("CASE_STATUS_CHANGE", "CASE_CREATED", "Case created"),
    "ASSIGNEE_CHANGE": ("CASE_ASSIGNMENT", "CASE_ASSIGNED", "Assigned to {}"),
    "STAGE_CHANGE": ("CASE_STAGE_CHANGE", "CASE_STAGE_CHANGED", "Stage changed to {}"),
    "PRIORITY_CHANGE": ("CASE_PRIORITY_CHANGE", "CASE_PRIORITY_CHANGED", "Priority changed to {}"),
    "CLOSE_CASE": ("CASE_STATUS_CHANGE", "CASE_CLOSED", "Case closed"),
    "REOPEN_CASE": ("CASE_STATUS_CHANGE", "CASE_REOPENED", "Case reopened"),
    "COMMENT": ("CASE_COMMENT", "COMMENT", "{}"),
}
_REMARKS = (
    "Checked the sign-in history, nothing else stands out.",
    "Asked the asset's owner, waiting for an answer.",
    "Sandbox report attached. Verdict: *suspicious* <!here>",
    "Same sender as in last week's wave.",
    "Handing over to the next shift.",
)


class Desk:
    """One organisation's case desk: the computed cases with the writes laid over them."""

    def __init__(self, world: World, overlay: Overlay, instance: str) -> None:
        self.world, self.overlay, self.instance = world, overlay, instance
        self.index = CaseIndex(world)

    def find(self, case_id: str) -> int | None:
        """Index of a case id; None when there is no such case."""
        if not case_id.isdigit() or len(case_id) > 12:
            return None
        index = int(case_id) - FIRST_ID
        return index if 0 <= index < self.world.size else None

    def priority(self, core: Core) -> int:
        """Priority now, writes included."""
        written = self.overlay.priorities.get(core.number)
        return story.priority_now(self.world, core) if written is None else written

    def updated(self, core: Core) -> int:
        """Last update now, writes included."""
        return self.overlay.updated(core.number) or self.index.updated(core)

    def case(self, index: int, expand: frozenset[str]) -> Json:
        """The `Case` resource with the wanted expansions."""
        world = self.world
        core = world.fresh(index)
        last = story.events(world, core)[-1]
        state, reopened = core.state, core.reopened is not None
        answer: Json = {
            "name": f"{self.instance}/cases/{FIRST_ID + index}",
            "displayName": story.title_of(world, core),
            "createTime": str(core.created),
            "updateTime": str(self.updated(core)),
            "alertCount": story.alert_count(core),
            "stage": last.stage,
            "priority": cat.PRIORITIES[self.priority(core)],
            "assignee": last.assignee,
            "status": STATUS[state],
            "environment": cat.ENVIRONMENTS[core.d[7] % len(cat.ENVIRONMENTS)],
            "workflowStatus": "COMPLETED" if state != OPENED else "IN_PROGRESS",
            "type": story.kind_of(core),
            "source": "SERVER",
            "important": core.priority == cat.CRITICAL or core.d[4] % 40 == 0,
            "incident": last.stage in ("Incident", "Improvement"),
            "overflowCase": False,
        }
        if state == JOINED:
            # no documentation names this field; the comment of the closure says the same in words
            answer["mergedCaseId"] = str(story.parent_of(world, core))
        if "sla" in expand:
            answer["sla"] = self._sla(core)
        if "alertsSla" in expand:
            answer["alertsSla"] = {"expirationStatus": "NO_SLA"}
        if "tags" in expand:
            answer["tags"] = self._tags(core)
        if "products" in expand:
            product = cat.DETECTIONS[story.detection_of(world, core)].product
            answer["products"] = [{"displayName": product}]
        if "tasks" in expand:
            answer["tasks"] = []
        if "closureDetails" in expand and (state != OPENED or reopened):
            answer["closureDetails"] = self._closure(core)
        return answer

    def _sla(self, core: Core) -> Json:
        due, critical, state = story.sla_of(self.world, core)
        if due is None or critical is None:
            return {"expirationStatus": state}
        sla: Json = {
            "expirationTime": str(due),
            "criticalExpirationTime": str(critical),
            "expirationStatus": state,
        }
        if state == "PAUSED":
            sla["remainingTimeSinceLastPause"] = str(2 * HOUR)
        return sla

    def _tags(self, core: Core) -> list[Json]:
        names = [cat.TAGS[core.d[4] % 8]]
        if core.stratum == STUCK:
            names.append("waiting on customer")
        if core.state == JOINED:
            names.append("Duplicate")
        return [{"displayName": name, "priority": 0} for name in names]

    def _closure(self, core: Core) -> Json:
        reason, cause, comment = story.closing_words(self.world, core)
        action = "AUTOMATICALLY" if core.stratum == AUTO else "MANUALLY"
        return {"reason": reason, "rootCause": cause, "comment": comment, "caseClosedAction": action}

    def alerts(self, index: int) -> list[Json]:
        """The case's `CaseAlert`s, first raised first, their entities expanded."""
        world = self.world
        core = world.core(index)
        count, raised = story.alert_count(core), story.detected_at(core)
        detection = cat.DETECTIONS[story.detection_of(world, core)]
        first, host = story.first_event_at(core), story.host_of(core)
        found: list[Json] = []
        for k in range(count):
            at = raised + (core.created - raised) * k // count
            token = f"{core.d[k] ^ core.d[15]:08x}"
            alert: Json = {
                "name": f"{self.instance}/cases/{FIRST_ID + index}/caseAlerts/{index * 10 + k}",
                "displayName": story.title_of(world, core) if k == 0 else f"{detection.title} ({k + 1})",
                "identifier": f"{detection.name.upper()}_{token}",
                "alertGroupIdentifier": f"{detection.name}_{token}",
                "siemAlertId": f"de_{index * 10 + k:032x}",
                "ruleGenerator": detection.name,
                "product": detection.product,
                "vendor": "Simulated vendor",
                "priority": cat.PRIORITIES[core.priority],
                "status": "CLOSE" if core.state != OPENED else "OPEN",
                "createTime": str(at),
                "environment": cat.ENVIRONMENTS[core.d[7] % len(cat.ENVIRONMENTS)],
                "involvedEntities": [
                    {"identifier": host, "type": "HOSTNAME", "suspicious": False},
                    {"identifier": f"user-{core.d[3] % 900:03}", "type": "USERUNIQNAME", "suspicious": False},
                ],
            }
            if first is not None:
                alert["startTime"], alert["endTime"] = str(first + k * 1000), str(at)
            found.append(alert)
        return found

    def notes(self, index: int) -> list[Note]:
        """Comments that were always there, and everything written since, oldest first."""
        world = self.world
        core = world.core(index)
        happened = story.events(world, core)
        span = happened[-1].at - core.created
        d = draws(self.world.seed, "note", index)
        human = core.acked is not None and span > 0
        mine = [
            Note(0, core.created + int(span * unit(d[k])), "COMMENT", _REMARKS[d[k] % 5], happened[-1].actor)
            for k in range(d[15] % 3 if human else 0)
        ]
        return sorted(mine, key=lambda note: note.at) + self.overlay.notes.get(index, [])

    def comments(self, index: int) -> list[Json]:
        """The case's comments, oldest first."""
        notes = [note for note in self.notes(index) if note.kind == "COMMENT"]
        return [self.comment(index, k, note) for k, note in enumerate(notes, 1)]

    def comment(self, index: int, number: int, note: Note) -> Json:
        """One comment resource."""
        return {
            "name": f"{self.instance}/cases/{FIRST_ID + index}/comments/{number}",
            "comment": note.text,
            "user": note.author,
            "userOwnerFullName": cat.full_name(note.author),
            "createTime": str(note.at),
            "updateTime": str(note.at),
            "isDeleted": False,
        }

    def wall(self, index: int) -> list[Json]:
        """The case wall, oldest record first: history, comments and writes together."""
        lines = [
            (event.at, event.activity, _value(event), event.actor)
            for event in story.events(self.world, self.world.core(index))
        ]
        lines += [(note.at, note.kind, note.text, note.author) for note in self.notes(index)]
        lines.sort(key=lambda line: line[0])
        return [self._record(index, k, line) for k, line in enumerate(lines, 1)]

    def _record(self, index: int, number: int, line: tuple[int, str, str, str]) -> Json:
        at, activity, value, actor = line
        kind, precise, text = _WALL[activity]
        return {
            "name": f"{self.instance}/cases/{FIRST_ID + index}/caseWallRecords/{kind}{number}",
            "activityId": number,
            "activityType": kind,
            "activityKind": precise,
            "activityDataJson": json.dumps({"comment": text.format(value) if "{}" in text else text}),
            "createTime": str(at),
            "updateTime": str(at),
            "creatorUserId": actor,
            "favorite": False,
        }


def _value(event: story.Event) -> str:
    return {
        "ASSIGNEE_CHANGE": event.assignee,
        "STAGE_CHANGE": event.stage,
        "PRIORITY_CHANGE": cat.PRIORITIES[event.priority],
    }.get(event.activity, event.status)
