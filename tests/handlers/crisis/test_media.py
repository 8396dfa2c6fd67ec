"""The press: one chain in order, words that are stopped, and nothing that the bot publishes itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.crisis.media_rules import hits
from tests.handlers.crisis.letterbox import approve, approved, letterbox, outward
from tests.handlers.crisis.room import text_of

CHAIN = ("press", "counsel", "ciso")
FINE = "We are aware of a security incident ¶ Press: +49 30 1234567 ¶ Next update 2026-11-22 13:00 UTC"


async def test_the_chain_is_in_order(tmp_path: Path) -> None:
    """Communications, then Legal, then Executive: nobody before it is their turn, and each is asked when it is."""
    room = await letterbox(tmp_path)
    await room.say("analyst", f'crisis draft media --text "{FINE}"')
    early = await approve(room, "ciso")
    assert early.outcome == "refused"
    assert "It waits for Communications: press. They approve one after the other." in text_of(early.document)
    for who in CHAIN:
        assert (await approve(room, who)).outcome == "answered"
    assert [one.role for one in (await room.crisis()).letter("M1").approvals] == [
        "Communications", "Legal counsel", "Executive"
    ]  # fmt: skip
    direct = [one.address.user for one in await room.sent() if one.address.visibility == "direct"]
    assert direct == ["U6", "U4", "U5"]


async def test_a_statement_is_never_posted(tmp_path: Path) -> None:
    """Approved by all, it goes to no channel; a person gives it out, and that is recorded."""
    room = await letterbox(tmp_path)
    await approved(room, "media", FINE, CHAIN)
    for place in ("room", "CROOM", "CEXEC"):
        answer = await room.say("press", f"crisis send M1 --to {place}")
        assert answer.outcome == "refused"
        assert "never posted by the bot" in text_of(answer.document)
    sent = await room.do("press", 'crisis send M1 --by-hand "press office" --reference PR-9')
    assert sent.outcome == "applied"
    letter = (await room.crisis()).letter("M1")
    assert (letter.standing, letter.deliveries[0].reference) == ("sent", "PR-9")
    assert await outward(room) == []


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("The attack is attributed to a group", "“attributed to” says who did it"),
        ("It was caused by an old server", "“caused by” names a cause"),
        ("There is no evidence of data loss", "“no evidence of” says there is no evidence"),
        ("We will not pay any ransom", "“ransom” speaks of a ransom"),
        ("It is the fault of a supplier", "“fault of” blames somebody"),
        ("About 1,200 clients are affected", "“1,200” is in no confirmed fact"),
        ("All 41 servers are back", "“41” is in no confirmed fact"),
    ],
)
async def test_words_that_are_stopped(tmp_path: Path, text: str, hit: str) -> None:
    """Each rule finds its words, the view warns, and the statement is not given out without a reason."""
    room = await letterbox(tmp_path)
    await approved(room, "media", text, CHAIN)
    assert hit in " ".join(text_of((await room.say("press", "crisis letter M1")).document).split())
    assert hit in " ".join(text_of((await room.say("press", "crisis media")).document).split())
    by_hand = 'crisis send M1 --by-hand "press office" --reference PR-9'
    assert (await room.say("press", by_hand)).outcome == "refused"
    other = await room.say("lead", f"{by_hand} --despite because")
    assert "Only the spokesperson or Communications can decide that." in text_of(other.document)
    assert (await room.do("press", f'{by_hand} --despite "agreed with counsel"')).outcome == "applied"
    timeline = " ".join(text_of((await room.say("lead", "crisis timeline")).document).split())
    assert "despite what it says: agreed with counsel" in timeline


async def test_confirmed_numbers_times_and_telephones_pass(tmp_path: Path) -> None:
    """A number of a fact that stands is no hit, nor are dates, times, telephone numbers and a scoped “no evidence”."""
    room = await letterbox(tmp_path)
    await room.say("analyst", "crisis fact 1200 clients are affected --source CRM")
    text = "1,200 clients. Since 2026-11-22 at 09:30. Call +49 30 1234567. No evidence of loss in the logs we checked."
    assert hits(await room.crisis(), text) == ()
    await room.say("analyst", "crisis withdraw S1 counted twice")
    assert hits(await room.crisis(), text) == ("“1,200” is in no confirmed fact",)


async def test_the_draft_of_the_product_has_no_hit(tmp_path: Path) -> None:
    """The holding statement's skeleton keeps its own rules, in every phase of a ransomware case."""
    room = await letterbox(tmp_path)
    for verb in ("mobilise", "contain", "eradicate", "recover"):
        await room.do("lead", f"crisis {verb} as the runbook says")
        await room.say("press", "crisis draft media --another")
    crisis = await room.crisis()
    assert crisis.phase == "recovered"
    assert len(crisis.letters) == 4
    assert [hits(crisis, one.text) for one in crisis.letters] == [()] * 4
    assert "Press: press office" in crisis.letters[0].text


async def test_questions_of_the_press_are_a_record(tmp_path: Path) -> None:
    """Asked, answered, shown; an answer is held against the same rules, and nothing is sent."""
    room = await letterbox(tmp_path)
    await room.say("press", 'crisis media question "Are clients affected?" --asker "a news agency"')
    stopped = await room.say("press", "crisis media answer P1 It was a nation-state")
    assert "says who did it" in text_of(stopped.document)
    await room.say("press", "crisis media answer p1 We will say so once it is confirmed")
    shown = " ".join(text_of((await room.say("lead", "crisis media")).document).split())
    assert "a news agency" in shown
    assert "We will say so once it is confirmed" in shown
    missing = await room.say("press", "crisis media answer P4 something")
    assert "There is no press question P4. There are: P1." in " ".join(text_of(missing.document).split())
    assert await outward(room) == []
