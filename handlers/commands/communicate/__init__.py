"""`communicate`: a draft for one audience, from one frozen set of facts; approving and sending are not done here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.commands.communicate import message, review
from handlers.commands.communicate.audiences import DETAILED, VOICES, canonical
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag, option
from handlers.core.errors import BadFlag
from handlers.core.soc import Soc
from messages.document import Document


class CommunicateArgs(Args):
    stakeholder: Annotated[str, Field(max_length=60)] = option(
        "executive", "Who is written to; common other words are understood", tuple(VOICES), example="executive"
    )
    quarterly_review: bool = flag("The last complete fiscal quarter instead of the current matter")
    matter: Annotated[str, Field(max_length=100)] = option(
        "", "Id of the matter, else the newest open one", example="inc-2026-11"
    )


async def run(args: CommunicateArgs, call: Authorised, soc: Soc) -> Document:
    audience = canonical(args.stakeholder)
    if not audience:
        raise BadFlag("--stakeholder", f"--stakeholder cannot be “{args.stakeholder[:60]}”.", tuple(VOICES))
    if audience in DETAILED:
        call.principal.require(Permission.CASES)
    if args.quarterly_review:
        return await review.answer(audience, call, soc)
    return await message.answer(audience, args.matter, call, soc)


COMMAND = Command(
    name="communicate",
    summary="A draft for one audience: the current matter, or the quarterly review",
    args=CommunicateArgs,
    needs=Permission.REPORTS,
    run=run,
    example="communicate --stakeholder executive",
    files=("csv", "xlsx", "pdf", "pptx", "html"),
    notes=(message.RULE, message.DRAFT_ONLY),
)
