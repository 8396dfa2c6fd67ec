"""`crisis fact`, `assume`, `unknown`, `settle`, `withdraw`, `facts`: what is known, believed and not known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from pydantic import Field

from handlers.commands.crisis.marks import TlpMark, tlp_option
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag, option, word
from handlers.core.soc import Soc
from handlers.crisis.base import Refused, Stamp
from handlers.crisis.here import here
from handlers.crisis.knowing import known_then
from handlers.crisis.need_to_know import strictest, with_mark
from handlers.crisis.phases import must_run
from handlers.crisis.state import Crisis
from handlers.crisis.telling import button, recorded
from handlers.crisis.work import Kind, Restated, Stated, Statement, found
from messages.document import Block, Document, Notice, spans

CRISIS = "Which crisis; left out: this room's"
PAGE = 25


class StateArgs(Args):
    text: Annotated[str, Field(min_length=3, max_length=500)] = word("What it is, in a sentence", phrase=True)
    source: Annotated[str, Field(max_length=200)] = option(
        "", "Where it is known from", example="EDR console", phrase=True
    )
    tlp: TlpMark = tlp_option()
    crisis: str = option("", CRISIS)


def _stater(kind: Kind) -> Callable[[StateArgs, Authorised, Soc], Awaitable[Document]]:
    async def run(args: StateArgs, call: Authorised, soc: Soc) -> Document:
        def decide(crisis: Crisis, stamp: Stamp) -> Stated:
            must_run(crisis)
            source = args.source or (f"confirmed by {stamp.by.name}" if kind == "fact" else "")
            made = Statement(
                id=f"S{len(crisis.statements) + 1}",
                kind=kind,
                text=args.text,
                source=source,
                since=stamp.at,
                by=stamp.by,
                tlp=args.tlp,
            )
            return Stated(stamp=stamp, statement=made)

        made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
        return recorded(made, buttons=(button(made.crisis, "What is known", "crisis facts"),))

    return run


class SettleArgs(Args):
    statement: Annotated[str, Field(max_length=20)] = word("Which one, e.g. S3")
    outcome: Literal["fact", "assumption"] = word("What it is now", choices=("fact", "assumption"))
    text: Annotated[str, Field(max_length=500)] = word("The answer, for an unknown", default="", phrase=True)
    source: Annotated[str, Field(max_length=200)] = option(
        "", "Where it is known from", example="EDR console", phrase=True
    )
    crisis: str = option("", CRISIS)


def settled(old: Statement, args: SettleArgs, stamp: Stamp) -> Statement:
    """What it is now. Refused: withdrawn, no step towards certainty, an unknown without its answer."""
    if old.withdrawn:
        raise Refused(f"{old.id} was withdrawn.", "State it anew.")
    if old.kind in {"fact", args.outcome}:
        raise Refused(f"{old.id} is {_a(old.kind)} already.", f"`crisis withdraw {old.id} REASON` takes it back.")
    if old.kind == "assumption" and args.text:
        hint = "Confirm it as it stands, or withdraw it and state the fact."
        raise Refused(f"{old.id} is an assumption, “{old.text}”: “{args.text}” says something else.", hint)
    if old.kind == "unknown" and not args.text:
        raise Refused(f"{old.id} is unknown: “{old.text}”.", f"The answer: `crisis settle {old.id} fact ANSWER`")
    source = args.source or (f"confirmed by {stamp.by.name}" if args.outcome == "fact" else old.source)
    changed = {"kind": args.outcome, "text": args.text or old.text, "source": source, "since": stamp.at, "by": stamp.by}
    return old.model_copy(update=changed)


def _a(kind: Kind) -> str:
    return f"{'an' if kind[0] in 'au' else 'a'} {kind}"


async def settle(args: SettleArgs, call: Authorised, soc: Soc) -> Document:
    """An assumption is confirmed, an unknown answered; the old words stay in the timeline."""

    def decide(crisis: Crisis, stamp: Stamp) -> Restated:
        must_run(crisis)
        old = found(crisis.statements, args.statement, "statement")
        new = settled(old, args, stamp)
        was = f"{old.kind} “{old.text}”" if new.text != old.text else old.kind
        source = f" ({new.source})" if new.source else ""
        return Restated(stamp=stamp, statement=new, what=f"was {was}, is {_a(new.kind)} now{source}")

    return recorded(await soc.crises.change(await here(call, soc, args.crisis), call, decide))


class WithdrawArgs(Args):
    statement: Annotated[str, Field(max_length=20)] = word("Which one, e.g. S3")
    reason: Annotated[str, Field(min_length=3, max_length=300)] = word("Why", phrase=True)
    crisis: str = option("", CRISIS)


async def withdraw(args: WithdrawArgs, call: Authorised, soc: Soc) -> Document:
    """It turned out otherwise. What was built on it is named: decisions, and messages that told it."""

    def decide(crisis: Crisis, stamp: Stamp) -> Restated:
        must_run(crisis)
        old = found(crisis.statements, args.statement, "statement")
        if old.withdrawn:
            raise Refused(f"{old.id} was withdrawn already.")
        new = old.model_copy(update={"withdrawn": True})
        return Restated(stamp=stamp, statement=new, what=f"withdrawn ({args.reason})")

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    name = args.statement.upper()
    on_it = [one.id for one in made.crisis.decisions if name in known_then(made.crisis, one) and not one.reversed]
    on_it += [one.id for one in made.crisis.letters if name in one.from_facts and one.standing != "withdrawn"]
    warning: tuple[Block, ...] = ()
    if on_it:
        warning = (Notice(level="warning", text=spans(f"{name} was known when these were made: {', '.join(on_it)}.")),)
    return recorded(made, *warning)


class FactsArgs(Args):
    all: bool = flag("Also what was withdrawn")
    page: Annotated[int, Field(ge=1, le=10_000)] = option(1, "Which page", example="2")
    crisis: str = option("", CRISIS)


async def facts(args: FactsArgs, call: Authorised, soc: Soc) -> Document:
    """Facts, then assumptions, then unknowns; in each the newest first."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    order: tuple[Kind, ...] = ("fact", "assumption", "unknown")
    chosen = [one for one in reversed(crisis.statements) if args.all or not one.withdrawn]
    chosen.sort(key=lambda one: order.index(one.kind))
    rows = [
        cells.row(
            one.id,
            f"{one.kind}, withdrawn" if one.withdrawn else one.kind,
            with_mark(one),
            one.source,
            cells.moment(one.since),
            one.by.name,
        )
        for one in chosen
    ]
    shown, pages = cells.page_of(rows, args.page, PAGE)
    counts = ", ".join(cells.counted(sum(one.kind == kind for one in chosen), kind) for kind in order)
    caption = f"{counts}; page {args.page} of {pages}"
    table = cells.table(caption, ("#", "Kind", "What", "Source", "Since", "By"), shown, len(rows))
    return Document(title=f"{crisis.name}: what is known", blocks=(table,), tlp=strictest(crisis, chosen))


