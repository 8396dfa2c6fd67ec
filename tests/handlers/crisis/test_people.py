"""Roles: offered, accepted, read back; and what is called out when nobody commands."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.crisis.people_reminders import reminders
from handlers.crisis.reminders import all_of
from messages.document import Actions, Document, Mention, Paragraph
from tests.handlers.crisis.room import Room, text_of

READ_BACK = "two hosts are isolated, the third is not, counsel waits for a number"
BRIEF = f'--brief "{READ_BACK}"'


def lines(document: Document) -> list[str]:
    """What the buttons of a document type."""
    return [b.line for block in document.blocks if isinstance(block, Actions) for b in block.buttons]


def words(document: Document) -> str:
    """Everything a document says in one line, however a platform would wrap it."""

    def found(part: object) -> Iterator[str]:
        if isinstance(part, dict):
            for key, value in part.items():
                if isinstance(value, str) and key in {"text", "title", "label", "name", "caption", "line"}:
                    yield value
                else:
                    yield from found(value)
        elif isinstance(part, list | tuple):
            for value in part:
                yield from found(value)

    return " ".join(" ".join(found(document.model_dump())).split())


def mentioned(document: Document) -> set[str]:
    """User ids that a document mentions in a paragraph or a list."""
    texts = [block.text for block in document.blocks if isinstance(block, Paragraph)]
    texts += [item for block in document.blocks if block.kind == "bullets" for item in block.items]
    return {span.user for text in texts for span in text if isinstance(span, Mention)}


async def test_a_vacant_role_is_taken_at_once() -> None:
    """Who takes a role that nobody has holds it from then on, and the rooms are told."""
    room = Room()
    await room.declared()
    answer = await room.say("analyst", "crisis take scribe")
    assert answer.outcome == "answered"
    crisis = await room.crisis()
    assert crisis.roles.of("analyst") == ("scribe",)
    assert any("Analyst is Scribe" in text_of(parcel.document) for parcel in await room.sent())


async def test_an_offer_is_a_message_with_buttons_for_one_person() -> None:
    """Who is offered a role is mentioned in the room and written to directly; nobody else can press accept."""
    room = Room()
    await room.declared()
    await room.say("lead", "crisis role operations @U3")
    offers = [parcel for parcel in await room.sent() if "crisis accept operations --crisis 1" in lines(parcel.document)]
    assert [(one.address.channel, one.address.user) for one in offers] == [("CROOM", ""), ("", "U3")]
    assert all(mentioned(one.document) == {"U3"} for one in offers)
    stranger = await room.say("manager", "crisis accept operations")
    assert stranger.outcome == "refused"
    assert "offered to Analyst: nobody else can accept it" in text_of(stranger.document)
    assert (await room.say("analyst", "crisis accept operations --crisis 1", door="button")).outcome == "answered"
    assert (await room.crisis()).roles.of("analyst") == ("operations",)


async def test_a_handover_changes_hands_only_with_a_read_back() -> None:
    """The holder stays until the other side has read the brief back; brief and read-back are in the timeline."""
    room = Room()
    await room.declared()
    await room.say("lead", "crisis take commander")
    assert (await room.say("lead", "crisis role commander @U2")).outcome == "refused", "a handover needs a brief"
    await room.say("lead", f"crisis role commander @U2 {BRIEF}")
    for short in ("", " ok"):
        answer = await room.say("manager", f"crisis accept commander{short}")
        assert "Read it back in your own words" in text_of(answer.document)
        assert (await room.crisis()).roles.of("lead") == ("commander",)
    await room.say("manager", "crisis accept commander two isolated, one is not, and counsel waits for the number")
    assert (await room.crisis()).roles.of("manager") == ("commander",)
    timeline = words((await room.say("lead", "crisis timeline --kind role")).document)
    assert "taking over from Lead" in timeline
    assert READ_BACK in timeline
    assert "counsel waits for the number" in timeline


async def test_commander_and_operations_are_two_persons() -> None:
    """Nobody takes, is offered or accepts the one while holding the other."""
    room = Room()
    await room.declared()
    await room.say("lead", "crisis role operations @U2")
    await room.say("manager", "crisis take commander")
    answer = await room.say("manager", "crisis accept operations")
    assert "must be two persons" in text_of(answer.document)
    assert "must be two persons" in text_of((await room.say("manager", "crisis take ops")).document)
    assert "must be two persons" in text_of((await room.say("lead", "crisis role operations @U2")).document)


async def test_who_may_not_take_part_is_not_offered_a_role() -> None:
    """Somebody who could never accept is refused as the other side, with the reason."""
    room = Room()
    await room.declared()
    answer = await room.say("lead", "crisis role scribe @U7")
    assert "Outsider may not take part" in text_of(answer.document)
    stranger = await room.say("lead", "crisis role scribe @U99")
    assert stranger.outcome == "refused"


async def test_only_holder_commander_or_lead_offers_a_role() -> None:
    """An analyst cannot hand out roles, but can hand over the one they hold."""
    room = Room()
    await room.declared()
    assert (await room.say("analyst", "crisis role scribe @U4")).outcome == "refused"
    await room.say("analyst", "crisis take scribe")
    assert (await room.say("analyst", f"crisis role scribe @U4 {BRIEF}")).outcome == "answered"


async def test_declined_released_and_void_offers() -> None:
    """A declined offer leaves the holder; a release needs its reason; the end of a crisis voids what was offered."""
    room = Room()
    await room.declared()
    await room.say("analyst", "crisis take scribe")
    await room.say("lead", f"crisis role scribe @U4 {BRIEF}")
    assert (await room.say("press", "crisis decline scribe not mine")).outcome == "refused"
    assert (await room.say("counsel", "crisis decline scribe in a hearing")).outcome == "answered"
    assert (await room.crisis()).roles.of("analyst") == ("scribe",)
    assert (await room.say("counsel", "crisis release scribe he left")).outcome == "refused", "neither holder nor lead"
    assert (await room.say("analyst", "crisis release scribe")).outcome == "refused", "without a reason"
    assert (await room.say("analyst", "crisis release scribe end of shift")).outcome == "answered"
    await room.say("lead", "crisis role deputy @U2")
    await room.do("lead", "crisis cancel the alarm was a test")
    assert (await room.crisis()).roles.offered == {}
    assert (await room.say("manager", "crisis accept deputy")).outcome == "refused"


async def test_a_late_commander_is_called_out_and_on_record() -> None:
    """SEV1 without a commander after 15 minutes: whoever declared is mentioned, the miss stands in the timeline."""
    room = Room()
    await room.declared()
    room.clock.advance(15 * 60)
    await room.system("crisis tick 1")
    assert "late:commander" in (await room.crisis()).reminded
    (message,) = [one for one in await room.sent() if "no Incident Commander 15 minutes" in text_of(one.document)
                  and not one.board]  # fmt: skip
    assert mentioned(message.document) == {"U1"}
    assert "crisis take commander --crisis 1" in lines(message.document)


async def test_a_silent_commander_is_asked_once_a_silence_then_the_deputy() -> None:
    """After 20 minutes without an entry the commander is mentioned and told directly, after 40 the deputy; an entry
    begins a new silence.
    """
    room = Room()
    await room.declared()
    await room.say("lead", "crisis take commander")
    await room.say("manager", "crisis take deputy")
    room.clock.advance(20 * 60)
    await room.system("crisis tick 1")
    asked = (await room.sent())[-2:]
    assert any("U1" in mentioned(one.document) for one in asked)
    assert any(one.address.user == "U1" and one.address.visibility == "direct" for one in asked)
    assert not any("U2" in mentioned(one.document) for one in await room.sent())
    room.clock.advance(20 * 60)
    await room.system("crisis tick 1")
    assert any("U2" in mentioned(one.document) for one in await room.sent())
    silences = [key for key in (await room.crisis()).reminded if key.startswith("silent")]
    assert len(silences) == 2
    await room.say("lead", "crisis note In command --crisis 1", door="button")
    room.clock.advance(20 * 60)
    await room.system("crisis tick 1")
    # Of a person's silences the last alone is remembered; its instant shows that it was called out anew.
    assert "silent:lead:2026-11-22T09:40:00+00:00" in (await room.crisis()).reminded


async def test_a_silence_that_nobody_answers_goes_up() -> None:
    """Without a deputy whoever declared is asked after 40 minutes; the sponsor after 60; all of it is on record."""
    room = Room()
    await room.declared()
    await room.say("manager", "crisis take commander")
    await room.say("ciso", "crisis take sponsor")
    seen: list[set[str]] = []
    for _ in range(4):
        before = len(await room.sent())
        room.clock.advance(20 * 60)
        await room.system("crisis tick 1")
        told = [one for one in (await room.sent())[before:] if one.address.visibility == "direct"]
        seen.append({one.address.user for one in told if "nothing recorded from" in words(one.document)})
    assert seen == [{"U2"}, {"U5"}, {"U5", "U1"}, set()]
    timeline = words((await room.say("lead", "crisis timeline --kind reminder")).document)
    for minutes in (20, 40, 60):
        assert f"for {minutes} minutes" in timeline
    assert "crisis release commander" in str([lines(one.document) for one in await room.sent()])


async def test_silence_is_no_matter_once_recovered() -> None:
    """From `recovered` on nobody asks whether the commander is there."""
    room = Room()
    await room.declared()
    await room.say("lead", "crisis take commander")
    assert any(one.key.startswith("silent") for one in all_of(await room.crisis()))
    for verb in ("mobilise", "contain", "eradicate", "recover"):
        await room.do("lead", f"crisis {verb}")
    assert not any(one.key.startswith("silent") for one in all_of(await room.crisis()))


async def test_relief_is_called_for_once_a_holding() -> None:
    """Eight hours in a role: the holder is told once; the next holder's hours count from their acceptance."""
    room = Room()
    await room.declared()
    await room.say("analyst", "crisis take scribe")
    room.clock.advance(8 * 3600)
    await room.system("crisis tick 1")
    timeline = text_of((await room.say("lead", "crisis timeline")).document)
    assert "Analyst has been Scribe for 8 h" in " ".join(timeline.split())
    assert not any(one.key.startswith("relief") for one in all_of(await room.crisis()))
    await room.say("lead", f"crisis role scribe @U4 {BRIEF}")
    await room.say("counsel", f"crisis accept scribe {READ_BACK}")
    (relief,) = [one for one in all_of(await room.crisis()) if one.key.startswith("relief")]
    assert (relief.at - room.clock.now()).total_seconds() == 8 * 3600


