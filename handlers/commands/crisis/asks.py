"""`crisis ask`, `answer`, `ask close`, `asks`: one question to many owners, answered by buttons."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from handlers.commands.crisis.letters import CRISIS
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option, word
from handlers.core.errors import BadFlag, NotFound
from handlers.core.soc import Soc
from handlers.crisis.ask_posts import matrix
from handlers.crisis.asks import ANSWERS, Answered, Ask, AskAnswered, AskClosed, AskOpened, Reply, check_answer
from handlers.crisis.base import Refused, Stamp, Who
from handlers.crisis.here import here
from handlers.crisis.people import group, may_take_part
from handlers.crisis.phases import must_run
from handlers.crisis.state import Crisis
from handlers.crisis.telling import button, event_of, recorded
from handlers.crisis.times import ahead
from messages.document import Block, Document, Notice, spans

MOST = 40
"""Owners of one round: as many as one matrix shows. More are asked in a second round."""


class AskArgs(Args):
    question: Annotated[str, Field(min_length=3, max_length=300)] = word(
        "The question, to be answered yes or no", phrase=True
    )
    to: Annotated[str, Field(min_length=1, max_length=1_500)] = option(
        ..., "A group of crisis.yaml, or persons parted by commas", example="@owner1,@owner2"
    )
    due: Annotated[str, Field(max_length=40)] = option("4h", "Until when", example="4h")
    crisis: str = option("", CRISIS)


async def ask(args: AskArgs, call: Authorised, soc: Soc) -> Document:
    """Asked of everybody at once: the matrix in the room, the question with its buttons to each."""
    silent: list[str] = []

    def decide(crisis: Crisis, stamp: Stamp) -> AskOpened:
        must_run(crisis)
        owners = _owners(args.to, crisis, call, soc)
        silent[:] = [one.name for one in owners if not one.user]
        due = ahead(args.due, stamp.at, soc.zone, crisis.speed)
        new = Ask(id=f"Q{len(crisis.asks) + 1}", question=args.question, owners=owners, due=due, opened=stamp.at,
                  by=stamp.by, replies={})  # fmt: skip
        return AskOpened(stamp=stamp, ask=new)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    blocks: tuple[Block, ...] = ()
    if silent:
        told = f"Without an account here, so not written to: {cells.names(silent, 10)}. Ask them by other means."
        blocks = (Notice(level="warning", text=spans(told)),)
    name = event_of(made, AskOpened).ask.id
    return recorded(made, *blocks, buttons=(button(made.crisis, "Answers", f"crisis asks {name}"),))


def _owners(said: str, crisis: Crisis, call: Authorised, soc: Soc) -> tuple[Who, ...]:
    """Everybody meant, each once. BadFlag for nobody or too many."""
    groups = tuple(crisis.policy.groups)
    owners = group(said, crisis.policy, call, soc.access)
    if not owners:
        raise BadFlag("--to", "Nobody is meant.", groups)
    if len(owners) > MOST:
        raise BadFlag("--to", f"{len(owners)} owners at once; {MOST} are the most.", groups)
    # The question goes to each directly: whoever may not take part is not told of a crisis that way.
    if strangers := [one.name for one in owners if not may_take_part(one, soc.access)]:
        told = f"{cells.names(strangers, 10)} may not take part in a crisis, so could not answer."
        raise Refused(told, "The access file grants it; ask them by other means.")
    return owners


def found(crisis: Crisis, said: str) -> Ask:
    """The round with this id, in any case; NotFound lists what there is."""
    for one in crisis.asks:
        if one.id == said.upper():
            return one
    there = ", ".join(one.id for one in crisis.asks if not one.closed) or "none"
    raise NotFound(f"There is no question {said}.", f'Open: {there}. A new one: `crisis ask "…" --to GROUP`.')


def _answer(said: object) -> object:
    """The answer meant: in any case, "n/a" and "na", or its beginning."""
    name = " ".join(str(said).casefold().replace("-", " ").split())
    if name in {"n/a", "na"}:
        return "not applicable"
    return next((one for one in ANSWERS if one == name or (len(name) > 2 and one.startswith(name))), name)


class AnswerArgs(Args):
    question: Annotated[str, Field(max_length=12)] = word("Which question, e.g. Q1")
    answer: Annotated[Answered, BeforeValidator(_answer)] = word("The answer", choices=ANSWERS, phrase=True)
    note: Annotated[str, Field(max_length=300)] = option("", "What should be known about it", phrase=True)
    crisis: str = option("", CRISIS)


async def answer(args: AnswerArgs, call: Authorised, soc: Soc) -> Document:
    """An owner's own; the last one counts."""

    def decide(crisis: Crisis, stamp: Stamp) -> AskAnswered:
        one = found(crisis, args.question)
        check_answer(one, stamp.by)
        reply = Reply(answer=args.answer, note=args.note, at=stamp.at, by=stamp.by)
        return AskAnswered(stamp=stamp, ask=one.id, owner=stamp.by.person, reply=reply)

    return recorded(await soc.crises.change(await here(call, soc, args.crisis), call, decide))


