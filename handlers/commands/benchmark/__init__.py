"""`benchmark`: where we are out of line with what others publish, and what may not be compared."""

from __future__ import annotations

import asyncio
from typing import Annotated

from pydantic import Field

from handlers.commands.benchmark import sections
from handlers.commands.benchmark.work import Found, Inputs, compare, gather, measure
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.book import Book
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag, option
from handlers.core.fetch import shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import Actions, Block, Bullets, Button, Document, Heading, KpiStrip, Notice, spans

LINE = "benchmark --industry-comparison"
STRIP = ("dwell.median", "mttr.median", "benchmark.worse.count", "benchmark.inconclusive.count",
         "benchmark.better.count", "benchmark.not_comparable.count")  # fmt: skip
Name = Annotated[str, Field(max_length=60)]


class BenchmarkArgs(Args):
    industry_comparison: bool = flag("Our measures beside published ones and peers (the default)")
    context: bool = flag("Also every published number on file, all editions")
    sector: Name = option("", "Only numbers of this sector and of all sectors", example="financial")
    region: Name = option("", "Only numbers of this region and global ones", example="EU")
    size: Name = option("", "Only peers of this size", ("small", "medium", "large"))


async def run(args: BenchmarkArgs, call: Authorised, soc: Soc) -> Document:
    now = soc.clock.now()
    inputs = await gather(soc)
    ours = await asyncio.to_thread(measure, inputs, now)
    wanted = (args.sector, args.region, args.size)
    found = await asyncio.to_thread(compare, inputs, ours, now.astimezone(soc.zone).date(), wanted)
    sheet = Sheet(call, soc, Permission.METRICS)
    sections.add_all(Book(sheet, (inputs.ledger.source,), inputs.window, ()), inputs, found)
    sources = tuple(got.source for got in inputs.all)
    return Document(
        title="Industry comparison",
        verdict=sections.verdict(inputs, found),
        blocks=(
            *shortfall(*inputs.all),
            *(Notice(level="warning", text=spans(text)) for text in (*found.unmatched, *_history(inputs))),
            *compose(args, found, sheet),
            cells.quality(sources, "Ours: the last 12 complete months."),
            _more(),
        ),
        figures=await sheet.keep(),
        provenance=sources,
    )


def _history(inputs: Inputs) -> list[str]:
    """A ledger that does not reach back far enough is said."""
    view = inputs.ledger.value
    since = view.facts.complete_from if view is not None else None
    late = since is not None and since > inputs.window.start
    return [f"The case ledger is complete from {since:%Y-%m-%d} only: our measures rest on less than 12 months."
            ] if late else []  # fmt: skip


def compose(args: BenchmarkArgs, found: Found, sheet: Sheet) -> list[Block]:
    """The strip, what needs you, and the tables."""
    out: list[Block] = []
    if strip := tuple(one for one in STRIP if one in sheet):
        out.append(KpiStrip(figures=strip))
    if items := sections.needs(found):
        more = f" (5 of {len(items)})" if len(items) > 5 else ""
        out += [Heading(text=f"What needs you{more}"), Bullets(items=tuple(spans(item) for item in items[:5]))]
    return [*out, *sections.blocks(found, args.context)]


def _more() -> Actions:
    lines = (
        ("Refresh", LINE),
        ("All editions", f"{LINE} --context"),
        ("Our times", "metrics soc --performance"),
    )
    return Actions(buttons=tuple(Button(label=label, line=line) for label, line in lines))


COMMAND = Command(
    name="benchmark",
    summary="Where we are out of line with what others publish, and what may not be compared",
    args=BenchmarkArgs,
    needs=Permission.METRICS,
    run=run,
    example=LINE,
    notes=(sections.METHOD,),
)
