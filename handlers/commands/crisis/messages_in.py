"""What people do with messages of a crisis's room: pinned or marked, they enter the timeline; edited or deleted, the
timeline says so. An adapter types these lines; the words and who wrote them come from the platform.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option, word
from handlers.core.errors import UserError
from handlers.core.soc import Soc
from handlers.crisis.base import Refused, Stamp
from handlers.crisis.here import here
from handlers.crisis.rooms import source_key
from handlers.crisis.state import Crisis
from handlers.crisis.work import Noted, SourceChanged
from messages.document import Document, Notice, spans


class NotedArgs(Args):
    crisis: str = option("", "Which crisis; left out: this room's")
    origin: Literal["pin", "reaction", "shortcut"] = option("pin", "What was done", ("pin", "reaction", "shortcut"))
    channel: str = option("", "Where the message stands")
    message: str = option("", "Its id")
    at: datetime | None = option(None, "When it was written", example="2026-11-22T06:40Z")
    author: str = option("", "The account that wrote it")
    link: str = option("", "Its permanent link")
    text: Annotated[str, Field(max_length=3_500)] = word("Its words", default="", rest=True)


async def noted(args: NotedArgs, call: Authorised, soc: Soc) -> Document:
    """In the timeline under the name of whoever pinned it, with who wrote it and when."""
    if call.door != "event":
        raise UserError("A pin or a reaction in the chat types this.", "`crisis note` is for what you want to say.")
    at = call.who
    key = source_key(at.platform, at.tenant, args.channel, args.message)
    author = soc.access.principal(at.platform, at.tenant, args.author).name if args.author else ""

    def decide(crisis: Crisis, stamp: Stamp) -> Noted:
        if (known := crisis.sources.get(key)) is not None:
            raise Refused(f"This message is in the timeline already: #{known}.")
        occurred = args.at if args.at is not None and args.at <= stamp.at else None
        text = args.text or "(a message without words)"
        return Noted(
            stamp=stamp, occurred=occurred, text=text, origin=args.origin, source=key, author=author, link=args.link
        )

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide, rooms=(key,))
    said = spans(f"#{made.event.stamp.n} in the timeline of {made.crisis.name}.")
    return Document(title="Noted", blocks=(Notice(level="info", text=said),), tlp=made.crisis.tlp)


class SourceArgs(Args):
    crisis: str = word("The crisis")
    message: str = option("", "The message, as the entry names it")
    result: Literal["edited", "deleted"] = option("edited", "What became of it", ("edited", "deleted"))
    text: Annotated[str, Field(max_length=3_500)] = word("Its new words", default="", rest=True)


async def source(args: SourceArgs, call: Authorised, soc: Soc) -> Document:
    """The message behind an entry is not what it was; the entry is."""

    def decide(crisis: Crisis, stamp: Stamp) -> SourceChanged:
        entry = crisis.sources.get(args.message)
        if entry is None:
            raise Refused("No entry was taken from this message.")
        return SourceChanged(stamp=stamp, entry=entry, text=args.text, deleted=args.result == "deleted")

    await soc.crises.change(args.crisis, call, decide)
    return Document(title="Noted")


COMMANDS = (
    Command(
        name="crisis noted",
        summary="A message was pinned or marked",
        args=NotedArgs,
        needs=Permission.PART,
        run=noted,
        example="crisis noted --channel C1 --message 1.0 The share is encrypted",
        hidden=True,
        writes=True,
    ),
    Command(
        name="crisis source",
        summary="A message behind an entry was edited or deleted",
        args=SourceArgs,
        needs=Permission.SYSTEM,
        run=source,
        example="crisis source 1 --message message:slack:T1:C1:1.0 --result deleted",
        hidden=True,
        writes=True,
    ),
)
