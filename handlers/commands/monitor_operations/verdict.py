"""The board's colour, first sentence and what needs somebody within the hour. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.analysis.queue_now import QueueNow, Standing
from handlers.commands.monitor_operations.around import Staffed, Threats, Unusual
from handlers.commands.monitor_operations.board import left, owner
from handlers.commands.monitor_operations.sections import silence_line
from handlers.core.book import worst
from messages.document import Status, Text, Value, Verdict, spans

UNCASED_FOR = timedelta(minutes=15)
RULE = (
    "red: a critical or high case is past its SLA, or a critical alert of more than 15 min has no case; "
    "amber: any case past its SLA or at risk, a critical or high case without a human owner, load of 100 % or "
    "more, or a silent source; unknown: the queue, its promises, alerts, roster, case history, rule history or "
    "log sources are missing or cut; green: none of these"
)
QUEUE_RULE = (
    "Judged on the queue alone: red: a critical or high case is past its SLA; amber: any case past its SLA or at "
)
QUEUE_RULE += (
    "risk, a critical or high case without a human owner; unknown: queue or promises missing or cut; else green"
)


@dataclass(frozen=True)
class Situation:
    """What the verdict rests on; None is what is missing. `board` False: the queue alone is judged."""

    now: datetime
    board: bool
    queue: QueueNow | None
    promises: bool
    """Promises were judged from the source that the preset asks for, and the queue was not cut."""
    whole: bool
    """Alerts and rule history are there and not cut."""
    staff: Staffed | None = None
    unusual: Unusual | None = None
    threats: Threats | None = None
    feeds: bool = True
    """The list of log sources is there, so that a silent one would be seen."""


def colour(told: Situation) -> Status:
    """Worst of the parts."""
    parts = [_queue(told)]
    if told.board:
        parts += [_alerts(told), _load(told.staff), _silence(told)]
    return worst(parts)


def _queue(told: Situation) -> Status:
    if told.queue is None:
        return "unknown"
    late, risky = told.queue.of("breached"), told.queue.of("at risk")
    if any(s.urgent for s in late):
        return "red"
    if not told.promises or (told.queue.cases and not told.queue.judged):
        return "unknown"
    free = any(case.priority in ("critical", "high") for case in told.queue.unassigned)
    return "amber" if late or risky or free else "green"


def _alerts(told: Situation) -> Status:
    if told.threats is None or told.threats.uncased is None:
        return "unknown"
    if any(told.now - alert.created_at > UNCASED_FOR for alert in told.threats.uncased):
        return "red"
    return "green" if told.whole else "unknown"


def _load(staff: Staffed | None) -> Status:
    if staff is None or staff.load is None:
        return "unknown"
    full = staff.load.load is None or staff.load.load >= 1
    return "amber" if full and (staff.load.load is not None or not staff.heads) else "green"


def _silence(told: Situation) -> Status:
    if told.unusual is None or told.unusual.silences is None or told.unusual.volumes is None:
        return "unknown"
    if told.unusual.silences:
        return "amber"
    return "green" if told.feeds else "unknown"


def verdict(told: Situation) -> Verdict:
    """One or two sentences with the status and its rule."""
    rule = RULE if told.board else QUEUE_RULE
    if told.queue is None:
        text = spans("The queue is unknown: the case desk did not answer.", *_uncased(told))
        return Verdict(text=text, status=colour(told), rule=rule)
    parts: list[str | Value] = [
        Value(figure="queue.open"),
        " open, ",
        Value(figure="queue.open.critical"),
        " critical; ",
    ]
    if told.queue.judged or not told.queue.cases:
        parts += [Value(figure="queue.breached"), " past SLA (", Value(figure="queue.breached.urgent"),
                  " critical or high), ", Value(figure="queue.at_risk"), " at risk; "]  # fmt: skip
    parts += [Value(figure="queue.unassigned"), " without a human owner."]
    return Verdict(text=spans(*parts, *_uncased(told)), status=colour(told), rule=rule)


def _uncased(told: Situation) -> list[str | Value]:
    """Critical alerts without a case, where there are some or nobody can say."""
    if not told.board:
        return []
    if told.threats is None or told.threats.uncased is None:
        return [" Alerts without a case are unknown: the SIEM did not answer."]
    if not told.threats.uncased:
        return []
    noun = " critical alert has no case." if len(told.threats.uncased) == 1 else " critical alerts have no case."
    return [" ", Value(figure="alerts.uncased_critical"), noun]


def needs(told: Situation) -> list[Text]:
    """At most five: breached and risky cases by urgency, orphan alerts, silence, load."""
    found: list[Text] = []
    queue = told.queue
    if queue is not None:
        late, risky = queue.of("breached"), queue.of("at risk")
        urgent = [s for s in late if s.urgent][:2] + risky[:2]
        found += [_case_line(s) for s in (urgent or late[:2])]
    if told.threats is not None and told.threats.uncased:
        oldest = min(told.threats.uncased, key=lambda alert: alert.created_at)
        found.append(spans(f"Critical alert without a case: {oldest.rule[:80]} ({oldest.id}), no owner"))
    if told.unusual is not None and told.unusual.silences:
        found.append(silence_line(told.unusual.silences[0]))
    if queue is not None:
        free = [c for c in queue.unassigned if c.priority in ("critical", "high")]
        named = {s.case.id for s in (*queue.of("breached")[:2], *queue.of("at risk")[:2])}
        found += [
            spans(f"Case {c.id} ({c.priority}, owner {owner(c)}) waits for a person: {c.title[:80]}")
            for c in free
            if c.id not in named
        ][:1]
    if told.staff is not None and told.staff.load is not None and not told.staff.load.will_clear:
        found.append(
            spans("The backlog will not clear with the people on shift: ", Value(figure="load.rho"), " load; call "
                  "somebody in or move work (owner: shift lead)")
        )  # fmt: skip
    return found[:5]


def _case_line(one: Standing) -> Text:
    state = "past its SLA by" if one.promise.state == "breached" else "at risk,"
    time = left(one).removesuffix(" over") if one.promise.state == "breached" else f"{left(one)} left"
    who = f"{one.case.priority}, owner {owner(one.case)}"
    return spans(f"Case {one.case.id} ({who}) is {state} {time} ({one.what}): {one.case.title[:80]}")
