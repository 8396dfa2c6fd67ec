"""Rooms on more than one platform: each with its audience, and nothing in it that is above its TLP."""

from __future__ import annotations

from dataclasses import replace

from handlers.core.access import Access, AccessFile
from handlers.core.audit import Auditor
from handlers.core.call import Address, Call, Identity
from handlers.core.parcel import Parcel
from handlers.core.pipeline import Answer, Pipeline
from tests.handlers.crisis.room import Room, confirm, text_of

CHANNEL = "19:crisis@thread.tacv2"


async def in_teams(room: Room, text: str, thread: str = "") -> Answer:
    """What a manager types in Teams, confirmed where it asks for it."""
    room.serial += 1
    at = Address(platform="teams", tenant="TT", channel=CHANNEL, thread=thread, user="m", visibility="channel")
    who = Identity(platform="teams", tenant="TT", user="m")
    call = Call(id=f"t-{room.serial}", text=text, address=at, at=room.clock.now(), door="mention", who=who)
    answer = await room.pipeline.answer(call)
    return await in_teams(room, confirm(answer.document), thread) if answer.outcome == "preview" else answer


async def opened(room: Room, *, audience: str = "executive", tlp: str = "") -> Parcel:
    """Crisis 1 with its room in Slack, and one in Teams for that audience; the parcel that asked for the second."""
    listed = [{"platform": "teams", "tenant": "TT", "channel": CHANNEL, "tlp": tlp}] if tlp else []
    file = {
        "persons": [
            {"id": "lead", "name": "Lead", "roles": ["lead"],
             "identities": [{"platform": "slack", "tenant": "T1", "user": "U1"}]},
            {"id": "manager", "name": "Manager", "roles": ["manager"],
             "identities": [{"platform": "slack", "tenant": "T1", "user": "U2"},
                            {"platform": "teams", "tenant": "TT", "user": "m"}]},
        ],
        "channels": listed,
    }  # fmt: skip
    room.access = Access(AccessFile.model_validate(file))
    room.soc = replace(room.soc, access=room.access)
    room.pipeline = Pipeline(room.soc, Auditor(room.state.audit, b"key of a test", room.clock))
    await room.declared()
    answer = await in_teams(room, f"crisis room new --audience {audience} --crisis 1")
    assert answer.outcome == "answered", text_of(answer.document)
    asked = next(one for one in await room.sent() if one.room is not None and one.address.platform == "teams")
    await room.system(f'{asked.report} --result sent --channel "{CHANNEL}" --thread 17 --message 17')
    return asked


async def to_teams(room: Room) -> list[Parcel]:
    """What was posted into the room in Teams."""
    return [one for one in await room.sent() if one.address.platform == "teams" and one.address.thread == "17"]


async def test_executives_get_a_room_that_names_nothing_of_the_matter() -> None:
    """Its first message is written before it is known what its readers may see: no title, no case, no work."""
    room = Room()
    asked = await opened(room)
    assert asked.room is not None
    assert asked.report.endswith("--audience executive")
    assert "Ransomware" not in text_of(asked.document)
    assert asked.room.name.endswith("-2")
    assert [(one.platform, one.audience, one.tlp) for one in (await room.crisis()).rooms] == [
        ("slack", "team", "amber+strict"),
        ("teams", "executive", "amber+strict"),
    ]


async def test_executives_are_told_moves_and_the_severity_and_nothing_else() -> None:
    """A move and a severity are told to everybody; a role, a task, a fact and a decision to the team alone."""
    room = Room()
    await opened(room)
    for line in ("take commander", "fact Two servers encrypt --source EDR", "task Isolate both --due 30m", "mobilise"):
        await room.do("lead", f"crisis {line}")
    await room.do("lead", 'crisis severity 2 --reason "one site alone"')
    told = [text_of(one.document) for one in await to_teams(room) if not one.board]
    assert len(told) == 2
    assert "declared → mobilised" in told[0].replace("**", "")
    assert "SEV1" in told[1]


async def test_a_room_below_the_crisis_gets_no_post_and_the_record_says_so() -> None:
    """Listed at TLP:GREEN: the board and the moves are held back; the team's room reads that they are."""
    room = Room()
    await opened(room, tlp="green")
    await room.do("lead", "crisis mobilise")
    assert await to_teams(room) == []
    said = "nothing that is TLP:AMBER+STRICT is posted there"
    assert any(said in text_of(one.document) for one in await room.sent() if one.address.channel == "CROOM")


async def test_a_line_typed_in_a_thread_is_about_its_crisis_and_answered_there() -> None:
    """The room is the thread: answers of the crisis's TLP are shown in it, and not in another thread of the channel."""
    room = Room()
    await opened(room, audience="team")
    there = await in_teams(room, "crisis status", "17")
    assert there.address.visibility == "channel"
    beside = await in_teams(room, "crisis status --crisis 1", "18")
    assert beside.address.visibility == "private"


async def test_a_second_room_of_the_same_audience_is_refused() -> None:
    """One room an audience and platform; a room of the team beside the executives' is another one."""
    room = Room()
    await opened(room)
    again = await in_teams(room, "crisis room new --audience executive --crisis 1")
    assert again.outcome == "refused"
    assert "has its room here already" in text_of(again.document)
    assert (await in_teams(room, "crisis room new --crisis 1")).outcome == "answered"
