"""`vendor evaluate`: shortlist, renew or replace, and from which position to negotiate."""

from __future__ import annotations

import asyncio
from typing import Any

from connectors.models.organisation import FILES
from connectors.models.organisation.money import Contract, PocPlan, Selection, SelectionStage, VendorTicket
from handlers.analysis.licences import HORIZONS
from handlers.analysis.proportions import wilson
from handlers.commands.vendor_evaluate import planning, sections
from handlers.commands.vendor_evaluate.verdict import standing, too_late, verdict
from handlers.commands.vendor_evaluate.work import ALWAYS, DUE, POC, RFI, SERVICE_DAYS, Inputs, Review, gather, review
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.book import Book
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag
from handlers.core.fetch import shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import (
    Actions,
    Block,
    Bullets,
    Button,
    Document,
    Heading,
    KpiStrip,
    Notice,
    Paragraph,
    Text,
    spans,
)

LINE = "vendor evaluate"
STRIP = (
    "selection.margin", "selection.days_to_notice", "selection.days_late", "contract.notice.passed",
    "vendor.tickets.in_time", "vendor.doubts",
)  # fmt: skip


class VendorArgs(Args):
    soc_tools: bool = flag("Contracts, service, third-party risk and the running selections (the default)")
    rfi_process: bool = flag("Stages counted back from notice day and contract end, question bank")
    poc_planning: bool = flag("The proof of concept: criteria, readiness, results with their intervals")


async def run(args: VendorArgs, call: Authorised, soc: Soc) -> Document:
    groups = [*ALWAYS, *(RFI if args.rfi_process else ()), *(POC if args.poc_planning else ())]
    inputs = await gather(soc, groups)
    found = await asyncio.to_thread(review, inputs, soc.clock.now(), soc.zone.key)
    sheet = Sheet(call, soc, Permission.MONEY)
    _figures(sheet, inputs, found)
    sources = tuple(got.source for got in inputs.all)
    return Document(
        title="SOC vendors",
        verdict=verdict(inputs, found, sheet),
        blocks=(*_notices(inputs, found), *compose(args, inputs, found, sheet), cells.quality(sources), _more()),
        figures=await sheet.keep(),
        provenance=sources,
        tlp="amber+strict",
    )


def _notices(inputs: Inputs, found: Review) -> list[Notice]:
    out = list(shortfall(*inputs.all))
    return [*out, *(Notice(level="warning", text=spans(text)) for text in found.problems)]


def _figures(sheet: Sheet, inputs: Inputs, found: Review) -> None:
    def book(*records: type) -> Book:
        return Book(sheet, [inputs.files[r].source for r in records if inputs.ok(r)], None, ())

    if inputs.ok(Contract):
        _contracts(book(Contract), found)
        if inputs.ok(VendorTicket):
            told = [v.service.answered for v in found.vendors]
            share = wilson(sum(s.successes for s in told), sum(s.n for s in told))
            book(Contract, VendorTicket).share(
                "vendor.tickets.in_time", "Tickets answered in time", share,
                f"First answers within the promised hours, of tickets opened in the last {SERVICE_DAYS} days that are "
                "answered or overdue, all products with a contract", better="higher",
            )  # fmt: skip
    _selection(book(Selection, SelectionStage, Contract), found)


def _contracts(book: Book, found: Review) -> None:
    total = len(found.vendors)
    due = sum(1 for v in found.vendors if v.renewal.state in DUE)
    book.add("contract.notice.passed", "Notice days passed or near", due, "count",
             "Contracts that renew unless ended and whose notice day (end − notice days) has passed or comes within "
             f"{HORIZONS[0]} days.", n=total, target=0, better="lower")  # fmt: skip
    gone = sum(1 for v in found.vendors if v.renewal.state == "expired")
    book.add("contract.expired", "Contracts that ran out", gone, "count",
             "Contracts whose last day lies in the past.", n=total, target=0, better="lower")  # fmt: skip
    doubtful = sum(1 for v in found.vendors if v.doubts)
    book.add("vendor.doubts", "Vendors with something to settle", doubtful, "count",
             "Contracts with third-party risk to settle: a report or certificate missing, run out or about to (90 "
             "days), data location unknown, for critical functions register, clauses or exit plan, or a breach.",
             n=total, target=0, better="lower")  # fmt: skip


