"""Renewals with their notice days, use of licences, overlap."""

from __future__ import annotations

from connectors.models.organisation.money import LicenceUsage
from handlers.analysis import licences
from handlers.commands.budget_plan.sections import amount, signed
from handlers.commands.budget_plan.work import Inputs, Plan
from handlers.core import cells
from messages.document import Block, Bullets, Context, Heading, Table, Text, spans
from messages.prose import quantity


def blocks(inputs: Inputs, plan: Plan) -> list[Block]:
    """The section of --tools-license."""
    if plan.renewals is None:
        return []
    out: list[Block] = [Heading(text="Tools and licences"), renewals(plan)]
    if plan.uses:
        out.append(_uses(inputs, plan))
    if told := _overlap(plan):
        out.append(Bullets(items=tuple(told)))
    text = (
        f"Waste: above {licences.HEADROOM:g} × the peak (95th percentile). Months to the limit: Theil–Sen trend of at "
        "least eight complete months with p < .05; no such trend, no forecast. What was paid is sunk: judge what is "
        "still to pay."
    )
    return [*out, Context(text=spans(text))]


def renewals(plan: Plan) -> Table:
    """Contracts that ran out or end within 180 days."""
    near = [r for r in plan.renewals or () if r.state == "expired" or r.within is not None]
    rows = (
        cells.row(
            cells.shorten(r.contract.product, 50),
            f"{r.contract.end}",
            "ran out" if r.state == "expired" else f"{r.within} d",
            f"{r.notice}",
            said(r),
            f"{amount(r.contract.price)} {r.contract.currency}",
            cells.shorten(r.contract.owner, 30),
        )
        for r in near
    )
    labels = ("Product", "Ends", "Within", "Notice by", "What it means", ">Price a year", "Owner")
    caption = f"Renewals within {licences.HORIZONS[-1]} days, {len(near)} of {len(plan.renewals or ())} contracts"
    return cells.table(caption, labels, rows)


def said(one: licences.Renewal) -> str:
    """What a contract's dates mean, in words."""
    if one.state == "expired":
        return f"ran out {-one.days} days ago: used without a contract, or to be removed"
    if one.contract.auto_renew and one.notice_days < 0:
        return f"renews itself: notice passed {-one.notice_days} days ago"
    if one.contract.auto_renew:
        return f"renews itself unless ended within {one.notice_days} days"
    return "ends unless renewed"


def _uses(inputs: Inputs, plan: Plan) -> Table:
    rows = []
    for one in sorted(plan.uses, key=lambda u: -u.share):
        unit = f"{one.unit_price:,.2f}"
        if one.unit_before:
            unit += f" ({signed(one.unit_price / one.unit_before - 1)})"
        rows.append(
            cells.row(
                cells.shorten(one.contract.product, 40), cells.shorten(one.contract.metric, 30),
                f"{quantity(one.share, 'share')}{' !' if one.at_risk else ''}", unit, amount(one.waste),
                amount(one.true_up), _ahead(inputs, plan, one), one.contract.currency,
            )
        )  # fmt: skip
    labels = ("Product", "Unit", ">Used at peak", ">Price of one", ">Unused", ">True-up", "Limit ahead", "In")
    return cells.table("Use of licences, money a year", labels, rows)


def _ahead(inputs: Inputs, plan: Plan, one: licences.Use) -> str:
    told = licences.forecast(one.contract, inputs.rows(LicenceUsage), plan.times.today)
    if told is None:
        return "no months on file"
    if told.slope is None:
        return f"{told.n} months, too few"
    if not told.real:
        return "no evidence of a trend"
    if told.to_full is None:
        return f"{told.slope:+.2g} a month, not near"
    return f"{told.slope:+.2g} a month, full in {told.to_full}" if told.to_full else "full now"


def _overlap(plan: Plan) -> list[Text]:
    alive = [r.contract for r in plan.renewals or () if r.state != "expired"]
    out = []
    for capability, products in licences.overlap(alive).items():
        out.append(spans(f"In {len(products)} products: {cells.shorten(capability, 40)} ({cells.names(products)})."))
    for contract, why in licences.candidates(alive):
        price = f"{amount(contract.price)} {contract.currency}"
        out.append(spans(f"To look at: {cells.shorten(contract.product, 50)} at {price} a year; {why}."))
    return out
