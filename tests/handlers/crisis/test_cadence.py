"""The rhythm of updates and what was missed: a fixed grid, lateness said, nothing forgiven by silence."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from handlers.crisis.base import Stamp, Who
from handlers.crisis.cadence import EARLY, cadence_table, grid, rhythms
from handlers.crisis.letters import Delivery, Letter, LetterDelivered, LetterSending, LetterWritten
from handlers.crisis.misses import misses
from handlers.crisis.state import Crisis, Reminded
from tests.handlers.crisis.clock_room import clock_room, confirmed, filed, utc
from tests.handlers.crisis.room import Room, text_of

HOUR = timedelta(hours=1)
BASE = utc("2026-11-22T02:10")


async def sent(room: Room, at: str, audience: str = "executive") -> None:
    """A message to an audience that arrived at that instant."""
    room.clock.at = utc(at)
    by = Who(person="press", name="Press")
    crisis = await room.crisis()
    name = f"M{len(crisis.letters) + 1}"
    letter = Letter(
        id=name, audience=audience, subject="Update", text="Text", tlp="amber", authors=(by,), needs=(), written=utc(at)
    )
    done = Delivery(by_hand="mail", at=utc(at), ok=True)

    for make in (
        lambda stamp: LetterWritten(stamp=stamp, letter=letter),
        lambda stamp: LetterSending(stamp=stamp, letter=name, text_hash=letter.text_hash, deliveries=(done,)),
        lambda stamp: LetterDelivered(stamp=stamp, letter=name, place=0, delivery=done),
    ):
        await _record(room, make)


async def _record(room: Room, make: object) -> None:
    """One event, committed as a command commits it."""
    room.serial += 1
    answer = await room.say("lead", "crisis status", call_id=f"look-{room.serial}")
    assert answer.outcome == "answered"
    from tests.handlers.commands.desk import a_call

    def decide(crisis: Crisis, stamp: Stamp) -> LetterWritten:
        return make(stamp)  # type: ignore[operator,no-any-return]

    await room.store.change("1", a_call("x", room.soc, id=f"event-{room.serial}"), decide)


async def declared_at_0210() -> Room:
    """The worked example: declared 02:10Z as SEV1, executives every 60 minutes."""
    return await clock_room("gdpr", now=BASE)


async def test_a_late_update_moves_no_due_time() -> None:
    """Declared 02:10, due 03:10 and 04:10; one sent 03:22 is 12 minutes late, and the next is due 04:10."""
    room = await declared_at_0210()
    assert {one.audience: one.due for one in rhythms(await room.crisis())} == {
        "executive": utc("2026-11-22T03:10"), "technical-team": utc("2026-11-22T02:40"),
    }  # fmt: skip
    await sent(room, "2026-11-22T03:22")
    executive = next(one for one in rhythms(await room.crisis()) if one.audience == "executive")
    assert executive.served[0].late == timedelta(minutes=12)
    assert executive.due == utc("2026-11-22T04:10")


async def test_overdue_is_red_and_said_once_a_due_time() -> None:
    """An update that is overdue is red in the table and called out at its due time and at each one that goes by."""
    room = await declared_at_0210()
    said: list[str] = []
    for at in ("2026-11-22T03:00", "2026-11-22T03:11", "2026-11-22T03:30", "2026-11-22T04:11"):
        room.clock.at = utc(at)
        await room.system("crisis tick 1")
        found = [key for key in (await room.crisis()).reminded if key.startswith("update:executive")]
        said.append(",".join(sorted(key.rsplit(":", 1)[1] for key in found)))
    assert said == ["soon", "0,soon", "0,soon", "1,soon"]  # of one update the last call alone is remembered
    shown = text_of((await room.say("lead", "crisis cadence")).document)
    assert "🔴 overdue 1 h 1 min" in shown
    assert "executive" in shown


async def test_an_update_nobody_sends_goes_up() -> None:
    """At its due time who writes it is asked, at the next the commander too, then who stands behind the commander."""
    room = await declared_at_0210()
    await room.say("press", "crisis take communications")
    await room.say("manager", "crisis take commander")
    told: list[set[str]] = []
    for at in ("2026-11-22T03:11", "2026-11-22T04:11", "2026-11-22T05:11"):
        room.clock.at = utc(at)
        await room.system("crisis tick 1")
        given = [one for _, one in [row async for row in room.store.events("1")] if isinstance(one, Reminded)][-1]
        (call,) = [one for one in given.calls if one.text.startswith("The executive update")]
        assert call.direct is (at > "2026-11-22T04")
        told.append({who.person for who in call.to})
    assert told == [{"press"}, {"press", "manager"}, {"press", "manager", "lead"}]


async def test_silence_of_hours_is_one_reminder_not_many() -> None:
    """When nobody ticked for hours, the due times that went by are called out once, then the next one."""
    room = await declared_at_0210()
    room.clock.at = utc("2026-11-22T08:00")
    await room.system("crisis tick 1")
    await room.system("crisis tick 1")
    keys = [key for key in (await room.crisis()).reminded if key.startswith("update:executive") and key[-1].isdigit()]
    assert keys == ["update:executive:2026-11-22T03:10:00:0"]
    room.clock.at = utc("2026-11-22T08:11")
    await room.system("crisis tick 1")
    keys = [key for key in (await room.crisis()).reminded if key.startswith("update:executive") and key[-1].isdigit()]
    assert sorted(keys)[-1].endswith(":5"), "08:10 is the sixth due time"


async def test_a_change_of_severity_starts_the_rhythm_anew() -> None:
    """From the change on, the new level's interval counts: SEV2 tells executives every four hours."""
    room = await declared_at_0210()
    room.clock.at = utc("2026-11-22T02:30")
    assert (await room.do("lead", 'crisis severity 2 --reason "scope is small"')).outcome == "applied"
    executive = next(one for one in rhythms(await room.crisis()) if one.audience == "executive")
    assert executive.due == utc("2026-11-22T06:30")


