"""What the plan is computed from, and the computation: pure once the sources are in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.models.organisation import (
    Absence,
    HandlingTime,
    Person,
    Shift,
    Skill,
    SkillNeed,
    StaffingPolicy,
    Target,
)
from connectors.models.reading import Reading, Window
from connectors.ports import LedgerView
from handlers.analysis import demand, skills, slices, staffing
from handlers.analysis.periods import previous, trailing
from handlers.commands.resources_plan.ahead import Files, Roster, Times, ahead
from handlers.core.fetch import Got, fetch, rows
from handlers.core.soc import Soc

WEEKS_BACK = 12
LEDGER_SECONDS = 20.0


@dataclass(frozen=True)
class Inputs:
    """Every source with what came of it."""

    ledger: Got[LedgerView]
    policy: Got[Reading[StaffingPolicy]]
    handling: Got[Reading[HandlingTime]]
    people: Got[Reading[Person]]
    shifts: Got[Reading[Shift]]
    absences: Got[Reading[Absence]]
    skills: Got[Reading[Skill]]
    needs: Got[Reading[SkillNeed]]
    targets: Got[Reading[Target]]

    @property
    def all(self) -> tuple[Got[Any], ...]:
        return (
            self.ledger, self.policy, self.handling, self.people, self.shifts, self.absences, self.skills, self.needs,
            self.targets,
        )  # fmt: skip

    @property
    def assumed(self) -> StaffingPolicy:
        """The organisation's policy, or the defaults of the record."""
        kept = rows(self.policy)
        return kept[0] if kept else StaffingPolicy()


async def gather(soc: Soc, since: datetime) -> Inputs:
    """All sources at once."""
    files = soc.organisation
    work, people = await asyncio.gather(
        asyncio.gather(
            fetch("Case ledger", soc.ledger.view(since), LEDGER_SECONDS),
            fetch("Staffing policy", files.read(StaffingPolicy)),
            fetch("Handling times", files.read(HandlingTime)),
            fetch("Roster", files.read(Person)),
            fetch("Shifts", files.read(Shift)),
        ),
        asyncio.gather(
            fetch("Absences", files.read(Absence)),
            fetch("Skills", files.read(Skill)),
            fetch("Skill needs", files.read(SkillNeed)),
            fetch("Targets", files.read(Target)),
        ),
    )
    return Inputs(*work, *people)


def times(now: datetime, zone: str) -> Times:
    """Twelve complete weeks back, the next full week ahead."""
    back = trailing("weekly", WEEKS_BACK, now, zone)
    today = now.astimezone(ZoneInfo(zone)).date()
    return Times(Window(back[0].start, back[-1].end), today + timedelta(days=7 - today.weekday()), today, zone)


def held(window: Window, complete_from: datetime | None, zone: str) -> Window:
    """The window without the weeks that the ledger does not hold in full; empty when it holds none."""
    if complete_from is None or complete_from <= window.start:
        return window
    weeks = trailing("weekly", WEEKS_BACK, window.end, zone)
    whole = [week.start for week in weeks if week.start >= complete_from]
    return Window(min(whole, default=window.end), window.end)


