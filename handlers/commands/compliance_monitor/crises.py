"""Clocks of major incidents that are run in chat: their triggers are confirmed there, not in a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from connectors.errors import StateError, Unavailable
from connectors.models.organisation.clocks import ClockRule, IncidentTriggers, RegulatorProfile
from connectors.models.reading import Reading
from handlers.analysis import clocks
from handlers.analysis.clocks import Board
from handlers.core.fetch import Got, fetch
from handlers.core.soc import Soc
from handlers.crisis.clockwork import decided, incident
from handlers.crisis.state import Crisis

NAME = "Crises in chat"
LEFT_OUT = "Clocks of crises in chat are left out: they need the permission crisis.take-part."


async def read(soc: Soc) -> Got[Reading[Crisis]]:
    """Crises that are kept and real: drills and cancelled ones have no duties."""
    return await fetch(NAME, _all(soc))


async def _all(soc: Soc) -> Reading[Crisis]:
    try:
        found = [await soc.crises.get(one) for one, _ in await soc.crises.port.listed()]
    except StateError as error:
        raise Unavailable(NAME, "could not be read") from error
    real = tuple(one for one in found if not one.drill and one.phase != "cancelled")
    return Reading(real, NAME, soc.clock.now())


def called(crisis: Crisis) -> str:
    """The incident's id on the board, by which people find the room."""
    return f"crisis {crisis.id}"


def told(crisis: Crisis) -> IncidentTriggers:
    """As the arithmetic takes it; closing it ends no deadline."""
    return incident(crisis).model_copy(update={"id": called(crisis), "closed": not crisis.open})


def elsewhere(incidents: Sequence[IncidentTriggers], crises: Sequence[Crisis]) -> dict[str, str]:
    """Incident id → crisis id, of one case: what is run in chat is counted there, so that no clock stands twice."""
    by_case = {one.case: one.id for one in crises if one.case and one.open}
    return {one.id: by_case[one.case_id] for one in incidents if one.case_id in by_case}


def boards(
    crises: Sequence[Crisis], rules: Sequence[ClockRule], profile: RegulatorProfile | None, now: datetime, zone: str
) -> list[Board]:
    """One board a crisis, because scopes are decided in each."""
    return [clocks.board([told(one)], rules, decided(one, profile), now, zone) for one in crises]


def joined(first: Board, more: Sequence[Board]) -> Board:
    """All clocks in one order, earliest deadline first, filed ones last."""
    every = [first, *more]
    found = [clock for board in every for clock in board.clocks]
    dated = [(clock.due.at, clock.name, clock) for clock in found if clock.state != "filed" and clock.due is not None]
    dated.sort(key=lambda row: row[:2])
    rest = [clock for clock in found if clock.state != "filed" and clock.due is None]
    return Board(
        (*(clock for _, _, clock in dated), *rest, *(clock for clock in found if clock.state == "filed")),
        first.not_law,
        sum(board.out_of_scope for board in every),
        sum(board.not_due for board in every),
        sum(board.closed for board in every),
        tuple(dict.fromkeys(problem for board in every for problem in board.problems)),
    )
