"""Attempts to get round a crisis's rules: another text than was shown, one person as two, a right taken by oneself."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from handlers.core.call import Address, Call, Identity
from handlers.core.pipeline import Answer
from handlers.crisis.reminders import due
from handlers.crisis.state import Reminded
from tests.handlers.crisis.clock_room import clock_room
from tests.handlers.crisis.letterbox import TEXT, approve, approved, letterbox, outward
from tests.handlers.crisis.room import TENANT, Room, confirm, text_of


async def typed(
    room: Room, user: str, text: str, *, channel: str = "CROOM", shown: Literal["private", "channel"] = "private"
) -> Answer:
    """A line from an account, seen by its asker or, where it may be, by the whole channel."""
    room.serial += 1
    at = Address(platform="slack", tenant=TENANT, channel=channel, user=user, visibility=shown)
    who = Identity(platform="slack", tenant=TENANT, user=user)
    call = Call(id=f"typed-{room.serial}", text=text, who=who, address=at, at=room.clock.now(), door="mention")
    return await room.pipeline.answer(call)


async def test_the_text_that_was_previewed_is_the_text_that_is_sent(tmp_path: Path) -> None:
    """Edited and approved again between preview and confirmation: nobody has confirmed the new text."""
    room = await letterbox(tmp_path)
    await approved(room)
    line = confirm((await room.say("lead", "crisis send M1 --to CEXEC")).document)
    await room.say("analyst", "crisis edit M1 Another text that nobody saw before it went out")
    assert (await approve(room, "ciso")).outcome == "answered"
    answer = await room.say("lead", line, door="button")
    assert answer.outcome == "refused"
    assert "M1 was edited since you saw it." in text_of(answer.document)
    assert await outward(room) == []


@pytest.mark.parametrize("line", ["crisis mobilise", 'crisis severity 3 --reason "it is less bad"'])
async def test_a_confirmation_moves_the_crisis_that_was_previewed(line: str) -> None:
    """Typed outside any room when one crisis was open: another one that is open by then is not moved."""
    room = Room()
    await room.declared()
    held = confirm((await room.say("lead", line, channel="CELSE")).document)
    await room.do("lead", "crisis cancel it was a test of ours")
    await room.do("lead", 'crisis declare "Phishing wave against finance" --severity 2')
    answer = await room.say("lead", held, channel="CELSE", door="button")
    second = await room.crisis("2")
    assert (second.phase, second.severity) == ("declared", 2)
    said = text_of(answer.document)
    assert "Crisis 1" in said and "Crisis 2" not in said


async def test_a_clock_starts_at_the_time_that_was_previewed() -> None:
    """A time of day typed before it has come is yesterday's, also when the press comes after it."""
    room = await clock_room("gdpr")
    line = 'crisis clock start aware --at 10:01 --said "Data officer"'
    held = confirm((await room.say("lead", line)).document)
    room.clock.advance(120)
    assert (await room.say("lead", held, door="button")).outcome == "applied"
    (started,) = (await room.crisis()).duties.started
    assert f"{started.at:%Y-%m-%d %H:%M}" == "2026-11-21 09:01"


async def test_an_account_nobody_listed_writes_nothing_that_needs_two_persons(tmp_path: Path) -> None:
    """Written from an unlisted account and approved from a listed one, it may be one person twice: refused."""
    room = await letterbox(tmp_path, approvers={})
    answer = await typed(room, "U999", f'crisis draft executive --text "{TEXT}"')
    assert answer.outcome == "refused"
    assert "accounts that the access file lists" in text_of(answer.document)
    await room.say("analyst", f'crisis draft executive --text "{TEXT}"')
    assert (await typed(room, "U999", "crisis edit M1 Another text")).outcome == "refused"
    assert (await room.crisis()).letter("M1").authors[0].person == "analyst"


async def test_taking_communications_does_not_decide_what_the_press_reads(tmp_path: Path) -> None:
    """Who takes the vacant role without the approver's right cannot say that a forbidden word goes out."""
    room = await letterbox(tmp_path)
    await approved(room, "media", "A ransom was asked", ("press", "counsel", "ciso"))
    assert (await room.say("analyst", "crisis take communications")).outcome == "answered"
    by_hand = "crisis send M1 --by-hand wire --reference R1 --despite wanted"
    answer = await room.do("analyst", by_hand)
    assert answer.outcome == "refused"
    assert "Only the spokesperson or Communications" in text_of(answer.document)
    assert (await room.do("press", by_hand)).outcome == "applied"


