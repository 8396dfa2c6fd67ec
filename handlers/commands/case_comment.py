"""`case comment ID TEXT`: a preview of exactly what will be written, then the writing, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from connectors.models.cases import CaseDetail
from connectors.models.reading import Written
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.cases import CaseId, detail
from handlers.core.command import Args, Command, word
from handlers.core.soc import Soc
from messages.document import Actions, Block, Button, Document, Notice, Paragraph, Strong, spans

SKEW = timedelta(minutes=2)
"""How far the desk's clock may be behind ours when a comment already written is looked for."""


class CaseCommentArgs(Args):
    case_id: CaseId = word("The case's number")
    text: Annotated[str, Field(min_length=1)] = word("The comment", rest=True)


def signed(text: str, call: Authorised) -> str:
    """The comment as the case desk will hold it: the desk knows the bot's account only, so the person is named."""
    name = " ".join(call.principal.name.split()) or call.principal.person
    return f"{text}\n\n— {name}, through the SOC manager bot"


async def run(args: CaseCommentArgs, call: Authorised, soc: Soc) -> Document:
    """The preview; nothing is written."""
    found = await detail(soc, args.case_id)
    blocks: list[Block] = [
        Paragraph(text=spans("This will be written on case ", Strong(text=found.case.id), f" ({titled(found)}):")),
        *(Paragraph(text=spans(part)) for part in signed(args.text, call).split("\n\n")),
    ]
    if not found.case.is_open:
        blocks.append(Notice(level="warning", text=spans(f"The case is {found.case.status}.")))
    return Document(title=f"Comment on case {found.case.id}?", blocks=tuple(blocks))


def titled(found: CaseDetail) -> str:
    """The case's title and priority, short."""
    return f"{cells.shorten(found.case.title, 120)}, {found.case.priority}"


async def apply(args: CaseCommentArgs, call: Authorised, soc: Soc) -> Document:
    """Write it. Asked a second time (`attempt` above 1), first look whether the first time wrote it."""
    text = signed(args.text, call)
    if call.attempt > 1:
        found = await detail(soc, args.case_id)
        if found.comments is None:
            why = (
                "An earlier attempt may have written it and the case's comments cannot be read; nothing more was sent."
            )
            return told(args.case_id, Written(False, "", why))
        since = call.at - SKEW
        if any(record.text == text and record.at >= since for record in found.comments):
            return told(args.case_id, Written(True, "", "an earlier attempt had written it"))
    return told(args.case_id, await soc.cases.comment(args.case_id, text))


def told(case_id: str, written: Written) -> Document:
    """What became of it: confirmed, or not confirmed and what to do."""
    show = Actions(buttons=(Button(label=f"Case {case_id}", line=f"case show {case_id}"),))
    detail_text = f" ({written.detail.rstrip('.')})" if written.detail else ""
    if written.confirmed:
        said = Notice(level="info", text=spans(f"The comment is on case {case_id}{detail_text}."))
        return Document(title="Comment written", blocks=(said, show))
    text = f"Whether the comment is on case {case_id} is not confirmed{detail_text}."
    advice = Paragraph(text=spans("Look at the case before you write it again: a second comment cannot be taken back."))
    return Document(title="Not confirmed", blocks=(Notice(level="error", text=spans(text)), advice, show))


COMMAND = Command(
    name="case comment",
    summary="Write a comment on a case, after a preview",
    args=CaseCommentArgs,
    needs=Permission.CASES_WRITE,
    run=run,
    apply=apply,
    example="case comment 1001 Bridge opened, evidence is being preserved",
    notes=("The comment is signed with your name, because the case desk knows the bot's account only.",),
)
