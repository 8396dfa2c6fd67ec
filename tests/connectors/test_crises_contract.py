"""The contract of the Crises port; the memory twin and every real server at hand pass the same class."""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.clock import SystemClock
from connectors.memory import MemoryState
from connectors.ports import Commit, Committed, Outgoing, StoredCrisis
from connectors.redis import open_state
from tests.connectors.test_state_contract import HOSTILE, State, server, state, waiting
from tests.redis_server import RedisServer

__all__ = ["server", "state"]  # fixtures

ROOM, OTHER = "slack:T1:C1:", "teams:T2:19:meeting"


def event(expected: int, key: str = "", crisis: str = "INC-1", **more: Any) -> Commit:
    """The commit of version `expected` + 1."""
    version = expected + 1
    plain = Commit(crisis, expected, key or f"k{version}", f"event {version}", f"h{version}", f"state {version}", True)
    return dataclasses.replace(plain, **more)


async def told(state: State, crisis: str = "INC-1", after: int = 0) -> list[tuple[int, str, str]]:
    return [row async for row in state.crises.events(crisis, after)]


async def vanished(state: State, crisis: str) -> None:
    """Until its time is up."""
    async with asyncio.timeout(20):
        while await state.crises.load(crisis) is not None:
            await asyncio.sleep(0.01)


async def mortal(state: State) -> set[bool]:
    """Whether the parts of INC-1 have a life time."""
    if isinstance(state, MemoryState):
        return {state.crises._kept["INC-1"].until is not None}
    lives = [int(await state.link.call("PTTL", key)) for key in state.crises._own("INC-1")]
    assert -2 not in lives, "a part is missing"
    return {life >= 0 for life in lives}


