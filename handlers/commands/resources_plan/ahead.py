"""The roster ahead: thirteen weeks of blocks against what each hour needs, rest, handovers, public holidays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connectors.models.organisation import Absence, Person, Shift, StaffingPolicy
from connectors.models.reading import Window
from handlers.analysis import labour, roster
from handlers.analysis.business import holidays_ahead, local_instant
from handlers.analysis.holiday_cover import HolidayCover, holiday_cover

WEEKS_AHEAD, LABOUR_WEEKS, DAYS_AHEAD = 13, 4, 90
SEAT_TIERS = (1, 2, 3)
"""Tiers that fill a seat; leads and managers (4) are company, not capacity."""


@dataclass(frozen=True, slots=True)
class Times:
    """`arrivals`: complete weeks looked back on. `monday`: first day of the week that is planned."""

    arrivals: Window
    monday: date
    today: date
    zone: str


@dataclass(frozen=True, slots=True)
class Files:
    """The organisation's rows that a roster is laid out from."""

    people: tuple[Person, ...]
    shifts: tuple[Shift, ...]
    absences: tuple[Absence, ...]


@dataclass(frozen=True, eq=False)
class Week:
    """One week of the roster against its needs."""

    monday: date
    seats: roster.Coverage
    """People of the tiers that fill seats."""
    company: roster.Coverage
    """Everybody on shift: who is alone, which hours are empty."""


@dataclass(frozen=True, eq=False)
class Roster:
    """The plan ahead. `weeks` begin with the planned one; tier → hours of it without anybody of at least that tier."""

    weeks: tuple[Week, ...]
    tiers: dict[int, int]
    violations: tuple[labour.Violation, ...]
    handovers: tuple[roster.Handover, ...]
    feasts: tuple[HolidayCover, ...]
    feast_note: str
    available_fte: float
    seated: int
    unknown: tuple[str, ...]
    blocks: tuple[roster.Block, ...]

    @property
    def week(self) -> Week:
        return self.weeks[0]


def ahead(files: Files, when: Times, policy: StaffingPolicy, required: Sequence[int]) -> Roster:
    """Thirteen weeks of the plan, absences taken out; `required` heads for each of the 168 hours."""
    people, shifts = files.people, files.shifts
    last = when.monday + timedelta(days=7 * WEEKS_AHEAD)
    blocks = roster.expand(shifts, people, files.absences, when.today - timedelta(days=1), last)
    seated = [b for b in blocks if b.tier in SEAT_TIERS]
    mondays = [when.monday + timedelta(days=7 * n) for n in range(WEEKS_AHEAD)]
    weeks = tuple(_week(seated, blocks, monday, when.zone, required) for monday in mondays)
    start, end = _span(when.monday, when.zone, LABOUR_WEEKS)
    near = [b for b in blocks if b.end > start and b.start < end]
    feasts, note = _feasts(seated, when, policy, required)
    hired = [p for p in people if p.tier in SEAT_TIERS and _employed(p, when.monday)]
    return Roster(
        weeks=weeks,
        tiers={tier: len(roster.coverage(blocks, when.monday, when.zone, (1,) * 168, tier).gaps) for tier in (1, 2, 3)},
        violations=tuple(labour.violations(near, policy, when.zone)),
        handovers=tuple(roster.handovers(seated, *_span(when.monday, when.zone, 1))),
        feasts=feasts,
        feast_note=note,
        available_fte=sum(p.fte for p in hired),
        seated=len(hired),
        unknown=roster.unknown_persons(shifts, people),
        blocks=tuple(blocks),
    )


def _week(
    seated: Sequence[roster.Block], everybody: Sequence[roster.Block], monday: date, zone: str, required: Sequence[int]
) -> Week:
    return Week(
        monday,
        roster.coverage(seated, monday, zone, required),
        roster.coverage(everybody, monday, zone, required),
    )


def _span(monday: date, zone: str, weeks: int) -> tuple[datetime, datetime]:
    tz = ZoneInfo(zone)
    start, end = (local_instant(day, time(0), tz) for day in (monday, monday + timedelta(days=7 * weeks)))
    return start, end


def _employed(person: Person, on: date) -> bool:
    return (person.start or date.min) <= on <= (person.end or date.max)


def _feasts(
    seated: Sequence[roster.Block], when: Times, policy: StaffingPolicy, required: Sequence[int]
) -> tuple[tuple[HolidayCover, ...], str]:
    """Public holidays of the next 90 days, each hour of theirs against what the hour of the week needs."""
    if policy.holiday_country is None:
        return (), "The staffing policy names no holiday country."
    try:
        days = holidays_ahead(policy.holiday_country, when.today, DAYS_AHEAD)
    except ValueError as error:
        return (), f"Holidays are left out: {error}."
    return tuple(holiday_cover(seated, days, when.zone, required)), ""


def week_name(monday: date) -> str:
    """2026-W48."""
    week = monday.isocalendar()
    return f"{week.year}-W{week.week:02}"
