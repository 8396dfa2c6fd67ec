"""`crisis after-action`: the review's document; `crisis export`: the whole record as a zip."""

from __future__ import annotations

import asyncio
from datetime import datetime

from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, Reply, option
from handlers.core.errors import UserError
from handlers.core.fetch import fetch
from handlers.core.soc import Soc
from handlers.crisis.here import here
from handlers.crisis.need_to_know import strictest
from handlers.crisis.pack import pack
from handlers.crisis.record import Record, record_of
from handlers.crisis.review import review
from messages.document import Block, Document, Mono, Notice, Paragraph, spans
from messages.files.model import Attachment, file_name

CRISIS = "Which crisis; left out: this room's"
MOST_BYTES = 8 * 2**20
"""A file waits in the outbox until it is delivered: larger ones are written on the machine that runs the bot."""


class ReviewArgs(Args):
    crisis: str = option("", CRISIS)


async def _created(record: Record, soc: Soc) -> tuple[datetime | None, str]:
    """When the case came to be, or why that is not known."""
    if not record.crisis.case or record.crisis.drill:
        return None, ""
    got = await fetch("Case desk", soc.cases.case(record.crisis.case))
    return (got.value.case.created_at, "") if got.value is not None else (None, got.source.note)


async def after_action(args: ReviewArgs, call: Authorised, soc: Soc) -> Document:
    """Figures, what was not in time, turning points, what is left open, what to ask."""
    record = await record_of(soc.crises.port, await here(call, soc, args.crisis))
    return await asyncio.to_thread(review, record, *await _created(record, soc), buttons=True)


async def export(args: ReviewArgs, call: Authorised, soc: Soc) -> Reply:
    """The pack as a file; from a record that does not verify too, with that said first."""
    record = await record_of(soc.crises.port, await here(call, soc, args.crisis))
    crisis = record.crisis
    document = await asyncio.to_thread(review, record, *await _created(record, soc))
    files = await asyncio.to_thread(pack, record, document)
    size = sum(len(text.encode()) for text in files.values())
    if size > MOST_BYTES:
        raise UserError(f"The pack has {size // 2**20} MB.", f"Where I run: soc-bot crisis export {crisis.id}")
    verified = await soc.crises.verify(crisis.id)
    blocks: list[Block] = [
        Paragraph(text=spans(cells.counted(len(record.entries), "entry", "entries"), ", head ", Mono(text=record.head)))
    ]
    if verified.broken_at is not None:
        told = f"The chain does not hold from entry {verified.broken_at} on: {verified.reason}."
        blocks.insert(0, Notice(level="error", text=spans(told)))
    zipped = Attachment(name=pack_name(record), format="zip", document=document, members=files)
    shown = Document(title=f"{crisis.name}: after-action pack", blocks=tuple(blocks), tlp=strictest(crisis))
    return Reply(shown, files=(zipped,))


def pack_name(record: Record) -> str:
    """ "crisis-1-amber-harbour_2026-11-22.zip"."""
    return file_name(record.crisis.name, record.as_of, "zip")


COMMANDS = (
    Command(
        name="crisis after-action",
        summary="The after-action review: times, misses, turning points, what is left open",
        args=ReviewArgs,
        needs=Permission.PART,
        run=after_action,
        example="crisis after-action",
        aliases=("crisis aar", "crisis hot-wash"),
        files=("pdf", "xlsx"),
    ),
    Command(
        name="crisis export",
        summary="The whole record as a zip: timeline, decisions, approvals, clocks, review, hash chain",
        args=ReviewArgs,
        needs=Permission.CRISIS,
        run=export,
        example="crisis export",
    ),
)
