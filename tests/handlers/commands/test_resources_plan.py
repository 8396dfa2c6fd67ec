"""`resources plan` through run(): the worked example, the roster's gaps, skills, and what happens without inputs."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

import polars as pl
import pytest

from connectors.errors import TimedOut, Unavailable
from connectors.models.cases import CASE_COLUMNS
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
from handlers.analysis.demand import Arrivals
from handlers.analysis.staffing import attained
from handlers.commands.resources_plan import COMMAND
from handlers.core.errors import BadFlag, Denied, UserError
from messages.document import Chart
from tests.handlers.commands.twins import Desk, cases_frame, cells, lines, table, with_commands, words

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKS = 12
START = datetime(2026, 8, 24, tzinfo=UTC)
"""Monday, twelve complete weeks before the desk's now (Sunday 22 November 2026)."""


def steady(per_hour: int, weeks: int = WEEKS, **more: Any) -> pl.DataFrame:
    """So many cases in every hour, all at its half."""
    at = [START + timedelta(hours=h, minutes=30) for h in range(weeks * 168) for _ in range(per_hour)]
    one = cases_frame([{"case_id": "0", "created_at": START, "updated_at": START} | more])
    frame = pl.concat([one] * len(at)) if len(at) < 10 else one.select(pl.all().repeat_by(len(at)).explode())
    return frame.with_columns(
        pl.Series("created_at", at, dtype=pl.Datetime("us", "UTC")),
        pl.Series("case_id", [str(i) for i in range(len(at))]),
    ).select(*CASE_COLUMNS)


def person(number: int, tier: int = 1, fte: float = 1.0) -> Person:
    return Person(id=f"p{number}", name=f"Analyst {number:02}", tier=tier, role="Analyst", zone="UTC", fte=fte)


def round_the_clock(people: int) -> list[Shift]:
    """Everybody always on shift, in three blocks a day."""
    hours = ((time(0), time(8)), (time(8), time(16)), (time(16), time(0)))
    return [Shift(person=f"p{n}", days=DAYS, start=a, end=b, zone="UTC") for n in range(people) for a, b in hours]


def desk(people: int = 5, **policy: Any) -> Desk:
    """Nine cases an hour, twenty minutes each, and so many people always there."""
    made = with_commands(COMMAND)
    made.ledger.cases = steady(9)
    made.organisation.files = {
        StaffingPolicy: [StaffingPolicy(**policy)],
        HandlingTime: [HandlingTime(type="All", match="medium", minutes=20, basis="measured")],
        Person: [person(n) for n in range(people)],
        Shift: round_the_clock(people),
        Absence: [],
        Skill: [],
        SkillNeed: [],
        Target: [],
    }
    return made


async def test_worked_example_of_erlang() -> None:
    """Nine cases an hour of 20 min need 5 seats: 94.73 % in 15 min, wait 2.36 min, occupancy 60 %, 8 to roster."""
    said = await desk().run("resources plan --staffing")
    value = {figure.id: figure.value for figure in said.figures}
    assert value["erlang.seats"] == 5
    assert value["erlang.load"] == pytest.approx(3.0)
    assert value["erlang.wait"] == pytest.approx(0.2362, abs=5e-5)
    assert value["erlang.service_level"] == pytest.approx(0.9473, abs=5e-5)
    assert value["erlang.speed"] == pytest.approx(2.36 * 60, abs=0.5)
    assert value["erlang.occupancy"] == pytest.approx(0.6)
    assert value["erlang.square_root"] == pytest.approx(4.73, abs=0.005)
    assert value["erlang.sick.service_level"] == pytest.approx(0.7594, abs=5e-5)
    assert value["staffing.rostered"] == 8
    assert value["staffing.fte_per_seat"] == pytest.approx(5.21, abs=0.005)
    assert value["staffing.fte.all_hours"] == pytest.approx(26.1, abs=0.05)
    assert value["roster.service_level"] == pytest.approx(0.9473, abs=5e-5)
    assert value["demand.per_hour.mean"] == pytest.approx(9.0)
    assert value["demand.burstiness"] == pytest.approx(0.0)


async def test_worked_example_of_ageing() -> None:
    """With work ageing out at one an hour four seats lose 6.6 % and three 16.6 % (Erlang A)."""
    said = await desk().run("resources plan --ages-out 1")
    rows = cells(said, "Erlang A")
    assert rows[1] == ["4", "41.3 %", "6.6 %"]
    assert rows[2][0] == "3" and rows[2][2] == "16.6 %"


