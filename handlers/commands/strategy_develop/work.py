"""What the roadmap is made from, and the computation: pure once the sources are in."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.models.organisation import Contract, Control, Person, Skill, SkillNeed, Target
from connectors.models.organisation.detection import PurpleResult
from connectors.models.organisation.strategy import (
    Initiative,
    MaturityScore,
    QuarterCapacity,
    StrategyPolicy,
    ToolLifecycle,
)
from connectors.models.reading import Reading
from handlers.analysis import lifecycle, maturity, roadmap
from handlers.analysis.skills import WORKS_ALONE, bus_factor, levels
from handlers.core.fetch import Got, fetch, rows
from handlers.core.soc import Soc

LEAST_QUARTERS, MOST_QUARTERS = 4, 8


@dataclass(frozen=True)
class Inputs:
    """Every source with what came of it; `tools` and `contracts` None unless technology was asked for."""

    initiatives: Got[Reading[Initiative]]
    scores: Got[Reading[MaturityScore]]
    capacity: Got[Reading[QuarterCapacity]]
    policy: Got[Reading[StrategyPolicy]]
    controls: Got[Reading[Control]]
    skills: Got[Reading[Skill]]
    needs: Got[Reading[SkillNeed]]
    people: Got[Reading[Person]]
    targets: Got[Reading[Target]]
    exercises: Got[Reading[PurpleResult]]
    tools: Got[Reading[ToolLifecycle]] | None
    contracts: Got[Reading[Contract]] | None

    @property
    def all(self) -> tuple[Got[Any], ...]:
        kept = (
            self.initiatives, self.scores, self.capacity, self.policy, self.controls, self.skills, self.needs,
            self.people, self.targets, self.exercises,
        )  # fmt: skip
        return (*kept, *(got for got in (self.tools, self.contracts) if got is not None))

    @property
    def blind(self) -> tuple[str, ...]:
        """Files without which gaps may be missing."""
        kept = ((self.controls, Control), (self.skills, Skill), (self.needs, SkillNeed), (self.exercises, PurpleResult))
        return tuple(record.FILE for got, record in kept if not got.ok)

    @property
    def rules(self) -> StrategyPolicy:
        """The organisation's, or the defaults of the record."""
        found = rows(self.policy)
        return found[0] if found else StrategyPolicy()


async def gather(soc: Soc, technology: bool) -> Inputs:
    """All sources at once."""
    files = soc.organisation
    core, rest, lifecycles = await asyncio.gather(
        asyncio.gather(
            fetch("Initiatives", files.read(Initiative)),
            fetch("Maturity scores", files.read(MaturityScore)),
            fetch("Capacity", files.read(QuarterCapacity)),
            fetch("Strategy policy", files.read(StrategyPolicy)),
        ),
        asyncio.gather(
            fetch("Controls", files.read(Control)),
            fetch("Skills", files.read(Skill)),
            fetch("Skill needs", files.read(SkillNeed)),
            fetch("Roster", files.read(Person)),
            fetch("Targets", files.read(Target)),
            fetch("Purple-team results", files.read(PurpleResult)),
        ),
        _tools(soc) if technology else _none(),
    )
    (items, scores, capacity, policy), (controls, skills, needs, people, targets, exercises) = core, rest
    return Inputs(
        items, scores, capacity, policy, controls, skills, needs, people, targets, exercises, *lifecycles
    )  # fmt: skip


Tools = tuple[Got[Reading[ToolLifecycle]] | None, Got[Reading[Contract]] | None]


async def _tools(soc: Soc) -> Tools:
    return await asyncio.gather(
        fetch("Tools", soc.organisation.read(ToolLifecycle)), fetch("Vendors", soc.organisation.read(Contract))
    )


async def _none() -> Tools:
    return None, None


