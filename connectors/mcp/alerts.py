"""The SIEM over `secops-mcp`: alerts and indicator matches read from prose, rules and their firings from JSON.

The tools look back from now by whole hours and give no totals: what lies outside the window is dropped here, and what
was counted is said to be counted. Where the prose cannot be trusted, its own count is shown if it is the window's.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from connectors.errors import Unreadable
from connectors.mcp import prose
from connectors.mcp.alert_wire import alert_of, ioc_of
from connectors.mcp.answers import text_of
from connectors.mcp.pinging import ping
from connectors.mcp.server import McpServer
from connectors.models.alerts import Alert, AlertView, IocMatch, Rule, RuleActivity
from connectors.models.reading import Ping, Reading, Window
from connectors.ports import Clock
from connectors.resilience import ReadingCache
from connectors.rule_wire import Firings, WireRule, WireRuleAlerts, WireRules
from connectors.wire import read

T = TypeVar("T")

EDGE = timedelta(seconds=60)
"""How far a window's edge may lie from what was asked and still be called the same."""

NOT_CLOSED = 'feedback_summary.status != "CLOSED"'
_UNSURE = "{count} {what} of the last {hours} h; their details are unreadable over MCP and none is shown."


@dataclass(frozen=True, slots=True)
class _Prose(Generic[T]):
    """What one question gave: `items` None when only `count` is sure; `cut`: more may exist than was given."""

    items: tuple[T, ...] | None
    count: int
    cut: bool
    hours: int


class McpAlertFeed:
    """AlertFeed. `ttl` s for alerts and indicators, `rules_ttl` s for rules; `alert_seconds` for the polled view.

    `most` alerts are asked for whatever a caller wants to see, because counting them is the only way to a total.
    """

    def __init__(
        self,
        server: McpServer,
        clock: Clock,
        *,
        ttl: float = 30.0,
        rules_ttl: float = 300.0,
        alert_seconds: float = 30.0,
        most: int = 10_000,
        max_pages: int = 100,
    ) -> None:
        self._server, self._clock = server, clock
        self._ttl, self._rules_ttl, self._alert_seconds = ttl, rules_ttl, alert_seconds
        self._most, self._max_pages = most, max_pages
        self._cache = ReadingCache(clock)

    async def ping(self) -> Ping:
        """One rule is asked for."""
        return await ping(self._server, self._server.call("list_security_rules", {"page_size": 1}))

    async def alerts(self, window: Window, limit: int = 1000, closed: bool = True) -> Reading[AlertView]:
        """Alerts of the window, counted; kept for `ttl` seconds."""
        family = ("alerts", limit, closed)
        return await self._cache.read(family, self._ttl, lambda: self._alerts(window, limit, closed), window)

    async def ioc_matches(self, window: Window, limit: int = 1000) -> Reading[IocMatch]:
        """Indicator matches; kept for `ttl` seconds. A window that ends before now cannot be told apart: Unreadable."""
        return await self._cache.read(("iocs", limit), self._ttl, lambda: self._iocs(window, limit), window)

    async def rules(self) -> Reading[Rule]:
        """All rules, whether they run unknown; kept for `rules_ttl` seconds."""
        return await self._cache.read("rules", self._rules_ttl, self._rules)

    async def rule_activity(self, window: Window) -> Reading[RuleActivity]:
        """Firings per rule, most first; kept for `rules_ttl` seconds."""
        return await self._cache.read("activity", self._rules_ttl, lambda: self._activity(window), window)

    async def _alerts(self, window: Window, limit: int, closed: bool) -> Reading[AlertView]:
        as_of = self._clock.now()
        hours = _hours(window, as_of)
        asked = max(limit, self._most)
        arguments = {"hours_back": hours, "max_alerts": asked, "status_filter": "" if closed else NOT_CLOSED}
        answer = await self._server.call("get_security_alerts", arguments, seconds=self._alert_seconds)
        told = prose.alerts(text_of(self._server.backend, answer))
        got = self._believed(told, alert_of, "alerts", hours, asked)
        if got.items is None:
            note = self._count_of(window, as_of, got, "alerts")
            view = AlertView((), got.count, got.count, ())
            return Reading((view,), "SIEM alerts (MCP)", as_of, window, truncated=True, notes=(note,))
        return _view(got.items, got, window, limit, as_of)

    async def _iocs(self, window: Window, limit: int) -> Reading[IocMatch]:
        as_of = self._clock.now()
        hours = _hours(window, as_of)
        answer = await self._server.call("get_ioc_matches", {"hours_back": hours, "max_matches": limit})
        got = self._believed(
            prose.iocs(text_of(self._server.backend, answer)), ioc_of, "indicator matches", hours, limit
        )
        note = self._count_of(window, as_of, got, "indicator matches")
        notes: tuple[str, ...] = (note,)
        if got.items is not None:
            notes = ("When and where indicators were seen is not available over MCP.",) * (not _dated(got.items))
            notes += (f"Only {got.count} indicator matches were given; more may exist.",) * got.cut
        cut = got.cut or got.items is None
        total = got.count if got.items is None else None
        return Reading(got.items or (), "SIEM indicator matches (MCP)", as_of, window, total, cut, notes=notes)

    def _believed(
        self, told: prose.Told, make: Callable[[prose.Record], T], what: str, hours: int, limit: int
    ) -> _Prose[T]:
        if told.count is None:
            raise Unreadable(self._server.backend, f"gave an answer whose {what} cannot be read")
        # a round thousand is what a limit of the SIEM's own looks like
        cut = told.count >= limit or (told.count > 0 and told.count % 1000 == 0)
        try:
            items = None if told.records is None else tuple(make(record) for record in told.records)
        except ValueError:
            items = None
        return _Prose(items, told.count, cut, hours)

    def _count_of(self, window: Window, now: datetime, got: _Prose[T], what: str) -> str:
        """The sentence for a bare count; Unreadable when the count is of another window than was asked for."""
        if abs(now - window.end) > EDGE or abs(now - window.start - timedelta(hours=got.hours)) > EDGE:
            raise Unreadable(
                self._server.backend,
                f"gave {what} that cannot be placed in the window (over MCP it looks back from now by whole hours)",
            )
        return _UNSURE.format(count=f"At least {got.count}" if got.cut else got.count, what=what, hours=got.hours)

    async def _rules(self) -> Reading[Rule]:
        as_of = self._clock.now()
        found: list[WireRule] = []
        notes = ["Which rules are switched on is not available over MCP."]
        token, seen, cut = "", set[str](), False
        for number in range(1, self._max_pages + 1):
            arguments = {"page_size": 1000, "page_token": token or None}
            page = read(self._server.backend, WireRules, await self._server.call("list_security_rules", arguments))
            found += page.rules
            token = page.following
            if not token:
                break
            cut = token in seen or number == self._max_pages
            if cut:
                notes.append(f"Stopped after {number} pages of rules; more exist.")
                break
            seen.add(token)
        items = tuple({rule.id: rule for rule in (wire.record() for wire in found)}.values())
        total = None if cut else len(items)
        return Reading(items, "SIEM rules (MCP)", as_of, total=total, truncated=cut, notes=tuple(notes))

    async def _activity(self, window: Window) -> Reading[RuleActivity]:
        as_of = self._clock.now()
        arguments = {
            "start_time": window.start.isoformat().replace("+00:00", "Z"),
            "end_time": window.end.isoformat().replace("+00:00", "Z"),
            "max_alerts": self._most,
        }
        answer = await self._server.call("search_rule_alerts", arguments, seconds=self._alert_seconds)
        wire = read(self._server.backend, WireRuleAlerts, answer)
        notes = ("The SIEM gave only part of the rule alerts; counts are too low.",) if wire.too_many else ()
        firings = Firings()
        firings.add(wire, within=window)
        return Reading(
            firings.activities(), "SIEM rule alerts (MCP)", as_of, window, truncated=bool(wire.too_many), notes=notes
        )