@dataclass(frozen=True, eq=False)
class Load:
    """The work: arrivals, hands-on time, and the seats for it. `window` is what was really looked at."""

    window: Window
    came: demand.Arrivals
    handling: demand.Handling
    seats: demand.Seats
    busiest: int
    """Index of the hour of the week that needs most seats; of equals, the one with most arrivals."""
    before: int | None
    """Arrivals of the weeks before, as many; None when the ledger does not hold them all."""
    fte_range: tuple[float, float]
    """Full-time persons with a fifth fewer and a fifth more arrivals: sensitivity, not a confidence interval."""

    @property
    def weeks(self) -> int:
        """Weeks looked back on (one with a clock change is a week)."""
        return round(self.came.weeks)


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything computed; None where an input is missing, and `problems` say in sentences what could not be."""

    times: Times
    policy: StaffingPolicy
    load: Load | None
    roster: Roster | None
    skills: tuple[skills.SkillCoverage, ...] | None
    needed_fte: float | None
    without_nights: float | None
    """Full-time persons required if the seats of night hours were bought."""
    way: staffing.Way | None
    service: float | None
    """Share answered in time with the roster as it stands."""
    problems: tuple[str, ...]


def plan(inputs: Inputs, when: Times) -> Plan:
    """The whole plan. Runs in a thread."""
    policy, problems = inputs.assumed, []
    load = None
    try:
        load = _load(inputs, when, policy)
    except ValueError as error:
        problems.append(f"Seats could not be computed: {error}.")
    required = load.seats.required if load else (policy.min_on_shift,) * demand.WEEK
    rostered = (
        ahead(Files(rows(inputs.people), rows(inputs.shifts), rows(inputs.absences)), when, policy, required)
        if inputs.people.ok and inputs.shifts.ok
        else None
    )
    covered = None
    if rostered is not None and inputs.skills.ok and inputs.needs.ok:
        covered = tuple(
            skills.skill_coverage(rows(inputs.needs), rows(inputs.skills), rostered.blocks, when.monday, when.zone)
        )
    needed = without_nights = None
    if load is not None:
        by_day = sum(seats for hour, seats in enumerate(required) if hour % 24 not in staffing.NIGHT)
        needed = staffing.year_fte(sum(required) + policy.project_hours_per_week, policy)
        without_nights = staffing.year_fte(by_day + policy.project_hours_per_week, policy)
    way = service = None
    if load is not None and rostered is not None and needed is not None and without_nights is not None:
        nights = needed - without_nights
        way = staffing.way_out(rostered.week.seats, needed, rostered.available_fte, _night_load(load), nights)
        heads = staffing.by_hour(rostered.week.seats)
        service = staffing.attained(load.came, load.handling.minutes, policy, heads)
    return Plan(when, policy, load, rostered, covered, needed, without_nights, way, service, tuple(problems))


def _load(inputs: Inputs, when: Times, policy: StaffingPolicy) -> Load | None:
    """None without a ledger or without a whole week in it."""
    view = inputs.ledger.value
    if view is None:
        return None
    window = held(when.arrivals, view.facts.complete_from, when.zone)
    if window.seconds <= 0:
        raise ValueError("the ledger does not hold one complete week yet")
    came = demand.arrivals(view.cases, window, when.zone)
    earlier = before(window, when.zone)
    complete = view.facts.complete_from is None or view.facts.complete_from <= earlier.start
    previous_total = demand.arrivals(view.cases, earlier, when.zone).total if complete else None
    each = demand.handling(slices.opened(view.cases, window), rows(inputs.handling), policy.default_handling_minutes)
    needed = demand.seats(came, each.minutes, policy)
    busiest = max(range(demand.WEEK), key=lambda hour: (needed.required[hour], came.per_hour[hour], -hour))
    edges = [demand.seats(_scaled(came, factor), each.minutes, policy).fte for factor in (0.8, 1.2)]
    return Load(window, came, each, needed, busiest, previous_total, (edges[0], edges[1]))


def _scaled(came: demand.Arrivals, factor: float) -> demand.Arrivals:
    return replace(came, per_hour=tuple(rate * factor for rate in came.per_hour))


def _night_load(load: Load) -> float:
    """The largest load of a night hour, in Erlangs."""
    rates = [rate for hour, rate in enumerate(load.came.per_hour) if hour % 24 in staffing.NIGHT]
    return max(rates) * load.handling.minutes / 60


def before(window: Window, zone: str) -> Window:
    """The weeks before the window, as many as it has."""
    weeks = round(window.seconds / 604_800)
    last = trailing("weekly", 1, window.start + timedelta(seconds=1), zone)[0]
    return Window(previous(last, weeks - 1).start.astimezone(UTC) if weeks > 1 else last.start, window.start)
