"""When the shift ends, from the organisation's roster."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from connectors.models.organisation import Absence, Person, Shift
from connectors.models.organisation.process import ProcessPolicy
from handlers.analysis.handover import changes
from handlers.analysis.roster import expand
from handlers.core.fetch import fetch, rows
from handlers.core.soc import Soc

ASSUMED = timedelta(hours=8)
SOON = timedelta(minutes=30)
"""A change of shift so near is the beginning of the shift that a board is for, not its end."""


async def shift_end(soc: Soc, now: datetime) -> tuple[datetime, str]:
    """The next change of shift, and a sentence that says where it comes from; eight hours without a roster."""
    files = soc.organisation
    people, shifts, absences, policy = await asyncio.gather(
        fetch("Roster", files.read(Person)),
        fetch("Shifts", files.read(Shift)),
        fetch("Absences", files.read(Absence)),
        fetch("Process policy", files.read(ProcessPolicy)),
    )
    if not (people.ok and shifts.ok):
        return now + ASSUMED, "The roster is missing, so eight hours are assumed."
    day = now.astimezone(soc.zone).date()
    blocks = expand(rows(shifts), rows(people), rows(absences), day - timedelta(days=3), day + timedelta(days=3))
    minutes = (*rows(policy), ProcessPolicy())[0].handover_minutes
    end = next((change.at for change in changes(blocks, minutes) if change.at > now + SOON), None)
    if end is None or end - now > timedelta(days=1):
        return now + ASSUMED, "The roster shows no change of shift within a day, so eight hours are assumed."
    return end, "The end of the shift is the roster's next change."
