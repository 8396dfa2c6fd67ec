"""`strategy develop`: what we do in the next four to eight quarters, and in which order."""

from __future__ import annotations

import asyncio

from connectors.models.organisation.strategy import Initiative
from handlers.analysis.certificates import by_currency
from handlers.commands.strategy_develop import figures, sections
from handlers.commands.strategy_develop.verdict import needs, verdict
from handlers.commands.strategy_develop.work import Inputs, Strategy, gather, strategy
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.book import Book, files
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag
from handlers.core.fetch import rows, shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import Actions, Block, Bullets, Button, Document, Heading, KpiStrip, Notice, spans
from messages.prose import quantity

LINE = "strategy develop"
ROAD = ("maturity.score", "maturity.gap.max", "roadmap.items.count", "roadmap.load.share", "roadmap.cost.sum",
        "roadmap.unfunded.sum")  # fmt: skip
TOOLS = ("tools.unsupported.count", "tools.ending.count", "tools.overlap.count", "tools.parallel.cost")


class StrategyArgs(Args):
    soc_roadmap: bool = flag("Initiatives in order, by quarter, and maturity (the default)")
    technology_modernization: bool = flag("Tools: end of support, use, overlap, invest or replace")
    details: bool = flag("Also the quarters as a chart, risks, and every maturity aspect")


async def run(args: StrategyArgs, call: Authorised, soc: Soc) -> Document:
    technology = args.technology_modernization
    planned = args.soc_roadmap or args.details or not technology
    inputs = await gather(soc, technology)
    found = await asyncio.to_thread(strategy, inputs, soc.clock.now().astimezone(soc.zone).date())
    sheet = Sheet(call, soc, Permission.REPORTS)
    figures.add_all(Book(sheet, files(*inputs.all), None, rows(inputs.targets)), inputs, found, technology, planned)
    sources = tuple(got.source for got in inputs.all)
    return Document(
        title="SOC roadmap" if planned else "Technology modernisation",
        verdict=verdict(inputs, found, planned, technology),
        blocks=(
            *shortfall(*inputs.all),
            *_notices(inputs, found),
            *compose(args, inputs, found, sheet),
            cells.quality(sources),
            _more(),
        ),
        figures=await sheet.keep(),
        provenance=sources,
    )


def _notices(inputs: Inputs, found: Strategy) -> list[Notice]:
    """What was left out or assumed."""
    road = found.road
    out = list(road.problems) if road is not None else []
    if road is not None and not road.quarters and not road.circle:
        out.append("No capacity ahead is on file: initiatives are in order, without quarters.")
    if not inputs.policy.ok:
        out.append("No strategy policy could be read: every domain weighs 1 and three initiatives may run at once.")
    if inputs.initiatives.ok and inputs.blind:
        out.append(f"Gaps that no initiative closes are known in part: {cells.names(inputs.blind)} could not be read.")
    if road is not None and road.blocked:
        out.append(f"{cells.counted(len(road.blocked), 'initiative')} without a place in the order: see “Not doing”.")
    strange = [one.tool.tool for one in found.tools or () if one.contract is None]
    if strange and inputs.contracts is not None and inputs.contracts.ok:
        out.append(f"Tools without a contract in vendors.yaml: {cells.names([cells.shorten(t, 60) for t in strange])}.")
    over = [t for t in found.tools or () if t.contract is not None and t.contract.end < found.today]
    if over:
        names = cells.names([f"{cells.shorten(t.tool.tool, 60)} ({t.contract.end})" for t in over if t.contract])
        out.append(f"The contract of a tool has ended, so what it entitles to is old: {names}.")
    out += _apart([road.by_id[one.id] for one in road.inside]) if road is not None else []
    error = road is not None and road.circle
    circle = [Notice(level="error", text=spans(_circle(found)))] if error else []
    return [*circle, *(Notice(level="warning", text=spans(text)) for text in out)]


def _apart(items: list[Initiative]) -> list[str]:
    """Costs in several currencies have no sum."""
    costs = by_currency((one.cost, one.currency) for one in items)
    told = ", ".join(quantity(cost, "money", currency) for currency, cost in costs.items())
    return [f"Costs in several currencies are not added: {told}."] if len(costs) > 1 else []


def _circle(found: Strategy) -> str:
    path = found.road.circle if found.road is not None else ()
    return f"Initiatives wait for one another in a circle: {' → '.join(cells.shorten(name, 40) for name in path)}."


def compose(args: StrategyArgs, inputs: Inputs, found: Strategy, sheet: Sheet) -> list[Block]:
    """The strip, what needs you, and the sections that were asked for."""
    technology = args.technology_modernization
    planned = args.soc_roadmap or args.details or not technology
    wanted = (*ROAD[:5], TOOLS[0]) if planned and technology else ROAD if planned else TOOLS
    out: list[Block] = []
    if strip := tuple(figure for figure in wanted if figure in sheet):
        out.append(KpiStrip(figures=strip))
    if items := needs(inputs, found, planned):
        out += [Heading(text=_heading(len(items))), Bullets(items=tuple(items[:5]))]
    if planned:
        out += sections.roadmap_blocks(inputs, found, args.details)
    if technology:
        out += sections.tool_blocks(inputs, found)
    return out


def _heading(number: int) -> str:
    """Five are shown; more are counted."""
    return "What needs you" + (f" (5 of {number})" if number > 5 else "")


def _more() -> Actions:
    lines = (
        ("Roadmap", f"{LINE} --soc-roadmap"),
        ("Technology", f"{LINE} --technology-modernization"),
        ("Details", f"{LINE} --soc-roadmap --details"),
    )
    return Actions(buttons=tuple(Button(label=label, line=line) for label, line in lines))


COMMAND = Command(
    name=LINE,
    summary="What to do in the next quarters and in which order: roadmap, maturity, tools",
    args=StrategyArgs,
    needs=Permission.REPORTS,
    run=run,
    example="strategy develop --soc-roadmap --technology-modernization",
    notes=(sections.METHOD, sections.CLAIMS, sections.TIME),
)