async def test_people_short_is_a_hire() -> None:
    """Five seats all week need 26.1 people; five available and no night problem means hire the difference, red."""
    said = await desk().run("resources plan")
    assert said.verdict is not None and said.verdict.status == "red"
    assert "Hire 22" in words(said)
    assert said.figure("staffing.fte.shortfall").value == pytest.approx(26.07 - 5, abs=0.01)


async def test_cost_needs_a_price() -> None:
    """The cost of hiring is shown only when the policy prices a person."""
    assert all(figure.id != "staffing.cost" for figure in (await desk().run("resources plan")).figures)
    priced = await desk(cost_per_fte=84_000, currency="EUR").run("resources plan")
    cost = priced.figure("staffing.cost")
    assert cost.value == pytest.approx((8760 / 1680 * 5 - 5) * 84_000) and cost.currency == "EUR"


async def test_twelve_gap_hours_are_929_per_cent() -> None:
    """Twelve hours short of 168 are a coverage of 156/168 = 92.9 %, listed as one stretch."""
    made = desk(people=0, min_on_shift=2)
    made.ledger.cases = steady(1, weeks=WEEKS)
    made.organisation.files[Person] = [person(n) for n in range(3)]
    made.organisation.files[Shift] = [
        *round_the_clock(1),
        *(
            Shift(person="p1", days=DAYS[:6], start=a, end=b, zone="UTC")
            for a, b in ((time(0), time(12)), (time(12), time(0)))
        ),
        Shift(person="p2", days=("sun",), start=time(12), end=time(0), zone="UTC"),
    ]
    said = await made.run("resources plan --shift-coverage")
    assert said.figure("shift.coverage").value == pytest.approx(156 / 168)
    assert said.figure("shift.gap_hours").value == 12
    assert said.figure("shift.lone_hours").value == 12
    assert cells(said, "Hours short")[0][:4] == ["Sun 00:00 – Sun 11:59", "12", "2", "1"]


async def test_maps_are_seven_days_of_24_hours() -> None:
    """Every heat map has seven days of 24 hours."""
    said = await desk().run("resources plan --staffing --shift-coverage")
    maps = [block for block in said.blocks if isinstance(block, Chart)]
    assert len(maps) == 4
    assert all(len(m.labels) == 24 and len(m.series) == 7 and len(s.values) == 24 for m in maps for s in m.series)


async def test_nights_short_of_people_but_not_of_work() -> None:
    """When most missing seat-hours lie at night without an Erlang of work, the way out is to outsource nights."""
    made = desk(people=4, min_on_shift=2, project_hours_per_week=0)
    made.ledger.cases = steady(1)
    days = [Shift(person=f"p{n}", days=DAYS, start=time(6), end=time(22), zone="UTC") for n in range(2)]
    made.organisation.files[Shift] = days
    said = await made.run("resources plan")
    assert "Outsource nights" in words(said)
    assert said.figure("shift.empty_hours").value == 56
    assert said.verdict is not None and said.verdict.status == "red"


def well_staffed() -> Desk:
    """Two people at every hour in 8 h 15 min shifts with a quarter of an hour of handover; one case an hour."""
    made = desk()
    made.ledger.cases = steady(1)
    blocks = ((time(0), time(8, 15)), (time(8), time(16, 15)), (time(16), time(0, 15)))
    teams = [(days, start, end) for start, end in blocks for days in (DAYS[:5], DAYS[5:])]
    made.organisation.files[Person] = [person(n) for n in range(12)]
    made.organisation.files[Shift] = [
        Shift(person=f"p{2 * team + one}", days=days, start=start, end=end, zone="UTC")
        for team, (days, start, end) in enumerate(teams)
        for one in range(2)
    ]
    return made


async def test_everything_covered_is_green() -> None:
    """Covered hours, people enough, no lone hour, a handover at each end and no skill short is green and says keep."""
    said = await well_staffed().run("resources plan")
    assert said.verdict is not None and said.verdict.status == "green"
    assert "Keep the plan" in words(said)
    assert said.figure("shift.handover.median").value == 15 * 60


async def test_people_enough_but_in_the_wrong_hours_is_a_move() -> None:
    """People enough for the year with one hour short and others to spare is a move of shifts, amber."""
    made = well_staffed()
    shifts = made.organisation.files[Shift]
    made.organisation.files[Shift] = [
        s if s.person != "p0" else s.model_copy(update={"start": time(8), "end": time(16, 15)}) for s in shifts
    ]
    said = await made.run("resources plan")
    assert said.verdict is not None and said.verdict.status == "amber"
    assert "Move shifts" in words(said)
    assert said.figure("shift.gap_hours").value == 40


