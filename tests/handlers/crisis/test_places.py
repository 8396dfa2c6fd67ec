"""Rooms that fail, are gone or are asked for anew; people who left; messages that enter the timeline."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from handlers.core.call import Address, Call, Door, Identity
from handlers.core.pipeline import Answer
from handlers.crisis.rooms import source_key
from handlers.crisis.state import after
from messages.document import Actions
from tests.handlers.crisis.room import TENANT, Room, text_of

KEY = source_key("slack", TENANT, "CROOM", "1763805600.000100")
NOTED = "crisis noted --origin pin --channel CROOM --message 1763805600.000100 --at 2025-11-22T10:00Z --author U3"


async def event(room: Room, text: str, user: str = "U1", call_id: str = "", door: Door = "event") -> Answer:
    """What an adapter types as somebody."""
    room.serial += 1
    at = Address(platform="slack", tenant=TENANT, channel="CROOM", user=user)
    who = Identity(platform="slack", tenant=TENANT, user=user)
    key = call_id or f"event-{room.serial}"
    return await room.pipeline.answer(Call(id=key, text=text, who=who, address=at, at=room.clock.now(), door=door))


async def entries(room: Room) -> list[tuple[datetime, str]]:
    """(event time, words) of the timeline."""
    found, crisis = [], None
    async for _, one in room.store.events("1"):
        crisis = after(crisis, one)
        found.append((one.when, "".join(getattr(span, "text", "") for span in one.line(crisis))))
    return found


async def test_a_pinned_message_is_noted_once() -> None:
    """With who wrote it, when, and who pinned it; a second pin of the same message is told its number."""
    room = Room()
    await room.declared()
    assert (await event(room, f"{NOTED} Share is encrypted", call_id="ev")).outcome == "answered"
    again = await event(room, f"{NOTED} Share is encrypted", user="U3")
    sources = (await room.crisis()).sources
    assert again.outcome == "refused" and f"#{sources[KEY]}." in text_of(again.document)
    assert list(sources) == [KEY] and await room.state.crises.find(KEY) == "1"
    written = datetime(2025, 11, 22, 10, 0, tzinfo=UTC)
    assert (written, "Share is encrypted (written by Analyst)") in await entries(room)


@pytest.mark.parametrize("door", ["slash", "button", "mention", "dm", "form", "console", "cli"])
async def test_nobody_types_what_others_wrote(door: Door) -> None:
    """An entry in another person's name comes from a pin or a reaction alone, never from a typed line."""
    room = Room()
    await room.declared()
    answer = await event(room, f"{NOTED} I did it", door=door)
    assert answer.outcome == "refused" and not (await room.crisis()).sources


async def test_who_has_no_part_pins_nothing() -> None:
    """A pin of somebody without the permission is refused, and said to them."""
    room = Room()
    await room.declared()
    assert (await event(room, f"{NOTED} gossip", user="U7")).outcome == "refused"
    assert not (await room.crisis()).sources


async def test_edits_and_deletions_are_said_and_the_entry_stays() -> None:
    """Only of messages behind an entry; people cannot say it, the house does."""
    room = Room()
    await room.declared()
    await event(room, f"{NOTED} Share is encrypted")
    assert (await room.system(f"crisis source 1 --message {KEY} --result edited Two shares")).outcome == "answered"
    assert (await room.system(f"crisis source 1 --message {KEY} --result deleted")).outcome == "answered"
    assert (await room.system("crisis source 1 --message message:slack:T1:C:2 --result deleted")).outcome == "refused"
    assert (await room.say("manager", f"crisis source 1 --message {KEY} --result deleted")).outcome == "refused"
    entry, said = (await room.crisis()).sources[KEY], [words for _, words in await entries(room)]
    assert said[entry - 1] == "Share is encrypted (written by Analyst)"
    assert said[entry] == f"The message behind #{entry} was edited in the chat, it reads now: Two shares"
    assert said[entry + 1] == f"The message behind #{entry} was deleted in the chat; the entry stands"


