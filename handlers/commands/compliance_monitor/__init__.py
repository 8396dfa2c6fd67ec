"""`compliance monitor`: are we in breach now, which evidence will be missing, which clock runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from connectors.models.organisation import Control, SlaPolicy
from connectors.models.organisation.assurance import Evidence
from connectors.models.organisation.clocks import ClockRule, IncidentTriggers
from handlers.analysis.periods import NAMED, Period, timeframe
from handlers.commands.compliance_monitor import clock_blocks, crises, figures, ready, sections, sla
from handlers.commands.compliance_monitor.verdict import needs, verdict
from handlers.commands.compliance_monitor.work import Found, Inputs, compute, gather, since
from handlers.core import cells
from handlers.core.access import TLP_ORDER, Permission, Tlp
from handlers.core.book import Book
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag, option
from handlers.core.errors import BadFlag
from handlers.core.fetch import Got, rows, shortfall
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

LINE = "compliance monitor"
STRIP = (
    "clocks.next", "evidence.in_place", "controls.failed", "controls.no_evidence", "sla.attainment", "readiness.score",
)  # fmt: skip


class ComplianceArgs(Args):
    operational: bool = flag("Running clocks, controls, exceptions, obligations; also what no flag shows")
    sla_adherence: bool = flag("Promises by priority, breaches with their cause, vendors' promises")
    audit_readiness: bool = flag("Score by control, what blocks an audit, evidence to question")
    timeframe: str = option(
        "monthly", "Cases opened in the last complete period of this kind, or in an ISO period", NAMED, "monthly"
    )


async def run(args: ComplianceArgs, call: Authorised, soc: Soc) -> Document:
    """Fetch, compute in a thread, compose. Raises BadFlag for a timeframe that is none."""
    now = soc.clock.now()
    period = _period(args.timeframe, soc)
    inputs = await gather(soc, since(period, now), args.sla_adherence, call.principal.may(Permission.PART))
    found = await asyncio.to_thread(compute, inputs, period, now, soc.zone.key)
    sheet = Sheet(call, soc, Permission.REPORTS)
    book = Book(sheet, (inputs.ledger.source,), period.window, rows(inputs.targets))
    await asyncio.to_thread(figures.add_all, book, inputs, found, period.label)
    sources = tuple(got.source for got in inputs.all)
    return Document(
        title="Compliance monitor",
        verdict=verdict(inputs, found),
        blocks=(
            *_notices(inputs, found),
            *compose(args, inputs, found, period, sheet),
            _quality(inputs, period),
            _more(args),
        ),
        figures=await sheet.keep(),
        provenance=sources,
        tlp=max(("amber+strict", *_shown(args, inputs, found)), key=TLP_ORDER.index),
    )


def _shown(args: ComplianceArgs, inputs: Inputs, found: Found) -> list[Tlp]:
    """How far the crises may go whose clocks this answer shows; one where everything is filed is not shown."""
    board = found.clocks.clocks if found.clocks is not None else ()
    names = {clock.incident.id for clock in board if clock.open or args.operational}
    return [one.tlp for one in rows(inputs.crises) if crises.called(one) in names]


def _quality(inputs: Inputs, period: Period) -> Context:
    """The ledger, and how many files; the list of sources names each."""
    files = [got for got in inputs.all if got is not inputs.ledger and got is not inputs.crises]
    told = (
        f"{sum(got.ok for got in files)} of {len(files)} organisation files read. SLA: cases opened in {period.label}."
    )
    chats = () if inputs.crises is None else (inputs.crises.source,)
    return cells.quality((inputs.ledger.source, *chats), told)


def _period(text: str, soc: Soc) -> Period:
    try:
        return timeframe(text, soc.clock.now(), soc.zone.key)
    except (ValueError, OverflowError) as error:
        raise BadFlag("--timeframe", f"{str(error)[:200]}.", [*NAMED, "2026-10-01/2026-10-31"]) from error


def _notices(inputs: Inputs, found: Found) -> list[Notice]:
    """What is missing, assumed or does not fit."""
    said = []
    if not inputs.policy.ok:
        said.append("No compliance policy could be read: the bot's own assumptions are used.")
    if not inputs.profile.ok:
        said.append("Without a regulator profile no scope is declared: ask legal which rules apply.")
    if inputs.crises is None:
        said.append(crises.LEFT_OUT)
    for incident, crisis in crises.elsewhere(rows(inputs.incidents), rows(inputs.crises)).items():
        said.append(f"{incident} is the case of crisis {crisis}: its clocks are counted there, not from the file.")
    if found.readiness is not None and found.plan is None:
        why = "No audit is planned" if inputs.plans.ok else "Which audit is planned is not known"
        said.append(f"{why}: readiness is of the last 365 days.")
    said += [*(found.clocks.problems if found.clocks else ()), *found.problems]
    if found.kept is not None:
        said += found.kept.complaints
        if found.kept.incomplete:
            said.append("The ledger does not hold all cases of the period: the SLA is of those it holds.")
    return [*shortfall(*inputs.all), *(Notice(level="warning", text=spans(text)) for text in said)]


def compose(args: ComplianceArgs, inputs: Inputs, found: Found, period: Period, sheet: Sheet) -> list[Block]:
    """The strip, what needs you, and the sections that were asked for."""
    out: list[Block] = []
    if strip := tuple(one for one in STRIP if one in sheet):
        out.append(KpiStrip(figures=strip))
    if lines := needs(inputs, found):
        out += [Heading(text="What needs you"), Bullets(items=tuple(lines))]
    if args.operational or not (args.sla_adherence or args.audit_readiness):
        if found.clocks is not None:
            out += clock_blocks.blocks(found.clocks, found.today, detail=args.operational)
        else:
            out.append(
                _absent("Regulatory clocks", {ClockRule.FILE: inputs.rules, IncidentTriggers.FILE: inputs.incidents})
            )
        out += clock_blocks.noted(found.noted)
        if found.controls is None:
            out.append(_absent("Controls", {Control.FILE: inputs.controls}))
        out += sections.control_blocks(found, everything=False)
        if args.operational:
            out += sections.calendar_blocks(inputs, found)
    if args.sla_adherence:
        out += _sla(inputs, found, period)
    if args.audit_readiness and found.readiness is not None:
        out += ready.blocks(found.readiness, found.doubts, f"{found.period[0]} to {found.period[1]}")
    elif args.audit_readiness:
        needed: dict[str, Got[Any]] = {Control.FILE: inputs.controls, Evidence.FILE: inputs.evidence}
        out += [Heading(text="Audit readiness"), _absent("Audit readiness", needed)]
    return out


def _sla(inputs: Inputs, found: Found, period: Period) -> list[Block]:
    """Our promises, or why they are not known; the vendors' need no ledger."""
    if found.kept is not None:
        return sla.blocks(found.kept, inputs, period.label)
    vendors = [sla.vendor_table(rows(inputs.vendors))] if rows(inputs.vendors) else []
    needed: dict[str, Got[Any]] = {SlaPolicy.FILE: inputs.promises, "the case ledger": inputs.ledger}
    gone = _absent("SLA", needed)
    return [Heading(text="SLA adherence"), gone, *vendors]


