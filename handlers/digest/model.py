"""What is scheduled: the line, when it runs, for whom, where it goes, and what happens to a slot that was missed."""

from __future__ import annotations

import hashlib
from datetime import datetime, time
from typing import Literal

import structlog
from pydantic import ValidationError

from connectors.ports import Schedules
from handlers.core.call import Address, Frozen, Identity
from handlers.core.errors import Conflict, NotFound

log = structlog.get_logger()
Missed = Literal["latest-within-grace", "skip", "all"]
MISSED: tuple[Missed, ...] = ("latest-within-grace", "skip", "all")


class Quiet(Frozen):
    """Wall-clock hours in which nothing is posted; `end` before `start` runs past midnight."""

    start: time
    end: time

    def holds(self, at: time) -> bool:
        """Is it quiet at this wall-clock time? The start is inside, the end is not."""
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


class Schedule(Frozen):
    """One digest or live board. Exactly one of `cron`, `once` and `every` says when; times of day are in `zone`.

    `owner` is whose rights are asked at each firing; `place` is where it is posted.
    """

    id: str
    kind: Literal["digest", "board"] = "digest"
    line: str
    when: str
    """As it was typed."""
    cron: str = ""
    once: datetime | None = None
    every: int = 0
    """Seconds between two refreshes of a board."""
    until: datetime | None = None
    """No slot after this instant."""
    zone: str
    owner: Identity
    place: Address
    missed: Missed = "latest-within-grace"
    grace: int = 3_600
    """Seconds after its slot within which a late digest is still worth posting."""
    quiet: Quiet | None = None
    country: str = ""
    """Public holidays of this country are left out (ISO 3166 code)."""
    delta: bool = False
    """Only what changed since the last one."""
    silent: bool = False
    """Nothing changed: nothing is posted."""
    stopped: str = ""
    """Why it does not fire; "" when it does."""
    made_by: str
    """The call that wrote this version: an edit made twice is one edit."""
    made_at: datetime

    @property
    def aside(self) -> Address:
        """Where the owner alone is told what went wrong."""
        if self.place.visibility == "direct":
            return self.place
        at = self.place
        return Address(platform=at.platform, tenant=at.tenant, user=self.owner.user, visibility="direct")


class Held(Frozen):
    """A schedule as it stands in the store."""

    schedule: Schedule
    version: int
    next_at: datetime | None


async def held(schedules: Schedules, schedule_id: str) -> Held:
    """The schedule of that id; NotFound when there is none. Raises StateError."""
    entry = await schedules.get(schedule_id)
    if entry is None:
        raise missing(schedule_id)
    return Held(schedule=Schedule.model_validate_json(entry.definition), version=entry.version, next_at=entry.next_at)


def missing(schedule_id: str) -> NotFound:
    """There is no such schedule, or none for this person."""
    said = f"There is no digest “{schedule_id[:40]}”."
    return NotFound(said, "`digest list` shows those of this channel.", ("digest list",))


async def everything(schedules: Schedules) -> list[Held]:
    """All schedules that can be read, by id; the others are in the log. Raises StateError."""
    found = []
    for one in await schedules.all():
        try:
            made = Schedule.model_validate_json(one.definition)
        except ValidationError:
            log.error("schedule not understood", schedule=one.id)
            continue
        found.append(Held(schedule=made, version=one.version, next_at=one.next_at))
    return found


async def write(schedules: Schedules, changed: Schedule, next_at: datetime | None, expect: int) -> None:
    """Save on the version it was read at. Conflict when somebody was faster; the same edit again is let through."""
    if await schedules.save(changed.id, changed.model_dump_json(), next_at, expect):
        return
    now = await schedules.get(changed.id)
    if now is None or Schedule.model_validate_json(now.definition).made_by != changed.made_by:
        raise Conflict(
            f"Digest {changed.id} was changed by somebody else meanwhile.",
            "Nothing of yours was written; look at it again.",
            (f"digest show {changed.id}",),
        )


def fresh_id(seed: str, kind: str = "d") -> str:
    """An id of a new schedule: the same seed (the call that makes it) gives the same one."""
    return f"{kind}-{hashlib.sha256(seed.encode()).hexdigest()[:8]}"