class TestCrises:
    async def test_a_commit_is_kept_as_it_was_given(self, state: State) -> None:
        """State, head, event and version come back as committed, whatever characters they hold."""
        assert await state.crises.load("INC-1") is None
        one = Commit(HOSTILE, 0, HOSTILE, HOSTILE, "h1", HOSTILE, True, 5.5, (HOSTILE,))
        assert await state.crises.commit(one) == Committed("ok", 1)
        assert await state.crises.load(HOSTILE) == StoredCrisis(1, "h1", HOSTILE)
        assert await told(state, HOSTILE) == [(1, HOSTILE, "h1")]
        assert await state.crises.find(HOSTILE) == HOSTILE
        assert await state.crises.listed() == [(HOSTILE, True)]
        assert await state.crises.due(5.5, 9) == [(HOSTILE, 5.5)]

    async def test_events_stand_in_the_order_of_their_versions(self, state: State) -> None:
        """Versions count from 1 without a gap, over any number of events, and reading can begin after any of them."""
        for version in range(1203):
            assert await state.crises.commit(event(version)) == Committed("ok", version + 1)
        rows = await told(state)
        assert rows == [(n, f"event {n}", f"h{n}") for n in range(1, 1204)]
        assert await told(state, after=1200) == rows[1200:]
        assert await told(state, after=1203) == [] == await told(state, "INC-2")

    @pytest.mark.parametrize("expected", [0, 1, 3, 99])
    async def test_a_wrong_version_is_a_conflict_and_changes_nothing(self, state: State, expected: int) -> None:
        """Behind or ahead of the version that is there: told which one is, and nothing has happened."""
        for version in range(2):
            await state.crises.commit(event(version))
        before = await state.crises.load("INC-1"), await told(state)
        late = event(expected, "late", rooms=(ROOM,), due=1.0, open=False, messages=(Outgoing("m", "t", "x"),))
        assert await state.crises.commit(late) == Committed("conflict", 2)
        assert (await state.crises.load("INC-1"), await told(state)) == before
        assert await state.crises.find(ROOM) is None and await state.crises.due(9.0, 9) == []
        assert await state.crises.listed() == [("INC-1", True)] and await waiting(state) == []

    async def test_a_crisis_begins_at_nothing(self, state: State) -> None:
        """A first event that expects others before it is a conflict with version 0, and no crisis is there."""
        assert await state.crises.commit(event(1)) == Committed("conflict", 0)
        assert await state.crises.load("INC-1") is None and await state.crises.listed() == []

    async def test_a_key_commits_once(self, state: State) -> None:
        """The same key again, at any expected version, answers the version it has and changes nothing."""
        await state.crises.commit(event(0, "press", messages=(Outgoing("m1", "t", "x"),)))
        await state.crises.commit(event(1))
        for expected in (0, 1, 2, 7):
            again = event(expected, "press", state="other", messages=(Outgoing("m2", "t", "x"),))
            assert await state.crises.commit(again) == Committed("known", 1)
        versions = [await state.crises.version_of("INC-1", key) for key in ("press", "k2", "k3")]
        assert versions == [1, 2, None] and await state.crises.version_of("INC-2", "press") is None
        assert await state.crises.load("INC-1") == StoredCrisis(2, "h2", "state 2")
        assert [one.id for one in await waiting(state)] == ["m1"]

    async def test_a_key_is_one_crisis_own(self, state: State) -> None:
        """The same key in another crisis is another commit."""
        assert await state.crises.commit(event(0, "k")) == Committed("ok", 1)
        assert await state.crises.commit(event(0, "k", "INC-2")) == Committed("ok", 1)

    async def test_of_many_writers_one_commits_a_version(self, state: State) -> None:
        """Of sixteen commits on the same version one stands, and only its deliveries and rooms are there."""
        commits = [
            event(0, f"k{n}", event=f"by {n}", rooms=(f"room {n}",), messages=(Outgoing(f"m{n}", "t", "x"),))
            for n in range(16)
        ]
        outcomes = [one.outcome for one in await asyncio.gather(*map(state.crises.commit, commits))]
        assert sorted(outcomes) == ["conflict"] * 15 + ["ok"]
        winner = outcomes.index("ok")
        assert [row[1] for row in await told(state)] == [f"by {winner}"]
        assert [one.id for one in await waiting(state)] == [f"m{winner}"]
        rooms = [await state.crises.find(f"room {n}") for n in range(16)]
        assert rooms == ["INC-1" if n == winner else None for n in range(16)]

    async def test_deliveries_come_with_the_event_in_their_order(self, state: State) -> None:
        """A commit's deliveries are in the outbox in order, each known id left out."""
        await state.queue.post([Outgoing("m0", "t", "old")])
        await state.crises.commit(event(0, messages=tuple(Outgoing(f"m{n}", "t", HOSTILE) for n in range(4))))
        rows = [(one.id, one.payload) for one in await waiting(state)]
        assert rows == [("m0", "old"), ("m1", HOSTILE), ("m2", HOSTILE), ("m3", HOSTILE)]

    async def test_rooms_lead_to_the_last_crisis_that_named_them(self, state: State) -> None:
        """A crisis has any number of rooms, gained by any commit; a room taken over leads to the new one."""
        await state.crises.commit(event(0, rooms=(ROOM,)))
        await state.crises.commit(event(1, rooms=(OTHER,)))
        assert [await state.crises.find(room) for room in (ROOM, OTHER, "x")] == ["INC-1", "INC-1", None]
        await state.crises.commit(event(0, crisis="INC-2", rooms=(ROOM,)))
        assert [await state.crises.find(room) for room in (ROOM, OTHER)] == ["INC-2", "INC-1"]

    async def test_due_is_what_the_last_commit_said(self, state: State) -> None:
        """Earliest first, not after now, at most so many; the last commit's time counts, None for none."""
        for number, at in enumerate([30.0, 10.25, 20.0, None], start=1):
            await state.crises.commit(event(0, crisis=f"INC-{number}", due=at))
        assert await state.crises.due(20.0, 9) == [("INC-2", 10.25), ("INC-3", 20.0)]
        assert await state.crises.due(99.0, 2) == [("INC-2", 10.25), ("INC-3", 20.0)]
        assert await state.crises.due(10.0, 9) == []
        await state.crises.commit(event(1, crisis="INC-2", due=40.0))
        await state.crises.commit(event(1, crisis="INC-3"))
        assert await state.crises.due(99.0, 9) == [("INC-1", 30.0), ("INC-2", 40.0)]

    async def test_numbers_are_never_given_twice(self, state: State) -> None:
        """Sixteen ask at once and each has a number of its own, from 1."""
        numbers = await asyncio.gather(*(state.crises.number() for _ in range(16)))
        assert sorted(numbers) == list(range(1, 17))

    async def test_the_list_is_in_the_order_of_beginnings(self, state: State) -> None:
        """Oldest first, whatever the ids and however often each was written, open or closed as committed last."""
        for crisis in ("INC-9", "INC-10", "INC-1"):
            await state.crises.commit(event(0, crisis=crisis))
        await state.crises.commit(event(1, crisis="INC-9", open=False))
        assert await state.crises.listed() == [("INC-9", False), ("INC-10", True), ("INC-1", True)]

    async def test_an_open_crisis_cannot_expire(self, state: State) -> None:
        """A life time is refused while a crisis is open, and for one that is not there."""
        await state.crises.commit(event(0))
        assert not await state.crises.expire("INC-1", 0.001)
        assert not await state.crises.expire("INC-2", 0.001)
        await asyncio.sleep(0.05)
        assert await state.crises.load("INC-1") == StoredCrisis(1, "h1", "state 1")

    async def test_a_closed_crisis_goes_as_a_whole(self, state: State) -> None:
        """After its time nothing of it is found: state, events, rooms, due time, list; others stand."""
        await state.crises.commit(event(0, crisis="INC-2", due=2.0, rooms=(OTHER,)))
        await state.crises.commit(event(0, rooms=(ROOM,), due=1.0))
        await state.crises.commit(event(1, open=False, due=1.0))
        assert await state.crises.expire("INC-1", 0.02)
        await vanished(state, "INC-1")
        assert await told(state) == [] and await state.crises.find(ROOM) is None
        assert await state.crises.version_of("INC-1", "k1") is None
        assert await state.crises.due(9.0, 1) == [("INC-2", 2.0)]
        assert await state.crises.listed() == [("INC-2", True)]
        assert await state.crises.find(OTHER) == "INC-2"
        assert await state.crises.commit(event(0, "k1")) == Committed("ok", 1)

    async def test_a_commit_takes_the_life_time_away(self, state: State) -> None:
        """A closed crisis with a life time that is written to again has none any more, in none of its parts."""
        await state.crises.commit(event(0, open=False, rooms=(ROOM,)))
        assert await state.crises.expire("INC-1", 1000)
        assert await mortal(state) == {True}
        assert await state.crises.commit(event(1, open=True)) == Committed("ok", 2)
        assert await mortal(state) == {False}
        assert [row[0] for row in await told(state)] == [1, 2] and await state.crises.find(ROOM) == "INC-1"
        assert await state.crises.commit(event(9, "k1")) == Committed("known", 1)


