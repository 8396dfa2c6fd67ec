"""What only shows on a given day: contracts that ran out, shift times that a change of clocks leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connectors.models.organisation import Contract, Shift
from connectors.organisation.folder import Folder, at
from connectors.organisation.weeks import DAYS

AHEAD = 366
"""Days in which both changes of clocks come once."""


def ended(found: Folder, today: date) -> Iterator[str]:
    """Contracts whose last day has passed."""
    for one in found.of(Contract):
        contract = one.record
        if contract.end < today:
            told = f"the contract of {contract.product!r} ended on {contract.end}"
            yield f"{at(Contract, one)}: {told} (write its new end, or take it out)"


def left_out(found: Folder, today: date) -> Iterator[str]:
    """Shifts that begin or end at a time which does not exist on a day within the coming year."""
    for one in found.of(Shift):
        try:
            zone = ZoneInfo(one.record.zone)
        except (ValueError, OSError, LookupError):
            continue  # told as a wrong zone
        gap = next(_gaps(one.record, zone, today), None)
        if gap is not None:
            day, wall, word, then = gap
            told = f"{wall:%H:%M} does not exist on {day} in {one.record.zone}, because the clocks change"
            hint = f"the shift {word} at {then:%H:%M} then; write another time if it should not"
            yield f"{at(Shift, one)}: {told} ({hint})"


def _gaps(shift: Shift, zone: ZoneInfo, today: date) -> Iterator[tuple[date, time, str, datetime]]:
    crosses = shift.end <= shift.start
    for n in range(AHEAD):
        day = today + timedelta(days=n)
        if DAYS[day.weekday()] not in shift.days or not _valid(shift, day):
            continue
        for on, wall, word in ((day, shift.start, "begins"), (day + timedelta(days=crosses), shift.end, "ends")):
            then = datetime.combine(on, wall, zone).astimezone(UTC).astimezone(zone)
            if then.time() != wall:
                yield on, wall, word, then


def _valid(shift: Shift, day: date) -> bool:
    return (shift.valid_from or date.min) <= day <= (shift.valid_until or date.max)


RULES: tuple[Callable[[Folder, date], Iterator[str]], ...] = (ended, left_out)
