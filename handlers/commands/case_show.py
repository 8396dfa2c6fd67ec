"""`case show ID`: everything known of one case, for somebody who must decide about it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.models.cases import Case, CaseAlert, CaseDetail, WallRecord
from handlers.analysis.sla import desk_promise
from handlers.analysis.story import Story, story
from handlers.commands.case_list import sla_words, urgent
from handlers.commands.crisis.declare import declare_line
from handlers.core import cells
from handlers.core.access import Permission, Principal
from handlers.core.call import Authorised
from handlers.core.cases import DESK, CaseId, detail
from handlers.core.command import Args, Command, word
from handlers.core.fetch import Got, fetch, shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import (
    Actions,
    Block,
    Button,
    Context,
    Document,
    Fact,
    Facts,
    KpiStrip,
    Notice,
    Source,
    Span,
    Status,
    Table,
    Verdict,
    spans,
)

ALERTS, RECORDS, LETTERS = 20, 15, 400
RULE = (
    "red: past the due time of the desk's own SLA; amber: inside its critical period, or critical or high and without "
    "an owner; unknown: the case carries no SLA; otherwise green; a closed case is green"
)


class CaseShowArgs(Args):
    case_id: CaseId = word("The case's number")


@dataclass(frozen=True, slots=True)
class Look:
    """What was fetched: the case from the desk, its story from the ledger (None: not there), and when."""

    found: CaseDetail
    told: Story | None
    desk: Source
    ledger: Source
    notices: tuple[Notice, ...]
    now: datetime


async def run(args: CaseShowArgs, call: Authorised, soc: Soc) -> Document:
    desk = await fetch(DESK, detail(soc, args.case_id))
    if desk.value is None:
        verdict = Verdict(text=spans("The case could not be read."), status="unknown", rule=RULE)
        blocks = shortfall(desk)
        return Document(title=f"Case {args.case_id}", verdict=verdict, blocks=blocks, provenance=(desk.source,))
    found = desk.value
    asked = soc.clock.now()
    source = desk.source.model_copy(update={"as_of": desk.source.as_of or asked})
    ledger = await fetch("Case ledger", soc.ledger.view(found.case.created_at))
    told = None
    if ledger.value is not None:
        told = await asyncio.to_thread(story, ledger.value, found.case.id)
    look = Look(found, told, source, ledger.source, gaps(found, told, ledger), asked)
    look = Look(found, told, source, ledger.source, gaps(found, told, ledger), asked)
    sheet = Sheet(call, soc, Permission.CASES)
    figures(sheet, look)
    return Document(
        title=f"Case {found.case.id}: {cells.shorten(found.case.title, 120)}",
        verdict=judged(found.case, asked),
        blocks=compose(look, sheet, call.principal),
        figures=await sheet.keep(),
        provenance=(source, ledger.source),
    )


def gaps(found: CaseDetail, told: Story | None, ledger: Got[Any]) -> tuple[Notice, ...]:
    """What is missing from this answer, and why."""
    parts = tuple(Notice(level="warning", text=spans(notice)) for notice in found.notices)
    if ledger.notice is not None:
        left = "Its times and history are left out."
        return (*parts, ledger.notice, Notice(level="info", text=spans(left)))
    if told is None:
        unknown = "The case ledger does not hold this case yet: its times and history are left out."
        return (*parts, Notice(level="info", text=spans(unknown)))
    return parts


def judged(case: Case, now: datetime) -> Verdict:
    """RULE as code, in one sentence."""
    owner = f"owner {case.assignee}" if case.assignee else "nobody owns it"
    if not case.is_open:
        reason = f", reason {case.close_reason}" if case.close_reason else ""
        text = f"{case.status.capitalize()}{reason}; priority {case.priority}, {owner}."
        return Verdict(text=spans(text), status="green", rule=RULE)
    promise = desk_promise(case.sla, now)
    status: Status = {"breached": "red", "at risk": "amber", "no sla": "unknown"}.get(promise.state, "green")  # type: ignore[assignment]
    if status != "red" and urgent(case) and not case.owned_by_human:
        status = "amber"
    sla = sla_words(case, now) or "none at the desk"
    text = f"Open in {case.stage or 'no stage'}; priority {case.priority}, {owner}; SLA {sla}."
    return Verdict(text=spans(text), status=status, rule=RULE)


def figures(sheet: Sheet, look: Look) -> None:
    """Age, alerts, and the intervals that have ended."""
    found, told, desk, now = look.found, look.told, look.desk, look.now
    case = found.case
    closed = told.closed_at if told else None
    if case.is_open:
        sheet.add(
            "case.age", "Open for", (now - case.created_at).total_seconds(), "seconds", sources=(desk,),
            definition="From the case's creation to now, elapsed time.", statistic="elapsed",
        )  # fmt: skip
        left = desk_promise(case.sla, now).remaining
        sheet.add(
            "case.sla_left", "SLA left", left, "seconds", sources=(desk,), statistic="remaining",
            note="" if left is not None else "the case carries no due time at the desk",
            definition="From now to the due time of the desk's own SLA; negative when it has passed.",
        )  # fmt: skip
    sheet.add(
        "case.alerts", "Alerts", len(found.alerts) if found.alerts is not None else None, "count", sources=(desk,),
        definition="Alerts grouped into the case.",
        note="" if found.alerts is not None else "the desk did not give the alerts",
    )  # fmt: skip
    if told is None:
        return
    for name, label, at, until in (
        ("acknowledged", "Acknowledged after", told.acknowledged_at, "the first person owned it"),
        ("closed", "Closed after", closed, "its last closing"),
    ):
        if at is not None:
            proxy = name == "closed" and told.closed_is_proxy
            sheet.add(
                f"case.{name}_after", label, (at - case.created_at).total_seconds(), "seconds", sources=(look.ledger,),
                definition=f"From the case's creation until {until}, elapsed time.", statistic="elapsed",
                note="closing time taken from the last update, for want of history" if proxy else "",
            )  # fmt: skip


def compose(look: Look, sheet: Sheet, asker: Principal) -> tuple[Block, ...]:
    """The whole case, newest things first."""
    found, told, now = look.found, look.told, look.now
    strip = KpiStrip(figures=tuple(figure.id for figure in sheet.figures))
    blocks: list[Block] = [*look.notices, strip, facts(found.case, told, now)]
    tables = [alerts_table(found.alerts)] if found.alerts is not None else []
    tables += [history_table(told)] if told is not None and told.events else []
    tables += [records_table("Comments", found.comments)] if found.comments is not None else []
    tables += [records_table("Wall", found.wall)] if found.wall is not None else []
    blocks += [table for table in tables if table.rows]
    if empty := [table.caption.lower() for table in tables if not table.rows]:
        blocks.append(Context(text=spans(f"The case has no {' and no '.join(empty)}.")))
    blocks.append(cells.quality((look.desk, look.ledger)))
    blocks.append(Actions(buttons=buttons(found.case, asker)))
    return tuple(blocks)


def facts(case: Case, told: Story | None, now: datetime) -> Facts:
    """What the desk and the ledger keep of the case, without what is empty."""
    rows: list[tuple[str, str | Span | None]] = [
        ("Status", case.status),
        ("Stage", case.stage),
        ("Priority", case.priority),
        ("Owner", case.assignee or "nobody"),
        ("Environment", case.environment),
        ("Type", case.type if case.type != "real" else ""),
        ("SLA", (sla_words(case, now) or "none at the desk") if case.is_open else ""),
        ("Created", cells.moment(case.created_at)),
        ("Last update", cells.moment(case.updated_at)),
        ("Tags", cells.names(case.tags, 12)),
        ("Products", cells.names(case.products, 12)),
        ("Close reason", case.close_reason),
        ("Root cause", case.root_cause),
        ("Merged into", case.merged_into),
        ("Desk", case.url),
    ]
    if told is not None:
        rows += [
            ("First activity", cells.moment(told.first_activity_at)),
            ("Detected", cells.moment(told.detected_at)),
            ("Acknowledged", cells.moment(told.acknowledged_at)),
            ("Became an incident", cells.moment(told.identified_at)),
            ("Contained", cells.moment(told.contained_at)),
            ("Closed", cells.moment(told.closed_at)),
            ("Reopened", cells.counted(told.reopened, "time") if told.reopened else ""),
        ]
    return Facts(facts=tuple(Fact(label=label, text=spans(value)) for label, value in rows if value))


def alerts_table(alerts: Sequence[CaseAlert]) -> Table:
    """The case's alerts, newest first."""
    newest = sorted(alerts, key=lambda a: (a.created_at is None, -(a.created_at.timestamp() if a.created_at else 0)))
    rows = (
        cells.row(cells.shorten(a.name, 120), a.priority, a.rule or a.product, cells.moment(a.created_at))
        for a in newest[:ALERTS]
    )
    return cells.table("Alerts", ("Alert", "Priority", "Rule or product", "Created"), rows, len(alerts))


