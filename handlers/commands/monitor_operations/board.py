"""Figures and blocks of the queue, its promises and its age."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.models.cases import Case
from handlers.analysis.queue import BUCKETS, STALE_AFTER
from handlers.analysis.queue_now import QueueNow, Standing, grid
from handlers.commands.metrics_soc.sections import facts
from handlers.commands.monitor_operations.around import Flows
from handlers.core.book import Book, cell
from messages.document import (
    Block,
    Chart,
    Column,
    Heading,
    Moment,
    Paragraph,
    Series,
    Table,
    Value,
    spans,
)
from messages.prose import duration

SHOWN = 10
_RULE = "at risk: remaining ≤ max(15 min, 25 % of the SLA) or the desk calls it critical"
_AGES = {"0_4h": "0–4 h", "4_24h": "4–24 h", "1_3d": "1–3 d", "3_7d": "3–7 d", "7d": "over 7 d"}
PRIORITIES = ("critical", "high", "medium", "low", "info")


def add_queue(book: Book, queue: QueueNow, flows: Flows | None, now: datetime) -> None:
    """`queue.*`."""
    previous = flows.open_day_ago if flows else None
    book.add(
        "queue.open", "Open cases", len(queue.cases), "count", "Open real cases now; tests and simulations apart.",
        cases=_ids(queue.cases), previous=previous, note="previous: 24 h ago" if flows else "", better="lower",
    )  # fmt: skip
    for name in PRIORITIES:
        found = queue.priority(name)
        book.add(f"queue.open.{name}", f"Open, {name}", len(found), "count",
                 "Open real cases now, of one priority; tests and simulations apart.", cases=_ids(found))  # fmt: skip
    free, queued = queue.unassigned, queue.in_queues
    book.add(
        "queue.unassigned", "Without a human owner", len(free), "count",
        "Open real cases that nobody or only a queue owns.", cases=_ids(free),
        note=f"{len(queued)} of them stand in a queue", better="lower",
    )  # fmt: skip
    oldest = next((c for c in free if c.priority in ("critical", "high")), None)
    book.add(
        "queue.unassigned.oldest", "Oldest critical or high without owner",
        (now - oldest.created_at).total_seconds() if oldest else None, "seconds",
        "Age of the oldest open critical or high case without a human owner.", statistic="max",
        note="" if oldest else "no critical or high case is without an owner", cases=_ids([oldest] if oldest else []),
    )  # fmt: skip
    book.add("queue.tests", "Tests and simulations", queue.tests, "count", "Open cases of another type than real.")
    _promises(book, queue)
    for name, _ in BUCKETS:
        book.add(f"queue.age.{name}", f"Open for {_AGES[name]}", queue.buckets[name], "count",
                 "Open real cases by time since creation; an age on an edge counts as older.")  # fmt: skip
    limits = ", ".join(f"{p} {duration(after.total_seconds())}" for p, after in STALE_AFTER.items())
    book.add("queue.stale", "Stale", len(queue.stale), "count", f"No update for longer than {limits}.",
             cases=_ids(queue.stale), better="lower")  # fmt: skip


def _promises(book: Book, queue: QueueNow) -> None:
    basis = "the desk's own SLA" if queue.by_desk else "sla.yaml, the desk's SLA where it has no policy"
    unknown = "" if queue.judged or not queue.cases else "no open case has a promise"
    _late(book, queue, unknown)
    for state, figure in (("breached", "breached"), ("at risk", "at_risk"), ("paused", "paused"), ("safe", "safe"),
                          ("no sla", "no_sla")):  # fmt: skip
        found = queue.of(state)  # type: ignore[arg-type]
        book.add(
            f"queue.{figure}", "Without a promise" if state == "no sla" else f"SLA {state}",
            None if unknown else len(found), "count",
            f"Open real cases by the state of their tightest promise (resolve; acknowledge while unowned) by {basis}; "
            f"{_RULE}.",
            cases=[s.case.id for s in found], note=unknown,
            better="lower" if figure in ("breached", "at_risk") else None,
        )  # fmt: skip


def _late(book: Book, queue: QueueNow, unknown: str) -> None:
    urgent = [s.case.id for s in queue.of("breached") if s.urgent]
    book.add("queue.breached.urgent", "SLA breached, critical or high", None if unknown else len(urgent), "count",
             "Breached open real cases of priority critical or high.", cases=urgent, note=unknown, better="lower",
             )  # fmt: skip


def add_flows(book: Book, flows: Flows | None) -> None:
    """`flow.*` of the last hour and day."""
    for name, flow in (("1h", flows and flows.hour), ("24h", flows and flows.day)):
        note = "" if flow else "the case ledger is missing"
        for key, word in (("arrivals", "opened"), ("completions", "closed"), ("net", "opened minus closed")):
            value = getattr(flow, key) if flow else None
            closing = "" if key == "arrivals" else " (closed: last close)"
            book.add(f"flow.{name}.{key}", f"Cases {word}, last {name.replace('h', ' h')}", value, "count",
                     f"Real cases {word} in the last {name.replace('h', ' h')}{closing}.", note=note)  # fmt: skip


def queue_blocks(queue: QueueNow, flows: Flows | None, zone: ZoneInfo) -> list[Block]:
    """Section 1: priority × stage, ownership, flow."""
    stages, counts = grid(queue.cases)
    columns = (Column(label="Priority"), *(Column(label=s, align="right") for s in (*stages, "All")))
    lines = tuple(
        (cell(p), *(cell(str(n)) for n in row),
         cell(Value(figure=f"queue.open.{p}") if p in PRIORITIES else str(sum(row))))
        for p, row in counts
    )  # fmt: skip
    blocks: list[Block] = [Heading(text="Queue now")]
    if lines:
        blocks.append(Table(caption="Open cases by priority and stage", columns=columns, rows=lines))
    else:
        blocks.append(Paragraph(text=spans("The case desk holds no open case.")))
    pairs = [
        ("Without a human owner", "queue.unassigned"),
        ("Oldest critical or high without owner", "queue.unassigned.oldest"),
        ("Opened / last hour", "flow.1h.arrivals"),
        ("Closed / last hour", "flow.1h.completions"),
        ("Opened / last 24 h", "flow.24h.arrivals"),
        ("Closed / last 24 h", "flow.24h.completions"),
        ("Net / last 24 h", "flow.24h.net"),
    ]
    blocks.append(facts(pairs))
    return [*blocks, *([_flow_chart(flows, zone)] if flows else [])]


def _flow_chart(flows: Flows, zone: ZoneInfo) -> Chart:
    return Chart(
        shape="bar",
        title="Opened and closed per two hours, last 24 h",
        labels=tuple(f"{at.astimezone(zone):%H:%M}" for at, _ in flows.steps),
        series=(
            Series(name="Opened", values=tuple(float(flow.arrivals) for _, flow in flows.steps)),
            Series(name="Closed", values=tuple(float(flow.completions) for _, flow in flows.steps)),
        ),
        x_label=f"from ({zone.key})",
        y_label="cases",
    )


def sla_blocks(queue: QueueNow) -> list[Block]:
    """Section 2: past due and at risk, case by case with owner and time left."""
    late = [*queue.of("breached"), *queue.of("at risk")]
    pairs = [
        ("Breached", "queue.breached"),
        ("At risk", "queue.at_risk"),
        ("Paused", "queue.paused"),
        ("Safe", "queue.safe"),
        ("Without a promise", "queue.no_sla"),
    ]
    blocks: list[Block] = [Heading(text="SLA"), facts(pairs)]
    risky = queue.of("at risk")
    for title, found in (("At risk", risky), ("Breached", queue.of("breached"))):
        if found:
            blocks.append(_standings(f"{title}, most urgent first", found))
    if not late and queue.judged:
        blocks.append(Paragraph(text=spans("No open case is past due or at risk.")))
    return blocks


def _standings(caption: str, found: list[Standing]) -> Table:
    heads = ("Case", "Title", "Priority", "Owner", "Promise", "Due", "Left")
    return Table(
        caption=caption,
        columns=tuple(Column(label=h, align="right" if h == "Left" else "left") for h in heads),
        rows=tuple(
            (
                cell(s.case.id), cell(s.case.title[:80]), cell(s.case.priority), cell(owner(s.case)), cell(s.what),
                (Moment(at=s.promise.due_at),) if s.promise.due_at else cell("unknown"), cell(left(s)),
            )
            for s in found[:SHOWN]
        ),
        total=len(found),
    )  # fmt: skip


def age_blocks(queue: QueueNow) -> list[Block]:
    """Section 3: buckets and what nobody touched."""
    chart = Chart(
        shape="bar",
        title="Open cases by age",
        labels=tuple(_AGES[name] for name, _ in BUCKETS),
        series=(Series(name="Open", values=tuple(float(queue.buckets[name]) for name, _ in BUCKETS)),),
        y_label="cases",
    )
    pairs = [(_AGES[name], f"queue.age.{name}") for name, _ in BUCKETS] + [("Stale", "queue.stale")]
    blocks: list[Block] = [Heading(text="Ageing"), facts(pairs), chart]
    if queue.stale:
        rows: tuple[tuple[Any, ...], ...] = tuple(
            (cell(c.id), cell(c.title[:80]), cell(c.priority), cell(owner(c)), (Moment(at=c.updated_at),))
            for c in queue.stale[:5]
        )
        columns = tuple(Column(label=h) for h in ("Case", "Title", "Priority", "Owner", "Last update"))
        table = Table(caption="Stale, longest silence first", columns=columns, rows=rows, total=len(queue.stale))
        blocks.append(table)
    return blocks


def owner(case: Case) -> str:
    """Who owns a case, in words."""
    if case.assignee is None:
        return "nobody"
    return case.assignee if case.owned_by_human else f"queue {case.assignee}"


def left(standing: Standing) -> str:
    """Time left of a promise, or how far past it is."""
    remaining = standing.promise.remaining
    if remaining is None:
        return "unknown"
    return f"{duration(remaining)}" if remaining >= 0 else f"{duration(-remaining)} over"


def _ids(cases: Any) -> list[str]:
    return [case.id for case in cases]