async def test_rest_too_short_is_counted_without_names() -> None:
    """Eight hours between two shifts under an eleven-hour rule are counted, and nobody is named in a channel."""
    made = desk()
    made.organisation.files[Shift] = [
        Shift(person="p0", days=("mon",), start=time(14), end=time(22), zone="UTC"),
        Shift(person="p0", days=("tue",), start=time(6), end=time(14), zone="UTC"),
    ]
    said = await made.run("resources plan --shift-coverage")
    assert said.figure("shift.violations").value == 4
    assert cells(said, "Rest and hours")[0] == ["Rest too short", "4", "1", "8 h", "11 h"]
    assert "Analyst" not in words(said) and not said.private


async def test_names_in_a_direct_message_only() -> None:
    """--names is refused outside a direct message and without the permission; in one the answer is private."""
    made = desk()
    with pytest.raises(UserError, match="direct message only"):
        await made.run("resources plan --shift-coverage --names", visibility="channel")
    with pytest.raises(Denied):
        await made.run("resources plan --names", role="lead", visibility="direct")
    made.organisation.files[Shift] = round_the_clock(2)
    said = await made.run("resources plan --shift-coverage --names", visibility="direct")
    assert said.private and "Analyst 01" in words(said)


async def test_pseudonyms_replace_names() -> None:
    """Under the works council's setting a direct message carries pseudonyms, not names."""
    made = desk()
    made.pseudonyms = True
    made.organisation.files[Shift] = round_the_clock(2)
    said = await made.run("resources plan --shift-coverage --names", visibility="direct")
    assert "Analyst" not in words(said) and "Person " in words(said)


async def test_skill_matrix() -> None:
    """A skill one person holds and who works by day leaves the other hours uncovered and has a bus factor of one."""
    made = desk(people=2)
    made.organisation.files[Shift] = [
        *(
            Shift(person="p0", days=DAYS, start=a, end=b, zone="UTC")
            for a, b in ((time(0), time(12)), (time(12), time(0)))
        ),
        Shift(person="p1", days=DAYS, start=time(8), end=time(16), zone="UTC"),
    ]
    made.organisation.files[Skill] = [
        Skill(person="p1", skill="malware", level=4, basis="evidence", at=date(2026, 1, 1)),
        Skill(person="p0", skill="malware", level=1, basis="self", at=date(2026, 1, 1)),
    ]
    made.organisation.files[SkillNeed] = [SkillNeed(skill="malware", level=3, nice="Threat Analysis")]
    said = await made.run("resources plan --skill-matrix")
    assert said.figure("skills.uncovered_hours").value == 168 - 7 * 8
    assert said.figure("skills.bus_factor").value == 1
    assert cells(said, "Skills needed")[0] == ["malware", "3", "always", "1", "1", "112", "168", "Threat Analysis"]
    assert "hang on one person or none: malware" in words(said)


async def test_absences_and_holidays_thin_the_weeks_ahead() -> None:
    """Somebody's leave lowers the coverage of that week, and a public holiday in it is listed with its short hours."""
    made = desk(people=2, min_on_shift=2, holiday_country="DE")
    made.ledger.cases = cases_frame()
    made.organisation.files[Absence] = [
        Absence(person="p0", first=date(2026, 12, 25), last=date(2026, 12, 25), kind="leave")
    ]
    said = await made.run("resources plan --shift-coverage")
    weeks = {row[0]: row[1:3] for row in cells(said, "Weeks ahead")}
    assert weeks["2026-W51"] == ["100 %", "0"] and weeks["2026-W52"][1] == "24"
    assert cells(said, "Public holidays")[0] == ["Fri 2026-12-25", "Christmas Day", "1", "24", "0"]


async def test_ledger_away_is_a_notice_and_no_zero() -> None:
    """Without the ledger there are no arrivals, no seats and no verdict, but the roster stands against the minimum."""
    made = desk()
    made.ledger.fails["view"] = TimedOut("Case ledger", 5.0)
    said = await made.run("resources plan --staffing --shift-coverage")
    ids = {figure.id for figure in said.figures}
    assert not any(i.startswith(("erlang", "demand")) for i in ids)
    assert said.figure("shift.coverage").value == 1.0
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert any("timed out" in str(notice.text) for notice in said.notices)
    assert "minimum of 2 on shift alone" in said.figure("shift.coverage").definition


async def test_roster_away_leaves_the_seats() -> None:
    """Without shifts there is no coverage; the seats still stand and the colour is unknown, not green."""
    made = desk()
    del made.organisation.files[Shift]
    said = await made.run("resources plan --shift-coverage --staffing --skill-matrix")
    assert said.figure("erlang.seats").value == 5
    assert "shift.coverage" not in {figure.id for figure in said.figures}
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert "No coverage" in words(said) and "No skill matrix" in words(said)


