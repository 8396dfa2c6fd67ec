"""`crisis decide`, `decisions`, `reverse`: what was decided, from which options, why, on which facts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.commands.crisis.marks import TlpMark, tlp_option
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option, word
from handlers.core.soc import Soc
from handlers.crisis.base import Refused, Stamp
from handlers.crisis.here import here
from handlers.crisis.knowing import known_then
from handlers.crisis.need_to_know import strictest, with_mark
from handlers.crisis.people import meant
from handlers.crisis.phases import must_run
from handlers.crisis.state import Crisis
from handlers.crisis.telling import button, recorded
from handlers.crisis.work import Decided, Decision, DecisionReversed, found
from messages.document import Document

CRISIS = "Which crisis; left out: this room's"
PAGE = 20


class DecideArgs(Args):
    text: Annotated[str, Field(min_length=3, max_length=500)] = word("What is decided", phrase=True)
    options: Annotated[str, Field(max_length=600)] = option(
        "", "What else could be done, parted by ;", example="a; b", phrase=True
    )
    because: Annotated[str, Field(max_length=500)] = option("", "Why this one", phrase=True)
    approver: Annotated[str, Field(max_length=100)] = option("", "Who approved it: a mention, or me")
    tlp: TlpMark = tlp_option()
    crisis: str = option("", CRISIS)


async def decide_(args: DecideArgs, call: Authorised, soc: Soc) -> Document:
    """Recorded with the facts that are known now, so that it can be judged by them later."""
    approver = meant(args.approver, call, soc.access).name if args.approver else ""
    options = tuple(part.strip() for part in args.options.split(";") if part.strip())

    def decide(crisis: Crisis, stamp: Stamp) -> Decided:
        must_run(crisis)
        made = Decision(
            id=f"D{len(crisis.decisions) + 1}",
            text=args.text,
            options=options,
            rationale=args.because,
            approver=approver,
            seen=stamp.n - 1,
            at=stamp.at,
            by=stamp.by,
            tlp=args.tlp,
        )
        return Decided(stamp=stamp, decision=made)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    return recorded(made, buttons=(button(made.crisis, "Decisions", "crisis decisions"),))


class ReverseArgs(Args):
    decision: Annotated[str, Field(max_length=20)] = word("Which one, e.g. D2")
    reason: Annotated[str, Field(min_length=3, max_length=500)] = word("Why", phrase=True)
    crisis: str = option("", CRISIS)


async def reverse(args: ReverseArgs, call: Authorised, soc: Soc) -> Document:
    """It no longer holds; that it was taken stays on record."""

    def decide(crisis: Crisis, stamp: Stamp) -> DecisionReversed:
        must_run(crisis)
        old = found(crisis.decisions, args.decision, "decision")
        if old.reversed:
            raise Refused(f"{old.id} was reversed already: {old.reversed}")
        return DecisionReversed(stamp=stamp, decision=old.id, reason=args.reason)

    return recorded(await soc.crises.change(await here(call, soc, args.crisis), call, decide))


class DecisionsArgs(Args):
    page: Annotated[int, Field(ge=1, le=10_000)] = option(1, "Which page", example="2")
    crisis: str = option("", CRISIS)


async def decisions(args: DecisionsArgs, call: Authorised, soc: Soc) -> Document:
    """The newest first."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    chosen, pages = cells.page_of(crisis.decisions[::-1], args.page, PAGE)
    rows = [
        cells.row(
            one.id,
            cells.moment(one.at),
            with_mark(one) + (f" — reversed: {one.reversed}" if one.reversed else ""),
            "; ".join(one.options),
            one.rationale,
            one.approver,
            cells.names(known_then(crisis, one), 8),
            one.by.name,
        )
        for one in chosen
    ]
    labels = ("#", "When", "Decision", "Options", "Because", "Approver", "Facts known", "By")
    table = cells.table(f"Newest first, page {args.page} of {pages}", labels, rows, len(crisis.decisions))
    return Document(title=f"{crisis.name}: decisions", blocks=(table,), tlp=strictest(crisis, crisis.decisions))


COMMANDS = (
    Command(
        name="crisis decide",
        summary="Record a decision: options, why, who approved, facts known",
        args=DecideArgs,
        needs=Permission.PART,
        run=decide_,
        example='crisis decide Cut the VPN --options "cut all; cut one group" --because "the way in is not known"',
        writes=True,
        aliases=("crisis decision",),
    ),
    Command(
        name="crisis reverse",
        summary="A decision no longer holds",
        args=ReverseArgs,
        needs=Permission.PART,
        run=reverse,
        example="crisis reverse D1 the way in is closed",
        writes=True,
    ),
    Command(
        name="crisis decisions",
        summary="What was decided, and on which facts",
        args=DecisionsArgs,
        needs=Permission.PART,
        run=decisions,
        example="crisis decisions",
        aliases=("crisis board decisions",),
    ),
)
