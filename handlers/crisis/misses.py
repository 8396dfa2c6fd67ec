"""What was not done in time, from the record alone: for the review, never during the crisis. Pure.

A miss names a role or an audience, no person.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.crisis.base import Event
from handlers.crisis.cadence import Slot, grid, intervals, sent_to
from handlers.crisis.duties import utc
from handlers.crisis.phases import Moved, Rated
from handlers.crisis.roles import RoleAccepted
from handlers.crisis.state import Crisis, after
from messages.prose import duration


@dataclass(frozen=True, slots=True)
class Miss:
    """`what` should have been done by `due`; `done` when it was (None: never, by the end of the record). `skipped`:
    further due times of the same kind that went by before it was."""

    what: str
    due: datetime
    done: datetime | None
    skipped: int = 0

    @property
    def late(self) -> timedelta | None:
        return self.done - self.due if self.done else None

    @property
    def text(self) -> str:
        """ "Incident Commander in place: 6 min late, due 2026-11-22 02:25 UTC"."""
        late = f"{duration(self.late.total_seconds())} late" if self.late else "not done"
        more = f", {self.skipped} further due times went by" if self.skipped else ""
        return f"{self.what}: {late}, due {utc(self.due)}{more}"


@dataclass(frozen=True, slots=True)
class _Rating:
    """A stretch of time with one severity."""

    tier: int
    since: datetime
    until: datetime


def misses(events: Iterable[Event], now: datetime) -> tuple[Miss, ...]:
    """Commander, updates and filings that came late or not at all, in order of their due times; `now` ends the record
    of a crisis that is still open."""
    crisis: Crisis | None = None
    kept: list[Event] = []
    for event in events:
        crisis = after(crisis, event)
        kept.append(event)
    if crisis is None:
        return ()
    ended = next(
        (e.when for e in reversed(kept) if isinstance(e, Moved) and not crisis.open and e.to != "reviewed"), now
    )
    ratings = _ratings(crisis, kept, ended)
    found = [*_commander(crisis, kept, ended), *_updates(crisis, ratings), *_filings(crisis, now)]
    return tuple(sorted(found, key=lambda one: (one.due, one.what)))


def _ratings(crisis: Crisis, events: Sequence[Event], ended: datetime) -> list[_Rating]:
    changed = [event for event in events if isinstance(event, Rated)]
    tiers = [changed[0].before if changed else crisis.severity, *(event.to for event in changed)]
    starts = [crisis.declared, *(event.stamp.at for event in changed)]
    return [_Rating(tier, since, until) for tier, since, until in zip(tiers, starts, [*starts[1:], ended], strict=True)]


def _commander(crisis: Crisis, events: Sequence[Event], ended: datetime) -> list[Miss]:
    """In place within the minutes of the severity it was declared with."""
    first = next((e.before for e in events if isinstance(e, Rated)), crisis.severity)
    minutes = next((one.commander_minutes for one in crisis.policy.levels if one.tier == first), None)
    if minutes is None:
        return []
    due = crisis.declared + timedelta(minutes=minutes) / crisis.speed
    taken = (e.stamp.at for e in events if isinstance(e, RoleAccepted) and e.role == "commander")
    done = next(taken, None)
    return [Miss("Incident Commander in place", due, done)] if (done or ended) > due else []


def _updates(crisis: Crisis, ratings: Sequence[_Rating]) -> list[Miss]:
    """Per audience, by the rhythm that each severity asked for."""
    out: list[Miss] = []
    for one in ratings:
        for audience, minutes in intervals(crisis.policy, one.tier, crisis.every_minutes).items():
            every = timedelta(minutes=minutes) / crisis.speed
            sent = [at for at in sent_to(crisis, audience) if one.since <= at < one.until]
            served, due = grid(one.since, every, sent)
            slots = [slot for slot in served if slot.sent is not None and slot.sent > slot.due]
            if due < one.until:
                slots.append(Slot(due, None, math.ceil((one.until - due) / every) - 1))
            out += [Miss(f"Update to {audience}", slot.due, slot.sent, slot.skipped) for slot in slots]
    return out


def _filings(crisis: Crisis, now: datetime) -> list[Miss]:
    """Filed after the deadline, or not filed though it has passed."""
    out: list[Miss] = []
    for duty in crisis.duties.at(now).board:
        filed = [one.at for one in crisis.duties.filed if (one.rule, one.stage) == (duty.rule, duty.stage)]
        if duty.due is not None and (duty.late or duty.state == "overdue"):
            out.append(Miss(f"Filing: {duty.name}", duty.due, filed[0] if filed else None))
    return out
