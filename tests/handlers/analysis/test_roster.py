"""Rosters, labour rules and skills on shift (section 4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors.models.organisation import Absence, Person, Shift, Skill, SkillNeed, StaffingPolicy
from handlers.analysis.holiday_cover import holiday_cover
from handlers.analysis.labour import long_runs, stretches, violations
from handlers.analysis.roster import Block, coverage, expand, handovers, on_at, unknown_persons, week_hours
from handlers.analysis.skills import NOBODY, bus_factor, levels, skill_coverage

BERLIN = "Europe/Berlin"
MONDAY = date(2026, 11, 16)
SUNDAY = MONDAY + timedelta(days=6)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PEOPLE = [Person(id=f"p{i}", name=f"Analyst 0{i}", tier=1 + i % 2, role="analyst", zone=BERLIN) for i in range(1, 7)]


def _shift(person: str, start: int, end: int, days: tuple[str, ...] = WEEK, **more: object) -> Shift:
    return Shift.model_validate(
        {"person": person, "days": days, "start": time(start), "end": time(end), "zone": BERLIN, **more}
    )


def _blocks(*shifts: Shift, monday: date = MONDAY, absences: tuple[Absence, ...] = ()) -> list[Block]:
    return expand(shifts, PEOPLE, absences, monday - timedelta(days=1), monday + timedelta(days=6))


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo(BERLIN))


ROUND = (_shift("p1", 6, 14), _shift("p2", 14, 22), _shift("p3", 22, 6))


def test_4_coverage() -> None:
    """Twelve gap hours of a week are 92.9 % coverage."""
    short = _shift("p3", 22, 6, WEEK[1:])
    told = coverage(_blocks(ROUND[0], ROUND[1], short), MONDAY, BERLIN, [1] * 168)
    assert len(told.slots) == 168
    assert [(s.weekday, s.hour) for s in told.gaps] == [(0, 22), (0, 23), *((1, h) for h in range(6))]
    two = [1] * 164 + [2] * 4
    told = coverage(_blocks(ROUND[0], ROUND[1], short), MONDAY, BERLIN, two)
    assert len(told.gaps) == 12
    assert told.share == pytest.approx(156 / 168)
    assert round(told.share, 3) == 0.929


def test_lone_and_empty_hours() -> None:
    """Hours with exactly one person and with nobody are told apart; on-call fills no seat."""
    told = coverage(
        _blocks(_shift("p1", 9, 17, ("mon",)), _shift("p2", 12, 17, ("mon",)), _shift("p3", 0, 0, kind="on-call")),
        MONDAY,
        BERLIN,
        [0] * 168,
    )
    assert [s.hour for s in told.lone] == [9, 10, 11]
    assert len(told.empty) == 168 - 8
    assert told.share == 1.0


def test_an_hour_has_its_weakest_moment() -> None:
    """Half an hour of nobody leaves the hour empty; a change of shift at half past does not."""
    first = _shift("p1", 9, 10, ("mon",)).model_copy(update={"end": time(9, 30)})
    second = _shift("p2", 9, 10, ("mon",)).model_copy(update={"start": time(9, 30)})
    for shifts, heads in (((first,), 0), ((first, second), 1)):
        told = coverage(_blocks(*shifts), MONDAY, BERLIN, [1] * 168)
        assert told.slots[9].rostered == heads


def test_tiers() -> None:
    """Coverage by tier counts people of that tier or above, and the same person twice once."""
    blocks = _blocks(_shift("p1", 9, 17), _shift("p2", 9, 17), _shift("p2", 10, 12))
    assert coverage(blocks, MONDAY, BERLIN, [1] * 168).slots[10].rostered == 2
    assert coverage(blocks, MONDAY, BERLIN, [1] * 168, tier=2).slots[10].rostered == 1


@pytest.mark.parametrize(("monday", "hours"), [(date(2026, 10, 19), 169), (date(2026, 3, 23), 167), (MONDAY, 168)])
def test_weeks_of_clock_changes(monday: date, hours: int) -> None:
    """The week of 25 October 2026 has 169 hours in Berlin, that of 29 March 167; a round roster covers them all."""
    assert len(week_hours(monday, BERLIN)) == hours
    told = coverage(_blocks(*ROUND, monday=monday), monday, BERLIN, [1] * 168)
    assert (len(told.slots), told.share) == (hours, 1.0)


def test_night_belongs_to_its_start_day() -> None:
    """At 03:00 on Tuesday Monday's night is on; a day of absence takes the night that begins on it."""
    blocks = _blocks(*ROUND)
    (now,) = on_at(blocks, _at(17, 3))
    assert (now.person, now.day, now.hours, now.label) == ("p3", MONDAY, 8, "22:00–06:00")
    away = Absence(person="p3", first=MONDAY, last=MONDAY, kind="leave")
    blocks = _blocks(*ROUND, absences=(away,))
    assert on_at(blocks, _at(17, 3)) == []
    assert [b.person for b in on_at(blocks, _at(16, 3))] == ["p3"]


