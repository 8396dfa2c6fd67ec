"""What surrounds the queue: flow, load, what is unusual, threats. Pure, run in a thread."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.models.alerts import Alert, AlertView, IocMatch, RuleActivity
from connectors.models.cases import Case
from connectors.models.organisation import LogSource, Service, StaffingPolicy
from connectors.models.reading import Window
from handlers.analysis import rates, slices
from handlers.analysis.assets import Assets
from handlers.analysis.demand import handling
from handlers.analysis.queue import Load, load
from handlers.analysis.roster import Block, expand, on_at
from handlers.analysis.unusual import Silence, Volume, same_hour, silences, silent
from handlers.analysis.unusual_days import Day, latest
from handlers.commands.monitor_operations.gather import Sources
from handlers.core.fetch import rows

WEEKS = 4
TOP_RULES = 15
_HOUR = timedelta(hours=1)
_HOST = re.compile(r"[\w.-]+")


@dataclass(frozen=True, eq=False)
class Flows:
    """Cases opened and closed in the last hour and day, 24 h earlier's open count, and two-hour steps of the day."""

    hour: rates.Flow
    day: rates.Flow
    open_day_ago: int
    steps: tuple[tuple[datetime, rates.Flow], ...]


@dataclass(frozen=True, slots=True)
class Staffed:
    """Who is on shift (persons), and the load on them; `why` says what is missing when a part is None."""

    heads: int | None
    tiers: tuple[tuple[int, int], ...]
    minutes: float | None
    basis: str
    load: Load | None
    why: str


@dataclass(frozen=True, eq=False)
class Unusual:
    """Out of the ordinary in the last hour, the noisiest rules of the window, and what is silent."""

    volumes: tuple[Volume, ...] | None
    noisy: tuple[tuple[str, int], ...] | None
    silences: tuple[Silence, ...] | None
    newest: datetime | None
    days: tuple[Day, ...] = ()
    """The last whole day of alerts and of indicator matches, where enough earlier days are kept to judge it by."""


@dataclass(frozen=True, eq=False)
class Threats:
    """Critical alerts that no case took, and indicator matches with what they touch."""

    uncased: tuple[Alert, ...] | None
    matches: int | None
    jewels: tuple[tuple[IocMatch, tuple[Service, ...]], ...] | None
    in_cases: tuple[tuple[IocMatch, Case], ...] | None


def flows(cases: Any, now: datetime) -> Flows:
    """From the ledger's case frame."""
    recent = slices.touching(cases, now - timedelta(hours=25))
    steps = [now - timedelta(hours=h) for h in range(24, 0, -2)]
    return Flows(
        rates.flow(recent, Window(now - _HOUR, now)),
        rates.flow(recent, Window(now - 24 * _HOUR, now)),
        slices.open_at(recent, now - 24 * _HOUR).height,
        tuple((at, rates.flow(recent, Window(at, at + 2 * _HOUR))) for at in steps),
    )


def staffed(sources: Sources, per_hour: float | None, backlog: int, now: datetime, zone: ZoneInfo) -> Staffed:
    """Heads on shift and ρ for `per_hour` arrivals (None: unknown) and a backlog of open cases."""
    if sources.people is None or sources.shifts is None or not (sources.people.ok and sources.shifts.ok):
        return Staffed(None, (), None, "", None, "the roster or the shifts are missing")
    day = now.astimezone(zone).date()
    blocks = expand(rows(sources.shifts), rows(sources.people), rows(sources.absences), day - timedelta(days=1), day)
    heads, tiers = _heads(on_at(blocks, now))
    minutes, basis = _minutes(sources, now)
    if minutes is None:
        return Staffed(heads, tiers, None, "", None, "neither handling times nor a staffing policy are there")
    if per_hour is None:
        return Staffed(heads, tiers, minutes, basis, None, "the case ledger is missing")
    return Staffed(heads, tiers, minutes, basis, load(per_hour, minutes, heads, backlog), "")


def _heads(blocks: Sequence[Block]) -> tuple[int, tuple[tuple[int, int], ...]]:
    by_person = {block.person: block.tier for block in blocks}
    tiers = sorted(set(by_person.values()))
    return len(by_person), tuple((tier, sum(t == tier for t in by_person.values())) for tier in tiers)


