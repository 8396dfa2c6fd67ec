"""Stands where a backend is not set up: every question is answered with which setting is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import NoReturn

from connectors.errors import NotConfigured
from connectors.models.alerts import AlertView, IocMatch, Rule, RuleActivity
from connectors.models.cases import Case, CaseDetail, CaseEvent, CaseOrigin, CaseSummary
from connectors.models.reading import Ping, Reading, Window, Written
from connectors.models.threats import Finding, Recommendation, ThreatProfile
from connectors.models.volumes import DailyVolume
from connectors.ports import LedgerView


class Unconfigured:
    """`settings` are the names to set."""

    def __init__(self, name: str, settings: str) -> None:
        self._name, self._settings = name, settings

    def _no(self) -> NoReturn:
        raise NotConfigured(self._name, f"is not configured: set {self._settings}")

    async def ping(self) -> Ping:
        return Ping(self._name, False, f"not configured: set {self._settings}")


class UnconfiguredCaseDesk(Unconfigured):
    """CaseDesk."""

    async def open_cases(self) -> Reading[Case]:
        self._no()

    async def cases(self, window: Window) -> AsyncIterator[Reading[Case]]:
        self._no()
        yield  # type: ignore[unreachable]

    async def history(self, window: Window) -> AsyncIterator[Reading[CaseEvent]]:
        self._no()
        yield  # type: ignore[unreachable]

    async def origins(self, window: Window) -> AsyncIterator[Reading[CaseOrigin]]:
        self._no()
        yield  # type: ignore[unreachable]

    async def case(self, case_id: str) -> CaseDetail:
        self._no()

    async def comment(self, case_id: str, text: str) -> Written:
        self._no()

    async def change_priority(self, case_id: str, priority: str) -> Written:
        self._no()

    async def summary(self, case_id: str) -> CaseSummary:
        self._no()


class UnconfiguredAlertFeed(Unconfigured):
    """AlertFeed."""

    async def alerts(self, window: Window, limit: int = 1000, closed: bool = True) -> Reading[AlertView]:
        self._no()

    async def ioc_matches(self, window: Window, limit: int = 1000) -> Reading[IocMatch]:
        self._no()

    async def rules(self) -> Reading[Rule]:
        self._no()

    async def rule_activity(self, window: Window) -> Reading[RuleActivity]:
        self._no()


class UnconfiguredThreatIntel(Unconfigured):
    """ThreatIntel."""

    async def profiles(self) -> Reading[ThreatProfile]:
        self._no()

    async def recommendations(self, profile_id: str) -> Reading[Recommendation]:
        self._no()


class UnconfiguredCloudPosture(Unconfigured):
    """CloudPosture."""

    async def findings(self) -> Reading[Finding]:
        self._no()


class UnconfiguredCaseLedger(Unconfigured):
    """CaseLedger."""

    async def view(self, since: datetime) -> LedgerView:
        self._no()

    async def volumes(self, since: datetime) -> Reading[DailyVolume]:
        self._no()
