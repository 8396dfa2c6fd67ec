"""`process optimize`: which step to mend or automate first, and how many hours that gives back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.models.organisation.detection import TechniqueRemap
from connectors.models.organisation.process import Hunt
from connectors.models.reading import Reading
from handlers.analysis.periods import NAMED, Period, timeframe
from handlers.commands.process_optimize import figures, sections
from handlers.commands.process_optimize.verdict import needs, verdict
from handlers.commands.process_optimize.work import Found, Inputs, compute, gather, rows
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.book import Book
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag, option
from handlers.core.errors import BadFlag
from handlers.core.fetch import Got, fetch, shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import Actions, Block, Bullets, Button, Context, Document, Heading, KpiStrip, Notice, spans

LINE = "process optimize"
STRIP = (
    "waiting.bottleneck.hours", "waiting.share", "workflow.rework", "conformance.share", "effort.hours",
    "automation.hours",
)  # fmt: skip
BEFORE = timedelta(days=92)
"""Cases opened so long before the period are still looked at for waiting inside it."""


class ProcessArgs(Args):
    workflow: bool = flag("Process map, bottlenecks, ways of working, mandatory steps, hunts, quick wins")
    automation_opportunities: bool = flag("Ranked: hours, full-time work, payback, prerequisites, guardrail, runbook")
    timeframe: str = option(
        "monthly", "Cases opened in the last complete period of this kind, or in an ISO period", NAMED, "monthly"
    )


async def run(args: ProcessArgs, call: Authorised, soc: Soc) -> Document:
    """Fetch, compute in a thread, compose. Raises BadFlag for a timeframe that is none."""
    now = soc.clock.now()
    period = _period(args.timeframe, soc)
    inputs, remap = await asyncio.gather(
        gather(soc, period.start - BEFORE), fetch("Retired techniques", soc.organisation.read(TechniqueRemap))
    )
    asked = (*inputs.all, *((remap,) if any(hunt.techniques for hunt in rows(inputs.hunts)) else ()))
    found = await asyncio.to_thread(compute, inputs, period, now)
    sheet = Sheet(call, soc, Permission.METRICS)
    book = Book(sheet, (inputs.ledger.source,), period.window, rows(inputs.targets))
    figures.add_all(book, inputs, found, period.label)
    return Document(
        title=f"Process, {period.label}",
        verdict=verdict(inputs, found, book),
        blocks=(
            *_notices(inputs, found, asked),
            *_retired(rows(inputs.hunts), remap),
            *compose(args, inputs, found, sheet, now.astimezone(soc.zone)),
            _quality(inputs, asked, period),
            _more(args),
        ),
        figures=await sheet.keep(),
        provenance=tuple(got.source for got in asked),
    )


def _period(text: str, soc: Soc) -> Period:
    try:
        return timeframe(text, soc.clock.now(), soc.zone.key)
    except (ValueError, OverflowError) as error:
        raise BadFlag("--timeframe", f"{str(error)[:200]}.", [*NAMED, "2026-10-01/2026-10-31"]) from error


def _notices(inputs: Inputs, found: Found, asked: Sequence[Got[Any]]) -> list[Notice]:
    said = []
    if not inputs.policy.ok:
        said.append("No process policy could be read: the bot's own assumptions are used.")
    if found.incomplete:
        said.append("The ledger does not hold all cases of the period: everything here is of those it holds.")
    if found.efforts and (loose := next((e for e in found.efforts if e.type == "no type"), None)):
        said.append(f"{cells.counted(loose.cases, 'case')} fit no handling time: {loose.minutes:g} minutes each.")
    return [*shortfall(*asked), *(Notice(level="warning", text=spans(text)) for text in said)]


def _retired(hunts: Sequence[Hunt], remap: Got[Reading[TechniqueRemap]]) -> list[Notice]:
    """Hunts for techniques that ATT&CK has retired, with what stands for them today."""
    today = {one.old: one.new or "nothing" for one in rows(remap)}
    said = [f"{hunt.id} names {t}, now {today[t]}" for hunt in hunts for t in hunt.techniques if t in today]
    text = f"Retired technique ids in hunts.yaml: {cells.names(said)}. Write today's."
    return [Notice(level="warning", text=spans(text))] if said else []


def compose(args: ProcessArgs, inputs: Inputs, found: Found, sheet: Sheet, now: datetime) -> list[Block]:
    """The strip, what needs you, and the sections that were asked for."""
    out: list[Block] = []
    if strip := tuple(one for one in STRIP if one in sheet):
        out.append(KpiStrip(figures=strip))
    if lines := needs(found):
        out += [Heading(text="What needs you"), Bullets(items=tuple(lines))]
    if found.waits and (args.workflow or not args.automation_opportunities):
        out += [sections.wait_table(found.waits), Context(text=spans(sections.CAVEAT))]
    if args.workflow and found.flow is not None:
        out += sections.map_blocks(found, found.flow)
        top = figures.top(found, inputs.assumed.effort_share)
        out += [sections.effort_table(top, len(found.efforts or ()))] if top else []
        policy = inputs.assumed
        out += [sections.check_table(found.checked, now.date(), policy.stale_days)] if found.checked else []
    if args.workflow and found.hunting is not None:
        out += sections.hunt_blocks(found.hunting, now.date())
    if args.automation_opportunities or not args.workflow:
        out += sections.automation_blocks(inputs, found, details=args.automation_opportunities)
    return out


def _quality(inputs: Inputs, asked: Sequence[Got[Any]], period: Period) -> Context:
    files = [got for got in asked if got is not inputs.ledger]
    told = f"{sum(got.ok for got in files)} of {len(files)} organisation files read. Cases opened in {period.label}."
    return cells.quality((inputs.ledger.source,), told)


def _more(args: ProcessArgs) -> Actions:
    period = f" --timeframe {''.join(args.timeframe.split())}" if args.timeframe != "monthly" else ""
    buttons = (
        Button(label="Workflow", line=f"{LINE} --workflow{period}"),
        Button(label="Automation", line=f"{LINE} --automation-opportunities{period}"),
        Button(label="Runbook health", line="runbooks health"),
    )
    return Actions(buttons=buttons)


COMMAND = Command(
    name=LINE,
    summary="Which step to mend or automate first: bottlenecks, rework, mandatory steps, hunts, hours back",
    args=ProcessArgs,
    needs=Permission.METRICS,
    run=run,
    example="process optimize --workflow --automation-opportunities",
    budget=40.0,
    notes=(
        "Elapsed time is not effort: hours of work come from handling_times.yaml, waiting from the case history.",
        "Hunts are overseen from hunts.yaml; nothing is started from here.",
    ),
)
