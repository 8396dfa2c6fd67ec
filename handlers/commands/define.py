"""`define CALL`: every figure of an answer with its definition, window, n, source and freshness. Typed by a button."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, word
from handlers.core.kept import load
from handlers.core.soc import Soc
from messages.document import Bullets, Document, Paragraph, spans
from messages.reading import definitions


class DefineArgs(Args):
    call: Annotated[str, Field(max_length=200)] = word("The call whose figures are defined")


async def run(args: DefineArgs, call: Authorised, soc: Soc) -> Document:
    kept = await load(soc.store, args.call)
    kept.must_open_for(call.principal)
    document = kept.document
    lead = f"{len(document.figures)} figures; those that share a definition share a line."
    return Document(
        title=f"Definitions: {document.title}",
        blocks=(Paragraph(text=spans(lead)), Bullets(items=tuple(spans(line) for line in definitions(document)))),
        tlp=document.tlp,
        private=document.private,
    )


COMMAND = Command(
    name="define",
    summary="The definitions of an answer's figures",
    args=DefineArgs,
    needs=Permission.HELP,
    run=run,
    example="define CALL",
    hidden=True,
)
