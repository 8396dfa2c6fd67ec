"""The SIEM over Chronicle's REST interface: alerts view, indicator matches, rules and how often they fire."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.errors import BackendError, Unreadable
from connectors.google.alert_wire import WireAlert, WireIocs, WireView, fragments
from connectors.google.wire import Instance, pages, read, time_range
from connectors.http import HttpBackend
from connectors.models.alerts import AlertView, IocMatch, Rule, RuleActivity
from connectors.models.reading import Ping, Reading, Window
from connectors.ports import Clock
from connectors.resilience import ReadingCache
from connectors.rule_wire import Firings, WireDeployment, WireDeployments, WireRule, WireRuleAlerts, WireRules

NOT_CLOSED = 'feedback_summary.status != "CLOSED"'
SMALLEST_SPLIT = timedelta(hours=1)
MOST_SPLITS = 64


class ChronicleAlertFeed:
    """AlertFeed. `ttl` s for alerts and indicators, `rules_ttl` s for rules; `polls` of the view, `pause` s apart."""

    def __init__(
        self,
        backend: HttpBackend,
        instance: Instance,
        clock: Clock,
        *,
        ttl: float = 30.0,
        rules_ttl: float = 300.0,
        polls: int = 30,
        pause: float = 1.0,
        view_seconds: float = 15.0,
        rule_alerts: int = 10_000,
        max_pages: int = 100,
    ) -> None:
        self._backend, self._instance, self._clock = backend, instance, clock
        self._ttl, self._rules_ttl, self._max_pages = ttl, rules_ttl, max_pages
        self._polls, self._pause, self._seconds, self._rule_alerts = polls, pause, view_seconds, rule_alerts
        self._cache = ReadingCache(clock)

    async def ping(self) -> Ping:
        """One rule is asked for."""
        try:
            await self._backend.get_json(self._path("rules"), {"pageSize": 1})
        except BackendError as error:
            return Ping(self._backend.name, False, str(error))
        return Ping(self._backend.name, True, self._backend.skew_note())

    async def alerts(self, window: Window, limit: int = 1000, closed: bool = True) -> Reading[AlertView]:
        """Alerts of the window with the SIEM's own totals; kept for `ttl` seconds."""
        family = ("alerts", limit, closed)
        return await self._cache.read(family, self._ttl, lambda: self._view(window, limit, closed), window)

    async def ioc_matches(self, window: Window, limit: int = 1000) -> Reading[IocMatch]:
        """Indicator matches of the window; kept for `ttl` seconds."""
        return await self._cache.read(("iocs", limit), self._ttl, lambda: self._iocs(window, limit), window)

    async def rules(self) -> Reading[Rule]:
        """All rules with their deployments; kept for `rules_ttl` seconds."""
        return await self._cache.read("rules", self._rules_ttl, self._rules)

    async def rule_activity(self, window: Window) -> Reading[RuleActivity]:
        """Firings per rule, most first; kept for `rules_ttl` seconds."""
        return await self._cache.read("activity", self._rules_ttl, lambda: self._activity(window), window)

    def _path(self, rest: str) -> str:
        return self._instance.path(self._backend, rest)

    async def _view(self, window: Window, limit: int, closed: bool) -> Reading[AlertView]:
        params = {
            **time_range("timeRange", window),
            "snapshotQuery": "" if closed else NOT_CLOSED,
            "alertListOptions.maxReturnedAlerts": limit,
            "fieldAggregationOptions.maxValuesPerField": 60,
            "enableCache": "ALERTS_FEATURE_PREFERENCE_ENABLED",
        }
        view = _Merged()
        for poll in range(self._polls):
            if poll:
                await asyncio.sleep(self._pause)
            as_of = self._clock.now()
            parts = await self._backend.get_json(
                self._path("legacy:legacyFetchAlertsView"), params, seconds=self._seconds, decode=fragments
            )
            if not parts:
                raise Unreadable(self._backend.name, "gave an empty alerts view")
            view = await asyncio.to_thread(_merge, self._backend.name, parts)
            if view.complete:
                break
        return _reading(view, window, as_of)

    async def _iocs(self, window: Window, limit: int) -> Reading[IocMatch]:
        params = {
            **time_range("timestampRange", window),
            "maxMatchesToReturn": limit,
            "addMandiantAttributes": True,
            "fetchPrioritizedIocsOnly": False,
        }
        as_of = self._clock.now()
        answer = await self._backend.get_json(self._path("legacy:legacySearchEnterpriseWideIoCs"), params)
        wire = read(self._backend.name, WireIocs, answer)
        cut = bool(wire.more) or len(wire.matches) >= limit
        notes = (f"Only {len(wire.matches)} indicator matches were given; more exist.",) if cut else ()
        items = tuple(match.record() for match in wire.matches)
        return Reading(items, "SIEM indicator matches", as_of, window, truncated=cut, notes=notes)

    async def _rules(self) -> Reading[Rule]:
        as_of = self._clock.now()
        notes: list[str] = []
        rules: list[WireRule] = []
        async for page in pages(
            self._backend, self._path("rules"), {"view": "FULL", "pageSize": 1000}, max_pages=self._max_pages
        ):
            rules += (await asyncio.to_thread(read, self._backend.name, WireRules, page.answer)).rules
            notes += [page.cut] if page.cut else []
        truncated = bool(notes)
        deployed: dict[str, WireDeployment] = {}
        try:
            deployed = await self._deployments(notes)
        except BackendError as error:
            notes.append(f"Which rules are switched on is unknown: {error}.")
        items = tuple(rule.record(deployed.get(rule.id)) for rule in rules)
        return Reading(
            items, "SIEM rules", as_of, total=None if truncated else len(items), truncated=truncated, notes=tuple(notes)
        )

    async def _deployments(self, notes: list[str]) -> dict[str, WireDeployment]:
        found: dict[str, WireDeployment] = {}
        async for page in pages(
            self._backend, self._path("rules/-/deployments"), {"pageSize": 1000}, max_pages=self._max_pages
        ):
            items = read(self._backend.name, WireDeployments, page.answer).items
            found.update((item.rule_id, item) for item in items)
            notes += [page.cut] if page.cut else []
        return found

    async def _activity(self, window: Window) -> Reading[RuleActivity]:
        """Asks for the whole window and halves it as long as the SIEM says "too many"."""
        as_of = self._clock.now()
        firings = Firings()
        waiting, cut, asked = [window], False, 0
        while waiting:
            part = waiting.pop()
            wire = await self._rule_alerts_of(part)
            asked += 1
            if wire.too_many and part.end - part.start > SMALLEST_SPLIT and asked < MOST_SPLITS:
                middle = part.start + (part.end - part.start) / 2
                waiting += [Window(middle, part.end), Window(part.start, middle)]
                continue
            cut = cut or bool(wire.too_many)
            firings.add(wire)
        notes = ("The SIEM gave only part of the rule alerts; counts are too low.",) if cut else ()
        return Reading(firings.activities(), "SIEM rule alerts", as_of, window, truncated=cut, notes=notes)

    async def _rule_alerts_of(self, window: Window) -> WireRuleAlerts:
        params = {**time_range("timeRange", window), "maxNumAlertsToReturn": self._rule_alerts}
        answer = await self._backend.get_json(
            self._path("legacy:legacySearchRulesAlerts"), params, seconds=self._seconds
        )
        return await asyncio.to_thread(read, self._backend.name, WireRuleAlerts, answer)


