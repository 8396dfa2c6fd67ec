"""`monitor operations`: do I need to move people, escalate or wake someone in the next hour?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from connectors.models.reading import Window
from handlers.analysis import scorecard
from handlers.analysis.definitions import Preset
from handlers.analysis.queue_now import QueueNow, queue_now
from handlers.analysis.scorecard import Rules, Scorecard
from handlers.commands.monitor_operations import around, board, kpis, sections
from handlers.commands.monitor_operations.gather import BASELINE, KPI_WINDOW, Sources, gather
from handlers.commands.monitor_operations.verdict import Situation, needs, verdict
from handlers.core.access import Permission
from handlers.core.book import Book, files
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag, option
from handlers.core.fetch import rows, shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import (
    Actions,
    Block,
    Bullets,
    Button,
    Context,
    Document,
    Heading,
    KpiStrip,
    Notice,
    Paragraph,
    spans,
)
from messages.prose import instant

HEADLINE = ("queue.open", "queue.breached", "queue.at_risk", "queue.unassigned")
AHEAD = timedelta(days=400)
"""How far business calendars are laid out past now: the longest promise must end inside."""


class MonitorOperations(Args):
    soc_dashboard: bool = flag("the whole board: queue, SLA, ageing, load, unusual, threats; also what no flag shows")
    realtime: bool = flag("the last 60 minutes instead of 24 hours; refreshed when you press Refresh")
    kpis: bool = flag("MTTA, MTTR, SLA, false positives, backlog, escalation against target and four weeks")
    preset: Literal["org", "google"] = option(
        "org", "whose definitions and SLA: google uses the desk's", ("org", "google")
    )


@dataclass(frozen=True, eq=False)
class Board:
    """Everything computed."""

    queue: QueueNow | None
    rules: Rules
    flows: around.Flows | None
    kpis: tuple[Scorecard, Scorecard] | None
    staff: around.Staffed | None = None
    unusual: around.Unusual | None = None
    threats: around.Threats | None = None


async def run(args: MonitorOperations, call: Authorised, soc: Soc) -> Document:
    """Fetch everything at once, compute in a thread, compose."""
    now = soc.clock.now()
    full = args.soc_dashboard or args.realtime or not args.kpis
    window = Window(now - timedelta(hours=1 if args.realtime else 24), now)
    sources = await gather(soc, now, window, full)
    told = await asyncio.to_thread(_compute, args, sources, soc, now, full)
    sheet = Sheet(call, soc, Permission.OPERATIONS)
    document = await asyncio.to_thread(
        _composed, args, sheet, told=told, sources=sources, soc=soc, now=now, window=window, full=full
    )
    live = _live(args, call)
    return document.model_copy(update={"figures": await sheet.keep(), "blocks": (*document.blocks, *live)})


def _live(args: MonitorOperations, call: Authorised) -> tuple[Block, ...]:
    """In a channel, the last hour can be kept fresh as one message until the shift ends."""
    here = bool(call.address.channel) and call.principal.may(Permission.SCHEDULE)
    if not (args.realtime and here and call.door != "schedule"):
        return ()
    return (Actions(buttons=(Button(label="Keep a live board here", line="digest board"),)),)


def _composed(
    args: MonitorOperations,
    sheet: Sheet,
    *,
    told: Board,
    sources: Sources,
    soc: Soc,
    now: datetime,
    window: Window,
    full: bool,
) -> Document:
    """The answer but for its figures, which the sheet holds."""
    book = Book(sheet, (sources.cases.source, *files(sources.policies)), None, rows(sources.targets))
    _figures(book, told, sources, window, args.preset)
    situation = _situation(told, sources, now, full, args.preset)
    body = [*shortfall(*sources.needed), *_notices(told, sources, args), *_blocks(told, situation, args, soc.zone)]
    return Document(
        title="SOC operations, last 60 minutes" if args.realtime else "SOC operations",
        verdict=verdict(situation),
        blocks=(*body, _small_print(sources, window, args), _actions(told, args)),
        provenance=tuple(got.source for got in sources.needed),
    )


def _compute(args: MonitorOperations, sources: Sources, soc: Soc, now: datetime, full: bool) -> Board:
    cases, view = sources.cases.value, sources.ledger.value
    oldest = min((case.created_at for case in rows(sources.cases)), default=now)
    span = Window(min(oldest, now - BASELINE - KPI_WINDOW), now + AHEAD)
    rules = scorecard.judge_by(args.preset, None, rows(sources.policies), rows(sources.calendars), span)
    queue = queue_now(cases.items, rules.policies, rules.hours or {}, now, args.preset) if cases is not None else None
    flows = around.flows(view.cases, now) if view is not None else None
    strip = kpis.compute(view, rules, now) if args.kpis and view is not None else None
    if not full:
        return Board(queue, rules, flows, strip)
    per_hour = None if flows is None else flows.hour.arrivals if args.realtime else flows.day.arrivals / 24
    backlog = len(queue.cases) if queue is not None else 0
    return Board(
        queue,
        rules,
        flows,
        strip,
        around.staffed(sources, per_hour, backlog, now, soc.zone),
        around.unusual(sources, now, soc.zone),
        around.threats(sources),
    )


def _figures(book: Book, told: Board, sources: Sources, window: Window, preset: Preset) -> None:
    ledger = book.over(None, sources.ledger.source)
    if told.queue is not None:
        board.add_queue(book, told.queue, told.flows, window.end)
    board.add_flows(ledger, told.flows)
    if told.kpis is not None:
        kpis.add(ledger, told.kpis, len(told.queue.cases) if told.queue else None, preset, _unpromised(told, sources))
    if told.staff is not None:
        load = book.over(None, sources.ledger.source, *files(sources.people, sources.shifts, sources.handling))
        leave = sources.absences is not None and sources.absences.ok
        sections.add_load(load, told.staff, len(told.queue.cases) if told.queue else None, leave)
    if told.unusual is not None and told.threats is not None:
        sections.add_unusual(book, told.unusual, sources, window.end, window)
        sections.add_threats(book, told.threats, sources, window)


def _unpromised(told: Board, sources: Sources) -> str:
    """Why the ledger's cases have no promise to resolve; empty when they have."""
    if not sources.policies.ok:
        return "sla.yaml is missing, not filled in or could not be read"
    known = any(policy.metric == "resolve" for policy in told.rules.policies)
    return "" if known else "sla.yaml holds no promise to resolve that can be judged"


