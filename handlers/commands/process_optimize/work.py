"""What a process is judged from, and the judgement: pure once the sources are in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from connectors.models.organisation import HandlingTime, Person, StaffingPolicy, Target
from connectors.models.organisation.process import Automation, Hunt, PlaybookRun, ProcessPolicy, Runbook
from connectors.models.reading import Reading
from connectors.ports import LedgerView
from handlers.analysis import automation, effort, slices
from handlers.analysis.conformance import Conformance, conformance
from handlers.analysis.durations import population
from handlers.analysis.hunting import Hunting, hunting
from handlers.analysis.periods import Period
from handlers.analysis.waiting import Wait, waits
from handlers.analysis.workflow import Flow, flow, groups_of
from handlers.core.fetch import Got, fetch
from handlers.core.soc import Soc

LEDGER_SECONDS = 18.0


@dataclass(frozen=True)
class Inputs:
    """Every source with what came of it; nothing is left out: one answer's figures agree."""

    ledger: Got[LedgerView]
    times: Got[Reading[HandlingTime]]
    people: Got[Reading[Person]]
    staffing: Got[Reading[StaffingPolicy]]
    books: Got[Reading[Runbook]]
    policy: Got[Reading[ProcessPolicy]]
    targets: Got[Reading[Target]]
    hunts: Got[Reading[Hunt]]
    automations: Got[Reading[Automation]]
    runs: Got[Reading[PlaybookRun]]

    @property
    def all(self) -> tuple[Got[Any], ...]:
        return (self.ledger, self.times, self.people, self.staffing, self.books, self.policy, self.targets,
                self.hunts, self.automations, self.runs)  # fmt: skip

    @property
    def assumed(self) -> ProcessPolicy:
        """The organisation's policy, or the defaults of the record."""
        kept = rows(self.policy)
        return kept[0] if kept else ProcessPolicy()


def rows(got: Got[Reading[Any]]) -> tuple[Any, ...]:
    """What came, or nothing: ask `ok` whether nothing means none."""
    return () if got.value is None else got.value.items


async def gather(soc: Soc, since: datetime) -> Inputs:
    """All sources at once."""
    files = soc.organisation
    told: list[Any] = await asyncio.gather(
        fetch("Case ledger", soc.ledger.view(since), LEDGER_SECONDS),
        fetch("Handling times", files.read(HandlingTime)),
        fetch("Roster", files.read(Person)),
        fetch("Staffing policy", files.read(StaffingPolicy)),
        fetch("Runbooks", files.read(Runbook)),
        fetch("Process policy", files.read(ProcessPolicy)),
        fetch("Targets", files.read(Target)),
        fetch("Hunts", files.read(Hunt)),
        fetch("Automations", files.read(Automation)),
        fetch("Playbook runs", files.read(PlaybookRun)),
    )
    return Inputs(*told)


@dataclass(frozen=True, eq=False)
class Found:
    """Everything computed; a part is None when its source failed. `left_out`: cases that no analysis counts."""

    flow: Flow | None = None
    waits: tuple[Wait, ...] | None = None
    efforts: tuple[effort.Effort, ...] | None = None
    checked: tuple[Conformance, ...] | None = None
    scored: tuple[automation.Scored, ...] | None = None
    unscored: tuple[tuple[Automation, str], ...] = ()
    hunting: Hunting | None = None
    left_out: int = 0
    incomplete: bool = False

    @property
    def bottleneck(self) -> Wait | None:
        """The stage in which cases wait longest without an owner; None when nothing waits."""
        return next((one for one in self.waits or () if one.waiting > 0), None)

    @property
    def quick_wins(self) -> tuple[automation.Scored, ...]:
        """What pays back within three months, may run without an approval of each action and is not live."""
        return tuple(
            s for s in self.scored or ()
            if s.payback is not None and s.payback <= 3 and s.item.action == "read-only" and s.item.status != "live"
        )  # fmt: skip


def compute(inputs: Inputs, period: Period, now: datetime) -> Found:
    """Cases opened in the period; waiting is measured inside it whenever the case was opened."""
    hunts = hunting(rows(inputs.hunts), now.astimezone(ZoneInfo(period.zone)).date()) if inputs.hunts.ok else None
    view = inputs.ledger.value
    if view is None:
        scored, unscored = _scored(inputs, None, period)
        return Found(scored=scored, unscored=unscored, hunting=hunts)
    opened = slices.opened(view.cases, period.window)
    real = population(opened).frame
    touching = population(slices.touching(view.cases, period.start)).frame
    told = view.events.of(real)
    typed = _typed(real, inputs)
    scored, unscored = _scored(inputs, typed, period)
    complete = view.facts.complete_from
    return Found(
        flow(real, told, groups_of(rows(inputs.people)) if inputs.people.ok else None),
        tuple(waits(touching, view.events.of(touching), period.window, min(now, view.facts.as_of))),
        None if typed is None else tuple(effort.efforts(typed)),
        _checked(inputs, typed, told),
        scored,
        unscored,
        hunts,
        opened.height - real.height,
        view.facts.truncated or (complete is not None and complete > period.start),
    )


def _typed(real: pl.DataFrame, inputs: Inputs) -> pl.DataFrame | None:
    if not inputs.times.ok:
        return None
    policy = rows(inputs.staffing)
    default = (policy[0] if policy else StaffingPolicy()).default_handling_minutes
    return effort.typed(real, rows(inputs.times), default)


def _checked(inputs: Inputs, typed: pl.DataFrame | None, events: pl.DataFrame) -> tuple[Conformance, ...] | None:
    if typed is None or not inputs.books.ok:
        return None
    judged = (conformance(book, typed, events) for book in rows(inputs.books))
    return tuple(sorted((one for one in judged if one is not None), key=lambda c: (-len(c.bad), c.runbook.id)))


def _scored(
    inputs: Inputs, typed: pl.DataFrame | None, period: Period
) -> tuple[tuple[automation.Scored, ...] | None, tuple[tuple[Automation, str], ...]]:
    """Ranked automations, and those that cannot be scored with what is missing."""
    if not inputs.automations.ok:
        return None, ()
    volumes = None
    if typed is not None:
        told = typed["kind"].value_counts().iter_rows()
        volumes = {str(kind): effort.per_month(int(n), period.window.seconds) for kind, n in told}
    minutes = {one.type: one.minutes for one in reversed(rows(inputs.times))}
    found, missing = [], []
    for item in rows(inputs.automations):
        facts = automation.facts(item, volumes, minutes, rows(inputs.runs))
        one = automation.scored(item, facts)
        if one is None:
            lacks = [name for name in ("volume", "minutes", "failure") if getattr(facts, name) is None]
            missing.append((item, " and ".join(lacks)))
        else:
            found.append(one)
    return tuple(automation.ranked(found)), tuple(missing)
