"""The thin line: declared, a room, moves, a timeline, a chain that verifies."""

from __future__ import annotations

from tests.handlers.crisis.room import Room, confirm, text_of


async def test_a_crisis_from_declaration_to_review() -> None:
    """Every move of the course is confirmed, recorded once, shown on the board and vouched for by the chain."""
    room = Room()
    crisis = await room.declared()
    assert (crisis.code_name, crisis.severity, crisis.phase) == ("Amber Harbour", 1, "declared")
    for verb in ("mobilise", "contain", "eradicate", "recover", "close", "review"):
        anyway = ' --anyway "nobody ticked the list"' if verb == "close" else ""
        answer = await room.do("lead", f"crisis {verb} as the runbook says{anyway}")
        assert answer.outcome == "applied", text_of(answer.document)
    assert (await room.crisis()).phase == "reviewed"
    verified = await room.store.verify("1")
    assert (verified.events, verified.broken_at) == (9, None)
    timeline = text_of((await room.say("analyst", "crisis timeline")).document)
    assert "SEV1 declared" in timeline
    assert "recovered → closed" in timeline


async def test_an_illegal_move_says_what_is_possible() -> None:
    """A crisis that is declared cannot be closed: refused before a preview, with the moves there are as buttons."""
    room = Room()
    await room.declared()
    answer = await room.say("lead", "crisis close")
    assert answer.outcome == "refused"
    said = text_of(answer.document)
    assert "Crisis 1 is declared: it cannot become closed." in said
    assert "crisis mobilise, crisis cancel" in said


async def test_the_same_call_changes_once() -> None:
    """A call that is taken again after its worker died does not move the crisis a second time."""
    room = Room()
    await room.declared()
    preview = await room.say("lead", "crisis mobilise")
    line = confirm(preview.document)
    first = await room.say("lead", line, call_id="press")
    again = await room.say("lead", line, call_id="press", attempt=2)
    assert first.outcome == again.outcome == "applied"
    assert [one async for one in room.store.events("1")][-1][0] == 4


async def test_unfilled_roles_are_called_out_once() -> None:
    """Ten minutes after the declaration the roles that nobody holds are called out, and not again."""
    room = Room()
    await room.declared()
    ((crisis_id, at),) = await room.state.crises.due(room.clock.now().timestamp() + 3600, 10)
    assert at == room.clock.now().timestamp() + 600
    room.clock.advance(600)
    await room.system(f"crisis tick {crisis_id}")
    assert await room.state.crises.due(room.clock.now().timestamp(), 10) == []
    assert set((await room.crisis()).reminded) == {
        "unfilled:commander", "unfilled:operations", "unfilled:scribe", "unfilled:communications"
    }  # fmt: skip
    assert (await room.system(f"crisis tick {crisis_id}")).outcome == "refused"


async def test_outsiders_and_platforms_cannot_speak_for_the_house() -> None:
    """Who has no part is denied; a person typing the house's own lines is denied."""
    room = Room()
    await room.declared()
    assert (await room.say("outsider", "crisis status")).outcome == "refused"
    assert (await room.say("manager", "crisis tick 1")).outcome == "refused"
    assert (await room.say("manager", "crisis room 1 --result sent --channel CEVIL")).outcome == "refused"
    assert [one.channel for one in (await room.crisis()).rooms] == ["CROOM"]
