"""`crisis mark`, and the `--tlp` of facts, tasks and decisions: how far what is recorded may go."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from handlers.core.access import TLP_ORDER, Permission, Tlp
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option, word
from handlers.core.errors import NotFound
from handlers.core.soc import Soc
from handlers.crisis.base import Item, Stamp
from handlers.crisis.here import here
from handlers.crisis.need_to_know import check_mark, highest
from handlers.crisis.phases import must_run
from handlers.crisis.state import Crisis
from handlers.crisis.telling import recorded
from handlers.crisis.work import ItemMarked
from messages.document import Document


def _level(said: object) -> object:
    """`TLP:RED`, `red`; nothing said is no mark."""
    return str(said).casefold().removeprefix("tlp:").strip() or None if isinstance(said, str) else said


TlpMark = Annotated[Tlp | None, BeforeValidator(_level)]


def tlp_option() -> Any:
    """Left out: for those inside, and those outside who need it."""
    return option(None, "How far it may go; left out: not to customers or the public", TLP_ORDER)


class MarkArgs(Args):
    item: Annotated[str, Field(max_length=20)] = word("Which one: S3, T2, D1")
    tlp: Annotated[Tlp, BeforeValidator(_level)] = word("How far it may go", choices=TLP_ORDER)
    reason: Annotated[str, Field(max_length=300)] = word("Why", default="", phrase=True)
    crisis: str = option("", "Which crisis; left out: this room's")


def item_of(crisis: Crisis, said: str) -> Item:
    """A statement, task or decision by its id, in any case; NotFound."""
    for one in (*crisis.statements, *crisis.tasks, *crisis.decisions):
        if one.id == said.upper():
            return one
    hint = "`crisis facts`, `crisis tasks` and `crisis decisions` show what there is."
    raise NotFound(f"There is no {said} in this crisis.", hint, (f"crisis facts --crisis {crisis.id}",))


async def mark(args: MarkArgs, call: Authorised, soc: Soc) -> Document:
    """Drafts, rooms and lists keep to it from now on; what was sent before is out."""

    def decide(crisis: Crisis, stamp: Stamp) -> ItemMarked:
        must_run(crisis)
        item = item_of(crisis, args.item)
        check_mark(crisis, item, args.tlp, stamp.by, runs=call.principal.may(Permission.CRISIS))
        return ItemMarked(stamp=stamp, item=item.id, tlp=args.tlp, reason=args.reason)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    shown = recorded(made)
    return shown.model_copy(update={"tlp": highest(shown.tlp, args.tlp)})


COMMANDS = (
    Command(
        name="crisis mark",
        summary="How far a fact, task or decision may go",
        args=MarkArgs,
        needs=Permission.PART,
        run=mark,
        example="crisis mark S1 clear counsel agreed that customers are told",
        writes=True,
        notes=("TLP:RED stays out of every message and every room; `crisis facts` shows it to who asks.",),
    ),
)
