"""`budget plan`: what to cut, keep and ask for."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from connectors.models.organisation import FILES
from connectors.models.organisation.money import (
    BudgetLine,
    BudgetScenario,
    Contract,
    FinancePolicy,
    FxRate,
    Headcount,
    RiskScenario,
)
from handlers.commands.budget_plan import figures, sections, tools, training
from handlers.commands.budget_plan.verdict import under_trained, verdict
from handlers.commands.budget_plan.work import ALWAYS, OPERATIONS, TOOLS, TRAINING, Inputs, Plan, gather, plan, times
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
    Value,
    spans,
)

LINE = "budget plan"
LOOK_BACK = timedelta(days=400)
STRIP = (
    "budget.eac.orders", "budget.eac.run_rate", "budget.variance", "budget.training.variance",
    "licence.waste", "contract.notice.passed",
)  # fmt: skip


class BudgetArgs(Args):
    soc_operations: bool = flag("Cost of one, places, scenarios, risk in money")
    tools_license: bool = flag("Renewals and notice days, use of licences, overlap")
    training: bool = flag("Spend a head and a gap, renewals, cost of the open gaps")


async def run(args: BudgetArgs, call: Authorised, soc: Soc) -> Document:
    now = soc.clock.now()
    inputs = await gather(soc, _groups(args), now - LOOK_BACK if args.soc_operations else None)
    when = times(now, soc.zone.key, inputs.finance.year_starts)
    found = await asyncio.to_thread(plan, inputs, when)
    sheet = Sheet(call, soc, Permission.MONEY)
    _figures(args, sheet, inputs, found)
    blocks = await asyncio.to_thread(compose, args, inputs, found, sheet)
    sources = tuple(got.source for got in inputs.all)
    return Document(
        title=f"SOC budget {when.year}",
        verdict=verdict(inputs, found, sheet),
        blocks=(*_notices(inputs, found), *blocks, cells.quality(sources), _more()),
        figures=await sheet.keep(),
        provenance=sources,
        tlp="amber+strict",
    )


def _groups(args: BudgetArgs) -> list[tuple[str, type]]:
    out = list(ALWAYS)
    out += OPERATIONS if args.soc_operations else ()
    out += TOOLS if args.tools_license else ()
    out += TRAINING if args.training else ()
    return out


def _figures(args: BudgetArgs, sheet: Sheet, inputs: Inputs, found: Plan) -> None:
    def book(*records: type, ledger: bool = False) -> Book:
        used = [inputs.files[r].source for r in records if inputs.ok(r)]
        used += [inputs.ledger.source] if ledger and inputs.ledger is not None and inputs.ledger.ok else []
        return Book(sheet, used, None, ())

    money = (BudgetLine, FxRate)
    figures.add_budget(book(*money).over(found.times.window), found)
    figures.add_licences(book(Contract, FxRate), found)
    if args.soc_operations:
        figures.add_units(book(*money, FinancePolicy), book(*money, ledger=True), found)
    if args.training:
        training.add_all(sheet, inputs, found)


def _notices(inputs: Inputs, found: Plan) -> list[Notice]:
    out = list(shortfall(*inputs.all))
    if not inputs.ok(FinancePolicy):
        assumed = f"a fiscal year by the calendar, {found.finance.currency}, the bot's own tolerances"
        out.append(Notice(level="warning", text=spans(f"No finance policy could be read, so assumed: {assumed}.")))
    return [*out, *(Notice(level="warning", text=spans(text)) for text in found.problems)]


def compose(args: BudgetArgs, inputs: Inputs, found: Plan, sheet: Sheet) -> list[Block]:
    """The strip, what needs you, the lines, and the sections that were asked for."""
    held = {figure.id for figure in sheet.figures}
    out: list[Block] = []
    if strip := tuple(figure for figure in STRIP if figure in held):
        out.append(KpiStrip(figures=strip))
    if needs := _needs(inputs, found):
        out += [Heading(text="What needs you"), Bullets(items=tuple(needs[:5]))]
    out += sections.lines(found) or _absent(inputs, "Budget", BudgetLine)
    if args.soc_operations:
        out += sections.units(found, held) or _absent(inputs, "Cost of one", BudgetLine)
        out += sections.scenarios(inputs, found) or _absent(inputs, "Scenarios", BudgetScenario, BudgetLine)
        out += sections.places(inputs, found) or _absent(inputs, "Places", Headcount)
        out += sections.losses(inputs, found) or _absent(inputs, "Risk in money", RiskScenario)
    if args.tools_license:
        out += tools.blocks(inputs, found) or _absent(inputs, "Tools and licences", Contract)
    if args.training:
        out += training.blocks(inputs, found, held) or _absent(inputs, "Training", *(one for _, one in TRAINING))
    return out


def _absent(inputs: Inputs, what: str, *records: type[Any]) -> list[Block]:
    """A section that was asked for and cannot be: which files it lacks; nothing when the files are there and empty."""
    gone = [FILES[one] for one in records if not inputs.ok(one)]
    told = f"{what}: not known, {cells.names(gone)} could not be read."
    return [Paragraph(text=spans(told))] if gone else []


def _needs(inputs: Inputs, found: Plan) -> list[Text]:
    """Gravest first, each with who sees to it."""
    out = [
        spans(
            f"{cells.shorten(r.contract.product, 50)}: {tools.said(r)} (owner: {cells.shorten(r.contract.owner, 30)})."
        )
        for r in (*found.expired, *found.due)
    ]
    if under_trained(found):
        out.append(
            spans("Training stands at ", Value(figure="budget.training.variance"),
                  " of its plan to date: book it or say why not (owner: SOC manager).")
        )  # fmt: skip
    for use in found.uses:
        if use.at_risk:
            text = f"{cells.shorten(use.contract.product, 50)}: {use.share * 100:.0f} % of {use.contract.entitled:g} "
            text += f"{cells.shorten(use.contract.metric, 30)} used at the peak"
            out.append(spans(f"{text} (owner: {cells.shorten(use.contract.owner, 30)})."))
    for one in found.budget.lines if found.budget else ():
        if one.over is not None and one.over > found.finance.red_over:
            text = (
                f"{cells.shorten(one.name, 40)} ends {sections.signed(one.over)} over its plan by the larger estimate"
            )
            out.append(spans(f"{text} (owner: SOC manager)."))
    return out


def _more() -> Actions:
    flags = (("Operations", "--soc-operations"), ("Tools and licences", "--tools-license"), ("Training", "--training"))
    buttons = [Button(label=label, line=f"{LINE} {said}") for label, said in flags]
    return Actions(buttons=(*buttons, Button(label="Vendors", line="vendor evaluate")))


COMMAND = Command(
    name=LINE,
    summary="What to cut, keep and ask for: where the year ends, licences, training",
    args=BudgetArgs,
    needs=Permission.MONEY,
    run=run,
    example="budget plan --soc-operations --tools-license --training",
    budget=40.0,
    notes=("Estimates: " + figures.RUN_RATE + ". By orders: " + figures.BY_ORDERS + ".",),
)
