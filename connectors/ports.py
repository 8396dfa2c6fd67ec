"""What the core needs from outside. Implementations are named by `bot.app` and by tests alone.

Every method raises `connectors.errors.BackendError` (state ports: `StateError`) and nothing else of its own.
Times are UTC instants. Nothing here retries a write.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

import polars as pl

from connectors.models.alerts import AlertView, IocMatch, Rule, RuleActivity
from connectors.models.cases import Case, CaseDetail, CaseEvent, CaseOrigin, CaseSummary, LedgerFacts
from connectors.models.organisation import Record
from connectors.models.reading import Ping, Reading, Window, Written
from connectors.models.threats import Finding, Recommendation, ThreatProfile

R = TypeVar("R", bound=Record)


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class CaseDesk(Protocol):
    """The SOAR's case desk."""

    async def ping(self) -> Ping: ...

    async def open_cases(self) -> Reading[Case]:
        """Every open case, all pages."""
        ...

    def cases(self, window: Window) -> AsyncIterator[Reading[Case]]:
        """Cases created inside the window, a page at a time, newest first; the last page carries `truncated`."""
        ...

    def history(self, window: Window) -> AsyncIterator[Reading[CaseEvent]]:
        """Case history events inside the window, a slice at a time, oldest slice first."""
        ...

    def origins(self, window: Window) -> AsyncIterator[Reading[CaseOrigin]]:
        """First event, first detection and rule of the cases created inside the window, a slice at a time."""
        ...

    async def case(self, case_id: str) -> CaseDetail: ...

    async def comment(self, case_id: str, text: str) -> Written: ...

    async def change_priority(self, case_id: str, priority: str) -> Written: ...

    async def summary(self, case_id: str) -> CaseSummary:
        """The SOAR's own AI summary; polls until it is ready or the caller's time is up."""
        ...


class AlertFeed(Protocol):
    """The SIEM."""

    async def ping(self) -> Ping: ...

    async def alerts(self, window: Window, limit: int = 1000, closed: bool = True) -> Reading[AlertView]:
        """Alerts of the window (at most `limit` of them, totals for all); `closed` False leaves closed ones out."""
        ...

    async def ioc_matches(self, window: Window, limit: int = 1000) -> Reading[IocMatch]: ...

    async def rules(self) -> Reading[Rule]: ...

    async def rule_activity(self, window: Window) -> Reading[RuleActivity]:
        """Detections per rule in the window."""
        ...


class ThreatIntel(Protocol):
    """Threat profiles and what is recommended for them."""

    async def ping(self) -> Ping: ...

    async def profiles(self) -> Reading[ThreatProfile]: ...

    async def recommendations(self, profile_id: str) -> Reading[Recommendation]: ...


class CloudPosture(Protocol):
    """Cloud vulnerability findings."""

    async def ping(self) -> Ping: ...

    async def findings(self) -> Reading[Finding]:
        """All active HIGH and CRITICAL vulnerability findings over all pages, highest attack exposure first."""
        ...


class Organisation(Protocol):
    """The files an organisation keeps."""

    async def ping(self) -> Ping: ...

    async def read(self, record: type[R]) -> Reading[R]:
        """All records of one file. `NotConfigured` names the missing file, `Unreadable` file, line and field."""
        ...


@dataclass(frozen=True, slots=True)
class LedgerView:
    """The case history as two frames: columns in `connectors.models.cases` (CASE_COLUMNS, EVENT_COLUMNS).

    Frames are shared and immutable: filter, never change in place.
    """

    cases: pl.DataFrame
    events: pl.DataFrame
    facts: LedgerFacts


