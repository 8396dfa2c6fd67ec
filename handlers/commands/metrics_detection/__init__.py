"""`metrics detection`: which detections to build, buy or retire next."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from connectors.models.organisation import Target
from handlers.analysis.navigator import layer
from handlers.commands.metrics_detection import covered, figures, invest, lacking
from handlers.commands.metrics_detection.inputs import Inputs, Wanted, gather
from handlers.commands.metrics_detection.needs import needs
from handlers.commands.metrics_detection.verdict import verdict
from handlers.commands.metrics_detection.work import Found, compute
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.book import Book, files
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, Reply, flag
from handlers.core.fetch import Got, rows, shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import Actions, Block, Bullets, Button, Document, Heading, KpiStrip, Notice, Source, spans
from messages.reading import words

LINE = "metrics detection"
SHARES = ("coverage.graded", "coverage.weighted", "coverage.binary", "coverage.undetected", "rules.unmapped")


class DetectionArgs(Args):
    coverage: bool = flag("Techniques by score, what becomes of the rules, retired ids (the default)")
    gap_analysis: bool = flag("Ranked gaps, stale and noisy rules, techniques on one data source")
    investment_roi: bool = flag("Investments by benefit per cost; needs the permission for reports")


async def run(args: DetectionArgs, call: Authorised, soc: Soc) -> Reply:
    """Fetch, compute in a thread, compose. Raises Denied for `--investment-roi` without the permission."""
    if args.investment_roi:
        call.principal.require(Permission.REPORTS)
    wanted = Wanted(args.coverage or not (args.gap_analysis or args.investment_roi), args.gap_analysis,
                    args.investment_roi)  # fmt: skip
    now = soc.clock.now()
    inputs = await gather(soc, wanted)
    found = await asyncio.to_thread(compute, inputs, wanted, now, now.astimezone(soc.zone).date())
    sheet = Sheet(call, soc, Permission.METRICS)
    targets: tuple[Target, ...] = rows(inputs.targets)
    book = Book(sheet, _sources(inputs), None, targets)
    figures.add_all(book, inputs, found, wanted)
    provenance = tuple(got.source for got in inputs.asked)
    document = Document(
        title="Detection coverage",
        verdict=verdict(book, inputs, found),
        blocks=(
            *shortfall(*inputs.asked),
            *_assumed(inputs, found),
            *compose(wanted, found, sheet),
            cells.quality(_freshness(inputs)),
            _more(wanted),
        ),
        figures=await sheet.keep(),
        provenance=provenance,
    )
    return Reply(document, layer=_layer(inputs, found, document) if wanted.coverage and found.techniques else "")


def _layer(inputs: Inputs, found: Found, document: Document) -> str:
    """The scored techniques for the ATT&CK Navigator; what is missing is said in its description."""
    names = found.names | {known.id: known.name for known in rows(inputs.techniques)}
    said = [f"TLP:{document.tlp.upper()}", *(words(notice.text, document) for notice in document.notices)]
    return json.dumps(layer(document.title, found.techniques, found.policy.version, names, " ".join(said)))


def _sources(inputs: Inputs) -> list[Source]:
    """What coverage rests on; the files are named, but their age is not the figures'."""
    asked: tuple[Got[Any], ...] = (inputs.rules, inputs.ledger, inputs.profiles, *inputs.advice)
    kept = files(inputs.context, inputs.techniques, inputs.knowledge, inputs.sources, inputs.exercises, inputs.remap)
    return [*(got.source for got in asked if got.ok), *kept]


def _freshness(inputs: Inputs) -> list[Source]:
    """For the small print: backends first, recommendations as one."""
    advice = [got.source for got in inputs.advice]
    first = [got.source for got in _backends(inputs)[:4]]
    if advice and all(source.ok for source in advice):
        together = {"rows": sum(source.rows or 0 for source in advice), "truncated": any(s.truncated for s in advice)}
        advice = [advice[0].model_copy(update=together)]
    rest = [got for got in inputs.asked if not any(got is one for one in _backends(inputs))]
    return [*first, *advice, *(got.source for got in rest if got.ok), *(got.source for got in rest if not got.ok)]


def _backends(inputs: Inputs) -> tuple[Got[Any], ...]:
    return (inputs.rules, inputs.activity, inputs.ledger, inputs.profiles, *inputs.advice)


def _assumed(inputs: Inputs, found: Found) -> list[Notice]:
    """What was taken instead of a missing source."""
    out = []
    if not inputs.policy.ok:
        said = f"target score {found.policy.target_score}, {found.policy.stale_days} days, no hourly cost"
        out.append(f"No detection policy could be read: the bot's own assumptions are used ({said}).")
    if not inputs.ledger.ok and inputs.rules.ok:
        out.append("True positives are not known: no rule counts as more than running (1), so scores may be too low.")
    began = inputs.ledger.value.facts.complete_from if inputs.ledger.value is not None else None
    if began is not None and began > found.window.start:
        out.append(f"The case ledger holds cases since {began:%Y-%m-%d} only: earlier true positives are not known.")
    if not inputs.remap.ok:
        out.append("Retired technique ids could not be read: rules that name them count for nothing in scope.")
    if not inputs.sources.ok or not inputs.feeds.ok:
        out.append("Silent data sources are not known: rules on them may be counted that see nothing.")
    if inputs.staffing is not None and not inputs.staffing.ok:
        out.append("No staffing policy could be read: a case without a handling time takes the bot's assumed minutes.")
    return [Notice(level="warning", text=spans(text)) for text in out]


def compose(wanted: Wanted, found: Found, sheet: Sheet) -> list[Block]:
    """The strip, what needs you, and the sections that were asked for."""
    out: list[Block] = []
    last = "investments.best_ratio" if wanted.roi else "gaps.count" if wanted.gaps else "rules.live"
    if strip := tuple(figure for figure in (*SHARES, last) if figure in sheet):
        out.append(KpiStrip(figures=strip))
    if items := needs(found):
        out += [Heading(text="What needs you"), Bullets(items=tuple(items))]
    if wanted.coverage:
        out += covered.blocks(found)
    if wanted.gaps:
        out += lacking.blocks(found)
    if wanted.roi:
        out += invest.blocks(found)
    return out


def _more(wanted: Wanted) -> Actions:
    said = {"coverage": wanted.coverage, "gap-analysis": wanted.gaps, "investment-roi": wanted.roi}
    again = " ".join([LINE, *(f"--{name}" for name, on in said.items() if on)])
    every = (
        Button(label="Refresh", line=again),
        Button(label="Gap analysis", line=f"{LINE} --gap-analysis"),
        Button(label="Investments", line=f"{LINE} --investment-roi"),
        Button(label="Navigator layer", line=f"export --as layer {LINE} --coverage"),
    )
    return Actions(buttons=every)


COMMAND = Command(
    name=LINE,
    summary="Which detections to build, buy or retire: coverage graded, gaps ranked, investments compared",
    args=DetectionArgs,
    needs=Permission.METRICS,
    run=run,
    example="metrics detection --coverage --gap-analysis --investment-roi",
    budget=40.0,
    notes=(
        "Graded coverage leads; plain counts flatter: one untested rule counts in full.",
        "Rules that name no technique are always shown; retired ATT&CK ids are read as their successors and listed.",
    ),
)