def _stating(verb: str, kind: Kind, summary: str, example: str, *aliases: str) -> Command[StateArgs]:
    return Command(
        name=f"crisis {verb}",
        summary=summary,
        args=StateArgs,
        needs=Permission.PART,
        run=_stater(kind),
        example=f"crisis {verb} {example}",
        writes=True,
        aliases=aliases,
    )


COMMANDS = (
    _stating("fact", "fact", "Something that is known, and from where", "Two servers encrypt --source EDR"),
    _stating(
        "assume", "assumption", "Something that is believed, not known", "The way in was the VPN", "crisis assumption"
    ),
    _stating("unknown", "unknown", "Something that must be found out", "Whether customer data left"),
    Command(
        name="crisis settle",
        summary="An assumption is confirmed, an unknown is answered",
        args=SettleArgs,
        needs=Permission.PART,
        run=settle,
        example="crisis settle S3 fact No data left --source proxy log",
        writes=True,
    ),
    Command(
        name="crisis withdraw",
        summary="Something stated turned out otherwise",
        args=WithdrawArgs,
        needs=Permission.PART,
        run=withdraw,
        example="crisis withdraw S2 the VPN log is clean",
        writes=True,
    ),
    Command(
        name="crisis facts",
        summary="What is known, believed and not known",
        args=FactsArgs,
        needs=Permission.PART,
        run=facts,
        example="crisis facts",
        aliases=("crisis board facts",),
    ),
)
