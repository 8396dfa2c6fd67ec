"""`case summary ID`: the SOAR's own AI summary, passed on and marked as that."""

from __future__ import annotations

from connectors.errors import Absent
from connectors.models.cases import CaseSummary
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.cases import CaseId, missing
from handlers.core.command import Args, Command, word
from handlers.core.fetch import fetch, shortfall
from handlers.core.soc import Soc
from messages.document import (
    Actions,
    Block,
    Bullets,
    Button,
    Context,
    Document,
    Heading,
    Moment,
    Notice,
    Paragraph,
    Source,
    spans,
)

SECONDS, LETTERS = 35.0, 6_000
NOTICE = "Written by the SOAR's AI from the case's data. It is not checked, and it is not a confirmed fact."
STATES = {
    "PENDING_START": "The SOAR has not begun to write it yet.",
    "IN_PROGRESS": "The SOAR is still writing it.",
    "ERROR": "The SOAR could not write it.",
}


class CaseSummaryArgs(Args):
    case_id: CaseId = word("The case's number")


async def run(args: CaseSummaryArgs, call: Authorised, soc: Soc) -> Document:
    got = await fetch("SOAR AI summary", asked(soc, args.case_id), within=SECONDS)
    title = f"AI summary of case {args.case_id}"
    if got.value is None:
        return Document(title=title, blocks=(*shortfall(got), actions(args.case_id)), provenance=(got.source,))
    source = got.source.model_copy(update={"as_of": got.value.generated_at or soc.clock.now()})
    return Document(title=title, blocks=compose(args.case_id, got.value, source), provenance=(source,))


async def asked(soc: Soc, case_id: str) -> CaseSummary:
    """The summary; NotFound when the desk has no such case."""
    try:
        return await soc.cases.summary(case_id)
    except Absent:
        raise missing(case_id) from None


def compose(case_id: str, summary: CaseSummary, source: Source) -> tuple[Block, ...]:
    """The mark first, then what the SOAR wrote."""
    if summary.state != "SUCCESSFUL":
        said = STATES.get(summary.state, f"The SOAR says “{cells.shorten(summary.state, 60)}” of it.")
        return (Notice(level="warning", text=spans(said)), actions(case_id))
    blocks: list[Block] = [Notice(level="warning", text=spans(NOTICE))]
    written = summary.text.strip()
    blocks.append(Paragraph(text=spans(cells.shorten(written, LETTERS) if written else "The SOAR wrote no text.")))
    for heading, items in (("Reasons the SOAR gives", summary.reasons), ("Next steps it proposes", summary.next_steps)):
        if items:
            blocks.append(Heading(text=heading))
            blocks.append(Bullets(items=tuple(spans(cells.shorten(item, 600)) for item in items[:20])))
        if len(items) > 20:
            blocks.append(Context(text=spans(f"20 of {len(items)} shown.")))
    state = f"State {summary.state}, "
    when = Moment(at=summary.generated_at) if summary.generated_at else "the SOAR does not say when it was written"
    blocks.append(Context(text=spans(f"{source.name}. {state}", "written " if summary.generated_at else "", when, ".")))
    blocks.append(actions(case_id))
    return tuple(blocks)


def actions(case_id: str) -> Actions:
    """Ask again (which starts a new one), or see the case."""
    again = Button(label="Write it anew", line=f"case summary {case_id}")
    return Actions(buttons=(Button(label=f"Case {case_id}", line=f"case show {case_id}"), again))


COMMAND = Command(
    name="case summary",
    summary="The SOAR's own AI summary of a case, marked as machine-written",
    args=CaseSummaryArgs,
    needs=Permission.CASES,
    run=run,
    example="case summary 1001",
    budget=45.0,
    notes=("Takes up to half a minute: the SOAR writes it when asked.",),
)