def _situation(told: Board, sources: Sources, now: datetime, full: bool, preset: Preset) -> Situation:
    queue_whole = sources.cases.value is not None and not sources.cases.value.truncated
    asked = preset == "google" or (sources.policies.ok and not told.rules.complaints)
    siem = [got for got in (sources.alerts, sources.activity) if got is not None]
    whole = bool(siem) and all(got.ok and not got.source.truncated for got in siem)
    return Situation(now, full, told.queue, queue_whole and asked, whole, told.staff, told.unusual, told.threats,
                     sources.feeds is not None and sources.feeds.ok)  # fmt: skip


def _notices(told: Board, sources: Sources, args: MonitorOperations) -> list[Block]:
    said = list(told.rules.complaints)
    if args.preset == "org" and not sources.policies.ok and told.queue is not None:
        said.append("Promises are judged by the case desk's own SLA, since the SLA policies are missing.")
    said += [
        f"{got.source.name} is cut: counts from it are at least. {got.source.note}".strip()
        for got in sources.needed
        if got.ok and got.source.truncated
    ]
    said += [f"{got.source.name} is from a cache: it did not answer now." for got in sources.needed if got.source.stale]
    return [Notice(level="warning", text=spans(text)) for text in said]


def _blocks(told: Board, situation: Situation, args: MonitorOperations, zone: ZoneInfo) -> list[Block]:
    blocks: list[Block] = [KpiStrip(figures=HEADLINE)] if told.queue is not None else []
    items = needs(situation)
    blocks.append(Heading(text="What needs you"))
    blocks.append(Bullets(items=tuple(items)) if items else Paragraph(text=spans("Nothing passed a threshold.")))
    if args.kpis:
        nothing: list[Block] = [Paragraph(text=spans("No KPIs: the case ledger is missing."))]
        blocks += kpis.blocks(args.preset) if told.kpis is not None else nothing
    if situation.board:
        if told.queue is not None:
            blocks += board.queue_blocks(told.queue, told.flows, zone)
            blocks += [*board.sla_blocks(told.queue), *board.age_blocks(told.queue)]
        if told.staff is not None and told.unusual is not None and told.threats is not None:
            blocks += sections.load_blocks(told.staff)
            blocks += sections.unusual_blocks(told.unusual)
            blocks += sections.threat_blocks(told.threats)
    return blocks


def _small_print(sources: Sources, window: Window, args: MonitorOperations) -> Context:
    told = [f"Window {instant(window.start)} to {instant(window.end)}."]
    told += ["Refreshed when you press Refresh; a scheduled digest refreshes by itself."] if args.realtime else []
    for got in (sources.cases, sources.alerts, sources.iocs, sources.ledger):
        if got is not None and got.ok and got.source.as_of is not None:
            n = "" if got.source.rows is None else f", n = {got.source.rows:,}"
            told.append(f"{got.source.name}: as of {instant(got.source.as_of)}{n}.")
    return Context(text=spans(" ".join(told)))


def _actions(told: Board, args: MonitorOperations) -> Actions:
    flags = [("soc-dashboard", args.soc_dashboard), ("realtime", args.realtime), ("kpis", args.kpis)]
    line = " ".join(["monitor operations", *(f"--{name}" for name, on in flags if on)])
    line += f" --preset {args.preset}" if args.preset != "org" else ""
    buttons = [Button(label="Refresh", line=line)]
    risky = [*told.queue.of("at risk"), *told.queue.of("breached")] if told.queue is not None else []
    buttons += [Button(label=f"Case {s.case.id}"[:75], line=f"case show {s.case.id}") for s in risky[:5]]
    if not args.realtime:
        buttons.append(Button(label="Last 60 minutes", line="monitor operations --realtime"))
    if not args.kpis:
        buttons.append(Button(label="KPIs", line="monitor operations --kpis"))
    return Actions(buttons=tuple(buttons))


COMMAND = Command(
    name="monitor operations",
    summary="The SOC right now: queue, SLA, ageing, load, what is unusual, threats",
    args=MonitorOperations,
    needs=Permission.OPERATIONS,
    run=run,
    example="monitor operations --soc-dashboard --kpis",
    notes=(
        "At risk: no more than 15 min or a quarter of the SLA is left, or the desk calls the case critical.",
        "--kpis alone shows the strip; --realtime looks at the last 60 minutes.",
    ),
)