class CaseLedger(Protocol):
    """The SOC's case history, columnar."""

    async def ping(self) -> Ping: ...

    async def view(self, since: datetime) -> LedgerView:
        """All cases created since then (more may come), refreshed if stale."""
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    """Work taken from a queue. `attempt` is 1 the first time; more means somebody died or let the lease run out."""

    entry: str
    id: str
    payload: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something to deliver. `id` is unique for ever (it is what makes sending it twice detectable);
    everything with the same `thread` is delivered in the order it was committed."""

    id: str
    thread: str
    payload: str


class Queue(Protocol):
    """Inbox of calls and outbox of deliveries, one commit: what was acknowledged is never lost, what is
    finished is never finished twice.
    """

    async def offer(self, call_id: str, payload: str) -> bool:
        """Append unless the id is known (24 h): one step. False: known already."""
        ...

    async def take(self, consumer: str, count: int, block: float, lease: float) -> list[Taken]:
        """New calls, or calls whose consumer has not renewed its lease for `lease` seconds; waits up to `block` s."""
        ...

    async def renew(self, consumer: str, entry: str) -> None:
        """Keep the lease of a call still being worked on."""
        ...

    async def emit(self, call_id: str, message: Outgoing) -> bool:
        """Add a delivery for a call not yet finished (a "working" message); False when finished or already emitted."""
        ...

    async def finish(self, taken: Taken, messages: Sequence[Outgoing]) -> bool:
        """Commit the deliveries and remove the call, one step. False: somebody else had finished it."""
        ...

    async def post(self, messages: Sequence[Outgoing]) -> int:
        """Add deliveries that belong to no call; those whose id is known are left out. Number added."""
        ...

    async def depth(self) -> tuple[int, int]:
        """Calls waiting or being worked on, deliveries not yet sent."""
        ...


class Outbox(Protocol):
    """Deliveries in partitions by thread; one owner a partition at a time, so that threads keep their order."""

    partitions: int

    async def lease(self, partition: int, owner: str, seconds: float) -> bool:
        """Take or renew the lease; False when somebody else holds it."""
        ...

    async def release(self, partition: int, owner: str) -> None: ...

    async def pending(self, partition: int, after: str, count: int) -> list[Taken]:
        """Deliveries in order after the entry `after` ("" for the first); `attempt` counts earlier `begin`s."""
        ...

    async def wait(self, after: dict[int, str], block: float) -> set[int]:
        """The partitions that have something after the given entry; waits up to `block` seconds for one."""
        ...

    async def begin(self, partition: int, taken: Taken, owner: str) -> int:
        """Count an attempt before anything leaves the house; 0 when the lease was lost. >1: ask the platform first."""
        ...

    async def sent(self, partition: int, taken: Taken) -> None:
        """Delivered, or given up for good: remove it."""
        ...


class Store(Protocol):
    """Small values with a life time, in seconds."""

    async def ping(self) -> Ping: ...

    async def put(self, key: str, value: str, ttl: float) -> None: ...

    async def get(self, key: str) -> str | None: ...

    async def add(self, key: str, value: str, ttl: float) -> bool:
        """Put only if absent; True when it was."""
        ...

    async def delete(self, key: str) -> None: ...

    async def claim(self, key: str, claimant: str) -> str | None:
        """The value, for the first claimant and for that claimant again; None for everyone else or when gone."""
        ...

    async def append(self, key: str, value: str, ttl: float) -> None:
        """Add to a feed (at most about 1,000 entries are kept)."""
        ...

    async def tail(self, key: str, after: str, block: float) -> list[tuple[str, str]]:
        """Entries (id, value) of a feed after the given id ("" for all); waits up to `block` seconds for one."""
        ...


class AuditLog(Protocol):
    """Append-only, compare-and-set on the head: the chain's arithmetic is `handlers.core.audit`."""

    async def head(self) -> tuple[int, str]:
        """Number of entries and the last hash ("" when empty)."""
        ...

    async def append(self, seq: int, entries: Sequence[tuple[str, str]]) -> bool:
        """Entries with their hashes, the first as number `seq` (1-based), all or none; False: the head is elsewhere."""
        ...

    def entries(self, after: int = 0) -> AsyncIterator[tuple[int, str, str]]:
        """(seq, entry, hash) in order."""
        ...
