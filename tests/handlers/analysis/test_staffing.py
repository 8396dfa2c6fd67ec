"""Worked examples of queue and staffing arithmetic (sections 1, 2 and 4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf

import pytest

from connectors.models.cases import Case
from connectors.models.organisation import HandlingTime, StaffingPolicy, ThreatContext
from connectors.models.reading import Window
from handlers.analysis.demand import arrivals, handling, seats
from handlers.analysis.queue import age_buckets, ages, little, load, stale
from handlers.analysis.queueing import (
    burstiness,
    erlang_a,
    erlang_b,
    erlang_c,
    fte_per_seat,
    fte_per_seat_year,
    offered_load,
    rostered,
    seats_for,
    seats_for_bursts,
    square_root_seats,
)
from handlers.analysis.relevance import gap_overlap, matches, relevance
from handlers.analysis.roster import Coverage, Slot
from handlers.analysis.staffing import way_out
from tests.handlers.analysis.frames import cases

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _case(number: int, priority: str, quiet: timedelta) -> Case:
    at = NOW - quiet
    return Case(str(number), "Case", priority, "opened", "Triage", at, at)


def test_1_load() -> None:
    """Nine cases an hour at 20 minutes: four analysts are 75 % loaded and clear 15 in 5 h; three never clear them."""
    told = load(9, 20, 4, 15)
    assert (told.capacity, told.load, told.clearing_hours) == (12, 0.75, 5.0)
    full = load(9, 20, 3, 15)
    assert (full.load, full.clearing_hours, full.will_clear) == (1.0, None, False)


def test_load_without_anybody() -> None:
    """Nobody on shift has no load figure and clears nothing; an empty queue is clear at once."""
    assert load(9, 20, 0, 15).load is None
    assert not load(9, 20, 0, 15).will_clear
    assert load(0, 20, 1, 0).clearing_hours == 0
    with pytest.raises(ValueError, match="negative"):
        load(-1, 20, 1, 0)


def test_2_little() -> None:
    """6.4 an hour for 2.5 h each is 16 in progress; 40 measured means 6.25 h each, 2.5 times what was told."""
    told = little(6.4, 2.5, 40)
    assert (told.expected, told.implied_hours, told.hidden) == (
        pytest.approx(16),
        pytest.approx(6.25),
        pytest.approx(2.5),
    )
    assert little(0, 0, 3).implied_hours is None
    assert (little(0.5, 1, 2).hidden, little(0.5, 1, 2).implied_hours) == (4, 4)


def test_age_buckets() -> None:
    """An age on an edge belongs to the older bucket, and every case is in exactly one."""
    hour = 3600.0
    told = age_buckets([-5, 0, 4 * hour - 1, 4 * hour, 24 * hour, 72 * hour, 168 * hour, 9999 * hour])
    assert told == {"0_4h": 3, "4_24h": 1, "1_3d": 1, "3_7d": 1, "7d": 2}
    assert ages([_case(1, "high", timedelta(hours=2))], NOW) == [7200]


def test_stale_by_priority() -> None:
    """One hour of silence is too long for critical, a day for medium; an unknown priority is judged as medium."""
    minute = timedelta(minutes=1)
    told = stale(
        [
            _case(1, "critical", timedelta(hours=1) + minute),
            _case(2, "critical", timedelta(hours=1)),
            _case(3, "medium", timedelta(hours=24) + minute),
            _case(4, "high", timedelta(hours=3)),
            _case(5, "bizarre", timedelta(hours=25)),
            _case(6, "low", timedelta(hours=71)),
        ],
        NOW,
    )
    assert [c.id for c in told] == ["5", "3", "1"]


def test_4_erlang_c() -> None:
    """Three Erlangs: four seats answer 75.94 % in 15 minutes, five 94.73 % after 2.36 minutes on average."""
    demand = offered_load(9, 20)
    assert demand == pytest.approx(3.0)
    four, five = erlang_c(demand, 4, 20, 15), erlang_c(demand, 5, 20, 15)
    assert four.wait == pytest.approx(0.5094, abs=5e-5)
    assert four.service_level == pytest.approx(0.7594, abs=5e-5)
    assert four.occupancy == pytest.approx(0.75)
    assert five.wait == pytest.approx(0.2362, abs=5e-5)
    assert five.service_level == pytest.approx(0.9473, abs=5e-5)
    assert five.speed == pytest.approx(2.36, abs=5e-3)
    assert five.occupancy == pytest.approx(0.6)


def test_4_seats() -> None:
    """80 % in 15 minutes needs five seats, eight rostered at 30 % shrinkage; the square-root rule says 4.73."""
    told = seats_for(3.0, 20, 15, 0.8)
    assert told.seats == 5
    assert square_root_seats(3.0) == pytest.approx(4.73, abs=5e-3)
    assert rostered(5, 0.3) == pytest.approx(7.14, abs=5e-3)
    assert seats_for(3.0, 20, 15, 0.8, max_occupancy=0.5).seats == 6
    assert seats_for(0.0, 20, 15, 0.8, at_least=2).seats == 2


def test_4_erlang_c_without_room() -> None:
    """With no more seats than load everybody waits for ever, and that is said."""
    told = erlang_c(3.0, 3, 20, 15)
    assert (told.wait, told.service_level, told.speed, told.stable) == (1.0, 0.0, inf, False)
    assert erlang_c(6.0, 3, 20, 15).occupancy == 2
    assert erlang_b(3.0, 0) == 1
    for seats_given, minutes, target in ((0, 20, 15), (4, 0, 15), (4, 20, -1)):
        with pytest.raises(ValueError, match="at least one seat"):
            erlang_c(3.0, seats_given, minutes, target)
    for share, occupancy in ((0, 1), (1, 1), (0.8, 0), (0.8, 1.1)):
        with pytest.raises(ValueError, match="lies between"):
            seats_for(3.0, 20, 15, share, max_occupancy=occupancy)


def test_4_erlang_a() -> None:
    """Work that ages out at one an hour: four seats .413 wait and 6.6 % age out, three .686 and 16.6 %."""
    four, three = erlang_a(9, 20, 4, 1), erlang_a(9, 20, 3, 1)
    assert four.wait == pytest.approx(0.413, abs=5e-4)
    assert four.abandon == pytest.approx(0.066, abs=5e-4)
    assert three.wait == pytest.approx(0.686, abs=5e-4)
    assert three.abandon == pytest.approx(0.166, abs=5e-4)


def test_erlang_a_meets_its_neighbours() -> None:
    """With endless patience Erlang A is Erlang C, with none it is Erlang B."""
    assert erlang_a(9, 20, 5, 1e-7).wait == pytest.approx(erlang_c(3, 5, 20, 15).wait, abs=1e-5)
    assert erlang_a(9, 20, 4, 1e7).abandon == pytest.approx(erlang_b(3, 4), abs=1e-5)
    assert 0.89 < erlang_a(1000, 60, 100, 1).abandon < 0.91
    with pytest.raises(ValueError, match="positive"):
        erlang_a(9, 20, 0, 1)


def test_4_full_time_persons() -> None:
    """A seat for all hours: 4.2 bare, 5.25 and 5.53 with shrinkage, 5.21 by the year's hours; five seats 26.1."""
    assert fte_per_seat() == pytest.approx(4.2)
    assert fte_per_seat(shrinkage=0.20) == pytest.approx(5.25)
    assert fte_per_seat(shrinkage=0.24) == pytest.approx(5.53, abs=5e-3)
    year = fte_per_seat_year(2080, 200, 80, 40, 80)
    assert year == pytest.approx(5.21, abs=5e-3)
    assert year == 8760 / 1680
    assert 5 * year == pytest.approx(26.1, abs=0.05)
    with pytest.raises(ValueError, match="no working hours"):
        fte_per_seat_year(100, 100, 0, 0, 0)