def test_validity_and_employment() -> None:
    """A shift counts inside its validity and its person's employment alone; unknown persons are named."""
    gone = PEOPLE[0].model_copy(update={"end": MONDAY + timedelta(days=1)})
    shift = _shift("p1", 9, 17, valid_from=MONDAY + timedelta(days=1))
    assert [b.day for b in expand([shift], [gone], [], MONDAY, SUNDAY)] == [MONDAY + timedelta(days=1)]
    assert unknown_persons([shift, _shift("ghost", 9, 17)], PEOPLE) == ("ghost",)
    assert expand([_shift("ghost", 9, 17)], PEOPLE, [], MONDAY, SUNDAY) == []


def test_shifts_of_another_zone() -> None:
    """A follow-the-sun block counts at the hours of its own zone."""
    sydney = _shift("p1", 9, 17, ("tue",)).model_copy(update={"zone": "Australia/Sydney"})
    (block,) = expand([sydney], PEOPLE, [], MONDAY, SUNDAY)
    assert block.start == datetime(2026, 11, 16, 22, tzinfo=UTC)


def test_handovers() -> None:
    """Overlap is the time the longest-present colleague shared with who leaves; nobody is told from zero minutes."""
    overlap = _blocks(_shift("p1", 6, 14, ("mon",)), _shift("p2", 13, 22, ("mon",)), _shift("p3", 22, 23, ("mon",)))
    told = handovers(overlap, _at(16, 0), _at(17, 0))
    assert [(h.person, h.minutes) for h in told] == [("p1", 60), ("p2", 0), ("p3", None)]


def test_labour_rules() -> None:
    """Less than 11 h rest, more than 12 h on and more than 48 h a week are found; limits met exactly are kept."""
    policy = StaffingPolicy()
    exact = _blocks(_shift("p1", 6, 18, ("mon", "tue", "wed", "thu")), _shift("p2", 8, 21, ("mon",)))
    assert [(v.person, v.rule, v.hours) for v in violations(exact, policy, BERLIN)] == [("p2", "shift", 13)]
    late_early = _blocks(_shift("p1", 14, 22, ("mon",)), _shift("p1", 6, 14, ("tue",)))
    (rest,) = violations(late_early, policy, BERLIN)
    assert (rest.rule, rest.hours, rest.limit, rest.start) == ("rest", 8, 11, _at(16, 22))
    long_week = _blocks(_shift("p1", 8, 17, ("mon", "tue", "wed", "thu", "fri", "sat")))
    (week,) = violations(long_week, policy, BERLIN)
    assert (week.rule, week.hours, week.start) == ("week", 54, _at(16, 0))