async def test_who_merely_takes_part_does_not_make_themselves_counsel() -> None:
    """The legal liaison may drop a regulatory clock: the role is offered by who runs the crisis, not taken."""
    room = await clock_room("gdpr")
    answer = await room.say("analyst", "crisis take legal")
    assert answer.outcome == "refused"
    assert "it is offered, not taken" in text_of(answer.document)
    assert (await room.say("lead", "crisis role legal @U3")).outcome == "answered"
    assert (await room.say("analyst", "crisis accept legal")).outcome == "answered"


async def test_a_list_of_crises_is_as_restricted_as_what_it_names(tmp_path: Path) -> None:
    """A channel that may see less than a crisis's TLP is not told its title by `crisis list`."""
    room = await letterbox(tmp_path, tlp="red")
    answer = await typed(room, "U3", "crisis list", channel="CEXEC", shown="channel")
    assert "Ransomware" in text_of(answer.document)
    assert (answer.document.tlp, answer.address.visibility) == ("red", "private")


@pytest.mark.parametrize(
    "line",
    [
        "crisis note It began --at 0001-01-01T00:00Z",
        "crisis note It began --at 9999-12-31T23:59Z",
        "crisis task Restore the share --due 9999-12-31T23:59Z",
        "crisis task Restore the share --due 9999d",
        'crisis ask "Is it clean?" --to me --due 9999-12-31T23:59Z',
    ],
)
async def test_times_at_the_end_of_the_calendar_are_slips(line: str) -> None:
    """A time more than ten years off is refused in a sentence: near the ends of the calendar no zone can show it."""
    room = Room()
    before = await room.declared()
    answer = await room.say("analyst", line)
    assert answer.outcome == "refused"
    assert "more than ten years away" in text_of(answer.document)
    assert (await room.crisis()).version == before.version


@pytest.mark.parametrize("named", ["1:events", "{x}", "١", "1e0", "-1", "9" * 3_000])
async def test_a_crisis_is_named_by_its_number(named: str) -> None:
    """Whatever is no number is no crisis, said in one short sentence."""
    room = Room()
    await room.declared()
    answer = await room.say("analyst", f"crisis status --crisis {named}")
    assert answer.outcome == "refused"
    assert len(text_of(answer.document)) < 300


async def test_the_button_of_a_report_types_a_line_that_works() -> None:
    """Whatever spelling of a time was typed, “Post to the rooms” repeats that instant."""
    room = Room()
    await room.declared()
    shown = await room.say("analyst", "crisis sitrep --since '2026-11-22 06:40'")
    line = next(b.line for block in shown.document.blocks if block.kind == "actions" for b in block.buttons)
    posted = await room.say("analyst", line, door="button")
    assert posted.outcome == "answered"
    assert (await room.crisis()).sitreps
    assert due(await room.crisis()) is not None


async def test_what_was_called_out_does_not_pile_up() -> None:
    """Two days of silences and overdue updates: each is called out once, and what must be remembered stays small."""
    room = Room()
    await room.declared()
    for role in ("commander", "operations"):
        await room.say("lead" if role == "commander" else "analyst", f"crisis take {role}")
    given: list[str] = []
    sizes: list[int] = []
    for number in range(144):
        room.clock.advance(20 * 60)
        if number % 5 == 0:
            await room.say("lead", f"crisis note still in command, {number}")
        answer = await room.system("crisis tick 1")
        crisis = await room.crisis()
        if answer.outcome == "answered":
            async for _, event in room.store.events("1", crisis.version - 1):
                assert isinstance(event, Reminded)
                given += event.keys
        sizes.append(len(crisis.reminded))
    assert len(given) == len(set(given)) > 100
    assert sizes[143] <= sizes[71] + 4 <= 24


async def test_a_question_is_not_sent_to_who_may_not_take_part() -> None:
    """An account without a part in crises is told nothing of one: the round is refused, and nobody is written to."""
    room = Room()
    await room.declared()
    before = len(await room.sent())
    for whom in ("@U7", "@U3,@U404"):
        answer = await room.say("lead", f'crisis ask "Are the backups clean?" --to {whom}')
        assert answer.outcome == "refused"
        assert "may not take part in a crisis" in text_of(answer.document)
    assert len(await room.sent()) == before
