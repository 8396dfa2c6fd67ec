"""What a change of the budget does to service: the people it pays, spread over the week at best, by Erlang C."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from connectors.models.organisation import Person, StaffingPolicy
from handlers.analysis import staffing
from handlers.analysis.demand import WEEK, Arrivals

SEAT_TIERS = (1, 2, 3)
"""Tiers that fill a seat; leads and managers (4) are company, not capacity."""


@dataclass(frozen=True, slots=True)
class Service:
    """`fte` of the tiers that fill seats; hours of the week that stay below the minimum on shift; share in time."""

    fte: float
    seat_hours: float
    short_hours: int
    in_time: float | None


def filled(people: Iterable[Person], tier: int, on: date) -> float:
    """Full-time persons of a tier employed on a day."""
    return sum(p.fte for p in people if p.tier == tier and (p.start or date.min) <= on <= (p.end or date.max))


def seated(people: Iterable[Person], on: date) -> float:
    """Full-time persons of the tiers that fill seats."""
    kept = list(people)
    return sum(filled(kept, tier, on) for tier in SEAT_TIERS)


def heads(came: Arrivals, fte: float, policy: StaffingPolicy) -> list[int]:
    """People in seats in each of the 168 hours: as even as can be, the hours with most arrivals first.

    A best case: no roster, no absences beyond the policy's yearly hours.
    """
    hours = max(fte / staffing.per_seat(policy) * WEEK - policy.project_hours_per_week, 0.0)
    base, extra = divmod(int(hours + 1e-9), WEEK)
    busiest = sorted(range(WEEK), key=lambda hour: (-came.per_hour[hour], hour))[:extra]
    out = [base] * WEEK
    for hour in busiest:
        out[hour] += 1
    return out


def service(came: Arrivals, minutes: float, fte: float, policy: StaffingPolicy) -> Service:
    """Share of cases answered in time with the people of a scenario, none left out."""
    present = heads(came, max(fte, 0.0), policy)
    in_time = staffing.attained(came, minutes, policy, present)
    return Service(fte, float(sum(present)), sum(1 for n in present if n < policy.min_on_shift), in_time)