class _Merged:
    """Fragments laid over one another: the last word wins, alerts add up by id."""

    def __init__(self) -> None:
        self.complete = False
        self.baseline: int | None = None
        self.filtered: int | None = None
        self.alerts: dict[str, WireAlert] = {}
        self.rules: tuple[tuple[str, int], ...] | None = None


def _merge(backend: str, parts: Sequence[Any]) -> _Merged:
    merged = _Merged()
    for part in parts:
        view = read(backend, WireView, part)
        merged.complete = view.complete if view.complete is not None else merged.complete
        merged.baseline = view.baseline if view.baseline is not None else merged.baseline
        merged.filtered = view.filtered if view.filtered is not None else merged.filtered
        if view.alerts is not None:
            merged.alerts.update((alert.id, alert) for alert in view.alerts.alerts)
        for field in view.aggregations.fields if view.aggregations else ():
            if field.values and field.name.replace("_", "").lower().endswith("rulename"):
                merged.rules = tuple((value.text, value.count) for value in field.values)
    return merged


def _reading(view: _Merged, window: Window, as_of: datetime) -> Reading[AlertView]:
    found = [alert for wire in view.alerts.values() if (alert := wire.record()) is not None]
    found.sort(key=lambda alert: alert.created_at, reverse=True)
    total = view.filtered if view.filtered is not None else len(found)
    baseline = view.baseline if view.baseline is not None else total
    notes: list[str] = []
    if not view.complete:
        notes.append("The SIEM had not finished its alerts view; counts may be too low.")
    if len(found) < total:
        notes.append(f"{len(found)} of {total} alerts were given.")
    if view.filtered is None:
        notes.append("The SIEM gave no total; alerts were counted.")
    if not view.rules and len(found) < total:
        notes.append("Counts per rule are of the alerts given only.")
    rules = sorted(view.rules or Counter(alert.rule for alert in found).items(), key=lambda rule: (-rule[1], rule[0]))
    answer = AlertView(tuple(found), total, baseline, tuple(rules))
    cut = len(found) < total or not view.complete
    return Reading((answer,), "SIEM alerts", as_of, window, total=total, truncated=cut, notes=tuple(notes))
