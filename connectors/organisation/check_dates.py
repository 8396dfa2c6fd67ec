"""What only shows on a given day: contracts that ran out, reference rows nobody looked up for a year, and shift times
that a change of clocks leaves out or doubles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connectors.models.organisation import Contract, Shift
from connectors.organisation.ageing import aged
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
    """Shifts that begin or end at a time which does not exist, or comes twice, on a day within the coming year."""
    for one in found.of(Shift):
        try:
            zone = ZoneInfo(one.record.zone)
        except (ValueError, OSError, LookupError):
            continue  # told as a wrong zone
        gap = next(_gaps(one.record, zone, today), None)
        if gap is not None:
            day, wall, word, then = gap
            lost = then.time() != wall
            what = "does not exist" if lost else "comes twice"
            told = f"{wall:%H:%M} {what} on {day} in {one.record.zone}, because the clocks change"
            when = f"at {then:%H:%M} then" if lost else "the first time"
            yield f"{at(Shift, one)}: {told} (the shift {word} {when}; write another time if it should not)"


def old(found: Folder, today: date) -> Iterator[str]:
    """Reference rows, the product's or the organisation's own, that were last checked more than a year ago."""
    for record, rows in found.records.items():
        for told in aged(record, [one.record for one in rows], today):
            yield f"{record.FILE}: {told} (look them up again, and write the day)"


def _gaps(shift: Shift, zone: ZoneInfo, today: date) -> Iterator[tuple[date, time, str, datetime]]:
    """Times that a change of clocks leaves out or doubles, with what the clock really shows then."""
    crosses = shift.end <= shift.start
    for n in range(AHEAD):
        day = today + timedelta(days=n)
        if DAYS[day.weekday()] not in shift.days or not _valid(shift, day):
            continue
        for on, wall, word in ((day, shift.start, "begins"), (day + timedelta(days=crosses), shift.end, "ends")):
            meant = datetime.combine(on, wall, zone)
            then = meant.astimezone(UTC).astimezone(zone)
            if meant.utcoffset() != meant.replace(fold=1).utcoffset():
                yield on, wall, word, then


def _valid(shift: Shift, day: date) -> bool:
    return (shift.valid_from or date.min) <= day <= (shift.valid_until or date.max)


RULES: tuple[Callable[[Folder, date], Iterator[str]], ...] = (ended, old, left_out)
