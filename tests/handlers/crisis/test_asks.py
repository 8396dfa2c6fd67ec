"""Attestation rounds: asked at once, answered by button, one live matrix, reminders to those who are waited for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from handlers.crisis.ask_posts import matrix, questions
from handlers.crisis.asks import Ask, Reply
from handlers.crisis.base import Who
from messages import adaptive_card, block_kit
from messages.document import Actions
from tests.handlers.crisis.letterbox import letterbox
from tests.handlers.crisis.room import TENANT, text_of

ASK = 'crisis ask "Is your service free of the indicator?" --to owners --due 4h'


async def test_a_round_from_question_to_close(tmp_path: Path) -> None:
    """Each owner is asked directly, each answer replaces the matrix, the last answer counts, and it is closed."""
    room = await letterbox(tmp_path)
    assert (await room.say("manager", ASK)).outcome == "answered"
    parcels = await room.sent()
    direct = [one for one in parcels if one.address.visibility == "direct"]
    assert [one.address.user for one in direct] == ["U1", "U3", "U5"]
    lines = [b.line for block in direct[0].document.blocks if isinstance(block, Actions) for b in block.buttons]
    for line in lines[:4]:
        assert (await room.say("lead", line, door="button")).outcome == "answered", line
    await room.say("analyst", 'crisis answer Q1 no --note "two hosts are left"')
    await room.say("ciso", "crisis answer q1 n/a")
    crisis = await room.crisis()
    (ask,) = crisis.asks
    assert [one.person for one in ask.waiting] == ["lead"]
    assert ask.replies["analyst"].note == "two hosts are left"
    boards = [one for one in await room.sent() if one.board == "crisis:1:Q1"]
    assert len(boards) == 7
    assert "2 of 3 answered, 1 with no" in text_of(boards[-1].document)
    assert (await room.say("analyst", "crisis ask close Q1")).outcome == "refused"
    assert (await room.say("lead", "crisis ask close Q1")).outcome == "answered"
    late = await room.say("lead", "crisis answer Q1 yes")
    assert "Q1 is closed." in text_of(late.document)


@pytest.mark.parametrize(
    ("who", "line", "said"),
    [
        ("counsel", "crisis answer Q1 yes", "Q1 was not asked of you."),
        ("lead", "crisis answer Q1 perhaps", "working on it"),
        ("lead", "crisis answer Q7 yes", "There is no question Q7."),
        ("lead", 'crisis ask "Is it?" --to nobody-at-all', "I do not know “nobody-at-all”."),
        ("lead", 'crisis ask "Is it?" --to ,', "Nobody is meant."),
        ("lead", 'crisis ask "Is it?" --to owners --due 08:61', "There is no 08:61 o'clock."),
        ("lead", 'crisis ask "Is it?" --to owners --due 2026-11-22T08:00Z', "has gone by"),
        ("lead", 'crisis ask "Is it?"', "--to is missing"),
    ],
)
async def test_what_cannot_be_asked_or_answered_says_why(tmp_path: Path, who: str, line: str, said: str) -> None:
    """Each refusal is a sentence, and nothing is recorded."""
    room = await letterbox(tmp_path)
    await room.say("manager", ASK)
    answer = await room.say(who, line)
    assert answer.outcome == "refused"
    assert said in text_of(answer.document)
    crisis = await room.crisis()
    assert (len(crisis.asks), crisis.asks[0].replies) == (1, {})


async def test_those_who_are_waited_for_are_reminded(tmp_path: Path) -> None:
    """At half time and when it is due, in the room and directly; who answered, and a closed round, are left alone."""
    room = await letterbox(tmp_path)
    await room.say("manager", ASK)
    await room.say("lead", "crisis answer Q1 yes")
    for hours, key, users in ((2, "ask:Q1:half", ["U3", "U5"]), (2, "ask:Q1:due", ["U5"])):
        before = len(await room.sent())
        room.clock.advance(hours * 3600)
        assert key not in (await room.crisis()).reminded
        await room.system("crisis tick 1")
        assert key in (await room.crisis()).reminded
        new = (await room.sent())[before:]
        direct = [one for one in new if one.address.visibility == "direct" and "Q1" in text_of(one.document)]
        assert [one.address.user for one in direct] == users
        await room.say("analyst", "crisis answer Q1 not applicable")


async def test_somebody_without_an_account_here_is_said(tmp_path: Path) -> None:
    """Who cannot be written to is named, in the answer and in the matrix."""
    room = await letterbox(tmp_path)
    who = Who(person="far", name="Owner 01", platform="slack", tenant=TENANT)
    now = room.clock.now()
    ask = Ask(id="Q1", question="Free?", owners=(who,), due=now + timedelta(hours=1), replies={})
    crisis = await room.crisis()
    assert questions(crisis, ask) == ()
    assert "no account here" in text_of(matrix(crisis, ask))


async def test_forty_owners_fit_one_message(tmp_path: Path) -> None:
    """The matrix of forty owners with notes is one message on Slack and one card on Teams, so it can stay in place."""
    room = await letterbox(tmp_path)
    users = ",".join(f"@U{n}" for n in range(100, 140))
    assert (await room.say("lead", f'crisis ask "Are you free of it?" --to {users}')).outcome == "answered"
    crisis = await room.crisis()
    (ask,) = crisis.asks
    assert len(ask.owners) == 40
    assert len([one for one in await room.sent() if one.address.visibility == "direct"]) == 40
    note = "two hosts are left, their owner is on leave until Tuesday " * 4
    answers = {one.person: Reply(answer="no", note=note, at=ask.due, by=one) for one in ask.owners}
    shown = matrix(crisis, ask.model_copy(update={"replies": answers}))
    assert len(block_kit.render(shown)) == 1
    assert len(adaptive_card.render(shown)) == 1
    (board,) = [one for one in await room.sent() if one.board == "crisis:1:Q1"]
    assert "0 of 40 answered" in text_of(board.document)