@dataclass(frozen=True, eq=False)
class Roadmap:
    """Initiatives in order. All are in one of `placed`, `blocked`, `dropped`, `done`, unless there is a `circle`."""

    by_id: dict[str, Initiative]
    quarters: tuple[roadmap.Quarter, ...]
    """Empty when the capacity is unknown: then there is an order and no dates."""
    placed: tuple[roadmap.Placed, ...]
    values: dict[str, float]
    places: dict[str, tuple[int, int]]
    """Id → best and worst place when one value is a fifth lower or higher; empty for very many initiatives."""
    path: tuple[str, ...]
    path_effort: float
    blocked: dict[str, str]
    """Id → why it has no place in the order."""
    circle: tuple[str, ...]
    dropped: tuple[Initiative, ...]
    done: tuple[Initiative, ...]
    problems: tuple[str, ...]

    def when(self, one: roadmap.Placed) -> str:
        return roadmap.when(one, self.quarters) if self.quarters else ""

    @property
    def beyond(self) -> tuple[roadmap.Placed, ...]:
        return tuple(one for one in self.placed if not one.fits)

    @property
    def inside(self) -> tuple[roadmap.Placed, ...]:
        return tuple(one for one in self.placed if one.fits)

    @property
    def running(self) -> tuple[Initiative, ...]:
        return tuple(one for one in self.by_id.values() if one.status == "running")

    @property
    def unfunded(self) -> tuple[Initiative, ...]:
        """Within the horizon, with a cost and no budget line."""
        kept = (self.by_id[one.id] for one in self.inside)
        return tuple(one for one in kept if one.cost and not one.funding)


@dataclass(frozen=True, eq=False)
class Strategy:
    """Everything computed; None where an input is missing."""

    today: date
    road: Roadmap | None
    maturity: tuple[maturity.Maturity, ...] | None
    overall: float | None
    tools: tuple[lifecycle.Tool, ...] | None
    overlaps: dict[str, tuple[str, ...]]
    gaps: tuple[str, ...]
    """Failed controls, skills on one person and techniques an exercise missed that no live initiative refers to."""


def strategy(inputs: Inputs, today: date) -> Strategy:
    """Runs in a thread."""
    rules = inputs.rules
    road = chart(rows(inputs.initiatives), rows(inputs.capacity), rules, today) if inputs.initiatives.ok else None
    found = tuple(maturity.assess(rows(inputs.scores))) if inputs.scores.ok else None
    contracts = rows(inputs.contracts)
    tools = tuple(lifecycle.tools(rows(inputs.tools), contracts, today)) if inputs.tools and inputs.tools.ok else None
    return Strategy(
        today=today,
        road=road,
        maturity=found,
        overall=maturity.overall(found, rules.weights) if found else None,
        tools=tools,
        overlaps=lifecycle.overlaps(contracts, today),
        gaps=open_gaps(inputs) if inputs.initiatives.ok else (),
    )


def chart(
    items: Sequence[Initiative], capacity: Sequence[QuarterCapacity], rules: StrategyPolicy, today: date
) -> Roadmap:
    """Order and quarters of everything that is neither done nor dropped."""
    by_id: dict[str, Initiative] = {}
    for one in items:
        by_id.setdefault(one.id, one)
    twice = sorted(name for name, number in Counter(one.id for one in items).items() if number > 1)
    live = {name: one for name, one in by_id.items() if one.status not in ("done", "dropped")}
    done = tuple(one for one in items if one.status == "done")
    dropped = tuple(one for one in items if one.status == "dropped")
    quarters, problems = _quarters(capacity, today)
    if twice:
        problems.append(f"Ids that stand twice in initiatives.yaml, only the first is planned: {', '.join(twice)}.")
    waits = {name: [dep for dep in one.deps if dep in live] for name, one in live.items()}
    circle = roadmap.find_cycle(waits)
    if circle is not None:
        return Roadmap(by_id, quarters, (), {}, {}, (), 0.0, {}, circle, dropped, done, tuple(problems))
    values = {name: maturity.value_of(one, rules.weights, rules.point_value) for name, one in live.items()}
    blocked = _blocked(live, by_id, values)
    known = {name: value for name, value in values.items() if value is not None and name not in blocked}
    tasks = [
        roadmap.Task(name, value, live[name].effort, tuple(waits[name]), live[name].start_after,
                     live[name].status == "running")
        for name, value in known.items()
    ]  # fmt: skip
    path, effort = roadmap.critical_path(tasks)
    places = roadmap.sensitivity(tasks, quarters) if len(tasks) <= roadmap.MOST_VARIED else {}
    if len(tasks) > roadmap.MOST_VARIED:
        problems.append(
            f"More than {roadmap.MOST_VARIED} initiatives: how far values change the order is not computed."
        )
    placed = tuple(roadmap.sequence(tasks, quarters))
    return Roadmap(
        by_id, quarters, placed, known, places, path, effort, blocked, (), dropped, done, tuple(problems)
    )  # fmt: skip


