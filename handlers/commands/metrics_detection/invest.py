"""`--investment-roi`: investments by first year's benefit against first year's cost, each with its arithmetic."""

from __future__ import annotations

from handlers.analysis.returns import Worth
from handlers.commands.metrics_detection.work import NOISE_DAYS, Found
from handlers.core import cells
from messages.document import Block, Bullets, Context, Heading, Paragraph, Table, spans
from messages.prose import quantity

ROWS = 10


def blocks(found: Found) -> list[Block]:
    """Ranked ones, then those that could not be computed, then how."""
    out: list[Block] = [Heading(text="Investments")]
    if found.worths is None:
        return [
            *out,
            Paragraph(text=spans("The investments could not be read: detection_investments.yaml lists them.")),
        ]
    if not found.worths:
        return [*out, Paragraph(text=spans("detection_investments.yaml lists nothing."))]
    ranked = [one for one in found.worths if one.ratio is not None]
    rest = [one for one in found.worths if one.ratio is None]
    if ranked:
        out.append(_table(ranked, found.policy.currency))
    notes = [f"{one.plan.id} {cells.shorten(one.plan.title, 60)}: {note}." for one in ranked for note in one.notes]
    lacking = [_lacking(one) for one in rest]
    if notes or lacking:
        out.append(Bullets(items=tuple(spans(text) for text in (*lacking, *notes))))
    return [*out, Context(text=spans(_method(found)))]


def _table(ranked: list[Worth], currency: str) -> Table:
    rows = (
        cells.row(
            f"{one.plan.id} {cells.shorten(one.plan.title, 60)}",
            cells.shorten(one.plan.owner, 30),
            None if one.delta is None else f"+{one.delta * 100:.2f} points",
            quantity(one.benefit, "money", currency),
            quantity(one.cost, "money", currency),
            f"{one.ratio:.1f}" if one.ratio is not None else None,
            "never" if one.payback_months is None else f"{one.payback_months:.1f} months",
            cells.shorten(one.plan.scenario, 40) or ("hours saved" if one.plan.kind == "tuning" else None),
        )
        for one in ranked[:ROWS]
    )
    labels = (
        "Investment", "Owner", ">Graded", ">Benefit a year", ">Cost, first year", ">Ratio", ">Pays back in", "Scenario",
    )  # fmt: skip
    return cells.table("Investments by benefit per cost", labels, rows, len(ranked))


def _lacking(one: Worth) -> str:
    rise = "" if one.delta is None else f" It would add {one.delta * 100:.2f} points of graded coverage."
    notes = "".join(f" {note[:1].upper()}{note[1:]}." for note in one.notes)
    title = cells.shorten(one.plan.title, 60)
    return f"{one.plan.id} {title} is not ranked: {one.why or 'no cost is given'}.{rise}{notes}"


def _method(found: Found) -> str:
    rate = found.policy.hourly_cost
    hour = f"{rate:g} {found.policy.currency} an hour" if rate is not None else "no hourly cost given (attack.yaml)"
    return (
        "Benefit: rise of graded coverage × annual loss expectancy of the scenario as the organisation states it, or "
        f"for tuning false positives of the last {NOISE_DAYS} days × minutes × share removed × 12. Cost: hours at "
        f"{hour} + price + a year's running cost. Benefits of one scenario overlap: do not add them up. A rise of "
        "coverage is not a measured fall of loss: the ratio orders investments, it does not promise money."
    )