def _minutes(sources: Sources, now: datetime) -> tuple[float | None, str]:
    """Hands-on minutes per case over the last four weeks' mix, or the policy's default."""
    policy = rows(sources.staffing)
    times, default = rows(sources.handling), policy[0].default_handling_minutes if policy else None
    view = sources.ledger.value
    if times and view is not None:
        recent = slices.opened(view.cases, Window(now - timedelta(days=28), now))
        told = handling(recent, times, StaffingPolicy().default_handling_minutes if default is None else default)
        if told.cases:
            return told.minutes, f"handling times over the last 28 days, {told.matched} of {told.cases} cases matched"
    return default, "the staffing policy's default"


def unusual(sources: Sources, now: datetime, zone: ZoneInfo) -> Unusual:
    """Against the same hour of the last four weeks; a truncated history is judged for silence by the files alone."""
    activity = sources.activity
    view = _alerts(sources)
    whole = activity is not None and activity.value is not None and not activity.value.truncated
    fired: tuple[RuleActivity, ...] = rows(activity)
    events = slices.firings((row.rule, row.times) for row in fired)
    newest = max((t for t in (*(row.last_at for row in fired), *_created(view)) if t is not None), default=None)
    noisy = view.per_rule[:5] if view is not None else None
    quiet = _quiet(sources, fired, events if whole else None, now)
    days = [latest(rows(sources.daily), kind, now.astimezone(UTC).date()) for kind in ("alerts", "iocs")]
    judged = tuple(day for day in days if day is not None)
    if not whole:
        return Unusual(None, noisy, quiet, newest, judged)
    volumes = [v for v in same_hour(events, now - _HOUR, zone.key, WEEKS) if v.unusual]
    return Unusual(tuple(volumes), noisy, quiet, newest, judged)


def _quiet(
    sources: Sources, fired: Sequence[RuleActivity], events: Any | None, now: datetime
) -> tuple[Silence, ...] | None:
    """Feeds by their file's usual gap, and the busiest rules by their own; a silent feed's rule is not told twice."""
    if events is None and (sources.feeds is None or not sources.feeds.ok):
        return None
    last = {row.rule: row.last_at for row in fired} if events is not None else {}
    feeds = [(feed, s) for feed in rows(sources.feeds) if (s := _feed(feed, last, now))]
    found = [s for _, s in feeds]
    if events is not None:
        told = {feed.rule for feed, _ in feeds}
        ranked = sorted(fired, key=lambda r: (-r.count, r.rule))[:TOP_RULES]
        busiest = [row.rule for row in ranked if row.rule not in told]
        found += silences(slices.of_keys(events, busiest), now)
    return tuple(found)


def _feed(feed: LogSource, last: dict[str, datetime | None], now: datetime) -> Silence | None:
    at = feed.last_event_at or (last.get(feed.rule) if feed.rule else None)
    return None if at is None else silent(f"log source {feed.name}", at, feed.usual_gap_minutes * 60, now)


def _alerts(sources: Sources) -> AlertView | None:
    return rows(sources.alerts)[0] if rows(sources.alerts) else None


def _created(view: AlertView | None) -> list[datetime]:
    return [alert.created_at for alert in view.alerts] if view else []


def threats(sources: Sources) -> Threats:
    """Alerts without a case, indicators on crown jewels and on machines that open cases name."""
    view, iocs = _alerts(sources), sources.iocs
    uncased = None if view is None else tuple(a for a in view.alerts if _uncased(a))
    if iocs is None or iocs.value is None:
        return Threats(uncased, None, None, None)
    matches = iocs.value.items
    total = iocs.value.total if iocs.value.total is not None else len(matches)
    jewels = None
    if sources.services is not None and sources.services.ok:
        kept = Assets(s for s in rows(sources.services) if s.crown_jewel)
        jewels = tuple((m, tuple(found)) for m in matches if (found := kept.touched(m.assets)))
    in_cases = None
    if sources.cases.ok:
        named = _named_hosts(rows(sources.cases))
        in_cases = tuple((m, named[a.casefold()]) for m in matches for a in m.assets if a.casefold() in named)
    return Threats(uncased, total, jewels, in_cases)


def _uncased(alert: Alert) -> bool:
    critical = "critical" in (alert.severity.lower(), alert.priority.lower())
    return critical and alert.case_name is None and alert.status.upper() != "CLOSED"


def _named_hosts(cases: Sequence[Case]) -> dict[str, Case]:
    """Every word of an open case's title that could be a host, with the oldest case that has it."""
    found: dict[str, Case] = {}
    for case in sorted(cases, key=lambda c: (c.created_at, c.id)):
        for word in _HOST.findall(case.title):
            if any(ch.isdigit() for ch in word) and len(word) > 3:
                found.setdefault(word.casefold(), case)
    return found
