"""`crisis note`, `crisis correct`: a line of the timeline, and what one should have said."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option, word
from handlers.core.errors import BadFlag, NotFound
from handlers.core.soc import Soc
from handlers.crisis.base import Stamp
from handlers.crisis.here import here
from handlers.crisis.state import Crisis
from handlers.crisis.telling import button, recorded
from handlers.crisis.times import past, said_back
from handlers.crisis.work import Corrected, Noted
from messages.document import Block, Document, Paragraph, spans

CRISIS = "Which crisis; left out: this room's"


class NoteArgs(Args):
    text: Annotated[str, Field(min_length=1, max_length=1_500)] = word("What happened", phrase=True)
    at: Annotated[str, Field(max_length=40)] = option("", "When, if not just now", example="06:40")
    crisis: str = option("", CRISIS)


async def note(args: NoteArgs, call: Authorised, soc: Soc) -> Document:
    """Also after the crisis is over: what is remembered late is recorded late, with both times."""

    def decide(crisis: Crisis, stamp: Stamp) -> Noted:
        occurred = past(args.at, stamp.at, soc.zone) if args.at else None
        return Noted(stamp=stamp, occurred=occurred, text=args.text)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    when: tuple[Block, ...] = ()
    if made.event.occurred:
        when = (Paragraph(text=spans(f"Happened {said_back(made.event.occurred, soc.zone)}.")),)
    return recorded(made, *when, buttons=(button(made.crisis, "Timeline", "crisis timeline"),))


class CorrectArgs(Args):
    entry: Annotated[str, Field(max_length=12)] = word("Which entry, e.g. #57")
    text: Annotated[str, Field(min_length=1, max_length=1_500)] = word("What it should say", phrase=True)
    reason: Annotated[str, Field(max_length=300)] = option("", "Why it was wrong", phrase=True)
    crisis: str = option("", CRISIS)


async def correct(args: CorrectArgs, call: Authorised, soc: Soc) -> Document:
    """The entry stays as it is; the timeline shows both."""
    if not re.fullmatch(r"#?[0-9]{1,9}", args.entry):
        raise BadFlag("<entry>", f"“{args.entry}” is no entry's number.", ("#57",))
    entry = int(args.entry.removeprefix("#"))

    def decide(crisis: Crisis, stamp: Stamp) -> Corrected:
        if not 1 <= entry < stamp.n:
            tries = (f"crisis timeline --crisis {crisis.id}",)
            raise NotFound(f"There is no entry #{entry}; the last one is #{stamp.n - 1}.", "", tries)
        return Corrected(stamp=stamp, entry=entry, text=args.text, reason=args.reason)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    return recorded(made, buttons=(button(made.crisis, "Timeline", "crisis timeline"),))


COMMANDS = (
    Command(
        name="crisis note",
        summary="A line in the timeline",
        args=NoteArgs,
        needs=Permission.PART,
        run=note,
        example="crisis note The last encrypting host is off the network --at 06:40",
        writes=True,
    ),
    Command(
        name="crisis correct",
        summary="What an entry of the timeline should have said; the entry stays",
        args=CorrectArgs,
        needs=Permission.PART,
        run=correct,
        example="crisis correct #2 It was three servers, not two --reason miscounted",
        writes=True,
    ),
)
