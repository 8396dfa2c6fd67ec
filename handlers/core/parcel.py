"""What leaves the house: a post of a command, and the parcel in which it waits in the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from connectors.ports import Outgoing
from handlers.core.call import Address, Frozen
from messages.document import Document
from messages.files.model import Attachment


class Room(Frozen):
    """A channel to be made: `name` as a platform's channel name allows it (a-z, 0-9, hyphens, at most 80 characters),
    unique for ever, so that making it twice finds the first. `invite` are user ids of the address's platform.
    """

    name: str
    title: str
    purpose: str = ""
    invite: tuple[str, ...] = ()


class Post(Frozen):
    """Something to deliver beside the answer, for everybody at that address.

    `board`: replaces the message last delivered under this key at this address, instead of standing below it; `pin`:
    pinned when it is first posted. `insiders`: refused where people from outside the organisation read along.
    `report`: a command line of the house's own; how the delivery ended is told by typing it with
    `--result sent|refused --channel ID --message ID --reason TEXT` added. `if_gone`: the line that is typed, with
    `--reason TEXT` added, only when the place turns out to be deleted, archived or closed to the bot. `room`: make this
    channel first; the document is its first message.
    """

    address: Address
    document: Document
    board: str = ""
    pin: bool = False
    insiders: bool = False
    report: str = ""
    if_gone: str = ""
    room: Room | None = None
    invite: tuple[str, ...] = ()


class Parcel(BaseModel):
    """One delivery. `id` is unique for ever; `call` is the call it belongs to; `sent_before` marks a repeat that
    could not be ruled out, and is said in the message. The other fields are those of `Post`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    kind: Literal["working", "answer", "post"]
    call: str
    address: Address
    document: Document
    sent_before: bool = False
    announced: bool = True
    """False when it is certain that no "working" message of this call stands anywhere."""
    board: str = ""
    pin: bool = False
    insiders: bool = False
    report: str = ""
    if_gone: str = ""
    room: Room | None = None
    invite: tuple[str, ...] = ()
    file: Attachment | None = None
    """To be written and delivered with the document's words about it; without a file of that kind, the words alone."""


def wrapped(post: Post, parcel_id: str, call: str) -> Parcel:
    """A post as a parcel."""
    return Parcel(
        id=parcel_id,
        kind="post",
        call=call,
        address=post.address,
        document=post.document,
        board=post.board,
        pin=post.pin,
        insiders=post.insiders,
        report=post.report,
        if_gone=post.if_gone,
        room=post.room,
        invite=post.invite,
    )


@dataclass(frozen=True, slots=True)
class Packed:
    """A document and its JSON: it is long, and made once."""

    document: Document
    text: str


def packed(document: Document) -> Packed:
    """The document with its JSON."""
    return Packed(document, document.model_dump_json())


def outgoing(parcel: Parcel, known: Packed | None = None) -> Outgoing:
    """The parcel as the outbox keeps it; what goes to one thread keeps its order. `known`: used if it is this very
    document's.
    """
    if known is None or known.document is not parcel.document:
        return Outgoing(parcel.id, parcel.address.order, parcel.model_dump_json())
    rest = parcel.model_dump_json(exclude={"document"})
    return Outgoing(parcel.id, parcel.address.order, f'{rest[:-1]},"document":{known.text}}}')
