"""`crisis clock filed`, `drop`, `restore` and `owner`: what people do about a clock that is on the board."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from handlers.commands.crisis.clocks import WHICH, rulebook
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, Reply, option, word
from handlers.core.soc import Soc
from handlers.crisis.base import Refused, Stamp, speaker
from handlers.crisis.clock_checks import check_filed, dropped, may_drop, may_keep, on_board
from handlers.crisis.clock_preview import answer, change_preview
from handlers.crisis.clockwork import Computed, Rulebook, computed
from handlers.crisis.duties import ClockDropped, ClockFiled, ClockOwned, Duty, Filed
from handlers.crisis.here import here
from handlers.crisis.people import meant
from handlers.crisis.state import Crisis
from handlers.crisis.times import past, said_back
from messages.document import Document, Strong, spans


class StageArgs(Args):
    rule: Annotated[str, Field(max_length=60)] = word("The rule, as on the board")
    stage: Annotated[str, Field(max_length=120)] = word("Its stage, or the beginning of it")
    crisis: str = option("", WHICH)


class FiledArgs(Args):
    rule: Annotated[str, Field(max_length=60)] = word("The rule, as on the board")
    stage: Annotated[str, Field(max_length=120)] = word("Its stage, or the beginning of it", phrase=True)
    reference: Annotated[str, Field(min_length=2, max_length=120)] = option(
        ..., "The authority's reference for it", example="BF-2026-1187"
    )
    at: Annotated[str, Field(max_length=40)] = option("", "When; left out: now", example="06:40")
    crisis: str = option("", WHICH)


def _filing(args: FiledArgs, duty: Duty, call: Authorised, now: datetime, soc: Soc) -> Filed:
    at = past(args.at, now, soc.zone) if args.at else now
    return Filed(rule=duty.rule, stage=duty.stage, at=at, reference=args.reference, by=speaker(call))


def _with_filing(crisis: Crisis, filed: Filed, book: Rulebook, now: datetime) -> Computed:
    duties = crisis.duties.model_copy(update={"filed": (*crisis.duties.filed, filed)})
    return computed(crisis.model_copy(update={"duties": duties}), book, now)


async def filed_preview(args: FiledArgs, call: Authorised, soc: Soc) -> Reply:
    """What is logged, and which later stages it starts."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    may_keep(crisis, call)
    now = soc.clock.now()
    duty = on_board(crisis.duties, args.rule, args.stage)
    filing = _filing(args, duty, call, now, soc)
    loud = check_filed(crisis.duties, duty, filing, soc.zone)
    said = spans(Strong(text=duty.name), f": filed {said_back(filing.at, soc.zone)}, reference {filing.reference}.")
    then = _with_filing(crisis, filing, await rulebook(soc), now)
    shown = change_preview(f"Log a filing of {crisis.name}?", said, crisis, then, now, *loud)
    return Reply(shown, settled={"crisis": crisis.id})


async def filed(args: FiledArgs, call: Authorised, soc: Soc) -> Document:
    """Logged; later stages count from it."""
    book = await rulebook(soc)

    def decide(crisis: Crisis, stamp: Stamp) -> ClockFiled:
        may_keep(crisis, call)
        duty = on_board(crisis.duties, args.rule, args.stage)
        filing = _filing(args, duty, call, stamp.at, soc)
        check_filed(crisis.duties, duty, filing, soc.zone)
        made = _with_filing(crisis, filing, book, stamp.at)
        return ClockFiled(stamp=stamp, filed=filing, board=made.board, notes=made.notes)

    return answer(await soc.crises.change(await here(call, soc, args.crisis), call, decide), soc.clock.now())


class DropArgs(StageArgs):
    reason: Annotated[str, Field(min_length=5, max_length=300)] = word("Who decided so, and why", phrase=True)


def _without(crisis: Crisis, duty: Duty, reason: str, book: Rulebook, now: datetime) -> Computed:
    if duty.state == "filed":
        raise Refused(f"{duty.name} is filed ({duty.reference}): it is not dropped.")
    duties = crisis.duties.model_copy(update={"dropped": (*crisis.duties.dropped, (duty.key, reason))})
    return computed(crisis.model_copy(update={"duties": duties}), book, now)


