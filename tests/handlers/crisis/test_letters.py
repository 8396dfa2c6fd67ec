"""Messages to stakeholders: drafted from the record, approved by a second person, sent where they may go."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.models.organisation.voice import Stakeholder
from handlers.core.call import Address, Call, Identity
from handlers.crisis.base import Who
from handlers.crisis.board_letters import letters_waiting, stakeholder_matrix
from handlers.crisis.letter_posts import DRILL, as_sent
from messages.document import spans
from tests.handlers.crisis.letterbox import TEXT, approve, approved, hash_of, letterbox, outward, words_of
from tests.handlers.crisis.room import TENANT, confirm, text_of


async def test_a_draft_tells_what_its_audience_may_read(tmp_path: Path) -> None:
    """Inside, assumptions stand marked as such; outside, confirmed facts alone; neither names a machine."""
    room = await letterbox(tmp_path)
    await room.say("analyst", "crisis fact Two servers such as fs-0017 are encrypted --source EDR --tlp clear")
    await room.say("analyst", "crisis assume The way in was the VPN gateway")
    inside = text_of((await room.say("analyst", "crisis draft executive")).document)
    outside = text_of((await room.say("analyst", "crisis draft customers")).document)
    technical = text_of((await room.say("analyst", "crisis draft technical-team")).document)
    assert "Believed, not confirmed" in inside and "The way in was the VPN gateway" in inside
    assert "VPN" not in outside
    assert "Two servers such as [removed] are encrypted" in inside
    assert "fs-0017" not in outside
    assert "fs-0017" in technical
    crisis = await room.crisis()
    assert [one.from_facts for one in crisis.letters] == [("S1",)] * 3
    assert [one.needs for one in crisis.letters] == [("CISO",), ("Legal counsel", "Communications"), ("Second person",)]


async def test_a_draft_promises_the_update_after_the_one_it_serves(tmp_path: Path) -> None:
    """Declared 09:00 with updates every hour: what is drafted at 09:50 serves 10:00 and promises 11:00."""
    room = await letterbox(tmp_path)
    room.clock.advance(50 * 60)
    said = text_of((await room.say("analyst", "crisis draft executive")).document)
    assert "Next update: 2026-11-22 11:00 UTC. Contact: CISO office." in said


async def test_an_approval_is_of_one_text(tmp_path: Path) -> None:
    """An approval after an edit is refused, and an edit voids what was approved before."""
    room = await letterbox(tmp_path)
    await room.say("analyst", f'crisis draft executive --text "{TEXT}"')
    old = await hash_of(room)
    assert (await approve(room, "ciso")).outcome == "answered"
    assert (await room.crisis()).letter("M1").missing == ()
    await room.say("lead", "crisis edit M1 Another text")
    letter = (await room.crisis()).letter("M1")
    assert (letter.missing, letter.approvals) == (("CISO",), ())
    late = await room.say("ciso", f"crisis approve M1 --hash {old}")
    assert late.outcome == "refused"
    assert "M1 was edited since you saw it." in text_of(late.document)
    sent = await room.say("lead", "crisis send M1 --to CEXEC")
    assert "still needs the approval of: CISO" in text_of(sent.document)


async def test_going_back_to_an_old_text_does_not_bring_its_approval_back(tmp_path: Path) -> None:
    """A → B → A has the hash that was approved, and needs a new approval all the same."""
    room = await letterbox(tmp_path)
    letter = await approved(room)
    await room.say("lead", "crisis edit M1 Another text")
    await room.say("lead", f"crisis edit M1 {TEXT}")
    now = (await room.crisis()).letter("M1")
    assert (now.text_hash, now.missing) == (letter.text_hash, ("CISO",))


@pytest.mark.parametrize(
    ("who", "line", "said"),
    [
        ("manager", "crisis approve M1 --hash {}", "Who wrote or edited a message cannot approve it."),
        ("press", "crisis approve M1 --hash {}", "It waits for CISO: ciso, manager."),
        ("ciso", "crisis approve M1 --hash 0123456789abcdef", "M1 was edited since you saw it."),
        ("ciso", "crisis approve M1 --hash 01", "at least 8 characters"),
        ("ciso", "crisis approve M1", "at least 8 characters"),
        ("ciso", "crisis approve M1 --hash {} --role Executive", "M1 does not wait for Executive."),
        ("ciso", "crisis approve M7 --hash {}", "There is no message M7."),
        ("analyst", "crisis approve M1 --hash {}", "messages.approve"),
    ],
)
async def test_what_cannot_be_approved_says_why(tmp_path: Path, who: str, line: str, said: str) -> None:
    """Each refusal is a sentence, and nothing is recorded."""
    room = await letterbox(tmp_path)
    await room.say("manager", f'crisis draft executive --text "{TEXT}"')
    answer = await room.say(who, line.format(await hash_of(room)))
    assert answer.outcome == "refused"
    assert said in text_of(answer.document)
    assert (await room.crisis()).letter("M1").approvals == ()


async def test_one_person_gives_one_approval(tmp_path: Path) -> None:
    """Whoever may approve as two roles approves once; the second role needs another person."""
    both = {"Legal counsel": ["counsel", "press"], "Communications": ["counsel", "press"]}
    room = await letterbox(tmp_path, approvers=both)
    await room.say("analyst", f'crisis draft customers --text "{TEXT}"')
    assert (await approve(room, "counsel")).outcome == "answered"
    again = await approve(room, "counsel")
    assert "You have approved M1 already." in text_of(again.document)
    assert (await approve(room, "press")).outcome == "answered"
    assert (await room.crisis()).letter("M1").missing == ()


async def test_an_account_nobody_listed_cannot_approve(tmp_path: Path) -> None:
    """A second account of the author would be another person to the bot: only listed accounts approve."""
    room = await letterbox(tmp_path, approvers={})
    await room.say("manager", f'crisis draft executive --text "{TEXT}"')
    who = Identity(platform="slack", tenant=TENANT, user="U999")
    at = Address(platform="slack", tenant=TENANT, channel="CROOM", user="U999")
    line = f"crisis approve M1 --hash {await hash_of(room)}"
    answer = await room.pipeline.answer(Call(id="x", text=line, who=who, address=at, at=room.clock.now(), door="slash"))
    assert answer.outcome == "refused"
    assert "accounts that the access file lists" in text_of(answer.document)


async def test_what_is_left_to_fill_in_is_not_approved(tmp_path: Path) -> None:
    """A skeleton with gaps has no approve button and takes no approval."""
    room = await letterbox(tmp_path)
    shown = await room.say("analyst", "crisis draft executive")
    assert "1 place is left to fill in" in text_of(shown.document)
    assert "[Approve M1]" not in text_of(shown.document)
    assert "places left to fill in" in text_of((await approve(room, "ciso")).document)


async def test_a_message_goes_out_as_it_was_approved(tmp_path: Path) -> None:
    """Preview, confirmation, a parcel for insiders with exactly the approved text, and a receipt."""
    room = await letterbox(tmp_path)
    letter = await approved(room)
    preview = await room.say("lead", "crisis send M1 --to CEXEC")
    assert preview.outcome == "preview"
    assert "slack CEXEC: up to TLP:AMBER+STRICT" in text_of(preview.document)
    assert await outward(room) == []
    assert (await room.say("lead", confirm(preview.document), door="button")).outcome == "applied"
    (parcel,) = await outward(room)
    assert (parcel.address.channel, parcel.insiders, parcel.document.tlp) == ("CEXEC", True, "amber+strict")
    assert (parcel.document.title, words_of(parcel.document)) == (letter.subject, letter.text)
    assert (await room.crisis()).letter("M1").standing == "sending"
    await room.system(f"{parcel.report} --result sent --channel CEXEC --message 17.1")
    now = (await room.crisis()).letter("M1")
    assert (now.standing, now.deliveries[0].ok, now.deliveries[0].message) == ("sent", True, "17.1")
    assert now.sent == room.clock.now()
    assert (await room.system(f"{parcel.report} --result sent --channel CEXEC --message 17.1")).outcome == "refused"
    again = await room.say("lead", "crisis send M1 --to CEXEC")
    assert "M1 went to slack CEXEC already." in text_of(again.document)


async def test_a_refused_delivery_can_go_elsewhere(tmp_path: Path) -> None:
    """Guests in the channel refuse it: the room is told, and another place or a person's hand takes it."""
    room = await letterbox(tmp_path)
    await approved(room)
    await room.do("lead", "crisis send M1 --to CEXEC")
    (parcel,) = await outward(room)
    await room.system(f'{parcel.report} --result refused --reason "external guests read this channel: @U9"')
    assert (await room.crisis()).letter("M1").standing == "refused"
    told = [text_of(one.document) for one in await room.sent() if one.address.channel == "CROOM"]
    assert any("refused by slack CEXEC: external guests read this channel: @U9" in one for one in told)
    sent = await room.do("lead", 'crisis send M1 --by-hand "mail to the committee" --reference TKT-7')
    assert sent.outcome == "applied"
    now = (await room.crisis()).letter("M1")
    assert (now.standing, [one.ok for one in now.deliveries]) == ("sent", [False, True])
    assert len(await outward(room)) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("crisis send M1 --to CGREEN", "M1 is TLP:AMBER+STRICT; slack channel CGREEN may see up to TLP:GREEN."),
        ("crisis send M1 --to #CELSE", "Nobody listed slack channel CELSE"),
        ("crisis send M1 --to teams:T9:19:x@thread.tacv2", "Nobody listed teams channel 19:x@thread.tacv2"),
        ("crisis send M1", "Where does it go?"),
        ("crisis send M1 --by-hand portal", "What shows that it was sent"),
        ("crisis send M1 --by-hand portal --reference R --to CEXEC", "Either --to or --by-hand."),
        ("crisis send M1 --to CEXEC --hash 0000000000000000", "M1 was edited since you saw it."),
    ],
)
async def test_places_that_cannot_take_it(tmp_path: Path, line: str, said: str) -> None:
    """A place without or beyond its ceiling refuses before anything is released."""
    room = await letterbox(tmp_path)
    await approved(room)
    answer = await room.say("lead", line)
    assert answer.outcome == "refused"
    assert said in text_of(answer.document)


