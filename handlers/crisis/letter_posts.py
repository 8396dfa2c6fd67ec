"""What is posted about a stakeholder message: to those who must approve it, and at last the message itself. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.core.parcel import Post
from handlers.crisis.base import Who
from handlers.crisis.telling import button, directly, in_rooms, message
from messages.document import Block, Bullets, Button, Context, Document, Paragraph, Strong, Text, spans

if TYPE_CHECKING:
    from handlers.crisis.letters import Letter
    from handlers.crisis.state import Crisis

MARK = "DRILL "
DRILL = "DRILL: an exercise, nothing of this is real. "


def body(text: str) -> tuple[Block, ...]:
    """The lines of a message as blocks: "- " items of a list, "# " a heading, others paragraphs. Nothing is added."""
    out: list[Block] = []
    items: list[Text] = []
    for line in [*text.split("\n"), ""]:
        if line.startswith("- "):
            items.append(spans(line[2:]))
            continue
        if items:
            out.append(Bullets(items=tuple(items)))
            items = []
        if line.strip():
            out.append(Paragraph(text=spans(Strong(text=line[2:]) if line.startswith("# ") else line)))
    return tuple(out)


def as_sent(crisis: Crisis, letter: Letter) -> Document:
    """The message as readers get it: the frozen subject and text, how far it may go, and DRILL where it is one."""
    small = Context(text=spans(f"{DRILL if crisis.drill else ''}TLP:{letter.tlp.upper()}"))
    title = f"{MARK if crisis.drill else ''}{letter.subject}"
    return Document(title=title, blocks=(*body(letter.text), small), tlp=letter.tlp)


def outward(crisis: Crisis, letter: Letter, first: int) -> tuple[Post, ...]:
    """The posts of the deliveries from number `first` on that are under way; each tells how it ended."""
    document = as_sent(crisis, letter)
    return tuple(
        Post(
            address=one.address,
            document=document,
            insiders=True,
            report=f"crisis receipt {crisis.id} {letter.id} {place}",
        )
        for place, one in enumerate(letter.deliveries)
        if place >= first and one.address is not None and one.at is None
    )


def waiting(crisis: Crisis, letter: Letter, line: Text, ask: tuple[Who, ...]) -> tuple[Post, ...]:
    """In the rooms: what happened to it and what comes next; to whoever is asked, the text itself with its buttons."""
    left = ", ".join(letter.missing)
    told = spans(*line, f". Still needed: {left}" if left else ". It has all its approvals")
    read = button(crisis, f"Read {letter.id}", f"crisis letter {letter.id}", first=bool(left))
    send = sending(crisis, letter)
    posts = in_rooms(crisis, message(crisis, told, *((read,) if left else (send, read))))
    asked = spans(f"Your approval of {letter.id} to {letter.audience} is asked for. Who wrote it cannot approve it.")
    document = message(crisis, asked, *pressed(crisis, letter))
    shown = document.model_copy(
        update={"blocks": (document.blocks[0], *as_sent(crisis, letter).blocks, *document.blocks[1:])}
    )
    titled = shown.model_copy(update={"title": f"{crisis.name}: {letter.subject}"})
    return (*posts, *(post for who in ask for post in directly(who, titled)))


def pressed(crisis: Crisis, letter: Letter) -> tuple[Button, Button]:
    """Approve exactly this text, or say why not."""
    return (
        button(crisis, f"Approve {letter.id}", f"crisis approve {letter.id} --hash {letter.text_hash}", first=True),
        button(crisis, "Reject", f"crisis reject {letter.id} --form"),
    )


def sending(crisis: Crisis, letter: Letter, label: str = "") -> Button:
    """Asks where this very text goes."""
    line = f"crisis send {letter.id} --form --hash {letter.text_hash[:16]}"
    return button(crisis, label or f"Send {letter.id}", line, first=True)


def refused(crisis: Crisis, letter: Letter, line: Text) -> tuple[Post, ...]:
    """A place did not take it."""
    told = spans(*line, ". It can be sent to another place, or by hand.")
    again = sending(crisis, letter, f"Send {letter.id} elsewhere")
    read = button(crisis, f"Read {letter.id}", f"crisis letter {letter.id}")
    return in_rooms(crisis, message(crisis, told, again, read))