async def test_a_room_that_was_refused_is_told_to_whoever_declared() -> None:
    """Directly, with a button that asks for another one under another name; everything else works meanwhile."""
    room = Room()
    await room.do("lead", 'crisis declare "Ransomware on file servers" --severity 1')
    first = next(one for one in await room.sent() if one.room is not None)
    await room.system(f'crisis room 1 --platform slack --tenant {TENANT} --result refused --reason "no scope"')
    told = [one for one in await room.sent() if one.address.visibility == "direct"]
    assert [one.address.user for one in told] == ["U1"] and "no scope" in text_of(told[0].document)
    line = next(b.line for block in told[0].document.blocks if isinstance(block, Actions) for b in block.buttons)
    assert (await room.say("lead", "crisis mobilise --crisis 1")).outcome == "preview"
    assert (await room.say("lead", line, door="button")).outcome == "answered"
    rooms = [one.room.name for one in await room.sent() if one.room is not None]
    assert first.room is not None and rooms == [first.room.name, f"{first.room.name}-2"]


async def test_a_second_room_on_the_same_platform_is_not_made() -> None:
    """While the room stands there is one."""
    room = Room()
    await room.declared()
    assert (await room.say("lead", "crisis room new")).outcome == "refused"
    assert (await room.say("analyst", "crisis room new")).outcome == "refused"


async def test_a_room_that_is_gone_is_forgotten_once() -> None:
    """The board cannot be delivered: the room is taken off, those in charge are told, a second report is refused."""
    room = Room()
    await room.declared()
    gone = f"crisis gone 1 --platform slack --tenant {TENANT} --channel CROOM --reason channel_not_found"
    board = next(one for one in await room.sent() if one.board)
    assert gone.startswith("crisis gone") and set(board.if_gone.split()) < set(gone.split())
    assert (await room.system(gone)).outcome == "answered"
    assert (await room.system(gone)).outcome == "refused"
    assert (await room.crisis()).rooms == ()
    assert any(one.address.visibility == "direct" for one in await room.sent())
    assert (await room.say("manager", gone)).outcome == "refused"


async def test_whoever_left_holds_no_role() -> None:
    """All roles of the account are vacant, others keep theirs, and the room is told."""
    room = Room()
    await room.declared()
    await room.do("lead", "crisis take commander")
    await room.do("manager", "crisis take operations")
    left = f"crisis left 1 --platform slack --tenant {TENANT} --user"
    assert (await room.system(f"{left} U1")).outcome == "answered"
    assert set((await room.crisis()).roles.held) == {"operations"}
    assert (await room.system(f"{left} U1")).outcome == "refused"
    told = [text_of(one.document) for one in await room.sent()]
    assert any("left the workspace" in words for words in told)


async def test_a_crisis_room_sees_what_is_of_its_class() -> None:
    """Nobody listed it in the access file: its TLP is the crisis's; other unlisted channels see nothing."""
    room = Room()
    await room.declared()
    await room.system(f"crisis gone 1 --platform slack --tenant {TENANT} --channel CROOM")
    await room.system(f"crisis room 1 --platform slack --tenant {TENANT} --result sent --channel CNEW --message m")

    async def shown(channel: str) -> str:
        room.serial += 1
        at = Address(platform="slack", tenant=TENANT, channel=channel, user="U1", visibility="channel")
        who = Identity(platform="slack", tenant=TENANT, user="U1")
        call = Call(id=f"m-{room.serial}", text="crisis status --crisis 1", who=who, address=at, at=room.clock.now(),
                    door="mention")  # fmt: skip
        return (await room.pipeline.answer(call)).address.visibility

    assert await shown("CNEW") == "channel"
    assert await shown("CELSE") == "private"
    await room.system(f"crisis gone 1 --platform slack --tenant {TENANT} --channel CNEW")
    assert await shown("CNEW") == "private"
