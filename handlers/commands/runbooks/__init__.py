"""`runbooks [list|show NAME|health]`: the catalogue, who keeps it, whether it is followed and what it saves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from connectors.models.organisation import Target
from connectors.models.organisation.process import ProcessPolicy, Runbook, RunbookUse
from handlers.analysis.runbook_health import PERSONA, Health, absent, clean, find, health
from handlers.commands.runbooks.compose import SORTING, Inputs, blocks, figures, show, verdict
from handlers.core.access import Permission
from handlers.core.book import Book, files
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, word
from handlers.core.errors import BadFlag, NotFound
from handlers.core.fetch import fetch, shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import Document


class RunbooksArgs(Args):
    action: Annotated[
        Literal["list", "show", "health"], BeforeValidator(lambda said: said.lower() if isinstance(said, str) else said)
    ] = word("What to see", default="list", choices=("list", "show", "health"))
    name: str = word("With show: the runbook's name", default="", rest=True)


async def run(args: RunbooksArgs, call: Authorised, soc: Soc) -> Document:
    """Raises BadFlag for a show without a name or a name without show, NotFound for a runbook that is not there."""
    if args.action == "show" and not args.name:
        raise BadFlag("<name>", "Which runbook? `runbooks list` names them.", PERSONA[:3])
    if args.action != "show" and args.name:
        raise BadFlag("<name>", f"`runbooks {args.action}` takes no name; say `runbooks show {args.name[:60]}`.")
    inputs = await _gather(soc)
    items = inputs.books.value.items if inputs.books.value else ()
    uses = inputs.uses.value.items if inputs.uses.value else ()
    today = soc.clock.now().astimezone(soc.zone).date()
    found = [health(book, uses, inputs.assumed, today) for book in items]
    found.sort(key=lambda h: (SORTING[h.runbook.category], h.runbook.title))
    sheet = Sheet(call, soc, Permission.METRICS)
    if args.action == "show" and inputs.books.ok:
        shown = show(_one(args.name, items, found), inputs, sheet)
        return shown.model_copy(update={"figures": await sheet.keep()})
    targets = inputs.targets.value.items if inputs.targets.value else ()
    figures(Book(sheet, files(inputs.books, inputs.uses), None, targets), found, inputs)
    lacking = absent(items) if inputs.books.ok else ()
    return Document(
        title="Runbooks",
        verdict=verdict(found, lacking, inputs),
        blocks=(*shortfall(*inputs.all), *blocks(args.action == "health", found, lacking, inputs, sheet)),
        figures=await sheet.keep(),
        provenance=tuple(got.source for got in inputs.all),
    )


async def _gather(soc: Soc) -> Inputs:
    files_ = soc.organisation
    told: Any = await asyncio.gather(
        fetch("Runbooks", files_.read(Runbook)),
        fetch("Runbook samples", files_.read(RunbookUse)),
        fetch("Process policy", files_.read(ProcessPolicy)),
        fetch("Targets", files_.read(Target)),
    )
    return Inputs(*told)


def _one(said: str, items: Sequence[Runbook], found: Sequence[Health]) -> Health:
    book = find(items, said)
    if book is None:
        near = get_close_matches(clean(said), [one.id for one in items], n=3, cutoff=0.4)
        raise NotFound(
            f"The catalogue has no runbook “{said[:60]}”.",
            f"Did you mean {' or '.join(near)}?" if near else "`runbooks list` names them.",
            tuple(f"runbooks show {name}" for name in near) or ("runbooks list",),
        )
    return next(one for one in found if one.runbook is book)


COMMAND = Command(
    name="runbooks",
    summary="The catalogue of runbooks: owners, reviews, use, adherence, effect on handling time",
    args=RunbooksArgs,
    needs=Permission.METRICS,
    run=run,
    example="runbooks health",
    notes=(
        "`runbooks show phishing_response` shows one with its steps; file names and the misspelt "
        "`investgate_a_case_w_external_tools` are understood.",
    ),
)