def test_4_bursts() -> None:
    """Bursts above 1.5 widen the margin over the load; evenly spaced arrivals leave it alone."""
    assert burstiness([2, 2, 2, 2]) == 0
    assert burstiness([0, 4, 0, 4]) == 2
    assert burstiness([0, 0]) is None
    assert seats_for_bursts(5, 3.0, 1.5) == 5
    assert seats_for_bursts(5, 3.0, 2.0) == 6
    assert seats_for_bursts(5, 3.0, 4.0) == 7


def test_demand_by_hour_of_week() -> None:
    """Two cases every Monday at 09:xx in Berlin are two an hour there and then, across the change of clocks."""
    window = Window(datetime(2026, 10, 4, 22, tzinfo=UTC), datetime(2026, 11, 1, 23, tzinfo=UTC))
    mondays = [datetime(2026, 10, d, 7, 30, tzinfo=UTC) for d in (5, 12, 19)] + [
        datetime(2026, 10, 26, 8, 30, tzinfo=UTC)
    ]
    frame = cases(
        *({"created_at": at} for at in mondays for _ in range(2)), {"created_at": mondays[0], "auto_closed": True}
    )
    told = arrivals(frame, window, "Europe/Berlin")
    assert told.total == 8
    assert told.per_hour[9] == 2
    assert sum(told.per_hour) == 2
    assert (told.weeks, told.burstiness) == (673 / 168, 0)
    need = seats(told, 20, StaffingPolicy())
    assert need.required[9] == max(2, seats_for(2 / 3, 20, 15, 0.8, max_occupancy=0.85).seats)
    assert need.required[10] == 2
    assert need.answers[9] is not None
    assert need.answers[10] is None
    assert need.fte == pytest.approx(sum(need.required) / 168 * 8760 / 1680)


