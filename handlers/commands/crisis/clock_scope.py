"""`crisis clock scope`: counsel decides, for this crisis, whether a rule applies. The profile's file stays as it is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from connectors.models.organisation.clocks import ClockRule, Scope
from handlers.analysis.clocks import counts
from handlers.analysis.deadlines import local_day
from handlers.commands.crisis.clocks import WHICH, rulebook
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, Reply, option, word
from handlers.core.errors import NotFound
from handlers.core.soc import Soc
from handlers.crisis.base import Refused, Stamp
from handlers.crisis.clock_checks import may_drop
from handlers.crisis.clock_preview import answer, change_preview
from handlers.crisis.clockwork import Computed, Rulebook, computed
from handlers.crisis.duties import ClockScoped
from handlers.crisis.here import here
from handlers.crisis.state import Crisis
from messages.document import Document, Strong, spans

MOST = 40


class ScopeArgs(Args):
    rule: Annotated[str, Field(max_length=60)] = word("The rule's id, as in clock_rules.yaml")
    applies: Literal["applies", "not"] = word("Does it apply to us here?", choices=("applies", "not"))
    said: Annotated[str, Field(min_length=2, max_length=200)] = option(
        ..., "Who decided so", example="Legal counsel", phrase=True
    )
    crisis: str = option("", WHICH)


def _rule(said: str, book: Rulebook, now: datetime) -> ClockRule:
    """The rule meant. Refused when none can be read, or it is no law today; NotFound lists those there are."""
    if book.rules is None:
        raise Refused("The rules cannot be read: nothing can be computed.", " ".join(book.lacking))
    law = [rule for rule in book.rules if rule.stages and counts(rule, local_day(now, book.zone))]
    for rule in book.rules:
        if rule.id == said.strip().lower():
            if rule not in law:
                raise Refused(f"{rule.regime} is {rule.status}, or has no stage of its own: it is never counted.")
            return rule
    known = cells.names([rule.id for rule in law], MOST)
    raise NotFound(f"There is no rule {said[:60]}.", f"Law today: {known}.")


def _decided(
    args: ScopeArgs, crisis: Crisis, call: Authorised, book: Rulebook, now: datetime
) -> tuple[Scope, Computed]:
    """The decision, and the board with it."""
    rule = _rule(args.rule, book, now)
    by = f"{args.said} (recorded by {call.principal.name})"
    scope = Scope(rule=rule.id, applies=args.applies == "applies", decided_by=by, decided_on=local_day(now, book.zone))
    duties = crisis.duties.model_copy(update={"scoped": (*crisis.duties.scoped, scope)})
    return scope, computed(crisis.model_copy(update={"duties": duties}), book, now)


async def preview(args: ScopeArgs, call: Authorised, soc: Soc) -> Reply:
    """Which clocks come onto the board or leave it."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    may_drop(crisis, call)
    now = soc.clock.now()
    scope, then = _decided(args, crisis, call, await rulebook(soc), now)
    word_of = "applies" if scope.applies else "does not apply"
    said = spans(Strong(text=f"{scope.rule} {word_of}"), f" here, says {scope.decided_by}.")
    loud = "For this crisis alone: regulator_profile.yaml stays as it is."
    shown = change_preview(f"Decide the scope of a rule for {crisis.name}?", said, crisis, then, now, loud)
    return Reply(shown, settled={"crisis": crisis.id})


async def scope(args: ScopeArgs, call: Authorised, soc: Soc) -> Document:
    """On record, with who decided it."""
    book = await rulebook(soc)

    def decide(crisis: Crisis, stamp: Stamp) -> ClockScoped:
        may_drop(crisis, call)
        made, board = _decided(args, crisis, call, book, stamp.at)
        return ClockScoped(stamp=stamp, scope=made, board=board.board, notes=board.notes)

    return answer(await soc.crises.change(await here(call, soc, args.crisis), call, decide), soc.clock.now())


COMMANDS = (
    Command(
        name="crisis clock scope",
        summary="Counsel decides for this crisis whether a rule applies",
        args=ScopeArgs,
        needs=Permission.PART,
        run=preview,
        apply=scope,
        example='crisis clock scope pci applies --said "Legal counsel"',
    ),
)
