"""How many analysts: Erlang's formulas and what they leave out.

Erlang C assumes Poisson arrivals, exponential handling, one queue, nobody who gives up. Sources: Erlang (1917); for the
recursion and Erlang A: Gans, Koole, Mandelbaum, "Telephone call centers", M&SOM 5 (2003); for bursts: Whitt,
"Understanding the efficiency of multi-server service systems", Management Science 38 (1992).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, inf, sqrt

MAX_SEATS = 10_000


@dataclass(frozen=True, slots=True)
class ErlangC:
    """`load` in Erlangs; `wait` probability of waiting; `service_level` share answered within the target;
    `speed` average speed of answer in minutes (infinite unless the load is below the seats); `occupancy` load per seat.
    """

    seats: int
    load: float
    wait: float
    service_level: float
    speed: float
    occupancy: float

    @property
    def stable(self) -> bool:
        return self.load < self.seats


@dataclass(frozen=True, slots=True)
class ErlangA:
    """`wait` probability that all seats are busy on arrival; `abandon` share that ages out before anybody takes it."""

    seats: int
    wait: float
    abandon: float


def offered_load(per_hour: float, handling_minutes: float) -> float:
    """Erlangs: arrivals per hour × hands-on hours each."""
    return per_hour * handling_minutes / 60


def erlang_b(load: float, seats: int) -> float:
    """Blocking probability by the recursion Bₙ = A·Bₙ₋₁/(n + A·Bₙ₋₁)."""
    if load < 0 or seats < 0:
        raise ValueError("load and seats must not be negative")
    blocked = 1.0
    for n in range(1, seats + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(load: float, seats: int, handling_minutes: float, target_minutes: float) -> ErlangC:
    """Waiting with `seats` for a load; with no more seats than load everybody waits for ever and it says so."""
    if seats < 1 or handling_minutes <= 0 or target_minutes < 0:
        raise ValueError("at least one seat, a positive handling time and a target not before now are needed")
    if load >= seats:
        return ErlangC(seats, load, 1.0, 0.0, inf, load / seats)
    blocked = erlang_b(load, seats)
    wait = blocked / (1 - load / seats * (1 - blocked))
    service = 1 - wait * exp(-(seats - load) * target_minutes / handling_minutes)
    return ErlangC(seats, load, wait, service, wait * handling_minutes / (seats - load), load / seats)


def seats_for(
    load: float,
    handling_minutes: float,
    target_minutes: float,
    share: float,
    *,
    max_occupancy: float = 1.0,
    at_least: int = 1,
) -> ErlangC:
    """Fewest seats (no fewer than `at_least`) that answer `share` within the target at an occupancy that is allowed."""
    if not 0 < share < 1 or not 0 < max_occupancy <= 1:
        raise ValueError("the service target lies between 0 and 1, the occupancy in (0, 1]")
    seats = max(at_least, 1, ceil(load / max_occupancy - 1e-9))
    while seats <= MAX_SEATS:
        told = erlang_c(load, seats, handling_minutes, target_minutes)
        if told.stable and told.service_level >= share:
            return told
        seats += 1
    raise ValueError(f"a load of {load:g} Erlangs needs more than {MAX_SEATS} seats")


def square_root_seats(load: float, beta: float = 1.0) -> float:
    """Rule of thumb A + β√A, a quick check of the exact answer."""
    return load + beta * sqrt(load)


def erlang_a(per_hour: float, handling_minutes: float, seats: int, patience_per_hour: float) -> ErlangA:
    """Birth–death chain where waiting work ages out at rate θ per hour each (`patience_per_hour` > 0)."""
    if per_hour <= 0 or handling_minutes <= 0 or seats < 1 or patience_per_hour <= 0:
        raise ValueError("arrivals, handling time, seats and the ageing rate must be positive")
    service = 60 / handling_minutes
    weight, total, busy, waiting, state = 1.0, 1.0, 0.0, 0.0, 0
    while state < seats or weight > total * 1e-15:
        state += 1
        queued = max(state - seats, 0)
        weight *= per_hour / (min(state, seats) * service + queued * patience_per_hour)
        total += weight
        if state >= seats:
            busy += weight
            waiting += queued * weight
        if total > 1e200:
            weight, total, busy, waiting = weight / total, 1.0, busy / total, waiting / total
    return ErlangA(seats, busy / total, patience_per_hour * waiting / total / per_hour)


def burstiness(counts: Sequence[float]) -> float | None:
    """Variance over mean of hourly counts (population variance): 1 for Poisson; None without arrivals."""
    if not counts or sum(counts) <= 0:
        return None
    mean = sum(counts) / len(counts)
    return sum((c - mean) ** 2 for c in counts) / len(counts) / mean


def seats_for_bursts(seats: int, load: float, variance_over_mean: float, threshold: float = 1.5) -> int:
    """Seats when arrivals come in bursts above the threshold: the margin over the load grows by √(variance/mean).

    An approximation (peakedness in the square-root rule); a simulation of the real arrivals is better.
    """
    if variance_over_mean <= threshold:
        return seats
    return ceil(load + (seats - load) * sqrt(variance_over_mean) - 1e-9)


def rostered(seats: float, shrinkage: float) -> float:
    """Heads to roster for `seats` filled, a share `shrinkage` of paid time being leave, sickness, training, breaks."""
    if not 0 <= shrinkage < 1:
        raise ValueError("shrinkage lies between 0 and 1")
    return seats / (1 - shrinkage)


def rostered_heads(seats: float, shrinkage: float) -> int:
    """`rostered` as whole people; 21 seats at 30 % are 30, not the 31 that binary fractions would round up to."""
    return ceil(rostered(seats, shrinkage) - 1e-9)


def fte_per_seat(week_hours: float = 40, shrinkage: float = 0.0) -> float:
    """Full-time persons for one seat filled all 168 hours of a week."""
    return rostered(168 / week_hours, shrinkage)


def fte_per_seat_year(contract: float, leave: float, holiday: float, sick: float, training: float) -> float:
    """Full-time persons for one seat filled all 8760 hours of a year; arguments in hours a year."""
    net = contract - leave - holiday - sick - training
    if net <= 0:
        raise ValueError("no working hours are left after leave, holidays, sickness and training")
    return 8760 / net