def history_table(told: Story) -> Table:
    """Assignments, stages, priorities, closings: newest first."""
    rows = (
        cells.row(cells.moment(e.at), e.activity.replace("_", " ").lower(), e.value, e.actor)
        for e in reversed(told.events[-RECORDS:])
    )
    return cells.table("History", ("When", "What", "To", "By"), rows, len(told.events))


def records_table(caption: str, records: Sequence[WallRecord]) -> Table:
    """Comments or the wall: newest first."""
    newest = sorted(records, key=lambda record: record.at, reverse=True)
    rows = (
        cells.row(cells.moment(r.at), r.actor, r.activity.replace("_", " ").lower(), cells.shorten(r.text, LETTERS))
        for r in newest[:RECORDS]
    )
    return cells.table(caption, ("When", "By", "What", "Text"), rows, len(records))


def buttons(case: Case, asker: Principal) -> tuple[Button, ...]:
    """What can be done with it; the writing ones only for those who may write."""
    out = [Button(label="AI summary", line=f"case summary {case.id}")]
    if asker.may(Permission.CASES_WRITE):
        out.append(Button(label="Comment", line=f"case comment {case.id} --form"))
        out.append(Button(label="Priority", line=f"case priority {case.id} --form"))
    if asker.may(Permission.CRISIS) and case.is_open:
        out.append(Button(label="Declare major incident", line=declare_line(case.title, case.id), style="danger"))
    return (*out, Button(label="Refresh", line=f"case show {case.id}"))


COMMAND = Command(
    name="case show",
    summary="One case with its alerts, times, history, comments and wall",
    args=CaseShowArgs,
    needs=Permission.CASES,
    run=run,
    example="case show 1001",
)
