"""Load, decide, commit: an event and all that follows from it under the version it was decided on.

The chain is h_n = HMAC-SHA256(key, h_{n-1} || canonical JSON of event n), with the audit log's key.
"""

from __future__ import annotations

import asyncio
import hmac
import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import structlog

from connectors.errors import StateError
from connectors.ports import Clock, Commit, Crises
from handlers.core.access import Tlp
from handlers.core.audit import digest
from handlers.core.call import Authorised
from handlers.core.errors import Conflict, NotFound
from handlers.core.parcel import Post, outgoing, wrapped
from handlers.crisis.base import Event, Stamp, speaker
from handlers.crisis.effects import follow, within
from handlers.crisis.events import read, written
from handlers.crisis.guests import limit, present
from handlers.crisis.reminders import due
from handlers.crisis.rooms import RoomRef, room_key
from handlers.crisis.state import Crisis, after

log = structlog.get_logger()
TRIES = 25
"""Of one commit among others'. Measured with three replicas and 32 writers of one crisis that never pause: 5 tries
refuse two of five, 25 none. What the house tells itself, a delivery's outcome say, is typed by nobody again.
"""
Decide = Callable[[Crisis, Stamp], Event]
"""The event that a call makes of the crisis as it stands; raises a UserError when the state does not allow it."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The crisis after `event`; `again`: this call had been committed by an earlier attempt; not `copied`: it lies on
    one node of the state store alone, though there should be two.
    """

    crisis: Crisis
    version: int
    head: str
    event: Event
    again: bool = False
    copied: bool = True


@dataclass(frozen=True, slots=True)
class Verified:
    """`broken_at`: the first event that does not follow from those before; None when all do."""

    events: int
    head: str
    broken_at: int | None = None
    reason: str = ""


class CrisisStore:
    """`soc.crises`; `simulated` marks everything that is posted."""

    def __init__(self, crises: Crises, key: bytes, clock: Clock, simulated: bool = False) -> None:
        self.port = crises
        self._simulated = simulated
        self._key, self._clock = key, clock

    async def get(self, crisis: str) -> Crisis:
        """The crisis as it stands; NotFound when there is none of this id."""
        return (await self._loaded(crisis))[0]

    async def ceiling(self, platform: str, tenant: str, channel: str, thread: str = "") -> Tlp | None:
        """What may be said in a crisis's room, which is a channel or one thread of one, with whoever is in it now; None
        for every other place, and for a room that is none any more.
        """
        found = await self._room(platform, tenant, channel, thread)
        return limit(*found) if found else None

    async def guests_read(self, platform: str, tenant: str, channel: str, thread: str = "") -> bool:
        """Is this a crisis's room with somebody from outside in it who was not admitted?"""
        found = await self._room(platform, tenant, channel, thread)
        return found is not None and bool(present(*found))

    async def _room(self, platform: str, tenant: str, channel: str, thread: str) -> tuple[Crisis, RoomRef] | None:
        for key in dict.fromkeys(room_key(platform, tenant, channel, one) for one in (thread, "")):
            found = await self.port.find(key)
            kept = await self.port.load(found) if found else None
            if kept is None:
                continue
            crisis = Crisis.model_validate_json(kept.state)
            if (room := next((one for one in crisis.rooms if one.key == key), None)) is not None:
                return crisis, room
        return None

    async def _loaded(self, crisis: str) -> tuple[Crisis, int, str]:
        kept = await self.port.load(crisis)
        if kept is None:
            raise NotFound(f"There is no crisis {crisis}.", "`crisis list` shows those there are.", ("crisis list",))
        return Crisis.model_validate_json(kept.state), kept.version, kept.head

    async def declare(self, call: Authorised, make: Callable[[str, Stamp], Event]) -> Changed:
        """A new crisis; the same call declares one crisis only."""
        marker = f"call:{call.id}"
        if (known := await self.port.find(marker)) is not None:
            return await self._again(known, 1)
        crisis = str(await self.port.number())
        stamp = Stamp(n=1, at=self._clock.now(), by=speaker(call), call=call.id)
        event = make(crisis, stamp)
        made = await self._commit(None, "", event, crisis, (marker,))
        if made is None:
            raise Conflict("This crisis has just been declared.", "", ("crisis list",))
        return made

    async def change(self, crisis: str, call: Authorised, decide: Decide, rooms: Sequence[str] = ()) -> Changed:
        """One event, decided on the state it is committed to. A conflict is read again and decided again."""
        if call.attempt > 1 and (known := await self.port.version_of(crisis, call.id)) is not None:
            return await self._again(crisis, known)
        for attempt in range(TRIES):
            before, version, head = await self._loaded(crisis)
            stamp = Stamp(n=version + 1, at=self._clock.now(), by=speaker(call), call=call.id)
            made = await self._commit(before, head, decide(before, stamp), crisis, tuple(rooms))
            if made is not None:
                return made
            await asyncio.sleep(random.uniform(0.005, 0.02) * (attempt + 1))  # noqa: S311 - jitter, not a secret
        raise Conflict(f"Crisis {crisis} is being changed by many at once.", "Nothing was recorded; try again.")

    async def _commit(
        self, before: Crisis | None, head: str, event: Event, crisis: str, rooms: tuple[str, ...]
    ) -> Changed | None:
        """None: somebody else was faster."""
        now, text = after(before, event), written(event)
        new = digest(self._key, head, text)
        n = event.stamp.n
        sent, held = within(now, follow(before, now, event, new))
        for post in held:
            place = post.address
            log.warning(
                "held back: above the room's TLP", crisis=crisis, platform=place.platform, tlp=post.document.tlp
            )
        posts = [self._marked(post) for post in sent]
        parcels = [wrapped(post, f"crisis:{crisis}:{n}:{at}", event.stamp.call) for at, post in enumerate(posts)]
        commit = Commit(
            crisis=crisis,
            expected=n - 1,
            key=event.stamp.call,
            event=text,
            head=new,
            state=now.model_dump_json(),
            open=now.open,
            due=due(now),
            rooms=rooms,
            messages=tuple(outgoing(parcel) for parcel in parcels),
        )
        done = await self.port.commit(commit)
        if done.outcome == "conflict":
            return None
        if done.outcome == "known":
            return await self._again(crisis, done.version)
        return Changed(now, n, new, event, copied=done.copied)

    def _marked(self, post: Post) -> Post:
        if not self._simulated:
            return post
        return post.model_copy(update={"document": post.document.model_copy(update={"simulated": True})})

    async def _again(self, crisis: str, version: int) -> Changed:
        now, _, _ = await self._loaded(crisis)
        async for n, text, head in self.port.events(crisis, version - 1):
            return Changed(now, n, head, read(text), again=True)
        raise StateError(f"event {version} of crisis {crisis} is missing")

    async def events(self, crisis: str, since: int = 0) -> AsyncIterator[tuple[int, Event]]:
        """(number, event) in order."""
        async for n, text, _ in self.port.events(crisis, since):
            yield n, read(text)

    async def verify(self, crisis: str) -> Verified:
        """Walk the chain. A cut tail shows only against a head noted elsewhere: the rooms have anchors."""
        previous, expected = "", 0
        async for n, text, kept in self.port.events(crisis):
            expected += 1
            if n != expected:
                return Verified(expected - 1, previous, expected, f"event {expected} is missing")
            if not hmac.compare_digest(digest(self._key, previous, text), kept):
                return Verified(expected - 1, previous, expected, f"event {expected} was changed, or the key differs")
            previous = kept
        return Verified(expected, previous)