def _selection(book: Book, found: Review) -> None:
    """Of the first selection on file; the others are in their sections."""
    if not found.races:
        return
    one, name = found.races[0], cells.shorten(found.races[0].chosen.title, 60)
    ranking = one.outcome.ranking
    margin = ranking.sums[0][1] - ranking.sums[1][1] if ranking is not None else None
    book.add("selection.margin", "Lead of the first candidate", margin, "score",
             f"{name}: weighted sum (0 to 1, min–max over the field) of the first less that of the second; n: "
             "candidates ranked.", statistic="difference", n=len(ranking.sums) if ranking is not None else None,
             note="" if margin is not None else "; ".join(one.outcome.why))  # fmt: skip
    if one.renewal is None:
        return
    book.add("selection.days_to_notice", "Days until notice", one.renewal.notice_days, "days",
             f"{name}: days from today until end − notice days of {cells.shorten(one.chosen.product, 60)}; below 0 it "
             "has passed.", statistic="days")  # fmt: skip
    book.add("selection.days_late", "Award after notice by", one.late, "days",
             f"{name}: days of the stages left, the present one in full, beyond the notice day.", statistic="days",
             target=0, better="lower", note="the stage it is in is unknown" if one.late is None else "")  # fmt: skip


def compose(args: VendorArgs, inputs: Inputs, found: Review, sheet: Sheet) -> list[Block]:
    """The strip, what needs you, and the sections that were asked for."""
    out: list[Block] = []
    if strip := tuple(figure for figure in STRIP if figure in sheet):
        out.append(KpiStrip(figures=strip))
    if needs := _needs(found):
        out += [Heading(text="What needs you"), Bullets(items=tuple(needs[:5]))]
    tools = args.soc_tools or not (args.rfi_process or args.poc_planning)
    if tools:
        out += sections.vendors(inputs, found) or _absent(inputs, "Vendors", Contract)
    if not found.races:
        asked = {"Ranking": tools, "RFI process": args.rfi_process, "Proof of concept": args.poc_planning}
        names = ", ".join(name for name, wanted in asked.items() if wanted)
        out += _absent(inputs, names, Selection) or [Paragraph(text=spans(f"{names}: no selection is running."))]
    for one in found.races if tools else ():
        out += sections.race(inputs, one)
    for one in found.races:
        if args.rfi_process:
            out += planning.rfi(one, found) or _absent(inputs, "RFI process", Contract, SelectionStage)
        if args.poc_planning:
            out += planning.poc(inputs, one, found) or _absent(inputs, "Proof of concept", PocPlan)
    return out + (planning.questions(inputs, found) if args.rfi_process else [])


def _absent(inputs: Inputs, what: str, *records: type[Any]) -> list[Block]:
    """A section that was asked for and cannot be: which files it lacks; nothing when the files are there."""
    gone = [FILES[one] for one in records if not inputs.ok(one)]
    told = f"{what}: not known, {' and '.join(gone)} could not be read."
    return [Paragraph(text=spans(told))] if gone else []


def _needs(found: Review) -> list[Text]:
    """Gravest first, each with who sees to it."""
    out: list[Text] = []
    for v in found.vendors:
        who = f"(owner: {cells.shorten(v.contract.owner, 30)})"
        name = cells.shorten(v.contract.product, 50)
        if v.renewal.state == "expired":
            out.append(spans(f"{name} ran out {-v.renewal.days} days ago: renew or remove it {who}."))
        elif v.renewal.state in DUE:
            left = v.renewal.notice_days
            when = f"passed {-left} days ago" if left < 0 else f"in {left} days"
            out.append(spans(f"{name} renews itself {v.contract.end}: notice day {when} {who}."))
    for race in found.races:
        who = f"(owner: {cells.shorten(race.chosen.owner, 30)})"
        if too_late(race):
            out.append(spans(f"{cells.shorten(race.chosen.title, 60)}: award {race.late} days after notice {who}."))
        elif race.outcome.ranking is None:
            out.append(spans(f"{standing(race)} {who}"))
    for v in found.vendors:
        if v.contract.critical_function and v.doubts:
            text = f"{cells.shorten(v.contract.product, 50)}, critical: {cells.names(v.doubts, 2)}"
            out.append(spans(f"{text} (owner: {cells.shorten(v.contract.owner, 30)})."))
    return out


def _more() -> Actions:
    flags = (("Tools", "--soc-tools"), ("RFI process", "--rfi-process"), ("Proof of concept", "--poc-planning"))
    buttons = [Button(label=label, line=f"{LINE} {said}") for label, said in flags]
    buttons.append(Button(label="Scoring sheet", line=f"export --as xlsx {LINE} --rfi-process"))
    return Actions(buttons=(*buttons, Button(label="Budget", line="budget plan")))


COMMAND = Command(
    name=LINE,
    summary="Shortlist, renew or replace: contracts, service, ranking, proof of concept",
    args=VendorArgs,
    needs=Permission.MONEY,
    run=run,
    example="vendor evaluate --soc-tools --rfi-process --poc-planning",
    notes=(
        "Must-haves first, then a weighted sum on 0 to 1 and TOPSIS as a cross-check; raters' scores stay private "
        "until all are in.",
    ),
)
