"""That the counting of fault i sees what it is there to see: a sound storm is sound, and each damage is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.slack.outgoing import METADATA
from tests.e2e.slack_standin import Json, Slack
from tests.faults.storm import Asked
from tests.faults.storm_counting import StormTally, count
from tests.handlers.crisis.room import Room

KEY = b"key of a test"
LINES = {"noted": "crisis note {}", "stated": "crisis fact {}", "task added": "crisis task {} --owner me"}


def stands(slack: Slack, channel: str, identity: str, board: bool) -> None:
    """A message of ours in the chat; a board takes the place of the one before it."""
    messages = slack.messages.setdefault(channel, [])
    mark = {"event_type": METADATA, "event_payload": {"id": identity, "page": 0, "pages": 1}}
    old = next((one for one in messages if one.get("board")), None) if board else None
    if old is not None:
        old["metadata"] = mark
        return
    messages.append({"ts": f"1.{len(messages):06d}", "text": "", "board": board, "metadata": mark})
    if board:
        slack.rooms.pins[channel] = [messages[-1]["ts"]]


async def played() -> tuple[Room, Slack, list[Asked]]:
    """Three requests of three people in one crisis, and everything that was to be delivered standing in the chat."""
    room, slack, asked = Room(), Slack(), []
    await room.declared()
    for number, (kind, line) in enumerate(LINES.items()):
        one = Asked(f"U{number}", kind, f"mark{number:06d}end", acknowledged=True)
        assert (await room.say("lead", line.format(one.marker))).outcome == "answered"
        asked.append(one)
        slack.responses.append({"user": one.user, "text": "Recorded"})
    for parcel in await room.sent():
        if parcel.address.visibility != "private":
            stands(slack, parcel.address.channel or f"D{parcel.address.user}", parcel.id, bool(parcel.board))
    return room, slack, asked


async def counted(room: Room, slack: Slack, asked: list[Asked]) -> StormTally:
    tally = StormTally("t")
    await count(room.state, KEY, slack, asked, tally)
    return tally


async def test_a_storm_that_was_weathered_is_sound() -> None:
    """Every request an event, every told line once, one board: nothing is found."""
    tally = await counted(*await played())
    assert tally.sound and tally.acknowledged == 3 and tally.told >= 4 and not tally.examples, tally.line()


def board(messages: list[Json]) -> Json:
    return next(one for one in messages if one["board"])


def told(messages: list[Json]) -> Json:
    return next(
        one for one in messages if not one["board"] and one["metadata"]["event_payload"]["id"][:9] == "crisis:1:"
    )


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        (lambda room: room.remove(told(room)), "lost"),
        (lambda room: room.append(dict(told(room))), "duplicated"),
        (lambda room: room.remove(board(room)), "lost"),
        (lambda room: room.append({**board(room), "ts": "9.9"}), "duplicated"),
        (lambda room: board(room).update(ts="9.9"), "torn"),
        (lambda room: board(room)["metadata"].update(event_payload={"id": "crisis:1:2:0", "page": 0}), "lost"),
    ],
)
async def test_damage_in_the_chat_is_named(damage: Callable[[list[Json]], None], kind: str) -> None:
    """A line or the board missing, doubled, not pinned, or an old board left standing."""
    room, slack, asked = await played()
    damage(slack.messages["CROOM"])
    tally = await counted(room, slack, asked)
    assert getattr(tally, kind) > 0 and not tally.sound, tally.line()


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("Recorded", "lost"),
        ("", "lost"),
        ("My state store is away: … and nothing can be changed.", "refused"),
        ("If it was to change something, whether it was done is unknown: look before you try again.", "refused"),
    ],
)
async def test_a_request_without_its_event_is_lost_unless_its_asker_was_told(answer: str, verdict: str) -> None:
    """What was acknowledged is in the timeline, or the answer says that it is not."""
    room, slack, asked = await played()
    one = Asked("U9", "noted", "mark000009end", acknowledged=True)
    slack.responses += [{"user": "U9", "text": answer}] if answer else []
    tally = await counted(room, slack, [*asked, one])
    assert getattr(tally, verdict) == 1 and tally.sound is (verdict == "refused"), tally.line()
    assert tally.untold == (not answer)


async def test_one_request_twice_in_the_timeline_is_a_double() -> None:
    """The same words as two events: somebody's request was worked on twice."""
    room, slack, asked = await played()
    await room.say("lead", LINES["noted"].format(asked[0].marker))
    for parcel in (await room.sent())[-1:]:
        stands(slack, "CROOM", parcel.id, bool(parcel.board))
    tally = await counted(room, slack, asked)
    assert tally.duplicated == 1 and not tally.lost and not tally.sound, tally.line()


async def test_a_forged_event_breaks_the_chain() -> None:
    """Held against another key, no event follows from the one before."""
    room, slack, asked = await played()
    tally = StormTally("t")
    await count(room.state, b"another key", slack, asked, tally)
    assert tally.breaks > 3 and not tally.sound
