"""The contract of the Schedules port; the memory twin and every real server at hand pass the same class."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from tests.connectors.test_state_contract import HOSTILE, State, server, state

__all__ = ["server", "state"]  # fixtures

AT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
NEXT = AT + timedelta(days=1)


class TestSchedules:
    async def test_an_edit_needs_the_version_it_was_made_on(self, state: State) -> None:
        """A definition is written on the version it was read at, and on no other."""
        assert await state.schedules.get("s") is None
        assert not await state.schedules.save("s", "{}", AT, 1)
        assert await state.schedules.save("s", HOSTILE, AT, 0)
        assert not await state.schedules.save("s", "other", AT, 0)
        held = await state.schedules.get("s")
        assert held is not None and (held.version, held.definition, held.next_at) == (1, HOSTILE, AT)
        assert await state.schedules.save("s", "two", None, 1)
        again = await state.schedules.get("s")
        assert again is not None and (again.version, again.definition, again.next_at) == (2, "two", None)

    async def test_of_two_edits_one_stands(self, state: State) -> None:
        """Of ten edits of the same version exactly one is written."""
        await state.schedules.save("s", "0", AT, 0)
        told = await asyncio.gather(*(state.schedules.save("s", str(n), AT, 1) for n in range(10)))
        held = await state.schedules.get("s")
        assert told.count(True) == 1 and held is not None and held.definition == str(told.index(True))

    async def test_removal(self, state: State) -> None:
        """A removed entry is gone from every list; an older version cannot remove it."""
        await state.schedules.save("s", "1", AT, 0)
        await state.schedules.save("s", "2", AT, 1)
        assert not await state.schedules.remove("s", 1)
        assert await state.schedules.remove("s", 2)
        assert not await state.schedules.remove("s", 2)
        assert await state.schedules.get("s") is None
        assert await state.schedules.all() == [] == await state.schedules.due(NEXT, 10)

    async def test_due_is_what_has_come_earliest_first(self, state: State) -> None:
        """Due are the slots not after now, in their order, at most so many; paused ones never."""
        for number in (2, 0, 1):
            await state.schedules.save(f"s{number}", str(number), AT + timedelta(minutes=number), 0)
        await state.schedules.save("paused", "x", None, 0)
        assert [one.id for one in await state.schedules.due(AT + timedelta(minutes=1), 10)] == ["s0", "s1"]
        assert [one.id for one in await state.schedules.due(NEXT, 2)] == ["s0", "s1"]
        assert await state.schedules.due(AT - timedelta(seconds=1), 10) == []
        assert [one.id for one in await state.schedules.all()] == ["paused", "s0", "s1", "s2"]

    async def test_a_slot_is_claimed_once_and_its_call_is_in_the_inbox(self, state: State) -> None:
        """Of ten that claim the same slot one does; the call is there once and the next slot is set."""
        await state.schedules.save("s", "{}", AT, 0)
        [entry] = await state.schedules.due(AT, 1)
        told = await asyncio.gather(*(state.schedules.fire(entry, NEXT, ("c", HOSTILE)) for _ in range(10)))
        assert told.count(True) == 1
        assert [(one.id, one.payload) for one in await state.queue.take("w", 10, 0, 60)] == [("c", HOSTILE)]
        held = await state.schedules.get("s")
        assert held is not None and (held.next_at, held.version) == (NEXT, 1)

    async def test_a_claim_of_what_was_edited_meanwhile_fails(self, state: State) -> None:
        """An edit, a pause or a removal between looking and claiming wins: no call, no next slot."""
        await state.schedules.save("s", "old", AT, 0)
        [entry] = await state.schedules.due(AT, 1)
        await state.schedules.save("s", "new", AT, 1)
        assert not await state.schedules.fire(entry, NEXT, ("c1", "x"))
        [entry] = await state.schedules.due(AT, 1)
        await state.schedules.save("s", "paused", None, 2)
        assert not await state.schedules.fire(entry, NEXT, ("c2", "x"))
        await state.schedules.remove("s", 3)
        assert not await state.schedules.fire(entry, NEXT, ("c3", "x"))
        assert await state.queue.take("w", 10, 0, 60) == [] == await state.schedules.all()

    async def test_a_last_slot_and_one_without_a_call(self, state: State) -> None:
        """A slot can be passed over without a call, and claimed without a next one; then it is due no more."""
        await state.schedules.save("s", "{}", AT, 0)
        [entry] = await state.schedules.due(AT, 1)
        assert await state.schedules.fire(entry, NEXT, None)
        [entry] = await state.schedules.due(NEXT, 1)
        assert await state.schedules.fire(entry, None, ("last", "x"))
        held = await state.schedules.get("s")
        assert held is not None and held.next_at is None
        assert [one.id for one in await state.queue.take("w", 10, 0, 60)] == ["last"]

    async def test_a_known_call_is_not_offered_again(self, state: State) -> None:
        """A slot whose call is known already (the clock went back) is claimed without a second call."""
        await state.schedules.save("s", "{}", AT, 0)
        [entry] = await state.schedules.due(AT, 1)
        assert await state.schedules.fire(entry, NEXT, ("c", "x"))
        await state.schedules.save("s", "{}", AT, 1)
        [entry] = await state.schedules.due(AT, 1)
        assert await state.schedules.fire(entry, NEXT, ("c", "x"))
        assert len(await state.queue.take("w", 10, 0, 60)) == 1
