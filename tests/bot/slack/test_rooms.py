"""Rooms, boards and messages for insiders, against Slack's Web API over the wire."""

from __future__ import annotations

import json

import pytest

from bot.platform import Gone, Receipt, Undeliverable
from bot.slack.delivery import SlackDelivery
from bot.slack.web import Web
from connectors.clock import SystemClock
from connectors.memory import MemoryState
from handlers.core.call import Address
from handlers.core.parcel import Parcel, Room
from messages.document import Document
from tests.e2e.slack_standin import Slack

ROOM = Room(name="crisis-1-amber-harbour", title="Crisis 1", purpose="Bridge", invite=("U1", "U7"))


def parcel(number: int, channel: str = "", room: Room | None = None, **more: bool | str) -> Parcel:
    at = Address(platform="slack", tenant="T1", channel=channel, user="" if channel else "U1", visibility="channel")
    document = Document(title=f"Document {number}")
    made = Parcel(id=f"p{number}", kind="post", call="c1", address=at, document=document, room=room)
    return made.model_copy(update=more)


async def test_the_same_room_is_made_once(delivery: SlackDelivery, slack: Slack, web: Web, state: MemoryState) -> None:
    """Delivered again, by another process too, it is the same channel with one first message and the same people."""
    first = await delivery.deliver(parcel(1, room=ROOM), None)
    other = SlackDelivery(web, delivery._access, SystemClock(), state.store)
    assert await other.delivered(parcel(1, room=ROOM)) is False
    assert await other.deliver(parcel(1, room=ROOM), None) == first
    assert len(slack.rooms.made) == 1 and len(slack.stands(first.channel)) == 1
    assert slack.members[first.channel] == {slack.bot_user, "U1", "U7"}


async def test_another_crisis_room_is_not_taken_over(delivery: SlackDelivery, slack: Slack) -> None:
    """A channel of ours in which another room's first message stands is not this room, whatever its name."""
    made = await delivery.deliver(parcel(1, room=ROOM), None)
    with pytest.raises(Undeliverable, match="not one I made for this"):
        await delivery.deliver(parcel(2, room=ROOM), None)
    assert len(slack.stands(made.channel)) == 1


async def test_nobody_from_outside_is_invited(delivery: SlackDelivery, slack: Slack) -> None:
    """A guest and somebody of another organisation are left out, and the first message says whom and why."""
    slack.rooms.people |= {"U7": {"is_restricted": True}, "U8": {"team_id": "T2"}}
    made = await delivery.deliver(parcel(1, room=ROOM.model_copy(update={"invite": ("U1", "U7", "U8")})), None)
    assert slack.members[made.channel] == {slack.bot_user, "U1"}
    said = json.dumps(slack.stands(made.channel))
    assert "@U7 not invited: a guest account" in said and "@U8 not invited: of another organisation" in said


async def test_a_channel_with_a_guest_does_not_become_a_room(delivery: SlackDelivery, slack: Slack) -> None:
    """A channel made before, by a process that died, is not taken when somebody from outside is in it by now."""
    found = slack.rooms.add(ROOM.name, slack.bot_user)
    slack.members[found].add("U9")
    slack.rooms.people["U9"] = {"is_ultra_restricted": True}
    with pytest.raises(Undeliverable, match="@U9 from outside"):
        await delivery.deliver(parcel(1, room=ROOM), None)
    assert not slack.stands(found)


@pytest.mark.parametrize(("scope", "said"), [("groups:write", "grant the scopes"), ("groups:read", "grant the scopes")])
async def test_without_the_scopes_it_says_so(delivery: SlackDelivery, slack: Slack, scope: str, said: str) -> None:
    """A room that Slack does not let us make is refused in a sentence."""
    slack.rooms.add(ROOM.name, "U2")
    slack.scopes = slack.scopes.replace(scope, "none")
    with pytest.raises(Undeliverable, match=said):
        await delivery.deliver(parcel(1, room=ROOM), None)


async def test_a_board_is_pinned_once(delivery: SlackDelivery, slack: Slack) -> None:
    """Pinned when it is first posted, replaced in place after; one that was deleted is posted and pinned anew."""
    channel = slack.rooms.add("room", slack.bot_user)
    first = await delivery.deliver(parcel(1, channel, board="b", pin=True), None)
    assert await delivery.deliver(parcel(2, channel, board="b", pin=True), first) == first
    assert slack.rooms.pins[channel] == [first.message]
    slack.messages[channel].clear()
    again = await delivery.deliver(parcel(3, channel, board="b", pin=True), first)
    assert slack.rooms.pins[channel] == [first.message, again.message]


