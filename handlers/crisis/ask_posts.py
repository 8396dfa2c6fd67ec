"""An attestation round as people see it: the question with its buttons, and the matrix of answers. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.core import cells
from handlers.core.parcel import Post
from handlers.crisis.base import Who
from handlers.crisis.telling import button, directly
from messages.document import Actions, Block, Button, Document, Moment, Paragraph, Status, Strong, Text, Verdict, spans

if TYPE_CHECKING:
    from handlers.crisis.asks import Ask
    from handlers.crisis.state import Crisis

RULE = "red: somebody answered no; amber: answers are missing; green: all have answered and none with no"
_LABELS = (("Yes", "yes"), ("No", "no"), ("Not applicable", "not applicable"), ("Working on it", "working on it"))
MOST = 40
"""Owners in one matrix: with more, and long notes, it is no longer one message that can be replaced in place."""
_NOTE = 60


def buttons(crisis: Crisis, ask: Ask) -> tuple[Button, ...]:
    """One press answers, as whoever presses."""
    return tuple(
        button(crisis, label, f'crisis answer {ask.id} "{answer}"', first=answer == "yes") for label, answer in _LABELS
    )


def matrix(crisis: Crisis, ask: Ask) -> Document:
    """Who answered what: those who are waited for first. In the rooms it is replaced in place."""
    noes = sum(reply.answer == "no" for reply in ask.replies.values())
    left, all_of = len(ask.waiting), len(ask.owners)
    status: Status = "red" if noes else "amber" if left else "green"
    said = f"{all_of - left} of {all_of} answered" + (f", {noes} with no" if noes else "")
    due = spans("Closed. " if ask.closed else "", "Due ", Moment(at=ask.due))
    waiting = {owner.person for owner in ask.waiting}
    ordered = sorted(ask.owners, key=lambda owner: owner.person not in waiting)
    rows = [_row(ask, owner) for owner in ordered]
    blocks: list[Block] = [
        Paragraph(text=spans(Strong(text=ask.question))),
        Paragraph(text=due),
        cells.table("Answers", ("Owner", "Answer", "When", "Note"), rows[:MOST], len(rows)),
    ]
    if not ask.closed:
        blocks.append(Actions(buttons=(*buttons(crisis, ask), button(crisis, "Close", f"crisis ask close {ask.id}"))))
    verdict = Verdict(text=spans(said), status=status, rule=RULE)
    return Document(title=f"{crisis.name}: {ask.id}", verdict=verdict, blocks=tuple(blocks), tlp=crisis.tlp)


def _row(ask: Ask, owner: Who) -> tuple[Text, ...]:
    reply = ask.replies.get(owner.person)
    if reply is None:
        return cells.row(owner.name, "waiting", "", "" if owner.user else "no account here: ask them by other means")
    return cells.row(owner.name, reply.answer, cells.moment(reply.at), cells.shorten(reply.note, _NOTE))


def matrix_posts(crisis: Crisis, ask: Ask) -> tuple[Post, ...]:
    """The matrix in every room of the team, replaced in place."""
    document = matrix(crisis, ask)
    return tuple(
        Post(address=room.address, document=document, board=f"crisis:{crisis.id}:{ask.id}")
        for room in crisis.rooms
        if room.audience == "team"
    )


def questions(crisis: Crisis, ask: Ask) -> tuple[Post, ...]:
    """The question to each owner, as a direct message."""
    by = f" asks {ask.by.name}" if ask.by else ""
    blocks: tuple[Block, ...] = (
        Paragraph(text=spans(Strong(text=ask.question))),
        Paragraph(text=spans(f"{ask.id}{by}. Please answer until ", Moment(at=ask.due), ".")),
        Actions(buttons=(*buttons(crisis, ask), button(crisis, "With a note", f"crisis answer {ask.id} --form"))),
    )
    document = Document(title=crisis.name, blocks=blocks, tlp=crisis.tlp)
    return tuple(post for owner in ask.owners for post in directly(owner, document))