MOVES = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from(["read", "commit", "close", "again", "expire"])), max_size=40
)


@dataclasses.dataclass
class History:
    """What must have happened: a plain list. `seen` and `last`: what each writer read and committed last."""

    accepted: list[Commit] = dataclasses.field(default_factory=list)
    made: int = 0
    seen: list[int] = dataclasses.field(default_factory=lambda: [0, 0])
    last: list[Commit | None] = dataclasses.field(default_factory=lambda: [None, None])

    def next(self, writer: int, is_open: bool) -> Commit:
        self.made += 1
        name = f"{writer}-{self.made}"
        messages = (Outgoing(name, "t", name),)
        due = float(self.made)
        return Commit("INC-1", self.seen[writer], name, name, name, name, is_open, due, messages=messages)

    def answer(self, commit: Commit) -> Committed:
        keys = [one.key for one in self.accepted]
        if commit.key in keys:
            return Committed("known", keys.index(commit.key) + 1)
        if commit.expected != len(self.accepted):
            return Committed("conflict", len(self.accepted))
        self.accepted.append(commit)
        return Committed("ok", len(self.accepted))


async def move(state: State, history: History, writer: int, what: str) -> None:
    if what == "read":
        held = await state.crises.load("INC-1")
        history.seen[writer] = held.version if held else 0
    elif what == "expire":
        closed = bool(history.accepted) and not history.accepted[-1].open
        assert await state.crises.expire("INC-1", 1000) is closed
    else:
        last = history.last[writer]
        one = last if what == "again" and last else history.next(writer, what != "close")
        history.last[writer] = one
        assert await state.crises.commit(one) == history.answer(one)


async def played(opened: State, moves: list[tuple[int, str]]) -> None:
    history = History()
    for writer, what in moves:
        await move(opened, history, writer, what)
    rows = [(n, one.event, one.head) for n, one in enumerate(history.accepted, start=1)]
    assert await told(opened) == rows
    assert [one.id for one in await waiting(opened)] == [one.key for one in history.accepted]
    last = history.accepted[-1:]
    held = await opened.crises.load("INC-1")
    assert ([held] if held else []) == [StoredCrisis(len(rows), one.head, one.state) for one in last]
    assert await opened.crises.listed() == [("INC-1", one.open) for one in last]
    assert await opened.crises.due(999.0, 9) == [("INC-1", one.due) for one in last]
    await opened.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_any_order_of_two_writers_is_one_history(server: RedisServer | None, moves: list[tuple[int, str]]) -> None:
    """However two writers' reads, commits and repetitions fall, what is kept is the plain list of what was accepted."""

    async def example() -> None:
        if server is None:
            await played(MemoryState(SystemClock()), moves)
        else:
            await played(await open_state(None, server.socket, uuid.uuid4().hex), moves)

    asyncio.run(example())
