"""The cases behind an answer's figures as sheets, each asked for with its own permission again."""

from __future__ import annotations

from connectors.models.cases import Case
from handlers.commands.open import Kept, authorise, taken
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.errors import UserError
from handlers.core.fetch import fetch
from handlers.core.soc import Soc
from messages.document import Document
from messages.files.model import Sheet
from messages.prose import instant

ROWS = 20_000
"""Rows of all sheets together: what chat can carry and a spreadsheet opens at once."""
TITLED = ("Case", "Title", "Priority", "Status", "Stage", "Owner")
Cell = str | None


async def sheets(document: Document, call: Authorised, soc: Soc) -> tuple[Sheet, ...]:
    """One sheet a figure that has cases; what is missing is the sheet's note, never silence."""
    titles, remark = await _titles(document, call, soc)
    room, out = ROWS, []
    for figure in document.figures:
        if figure.cases is None:
            continue
        try:
            kept = await taken(figure.cases.snapshot, soc)
            authorise(kept, call)
        except UserError as error:
            note = " ".join(part for part in (error.message, error.hint) if part)
            out.append(Sheet(name=figure.label, columns=("Case",), rows=(), note=f"Not included: {note}"))
            continue
        sheet = _sheet(figure.label, kept, titles, remark, room)
        room -= len(sheet.rows)
        out.append(sheet)
    return tuple(out)


async def _titles(document: Document, call: Authorised, soc: Soc) -> tuple[dict[str, Case] | None, str]:
    """The open cases by id, and what is said about them; None when they are not for this person or the desk is away."""
    if not any(figure.cases for figure in document.figures):
        return None, ""
    if not call.principal.may(Permission.CASES):
        return None, f"Case ids alone: titles need the permission “{Permission.CASES.value}”."
    got = await fetch("Case desk", soc.cases.open_cases())
    if got.value is None:
        return None, f"Case ids alone: {got.source.note}"
    cut = " The desk's list was cut short." if got.source.truncated else ""
    at = f" ({instant(got.source.as_of)})" if got.source.as_of else ""
    return {case.id: case for case in got.value.items}, f"Title, priority, status and owner of cases open now{at}.{cut}"


def _sheet(name: str, kept: Kept, titles: dict[str, Case] | None, remark: str, room: int) -> Sheet:
    ids = kept.ids[: max(room, 0)]
    notes = [f"{cells.counted(kept.count, 'case')} when the figure was made, {instant(kept.at)}.", remark]
    if len(ids) < kept.count:
        notes.append(f"{len(ids):,} of {kept.count:,} are in this sheet.")
    columns = ("Case",) if titles is None else TITLED
    rows = tuple((one,) if titles is None else _row(one, titles.get(one)) for one in ids)
    return Sheet(name=name, columns=columns, rows=rows, note=" ".join(note for note in notes if note))


def _row(case_id: str, case: Case | None) -> tuple[Cell, ...]:
    if case is None:
        return (case_id, "not open now", None, None, None, None)
    return (case_id, case.title, case.priority, case.status, case.stage, case.assignee)
