"""What the ledger asks of a case desk, and what it makes of a refusal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from connectors.errors import BackendError
from connectors.ledger.frames import event_frame, origin_frame
from connectors.ledger.gathering import Gathered, gather
from connectors.models.cases import Case
from connectors.models.reading import Reading, Window
from connectors.ports import CaseDesk

HISTORY_LOST = "Case history cannot be read"
TOO_OLD = "Case history is refused before"
FINEST = timedelta(days=2)
"""How exactly the edge of what a desk keeps is looked for."""

ORIGINS_LOST = "Detection times are not known"


@runtime_checkable
class TellsChanges(Protocol):
    """A desk that may be able to list what was updated since; whether its tenant can is found out by asking."""

    async def filters_by_update(self) -> bool:
        """Does the tenant filter cases by the time of their last update?"""
        ...

    def changed(self, since: datetime) -> AsyncIterator[Reading[Case]]:
        """Cases updated since then, latest update first, a page at a time."""
        ...


async def history(desk: CaseDesk, window: Window) -> Gathered:
    """Events of the window. A desk that refuses its history is a note, not an end: `as_of` is None then.

    A desk that refuses (HTTP 400) what is older than it keeps gives the rest: the edge is found by halving.
    """
    try:
        return await gather(desk.history(window), event_frame)
    except BackendError as error:
        if not error.permanent:
            raise
        if getattr(error, "status", 0) == 400 and window.end - window.start > FINEST:
            middle = window.start + (window.end - window.start) / 2
            newer = await history(desk, Window(middle, window.end))
            if newer.as_of is not None:
                older = (
                    Gathered([], (), False, None, middle)
                    if newer.refused_to
                    else await history(desk, Window(window.start, middle))
                )
                return _both(older, newer, error)
        note = f"{HISTORY_LOST} ({error}): acknowledging and closing times are missing or proxies."
        return Gathered([], (note,), False, None, window.end, str(error))


def _both(older: Gathered, newer: Gathered, error: BackendError) -> Gathered:
    edge = newer.refused_to or older.refused_to
    notes = [note for part in (older, newer) for note in part.notes if not note.startswith((HISTORY_LOST, TOO_OLD))]
    if edge is not None:
        notes.append(f"{TOO_OLD} {edge:%Y-%m-%d} ({error}): earlier times are missing or proxies.")
    cut = older.truncated or newer.truncated
    return Gathered([*older.frames, *newer.frames], tuple(notes), cut, newer.as_of, edge, str(error) if edge else "")


async def origins(desk: CaseDesk, window: Window, *, late: bool) -> Gathered:
    """Origins of the window. A desk that gives none, for good or for now, is a note: `as_of` is None then.

    `late`: the window is not all of the history, so that earlier origins are held.
    """
    try:
        return await gather(desk.origins(window), origin_frame)
    except BackendError as error:
        lost = "those of the newest cases are missing" if late else "MTTD is not computable"
        note = f"{ORIGINS_LOST} ({error}): {lost}, and products stand in for rules."
        return Gathered([], (note,), False, None)


async def speaks_of_changes(desk: CaseDesk) -> TellsChanges | None:
    """The desk, when its tenant filters by update; None when the open queue and history must tell what changed."""
    if isinstance(desk, TellsChanges) and await desk.filters_by_update():
        return desk
    return None
