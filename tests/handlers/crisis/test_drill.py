"""Drills: marked as such everywhere, injects by the clock exactly once, scored by the record."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from handlers.crisis.drilling import answers, scores, total
from handlers.crisis.record import record_of
from handlers.crisis.state import Injected
from tests.handlers.crisis.letterbox import TEXT, letterbox, outward
from tests.handlers.crisis.room import TENANT, Room, text_of


async def drilled(speed: float = 1) -> Room:
    """Crisis 1 is the ransomware drill, with its room."""
    room = Room()
    answer = await room.do("lead", f"crisis drill ransomware --speed {speed:g}")
    assert answer.outcome == "applied", text_of(answer.document)
    await room.system(f"crisis room 1 --platform slack --tenant {TENANT} --result sent --channel CROOM --message m1")
    return room


async def injected(room: Room) -> list[str]:
    return [event.text async for _, event in room.store.events("1") if isinstance(event, Injected)]


async def tick(room: Room) -> None:
    """As the ticker: only when something is due."""
    if await room.state.crises.due(room.clock.now().timestamp(), 10):
        assert (await room.system("crisis tick 1")).outcome == "answered"


async def test_the_preview_begins_nothing_and_gives_nothing_away() -> None:
    """What will happen is not shown; how it is scored is; nothing is declared before somebody confirms."""
    room = Room()
    said = text_of((await room.say("lead", "crisis drill ransomware --speed 10")).document)
    assert "Ransomware on file servers" in said
    assert "shadow copies" not in said
    assert "2 points within 15 minutes of the scenario" in said
    assert "1 min 30 s at this speed" in said
    assert await room.state.crises.listed() == []


async def test_a_drill_beside_a_real_crisis_is_warned_of() -> None:
    """The preview names the real one that is open."""
    room = Room()
    await room.declared()
    said = text_of((await room.say("lead", "crisis drill ransomware")).document)
    assert "Crisis 1 “Amber Harbour” is open and real" in said


async def test_an_unknown_drill_names_those_there_are() -> None:
    """A scenario that nobody wrote, and a speed beyond reason, are a sentence each."""
    room = Room()
    assert "There are: ransomware" in text_of((await room.say("lead", "crisis drill flood")).document)
    assert "--speed cannot be" in text_of((await room.say("lead", "crisis drill ransomware --speed 0.5")).document)
    assert "--speed cannot be" in text_of((await room.say("lead", "crisis drill ransomware --speed nan")).document)
    assert "ransomware" in text_of((await room.say("analyst", "crisis drills")).document)
    assert (await room.say("analyst", "crisis drill ransomware")).outcome == "refused"


async def test_every_message_of_a_drill_says_so() -> None:
    """Title of the crisis, of the board and of everything posted: DRILL."""
    room = await drilled()
    await tick(room)
    await room.say("lead", "crisis take commander")
    await room.say("lead", "crisis task check the backups")
    posts = await room.sent()
    assert len(posts) > 5
    assert [post.document.title for post in posts if "DRILL" not in post.document.title] == []
    assert "DRILL" in text_of((await room.say("lead", "crisis list")).document)


async def test_injects_come_by_the_clock_and_speed_brings_them_sooner() -> None:
    """Minute 5 of the scenario is 30 seconds after the declaration at ten times the speed; late ones come in order."""
    room = await drilled(speed=10)
    await tick(room)
    assert len(await injected(room)) == 1
    room.clock.advance(29)
    await tick(room)
    assert len(await injected(room)) == 1
    room.clock.advance(1)
    await tick(room)
    assert [text.split(":")[0] for text in await injected(room)] == ["EDR", "Service desk"]
    room.clock.advance(24 * 3600)
    await tick(room)
    scenario = (await room.crisis()).scenario
    assert await injected(room) == [one.text for one in scenario]


async def test_each_inject_comes_exactly_once_whoever_gives_it() -> None:
    """Four replicas tick at once, and the same call is taken again after a crash: one event an inject."""
    room = await drilled(speed=60)
    room.clock.advance(3600)
    await asyncio.gather(*(room.system("crisis tick 1", call_id=f"replica-{n}") for n in range(4)))
    await room.system("crisis tick 1", call_id="replica-0")
    assert await injected(room) == [one.text for one in (await room.crisis()).scenario]
    assert (await room.store.verify("1")).broken_at is None


async def test_a_drill_that_is_over_gives_no_more_injects() -> None:
    """Cancelled: nothing is due any more, and a tick changes nothing."""
    room = await drilled()
    await tick(room)
    await room.do("lead", "crisis cancel enough for today")
    room.clock.advance(24 * 3600)
    assert await room.state.crises.due(room.clock.now().timestamp(), 10) == []
    assert (await room.system("crisis tick 1")).outcome == "refused"
    assert len(await injected(room)) == 1


async def test_the_score_is_of_what_the_record_shows() -> None:
    """In time earns two points, later one, never none; one entry answers one inject; what was refused earns nothing."""
    room = await drilled()
    await tick(room)
    assert (await room.say("analyst", "crisis mobilise")).outcome == "refused"
    room.clock.advance(300)
    await tick(room)
    await room.do("lead", "crisis mobilise")
    room.clock.advance(16 * 60)
    await tick(room)
    await room.say("analyst", "crisis task open a call with the service desk")
    found = scores(await record_of(room.state.crises, "1"))
    assert [one.points for one in found[:5]] == [2, 1, 0, 0, None]
    assert [one.given is not None for one in found[:5]] == [True, True, True, True, False]
    assert total(found) == (3, 8)
    said = text_of((await room.say("lead", "crisis drill score")).document)
    assert "3 of 8 points" in said
    assert "5 injects did not come yet" in said


async def test_a_phase_reached_before_the_inject_counts() -> None:
    """A team that contains before it is told to is not worse than one that waits."""
    room = await drilled()
    await room.do("lead", "crisis mobilise")
    await tick(room)
    (first, *_) = scores(await record_of(room.state.crises, "1"))
    assert (first.points, first.after) == (2, timedelta())


async def test_a_drill_tells_nobody_outside(tmp_path: Path) -> None:
    """An approved message of a drill goes to no channel but its own room, or is recorded as sent by hand."""
    room = await letterbox(tmp_path)
    await room.do("lead", "crisis cancel make room for a drill")
    assert (await room.do("lead", "crisis drill ransomware")).outcome == "applied"
    await room.system(f"crisis room 2 --platform slack --tenant {TENANT} --result sent --channel CDRILL --message m2")
    assert (await room.say("analyst", f'crisis draft executive --text "{TEXT}" --crisis 2')).outcome == "answered"
    letter = (await room.crisis("2")).letter("M1")
    assert (await room.say("ciso", f"crisis approve M1 --hash {letter.text_hash} --crisis 2")).outcome == "answered"
    refused = await room.say("ciso", "crisis send M1 --to CEXEC --crisis 2")
    assert (refused.outcome, "posts nowhere but in its own rooms" in text_of(refused.document)) == ("refused", True)
    both = await room.say("ciso", "crisis send M1 --to room,CEXEC --crisis 2")
    assert both.outcome == "refused"
    assert await outward(room) == []
    done = await room.do("ciso", 'crisis send M1 --by-hand mail --reference "of the drill" --crisis 2')
    assert done.outcome == "applied", text_of(done.document)
    assert await outward(room) == []
    assert (await room.crisis("2")).letter("M1").standing == "sent"


async def test_a_real_crisis_has_no_score() -> None:
    """Points are for practice alone."""
    room = Room()
    await room.declared()
    answer = await room.say("lead", "crisis drill score")
    assert (answer.outcome, "is no drill" in text_of(answer.document)) == ("refused", True)


async def test_what_every_shipped_inject_expects_can_be_scored() -> None:
    """The product's own drills name commands that leave a trace in the record."""
    room = await drilled()
    assert [one.expects for one in (await room.crisis()).scenario if answers(one.expects) is None] == []
    assert answers("crisis dance") is None
    assert answers("") is None