class CloseArgs(Args):
    question: Annotated[str, Field(max_length=12)] = word("Which question, e.g. Q1")
    crisis: str = option("", CRISIS)


async def close(args: CloseArgs, call: Authorised, soc: Soc) -> Document:
    """No more answers; by whoever asked, or who runs the crisis."""

    def decide(crisis: Crisis, stamp: Stamp) -> AskClosed:
        one = found(crisis, args.question)
        if one.closed:
            raise Refused(f"{one.id} is closed already.")
        if not (call.principal.may(Permission.CRISIS) or (one.by and one.by.person == stamp.by.person)):
            raise Refused(f"{one.id} was asked by {one.by.name if one.by else 'somebody else'}: it is theirs to close.")
        return AskClosed(stamp=stamp, ask=one.id)

    return recorded(await soc.crises.change(await here(call, soc, args.crisis), call, decide))


class AsksArgs(Args):
    question: Annotated[str, Field(max_length=12)] = word("Which question; left out: all", default="")
    crisis: str = option("", CRISIS)


async def asks(args: AsksArgs, call: Authorised, soc: Soc) -> Document:
    """The matrix of one, or all of them with how many have answered."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    if args.question:
        return matrix(crisis, found(crisis, args.question))
    lines = [
        cells.row(one.id, one.question, f"{len(one.owners) - len(one.waiting)} of {len(one.owners)}",
                  cells.moment(one.due), "closed" if one.closed else "open")
        for one in reversed(crisis.asks)
    ]  # fmt: skip
    block: Block = Notice(level="info", text=spans("Nothing was asked yet."))
    if lines:
        block = cells.table("Questions, newest first", ("#", "Question", "Answered", "Due", ""), lines[:40], len(lines))
    return Document(title=f"{crisis.name}: questions", blocks=(block,), tlp=crisis.tlp)


COMMANDS = (
    Command(
        name="crisis ask",
        summary="Ask several owners one question; each answers by a button",
        args=AskArgs,
        needs=Permission.PART,
        run=ask,
        example='crisis ask "Is your service free of the indicator?" --to me --due 4h',
        writes=True,
    ),
    Command(
        name="crisis ask close",
        summary="Close a question",
        args=CloseArgs,
        needs=Permission.PART,
        run=close,
        example="crisis ask close Q1",
        writes=True,
    ),
    Command(
        name="crisis answer",
        summary="Answer a question that was asked of you",
        args=AnswerArgs,
        needs=Permission.PART,
        run=answer,
        example="crisis answer Q1 yes",
        writes=True,
    ),
    Command(
        name="crisis asks",
        summary="Who has answered what",
        args=AsksArgs,
        needs=Permission.PART,
        run=asks,
        example="crisis asks",
    ),
)