def _quarters(capacity: Sequence[QuarterCapacity], today: date) -> tuple[tuple[roadmap.Quarter, ...], list[str]]:
    """The horizon from the running quarter on, at most eight, and what was left out."""
    now = f"{today.year}-Q{(today.month + 2) // 3}"
    by_name: dict[str, float] = {}
    for one in capacity:
        by_name.setdefault(one.quarter, one.effort)
    ahead = sorted((name, effort) for name, effort in by_name.items() if name >= now)
    problems = ["capacity.yaml: a quarter stands twice; its first line counts."] if len(by_name) < len(capacity) else []
    if len(by_name) > len(ahead):
        problems.append(f"capacity.yaml: quarters before {now} are left out ({len(by_name) - len(ahead)}).")
    if len(ahead) > MOST_QUARTERS:
        problems.append(f"capacity.yaml: the first {MOST_QUARTERS} of {len(ahead)} quarters are planned.")
    if capacity and len(ahead) < LEAST_QUARTERS:
        problems.append(f"capacity.yaml names {len(ahead)} quarters ahead; a roadmap takes {LEAST_QUARTERS} or more.")
    return roadmap.horizon(ahead[:MOST_QUARTERS]), problems


def _blocked(
    live: Mapping[str, Initiative], by_id: Mapping[str, Initiative], values: Mapping[str, float | None]
) -> dict[str, str]:
    """Why an initiative cannot be ordered; what waits for one of those cannot either."""
    out: dict[str, str] = {}
    for name, one in live.items():
        strange = [dep for dep in one.deps if dep not in by_id]
        gone = [dep for dep in one.deps if dep in by_id and by_id[dep].status == "dropped"]
        if strange:
            out[name] = f"waits for {', '.join(strange)}, which initiatives.yaml does not hold"
        elif gone:
            out[name] = f"waits for {', '.join(gone)}, which was dropped"
        elif values[name] is None:
            out[name] = "has neither value nor maturity points to close"
    while more := {
        name: f"waits for {dep}" for name, one in live.items() if name not in out for dep in one.deps if dep in out
    }:
        out |= more
    return out


def open_gaps(inputs: Inputs) -> tuple[str, ...]:
    """What no live initiative refers to: failed controls, skills on one person or none, techniques last missed."""
    live = [one for one in rows(inputs.initiatives) if one.status not in ("dropped", "done")]
    named = {ref for one in live for ref in one.gap_refs}
    held = levels(rows(inputs.skills))
    vital = sorted({one.skill for one in rows(inputs.needs) if one.level >= WORKS_ALONE})
    alone = [f"skill:{skill}" for skill in vital if inputs.skills.ok and bus_factor(held, skill) < 2]
    failed = [f"control:{one.id}" for one in rows(inputs.controls) if one.result == "fail"]
    last = {one.technique: one for one in sorted(rows(inputs.exercises), key=lambda one: (one.at, one.id))}
    missed = [f"technique:{name}" for name, one in sorted(last.items()) if one.outcome == "missed"]
    return tuple(ref for ref in (*failed, *alone, *missed) if ref not in named)
