"""Vendors side by side, and each selection's ranking with what would change it."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.models.organisation.money import Candidate, VendorOutage, VendorTicket
from handlers.analysis import licences
from handlers.analysis.selection import APART
from handlers.commands.vendor_evaluate.work import DUE, SERVICE_DAYS, Inputs, Race, Review, Vendor
from handlers.core import cells
from messages.document import Block, Bullets, Context, Heading, Text, spans
from messages.prose import quantity

UNKNOWN = "not known"


def number(value: float) -> str:
    """Few digits, thousands grouped."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}".rstrip("0").rstrip(".")


def vendors(inputs: Inputs, found: Review) -> list[Block]:
    """Renewal calendar, service and third-party risk in one table."""
    if not found.vendors:
        return []
    labels = ("Product", "Ends", "Notice by", "Negotiate from", ">Tickets in time", ">Working", "To settle")
    text = (
        "Notice by: end − notice days; negotiate from: 90 days before. Tickets: first answers within the promise, last "
        f"{SERVICE_DAYS} days. Working: share of that time without an outage on file, where one is promised."
    )
    table = cells.table("Vendors by end of contract", labels, [_vendor(v, inputs) for v in found.vendors])
    told = [spans(position(v)) for v in found.vendors if _open(v, found)]
    return [table, *([Bullets(items=tuple(told))] if told else []), Context(text=spans(text))]


def _open(one: Vendor, found: Review) -> bool:
    """Between the start of negotiation and the end, unless it renews itself and notice has passed."""
    bound = one.contract.auto_renew and one.renewal.notice_days < 0
    return one.renewal.negotiate <= found.today and one.renewal.days >= 0 and not bound


def position(one: Vendor) -> str:
    """What there is to negotiate with: price, its change, what is used, the cap on a rise, service."""
    contract, used = one.contract, licences.use(one.contract)
    said = [f"{number(contract.price)} {contract.currency} a year"]
    if used is not None:
        if used.unit_before:
            change = used.unit_price / used.unit_before - 1
            said.append(f"price of one {change * 100:+.1f} % on the term before".replace("-", "−"))
        said.append(f"{used.share * 100:.0f} % of what is entitled used at the peak")
    if contract.rise_cap is not None:
        said.append(f"a rise is capped at {contract.rise_cap * 100:.0f} %")
    served = one.service.answered
    if served.n:
        said.append(f"{served.n - served.successes} of {served.n} tickets answered late")
    return f"To negotiate now, {cells.shorten(contract.product, 50)}: {', '.join(said)}."


def _vendor(one: Vendor, inputs: Inputs) -> tuple[Text, ...]:
    """A dash: nothing to judge; "not known": the file could not be read."""
    share = one.service.answered
    tickets = f"{share.successes} of {share.n}" if share.n else None if inputs.ok(VendorTicket) else UNKNOWN
    up = None if inputs.ok(VendorOutage) or one.contract.availability is None else UNKNOWN
    if one.service.up is not None:
        promised = one.contract.availability or 0
        up = f"{one.service.up * 100:.2f} %" + (" !" if one.service.up < promised else "")
    mark = {"expired": " (ran out)", **dict.fromkeys(DUE, " !")}.get(one.renewal.state, "")
    return cells.row(
        cells.shorten(one.contract.product, 50), f"{one.contract.end}", f"{one.renewal.notice}{mark}",
        f"{one.renewal.negotiate}", tickets, up, cells.names([cells.shorten(d, 80) for d in one.doubts], 2),
    )  # fmt: skip


def race(inputs: Inputs, one: Race) -> list[Block]:
    """A selection: the table, and what to know before believing it."""
    out: list[Block] = [Heading(text=cells.shorten(one.chosen.title, 100))]
    told = one.outcome
    if told.field is not None and told.ranking is not None:
        close = dict(told.ranking.closeness)
        weights = dict(zip(told.field.criteria, told.field.weights, strict=True))
        values = dict(zip(told.field.names, told.field.values, strict=True))
        rows = [
            cells.row(cells.shorten(name, 40), *(number(v) for v in values[name]), f"{total:.3f}", f"{close[name]:.3f}")
            for name, total in told.ranking.sums
        ]
        heads = (f">{cells.shorten(c, 30)} ({quantity(weights[c], 'share')})" for c in told.field.criteria)
        labels = ("Candidate", *heads, ">Weighted sum", ">TOPSIS")
        out.append(cells.table(f"Ranking, money in {told_currency(one, inputs)}", labels, rows))
    notes = caveats(one)
    return [*out, *([Bullets(items=tuple(spans(note) for note in notes))] if notes else [])]


def told_currency(one: Race, inputs: Inputs) -> str:
    """The currency costs were converted to, and that only where they were."""
    foreign = {c.currency for c in inputs.of(Candidate, one.chosen)}
    used = [f"1 {r.currency} = {r.rate:g} of {r.as_of}" for r in one.rates.used(foreign)]
    return one.rates.to + (f" ({', '.join(used)})" if used else "")


def caveats(one: Race) -> list[str]:
    """Why the ranking may be wrong: each a sentence, gravest first."""
    told, out = one.outcome, []
    for name, musts in sorted(told.excluded.items()):
        out.append(f"Left out: {cells.shorten(name, 40)} does not meet {_listed(musts)}.")
    for name, musts in sorted(told.open_musts.items()):
        out.append(f"Not yet shown by {cells.shorten(name, 40)}: {_listed(musts)}.")
    out += [f"Not ranked: {why}." for why in told.why]
    ranking = told.ranking
    if ranking is not None:
        if one.lowest:
            out.append(
                f"{ranking.winner} wins although it is the lowest on {cells.names(one.lowest)}: min–max gives it 0."
            )
        if not ranking.agree:
            order = ", ".join(name for name, _ in ranking.closeness)
            out.append(f"TOPSIS gives another order: {order}.")
        out.append(_swing(one))
        out += [
            f"If {left} left the field, {then} would win: min–max depends on who is compared."
            for left, then in one.reversals
        ]
    weights = told.weights
    if weights is not None:
        ratio = "unknown for so many criteria" if weights.ratio is None else f"{weights.ratio:.4f}"
        poor = " (0.10 or more: compare again)" if weights.consistent is False else ""
        out.append(f"Weights by pairwise comparison, consistency ratio {ratio}{poor}.")
    votes = told.ballot
    if votes.complete and votes.apart:
        pairs = [f"{c} of {n} ({r:g})" for n, c, r in votes.apart]
        out.append(f"Raters more than {APART:g} apart: {cells.names(pairs, 3)}.")
    if votes.late:
        out.append(f"{cells.counted(votes.late, 'score')} given after prices were opened on {one.chosen.price_opened}.")
    if votes.without_evidence:
        out.append(f"{cells.counted(votes.without_evidence, 'score')} without evidence.")
    if votes.strangers:
        out.append(
            f"{cells.counted(votes.strangers, 'score')} not used: rater, candidate or criterion is not the selection's."
        )
    return out


def _listed(musts: Sequence[str]) -> str:
    return cells.names([cells.shorten(must, 60) for must in musts])


def _swing(one: Race) -> str:
    if not one.swings:
        return "No change of a single weight makes another candidate win."
    swing = one.swings[0]
    return (
        f"Closest change of the winner: {swing.criterion} from {quantity(swing.weight, 'share')} to "
        f"{quantity(round(swing.needed, 3), 'share')} makes {swing.winner} win (other weights in proportion)."
    )
