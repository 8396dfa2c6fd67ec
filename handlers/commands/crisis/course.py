"""`crisis mobilise`, `contain`, `close` and the other moves, `crisis severity`: confirmed by a person, refused when
illegal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, Reply, option, word
from handlers.core.errors import BadFlag
from handlers.core.soc import Soc
from handlers.crisis.base import Refused, Stamp
from handlers.crisis.board import board
from handlers.crisis.course_checks import check_exits, closing_reason, warnings
from handlers.crisis.here import here
from handlers.crisis.phases import VERBS, Moved, Phase, Rated, check, must_run
from handlers.crisis.state import Crisis
from handlers.crisis.times import past, said_back
from messages.document import Block, Document, Notice, Paragraph, Strong, spans

CRISIS = "Which crisis; left out: this room's"
Work = Callable[["MoveArgs", Authorised, Soc], Awaitable[Document | Reply]]


class MoveArgs(Args):
    reason: Annotated[str, Field(max_length=500)] = word("Why, or how it is known", default="", phrase=True)
    at: Annotated[str, Field(max_length=40)] = option("", "When it happened, if not just now", example="06:40")
    crisis: str = option("", CRISIS)


class WhyArgs(MoveArgs):
    """A move that is an exception says why."""

    reason: Annotated[str, Field(min_length=3, max_length=500)] = word("Why", phrase=True)


class CloseArgs(MoveArgs):
    anyway: Annotated[str, Field(max_length=500)] = option("", "Why, although exit criteria are not met", phrase=True)


def occurred(said: str, crisis: Crisis, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When it happened; None for just now. BadFlag for the future, and for a time before the declaration."""
    if not said:
        return None
    at = past(said, now, zone)
    if at < crisis.declared:
        told = f"{said_back(at, zone)} is before the declaration ({said_back(crisis.declared, zone)})."
        raise BadFlag("--at", f"{told} A note can say so: crisis note … --at {said}")
    return at


def _moved(args: MoveArgs, to: Phase, crisis: Crisis, stamp: Stamp, zone: ZoneInfo) -> Moved:
    """The move, or why it cannot be made."""
    check(crisis, to)
    at = occurred(args.at, crisis, stamp.at, zone)
    reason = args.reason
    if isinstance(args, CloseArgs):
        check_exits(crisis, args.anyway)
        reason = closing_reason(crisis, args.reason, args.anyway)
    return Moved(stamp=stamp, occurred=at, before=crisis.phase, to=to, reason=reason)


def _works(to: Phase) -> tuple[Work, Work]:
    async def run(args: MoveArgs, call: Authorised, soc: Soc) -> Reply:
        crisis = await soc.crises.get(await here(call, soc, args.crisis))
        check(crisis, to)
        now = soc.clock.now()
        at = occurred(args.at, crisis, now, soc.zone)
        if isinstance(args, CloseArgs):
            check_exits(crisis, args.anyway)
        when = f" as of {said_back(at, soc.zone)}" if at else ""
        said = spans(f"{crisis.name} is ", Strong(text=crisis.phase), " and becomes ", Strong(text=to), f"{when}.")
        notices = (Notice(level="warning", text=spans(one)) for one in warnings(crisis, to, now))
        blocks: tuple[Block, ...] = (Paragraph(text=said), *notices)
        shown = Document(title=f"Move {crisis.name}?", blocks=blocks, tlp=crisis.tlp)
        return Reply(shown, settled={"crisis": crisis.id})

    async def apply(args: MoveArgs, call: Authorised, soc: Soc) -> Document:
        def decide(crisis: Crisis, stamp: Stamp) -> Moved:
            return _moved(args, to, crisis, stamp, soc.zone)

        made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
        return board(made.crisis)

    return run, apply


class SeverityArgs(Args):
    severity: Literal["1", "2", "3"] = word("SEV1 is the worst", choices=("1", "2", "3"))
    reason: Annotated[str, Field(min_length=3, max_length=500)] = option(..., "Why it is another one now", phrase=True)
    crisis: str = option("", CRISIS)


def _rated(args: SeverityArgs, crisis: Crisis) -> int:
    must_run(crisis)
    tier = int(args.severity)
    if tier == crisis.severity:
        raise Refused(f"{crisis.name} is SEV{tier} already.")
    return tier


async def severity(args: SeverityArgs, call: Authorised, soc: Soc) -> Reply:
    """The preview: from what to what, and what that level's criteria are."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    tier = _rated(args, crisis)
    said = spans(f"SEV{crisis.severity} → ", Strong(text=f"SEV{tier}"), f": {args.reason}")
    criteria = [one for level in crisis.policy.levels if level.tier == tier for one in level.criteria]
    blocks: list[Block] = [Paragraph(text=said)]
    if criteria:
        blocks.append(Paragraph(text=spans(f"SEV{tier} is: {'; '.join(criteria)}.")))
    shown = Document(title=f"Rate {crisis.name} anew?", blocks=tuple(blocks), tlp=crisis.tlp)
    return Reply(shown, settled={"crisis": crisis.id})


async def rate(args: SeverityArgs, call: Authorised, soc: Soc) -> Document:
    def decide(crisis: Crisis, stamp: Stamp) -> Rated:
        return Rated(stamp=stamp, before=crisis.severity, to=_rated(args, crisis), reason=args.reason)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    return board(made.crisis)


def _command(verb: str, to: Phase, args: type[MoveArgs] = MoveArgs, said: str = "") -> Command[MoveArgs]:
    run, apply = _works(to)
    return Command(
        name=f"crisis {verb}",
        summary=f"The crisis becomes {to}",
        args=args,
        needs=Permission.CRISIS,
        run=run,
        apply=apply,
        example=f"crisis {verb}{said}",
    )


_ARGS: dict[str, type[MoveArgs]] = {"close": CloseArgs, "cancel": WhyArgs}
_SAID = {"cancel": " the alarm came from a test"}
COMMANDS = (
    *(_command(verb, to, _ARGS.get(verb, MoveArgs), _SAID.get(verb, "")) for verb, to in VERBS.items()),
    _command("reopen", "mobilised", WhyArgs, " the attacker is back"),
    Command(
        name="crisis severity",
        summary="The crisis is worse, or less bad, than declared",
        args=SeverityArgs,
        needs=Permission.CRISIS,
        run=severity,
        apply=rate,
        example='crisis severity 1 --reason "exfiltration is confirmed"',
    ),
)
