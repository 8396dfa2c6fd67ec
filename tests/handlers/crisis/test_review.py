"""The after-action review: figures from the record, misses by role, what is left open, no drill as real."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from handlers.crisis.record import Record, record_of
from handlers.crisis.response import figures
from handlers.crisis.review import review, working_day
from messages.figures import Figure
from tests.handlers.crisis.letterbox import approved, letterbox
from tests.handlers.crisis.room import PERSONS, Room, text_of


def to(room: Room, hour: int, minute: int) -> None:
    room.clock.advance((datetime(2026, 11, 22, hour, minute, tzinfo=UTC) - room.clock.now()).total_seconds())


async def record(room: Room) -> Record:
    return await record_of(room.state.crises, "1")


async def figure(room: Room, figure_id: str) -> Figure:
    return next(one for one in figures(await record(room)) if one.id == figure_id)


async def night(folder: Path) -> Room:
    """The example of the reference (declared 02:10, command 02:31, update 03:22, contained 06:40), begun at 09:00."""
    room = await letterbox(folder)
    to(room, 9, 21)
    await room.say("lead", "crisis take commander")
    await room.do("lead", "crisis mobilise")
    to(room, 9, 50)
    await approved(room)
    to(room, 10, 12)
    sent = await room.do("ciso", 'crisis send M1 --by-hand mail --reference "ticket 4711"')
    assert sent.outcome == "applied", text_of(sent.document)
    to(room, 13, 30)
    await room.do("lead", "crisis contain")
    return room


async def test_the_references_example_gives_its_figures(tmp_path: Path) -> None:
    """Commander after 21 min, target 15; contained after 4 h 30 min; the first update came 12 min late."""
    room = await night(tmp_path)
    commander = await figure(room, "crisis.commander.time")
    assert (commander.value, commander.target) == (21 * 60, 15 * 60)
    assert (await figure(room, "crisis.contain.time")).value == 4.5 * 3600
    said = text_of((await room.say("lead", "crisis after-action")).document)
    assert "Contained 4 h 30 min after the declaration" in said
    assert "Incident Commander in place: 6 min late, due 2026-11-22 09:15 UTC" in said
    assert "Update to executive: 12 min late, due 2026-11-22 10:00 UTC" in said


async def test_a_phase_that_did_not_hold_has_no_time() -> None:
    """Back to mobilised: no containment until there is a second one, and that one counts from the declaration."""
    room = Room()
    await room.declared()
    assert "never contained" in (await figure(room, "crisis.contain.time")).note
    await room.do("lead", "crisis mobilise")
    room.clock.advance(3600)
    await room.do("lead", "crisis contain")
    assert (await figure(room, "crisis.contain.time")).value == 3600
    await room.do("lead", "crisis reopen the attacker is back")
    gone = await figure(room, "crisis.contain.time")
    assert (gone.value, gone.n, "did not hold" in gone.note) == (None, 0, True)
    room.clock.advance(3600)
    await room.do("lead", "crisis contain")
    again = await figure(room, "crisis.contain.time")
    assert (again.value, again.note) == (7200, "contained 2 times; the last one counts")
    assert (await figure(room, "crisis.mobilise.time")).value == 0


async def test_event_time_counts_not_logged_time() -> None:
    """What was logged late counts from when it happened."""
    room = Room()
    await room.declared()
    await room.do("lead", "crisis mobilise")
    room.clock.advance(7200)
    answer = await room.do("lead", "crisis contain --at 2026-11-22T09:30Z")
    assert answer.outcome == "applied", text_of(answer.document)
    assert (await figure(room, "crisis.contain.time")).value == 1800


async def test_what_is_not_known_is_no_zero() -> None:
    """No value, and why: nobody took command, no deadline on the board, no message approved, no case."""
    room = Room()
    await room.declared()
    found = {one.id: one for one in figures(await record(room), None, "The desk did not answer.")}
    for name in ("commander.time", "detect.time", "declare.time", "clocks.in_time.count", "letters.approval.median"):
        one = found[f"crisis.{name}"]
        assert (one.value, bool(one.note)) == (None, True), name
    assert found["crisis.detect.time"].note == "The desk did not answer."
    detected = figures(await record(room), datetime(2026, 11, 22, 8, 0, tzinfo=UTC))[0]
    assert detected.value == 3600
    backwards = figures(await record(room), datetime(2026, 11, 22, 9, 1, tzinfo=UTC))[0]
    assert (backwards.value, backwards.note) == (None, "its beginning is recorded after its end")


async def test_findings_name_roles_and_no_person(tmp_path: Path) -> None:
    """No name of a person who took part stands in the review."""
    room = await night(tmp_path)
    await room.say("analyst", "crisis task check the backups")
    await room.say("lead", "crisis decide cut the network --because it spreads")
    document = review(await record(room))
    said = text_of(document)
    assert "Incident Commander in place" in said
    assert [name for name in PERSONS if name.capitalize() in said] == []


async def test_what_nobody_finished_is_named() -> None:
    """Unknowns, assumptions and tasks that were never settled; what was settled is not among them."""
    room = Room()
    await room.declared()
    for line in (
        "crisis unknown whether customer data left", "crisis unknown who opened the door",
        "crisis assume the way in was the VPN", "crisis task check the backups", "crisis task call the provider",
        "crisis settle S2 fact a contractor --source badges", "crisis task done T2",
    ):  # fmt: skip
        assert (await room.say("lead", line)).outcome == "answered", line
    said = text_of((await room.say("lead", "crisis after-action")).document)
    assert "Never answered: S1 whether customer data left" in said
    assert "Never settled: S3 the way in was the VPN" in said
    assert "Never done: T1 check the backups" in said
    assert "contractor" not in said
    assert "call the provider" not in said
    assert (await figure(room, "crisis.unknowns.open.count")).value == 1
    tasks = await figure(room, "crisis.tasks.open.count")
    assert (tasks.value, tasks.n) == (1, 2)


async def test_a_review_of_what_is_still_open_says_so_and_a_closed_one_its_dates() -> None:
    """Closed on a Sunday: the hot wash until Friday, the final review within thirty days."""
    room = Room()
    await room.declared()
    early = text_of((await room.say("lead", "crisis after-action")).document)
    assert "It is declared: this is how it stands" in early
    await room.do("lead", "crisis cancel it was a test of the sensor")
    said = text_of((await room.say("lead", "crisis after-action")).document)
    assert "Hot wash until 2026-11-27" in said
    assert "final review until 2026-12-22" in said


def test_working_days_are_monday_to_friday() -> None:
    """From a Friday, five working days end on the next Friday."""
    assert working_day(date(2026, 11, 20), 5) == date(2026, 11, 27)
    assert working_day(date(2026, 11, 18), 1) == date(2026, 11, 19)


async def test_the_figures_of_a_drill_are_never_real_ones() -> None:
    """Other ids, and a note in each: whoever sums up crises by their figures cannot take in a drill."""
    room = Room()
    await room.do("lead", "crisis drill ransomware --speed 10")
    found = figures(await record(room))
    assert [one.id for one in found if not one.id.startswith("drill.")] == []
    assert [one.id for one in found if "part of no real metric" not in one.note] == []
    commander = next(one for one in found if one.id == "drill.commander.time")
    assert commander.target == 15 * 60 / 10
    assert "DRILL: part of no real metric" in text_of((await room.say("lead", "crisis after-action")).document)


async def test_the_same_record_gives_the_same_review() -> None:
    """Nothing of it depends on when it is read."""
    room = Room()
    await room.declared()
    before = review(await record(room))
    room.clock.advance(86_400)
    assert review(await record(room)) == before


async def test_updates_in_time_are_a_share_of_those_due(tmp_path: Path) -> None:
    """Executives were due four times until 13:30, and one that was 12 minutes late leaves three unserved as well."""
    room = await night(tmp_path)
    share = await figure(room, "crisis.updates.share")
    assert share.n is not None
    assert share.n >= 4
    assert share.value == 0
    quiet = Room()
    await quiet.declared()
    await quiet.do("lead", "crisis cancel a test of the sensor")
    none = await figure(quiet, "crisis.updates.share")
    assert (none.value, none.note) == (None, "no update was due")
