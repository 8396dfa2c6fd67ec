"""The exit checklist: who vouches for what, and that a crisis is closed by it."""

from __future__ import annotations

from tests.handlers.crisis.room import Room, text_of


async def recovered() -> Room:
    room = Room()
    await room.declared()
    for verb in ("mobilise", "contain", "eradicate", "recover"):
        await room.do("lead", f"crisis {verb}")
    return room


async def test_the_checklist_says_who_vouches_for_what_and_how() -> None:
    """A criterion that is met stands with the name and the words of whoever said so; the others as nobody's."""
    room = await recovered()
    before = text_of((await room.say("analyst", "crisis exit")).document)
    assert "0 of 6 exit criteria are met" in before
    assert before.count("nobody said") == 6
    answer = await room.say("analyst", "crisis exit met 3 the night shift watches until Friday")
    assert answer.outcome == "answered"
    said = text_of(answer.document)
    assert "1 of 6 exit criteria are met" in said
    assert "Analyst" in said
    assert "the night shift watches until Friday" in said
    third = (await room.crisis()).policy.exit_criteria[2]
    assert {name: who.person for name, who in (await room.crisis()).exits.items()} == {third: "analyst"}


async def test_what_was_met_can_turn_out_not_to_be() -> None:
    """The reason is kept, and both words stay in the timeline."""
    room = await recovered()
    await room.say("analyst", "crisis exit met 2 the owner called")
    assert "Why it is not met any more" in text_of((await room.say("lead", "crisis exit open 2")).document)
    answer = await room.say("lead", "crisis exit open 2 the file service is slow again")
    assert "no longer met" in text_of(answer.document)
    assert (await room.crisis()).exits == {}
    timeline = text_of((await room.say("lead", "crisis timeline")).document)
    assert "(the owner called)" in timeline
    assert "(the file service is slow again)" in timeline


async def test_what_cannot_be_ticked_is_refused_in_a_sentence() -> None:
    """No such number, met twice, opened though nobody said it is met, and a crisis that is over."""
    room = await recovered()
    for line, sentence in (
        ("crisis exit met 7", "There is no exit criterion 7; there are 6."),
        ("crisis exit met x", "cannot be “x”"),
        ("crisis exit open 1 because", "Nobody said that criterion 1 is met"),
    ):
        answer = await room.say("lead", line)
        assert (answer.outcome, sentence in text_of(answer.document)) == ("refused", True), line
    await room.say("lead", "crisis exit met 1")
    again = await room.say("analyst", "crisis exit met 1")
    assert "is met already, says Lead" in text_of(again.document)
    await room.do("lead", 'crisis close --anyway "an exercise of this test"')
    assert (await room.say("lead", "crisis exit met 2")).outcome == "refused"


async def test_a_crisis_whose_criteria_are_all_met_closes_without_an_excuse() -> None:
    """With one missing, closing is refused; with the last one the checklist offers the button that closes."""
    room = await recovered()
    for number in range(1, 6):
        await room.say("lead", f"crisis exit met {number}")
    assert (await room.say("lead", "crisis close")).outcome == "refused"
    last = await room.say("lead", "crisis exit met 6")
    assert "Close the crisis" in text_of(last.document) or "crisis close" in last.document.model_dump_json()
    assert (await room.do("lead", "crisis close the list is done")).outcome == "applied"
    assert (await room.crisis()).phase == "closed"
