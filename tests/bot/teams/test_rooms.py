"""Rooms of a crisis in Teams: made once, and what is left of a try whose confirmation was lost says that it is none."""

from __future__ import annotations

from typing import Any

import pytest

from bot.platform import Later, Parcel, Receipt, Unsure
from bot.teams.delivery import TeamsDelivery
from bot.teams.references import References
from bot.teams.web import Web
from connectors.clock import SystemClock
from connectors.memory import MemoryState
from handlers.core.parcel import Room
from tests.bot.teams.test_delivery import LONG, at, parcel
from tests.e2e.teams_hands import text
from tests.e2e.teams_rig import teams_settings
from tests.e2e.teams_standin import CRISIS_CHANNEL, Fault, Message, Teams, person

ROOM = Room(name="crisis-1-quiet-otter", title="Crisis", invite=("user-1", "user-2", "user-9"))
BEGIN = "/connector/v3/conversations"


def asked(**more: Any) -> Parcel:
    return parcel(**{"kind": "post", "room": ROOM, "address": at(channel="", thread=""), **more})


def of(teams: Teams, made: Receipt) -> list[Message]:
    return teams.of(f"{CRISIS_CHANNEL};messageid={made.thread}")


@pytest.fixture(autouse=True)
def team(teams: Teams) -> None:
    teams.members[CRISIS_CHANNEL] = [person("user-1"), person("user-2", name="Lead 02")]


async def test_a_room_is_a_thread_made_once(delivery: TeamsDelivery, teams: Teams) -> None:
    """A new thread of the configured channel whose first post is the document; people are called by a message of
    their own, for a mention that is put in later calls nobody; asked for twice it is the same room.
    """
    made = await delivery.deliver(asked(), None)
    assert await delivery.deliver(asked(), None) == made
    assert made.channel == CRISIS_CHANNEL
    first, called = of(teams, made)
    assert (first.id, first.versions, called.versions) == (made.message, 2, 1)
    assert "Twelve cases" in text(first.card)
    assert "being made ready" not in text(first.card)
    assert "msteams" not in first.card or "entities" not in first.card["msteams"]
    assert {one["mentioned"]["id"] for one in called.card["msteams"]["entities"]} == {"user-1", "user-2"}
    assert "user-9" in text(called.card)


async def test_a_lost_confirmation_leaves_a_thread_that_says_it_is_none(delivery: TeamsDelivery, teams: Teams) -> None:
    """The answer to the beginning is lost: what stands holds nothing of the crisis and calls nobody; the second thread
    is the room and says so first.
    """
    teams.lose.append(("POST", BEGIN))
    with pytest.raises(Unsure):
        await delivery.deliver(asked(), None)
    made = await delivery.deliver(asked(sent_before=True), None)
    (left,) = [one for one in teams.messages if one.conversation != f"{CRISIS_CHANNEL};messageid={made.thread}"]
    assert "If these words still stand here in a minute it is not used" in text(left.card)
    assert "Twelve" not in str(left.activity)
    assert "<at>" not in str(left.activity)
    first, called = of(teams, made)
    assert text(first.card).startswith(
        "(this is the room; a thread “crisis-1-quiet-otter” that is still being made ready"
    )
    assert "sent again" not in text(called.card)
    assert await delivery.deliver(asked(sent_before=True), None) == made
    assert len(of(teams, made)) == 2


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_patience_in_the_middle_repeats_nothing(delivery: TeamsDelivery, teams: Teams, method: str) -> None:
    """Teams asks for patience when the thread stands: the next try goes on with what is missing."""
    room = asked(document=parcel(1, LONG).document)
    teams.faults = [Fault(0), Fault(429)] if method == "PUT" else [Fault(0), Fault(0), Fault(429)]
    with pytest.raises(Later):
        await delivery.deliver(room, None)
    made = await delivery.deliver(room, None)
    found = of(teams, made)
    assert len(teams.messages) == len(found) > 2
    assert len({text(one.card) for one in found}) == len(found)
    assert "Called here" in text(found[-1].card)


