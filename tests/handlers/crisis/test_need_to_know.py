"""How far what is recorded may go: into messages, into rooms, into lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.commands.communicate.audiences import VOICES
from handlers.crisis.need_to_know import covered
from tests.handlers.crisis.letterbox import approve, letterbox, outward
from tests.handlers.crisis.room import Room, text_of

SECRET = "The informant sits in the payroll department"
RECORDED = (
    f"crisis fact {SECRET} --source {SECRET} --tlp red",
    f"crisis assume {SECRET} --tlp TLP:RED",
    f"crisis unknown {SECRET} --tlp red",
    f"crisis task {SECRET} --owner me --due 10m --source {SECRET} --tlp red",
    f"crisis decide {SECRET} --because {SECRET} --options {SECRET} --tlp red",
)


async def full(tmp_path: Path) -> Room:
    """A crisis in which one secret was recorded as everything that takes a mark."""
    room = await letterbox(tmp_path)
    for line in RECORDED:
        assert (await room.say("lead", line)).outcome == "answered", line
    return room


async def test_a_red_fact_never_leaves(tmp_path: Path) -> None:
    """Neither a draft for any audience nor any post, reminder, board or report holds a word of it; lists do, as RED."""
    room = await full(tmp_path)
    for audience in VOICES:
        shown = text_of((await room.say("lead", f"crisis draft {audience}")).document)
        assert "M" in shown and SECRET not in shown, audience
    for line in ("crisis settle S2 fact", "crisis settle S3 fact it is so", "crisis task give T1 manager"):
        assert (await room.say("lead", line)).document.tlp == "red", line
    await room.say("lead", "crisis withdraw S2 it was a rumour")
    await room.do("lead", "crisis mobilise")
    await room.do("lead", "crisis sitrep --post")
    room.clock.advance(11 * 60)
    await room.system("crisis tick 1")
    assert "task T1 is overdue" in " ".join(one.document.model_dump_json() for one in await room.sent())
    for parcel in await room.sent():
        assert SECRET not in parcel.model_dump_json(), parcel.document.title
    for line in ("crisis status", "crisis after-action", "crisis manage --stakeholder-comms --media-response"):
        assert SECRET not in text_of((await room.say("lead", line)).document), line
    for line in ("crisis facts", "crisis tasks", "crisis decisions", "crisis timeline"):
        document = (await room.say("lead", line)).document
        assert "informant" in text_of(document) and document.tlp == "red", line
    assert (await room.say("lead", "crisis export")).document.tlp == "red"


async def test_own_words_that_repeat_a_red_fact_are_not_sent(tmp_path: Path) -> None:
    """Approved or not, whatever its case and line breaks; the author is told at once."""
    room = await full(tmp_path)
    said = SECRET.replace("sits in", "SITS ¶ in")
    shown = await room.say("analyst", f'crisis draft executive --text "As it happens: {said}."')
    assert "It says S1, which is TLP:RED" in text_of(shown.document)
    await approve(room, "ciso")
    sent = await room.say("lead", "crisis send M1 --to CEXEC")
    assert sent.outcome == "refused" and "It says S1, which is TLP:RED" in text_of(sent.document)
    assert not await outward(room)


async def test_customers_are_told_only_what_was_marked_for_them(tmp_path: Path) -> None:
    """A fact nobody marked stays inside, and the draft says so; marked CLEAR it is told, marked AMBER no longer."""
    room = await letterbox(tmp_path)
    await room.say("analyst", "crisis fact Two servers are encrypted --source EDR")
    await room.say("analyst", "crisis fact Orders are delayed by a day --source logistics --tlp clear")
    inside = text_of((await room.say("analyst", "crisis draft executive")).document)
    assert "Two servers are encrypted" in inside and "Orders are delayed" in inside
    outside = text_of((await room.say("analyst", "crisis draft customers")).document)
    assert "Orders are delayed" in outside and "Two servers" not in outside
    assert "Not told to customers, who read up to TLP:CLEAR: S1." in outside
    await room.say("analyst", "crisis mark S1 clear counsel agreed")
    await room.say("analyst", "crisis mark S2 amber")
    again = text_of((await room.say("analyst", "crisis draft customers --another")).document)
    assert "Two servers are encrypted" in again and "Orders are delayed" not in again
    timeline = text_of((await room.say("analyst", "crisis timeline --kind fact")).document)
    assert "S1 marked TLP:CLEAR: counsel agreed" in timeline


@pytest.mark.parametrize(
    ("who", "line", "outcome"),
    [
        ("counsel", "crisis mark S1 clear", "refused"),
        ("counsel", "crisis mark S1 red", "answered"),
        ("analyst", "crisis mark s1 TLP:GREEN", "answered"),
        ("lead", "crisis mark S1 clear", "answered"),
        ("analyst", "crisis mark S9 clear", "refused"),
        ("analyst", "crisis mark S1 purple", "refused"),
    ],
)
async def test_who_may_let_more_people_read(tmp_path: Path, who: str, line: str, outcome: str) -> None:
    """Anybody narrows; whoever recorded it, speaks for the crisis or runs it widens."""
    room = await letterbox(tmp_path)
    await room.say("analyst", "crisis fact Two servers are encrypted --source EDR")
    assert (await room.say(who, line)).outcome == outcome


async def test_what_nobody_marked_is_not_covered(tmp_path: Path) -> None:
    """A crisis without marks is shown as it is, and an older record, which has none, reads the same."""
    room = await letterbox(tmp_path)
    await room.say("analyst", "crisis fact Two servers are encrypted --source EDR")
    made = await room.crisis()
    assert covered(made, "clear") is made
    old = made.model_dump(mode="json")
    del old["statements"][0]["tlp"]
    assert type(made).model_validate(old) == made
