"""How an event is told: the answer to whoever typed it, a message in the team's rooms, a direct one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from handlers.core.call import Address
from handlers.core.parcel import Post
from handlers.crisis.base import Event, Who
from handlers.crisis.need_to_know import highest, marks
from messages.document import (
    Actions,
    Block,
    Button,
    Context,
    Document,
    Mention,
    Notice,
    Paragraph,
    Span,
    Strong,
    Text,
    spans,
)

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis
    from handlers.crisis.store import Changed

MOST_BUTTONS = 5
ONE_NODE = "Recorded on one node of the state store alone: no copy of it has been confirmed."
E = TypeVar("E", bound=Event)
_DIRECT = frozenset({"slack", "teams", "console"})


def named(who: Who) -> Span:
    """Who somebody is, called by their account where it is known."""
    if not who.user or who.platform not in _DIRECT:
        return Strong(text=who.name)
    return Mention(platform=who.platform, user=who.user, name=who.name)


def button(crisis: Crisis, label: str, line: str, *, first: bool = False) -> Button:
    """A button that types a line about this crisis."""
    return Button(label=label, line=f"{line} --crisis {crisis.id}", style="primary" if first else "default")


def message(crisis: Crisis, text: Text, *buttons: Button) -> Document:
    """A few words under the crisis's name, and what can be done about them."""
    blocks: list[Block] = [Paragraph(text=text)]
    if buttons:
        blocks.append(Actions(buttons=buttons[:MOST_BUTTONS]))
    return Document(title=crisis.name, blocks=tuple(blocks), tlp=crisis.tlp)


def recorded(made: Changed, *blocks: Block, buttons: tuple[Button, ...] = ()) -> Document:
    """The answer to whoever typed it: the line as it stands in the timeline, under which number."""
    crisis, event = made.crisis, made.event
    number = Context(text=spans(f"Recorded as #{event.stamp.n}" + (" before" if made.again else "")))
    shown: list[Block] = [Paragraph(text=event.line(crisis)), *blocks, number]
    if not made.copied:
        shown.append(Notice(level="warning", text=spans(ONE_NODE)))
    if buttons:
        shown.append(Actions(buttons=buttons[:MOST_BUTTONS]))
    return Document(title=crisis.name, blocks=tuple(shown), tlp=highest(crisis.tlp, *marks(event)))


def event_of(made: Changed, kind: type[E]) -> E:
    """The event that was made; TypeError for one of another kind, which `decide` cannot have made."""
    if not isinstance(made.event, kind):
        raise TypeError(f"expected {kind.__name__}, got {type(made.event).__name__}")
    return made.event


def in_rooms(crisis: Crisis, document: Document) -> tuple[Post, ...]:
    """The document in every room of the team."""
    return tuple(Post(address=room.address, document=document) for room in crisis.rooms if room.audience == "team")


def directly(to: Who, document: Document) -> tuple[Post, ...]:
    """The document as a direct message, where that can be: they may not be in the room."""
    if not to.user or to.platform not in _DIRECT:
        return ()
    at = Address(platform=to.platform, tenant=to.tenant, user=to.user, visibility="direct")
    return (Post(address=at, document=document),)
