"""Fetch and compute: what the sources say, and every number that follows, in one thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from connectors.models.alerts import Rule
from connectors.models.organisation import Absence, Calendar, Person, Shift, SlaPolicy, Target
from connectors.models.reading import Reading, Window
from connectors.ports import LedgerView
from handlers.analysis import scorecard as cards
from handlers.analysis import workload
from handlers.analysis.definitions import Cohort, Preset
from handlers.analysis.mix import MixAdjusted
from handlers.analysis.rates import BulkClose
from handlers.analysis.roster import expand
from handlers.analysis.scorecard import Measure, Rules, Scorecard, YearBefore
from handlers.analysis.stage_time import Stage
from handlers.commands.metrics_soc.times import Times
from handlers.commands.metrics_soc.trend import Trends, trends
from handlers.core.fetch import Got, fetch, rows
from handlers.core.soc import Soc

T = TypeVar("T")
LEDGER_SECONDS = 18.0
RULES_SHOWN = 10
LONG_RUN = 6
"""More consecutive days with a shift than this are told."""


@dataclass(frozen=True)
class Wanted:
    """Which parts of the answer were asked for."""

    performance: bool
    trend: bool
    person: bool


@dataclass(frozen=True)
class Sources:
    ledger: Got[LedgerView]
    policies: Got[Reading[SlaPolicy]]
    calendars: Got[Reading[Calendar]]
    targets: Got[Reading[Target]]
    rules: Got[Reading[Rule]] | None = None
    people: Got[Reading[Person]] | None = None
    shifts: Got[Reading[Shift]] | None = None
    absences: Got[Reading[Absence]] | None = None

    @property
    def needed(self) -> tuple[Got[Any], ...]:
        """All but the calendars when no promise runs on business hours."""
        business = any(p.clock == "business" for p in rows(self.policies))
        found = (
            self.ledger,
            self.policies,
            self.calendars if business else None,
            self.targets,
            self.rules,
            self.people,
            self.shifts,
            self.absences,
        )
        return tuple(got for got in found if got is not None)


async def gather(soc: Soc, since: datetime, wanted: Wanted) -> Sources:
    """All sources at once."""
    files = soc.organisation
    base: list[Any] = await asyncio.gather(
        fetch("Case ledger", soc.ledger.view(since), LEDGER_SECONDS),
        fetch("SLA policies", files.read(SlaPolicy)),
        fetch("Calendars", files.read(Calendar)),
        fetch("Targets", files.read(Target)),
        _when(wanted.trend, "Detection rules", soc.alerts.rules),
        _when(wanted.trend or wanted.person or wanted.performance, "Roster", lambda: files.read(Person)),
        _when(wanted.performance, "Shifts", lambda: files.read(Shift)),
        _when(wanted.performance, "Absences", lambda: files.read(Absence)),
    )
    return Sources(*base)


async def _when(wanted: bool, name: str, ask: Callable[[], Awaitable[Reading[T]]]) -> Got[Reading[T]] | None:
    return await fetch(name, ask()) if wanted else None


@dataclass(frozen=True, slots=True)
class Worked:
    """Rostered `hours` of the period and, of `persons`, how many worked more than six days on end."""

    hours: float
    persons: int
    long_runs: int


@dataclass(frozen=True, eq=False)
class Numbers:
    """Everything computed. `before` and `year` are None when the ledger does not reach back far enough."""

    rules: Rules
    now: Scorecard
    before: Scorecard | None
    year: YearBefore | None
    mix: MixAdjusted | None
    stages: tuple[Stage, ...]
    precision: tuple[dict[str, Any], ...]
    precision_total: int
    bulk: tuple[BulkClose, ...]
    trends: Trends | None
    running: Measure | None
    running_opened: int
    worked: Worked | None
    incomplete: bool
    """The ledger does not hold all cases of the period itself."""


@dataclass(frozen=True)
class Question:
    """What was asked, at which instant, in which zone (IANA name)."""

    times: Times
    at: datetime
    zone: str
    preset: Preset
    cohort: Cohort | None
    with_trend: bool


def compute(sources: Sources, view: LedgerView, asked: Question) -> Numbers:
    """Pure; CPU only: call it in a thread."""
    times, at = asked.times, asked.at
    span = Window(times.since(asked.with_trend), at)
    rules = cards.judge_by(asked.preset, asked.cohort, rows(sources.policies), rows(sources.calendars), span)
    cases = cards.prepared(view, rules)
    held = view.facts.complete_from
    now = cards.scorecard(cases, times.now, at, rules)

    def earlier(window: Window, told: Callable[[Any, Window, datetime, Rules], T]) -> T | None:
        if held is not None and held > window.start:
            return None
        return told(cases, window, cards.same_follow_up(window, times.now, at), rules)

    before = earlier(times.before, cards.scorecard)
    precision, total = cards.precision_rows(cases, times.now, RULES_SHOWN)
    running = times.running
    known = [p for p in times.trend if held is None or held <= p.start]
    return Numbers(
        rules=rules,
        now=now,
        before=before,
        year=earlier(times.year, cards.year_before),
        mix=cards.mix_adjusted(before.measures["mttr"], now.measures["mttr"]) if before else None,
        stages=tuple(cards.stage_rows(view, times.now, at)),
        precision=tuple(precision),
        precision_total=total,
        bulk=tuple(cards.bulk_closes(cases, times.now, asked.zone)),
        trends=trends(cases, known, at, rules) if asked.with_trend and known else None,
        running=cards.measure(cases, "mttr", running.window, at, rules) if running else None,
        running_opened=cards.opened(cases, running.window) if running else 0,
        worked=_worked(sources, times.now, asked.zone),
        incomplete=held is not None and held > times.now.start,
    )


def _worked(sources: Sources, window: Window, zone: str) -> Worked | None:
    """From the roster files as they stand today; None where one is missing."""
    files = (sources.people, sources.shifts, sources.absences)
    if any(got is None or not got.ok for got in files):
        return None
    first, last = (edge.astimezone(ZoneInfo(zone)).date() for edge in (window.start, window.end))
    day = timedelta(days=1)
    blocks = expand(rows(sources.shifts), rows(sources.people), rows(sources.absences), first - day, last)
    runs = workload.longest_runs(block for block in blocks if block.start < window.end and block.end > window.start)
    long = sum(days > LONG_RUN for days in runs.values())
    return Worked(workload.hours_on(blocks, window), len(runs), long)