def _absent(what: str, needed: Mapping[str, Got[Any]]) -> Paragraph:
    """A section that was asked for and cannot be: which of its sources are missing."""
    gone = " and ".join(name for name, got in needed.items() if not got.ok)
    return Paragraph(text=spans(f"{what}: not known, {gone} could not be read." if gone else f"{what}: not known."))


def _more(args: ComplianceArgs) -> Actions:
    period = f" --timeframe {''.join(args.timeframe.split())}" if args.timeframe != "monthly" else ""
    flags = (("All of it", "--operational"), ("SLA adherence", "--sla-adherence"), ("Readiness", "--audit-readiness"))
    buttons = [Button(label=label, line=f"{LINE} {said}{period}") for label, said in flags]
    return Actions(buttons=(*buttons, Button(label="Prepare an audit", line="audit prepare --soc-assessment")))


COMMAND = Command(
    name=LINE,
    summary="Are we in breach: regulatory clocks, controls and their evidence, SLA, audit readiness",
    args=ComplianceArgs,
    needs=Permission.REPORTS,
    run=run,
    example="compliance monitor --operational --sla-adherence --audit-readiness",
    budget=40.0,
    notes=(
        clock_blocks.PROMISE,
        "It never says that the SOC complies: it says for how many controls evidence is in place.",
        "Every rule is shown with its source, its status and the day it was checked.",
    ),
)
