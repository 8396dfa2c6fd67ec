"""When one shift hands over to the next, and who leaves, comes and stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.models.organisation.process import HandoverNote
from handlers.analysis.roster import Block

LEAD_TIER = 4


@dataclass(frozen=True, slots=True)
class Change:
    """A change of shift at `at`: blocks that `leave`, `come` (on-call ones too) and `stay`."""

    at: datetime
    leave: tuple[Block, ...]
    come: tuple[Block, ...]
    stay: tuple[Block, ...]

    @property
    def id(self) -> str:
        """ "20261122T1300Z": the instant in UTC."""
        return self.at.astimezone(UTC).strftime("%Y%m%dT%H%MZ")

    @property
    def present(self) -> tuple[str, ...]:
        """Persons at work (not on call) after the change."""
        return tuple(sorted({b.person for b in (*self.come, *self.stay) if b.kind == "on"}))

    @property
    def leads(self) -> tuple[str, ...]:
        """Leads after the change, on call or at work."""
        return tuple(sorted({b.person for b in (*self.come, *self.stay) if b.tier >= LEAD_TIER}))


def changes(blocks: Sequence[Block], minutes: int) -> list[Change]:
    """Every change of shift: somebody comes and within `minutes` somebody leaves; or the last one leaves."""
    within = timedelta(minutes=minutes)
    found: dict[datetime, Change] = {}
    for at in sorted({b.start for b in blocks}):
        leave = [b for b in blocks if b.start < at <= b.end <= at + within]
        if leave:
            found[at] = _change(blocks, at, leave)
    for at in sorted({b.end for b in blocks if b.kind == "on"}):
        covered = any(change <= at <= change + within for change in found)
        if not covered and not any(b.start <= at < b.end for b in blocks):
            found[at] = _change(blocks, at, [b for b in blocks if b.end == at])
    return [found[at] for at in sorted(found)]


def _change(blocks: Sequence[Block], at: datetime, leave: Sequence[Block]) -> Change:
    come = tuple(b for b in blocks if b.start == at)
    gone = set(leave)
    stay = tuple(b for b in blocks if b.start < at < b.end and b not in gone)
    return Change(at, tuple(leave), come, stay)


def around(found: Sequence[Change], now: datetime, ahead: timedelta) -> tuple[Change | None, Change | None]:
    """The change to accept now (the newest one that is past or at most `ahead` away), and the one after it."""
    due = [c for c in found if c.at <= now + ahead]
    after = [c for c in found if c.at > now + ahead]
    return (due[-1] if due else None), (after[0] if after else None)


def current(notes: Iterable[HandoverNote], now: datetime, until: datetime) -> list[HandoverNote]:
    """Notes that hold at some time between now and `until`; actions first, then by when they end."""
    order = ("action", "outage", "watch", "change")
    last = datetime.max.replace(tzinfo=UTC)
    held = [n for n in notes if n.since <= until and (n.until is None or n.until > now)]
    return sorted(held, key=lambda n: (order.index(n.kind), n.until or last, n.id))