def test_handling_time_by_type() -> None:
    """A case takes the minutes of the first type that names its priority or a word of its title, else the default."""
    times = [
        HandlingTime(type="phishing", match="phishing", minutes=18, basis="measured"),
        HandlingTime(type="critical", match="critical", minutes=60, basis="estimated"),
    ]
    frame = cases(
        {"title": "Phishing reported", "priority": "critical"},
        {"title": "Spearphishing reported"},
        {"title": "Malware", "priority": "critical"},
        {"title": "Phishing", "auto_closed": True},
    )
    told = handling(frame, times, 20)
    assert told.minutes == pytest.approx((18 + 20 + 60) / 3)
    assert (told.cases, told.matched, told.measured) == (3, 2, 1)
    assert handling(frame, [], 20).minutes == 20
    nothing = handling(cases(), times, 20)
    assert (nothing.minutes, nothing.cases, nothing.matched, nothing.measured) == (20, 0, 0, 0)


def test_bursts_are_not_the_daily_rhythm() -> None:
    """The same rhythm every week is no burst; one week with all the arrivals of an hour is, by its own variance."""
    window = Window(datetime(2026, 10, 5, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))
    hours = [datetime(2026, 10, 5, 9, tzinfo=UTC) + timedelta(weeks=w) for w in range(4)]
    even = arrivals(cases(*({"created_at": at} for at in hours for _ in range(6))), window, "UTC")
    burst = arrivals(cases(*[{"created_at": hours[1]}] * 24), window, "UTC")
    assert even.per_hour == burst.per_hour
    assert (even.burstiness, even.bursty) == (0, False)
    variance = (3 * 6**2 + 18**2) / (672 - 168)
    assert burst.burstiness == pytest.approx(variance / (24 / 672))
    assert burst.bursty
    assert seats(burst, 20, StaffingPolicy()).required[9] > seats(even, 20, StaffingPolicy()).required[9]
    assert arrivals(cases(), window, "UTC").burstiness is None
    one_week = Window(window.start, window.start + timedelta(weeks=1))
    assert arrivals(cases({"created_at": hours[0]}), one_week, "UTC").burstiness is None


def test_3_relevance() -> None:
    """0.4 sector + 0.2 region + 0.25 gap + 0.15 seen, every part shown; what is unknown counts nothing and is said."""
    context = ThreatContext(sectors=("Finance",), regions=("Europe",))
    told = relevance(context, sector=1, region=0, gap=0.5, seen=1)
    assert told.score == pytest.approx(0.4 + 0.125 + 0.15)
    assert [p.points for p in told.parts] == pytest.approx([0.4, 0, 0.125, 0.15])
    unsure = relevance(context, sector=1, region=None, gap=None, seen=0)
    assert (unsure.score, unsure.ceiling) == (pytest.approx(0.4), pytest.approx(0.85))
    assert [p.known for p in unsure.parts] == [True, False, False, True]
    with pytest.raises(ValueError, match="sum to 1"):
        relevance(context.model_copy(update={"weight_gap": 0.5}), 1, 1, 1, 1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        relevance(context, 2, 0, 0, 0)


def test_relevance_degrees() -> None:
    """Names match whatever their case; an empty list is unknown, not a mismatch; overlap is a share of theirs."""
    assert matches(["FINANCE "], ["finance"]) == 1
    assert matches(["energy"], ["finance"]) == 0
    assert matches([], ["finance"]) is None
    assert gap_overlap(["T1", "T2"], ["T2", "T9"]) == 0.5
    assert gap_overlap(["T1"], None) is None


def test_nights_are_not_bought_for_half_a_person() -> None:
    """Nights take 3.6 people: with 0.6 lacking the way out is to hire one, with 2 lacking to outsource nights."""
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    slots = tuple(Slot(monday + timedelta(hours=h), 0, h, 2, 1 if h < 6 else 3) for h in range(24))
    gaps = tuple(slot for slot in slots if not slot.covered)
    week = Coverage(slots, 0.75, gaps, (), ())
    small = way_out(week, 12.4, 11.8, 0.3, 3.6)
    assert (small.move, small.people, small.short, small.spare) == ("hire", 1, 6, 18)
    assert way_out(week, 12.4, 10.4, 0.3, 3.6).move == "outsource nights"
    assert way_out(week, 11.8, 12.4, 0.3, 3.6).move == "move shifts"
