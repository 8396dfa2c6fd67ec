"""Conversation references: plain JSON, refreshed by what comes in, found by another process."""

from __future__ import annotations

import json

import pytest

from bot.teams.calls import place
from bot.teams.references import FRESH_SECONDS, References, conversation_key
from connectors.clock import FixedClock, SystemClock
from connectors.errors import StateError
from connectors.memory import MemoryState
from tests.bot.stage import NOW
from tests.e2e.teams_hands import Hands
from tests.e2e.teams_signing import TENANT
from tests.e2e.teams_standin import TEAM_CHANNEL, Json, Teams

hands = Hands(None, "", Teams("http://127.0.0.1"), "user-1")  # type: ignore[arg-type]


async def heard(references: References, activity: Json) -> None:
    await references.heard(activity, place(activity))


async def test_another_process_finds_what_one_heard() -> None:
    """Conversation, tenant, person and account; as JSON without anything that was said."""
    state = MemoryState(SystemClock())
    await heard(References(state.store, SystemClock()), hands.mentioning("secret words", f"{TEAM_CHANNEL};messageid=1"))
    other = References(state.store, SystemClock())
    found = await other.conversation(TENANT, TEAM_CHANNEL)
    person = await other.account(TENANT, "29:user-1")
    assert found is not None
    assert (found.conversation, found.service_url) == (TEAM_CHANNEL, hands.teams.service_url)
    assert person is not None
    assert (person.user, person.conversation) == ("user-1", "")
    kept = await state.store.get(conversation_key(TENANT, TEAM_CHANNEL))
    assert kept is not None
    assert "secret" not in kept
    assert json.loads(kept)["tenant"] == TENANT


async def test_a_new_service_address_replaces_the_old_one() -> None:
    """Here at once, in another process within a minute; the personal chat is kept when somebody writes elsewhere."""
    state, clock = MemoryState(SystemClock()), FixedClock(NOW)
    one, other = References(state.store, clock), References(state.store, clock)
    await heard(one, hands.activity(text="a"))
    assert await other.person(TENANT, "user-1") is not None
    moved = hands.mentioning("b", TEAM_CHANNEL)
    moved["serviceUrl"] = "https://smba.trafficmanager.net/apac/"
    await heard(one, moved)
    clock.advance(FRESH_SECONDS + 1)
    for references in (one, other):
        person = await references.person(TENANT, "user-1")
        assert person is not None
        assert (person.service_url, person.conversation) == (moved["serviceUrl"], "a:user-1")


async def test_a_channel_that_removed_the_bot_is_forgotten() -> None:
    """Its own reference goes; the tenant's stays, so that others are still found."""
    state = MemoryState(SystemClock())
    references = References(state.store, SystemClock())
    await heard(references, hands.mentioning("a", TEAM_CHANNEL))
    await references.gone(TENANT, TEAM_CHANNEL)
    assert await state.store.get(conversation_key(TENANT, TEAM_CHANNEL)) is None
    assert await references.conversation(TENANT, "19:other@thread.tacv2") is not None
    assert await references.conversation("another-tenant", TEAM_CHANNEL) is None


async def test_what_did_not_change_is_not_written_again() -> None:
    """An inbound activity costs no write when everything is known."""
    state = MemoryState(SystemClock())
    writes: list[str] = []
    put = state.store.put

    async def counted(key: str, value: str, ttl: float) -> None:
        writes.append(key)
        await put(key, value, ttl)

    state.store.put = counted  # type: ignore[method-assign]
    references = References(state.store, SystemClock())
    for _ in range(5):
        await heard(references, hands.activity(text="a"))
    assert len(writes) == len(set(writes)) == 4


async def test_with_the_store_away_an_answer_still_finds_its_way() -> None:
    """What just came in is known to this process, and is written as soon as the store is back."""
    state, clock = MemoryState(SystemClock()), FixedClock(NOW)
    put, get = state.store.put, state.store.get

    async def away(*_: object) -> None:
        raise StateError("away")

    state.store.put = state.store.get = away  # type: ignore[method-assign, assignment]
    references = References(state.store, clock)
    with pytest.raises(StateError):
        await heard(references, hands.activity(text="a"))
    clock.advance(FRESH_SECONDS + 1)
    person = await references.person(TENANT, "user-1")
    assert person is not None
    assert person.conversation == "a:user-1"
    assert await references.conversation(TENANT, "a:user-1") is not None
    with pytest.raises(StateError):
        await references.person(TENANT, "user-2")
    state.store.put, state.store.get = put, get  # type: ignore[method-assign]
    await heard(references, hands.activity(text="b"))
    assert await References(state.store, clock).person(TENANT, "user-1") == person