async def test_a_fact_that_changed_stops_the_message(tmp_path: Path) -> None:
    """What told a fact that was withdrawn since is not sent before an edit, or a reason to send it as it is."""
    room = await letterbox(tmp_path)
    await room.say("analyst", "crisis fact 40 clients are affected --source CRM")
    await approved(room, text="40 clients are affected ¶ Ask the support desk")
    await room.say("analyst", "crisis withdraw S1 counted twice")
    refused = text_of((await room.say("lead", "crisis send M1 --to CEXEC")).document)
    assert "S1 was withdrawn since M1 was written" in refused
    assert "S1 was withdrawn" in text_of((await room.say("ciso", "crisis letter M1")).document)
    await room.do("lead", 'crisis send M1 --to CEXEC --as-is "corrected by phone"')
    timeline = (await room.say("lead", "crisis timeline")).document.model_dump_json()
    assert "as it is: corrected by phone" in timeline


async def test_one_draft_an_audience(tmp_path: Path) -> None:
    """A second draft names the one that is being written; `--another` makes one all the same."""
    room = await letterbox(tmp_path)
    await room.say("analyst", "crisis draft executive")
    again = await room.say("lead", "crisis draft exec")
    assert again.outcome == "refused"
    assert "M1 to executive is being written already." in text_of(again.document)
    assert (await room.say("lead", "crisis draft executive --another")).outcome == "answered"