async def test_a_role_that_becomes_vacant_is_called_out_again() -> None:
    """Ten minutes after a needed role was released it is called out under a key of its own."""
    room = Room()
    await room.declared()
    await room.say("analyst", "crisis take scribe")
    room.clock.advance(3600)
    await room.system("crisis tick 1")
    await room.say("analyst", "crisis release scribe end of shift")
    assert "Scribe" in text_of((await room.say("lead", "crisis status")).document)
    (again,) = [one for one in all_of(await room.crisis()) if one.key.startswith("unfilled:scribe")]
    assert (again.at - room.clock.now()).total_seconds() == 600


async def test_a_drills_clock_divides_every_time() -> None:
    """At ten times the speed a drill calls out what a crisis would, in a tenth of the time."""
    room = Room()
    await room.declared()
    await room.say("lead", "crisis take commander")
    await room.say("analyst", "crisis take scribe")
    crisis = await room.crisis()
    fast = crisis.model_copy(update={"drill": "ransomware", "speed": 10.0})
    usual = {one.key: one.at - crisis.declared for one in reminders(crisis)}
    assert {key.partition(":")[0] for key in usual} == {"unfilled", "silent", "silent twice", "silent thrice", "relief"}
    assert {one.key: (one.at - fast.declared) * 10 for one in reminders(fast)} == usual
