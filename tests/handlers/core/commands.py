"""A few small commands for the tests of the core."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from connectors.errors import TimedOut
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag, option, word
from handlers.core.registry import Registry
from handlers.core.soc import Soc
from messages.document import Document
from messages.figures import Figure

FIGURE = Figure(
    id="queue.open",
    label="Open",
    value=7,
    unit="count",
    definition="Open cases.",
    sources=("desk",),
    as_of=datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
)
Timeframe = Annotated[Literal["daily", "weekly", "monthly"], BeforeValidator(lambda said: str(said).lower())]


class MetricsArgs(Args):
    performance: bool = flag("The figures")
    trend_analysis: bool = flag("Twelve periods")
    timeframe: Timeframe = option("monthly", "Over which period", ("daily", "weekly", "monthly"))
    limit: Annotated[int, Field(ge=1)] = option(20, "How many", example="20")


class NoArgs(Args):
    pass


class NoteArgs(Args):
    case_id: str = word("The case")
    text: str = word("The comment", rest=True)


class SayArgs(Args):
    what: str = word("What happened", phrase=True)
    because: str = option("", "Why", phrase=True)
    at: str = option("", "When")


class HelpArgs(Args):
    command: str = word("Which", default="", rest=True)


async def echo(args: Args, call: Authorised, soc: Soc) -> Document:
    return Document(title=args.model_dump_json(), tlp="green", figures=(FIGURE,))


async def amber(args: Args, call: Authorised, soc: Soc) -> Document:
    return Document(title="amber")


async def persons(args: Args, call: Authorised, soc: Soc) -> Document:
    return Document(title="persons", private=True, tlp="green")


async def fails(args: Args, call: Authorised, soc: Soc) -> Document:
    raise TimedOut("SIEM", 5)


async def bug(args: Args, call: Authorised, soc: Soc) -> Document:
    raise ZeroDivisionError("secret detail")


async def slow(args: Args, call: Authorised, soc: Soc) -> Document:
    await asyncio.sleep(30)
    return Document(title="never")


DONE: list[tuple[str, str, int]] = []
"""What `case note` has written: person, text, attempt."""


async def write(args: NoteArgs, call: Authorised, soc: Soc) -> Document:
    DONE.append((call.principal.person, args.text, call.attempt))
    return Document(title="Written")


P = Permission
COMMANDS = (
    Command("help", "What you may ask", HelpArgs, P.HELP, echo, "help"),
    Command("metrics soc", "Figures", MetricsArgs, P.METRICS, echo, "metrics soc --performance"),
    Command("monitor operations", "The desk now", MetricsArgs, P.OPERATIONS, amber, "monitor operations"),
    Command("case note", "Write", NoteArgs, P.CASES_WRITE, echo, "case note 1 x", apply=write),
    Command("say", "Record", SayArgs, P.CASES, echo, "say it rains"),
    Command("persons", "By person", NoArgs, P.PERSONS, persons, "persons"),
    Command("fails", "Fails", NoArgs, P.ALERTS, fails, "fails"),
    Command("bug", "Breaks", NoArgs, P.ALERTS, bug, "bug"),
    Command("slow", "Takes long", NoArgs, P.ALERTS, slow, "slow", budget=0.05),
    Command("slow write", "Takes long", NoArgs, P.ALERTS, echo, "slow write", apply=slow, budget=0.05),
    Command("share", "Post", HelpArgs, P.SHARE, echo, "share x", hidden=True),
)
REGISTRY = Registry(COMMANDS)