async def test_the_edit_form_holds_the_text(tmp_path: Path) -> None:
    """The button types the whole text into the form, and a text that was changed meanwhile is not overwritten."""
    room = await letterbox(tmp_path)
    shown = await room.say("analyst", f'crisis draft executive --text "{TEXT}"')
    line = next(b.line for block in shown.document.blocks for b in getattr(block, "buttons", ()) if b.label == "Edit")
    form = await room.say("lead", line, door="button")
    assert form.outcome == "form"
    (fields,) = [block.inputs for block in form.document.blocks if block.kind == "form"]
    filled = {one.name: one.value for one in fields}
    assert filled["text"] == TEXT.replace(" ¶ ", "\n")
    await room.say("manager", "crisis edit M1 Somebody was faster")
    late = await room.say("lead", f"crisis edit --hash {filled['hash']} M1 {filled['text']} and more")
    assert "M1 was edited since you saw it." in text_of(late.document)
    assert (await room.say("lead", "crisis edit M1 ¶")).outcome == "refused"


async def test_rejecting_voids_the_approvals(tmp_path: Path) -> None:
    """A rejected message stays a draft without approvals; a withdrawn one is over."""
    room = await letterbox(tmp_path)
    await approved(room)
    assert (await room.say("counsel", "crisis reject M1 say nothing about the cause")).outcome == "answered"
    assert (await room.crisis()).letter("M1").missing == ("CISO",)
    await room.say("lead", "crisis withdraw-letter M1 overtaken by events")
    assert "M1 is withdrawn" in text_of((await room.say("lead", "crisis send M1 --to CEXEC")).document)
    assert (await room.say("lead", "crisis withdraw-letter M1 again please")).outcome == "refused"
    assert (await room.say("lead", "crisis edit M1 New words")).outcome == "refused"


async def test_approvers_are_written_to_directly(tmp_path: Path) -> None:
    """Whoever is asked gets the text with a button that approves exactly it; the author is not asked."""
    room = await letterbox(tmp_path)
    await room.say("manager", f'crisis draft executive --text "{TEXT}"')
    direct = [one for one in await room.sent() if one.address.visibility == "direct"]
    assert [one.address.user for one in direct] == ["U5"]
    assert f"crisis approve M1 --hash {await hash_of(room)} --crisis 1" in " ".join(text_of(direct[0].document).split())


