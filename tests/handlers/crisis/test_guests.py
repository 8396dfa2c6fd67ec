"""People from outside in a crisis's room: told to the commander, and nothing strict is posted until their word."""

from __future__ import annotations

import pytest

from connectors.errors import StateError
from handlers.core.access import fits
from handlers.core.call import Address
from handlers.core.ceilings import ceiling
from handlers.core.parcel import Parcel
from handlers.crisis.guests import limit
from tests.handlers.crisis.room import TENANT, Room, text_of

WHERE = f"--platform slack --tenant {TENANT} --channel CROOM"
JOINED = f"crisis guest 1 {WHERE} --user U9 --name Guest --why 'a guest account'"
LEFT = f"crisis guest 1 {WHERE} --user U9 --result left"
AT = Address(platform="slack", tenant=TENANT, channel="CROOM", visibility="channel")


async def commanded() -> Room:
    """Crisis 1 with a commander and a room, nobody from outside in it."""
    room = Room()
    await room.declared()
    await room.do("lead", "crisis take commander")
    return room


def into_room(parcels: list[Parcel]) -> list[Parcel]:
    return [one for one in parcels if one.address.channel == "CROOM"]


async def since(room: Room, before: int) -> list[Parcel]:
    return (await room.sent())[before:]


async def test_a_guest_is_told_to_the_commander_and_stands_in_the_timeline() -> None:
    """The commander gets a direct message with the button, the room a message that a guest may read."""
    room = await commanded()
    before = len(await room.sent())
    await room.system(JOINED)
    posts = await since(room, before)
    (direct,) = [one for one in posts if one.address.visibility == "direct"]
    assert direct.address.user == "U1" and "crisis admit @U9 --crisis 1" in direct.document.model_dump_json()
    (told,) = into_room(posts)
    assert fits(told.document.tlp, "amber") and "a guest account" in text_of(told.document)
    assert "servers" not in text_of(told.document), "the crisis's title is not for outsiders"
    timeline = await room.say("lead", "crisis timeline")
    assert "Guest (a guest account) is in the room on slack" in text_of(timeline.document)


async def test_nothing_strict_is_posted_while_a_guest_reads_along() -> None:
    """Neither board nor announcements nor answers, from the entry of the guest on; all the rest goes on."""
    room = await commanded()
    await room.system(JOINED)
    before = len(await room.sent())
    await room.do("analyst", "crisis fact The backup server is encrypted --source EDR")
    await room.do("lead", "crisis role scribe @U3")
    posts = await since(room, before)
    assert posts and all(fits(one.document.tlp, "amber") for one in into_room(posts))
    assert await ceiling(AT, room.soc) == "amber"
    shown = await room.say("lead", "crisis status")
    assert "nothing above TLP:AMBER is posted there" in text_of(shown.document)


@pytest.mark.parametrize("how", ["admitted", "left"])
async def test_the_commanders_word_or_their_leaving_opens_the_room_again(how: str) -> None:
    """From then on the board and announcements are posted there, and the timeline says by whose word."""
    room = await commanded()
    await room.system(JOINED)
    before = len(await room.sent())
    if how == "left":
        await room.system(LEFT)
    else:
        answer = await room.do("lead", "crisis admit @U9 the provider's engineer, under NDA")
        assert "admitted to the room by Lead: the provider's engineer, under NDA" in text_of(answer.document)
    boards = [one for one in into_room(await since(room, before)) if one.board]
    assert len(boards) == 1 and boards[0].document.tlp == "amber+strict"
    assert await ceiling(AT, room.soc) == "red"


async def test_the_word_may_come_from_another_platform() -> None:
    """A commander in Slack admits somebody who waits in a Teams room."""
    room = await commanded()
    await room.system(
        "crisis room 1 --platform teams --tenant T9 --result sent --channel 19:c --message m1 --thread t1"
    )
    await room.system(
        "crisis guest 1 --platform teams --tenant T9 --channel 19:c --user 29:abc --name Guest --why guest"
    )
    answer = await room.do("lead", "crisis admit @29:abc --crisis 1")
    assert answer.outcome in {"answered", "applied"}, text_of(answer.document)
    assert all(one.admitted is not None for one in (await room.crisis()).guests)


async def test_only_the_commander_admits() -> None:
    """While there is one it is their word alone; without one whoever may run a crisis; and never one's own."""
    room = await commanded()
    await room.system(JOINED)
    for who in ("manager", "analyst"):
        answer = await room.do(who, "crisis admit @U9")
        assert answer.outcome == "refused" and "Lead's word" in text_of(answer.document)
    await room.do("lead", "crisis release commander end of shift")
    assert (await room.do("analyst", "crisis admit @U9")).outcome == "refused"
    await room.system(JOINED.replace("U9", "U3"))
    assert "Nobody admits themselves" in text_of((await room.do("analyst", "crisis admit me")).document)
    assert (await room.do("manager", "crisis admit @U9")).outcome == "answered"
    assert "Waiting: @U3" in text_of((await room.do("manager", "crisis admit @U9")).document)


async def test_nobody_knows_who_reads_along_with_the_store_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a channel listed for more than a guest may read only that much is sure; an unlisted one shows nothing."""
    room = await commanded()

    async def away(key: str) -> str | None:
        raise StateError("away")

    monkeypatch.setattr(room.store.port, "find", away)
    assert await ceiling(AT, room.soc) == "amber"
    assert await ceiling(AT.model_copy(update={"channel": "CELSE"}), room.soc) is None


async def test_a_guest_is_told_once_and_only_of_rooms() -> None:
    """The same event again, another channel, and one who was never there change nothing."""
    room = await commanded()
    await room.system(JOINED)
    version = (await room.crisis()).version
    await room.system(JOINED)
    await room.system(JOINED.replace("CROOM", "CELSE"))
    await room.system(LEFT.replace("U9", "U8"))
    assert (await room.crisis()).version == version


async def test_an_amber_crisis_goes_on_with_guests() -> None:
    """What guests may read by its TLP is not held back from them; they are told of all the same."""
    room = await commanded()
    made = await room.crisis()
    assert limit(made, made.rooms[0].model_copy(update={"tlp": "green"})) == "green"
    await room.system(JOINED)
    after = await room.crisis()
    assert limit(after, after.rooms[0].model_copy(update={"tlp": "green"})) == "green"
    assert limit(after, after.rooms[0]) == "amber"
