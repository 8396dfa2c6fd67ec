"""Who may read what was recorded: statements, tasks and decisions carry a TLP, or are for those inside. Pure.

Source: FIRST, Traffic Light Protocol 2.0: whoever recorded something says how far it goes. RED goes nowhere: neither
into a message nor into a room, whoever takes part opens it for themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from handlers.core.access import TLP_ORDER, Tlp, fits
from handlers.crisis.base import Event, Item, Refused, Who

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis

UNMARKED: Tlp = "amber"
"""What nobody marked is for the organisation, and for those outside who need it: readers of TLP:GREEN and TLP:CLEAR,
employees and customers, are told what was marked for them.
"""


M = TypeVar("M", bound=Item)


def highest(*levels: Tlp | None) -> Tlp:
    """The most restricted of them."""
    return TLP_ORDER[max((TLP_ORDER.index(one) for one in levels if one is not None), default=0)]


def may_read(item: Item, reader: Tlp) -> bool:
    """May a reader of this TLP be told it?"""
    return fits(item.tlp or UNMARKED, reader)


def above(item: Item, most: Tlp) -> bool:
    """Is it marked as more than may be shown?"""
    return item.tlp is not None and not fits(item.tlp, most)


def cover(item: M, most: Tlp) -> M:
    """The item, its words taken out where it is marked as more than may be shown."""
    if item.tlp is None or fits(item.tlp, most):
        return item
    empty = {"source": "", "rationale": "", "options": (), "text": f"(TLP:{item.tlp.upper()})"}
    undone = {"reversed": "yes"} if getattr(item, "reversed", "") else {}
    fields = type(item).model_fields
    return item.model_copy(update={**{name: value for name, value in empty.items() if name in fields}, **undone})


def marks(event: Event) -> tuple[Tlp, ...]:
    """What the items of an event are marked as."""
    return tuple(one.tlp for items in _items(event).values() for one in items if one.tlp is not None)


def covered_event(event: Event, most: Tlp) -> Event:
    """The event as it is posted: the words of items marked as more than `most`, and of what became of them, are out."""
    update: dict[str, Any] = {}
    for name, items in _items(event).items():
        if any(above(one, most) for one in items):
            new = tuple(cover(one, most) for one in items)
            update |= {name: new if isinstance(getattr(event, name), tuple) else new[0]}
            update |= {"what": "changed"} if "what" in type(event).model_fields else {}
    return event.model_copy(update=update) if update else event


def _items(event: Event) -> dict[str, tuple[Item, ...]]:
    """By the field that holds them."""
    found = {}
    for name in type(event).model_fields:
        value = getattr(event, name)
        items = value if isinstance(value, tuple) else (value,)
        if items and all(isinstance(one, Item) for one in items):
            found[name] = items
    return found


def covered(crisis: Crisis, most: Tlp) -> Crisis:
    """The crisis with the words of everything marked as more than `most` taken out."""
    every: tuple[Item, ...] = (*crisis.statements, *crisis.tasks, *crisis.decisions)
    if not any(above(one, most) for one in every):
        return crisis
    return crisis.model_copy(
        update={
            "statements": tuple(cover(one, most) for one in crisis.statements),
            "tasks": tuple(cover(one, most) for one in crisis.tasks),
            "decisions": tuple(cover(one, most) for one in crisis.decisions),
        }
    )


def strictest(crisis: Crisis, items: Iterable[Item] | None = None) -> Tlp:
    """What a listing of these items is, or, left out, everything the record holds; never less than the crisis."""
    every = (*crisis.statements, *crisis.tasks, *crisis.decisions) if items is None else items
    return highest(crisis.tlp, *(one.tlp for one in every))


def with_mark(item: Item) -> str:
    """Its words, and how far they may go where somebody said so."""
    return f"{item.text} (TLP:{item.tlp.upper()})" if item.tlp else item.text


def left_out(items: Iterable[Item], audience: str, reader: Tlp) -> str:
    """A sentence about what a draft does not tell; "" when it tells everything."""
    names = [one.id for one in items if not may_read(one, reader)]
    if not names:
        return ""
    some = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    return (
        f"Not told to {audience}, who read up to TLP:{reader.upper()}: {some}. "
        f"`crisis mark {names[0]} {reader}` lets one in."
    )


def quoted(crisis: Crisis, text: str, reader: Tlp) -> tuple[str, ...]:
    """A sentence for everything that a text says word for word and that is marked as more than its reader may read."""
    said = " ".join(text.split()).casefold()
    every: tuple[Item, ...] = (*crisis.statements, *crisis.tasks, *crisis.decisions)
    return tuple(
        f"It says {one.id}, which is TLP:{one.tlp.upper()}; this reader reads up to TLP:{reader.upper()}."
        for one in every
        if one.tlp is not None and not fits(one.tlp, reader) and " ".join(one.text.split()).casefold() in said
    )


def check_mark(crisis: Crisis, item: Item, to: Tlp, by: Who, *, runs: bool) -> None:
    """Refused where it is that already, and for letting more people read what somebody else recorded, unless by who
    may run a crisis, commands it or speaks for it.
    """
    if item.tlp == to:
        raise Refused(f"{item.id} is TLP:{to.upper()} already.")
    recorded: Who | None = getattr(item, "by", None)
    holders = (crisis.roles.holder("commander"), crisis.roles.holder("communications"), recorded)
    wider = not fits(item.tlp or UNMARKED, to)
    if wider and not runs and by.person not in {one.person for one in holders if one is not None}:
        raise Refused(
            f"{item.id} is {f'TLP:{item.tlp.upper()}' if item.tlp else 'for those inside'}.",
            "Whoever recorded it, the Incident Commander or the Communications lead lets more people read it.",
        )
