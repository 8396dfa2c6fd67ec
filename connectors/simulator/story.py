"""What happened to a case, event by event, and the words that go with it. Pure functions of a case's core."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from connectors.simulator import catalogue as cat
from connectors.simulator.hashing import log_normal, unit, weighted_table
from connectors.simulator.times import DAY, HOUR, MINUTE
from connectors.simulator.world import AUTO, FIRST_ID, MERGED, OPENED, SLA, STUCK, Core, World

_ESCALATES = (0.0, 0.04, 0.14, 0.4, 0.65)
_ALERT_STEPS = (0.01, 0.03, 0.06, 0.11, 0.2, 0.34, 0.55, 0.78)
_RERATED = 0.06
SILENT_FOR = 4 * DAY
"""The silent rule has not fired for this long; it fires several times a day otherwise."""


# the noisy rule, the one that falls silent, and those that stand for a whole log source
_BUSY = {cat.NOISY: 0.24, cat.SILENT: 0.09, 0: 0.11, 6: 0.11, 10: 0.07, 30: 0.07}


def _rule_weights() -> list[float]:
    weights = [1.0 / (3 + k % 17) for k in range(len(cat.DETECTIONS))]
    rest = sum(weights)
    for index, share in _BUSY.items():
        weights[index] = rest * share
    return weights


RULE_TABLE = weighted_table(_rule_weights(), 1024)


class Event(NamedTuple):
    """One row of case history: the activity and how the case stood right after it. `at` in milliseconds."""

    at: int
    activity: str
    assignee: str
    stage: str
    status: str
    priority: int
    actor: str


def detection_of(world: World, core: Core) -> int:
    """Index of the detection that made the case; the silent one has not lately."""
    picked = RULE_TABLE[core.d[10] & 1023]
    return 0 if picked == cat.SILENT and core.created > world.now - SILENT_FOR else picked


def host_of(core: Core) -> str:
    """The machine the case is about: mostly workstations, servers for the urgent ones."""
    pool = cat.SERVERS if core.priority >= cat.HIGH and core.d[11] & 1 else cat.HOSTS
    return pool[(core.d[11] >> 1) % len(pool)]


def title_of(world: World, core: Core) -> str:
    """The case's title; about one in forty was written by somebody who means harm."""
    if core.hot in (1, 5, 9) or core.d[15] % 40 == 0:
        return cat.HOSTILE[(core.d[15] // 40 + max(core.hot, 0)) % len(cat.HOSTILE)]
    return f"{cat.DETECTIONS[detection_of(world, core)].title} on {host_of(core)}"


def is_malicious(world: World, core: Core) -> bool:
    """Whether there was an attacker."""
    share = cat.DETECTIONS[detection_of(world, core)].malicious * (0.5 + 0.3 * core.priority)
    return core.stratum not in (AUTO, MERGED) and unit(core.d[12]) < share


def is_incident(world: World, core: Core) -> bool:
    """Whether the case was declared an incident: malicious, urgent, and long enough under work."""
    owned = core.acked is not None and core.acked < world.now
    return owned and core.priority >= cat.HIGH and (core.hot == 4 or is_malicious(world, core))


def closing_words(world: World, core: Core) -> tuple[str, str, str]:
    """Close reason (the vendor's enum), root cause, comment."""
    if core.stratum == MERGED:
        return "INCONCLUSIVE", "Duplicate", f"Merged into case {parent_of(world, core)}"
    if core.last_closed is not None and 0 <= core.last_closed - world.bulk < 20 * MINUTE:
        return "INCONCLUSIVE", "Backlog clean-up", "Closed in bulk after review of the backlog"
    if is_malicious(world, core):
        return "MALICIOUS", cat.MALICIOUS_CAUSES[core.d[13] % 5], "Handled, see the case wall"
    u = unit(core.d[12])
    if u > 0.95:
        return "MAINTENANCE", "Planned maintenance", "Announced change"
    if u > 0.88:
        return "INCONCLUSIVE", "Insufficient evidence", "Logs no longer available"
    return "NOT_MALICIOUS", cat.BENIGN_CAUSES[core.d[13] % 5], "No harm found"


def parent_of(world: World, core: Core) -> int:
    """Id of the case a duplicate was merged into: the nearest earlier one that is not itself a duplicate."""
    index = core.number - 1
    while index > 0 and world.core(index).stratum == MERGED:
        index -= 1
    return max(index, 0) + FIRST_ID


def kind_of(core: Core) -> str:
    """Case type: about one in fifty is a test of the pipeline or a simulated attack."""
    return {0: "TEST", 1: "SIMULATION"}.get(core.d[14] % 100, "REAL")


def alert_count(core: Core) -> int:
    """Alerts grouped into the case: one to nine, about three on average."""
    return 9 - bisect_right(_ALERT_STEPS, unit(core.d[14]))


def sla_of(world: World, core: Core) -> tuple[int | None, int | None, str]:
    """Due instant, critical instant, and the vendor's state, as it stands now."""
    promise = SLA[core.priority]
    if promise is None:
        return None, None, "NO_SLA"
    due, critical = core.created + promise, core.created + promise * 3 // 4
    if core.state == OPENED and core.stratum == STUCK and core.d[13] & 1:
        return due, critical, "PAUSED"
    at = core.last_closed if core.state != OPENED and core.last_closed is not None else world.now
    if at > due:
        return due, critical, "PASSED_DUE"
    return due, critical, "CRITICAL_EXPIRED" if at > critical else "OPEN_SLA"


def _plan(world: World, core: Core) -> list[tuple[int, str, str, str]]:
    """(instant, activity, new value, actor), unordered, the future included."""
    if core.stratum == AUTO:
        return [(core.until, "CLOSE_CASE", "CLOSED", cat.PLAYBOOK)]
    start = core.acked if core.acked is not None else core.until
    d, until = core.d, core.closed if core.closed is not None else core.until
    span = max(until - start, 0)
    analyst = cat.TIER1[(d[8] >> 8) % (len(cat.TIER1) if d[8] & 3 else 3)]
    plan: list[tuple[int, str, str, str]] = []
    if core.acked is not None:
        plan += [
            (start, "ASSIGNEE_CHANGE", analyst, analyst),
            (start + span // 50, "STAGE_CHANGE", "Assessment", analyst),
        ]
        if core.stratum != MERGED:
            plan.append((start + span // 4, "STAGE_CHANGE", "Investigation", analyst))
            plan += _escalation(core, start, span, analyst)
        if is_incident(world, core):
            plan.append((start + span * 45 // 100, "STAGE_CHANGE", "Incident", cat.LEADS[d[9] & 1]))
            plan.append((start + span * 88 // 100, "STAGE_CHANGE", "Improvement", cat.LEADS[d[9] & 1]))
        if unit(d[13]) < _RERATED and core.hot < 0:
            plan.append((start + span // 10, "PRIORITY_CHANGE", "", analyst))
    if core.closed is not None:
        plan.append((core.closed, "CLOSE_CASE", "CLOSED", analyst))
    if core.reopened is not None:
        plan.append((core.reopened, "REOPEN_CASE", "OPENED", analyst))
    if core.closed_again is not None:
        plan.append((core.closed_again, "CLOSE_CASE", "CLOSED", analyst))
    return plan


def _escalation(core: Core, start: int, span: int, analyst: str) -> list[tuple[int, str, str, str]]:
    """From tier 1 to tier 2: first the queue, then a person; one in eight comes back."""
    if unit(core.d[9]) >= _ESCALATES[core.priority]:
        return []
    senior = cat.TIER2[core.d[11] % len(cat.TIER2)]
    at = start + span * 35 // 100
    handed: list[tuple[int, str, str, str]] = [
        (at, "ASSIGNEE_CHANGE", "@Tier2", analyst),
        (at + min(span // 20, 40 * MINUTE), "ASSIGNEE_CHANGE", senior, senior),
    ]
    if core.d[9] & 7 == 0:
        handed.append((at + span // 5, "ASSIGNEE_CHANGE", "@Tier1", senior))
        handed.append((at + span // 4, "ASSIGNEE_CHANGE", analyst, analyst))
    return handed


def events(world: World, core: Core) -> list[Event]:
    """Everything that has happened to the case up to now, in order. The first event is its creation."""
    plan = _plan(world, core)
    rated = core.priority
    if "PRIORITY_CHANGE" in [step[1] for step in plan]:
        rated = core.priority - 1 if core.priority > cat.INFO else cat.LOW
    assignee, stage, status = "@Tier1", "Triage", "OPENED"
    found = [Event(core.created, "CREATE_CASE", assignee, stage, status, rated, cat.PLAYBOOK)]
    plan.sort(key=lambda step: step[0])
    for at, activity, value, actor in plan:
        if at > world.now:
            break
        if activity == "ASSIGNEE_CHANGE":
            assignee = value
        elif activity == "STAGE_CHANGE":
            stage = value
        elif activity == "PRIORITY_CHANGE":
            rated = core.priority
        else:
            status = value
        found.append(Event(at, activity, assignee, stage, status, rated, actor))
    if core.skewed:
        found.sort(key=lambda event: event.at)
    return found


def priority_now(world: World, core: Core) -> int:
    """The case's priority after everything that has happened so far."""
    if core.state == OPENED and unit(core.d[13]) < _RERATED:
        return events(world, core)[-1].priority
    return core.priority


def detected_at(core: Core) -> int:
    """When the first of the case's alerts was raised: minutes before the case, seldom hours."""
    return core.created - min(int(log_normal(core.d[12], 7 * MINUTE, 0.9)), 4 * HOUR)


def first_event_at(core: Core) -> int | None:
    """The earliest event behind the first alert; one case in twenty-five has none on record."""
    if core.d[11] % 25 == 0:
        return None
    return detected_at(core) - min(int(log_normal(core.d[13], 25 * MINUTE, 1.3)), 9 * DAY)
