"""`export`: an answer as a file. Of a kept answer by its call (buttons), or of a line, which is answered first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, create_model, model_validator

from handlers.commands.export.behind import sheets
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, Reply, option, word
from handlers.core.errors import UserError
from handlers.core.kept import load
from handlers.core.parser import parse
from handlers.core.sheet import classify
from handlers.core.soc import Soc
from messages.document import Actions, Block, Button, Document, Notice, Paragraph, spans
from messages.files.model import Attachment, Format, file_name
from messages.files.said import as_of

NAME = "export"
KINDS: dict[Format, str] = {
    "csv": "CSV", "xlsx": "XLSX", "pdf": "PDF", "pptx": "PPTX", "html": "HTML", "layer": "Navigator layer"
}  # fmt: skip
TYPED: Format = "xlsx"
"""What a typed line becomes when no kind is named."""
_BEHIND = re.compile(r"\s+--as(?:\s+|=)(\w+)\s*$")


class _Asked(Args):
    what: Annotated[str, Field(max_length=3_000)] = word("A line such as `metrics soc`, or a call's id", rest=True)

    @model_validator(mode="before")
    @classmethod
    def _last(cls, raw: Any) -> Any:
        """`--as` is taken from the end of the line too, where people write it."""
        found = _BEHIND.search(str(raw.get("what", ""))) if isinstance(raw, dict) and "as" not in raw else None
        return raw if found is None else {**raw, "what": raw["what"][: found.start()], "as": found[1].lower()}

    @property
    def kind(self) -> Format | None:
        """What `--as` says; None when it was not there."""
        return getattr(self, "as") or None


# “as” is a keyword of Python, so the field cannot be declared in the class.
_AS: Any = {
    "as": (
        Literal["", "csv", "xlsx", "pdf", "pptx", "html", "layer"],
        option("", "Kind of file; a typed line becomes xlsx", tuple(KINDS)),
    )
}
ExportArgs: type[_Asked] = create_model("ExportArgs", __base__=_Asked, **_AS)


@dataclass(frozen=True, slots=True)
class Found:
    """An answer to export, with the kinds its command offers."""

    document: Document
    offers: tuple[Format, ...]
    layer: str


async def run(args: _Asked, call: Authorised, soc: Soc) -> Document | Reply:
    """Raises UserError for what cannot be exported, and whatever the line itself raises."""
    # A call's id is one word with digits in it, which no command's name is.
    kept = " " not in args.what and any(ch.isdigit() for ch in args.what)
    found = await recalled(args.what, call, soc) if kept else await answered(args.what, call, soc)
    kind = args.kind or (None if kept else TYPED)
    return choices(found, args.what) if kind is None else await made(found, kind, call, soc)


async def recalled(call_id: str, call: Authorised, soc: Soc) -> Found:
    """The kept answer, for whoever may see it now."""
    kept = await load(soc.store, call_id)
    kept.must_open_for(call.principal)
    command = soc.registry.get(kept.command)
    offers = command.files if command is not None else ("csv", "xlsx")
    return Found(kept.document, (*offers, "layer") if kept.layer else offers, kept.layer)


async def answered(line: str, call: Authorised, soc: Soc) -> Found:
    """The line's answer now; only what reads can be asked this way."""
    parsed = parse(line, soc.registry)
    command = parsed.command
    if command.apply is not None or command.writes or command.hidden or parsed.form or command.name == NAME:
        raise UserError(f"{command.name} gives no answer that could be a file.", "Export a line that reads.")
    call.principal.require(command.needs)
    reply = await command.run(parsed.args, call, soc)
    reply = reply if isinstance(reply, Reply) else Reply(reply)
    document = reply.document.model_copy(update={"call": call.id, "simulated": soc.simulated})
    await classify(document, soc.store)
    return Found(document, command.files, reply.layer)


def choices(found: Found, call_id: str) -> Document:
    """One button a kind of file."""
    buttons = tuple(Button(label=KINDS[kind], line=f"{NAME} --as {kind} {call_id}") for kind in found.offers)
    said = f"“{cells.shorten(found.document.title, 120)}” as a file, with the figures as they were shown:"
    return Document(
        title="Files",
        blocks=(Paragraph(text=spans(said)), Actions(buttons=buttons)),
        tlp=found.document.tlp,
        private=found.document.private,
    )


async def made(found: Found, kind: Format, call: Authorised, soc: Soc) -> Reply:
    """The file, and a short document that names it. Raises UserError when there is no layer."""
    document = found.document
    if kind == "layer" and not found.layer:
        raise UserError("This answer has no ATT&CK Navigator layer.", "metrics detection --coverage has one.")
    # A CSV holds one table and papers hold what was shown: the cases behind figures are for the workbook.
    behind = await sheets(document, call, soc) if kind == "xlsx" else ()
    name = file_name(document.title, as_of(document) or soc.clock.now(), kind)
    file = Attachment(
        name=name, format=kind, document=document, sheets=behind, raw=found.layer if kind == "layer" else ""
    )
    return Reply(described(file), files=(file,))


def described(file: Attachment) -> Document:
    """The file's name, what is in it, how it may be used, and what the answer itself lacks."""
    document = file.document
    rows = sum(len(sheet.rows) for sheet in file.sheets)
    holds = [cells.counted(len(document.figures), "figure")] if file.format != "layer" else ["techniques with scores"]
    if file.sheets:
        holds.append(f"{cells.counted(rows, 'row')} of cases behind {cells.counted(len(file.sheets), 'figure')}")
    table = cells.table(
        "Files",
        ("File", "Kind", "Holds", "TLP"),
        (cells.row(file.name, KINDS[file.format], ", ".join(holds), f"TLP:{document.tlp.upper()}"),),
    )
    blocks: list[Block] = [*document.notices, table]
    if document.private:
        said = "The file is about persons: it comes to you directly, and is not for passing on."
        blocks.append(Notice(level="warning", text=spans(said)))
    title = f"File of “{cells.shorten(document.title, 120)}”"
    return Document(title=title, blocks=tuple(blocks), tlp=document.tlp, private=document.private)


COMMAND = Command(
    name=NAME,
    summary="An answer as a file: CSV, XLSX with the cases behind its figures, PDF, PPTX, HTML",
    args=ExportArgs,
    needs=Permission.HELP,
    run=run,
    example="export --as xlsx metrics soc",
    budget=60.0,
    notes=(
        "The “Files” button under an answer makes files of exactly what was shown; a typed line is answered anew.",
        "A file comes to you directly, or to the channel where the answer stands for all to see.",
        "`--as layer` is the ATT&CK Navigator layer of `metrics detection --coverage`.",
    ),
)