async def drop_preview(args: DropArgs, call: Authorised, soc: Soc) -> Reply:
    """Which clock would leave the board."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    may_drop(crisis, call)
    duty, now = on_board(crisis.duties, args.rule, args.stage), soc.clock.now()
    then = _without(crisis, duty, args.reason, await rulebook(soc), now)
    said = spans(Strong(text=duty.name), f" is not due: {args.reason}")
    shown = change_preview(
        f"Drop a clock of {crisis.name}?", said, crisis, then, now, "Nobody is reminded of it again."
    )
    return Reply(shown, settled={"crisis": crisis.id})


async def drop(args: DropArgs, call: Authorised, soc: Soc) -> Document:
    """Decided by counsel or whoever approves; the reason stays on record."""
    book = await rulebook(soc)

    def decide(crisis: Crisis, stamp: Stamp) -> ClockDropped:
        may_drop(crisis, call)
        duty = on_board(crisis.duties, args.rule, args.stage)
        made = _without(crisis, duty, args.reason, book, stamp.at)
        return ClockDropped(stamp=stamp, duty=duty.key, reason=args.reason, board=made.board, notes=made.notes)

    return answer(await soc.crises.change(await here(call, soc, args.crisis), call, decide), soc.clock.now())


def _restored(crisis: Crisis, args: DropArgs, book: Rulebook, now: datetime) -> tuple[str, Computed]:
    """The clock's key, and the board with it. NotFound when it was not dropped."""
    key = dropped(crisis.duties, args.rule, args.stage)
    left = tuple(one for one in crisis.duties.dropped if one[0] != key)
    duties = crisis.duties.model_copy(update={"dropped": left})
    return key, computed(crisis.model_copy(update={"duties": duties}), book, now)


async def restore_preview(args: DropArgs, call: Authorised, soc: Soc) -> Reply:
    """Which clock would be back, and until when it runs."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    may_drop(crisis, call)
    now = soc.clock.now()
    key, then = _restored(crisis, args, await rulebook(soc), now)
    said = spans(Strong(text=key), f" is due after all: {args.reason}")
    shown = change_preview(f"Put a clock of {crisis.name} back?", said, crisis, then, now)
    return Reply(shown, settled={"crisis": crisis.id})


async def restore(args: DropArgs, call: Authorised, soc: Soc) -> Document:
    """Back on the board; that it was dropped stays on record."""
    book = await rulebook(soc)

    def decide(crisis: Crisis, stamp: Stamp) -> ClockDropped:
        may_drop(crisis, call)
        key, made = _restored(crisis, args, book, stamp.at)
        return ClockDropped(
            stamp=stamp, duty=key, reason=args.reason, restored=True, board=made.board, notes=made.notes
        )

    return answer(await soc.crises.change(await here(call, soc, args.crisis), call, decide), soc.clock.now())


class OwnerArgs(StageArgs):
    who: Annotated[str, Field(max_length=120)] = word("Who files it: @mention, or me")


async def owner(args: OwnerArgs, call: Authorised, soc: Soc) -> Document:
    """From now on they are reminded."""
    to = meant(args.who, call, soc.access)

    def decide(crisis: Crisis, stamp: Stamp) -> ClockOwned:
        may_keep(crisis, call)
        duty = on_board(crisis.duties, args.rule, args.stage)
        if duty.owner is not None and duty.owner.person == to.person:
            raise Refused(f"{duty.name} is {to.name}'s already.")
        return ClockOwned(stamp=stamp, duty=duty.key, owner=to)

    return answer(await soc.crises.change(await here(call, soc, args.crisis), call, decide), soc.clock.now())


COMMANDS = (
    Command(
        name="crisis clock filed",
        summary="A stage was filed with the authority, under its reference",
        args=FiledArgs,
        needs=Permission.PART,
        run=filed_preview,
        apply=filed,
        example="crisis clock filed gdpr supervisory --reference BF-2026-1187",
    ),
    Command(
        name="crisis clock drop",
        summary="Counsel decided that a stage is not due",
        args=DropArgs,
        needs=Permission.PART,
        run=drop_preview,
        apply=drop,
        example='crisis clock drop gdpr "data subjects" counsel: no high risk to persons',
    ),
    Command(
        name="crisis clock restore",
        summary="A stage that was dropped is due after all",
        args=DropArgs,
        needs=Permission.PART,
        run=restore_preview,
        apply=restore,
        example='crisis clock restore gdpr "data subjects" counsel: the risk is high after all',
    ),
    Command(
        name="crisis clock owner",
        summary="Who files a stage and is reminded of it",
        args=OwnerArgs,
        needs=Permission.PART,
        run=owner,
        example="crisis clock owner gdpr supervisory me",
        writes=True,
    ),
)