def test_touching_blocks_are_one_stretch() -> None:
    """Two blocks that touch are one shift of 16 h, not a rest of none; on-call is not work."""
    blocks = _blocks(_shift("p1", 6, 14, ("mon",)), _shift("p1", 14, 22, ("mon",)), _shift("p2", 0, 0, kind="on-call"))
    assert stretches(blocks) == {"p1": [(_at(16, 6), _at(16, 22))]}
    assert [(v.rule, v.hours) for v in violations(blocks, StaffingPolicy(), BERLIN)] == [("shift", 16)]


def test_rest_over_the_clock_change() -> None:
    """The night of 29 March is an hour shorter: 19:00 to 06:00 looks like 11 h and is 10."""
    monday = date(2026, 3, 23)
    blocks = expand(
        [_shift("p1", 11, 19, ("sat",)), _shift("p1", 6, 14, ("sun",))], PEOPLE, [], monday, date(2026, 3, 29)
    )
    (rest,) = violations(blocks, StaffingPolicy(), BERLIN)
    assert (rest.rule, rest.hours) == ("rest", 10)


def _skill(person: str, skill: str, level: int, basis: str = "manager", at: date = MONDAY) -> Skill:
    return Skill.model_validate({"person": person, "skill": skill, "level": level, "basis": basis, "at": at})


def test_skill_levels_are_the_latest() -> None:
    """The latest assessment counts; of one day, evidence outweighs the manager and the manager oneself."""
    held = levels(
        [
            _skill("p1", "forensics", 4, "evidence", date(2025, 1, 1)),
            _skill("p1", "forensics", 2, "self", date(2026, 1, 1)),
            _skill("p2", "forensics", 3, "evidence"),
            _skill("p2", "forensics", 1, "self"),
            _skill("p3", "malware", 4),
        ]
    )
    assert held == {("p1", "forensics"): 2, ("p2", "forensics"): 3, ("p3", "malware"): 4}
    assert bus_factor(held, "forensics") == 1
    assert bus_factor(held, "absent") == 0


def test_uncovered_skill_hours() -> None:
    """Hours in which nobody present reaches the level are counted by shift, office needs in office hours alone."""
    skills = [_skill("p1", "forensics", 3), _skill("p2", "forensics", 2), _skill("p3", "triage", 3)]
    needs = [SkillNeed(skill="forensics", level=3), SkillNeed(skill="forensics", level=2, hours="office", weight=2)]
    blocks = _blocks(ROUND[0], ROUND[1])
    always, office = skill_coverage(needs, skills, blocks, MONDAY, BERLIN)
    assert (always.needed, always.uncovered, always.bus_factor) == (168, 168 - 56, 1)
    assert always.by_shift == {NOBODY: 56, "14:00–22:00": 56}
    assert always.worst_best == {NOBODY: 0, "06:00–14:00": 3, "14:00–22:00": 2}
    assert (office.needed, office.uncovered, office.by_shift) == (40, 0, {})


def test_long_runs() -> None:
    """Seven days in a row are too many, six are not; on-call days are no shifts."""
    six = _shift("p1", 9, 17, WEEK[:6])
    seven = _shift("p2", 9, 17)
    blocks = expand([six, seven, _shift("p3", 9, 17, kind="on-call")], PEOPLE, [], MONDAY, SUNDAY)
    (run,) = long_runs(blocks)
    assert (run.person, run.first, run.days) == ("p2", MONDAY, 7)


def test_holiday_cover() -> None:
    """A holiday shows its short and empty hours and who works on it, the night before included."""
    away = Absence(person="p2", first=date(2026, 12, 25), last=date(2026, 12, 25), kind="leave")
    blocks = expand(ROUND, PEOPLE, [away], date(2026, 12, 24), date(2026, 12, 26))
    days = {date(2026, 12, 25): "Christmas Day", date(2026, 12, 26): "Second Day of Christmas"}
    first, second = holiday_cover(blocks, days, BERLIN, [1] * 168)
    assert (first.name, first.gaps, first.empty, first.people) == ("Christmas Day", 8, 8, ("p1", "p3"))
    assert (second.gaps, second.empty, second.people) == (0, 0, ("p1", "p2", "p3"))