async def test_nothing_is_due_once_it_is_over() -> None:
    """A crisis that is over has no rhythm, and says so."""
    room = await declared_at_0210()
    await room.do("lead", "crisis cancel nothing was there")
    assert rhythms(await room.crisis()) == ()
    assert "No updates are due. Crisis 1 is cancelled." in text_of((await room.say("lead", "crisis cadence")).document)


@given(
    st.lists(st.integers(min_value=0, max_value=48 * 60), max_size=40),
    st.integers(min_value=5, max_value=240),
)
def test_the_grid_never_moves_and_never_lies(minutes: list[int], every: int) -> None:
    """Every due time is on the grid, each is served once, none by an update more than half an interval early, and the
    next due time comes at most one and a half intervals after the last update."""
    step = timedelta(minutes=every)
    slots, due = grid(BASE, step, [BASE + timedelta(minutes=one) for one in minutes])
    times = [slot.due for slot in slots]
    assert times == sorted(set(times))
    for at in (*times, due):
        assert ((at - BASE) % step) == timedelta(0)
        assert at > BASE
    for slot in slots:
        assert slot.sent is not None
        assert slot.due - slot.sent <= EARLY * step
    assert len(slots) + sum(slot.skipped for slot in slots) == (due - BASE) / step - 1
    if minutes:
        assert due - (BASE + timedelta(minutes=max(minutes))) <= (1 + EARLY) * step
        assert due > BASE + timedelta(minutes=max(minutes))


async def test_misses_of_the_worked_example() -> None:
    """Commander in place 02:31, 21 minutes after the declaration, where 15 are allowed; update of 03:10 sent 03:22."""
    room = await declared_at_0210()
    room.clock.at = utc("2026-11-22T02:31")
    assert (await room.do("lead", "crisis take commander")).outcome == "answered"
    await sent(room, "2026-11-22T02:40", "technical-team")
    await sent(room, "2026-11-22T03:10", "technical-team")
    await sent(room, "2026-11-22T03:22")
    events = [event async for _, event in room.store.events("1")]
    found = misses(events, utc("2026-11-22T03:30"))
    assert [(one.what, one.late) for one in found] == [
        ("Incident Commander in place", timedelta(minutes=6)), ("Update to executive", timedelta(minutes=12)),
    ]  # fmt: skip
    assert found[0].text == "Incident Commander in place: 6 min late, due 2026-11-22 02:25 UTC"
    assert misses(events[:1], utc("2026-11-22T02:20")) == (), "nothing was due yet"


async def test_what_was_never_done_is_a_miss_by_the_end() -> None:
    """Nobody took command, nobody was told, a filing came late: each is a miss, with the due times that went by."""
    room = await declared_at_0210()
    await confirmed(room, "aware", "2026-11-19T02:00Z")
    await filed(room, "gdpr", "supervisory", "R1")
    room.clock.at = utc("2026-11-22T05:10")
    await room.do("lead", "crisis cancel nothing was there")
    events = [event async for _, event in room.store.events("1")]
    found = {one.what: one for one in misses(events, utc("2026-11-23T00:00"))}
    assert found["Incident Commander in place"].done is None
    assert (found["Update to executive"].due, found["Update to executive"].skipped) == (utc("2026-11-22T03:10"), 1)
    assert found["Filing: GDPR Art 33/34: supervisory authority"].late == timedelta(minutes=10)


async def test_the_table_shows_every_audience() -> None:
    """Audience, interval, last sent, next due: one row each, the one due first in front."""
    room = await declared_at_0210()
    await sent(room, "2026-11-22T02:38", "technical-team")
    table = cadence_table(await room.crisis(), room.clock.now())
    assert [row[0][0].text for row in table.rows] == ["executive", "technical-team"]  # type: ignore[union-attr]
    assert rhythms(await room.crisis())[0].every == HOUR
