"""What a handover is made of: who leaves and comes, the queue, the notes, and whether somebody has accepted it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.errors import StateError
from connectors.models.cases import Case
from connectors.models.organisation import Absence, Calendar, Person, Shift, SlaPolicy
from connectors.models.organisation.process import HandoverNote, ProcessPolicy
from connectors.models.reading import Reading, Window
from connectors.ports import LedgerView, Store
from handlers.analysis import slices
from handlers.analysis.durations import population
from handlers.analysis.handover import Change, around, changes, current
from handlers.analysis.queue_now import QueueNow, Standing, queue_now
from handlers.analysis.roster import expand
from handlers.analysis.scorecard import judge_by
from handlers.core.fetch import Got, fetch
from handlers.core.soc import Soc

LEDGER_SECONDS, DESK_SECONDS = 18.0, 12.0
AHEAD = timedelta(minutes=60)
"""A handover may be accepted so long before the change."""
NOTES_AHEAD = timedelta(hours=12)
SLA_AHEAD = timedelta(days=400)


@dataclass(frozen=True)
class Inputs:
    """Every source with what came of it."""

    cases: Got[Reading[Case]]
    people: Got[Reading[Person]]
    shifts: Got[Reading[Shift]]
    absences: Got[Reading[Absence]]
    notes: Got[Reading[HandoverNote]]
    policies: Got[Reading[SlaPolicy]]
    calendars: Got[Reading[Calendar]]
    policy: Got[Reading[ProcessPolicy]]
    ledger: Got[LedgerView]

    @property
    def all(self) -> tuple[Got[Any], ...]:
        business = any(p.clock == "business" for p in rows(self.policies))
        found = (self.cases, self.people, self.shifts, self.absences, self.notes, self.policies,
                 self.calendars if business else None, self.policy, self.ledger)  # fmt: skip
        return tuple(got for got in found if got is not None)

    @property
    def assumed(self) -> ProcessPolicy:
        """The organisation's policy, or the defaults of the record."""
        kept = rows(self.policy)
        return kept[0] if kept else ProcessPolicy()


def rows(got: Got[Reading[Any]]) -> tuple[Any, ...]:
    """What came, or nothing: ask `ok` whether nothing means none."""
    return () if got.value is None else got.value.items


async def gather(soc: Soc, now: datetime) -> Inputs:
    """All sources at once."""
    files = soc.organisation
    told = await asyncio.gather(
        fetch("Case desk", soc.cases.open_cases(), DESK_SECONDS),
        fetch("Roster", files.read(Person)),
        fetch("Shifts", files.read(Shift)),
        fetch("Absences", files.read(Absence)),
        fetch("Handover notes", files.read(HandoverNote)),
        fetch("SLA policies", files.read(SlaPolicy)),
        fetch("Calendars", files.read(Calendar)),
        fetch("Process policy", files.read(ProcessPolicy)),
        fetch("Case ledger", soc.ledger.view(now - timedelta(days=2)), LEDGER_SECONDS),
    )
    parts: Any = told
    return Inputs(*parts)


@dataclass(frozen=True)
class Accepted:
    """Who accepted a handover when; `call` is the call that did it, `incoming` whether they were of the new shift."""

    person: str
    name: str
    at: datetime
    call: str
    incoming: bool


@dataclass(frozen=True, eq=False)
class Found:
    """`due`: the newest change that may be accepted now, `next` the one after it; None without roster or shifts.

    `known` False: the store that keeps acceptances did not answer. `subject` is the change the card is about.
    """

    now: datetime
    due: Change | None
    next: Change | None
    accepted: Accepted | None
    known: bool
    queue: QueueNow | None
    notes: tuple[HandoverNote, ...] | None
    unattended: tuple[Case, ...] | None
    moved: tuple[int, int] | None
    """Cases opened and closed since the last change of shift."""

    @property
    def subject(self) -> Change | None:
        return self.next if self.accepted is not None or self.due is None else self.due

    @property
    def urgent(self) -> tuple[Standing, ...]:
        """What the next shift looks at first: critical, high, breached, at risk."""
        if self.queue is None:
            return ()
        return tuple(s for s in self.queue.standings if s.urgent or s.promise.state in ("breached", "at risk"))


def key(change: Change) -> str:
    """Where an acceptance is kept."""
    return f"handover:{change.id}"


async def acceptance(store: Store, change: Change | None) -> tuple[Accepted | None, bool]:
    """The acceptance, and whether the store answered."""
    if change is None:
        return None, True
    try:
        text = await store.get(key(change))
    except StateError:
        return None, False
    return (None if text is None else accepted_of(text)), True


def accepted_of(text: str) -> Accepted:
    """An acceptance as it is kept."""
    held = json.loads(text)
    return Accepted(
        held["person"], held["name"], datetime.fromisoformat(held["at"]), held["call"], bool(held["incoming"])
    )


def shifts(inputs: Inputs, now: datetime, zone: ZoneInfo) -> tuple[Change | None, Change | None]:
    """The change to accept and the one after it; None without roster or shifts."""
    if not (inputs.people.ok and inputs.shifts.ok):
        return None, None
    day = now.astimezone(zone).date()
    blocks = expand(
        rows(inputs.shifts),
        rows(inputs.people),
        rows(inputs.absences),
        day - timedelta(days=3),
        day + timedelta(days=4),
    )
    near = [c for c in changes(blocks, inputs.assumed.handover_minutes) if abs(c.at - now) <= timedelta(days=2)]
    return around(near, now, AHEAD)


def compute(
    inputs: Inputs, pair: tuple[Change | None, Change | None], accepted: Accepted | None, known: bool, now: datetime
) -> Found:
    """Everything that the card shows."""
    due, after = pair
    subject = after if accepted is not None or due is None else due
    queue = _queue(inputs, now)
    notes = tuple(current(rows(inputs.notes), now, now + NOTES_AHEAD)) if inputs.notes.ok else None
    last = due if due is not None and due.at <= now else None
    return Found(
        now, due, after, accepted, known, queue, notes, _unattended(queue, subject, inputs), _moved(inputs, last, now)
    )


def _queue(inputs: Inputs, now: datetime) -> QueueNow | None:
    if inputs.cases.value is None:
        return None
    items: Sequence[Case] = inputs.cases.value.items
    oldest = min((case.created_at for case in items), default=now)
    rules = judge_by("org", None, rows(inputs.policies), rows(inputs.calendars), Window(oldest, now + SLA_AHEAD))
    return queue_now(items, rules.policies, rules.hours or {}, now, "org")


def _unattended(queue: QueueNow | None, subject: Change | None, inputs: Inputs) -> tuple[Case, ...] | None:
    """Critical and high cases whose owner is not at work after the change."""
    if queue is None or subject is None:
        return None
    there = {p.desk_user for p in rows(inputs.people) if p.id in subject.present}
    return tuple(s.case for s in queue.standings if s.urgent and s.case.owned_by_human and s.case.assignee not in there)


def _moved(inputs: Inputs, last: Change | None, now: datetime) -> tuple[int, int] | None:
    if inputs.ledger.value is None or last is None:
        return None
    cases, window = inputs.ledger.value.cases, Window(last.at, now)
    return (
        population(slices.opened(cases, window)).frame.height,
        population(slices.closed(cases, window)).frame.height,
    )
