"""`crisis evidence`, `crisis cost`: what is kept, in whose hands it is, what the crisis costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option, word
from handlers.core.errors import BadFlag
from handlers.core.soc import Soc
from handlers.crisis.base import Stamp
from handlers.crisis.custody import (
    Cost,
    CostNoted,
    Evidence,
    EvidenceKept,
    EvidenceMoved,
    Hand,
    found_evidence,
    totals,
)
from handlers.crisis.here import here
from handlers.crisis.state import Crisis
from handlers.crisis.telling import button, recorded
from messages.document import Document

CRISIS = "Which crisis; left out: this room's"
PAGE = 25


class KeepArgs(Args):
    text: Annotated[str, Field(min_length=3, max_length=300)] = word("What is kept", phrase=True)
    holder: Annotated[str, Field(max_length=100)] = option("", "Who has it; left out: you", phrase=True)
    place: Annotated[str, Field(max_length=200)] = option("", "Where it is kept", example="safe 2", phrase=True)
    sha256: Annotated[str, Field(pattern=r"^([0-9a-fA-F]{64})?$")] = option("", "SHA-256 of the copy")
    crisis: str = option("", CRISIS)


async def keep(args: KeepArgs, call: Authorised, soc: Soc) -> Document:
    """Also after the crisis: custody goes on."""

    def decide(crisis: Crisis, stamp: Stamp) -> EvidenceKept:
        hand = Hand(holder=args.holder or stamp.by.name, place=args.place, at=stamp.at, by=stamp.by)
        number = f"E{len(crisis.evidence) + 1}"
        made = Evidence(id=number, text=args.text, digest=args.sha256.lower(), hands=(hand,))
        return EvidenceKept(stamp=stamp, evidence=made)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    return recorded(made, buttons=(button(made.crisis, "Evidence", "crisis custody"),))


class MoveArgs(Args):
    evidence: Annotated[str, Field(max_length=20)] = word("Which one, e.g. E1")
    to: Annotated[str, Field(min_length=1, max_length=100)] = option(..., "Who has it now", phrase=True)
    place: Annotated[str, Field(max_length=200)] = option("", "Where it is kept now", phrase=True)
    reason: Annotated[str, Field(max_length=300)] = option("", "Why", phrase=True)
    crisis: str = option("", CRISIS)


async def move(args: MoveArgs, call: Authorised, soc: Soc) -> Document:
    """The next link of the chain; the giver is whoever had it."""

    def decide(crisis: Crisis, stamp: Stamp) -> EvidenceMoved:
        old = found_evidence(crisis, args.evidence)
        hand = Hand(giver=old.hands[-1].holder, holder=args.to, place=args.place, at=stamp.at, by=stamp.by)
        return EvidenceMoved(stamp=stamp, evidence=old.id, hand=hand, reason=args.reason)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    return recorded(made, buttons=(button(made.crisis, "Evidence", "crisis custody"),))


class ListArgs(Args):
    page: Annotated[int, Field(ge=1, le=10_000)] = option(1, "Which page", example="2")
    crisis: str = option("", CRISIS)


async def custody(args: ListArgs, call: Authorised, soc: Soc) -> Document:
    """A row a link, so that each chain reads from its first holder to its last."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    rows = [
        cells.row(
            one.id, one.text, cells.moment(hand.at), hand.giver, hand.holder, hand.place, one.digest, hand.by.name
        )
        for one in crisis.evidence
        for hand in one.hands
    ]
    shown, pages = cells.page_of(rows, args.page, PAGE)
    labels = ("#", "What", "Since", "From", "Held by", "Where", "SHA-256", "Recorded by")
    caption = f"{cells.counted(len(crisis.evidence), 'item')}, page {args.page} of {pages}"
    table = cells.table(caption, labels, shown, len(rows))
    return Document(title=f"{crisis.name}: evidence", blocks=(table,), tlp=crisis.tlp)


def _upper(said: object) -> object:
    return said.upper() if isinstance(said, str) else said


class CostArgs(Args):
    amount: Annotated[Decimal, Field(max_digits=14, decimal_places=2)] = word("How much, e.g. 12500")
    currency: Annotated[str, BeforeValidator(_upper), Field(pattern=r"^[A-Z]{3}$")] = word("Which currency, e.g. EUR")
    text: Annotated[str, Field(min_length=3, max_length=300)] = word("What for", phrase=True)
    crisis: str = option("", CRISIS)


async def cost(args: CostArgs, call: Authorised, soc: Soc) -> Document:
    """A mistake is taken back by the same amount below zero."""
    if args.amount == 0:
        raise BadFlag("<amount>", "A cost of nothing is none.")

    def decide(crisis: Crisis, stamp: Stamp) -> CostNoted:
        number = f"C{len(crisis.costs) + 1}"
        new = Cost(id=number, amount=args.amount, currency=args.currency, text=args.text, at=stamp.at, by=stamp.by)
        return CostNoted(stamp=stamp, cost=new)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    return recorded(made, buttons=(button(made.crisis, "Costs", "crisis costs"),))


async def costs(args: ListArgs, call: Authorised, soc: Soc) -> Document:
    """Each with what it was for, and a sum a currency; nothing is converted."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    rows = [
        cells.row(one.id, cells.moment(one.at), f"{one.amount:,}", one.currency, one.text, one.by.name)
        for one in crisis.costs
    ]
    shown, pages = cells.page_of(rows, args.page, PAGE)
    sums = ", ".join(f"{amount:,} {currency}" for currency, amount in totals(crisis.costs).items())
    caption = f"In all {sums or 'nothing recorded'}; page {args.page} of {pages}"
    table = cells.table(caption, ("#", "When", ">Amount", "Currency", "What for", "By"), shown, len(rows))
    return Document(title=f"{crisis.name}: costs", blocks=(table,), tlp=crisis.tlp)


COMMANDS = (
    Command(
        name="crisis evidence",
        summary="Evidence that is kept, and in whose hands it is",
        args=KeepArgs,
        needs=Permission.PART,
        run=keep,
        example='crisis evidence Disk image of the first file server --place "safe 2"',
        writes=True,
    ),
    Command(
        name="crisis evidence move",
        summary="Evidence changes hands",
        args=MoveArgs,
        needs=Permission.PART,
        run=move,
        example='crisis evidence move E1 --to "the forensics provider"',
        writes=True,
    ),
    Command(
        name="crisis custody",
        summary="The chain of custody of all evidence",
        args=ListArgs,
        needs=Permission.PART,
        run=custody,
        example="crisis custody",
    ),
    Command(
        name="crisis cost",
        summary="Money spent or promised because of the crisis",
        args=CostArgs,
        needs=Permission.PART,
        run=cost,
        example="crisis cost 12500 EUR forensics provider, first week",
        writes=True,
    ),
    Command(
        name="crisis costs",
        summary="What the crisis has cost so far",
        args=ListArgs,
        needs=Permission.PART,
        run=costs,
        example="crisis costs",
    ),
)
