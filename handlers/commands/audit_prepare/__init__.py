"""`audit prepare`: are we ready, and who must bring what by when."""

from __future__ import annotations

import asyncio
from typing import Literal

from handlers.commands.audit_prepare import figures, sections
from handlers.commands.audit_prepare.verdict import RULE, needs, verdict
from handlers.commands.audit_prepare.work import NAMES, Drawn, Inputs, Prepared, gather, prepare, samples
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.book import Book
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag, option
from handlers.core.errors import NotFound
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
    Verdict,
    spans,
)

LINE = "audit prepare"
FRAMEWORKS = ("sox", "soc2", "iso27001", "pci", "nist-csf", "hipaa", "dora", "nis2")
STRIP = (
    "audit.fieldwork", "evidence.in_place", "readiness.score", "requests.missing", "gaps.high", "findings.prior_open",
)  # fmt: skip
Named = Literal["sox", "soc2", "iso27001", "pci", "nist-csf", "hipaa", "dora", "nis2", ""]


class AuditArgs(Args):
    soc_assessment: bool = flag("Scope, gaps, evidence requests; also what no flag shows")
    compliance_framework: Named = option(
        "", "Whose references; the next planned audit's unless given", FRAMEWORKS, "soc2"
    )
    requests: bool = flag("Every evidence request, gap, earlier finding and questionable evidence")
    controls: bool = flag("Every control in scope with its references")
    sampling: bool = flag("Samples with population, hash and seed, and what own tests prove")
    sample_of: str = option("", "The whole sample of one control in scope", example="soc-01")
    walkthroughs: bool = flag("Scripts of the key controls, and who will be asked about what")
    soc_systems: bool = flag("Controls over the SOC's own systems")


async def run(args: AuditArgs, call: Authorised, soc: Soc) -> Document:
    """Fetch, compute in a thread, compose."""
    now = soc.clock.now()
    inputs = await gather(soc, args.sampling or bool(args.sample_of))
    sources = tuple(got.source for got in inputs.all)
    made = await asyncio.to_thread(prepare, inputs, args.compliance_framework, now, soc.zone.key)
    missing = shortfall(*inputs.all)
    if made is None:
        text = spans("No preparation: the controls could not be read, and everything rests on them.")
        return Document(
            title="Audit preparation",
            verdict=Verdict(text=text, status="unknown", rule=RULE),
            blocks=(*missing, cells.quality(sources)),
            provenance=sources,
            tlp="amber+strict",
        )
    drawn: list[Drawn] = []
    if args.sampling or args.sample_of:
        drawn = wanted(await asyncio.to_thread(samples, inputs, made, now, soc.zone.key), args.sample_of)
    sheet = Sheet(call, soc, Permission.REPORTS)
    book = Book(sheet, (), None, ())
    figures.add_all(book, inputs, made)
    figures.add_samples(book, inputs, drawn)
    return Document(
        title=f"Audit preparation, {made.name}",
        verdict=verdict(inputs, made),
        blocks=(
            *missing,
            *_notices(args, inputs, made),
            *compose(args, inputs, made, drawn, sheet),
            _quality(inputs),
            _more(args),
        ),
        figures=await sheet.keep(),
        provenance=sources,
        tlp="amber+strict",
    )


def wanted(drawn: list[Drawn], control: str) -> list[Drawn]:
    """All samples, or that of one control. Raises NotFound for a control that is not in scope."""
    kept = [one for one in drawn if control in ("", one.control.id)]
    if control and not kept:
        known = cells.names([one.control.id for one in drawn], 20)
        raise NotFound(f"No control {control[:40]!r} is in scope.", f"In scope are: {known}.")
    return kept


def _notices(args: AuditArgs, inputs: Inputs, made: Prepared) -> list[Notice]:
    """What is assumed, and what does not fit."""
    said = list(made.problems)
    if made.plan is None and inputs.plans.ok:
        which = f"of {NAMES[args.compliance_framework]} " if args.compliance_framework else ""
        said.append(f"No audit {which}is planned: the period is the last 365 days and nothing has a due date.")
    if not inputs.topics.ok:
        said.append("Without the framework map every control is taken as in scope.")
    if inputs.topics.source.stale:
        said.append(f"framework_map.yaml is stale: {inputs.topics.source.note}.")
    if not inputs.policy.ok:
        said.append("No compliance policy could be read: the bot's own assumptions are used.")
    if not inputs.evidence.ok:
        said.append("Without the evidence file no request and no gap can be judged.")
    return [Notice(level="warning", text=spans(text)) for text in said]


def compose(args: AuditArgs, inputs: Inputs, made: Prepared, drawn: list[Drawn], sheet: Sheet) -> list[Block]:
    """The strip, what needs you, and the sections that were asked for."""
    out: list[Block] = []
    if strip := tuple(one for one in STRIP if one in sheet):
        out.append(KpiStrip(figures=strip))
    if lines := needs(inputs, made):
        out += [Heading(text="What needs you"), Bullets(items=tuple(lines))]
    asked = args.requests or args.controls or bool(drawn) or args.walkthroughs or args.soc_systems
    if args.soc_assessment or not asked:
        out += sections.scope(made)
    if args.soc_assessment or args.requests or not asked:
        out += sections.gap_table(made, args.requests) + sections.request_table(made, args.requests)
    if args.requests:
        out += sections.prior(made) + sections.doubt_lines(made, inputs)
    if args.controls:
        out += sections.control_table(made, made.framework)
    elif made.framework == "sox":
        out.append(Context(text=spans(_relied(made), sections.SOX)))
    if args.soc_systems:
        out += sections.own_systems(made)
    if drawn:
        out += sections.sampling(drawn, rows(inputs.tests), made)
    if args.walkthroughs:
        out += sections.walkthroughs(made)
    return out


def _relied(made: Prepared) -> str:
    relied = [one.id for one in made.controls if one.relies_on_soc]
    yes = f"yes for {cells.names(relied, 8)}, no for the others" if relied else "no, for every control in scope"
    return f"Control relies on SOC: {yes}. "


def _quality(inputs: Inputs) -> Context:
    """How many files; the list of sources names each."""
    files = [got for got in inputs.all if got is not inputs.ledger]
    told = f"{sum(got.ok for got in files)} of {len(files)} organisation files read."
    return cells.quality([inputs.ledger.source] if inputs.ledger else [], told)


def _more(args: AuditArgs) -> Actions:
    of = f"{LINE} --compliance-framework {args.compliance_framework}" if args.compliance_framework else LINE
    flags = (
        ("Requests and gaps", "--requests"), ("Controls", "--controls"), ("Samples", "--sampling"),
        ("Walkthroughs", "--walkthroughs"), ("SOC systems", "--soc-systems"),
    )  # fmt: skip
    return Actions(buttons=tuple(Button(label=label, line=f"{of} {said}") for label, said in flags))


COMMAND = Command(
    name=LINE,
    summary="Audit preparation: scope, gaps, evidence requests, samples, walkthroughs by framework",
    args=AuditArgs,
    needs=Permission.REPORTS,
    run=run,
    example="audit prepare --soc-assessment --compliance-framework soc2",
    budget=40.0,
    notes=(
        "It never says that the SOC complies: it says for how many controls evidence is in place.",
        f"{sections.CHECK}; each row of the map carries its confidence.",
        "Samples are drawn by a recorded seed, so that an auditor can draw them again.",
    ),
)
