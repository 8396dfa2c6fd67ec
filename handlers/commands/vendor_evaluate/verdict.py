"""Who leads, what is late and what is to be settled, by a written rule."""

from __future__ import annotations

from connectors.models.organisation.money import Contract, Selection, SelectionStage, VendorOutage, VendorTicket
from handlers.commands.vendor_evaluate.work import DUE, Inputs, Race, Review
from handlers.core import cells
from handlers.core.sheet import Sheet
from messages.document import Span, Status, Text, Value, Verdict, spans

RULE = (
    "red: a contract ran out, or a selection cannot award before the notice day of a contract that renews itself "
    "(the stage it is in counted in full); unknown: contracts, selections, stages, tickets or outages could not be "
    "read, or what they name is missing; amber: a notice day passed or within 30 days on a contract that renews "
    "itself, something to settle on a critical function, a selection not to be ranked yet; otherwise green"
)


def verdict(inputs: Inputs, found: Review, sheet: Sheet) -> Verdict:
    """RULE as code."""
    return Verdict(text=_text(inputs, found, sheet), status=_status(inputs, found), rule=RULE)


def too_late(race: Race) -> bool:
    """Award after the notice day of a contract that renews itself."""
    return bool(race.late) and race.renewal is not None and race.renewal.contract.auto_renew


def standing(race: Race) -> str:
    """Who leads, or why nobody is ranked."""
    told = race.outcome
    name = cells.shorten(race.chosen.title, 60)
    if told.ranking is None:
        return f"{name}: no ranking, because {'; '.join(told.why)}."
    first, second = told.ranking.sums[0], told.ranking.sums[1]
    return f"{name}: {cells.shorten(first[0], 40)} leads with {first[1]:.2f} before {second[0]} with {second[1]:.2f}."


def _text(inputs: Inputs, found: Review, sheet: Sheet) -> Text:
    if not inputs.ok(Contract) and not inputs.ok(Selection):
        return spans("No vendor verdict: neither contracts nor selections could be read.")
    parts: list[str | Span] = [" ".join(standing(race) for race in found.races[:2])]
    late = [race for race in found.races if too_late(race)]
    for race in late[:1]:
        if race.renewal is not None:
            parts.append(
                f" The award comes {race.late} days after the notice day {race.renewal.notice}: give notice as a "
                "precaution, or agree a short extension."
            )
    if not found.races:
        parts = ["No selection is running." if inputs.ok(Selection) else "Selections could not be read."]
    if "contract.notice.passed" in sheet and not late:
        parts += [" Notice days passed or within 30 days: ", Value(figure="contract.notice.passed"), "."]
    return spans(*parts)


def _status(inputs: Inputs, found: Review) -> Status:
    if any(v.renewal.state == "expired" for v in found.vendors) or any(too_late(race) for race in found.races):
        return "red"
    needed = (Contract, Selection, SelectionStage, VendorTicket, VendorOutage)
    if not all(inputs.ok(record) for record in needed) or found.problems:
        return "unknown"
    if any(race.late is None for race in found.races):
        return "unknown"
    due = any(v.renewal.state in DUE for v in found.vendors)
    doubts = any(v.doubts and v.contract.critical_function for v in found.vendors)
    if due or doubts or any(race.outcome.ranking is None for race in found.races):
        return "amber"
    return "green"