async def test_an_organisations_own_template(tmp_path: Path) -> None:
    """A template of the organisation is used; one that is wrong is named with its line and ours is used instead."""
    room = await letterbox(tmp_path)
    folder = tmp_path / "templates" / "stakeholder"
    folder.mkdir(parents=True)
    (folder / "executive.j2").write_text("Own words: {{ title }}.\n\nUntil {{ next_update }}", encoding="utf-8")
    own = text_of((await room.say("analyst", "crisis draft executive")).document)
    assert "Own words: Ransomware on file servers." in own
    for wrong, line in (
        ("fine\n{{ no_such_value }}", 2),
        ("{% for x in %}", 1),
        ("a\nb\n{{ ''.__class__.__mro__ }}", 3),
        ("{{ 1 / 0 }}", 1),
    ):
        (folder / "executive.j2").write_text(wrong, encoding="utf-8")
        said = " ".join(text_of((await room.say("analyst", "crisis draft executive --another")).document).split())
        assert f"templates/stakeholder/executive.j2, line {line}:" in said
        assert "What is being done" in said


async def test_a_drills_message_says_so(tmp_path: Path) -> None:
    """Every message of a drill carries DRILL in its title and in its small print."""
    room = await letterbox(tmp_path)
    letter = await approved(room)
    crisis = (await room.crisis()).model_copy(update={"drill": "ransomware"})
    said = as_sent(crisis, letter)
    assert said.title.startswith("DRILL ")
    assert DRILL in text_of(said)
    assert "DRILL" not in text_of(as_sent(await room.crisis(), letter))


async def test_only_those_who_run_or_speak_send(tmp_path: Path) -> None:
    """An analyst drafts and does not send, until they hold Communications in this crisis."""
    room = await letterbox(tmp_path)
    await approved(room)
    assert (await room.say("analyst", "crisis send M1 --to CEXEC")).outcome == "refused"
    await room.say("analyst", "crisis take communications")
    assert (await room.crisis()).roles.holder("communications") == Who(
        person="analyst", name="Analyst", platform="slack", tenant=TENANT, user="U3"
    )
    assert (await room.say("analyst", "crisis send M1 --to CEXEC")).outcome == "preview"


async def test_the_same_press_sends_once(tmp_path: Path) -> None:
    """A confirmation that is taken again after its worker died releases nothing twice."""
    room = await letterbox(tmp_path)
    await approved(room)
    line = confirm((await room.say("lead", "crisis send M1 --to CEXEC")).document)
    first = await room.say("lead", line, door="button", call_id="press")
    again = await room.say("lead", line, door="button", call_id="press", attempt=2)
    assert first.outcome == again.outcome == "applied"
    assert len(await outward(room)) == 1


async def test_the_matrix_shows_who_is_overdue(tmp_path: Path) -> None:
    """Need, channel, cadence, approvers, last sent, next due; an update that went by without a message is red."""
    room = await letterbox(tmp_path)
    contacts = (await room.soc.organisation.read(Stakeholder)).items

    async def row() -> str:
        table = stakeholder_matrix(await room.crisis(), room.clock.now(), contacts)
        (found,) = [one for one in table.rows if one[0][0] == spans("executive")[0]]
        return " | ".join("".join(getattr(span, "text", "@") for span in cell) for cell in found)

    purpose = "Effect, decision, money, when it is over"
    assert await row() == f"executive | {purpose} | #exec | 1 h | CISO | — | @ | —"
    room.clock.advance(90 * 60)
    await approved(room)
    assert "| 🔴 overdue 30 min since @ | M1: approved, not sent" in await row()
    await room.do("lead", "crisis send M1 --by-hand mail --reference R1")
    assert await row() == f"executive | {purpose} | #exec | 1 h | CISO | @ | @ | —"


async def test_what_waits_is_listed_with_what_it_waits_for(tmp_path: Path) -> None:
    """Each message that is not out: its missing roles, or that it is approved, under way, or taken by no place."""
    room = await letterbox(tmp_path)
    await approved(room)
    await room.say("analyst", "crisis draft media")
    rows = stakeholder_matrix(await room.crisis(), room.clock.now()).rows
    waiting = {getattr(row[0][0], "text", ""): "".join(getattr(one, "text", "") for one in row[-1]) for row in rows}
    assert waiting["executive"] == "M1: approved, not sent"
    assert waiting["media"] == "M2: needs Communications, Legal counsel, Executive"
    await room.do("lead", "crisis send M1 --to CEXEC")
    assert [one.standing for one in letters_waiting(await room.crisis())] == ["sending", "draft"]
    await room.system("crisis receipt 1 M1 0 --result sent")
    assert [one.id for one in letters_waiting(await room.crisis())] == ["M2"]
