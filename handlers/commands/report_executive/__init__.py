"""`report executive`: one page for people who decide, redacted, with the rule behind every colour."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.models.alerts import IocMatch
from handlers.commands.report_executive import headline, landscape, sections
from handlers.commands.report_executive.verdict import RULE, verdict
from handlers.commands.report_executive.work import History, Inputs, Span, gather, happened, history, span
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.book import Book
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag
from handlers.core.fetch import rows, shortfall
from handlers.core.redaction import Redactor, terms
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import Actions, Block, Button, Context, Document, KpiStrip, Notice, spans

LINE = "report executive"
PRIVILEGED = "Draft – privileged?"
STRIP = ("incidents.count", "coverage.crown_jewels", "sla.attainment", "exposures.past_due")
EXACT = (
    "incidents.count", "incidents.critical", "incidents.high", "incidents.medium", "incidents.low",
    "contain.major.median", "contain.major.max", "coverage.crown_jewels", "visibility.services", "sla.attainment",
    "exposures.critical", "exposures.past_due", "mttr.median", "mttr.km_median", "alerts.total",
)  # fmt: skip


class ReportArgs(Args):
    summary: bool = flag("The one-page summary (the default)")
    monthly: bool = flag("The last complete calendar month against the three before; else the last 30 days")
    threat_landscape: bool = flag("The threat landscape in full: relevance, techniques, what was seen here")
    privileged: bool = flag("Mark it as a draft that may be privileged (ask counsel)")


async def run(args: ReportArgs, call: Authorised, soc: Soc) -> Document:
    if args.threat_landscape:
        call.principal.require(Permission.THREATS)
    now = soc.clock.now()
    when = span(now, soc.zone.key, args.monthly)
    inputs = await gather(soc, when, call.principal.may(Permission.THREATS))
    found = None
    if inputs.ledger.value is not None:
        found = await asyncio.to_thread(history, inputs.ledger.value, inputs, when, now)
    sheet = Sheet(call, soc, Permission.CASES)
    sources = tuple(got.source for got in inputs.all)
    book = Book(sheet, sources, when.window, headline.targets(inputs).values())
    redact = await asyncio.to_thread(_redactor, inputs)
    made = compose(args, book, inputs, found, when, redact, now)
    figures = await sheet.keep()
    document = made.model_copy(update={"figures": figures, "provenance": sources})
    return await asyncio.to_thread(_redacted, document, redact, inputs)


def _redactor(inputs: Inputs) -> Redactor:
    seen = (landscape.items_of(inputs.threats, IocMatch) if inputs.threats is not None else None) or ()
    asked, promised, told = rows(inputs.asks), rows(inputs.commitments), rows(inputs.incidents)
    own = [*(a.id for a in asked), *(p.id for p in promised), *(t.id for t in told)]
    return Redactor(terms(rows(inputs.people), rows(inputs.services), seen, rows(inputs.alerts)), own)


def _redacted(document: Document, redact: Redactor, inputs: Inputs) -> Document:
    """The last pass over every word, and a line that says what the pass could not know."""
    clean = redact.document(document)
    text = f"Redacted: {cells.counted(redact.count, 'name or indicator', 'names or indicators')} removed."
    if not (inputs.people.ok and inputs.services.ok and inputs.alerts.ok):
        text += " Not every list of names could be read: read it through before it leaves the house."
    return clean.model_copy(update={"blocks": (*clean.blocks, Context(text=spans(text)), _more())})


def compose(  # noqa: PLR0917 - everything the page is made of, once
    args: ReportArgs, book: Book, inputs: Inputs, found: History | None, when: Span, redact: Redactor, now: datetime
) -> Document:
    """The seven parts."""
    today = now.astimezone(ZoneInfo(when.zone)).date()
    measures = headline.add_all(book, inputs, found, when, now)
    landscape.add(book, inputs)
    roles = {person.id: person.role for person in rows(inputs.people)}
    asked = rows(inputs.asks) if inputs.asks.ok else None
    promised = rows(inputs.commitments) if inputs.commitments.ok else None
    needed = (inputs.ledger, inputs.policies, inputs.targets, inputs.services, inputs.findings, inputs.asks)
    complete = all(got.ok and not got.source.truncated for got in (*needed, inputs.commitments))
    told = verdict(book, measures, asked, promised, today, complete and (found is None or found.complete))
    shown = [headline.rounded(book, figure).figure for figure in STRIP if book.sheet[figure].value is not None]
    blocks: list[Block] = [
        *([Notice(level="warning", text=spans(f"{PRIVILEGED} Not for circulation before counsel has looked."))]
          if args.privileged else []),
        *_notices(inputs, found),
        *([KpiStrip(figures=tuple(shown))] if shown else []),
        *sections.headline(book, measures, found),
        *sections.incidents(book, happened(inputs, when) if inputs.incidents.ok else None, redact, when),
        *landscape.blocks(book, inputs, redact, args.threat_landscape),
        *sections.asks(asked, redact, roles, today),
        *sections.commitments(promised, redact, roles, today),
        *sections.appendix(book, EXACT),
        cells.quality(got.source for got in inputs.all),
    ]  # fmt: skip
    title = f"Executive report, {when.label}"
    return Document(
        title=f"{PRIVILEGED} {title}" if args.privileged else title, verdict=told, blocks=tuple(blocks), tlp="amber"
    )


def _notices(inputs: Inputs, found: History | None) -> Sequence[Notice]:
    out = list(shortfall(*inputs.all))
    if found is not None:
        out += [Notice(level="warning", text=spans(text)) for text in found.complaints]
        if not found.complete:
            text = "The ledger does not hold all cases of the reported time: counts are at least what is shown."
            out.append(Notice(level="warning", text=spans(text)))
    if cut := list(dict.fromkeys(got.source.name for got in inputs.all if got.source.truncated)):
        text = f"Truncated: {', '.join(cut)}. What is counted from the rows of these is at least what is shown."
        out.append(Notice(level="warning", text=spans(text)))
    return out


def _more() -> Actions:
    said = (("Last month", "--monthly"), ("Threat landscape", "--threat-landscape"), ("Mark as draft", "--privileged"))
    return Actions(buttons=tuple(Button(label=label, line=f"{LINE} --summary {flags}") for label, flags in said))


COMMAND = Command(
    name=LINE,
    summary="One page for executives: bottom line, five measures, incidents, threats, decisions, commitments",
    args=ReportArgs,
    needs=Permission.REPORTS,
    run=run,
    example="report executive --summary --monthly --threat-landscape",
    files=("csv", "xlsx", "pdf", "pptx", "html"),
    budget=40.0,
    notes=(RULE, "Host names, persons and indicators are removed; figures are rounded to two significant digits."),
)