async def test_a_doubtful_page_is_marked_alone(delivery: TeamsDelivery, teams: Teams) -> None:
    """The thread is certain and one message in it is not: that one is repeated with its mark, and no other thread."""
    teams.faults = [Fault(0), Fault(0), Fault(502, after=True)]
    with pytest.raises(Unsure):
        await delivery.deliver(asked(), None)
    made = await delivery.deliver(asked(sent_before=True), None)
    first, doubtful, again = of(teams, made)
    assert "left over" not in text(first.card)
    assert ["sent again" in text(one.card) for one in (doubtful, again)] == [False, True]
    assert len(teams.messages) == 3


async def test_another_replica_finishes_what_one_began(
    delivery: TeamsDelivery, teams: Teams, state: MemoryState, web: Web
) -> None:
    """A process that dies when its thread stands leaves it to the next: the same thread, nothing twice."""
    teams.faults = [Fault(0), Fault(429)]
    with pytest.raises(Later):
        await delivery.deliver(asked(), None)
    clock = SystemClock()
    other = TeamsDelivery(teams_settings(teams), web, References(state.store, clock), clock, state.store)
    made = await other.deliver(asked(sent_before=True), None)
    assert [one.versions for one in of(teams, made)] == [2, 1]
    assert len(teams.messages) == 2
    assert "left over" not in text(of(teams, made)[0].card)


async def test_a_thread_that_somebody_deleted_meanwhile(delivery: TeamsDelivery, teams: Teams) -> None:
    """The document is then posted in the thread instead of over its first message."""
    teams.faults = [Fault(0), Fault(404)]
    made = await delivery.deliver(asked(), None)
    assert [("Twelve" in text(one.card), one.versions) for one in of(teams, made)] == [
        (False, 1),
        (True, 1),
        (False, 1),
    ]


async def test_somebody_whom_teams_does_not_know_any_more(delivery: TeamsDelivery, teams: Teams) -> None:
    """Whom the room concerns and who left Teams is named there; the room stands all the same."""
    teams.strangers.add("user-2")
    first, called = of(teams, await delivery.deliver(asked(), None))
    assert "Called here: Analyst 01 Lead 02" in text(called.card)
    assert "entities" not in called.card["msteams"]
    assert "Twelve" in text(first.card)


@pytest.mark.parametrize("strict", [True, False])
async def test_a_guest_in_the_channel_reads_no_welcome(delivery: TeamsDelivery, teams: Teams, strict: bool) -> None:
    """The room opens with who is from outside instead of what they may not read; asked for twice it is the same."""
    teams.members[CRISIS_CHANNEL].append(person("user-9", userRole="guest", name="Guest *09*"))
    document = parcel().document.model_copy(update={"tlp": "amber+strict" if strict else "amber"})
    made = await delivery.deliver(asked(document=document), None)
    assert await delivery.deliver(asked(document=document), None) == made
    said = "\n".join(text(one.card) for one in of(teams, made))
    assert ("Twelve cases" in said) is not strict
    assert ("a guest account" in said and "until they leave or the Incident Commander admits" in said) is strict
    assert "Called here" in said


async def test_patience_for_the_roster_opens_no_room(delivery: TeamsDelivery, teams: Teams) -> None:
    """Who reads the channel is asked before anything of the crisis is posted there."""
    teams.lose.append(("GET", f"/connector/v3/conversations/{CRISIS_CHANNEL}/pagedmembers"))
    document = parcel().document.model_copy(update={"tlp": "red"})
    with pytest.raises(Later):
        await delivery.deliver(asked(document=document), None)
    assert "Twelve" not in str([one.activity for one in teams.messages])
    made = await delivery.deliver(asked(document=document), None)
    assert "Twelve" in text(of(teams, made)[0].card)