async def test_missing_policy_is_said_with_its_assumptions() -> None:
    """Without a staffing policy the bot's own assumptions are used and said, and what was green is unknown."""
    made = well_staffed()
    del made.organisation.files[StaffingPolicy]
    said = await made.run("resources plan")
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert "the bot's own assumptions are used" in words(said)


async def test_missing_absences_are_never_green() -> None:
    """Without the file of absences coverage is shown as if everybody came, and what was green is unknown."""
    made = well_staffed()
    made.organisation.fails["Absence"] = Unavailable("Organisation files", "could not be read")
    said = await made.run("resources plan")
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert "as if everybody came" in words(said)


async def test_no_arrivals_need_the_minimum_only() -> None:
    """Weeks without a case need the minimum on shift; burstiness and the answer in time are not computed as zero."""
    made = desk()
    made.ledger.cases = cases_frame()
    said = await made.run("resources plan --staffing --ages-out 2")
    assert said.figure("erlang.seats").value == 2
    assert said.figure("demand.burstiness").value is None
    assert "roster.service_level" not in {figure.id for figure in said.figures}


async def test_automatic_closes_need_nobody() -> None:
    """Cases closed without a human owner are not arrivals."""
    made = desk()
    made.ledger.cases = steady(9, auto_closed=True)
    assert (await made.run("resources plan")).figure("demand.cases").value == 0


async def test_truncated_ledger_is_said() -> None:
    """A truncated ledger marks the figures and says that seats may be too few."""
    made = desk()
    made.ledger.truncated = True
    said = await made.run("resources plan")
    assert said.figure("erlang.seats").truncated
    assert "seats may be too few" in words(said)


async def test_bad_flags_and_permission() -> None:
    """A value that cannot be is refused with the flag's name, and an analyst may not ask."""
    with pytest.raises(BadFlag):
        await desk().run("resources plan --ages-out -1")
    with pytest.raises(BadFlag):
        await desk().run("resources plan --staffingg")
    answer = await _as_analyst()
    assert answer == "Not done"


async def _as_analyst() -> str:
    made = desk()
    made.everybody = ("analyst",)
    return (await made.answer("resources plan")).document.title


async def test_hostile_words_stay_data() -> None:
    """A skill named in markup is shown as it is, in a table cell, shortened and never a button."""
    made = desk()
    evil = "<!channel> *x* | `y` " + "z" * 500
    made.organisation.files[SkillNeed] = [SkillNeed(skill=evil, level=3)]
    said = await made.run("resources plan --skill-matrix")
    first = cells(said, "Skills needed")[0][0]
    assert first.startswith("<!channel>") and "characters more" in first and len(first) < 80
    assert all("channel>" not in line for line in lines(said))
    assert table(said, "Skills needed").rows[0][0][0].kind == "plain"


async def test_unknown_people_are_said() -> None:
    """Shifts of somebody who is not on the roster count for nothing, and that is said."""
    made = desk()
    made.organisation.files[Shift] += [Shift(person="ghost", days=DAYS, start=time(0), end=time(8), zone="UTC")]
    said = await made.run("resources plan --shift-coverage")
    assert "not on the roster: not counted" in words(said)


def test_hours_that_a_clock_change_left_out_are_not_counted() -> None:
    """An hour that does not exist neither answers nor misses; an hour with nobody misses all that comes."""
    came = Arrivals((9.0,) * 168, 9 * 168, 1.0, None)
    full: list[int | None] = [5] * 168
    kept = attained(came, 20, StaffingPolicy(), full)
    assert kept is not None
    assert kept == pytest.approx(0.9473, abs=5e-5)
    assert attained(came, 20, StaffingPolicy(), [None, *full[1:]]) == pytest.approx(kept)
    assert attained(came, 20, StaffingPolicy(), [0] * 84 + [5] * 84) == pytest.approx(kept / 2)


async def test_a_shift_within_which_the_clocks_change_is_said() -> None:
    """A night that is an hour longer than its wall-clock times say is told once, with both lengths."""
    made = desk()
    # Morocco goes from UTC+1 to UTC on 7 February 2027, within the weeks ahead (tzdata).
    night = {"days": ("sat",), "start": time(22), "end": time(6), "zone": "Africa/Casablanca"}
    made.organisation.files[Shift] = [Shift(person=f"p{n}", **night) for n in range(2)]
    said = words(await made.run("resources plan --shift-coverage"))
    assert "The clocks change within shifts: 2027-02-06 22:00–06:00 is 9 h, not 8 h." in said
    assert "clocks change" not in words(await desk().run("resources plan --shift-coverage"))
