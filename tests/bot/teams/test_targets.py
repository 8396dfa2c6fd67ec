"""Personal chats that the bot begins: by object id, by the roster's account, once, and refused in words."""

from __future__ import annotations

from typing import Any

import pytest

from bot.platform import Gone, Later, Undeliverable
from bot.teams.delivery import TeamsDelivery
from bot.teams.references import References, person_key
from bot.teams.web import Web
from connectors.clock import SystemClock
from connectors.memory import MemoryState
from tests.bot.teams.test_delivery import at, parcel
from tests.bot.teams.test_guard import _site
from tests.e2e.teams_hands import text
from tests.e2e.teams_rig import teams_settings
from tests.e2e.teams_signing import TENANT
from tests.e2e.teams_standin import CRISIS_CHANNEL, Fault, Teams, person

BEGIN = "/connector/v3/conversations"


def to(user: str) -> dict[str, Any]:
    return {"kind": "post", "address": at(channel="", thread="", user=user, visibility="direct")}


async def test_who_never_wrote_is_reached_by_object_id(
    delivery: TeamsDelivery, teams: Teams, state: MemoryState, web: Web
) -> None:
    """With the app installed for them a chat is begun, with the tenant and one member, and another process keeps it."""
    teams.installed.add("user-7")
    await delivery.deliver(parcel(1, **to("user-7")), None)
    clock = SystemClock()
    other = TeamsDelivery(teams_settings(teams), web, References(state.store, clock), clock, state.store)
    await other.deliver(parcel(2, **to("user-7")), None)
    assert [text(one.card).splitlines()[0] for one in teams.of("a:user-7")] == ["Document 1", "Document 2"]
    (asked,) = teams.begun
    assert (asked["members"], asked["tenantId"], asked["isGroup"]) == ([{"id": "user-7"}], TENANT, False)


async def test_who_has_the_app_through_a_team_is_found_in_its_roster(delivery: TeamsDelivery, teams: Teams) -> None:
    """Where the object id is refused, the account that the crises' channel knows begins the chat."""
    teams.in_team.add("user-7")
    teams.members[CRISIS_CHANNEL] = [person("user-7")]
    await delivery.deliver(parcel(**to("user-7")), None)
    assert [one["members"] for one in teams.begun] == [[{"id": "user-7"}], [{"id": "29:user-7"}]]
    assert len(teams.of("a:user-7")) == 1


async def test_who_has_no_app_gets_nothing_and_the_reason_is_words(delivery: TeamsDelivery, teams: Teams) -> None:
    """Neither known nor in a team: refused, with what must be done about it; nothing is kept of a chat."""
    with pytest.raises(Undeliverable, match="the app must be installed for them"):
        await delivery.deliver(parcel(**to("user-7")), None)
    teams.members[CRISIS_CHANNEL] = [person("user-7")]
    with pytest.raises(Undeliverable, match="ForbiddenOperationException"):
        await delivery.deliver(parcel(**to("user-7")), None)
    assert teams.messages == []


async def test_beginning_a_chat_is_never_in_doubt(delivery: TeamsDelivery, teams: Teams) -> None:
    """Teams gives the same chat each time: a lost answer is patience, so that the message is not marked a repeat."""
    teams.installed.add("user-7")
    teams.lose.append(("POST", BEGIN))
    with pytest.raises(Later):
        await delivery.deliver(parcel(**to("user-7")), None)
    await delivery.deliver(parcel(**to("user-7")), None)
    (message,) = teams.of("a:user-7")
    assert "sent again" not in text(message.card)


async def test_who_took_the_app_away_is_gone(delivery: TeamsDelivery, teams: Teams, state: MemoryState) -> None:
    """A chat that is kept and closed is Gone, for whoever waits for the outcome; it is not begun behind their back."""
    teams.closed.add("a:user-1")
    teams.installed.add("user-1")
    with pytest.raises(Gone):
        await delivery.deliver(parcel(**to("user-1")), None)
    assert teams.begun == []
    assert await state.store.get(person_key(TENANT, "user-1")) is not None


async def test_a_refused_message_is_not_a_refused_chat(delivery: TeamsDelivery, teams: Teams) -> None:
    """429 while a chat is begun asks for patience; nobody is told that the app is missing."""
    teams.installed.add("user-7")
    teams.faults = [Fault(429)]
    with pytest.raises(Later):
        await delivery.deliver(parcel(**to("user-7")), None)


async def test_installing_the_app_is_enough_to_be_written_to(teams: Teams) -> None:
    """A personal chat is known from the installation on, without a word typed; nobody begins it a second time."""
    async with _site(teams, teams_settings(teams)) as site:
        await site.hands.send(site.hands.activity("installationUpdate", action="add"))
        known = await References(site.state.store, SystemClock()).person(TENANT, "user-1")
        assert known is not None
        assert (known.conversation, known.account) == ("a:user-1", "29:user-1")
        clock, web = SystemClock(), Web(teams_settings(teams), SystemClock(), 2.0)
        web.open()
        references = References(site.state.store, clock)
        delivery = TeamsDelivery(teams_settings(teams), web, references, clock, site.state.store)
        await delivery.deliver(parcel(**to("user-1")), None)
        await web.close()
    assert (len(teams.of("a:user-1")), teams.begun) == (1, [])
