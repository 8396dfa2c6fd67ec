"""`crisis exit`: the exit criteria, who says that each is met, and since when."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option, word
from handlers.core.errors import NotFound
from handlers.core.soc import Soc
from handlers.crisis.base import Refused, Stamp
from handlers.crisis.course_checks import unmet
from handlers.crisis.here import here
from handlers.crisis.phases import must_run
from handlers.crisis.state import Crisis, ExitChecked
from handlers.crisis.telling import MOST_BUTTONS, button
from messages.document import Actions, Bullets, Button, Document, Moment, Strong, Text, Verdict, spans

CRISIS = "Which crisis; left out: this room's"


class ExitArgs(Args):
    crisis: str = option("", CRISIS)


class MetArgs(Args):
    number: Annotated[int, Field(ge=1, le=99)] = word("Which criterion, by its number in `crisis exit`")
    how: Annotated[str, Field(max_length=500)] = word("How it is known", default="", phrase=True)
    crisis: str = option("", CRISIS)


class OpenArgs(Args):
    number: Annotated[int, Field(ge=1, le=99)] = word("Which criterion, by its number in `crisis exit`")
    reason: Annotated[str, Field(min_length=3, max_length=500)] = word("Why it is not met any more", phrase=True)
    crisis: str = option("", CRISIS)


def criterion(crisis: Crisis, number: int) -> str:
    """The criterion of this number (from 1). NotFound says how many there are."""
    criteria = crisis.policy.exit_criteria
    if number > len(criteria):
        raise NotFound(f"There is no exit criterion {number}; there are {len(criteria)}.", "", ("crisis exit",))
    return criteria[number - 1]


async def checklist(args: ExitArgs, call: Authorised, soc: Soc) -> Document:
    """Every criterion, and what was last said about it."""
    return await _shown(await here(call, soc, args.crisis), soc)


async def met(args: MetArgs, call: Authorised, soc: Soc) -> Document:
    """Somebody vouches for a criterion."""

    def decide(crisis: Crisis, stamp: Stamp) -> ExitChecked:
        must_run(crisis)
        name = criterion(crisis, args.number)
        if name in crisis.exits:
            raise Refused(f"Criterion {args.number} is met already, says {crisis.exits[name].name}: {name}.")
        return ExitChecked(stamp=stamp, criterion=name, reason=args.how)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    return await _shown(made.crisis.id, soc)


async def reopened(args: OpenArgs, call: Authorised, soc: Soc) -> Document:
    """A criterion turned out not to be met."""

    def decide(crisis: Crisis, stamp: Stamp) -> ExitChecked:
        must_run(crisis)
        name = criterion(crisis, args.number)
        if name not in crisis.exits:
            raise Refused(f"Nobody said that criterion {args.number} is met: {name}.")
        return ExitChecked(stamp=stamp, criterion=name, met=False, reason=args.reason)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    return await _shown(made.crisis.id, soc)


async def _shown(crisis_id: str, soc: Soc) -> Document:
    """Read from the record, which knows when each was said, and why."""
    crisis = await soc.crises.get(crisis_id)
    said: dict[str, ExitChecked] = {}
    async for _, event in soc.crises.events(crisis_id):
        if isinstance(event, ExitChecked):
            said[event.criterion] = event
    items = [_item(number, name, said.get(name)) for number, name in enumerate(crisis.policy.exit_criteria, 1)]
    left = unmet(crisis)
    done = len(crisis.policy.exit_criteria) - len(left)
    listed = Bullets(items=tuple(items))
    verdict = Verdict(
        text=spans(f"{done} of {len(crisis.policy.exit_criteria)} exit criteria are met."),
        status="amber" if left else "green",
        rule="green: somebody vouches for every criterion of crisis.yaml; amber: not",
    )
    blocks = (listed, Actions(buttons=_next(crisis, left))) if crisis.open else (listed,)
    return Document(title=f"{crisis.name}: exit checklist", verdict=verdict, blocks=blocks, tlp=crisis.tlp)


def _item(number: int, name: str, last: ExitChecked | None) -> Text:
    """ "3. Monitoring is in place: met, says Analyst 07, 06:40 (until Friday)"."""
    if last is None:
        return spans(f"{number}. {name}: nobody said")
    state = Strong(text="met" if last.met else "no longer met")
    why = f" ({last.reason})" if last.reason else ""
    return spans(f"{number}. {name}: ", state, f", says {last.stamp.by.name}, ", Moment(at=last.stamp.at), why)


def _next(crisis: Crisis, left: tuple[str, ...]) -> tuple[Button, ...]:
    if not left:
        return (button(crisis, "Close the crisis", "crisis close", first=True),)
    numbers = [crisis.policy.exit_criteria.index(name) + 1 for name in left[:MOST_BUTTONS]]
    return tuple(button(crisis, f"{number} is met", f"crisis exit met {number}") for number in numbers)


COMMANDS = (
    Command(
        name="crisis exit",
        summary="The exit checklist: what is met, and who says so",
        args=ExitArgs,
        needs=Permission.PART,
        run=checklist,
        example="crisis exit",
        aliases=("crisis exits",),
    ),
    Command(
        name="crisis exit met",
        summary="An exit criterion is met",
        args=MetArgs,
        needs=Permission.PART,
        run=met,
        example="crisis exit met 3 monitored until Friday by the night shift",
        writes=True,
    ),
    Command(
        name="crisis exit open",
        summary="An exit criterion is not met any more",
        args=OpenArgs,
        needs=Permission.PART,
        run=reopened,
        example="crisis exit open 2 the file service is slow again",
        writes=True,
    ),
)
