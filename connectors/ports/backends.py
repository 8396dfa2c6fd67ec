"""What the core asks of the systems around it: case desk, SIEM, threat intelligence, cloud posture, files, ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

import polars as pl

from connectors.models.alerts import AlertView, IocMatch, Rule, RuleActivity
from connectors.models.cases import Case, CaseDetail, CaseEvent, CaseOrigin, CaseSummary, LedgerFacts
from connectors.models.organisation import Record
from connectors.models.reading import Ping, Reading, Window, Written
from connectors.models.threats import Finding, Recommendation, ThreatProfile
from connectors.models.volumes import DailyVolume

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


class EventLog(Protocol):
    """The history of a view's cases; columns in `connectors.models.cases` (EVENT_COLUMNS)."""

    def of(self, cases: pl.DataFrame) -> pl.DataFrame:
        """Every event of these cases (`case_id`, `created_at`). Unpacks what lies packed: call it in a thread."""
        ...


@dataclass(frozen=True, slots=True)
class LedgerView:
    """The cases as a frame, columns in `connectors.models.cases` (CASE_COLUMNS), and their events for the asking.

    Frames are shared and immutable: filter, never change in place.
    """

    cases: pl.DataFrame
    events: EventLog
    facts: LedgerFacts


class CaseLedger(Protocol):
    """The SOC's case history, columnar."""

    async def ping(self) -> Ping: ...

    async def view(self, since: datetime) -> LedgerView:
        """All cases created since then (more may come), refreshed if stale.

        What is not read yet is not waited for without end: `facts.truncated` and a note say how far it is.
        """
        ...

    async def volumes(self, since: datetime) -> Reading[DailyVolume]:
        """Daily counts of alerts and indicator matches since then, oldest first, as far as the bot has kept them."""
        ...