def _hours(window: Window, now: datetime) -> int:
    """Whole hours back from now that hold the window, a minute at its start excepted."""
    return max(1, math.ceil((now - window.start - EDGE) / timedelta(hours=1)))


def _view(
    items: Sequence[Alert], got: _Prose[Alert], window: Window, limit: int, as_of: datetime
) -> Reading[AlertView]:
    """The window's alerts, newest first, counted; at most `limit` of them shown."""
    inside = tuple(sorted((alert for alert in items if window.holds(alert.created_at)), key=_newest, reverse=True))
    rules = tuple(Counter(alert.rule for alert in inside).most_common())
    notes = ["The SIEM gives no totals over MCP; alerts were counted."]
    if got.cut:
        notes.append(f"The SIEM gave just {got.count} alerts: more may exist, and the counts may be too low.")
    if len(inside) > limit:
        notes.append(f"{limit} of {len(inside)} alerts are given.")
    if inside:
        ids = any(alert.id for alert in inside)
        notes.append(f"{'Hosts' if ids else 'Alert ids, verdicts and hosts'} of alerts are not available over MCP.")
    view = AlertView(inside[:limit], len(inside), len(inside), rules)
    part = got.cut or len(inside) > limit
    return Reading((view,), "SIEM alerts (MCP)", as_of, window, truncated=part, notes=tuple(notes))


def _newest(alert: Alert) -> datetime:
    return alert.created_at


def _dated(matches: Sequence[IocMatch]) -> bool:
    return all(match.last_seen_at is not None for match in matches)
