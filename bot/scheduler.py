"""Fires what is due: one step claims the slot and puts its call into the inbox, on whichever replica looks first.

The time is the Clock port's, not Redis': the slots were reckoned with it, in a demo it is the simulated SOC's, and a
replica whose clock is wrong can only be early or late, since a slot is claimed by its own value and so only once.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter
from pydantic import ValidationError

from connectors.errors import StateError
from connectors.ports import Clock, Scheduled, Schedules, Store
from handlers.core.call import NOWHERE, SELF, Call
from handlers.digest import history
from handlers.digest.history import Entry
from handlers.digest.model import Schedule
from handlers.digest.slots import Plan, plan

log = structlog.get_logger()
BATCH = 200
SIDE_BY_SIDE = 20
"""Claims under way at once; the calls being answered share the connections."""
FIRED = Counter("socbot_digests", "Slots that came, by what became of them", ["result"])


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two looks, drawn anew each time so that replicas do not look together."""

    least: float = 1.0
    most: float = 5.0

    def draw(self) -> float:
        return random.uniform(self.least, self.most)  # noqa: S311 - spreads load, guards nothing


def firing(schedule: Schedule, slot: datetime, over: int, now: datetime) -> Call:
    """The call of one slot: whoever fires it, the same id, so the same answer and the same delivery."""
    epoch = int(slot.timestamp())
    line = f"digest fire {schedule.id} {epoch}" + (f" --over {over}" if over else "")
    return Call(id=f"digest:{schedule.id}:{epoch}", text=line, who=SELF, address=NOWHERE, at=now, door="schedule")


class Scheduler:
    """Every replica runs one; none of them leads."""

    def __init__(self, schedules: Schedules, store: Store, clock: Clock, pace: Pace | None = None) -> None:
        self._schedules, self._store, self._clock = schedules, store, clock
        self._pace = pace or Pace()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Until `stop`; Redis away is waited out."""
        while not self._stopping.is_set():
            try:
                while await self.look() == BATCH and not self._stopping.is_set():
                    pass
            except StateError as error:
                log.warning("schedule away", reason=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._pace.draw())

    def stop(self) -> None:
        """Nothing is claimed any more."""
        self._stopping.set()

    async def look(self) -> int:
        """Fire what is due now; how many slots had come. Raises StateError."""
        now = self._clock.now()
        due = await self._schedules.due(now, BATCH)
        for at in range(0, len(due), SIDE_BY_SIDE):
            await asyncio.gather(*(self._fire(entry, now) for entry in due[at : at + SIDE_BY_SIDE]))
        return len(due)

    async def _fire(self, entry: Scheduled, now: datetime) -> None:
        if entry.next_at is None:
            return
        try:
            schedule = Schedule.model_validate_json(entry.definition)
            # A long absence has many slots to go through: not on the event loop.
            long = now - entry.next_at > timedelta(days=1)
            found = (
                await asyncio.to_thread(plan, schedule, entry.next_at, now)
                if long
                else plan(schedule, entry.next_at, now)
            )
        except (ValidationError, ValueError, KeyError):
            # Written by a newer version, or by hand: it must not hold up what is due behind it.
            log.exception("schedule not understood, set aside", schedule=entry.id)
            await self._schedules.fire(entry, None, None)
            FIRED.labels("unreadable").inc()
            return
        call = None
        if found.post is not None:
            made = firing(schedule, found.post, found.passed_over, now)
            call = (made.id, made.model_dump_json())
        if not await self._schedules.fire(entry, found.next_at, call):
            FIRED.labels("claimed elsewhere").inc()
            return
        FIRED.labels("fired" if call else "passed over").inc()
        if call is None:
            await self._passed_over(schedule, entry.next_at, found, now)

    async def _passed_over(self, schedule: Schedule, slot: datetime, found: Plan, now: datetime) -> None:
        """Nobody gets a digest for these slots: the history says so."""
        log.warning("digest missed", schedule=schedule.id, slots=found.passed_over)
        if schedule.kind == "board":
            return
        note = f"{found.passed_over:,} missed while nobody was there to fire; policy {schedule.missed}."
        await history.note(self._store, schedule.id, Entry(slot=slot, at=now, outcome="passed over", note=note))
