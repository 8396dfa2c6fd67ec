"""The queue now: how much, whose, how old, how close to its promises. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.models.cases import PRIORITIES, Case
from connectors.models.organisation import SlaPolicy
from handlers.analysis.business import BusinessHours
from handlers.analysis.definitions import Preset
from handlers.analysis.queue import age_buckets, ages, stale
from handlers.analysis.sla import Promise, State, desk_promise, promise

_ORDER: tuple[State, ...] = ("breached", "at risk", "paused", "safe", "no sla")
URGENT = frozenset({"critical", "high"})


@dataclass(frozen=True, slots=True)
class Standing:
    """An open case with the tightest of its promises; `what` is resolve, acknowledge or desk."""

    case: Case
    promise: Promise
    what: str

    @property
    def urgent(self) -> bool:
        return self.case.priority in URGENT


@dataclass(frozen=True, slots=True)
class QueueNow:
    """Real open cases (tests and simulations apart), judged. `standings` are ordered: what is worst comes first."""

    cases: tuple[Case, ...]
    tests: int
    standings: tuple[Standing, ...]
    stale: tuple[Case, ...]
    buckets: Mapping[str, int]
    by_desk: bool
    """Promises were judged by the desk's own SLA objects."""

    def of(self, state: State) -> list[Standing]:
        return [s for s in self.standings if s.promise.state == state]

    def priority(self, name: str) -> list[Case]:
        return [case for case in self.cases if case.priority == name]

    @property
    def unassigned(self) -> list[Case]:
        """Without a human owner: nobody, or a queue alone; oldest first."""
        return sorted((c for c in self.cases if not c.owned_by_human), key=lambda c: (c.created_at, c.id))

    @property
    def in_queues(self) -> list[Case]:
        """Owned by a role queue."""
        return [c for c in self.cases if c.assignee is not None and not c.owned_by_human]

    @property
    def judged(self) -> bool:
        """Does any case have a promise at all?"""
        return any(s.promise.state != "no sla" for s in self.standings)


def queue_now(
    cases: Sequence[Case],
    policies: Sequence[SlaPolicy],
    hours: Mapping[str, BusinessHours],
    now: datetime,
    preset: Preset,
) -> QueueNow:
    """Judge the open queue. Without a policy for its priority, and under preset google, the desk's own SLA decides."""
    real = tuple(case for case in cases if case.type == "real")
    by_desk = preset == "google" or not policies
    standings = [_standing(case, () if by_desk else policies, hours, now) for case in real]
    standings.sort(key=_worst_first)
    buckets = age_buckets(ages(real, now))
    return QueueNow(real, len(cases) - len(real), tuple(standings), tuple(stale(real, now)), buckets, by_desk)


def _standing(case: Case, policies: Sequence[SlaPolicy], hours: Mapping[str, BusinessHours], now: datetime) -> Standing:
    found = [
        Standing(case, _promise(case, policy, hours, now), policy.metric)
        for policy in policies
        if policy.priority == case.priority and (policy.metric == "resolve" or not case.owned_by_human)
    ]
    if not found:
        return Standing(case, desk_promise(case.sla, now), "desk")
    return min(found, key=lambda s: (_ORDER.index(s.promise.state), _left(s.promise)))


def _promise(case: Case, policy: SlaPolicy, hours: Mapping[str, BusinessHours], now: datetime) -> Promise:
    calendar = hours[policy.calendar or ""] if policy.clock == "business" else None
    return promise(case.created_at, now, policy.target_minutes * 60, hours=calendar, desk=case.sla)


def _left(one: Promise) -> float:
    return one.remaining if one.remaining is not None else float("inf")


def _worst_first(one: Standing) -> tuple[int, int, float, str]:
    state = _ORDER.index(one.promise.state)
    return (state, _rank(one.case.priority), _left(one.promise), one.case.id)


def _rank(priority: str) -> int:
    return PRIORITIES.index(priority) if priority in PRIORITIES else len(PRIORITIES)


def grid(cases: Sequence[Case]) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """Stages, and per priority the number of cases in each of them: most urgent first."""
    stages = sorted({case.stage for case in cases})
    counts = Counter((case.priority, case.stage) for case in cases)
    priorities = sorted({case.priority for case in cases}, key=lambda p: (_rank(p), p))
    return stages, [(p, [counts[p, stage] for stage in stages]) for p in priorities]
