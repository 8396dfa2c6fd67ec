"""`share CALL`: post an answer, until now seen by its asker alone, to the channel. Typed by a button."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.core.access import Permission, fits
from handlers.core.call import Address, Authorised
from handlers.core.ceilings import ceiling
from handlers.core.command import Args, Command, Reply, word
from handlers.core.errors import Conflict, UserError
from handlers.core.kept import Kept, keep, load
from handlers.core.parcel import Post
from handlers.core.soc import Soc
from messages.document import Actions, Block, Context, Document, Moment, Notice, spans

PERSONAL = ("confirm", "cancel", "share")
"""First words of lines that work for the asker alone, or once: they are not posted."""
ONCE_SECONDS = 10 * 60


class ShareArgs(Args):
    call: Annotated[str, Field(max_length=200)] = word("The call whose answer is posted")


async def run(args: ShareArgs, call: Authorised, soc: Soc) -> Reply:
    kept = await mine(args.call, call, soc)
    document = kept.document
    address = call.address
    if address.visibility == "direct" or not address.channel:
        raise UserError("There is no channel here to post to.", "Ask in the channel, then press “Post to channel”.")
    if document.private:
        raise UserError("This answer is about persons: it stays in a direct message.")
    highest = await ceiling(address, soc)
    if not fits(document.tlp, highest):
        limit = f"may see TLP:{highest.upper()} at most" if highest else "is not in the access file: nothing goes there"
        raise UserError(
            f"This answer is TLP:{document.tlp.upper()} and this channel {limit}.",
            "Whoever keeps the bot's access file can set the channel's ceiling.",
        )
    await once(args.call, call, soc)
    await keep(soc.store, kept.person, kept.needs, document, command=kept.command, layer=kept.layer, shown=True)
    return Reply(
        Document(title="Posted", blocks=(Notice(level="info", text=spans("The channel sees it now.")),), tlp="green"),
        (Post(address=public(address), document=posted(document, call, soc)),),
    )


async def mine(call_id: str, call: Authorised, soc: Soc) -> Kept:
    """The kept answer; only who asked may post it."""
    kept = await load(soc.store, call_id)
    if kept.person != call.principal.person:
        raise UserError("Only the person who asked can post this answer.", "Ask for it yourself.")
    call.principal.require(kept.needs)
    return kept


async def once(call_id: str, call: Authorised, soc: Soc) -> None:
    """Conflict when another press posted it to this channel already; the same press again is let through."""
    key = f"shared:{call.address.platform}:{call.address.tenant}:{call.address.channel}:{call_id}"
    await soc.store.add(key, "posted", ONCE_SECONDS)
    if await soc.store.claim(key, call.id) is None:
        raise Conflict("This answer has just been posted to this channel.")


def public(address: Address) -> Address:
    """The same place, for everybody there, as a new message."""
    return address.model_copy(update={"visibility": "channel", "response_url": "", "update": ""})


def posted(document: Document, call: Authorised, soc: Soc) -> Document:
    """The answer without the asker's own buttons, and with who posted it."""
    kept = tuple(block for block in map(_shared, document.blocks) if block is not None)
    by = Context(
        text=spans(f"Posted by {call.principal.name} ", Moment(at=soc.clock.now()), f" · TLP:{document.tlp.upper()}")
    )
    return document.model_copy(update={"blocks": (*kept, by)})


def _shared(block: Block) -> Block | None:
    if not isinstance(block, Actions):
        return block
    buttons = tuple(button for button in block.buttons if button.line.split(" ", 1)[0] not in PERSONAL)
    return Actions(buttons=buttons) if buttons else None


COMMAND = Command(
    name="share",
    summary="Post an answer to the channel",
    args=ShareArgs,
    needs=Permission.SHARE,
    run=run,
    example="share CALL",
    hidden=True,
)
