"""The rhythm of updates: who is told how often, when the next one is due, which came late. Pure.

Due times are a fixed grid from the declaration, or from the last change of severity: an update that comes late moves
none of them. An update serves the due time it is late for, or the next one when at most half an interval is left;
earlier ones are extra. Example (product's reference): declared 02:10, every 60 minutes: due 03:10, 04:10, …; sent
03:22 is 12 minutes late, and the next one is due 04:10.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.models.organisation.crisis import CrisisPolicy, Tier
from handlers.core import cells
from handlers.crisis.state import Crisis
from messages.document import Moment, Strong, Table, Text, spans
from messages.prose import duration

TEAM = "technical-team"
"""Those who work on it."""
EARLY = 0.5
"""Share of an interval that an update may come early and still serve the due time."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A due time and what came of it: `sent` None, nothing; `skipped`: due times after it that also went by."""

    due: datetime
    sent: datetime | None
    skipped: int = 0

    @property
    def late(self) -> timedelta | None:
        """How late; zero or less is in time; None: nothing came."""
        return self.sent - self.due if self.sent else None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """One audience. `due`: the first due time nothing was sent for; `served`: the earlier ones since `base`."""

    audience: str
    every: timedelta
    base: datetime
    last: datetime | None
    due: datetime
    served: tuple[Slot, ...]

    def over(self, now: datetime) -> timedelta | None:
        """How long an update is overdue; None: none is."""
        return now - self.due if now > self.due else None


def grid(base: datetime, every: timedelta, sent: Iterable[datetime]) -> tuple[tuple[Slot, ...], datetime]:
    """What was served since `base`, and the next due time."""
    slots: list[Slot] = []
    next_one = 1
    for at in sorted(one for one in sent if one >= base):
        due = base + next_one * every
        if at >= due:
            after = int((at - base) / every) + 1
            slots.append(Slot(due, at, after - next_one - 1))
            next_one = after
        elif due - at <= EARLY * every:
            slots.append(Slot(due, at))
            next_one += 1
    return tuple(slots), base + next_one * every


def intervals(policy: CrisisPolicy, tier: Tier, every_minutes: dict[str, int]) -> dict[str, float]:
    """Audience → minutes between updates: the level's own for executives and the technical team, else the
    stakeholder's.
    """
    level = next((one for one in policy.levels if one.tier == tier), None)
    own = {
        "executive": level.executive_minutes if level else None,
        TEAM: level.technical_minutes if level else None,
    }
    return {**every_minutes, **{audience: minutes for audience, minutes in own.items() if minutes}}


def sent_to(crisis: Crisis, audience: str) -> tuple[datetime, ...]:
    """When messages to an audience arrived, in order; a report in the rooms is one to those who work on it."""
    reports = crisis.sitreps if audience == TEAM else ()
    letters = (one.sent for one in crisis.letters if one.audience == audience and one.sent is not None)
    return tuple(sorted((*letters, *reports)))


def rhythms(crisis: Crisis) -> tuple[Rhythm, ...]:
    """Every audience that is told regularly, the one due first in front. None once the crisis is over."""
    if not crisis.open:
        return ()
    base, found = crisis.rated or crisis.declared, list[Rhythm]()
    for audience, minutes in intervals(crisis.policy, crisis.severity, crisis.every_minutes).items():
        every, sent = timedelta(minutes=minutes) / crisis.speed, sent_to(crisis, audience)
        served, due = grid(base, every, sent)
        found.append(Rhythm(audience, every, base, sent[-1] if sent else None, due, served))
    return tuple(sorted(found, key=lambda one: (one.due, one.audience)))


def next_update(crisis: Crisis, audience: str) -> datetime | None:
    """When the next update of an audience is due: what a message may promise. None: no rhythm."""
    return next((one.due for one in rhythms(crisis) if one.audience == audience), None)


def cadence_table(crisis: Crisis, now: datetime) -> Table:
    """Audience, how often, last sent, next due, state; overdue ones in red and first."""
    labels = ("Audience", "Every", "Last sent", "Next due", "State")
    return cells.table("Updates", labels, [_row(one, now) for one in rhythms(crisis)])


def _row(one: Rhythm, now: datetime) -> tuple[Text, ...]:
    over = one.over(now)
    state = (
        f"🔴 overdue {duration(over.total_seconds())}" if over else f"in {duration((one.due - now).total_seconds())}"
    )
    return (
        spans(one.audience),
        spans(duration(one.every.total_seconds())),
        spans(Moment(at=one.last) if one.last else "never"),
        spans(Moment(at=one.due)),
        spans(Strong(text=state) if over else state),
    )


def update_lines(crisis: Crisis, most: int = 2) -> tuple[Text, ...]:
    """The next updates for the crisis's board, overdue (as of its last event) in red."""
    now = crisis.updated or crisis.declared
    lines = []
    for one in rhythms(crisis)[:most]:
        said = f"{one.audience}: {'OVERDUE since ' if one.over(now) else 'due '}"
        lines.append(spans("🔴 " if one.over(now) else "", said, Moment(at=one.due)))
    return tuple(lines)
