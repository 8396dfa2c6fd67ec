"""`case priority ID LEVEL`: shows from what to what, then changes it unless somebody else did meanwhile."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from connectors.models.cases import PRIORITIES
from connectors.models.reading import Written
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.cases import CaseId, detail
from handlers.core.command import Args, Command, word
from handlers.core.errors import Conflict
from handlers.core.soc import Soc
from messages.document import Actions, Block, Button, Document, Notice, Paragraph, Strong, spans

SEEN_SECONDS = 16 * 60
"""A little longer than the confirm button lives."""
Level = Annotated[
    Literal["critical", "high", "medium", "low", "info"],
    BeforeValidator(lambda said: said.lower() if isinstance(said, str) else said),
]


class CasePriorityArgs(Args):
    case_id: CaseId = word("The case's number")
    level: Level = word("The new priority", choices=PRIORITIES)


def seen_key(args: CasePriorityArgs, call: Authorised) -> str:
    """Where the priority that this person's preview showed is kept until they confirm."""
    return f"seen:{call.principal.person}:{args.case_id}:{args.level}"


async def run(args: CasePriorityArgs, call: Authorised, soc: Soc) -> Document:
    """The preview; nothing is changed. Conflict when there is nothing to change."""
    case = (await detail(soc, args.case_id)).case
    if case.priority == args.level:
        raise Conflict(f"Case {case.id} is {args.level} already.", "Nothing was changed.")
    await soc.store.put(seen_key(args, call), case.priority, SEEN_SECONDS)
    change = spans("Priority from ", Strong(text=case.priority), " to ", Strong(text=args.level), ".")
    blocks: list[Block] = [
        Paragraph(text=spans(f"Case {case.id}: {cells.shorten(case.title, 120)}; owner {case.assignee or 'none'}.")),
        Paragraph(text=change),
    ]
    if not case.is_open:
        blocks.append(Notice(level="warning", text=spans(f"The case is {case.status}.")))
    return Document(title=f"Change the priority of case {case.id}?", blocks=tuple(blocks))


async def apply(args: CasePriorityArgs, call: Authorised, soc: Soc) -> Document:
    """Change it, unless it is no longer what the preview showed."""
    now = (await detail(soc, args.case_id)).case.priority
    if now == args.level and call.attempt > 1:
        return told(args, Written(True, "", "an earlier attempt had changed it"))
    seen = await soc.store.get(seen_key(args, call))
    if seen is None or now != seen:
        was = f"The preview showed {seen}." if seen else "What the preview showed is no longer known."
        raise Conflict(
            f"Case {args.case_id} is {now} now. {was} Nothing was changed.",
            "Look at it again.",
            (f"case show {args.case_id}",),
        )
    return told(args, await soc.cases.change_priority(args.case_id, args.level))


def told(args: CasePriorityArgs, written: Written) -> Document:
    """What became of it: confirmed, or not confirmed and what to do."""
    show = Actions(buttons=(Button(label=f"Case {args.case_id}", line=f"case show {args.case_id}"),))
    why = f" ({written.detail.rstrip('.')})" if written.detail else ""
    if written.confirmed:
        said = Notice(level="info", text=spans(f"Case {args.case_id} is {args.level} now{why}."))
        return Document(title="Priority changed", blocks=(said, show))
    text = f"Whether case {args.case_id} is {args.level} is not confirmed{why}."
    advice = Paragraph(text=spans("Look at the case before you try again."))
    return Document(title="Not confirmed", blocks=(Notice(level="error", text=spans(text)), advice, show))


COMMAND = Command(
    name="case priority",
    summary="Change a case's priority, after a preview",
    args=CasePriorityArgs,
    needs=Permission.CASES_WRITE,
    run=run,
    apply=apply,
    example="case priority 1001 high",
    notes=("Refused when somebody else changed the priority between preview and confirmation.",),
)
