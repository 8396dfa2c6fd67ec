"""From seats to a decision: what the roster can answer, what a year of it costs in people, and which way out fits.

Builds on `demand` (seats by hour of the week), `queueing` (Erlang C and A) and `roster` (a week's coverage).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from connectors.models.organisation import StaffingPolicy
from handlers.analysis.demand import WEEK, Arrivals
from handlers.analysis.queueing import ErlangC, erlang_c, fte_per_seat_year, offered_load
from handlers.analysis.roster import Coverage

Move = Literal["keep", "move shifts", "outsource nights", "hire"]
NIGHT = frozenset((22, 23, 0, 1, 2, 3, 4, 5))
"""Local hours that count as night."""
NIGHT_SHARE = 0.5
"""From this share of the missing seat-hours at night on, nights are the problem."""
NIGHTS_WORTH = 0.5
"""Nights are bought only when at least this share of the people they take is lacking: not for half a person."""
ONE_ERLANG = 1.0
"""Below this load an hour's seats come from the minimum on shift, not from work."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Erlang C at a number of seats for a load that differs from the plan."""

    name: str
    answer: ErlangC


@dataclass(frozen=True, slots=True)
class Way:
    """The way out: `people` full-time to hire (0 unless it is `hire`), seat-hours of the week short and to spare."""

    move: Move
    people: int
    short: int
    spare: int
    night_share: float | None


def year_fte(seat_hours: float, policy: StaffingPolicy) -> float:
    """Full-time persons for so many seat-hours a week, by the policy's net hours of a year."""
    return seat_hours / WEEK * per_seat(policy)


def per_seat(policy: StaffingPolicy) -> float:
    """Full-time persons for one seat filled all hours of a year. Raises ValueError when no working hours are left."""
    return fte_per_seat_year(
        policy.contract_hours_per_year,
        policy.leave_hours,
        policy.holiday_hours,
        policy.sick_hours,
        policy.training_hours,
    )


def attained(came: Arrivals, minutes: float, policy: StaffingPolicy, heads: Sequence[int | None]) -> float | None:
    """Share answered in time with `heads` on shift in each of the 168 hours, weighted by arrivals; None without any.

    An hour with arrivals and nobody on shift answers none in time; one that a clock change left out (None) is not
    counted.
    """
    if len(heads) != WEEK:
        raise ValueError(f"{WEEK} hours are needed, {len(heads)} given")
    total = kept = 0.0
    for rate, present in zip(came.per_hour, heads, strict=True):
        if present is None or rate <= 0:
            continue
        total += rate
        if present > 0:
            told = erlang_c(offered_load(rate, minutes), present, minutes, policy.service_minutes)
            kept += rate * told.service_level
    if total <= 0:
        return None
    return kept / total


def scenarios(rate: float, minutes: float, seats: int, policy: StaffingPolicy) -> list[Scenario]:
    """The planned hour, with one person sick, with a fifth more arrivals, with a fifth more work in each case."""
    target = policy.service_minutes

    def at(name: str, per_hour: float, each: float, present: int) -> Scenario:
        return Scenario(name, erlang_c(offered_load(per_hour, each), present, each, target))

    out = [at("as planned", rate, minutes, seats)]
    if seats > 1:
        out.append(at("one person sick", rate, minutes, seats - 1))
    return [
        *out,
        at("20 % more arrivals", rate * 1.2, minutes, seats),
        at("20 % more work in each case", rate, minutes * 1.2, seats),
    ]


def by_hour(week: Coverage) -> list[int | None]:
    """Fewest people present in each of the 168 hours from Monday 00:00; None for one that a clock change left out."""
    found: list[int | None] = [None] * WEEK
    for slot in week.slots:
        at = slot.weekday * 24 + slot.hour
        known = found[at]
        found[at] = slot.rostered if known is None else min(known, slot.rostered)
    return found


def way_out(week: Coverage, needed_fte: float, available_fte: float, night_load: float, nights_fte: float) -> Way:
    """Keep, move shifts, outsource nights, or hire.

    Nothing short: keep. People enough for the year: move shifts. At least half of the missing seat-hours at night while
    the night's busiest hour holds less than one Erlang of work, and at least half of `nights_fte` (the people that
    nights take) lacking: outsource nights. Otherwise hire the difference.
    """
    short = sum(max(slot.required - slot.rostered, 0) for slot in week.slots)
    spare = sum(max(slot.rostered - slot.required, 0) for slot in week.slots)
    at_night = sum(max(slot.required - slot.rostered, 0) for slot in week.slots if slot.hour in NIGHT)
    share = at_night / short if short else None
    lacking = needed_fte - available_fte
    if short == 0 and lacking <= 0:
        return Way("keep", 0, short, spare, share)
    if lacking <= 0:
        return Way("move shifts", 0, short, spare, share)
    worth_buying = lacking >= NIGHTS_WORTH * nights_fte
    if share is not None and share >= NIGHT_SHARE and night_load < ONE_ERLANG and worth_buying:
        return Way("outsource nights", 0, short, spare, share)
    return Way("hire", ceil(lacking - 1e-9), short, spare, share)