async def test_a_board_that_cannot_be_pinned_stands(delivery: SlackDelivery, slack: Slack) -> None:
    """A missing scope for pins costs the pin, not the board."""
    channel = slack.rooms.add("room", slack.bot_user)
    slack.scopes = slack.scopes.replace("pins:write", "none")
    receipt = await delivery.deliver(parcel(1, channel, board="b", pin=True), None)
    assert slack.stands(channel)[0]["ts"] == receipt.message and channel not in slack.rooms.pins


async def test_a_board_in_doubt_is_found_with_its_place(
    delivery: SlackDelivery, slack: Slack, web: Web, state: MemoryState
) -> None:
    """After a lost answer the board is found, not doubled, and the receipt names it, so that it is replaced later."""
    channel = slack.rooms.add("room", slack.bot_user)
    stood = await delivery.deliver(parcel(1, channel, board="b", pin=True), None)
    other = SlackDelivery(web, delivery._access, SystemClock(), state.store)
    assert await other.delivered(parcel(1, channel, board="b", pin=True)) is False
    assert await other.deliver(parcel(1, channel, board="b", pin=True), None) == stood
    assert len(slack.stands(channel)) == 1


async def test_a_place_that_is_no_more_is_told_apart(delivery: SlackDelivery, slack: Slack) -> None:
    """A deleted or archived channel is gone; a message that Slack refuses is only undeliverable."""
    channel = slack.rooms.add("room", slack.bot_user)
    slack.rooms.made[channel]["is_archived"] = True
    for place in (channel, "CNOWHERE"):
        with pytest.raises(Gone):
            await delivery.deliver(parcel(1, place, board="b"), None)
    slack.scopes = "commands"
    with pytest.raises(Undeliverable) as error:
        await delivery.deliver(parcel(2, slack.rooms.add("other", slack.bot_user), board="b"), None)
    assert not isinstance(error.value, Gone)


@pytest.mark.parametrize(
    ("outside", "said"),
    [
        ("guest", "external guests read this channel: @U9"),
        ("shared", "shared with another organisation"),
        ("other team", "external guests read this channel: @U9"),
        ("no scope", "could not find out who reads"),
        ("too many", "too many to check"),
    ],
)
async def test_outsiders_refuse_what_is_for_insiders(
    delivery: SlackDelivery, slack: Slack, outside: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not posted where a guest or another organisation reads along, or where nobody can say who does."""
    channel = slack.rooms.add("board", slack.bot_user)
    slack.members[channel] |= {"U2", "U8", "U9"}
    match outside:
        case "guest":
            slack.rooms.people["U9"] = {"is_ultra_restricted": True}
        case "shared":
            slack.rooms.made[channel]["is_ext_shared"] = True
        case "other team":
            slack.rooms.people["U9"] = {"team_id": "T2"}
        case "no scope":
            slack.scopes = slack.scopes.replace("users:read", "none")
        case _:
            monkeypatch.setattr("bot.slack.rooms.MEMBERS", 3)
    with pytest.raises(Undeliverable, match=said):
        await delivery.deliver(parcel(1, channel, insiders=True), None)
    assert not slack.stands(channel)


async def test_insiders_alone_are_told(delivery: SlackDelivery, slack: Slack) -> None:
    """Where everybody is one's own, or of the same Enterprise Grid, a message for insiders is posted."""
    channel = slack.rooms.add("board", slack.bot_user)
    slack.members[channel] |= {"U2", "U8", "U9"}
    slack.rooms.people["U9"] = {"team_id": "T2", "enterprise_user": {"teams": ["T1", "T2"]}}
    receipt = await delivery.deliver(parcel(1, channel, insiders=True), None)
    assert receipt == Receipt(channel=channel, message=slack.stands(channel)[0]["ts"])


async def test_a_guest_is_not_written_to_directly(delivery: SlackDelivery, slack: Slack) -> None:
    """What is for insiders does not go to a guest's direct messages either."""
    slack.rooms.people["U9"] = {"is_restricted": True}
    at = Address(platform="slack", tenant="T1", user="U9", visibility="direct")
    with pytest.raises(Undeliverable, match="@U9"):
        await delivery.deliver(parcel(1, insiders=True).model_copy(update={"address": at}), None)
    assert "p1" not in json.dumps(slack.messages)
