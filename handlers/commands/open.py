"""`open SNAPSHOT`: the cases behind a figure. Typed by buttons; asks for the figure's permission again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from connectors.models.cases import Case
from handlers.core import cells
from handlers.core.access import Permission, Tlp
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option, word
from handlers.core.errors import NotFound, UserError
from handlers.core.fetch import Got, fetch
from handlers.core.sheet import USUAL, level, snapshot_key
from handlers.core.soc import Soc
from messages.document import Actions, Block, Button, Context, Document, Moment, Notice, Source, spans

PAGE = 25


class OpenArgs(Args):
    snapshot: Annotated[str, Field(max_length=200)] = word("The figure's snapshot")
    page: Annotated[int, Field(ge=1, le=1_000)] = option(1, "Which page of twenty-five", example="2")


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot: at most 5,000 of `count` ids, taken at `at`, for whoever has `needs`, no further than `tlp`."""

    label: str
    needs: Permission
    private: bool
    person: str
    at: datetime
    count: int
    ids: tuple[str, ...]
    tlp: Tlp = USUAL


async def run(args: OpenArgs, call: Authorised, soc: Soc) -> Document:
    kept = await taken(args.snapshot, soc)
    authorise(kept, call)
    shown, pages = cells.page_of(kept.ids, args.page, PAGE)
    titles: dict[str, Case] | None = None
    got: Got[Any] | None = None
    if call.principal.may(Permission.CASES):
        got = await fetch("Case desk", soc.cases.open_cases())
        titles = None if got.value is None else {case.id: case for case in got.value.items}
    blocks: list[Block] = [got.notice] if got is not None and got.notice is not None else []
    blocks += compose(args, kept, shown, pages, titles)
    source = Source(
        name="Snapshot of the figure", as_of=kept.at, rows=len(kept.ids), truncated=len(kept.ids) < kept.count
    )
    sources = (source, got.source) if got is not None else (source,)
    return Document(
        title=f"Cases behind “{kept.label}”",
        blocks=tuple(blocks),
        provenance=sources,
        tlp=kept.tlp,
        private=kept.private,
    )


async def taken(snapshot: str, soc: Soc) -> Kept:
    """The stored snapshot; NotFound when there is none or its week is over."""
    text = await soc.store.get(snapshot_key(snapshot))
    if text is None:
        raise NotFound("The cases behind this figure are no longer kept (they are for 7 days).", "Ask for it again.")
    raw = json.loads(text)
    ids, at, tlp = tuple(raw["ids"]), datetime.fromisoformat(raw["at"]), await level(snapshot, soc.store)
    return Kept(raw["label"], Permission(raw["needs"]), raw["private"], raw["person"], at, raw["count"], ids, tlp)


def authorise(kept: Kept, call: Authorised) -> None:
    """The figure's permission again; figures of persons in a direct message only, to who asked or who may see all."""
    call.principal.require(kept.needs)
    if not kept.private:
        return
    if call.address.visibility != "direct":
        raise UserError("This figure is about persons: its cases open in a direct message only.", "Ask me directly.")
    if kept.person != call.principal.person:
        call.principal.require(Permission.PERSONS)


def compose(
    args: OpenArgs, kept: Kept, shown: Sequence[str], pages: int, titles: dict[str, Case] | None
) -> tuple[Block, ...]:
    """The page as a table; titles of those that are open now."""
    blocks: list[Block] = []
    if not kept.ids:
        return (Notice(level="info", text=spans("No case stands behind this figure.")),)
    if kept.count > len(kept.ids):
        said = f"{len(kept.ids):,} of {kept.count:,} case ids were kept; the others cannot be opened here."
        blocks.append(Notice(level="warning", text=spans(said)))
    caption = f"Cases, page {args.page} of {pages}"
    if titles is None:
        blocks.append(cells.table(caption, ("Case",), (cells.row(one) for one in shown), len(kept.ids)))
    else:
        labels = ("Case", "Priority", "Title", "Stage", "Owner")
        blocks.append(cells.table(caption, labels, (line(one, titles.get(one)) for one in shown), len(kept.ids)))
    told = f"{cells.counted(kept.count, 'case')} when the figure was made, "
    blocks.append(Context(text=spans(told, Moment(at=kept.at), "; titles are those of cases open now.")))
    buttons = []
    if args.page < pages:
        buttons.append(Button(label="Next page", line=f"open {args.snapshot} --page {args.page + 1}"))
    if args.page > 1:
        buttons.append(Button(label="Previous page", line=f"open {args.snapshot} --page {args.page - 1}"))
    if titles is not None:
        buttons += [Button(label=f"Case {one}", line=f"case show {one}") for one in shown[:3]]
    if buttons:
        blocks.append(Actions(buttons=tuple(buttons)))
    return tuple(blocks)


def line(case_id: str, case: Case | None) -> Any:
    """One case; only the id when it is not open now."""
    if case is None:
        return cells.row(case_id, "", "not open now", "", "")
    return cells.row(case_id, case.priority, cells.shorten(case.title, 120), case.stage, case.assignee)


COMMAND = Command(
    name="open",
    summary="The cases behind a figure",
    args=OpenArgs,
    needs=Permission.HELP,
    run=run,
    example="open SNAPSHOT",
    hidden=True,
)
