"""Who works when: weekly shift blocks laid out on real dates, and the week's hours against what they need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connectors.models.organisation import Absence, Person, Shift
from handlers.analysis.business import WEEKDAYS, local_instant

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Block:
    """A person's stretch of work in UTC; `day` is the local day it began, `label` its local hours."""

    person: str
    tier: int
    start: datetime
    end: datetime
    kind: str
    day: date
    label: str
    wall_hours: float | None = None
    """Length by the clock on the wall; differs from `hours` when the clocks change within it."""

    @property
    def hours(self) -> float:
        return (self.end - self.start) / _HOUR


@dataclass(frozen=True, slots=True)
class Slot:
    """An hour of the week: `rostered` is the fewest people present at any moment of it."""

    start: datetime
    weekday: int
    hour: int
    required: int
    rostered: int

    @property
    def covered(self) -> bool:
        return self.rostered >= self.required


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of a week's hours: `share` covered, the hours short (`gaps`), with exactly one person, with nobody."""

    slots: tuple[Slot, ...]
    share: float
    gaps: tuple[Slot, ...]
    lone: tuple[Slot, ...]
    empty: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Handover:
    """At `at` somebody leaves; `minutes` is the longest anyone who stays was there with them, None: nobody stays."""

    at: datetime
    person: str
    minutes: float | None


def expand(
    shifts: Iterable[Shift], persons: Iterable[Person], absences: Iterable[Absence], first: date, last: date
) -> list[Block]:
    """Blocks that begin on local days `first` to `last`, sorted by start.

    Days of absence, days outside a shift's validity or a person's employment, and shifts of unknown persons have none.
    """
    known = {p.id: p for p in persons}
    away = {(a.person, a.first + timedelta(days=i)) for a in absences for i in range((a.last - a.first).days + 1)}
    blocks = []
    for shift in shifts:
        person = known.get(shift.person)
        if person is None:
            continue
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            if WEEKDAYS[day.weekday()] in shift.days and (person.id, day) not in away and _works(person, shift, day):
                blocks.append(_block(shift, person, day))
    return sorted(blocks, key=lambda b: (b.start, b.person))


def _works(person: Person, shift: Shift, day: date) -> bool:
    after = max(person.start or date.min, shift.valid_from or date.min)
    until = min(person.end or date.max, shift.valid_until or date.max)
    return after <= day <= until


def _block(shift: Shift, person: Person, day: date) -> Block:
    zone = ZoneInfo(shift.zone)
    end_day = day + timedelta(days=shift.end <= shift.start)
    return Block(
        person.id,
        person.tier,
        local_instant(day, shift.start, zone),
        local_instant(end_day, shift.end, zone),
        shift.kind,
        day,
        f"{shift.start:%H:%M}–{shift.end:%H:%M}",
        (datetime.combine(end_day, shift.end) - datetime.combine(day, shift.start)) / _HOUR,
    )


def bent(blocks: Iterable[Block]) -> list[Block]:
    """One block of each day and hours within which the clocks change, so that it is longer or shorter than written."""
    found = {(b.day, b.label): b for b in blocks if b.wall_hours is not None and abs(b.hours - b.wall_hours) > 1e-6}
    return [found[key] for key in sorted(found)]


def unknown_persons(shifts: Iterable[Shift], persons: Iterable[Person]) -> tuple[str, ...]:
    """Persons who have shifts and are not on the roster: a notice, since their shifts count for nothing."""
    return tuple(sorted({s.person for s in shifts} - {p.id for p in persons}))


def on_at(blocks: Iterable[Block], instant: datetime, kind: str = "on") -> list[Block]:
    """Blocks that hold an instant."""
    return [b for b in blocks if b.kind == kind and b.start <= instant < b.end]


def week_hours(monday: date, zone: str) -> list[datetime]:
    """UTC starts of a local week's hours: 168, or one fewer or more in a week of a clock change."""
    tz = ZoneInfo(zone)
    start, end = (local_instant(d, time(0), tz) for d in (monday, monday + timedelta(days=7)))
    return [start + i * _HOUR for i in range(round((end - start) / _HOUR))]


def coverage(blocks: Sequence[Block], monday: date, zone: str, required: Sequence[int], tier: int = 1) -> Coverage:
    """A week against `required` heads per hour (168, from Monday 00:00), counting people of at least `tier`.

    Expand blocks from the day before the week, so that its first night is there. Raises ValueError for not 168.
    """
    if len(required) != 168:
        raise ValueError(f"168 hours are needed, {len(required)} given")
    tz = ZoneInfo(zone)
    present = [b for b in blocks if b.kind == "on" and b.tier >= tier]
    slots = []
    for start in week_hours(monday, zone):
        local = start.astimezone(tz)
        need = required[local.weekday() * 24 + local.hour]
        slots.append(Slot(start, local.weekday(), local.hour, need, _fewest(present, start, start + _HOUR)))
    return Coverage(
        tuple(slots),
        sum(s.covered for s in slots) / len(slots),
        tuple(s for s in slots if not s.covered),
        tuple(s for s in slots if s.rostered == 1),
        tuple(s for s in slots if s.rostered == 0),
    )


def _fewest(blocks: Sequence[Block], start: datetime, end: datetime) -> int:
    """Fewest distinct persons present at any moment from start to end."""
    near = [b for b in blocks if b.start < end and b.end > start]
    moments = {start, *(t for b in near for t in (b.start, b.end) if start < t < end)}
    return min(len({b.person for b in near if b.start <= t < b.end}) for t in moments)


def handovers(blocks: Sequence[Block], start: datetime, end: datetime) -> list[Handover]:
    """Every end of a block inside the window, and how long somebody who stays overlapped with who leaves."""
    present = [b for b in blocks if b.kind == "on"]
    out = []
    for leaving in present:
        if start <= leaving.end < end:
            stay = [b for b in present if b.person != leaving.person and b.start <= leaving.end < b.end]
            both = [(leaving.end - max(b.start, leaving.start)).total_seconds() / 60 for b in stay]
            out.append(Handover(leaving.end, leaving.person, max(both) if both else None))
    return sorted(out, key=lambda h: (h.at, h.person))
