"""A selection of vendors: scores of several raters, cost over the years, dates counted back, proof of concept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from statistics import mean, median

from connectors.models.organisation.money import (
    Candidate,
    Contract,
    Criterion,
    PocTest,
    Score,
    Selection,
    SelectionStage,
    VendorOutage,
    VendorTicket,
)
from handlers.analysis import choice
from handlers.analysis.currency import Rates
from handlers.analysis.proportions import Share, distinguishable, wilson

APART = 2.0
"""Raters further apart than this are flagged."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """Scores given: `missing` of `wanted`; `apart` (candidate, criterion, range) of raters who disagree; `late`: scores
    given once prices were open; `strangers`: scores of persons, candidates or criteria that the selection lacks.
    """

    means: dict[tuple[str, str], float]
    given: int
    wanted: int
    apart: tuple[tuple[str, str, float], ...]
    late: int
    strangers: int
    without_evidence: int

    @property
    def complete(self) -> bool:
        return self.given == self.wanted


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a selection says now. `field` None: not to be compared yet, and `why` says why."""

    selection: Selection
    ballot: Ballot
    costs: dict[str, float]
    excluded: dict[str, tuple[str, ...]]
    """Candidate → must-haves it does not meet."""
    open_musts: dict[str, tuple[str, ...]]
    weights: choice.Weights | None
    field: choice.Field | None
    ranking: choice.Ranking | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A stage with its latest days: `start` and `end` for the notice day, `end_of_contract` for the contract's end."""

    stage: SelectionStage
    start: date
    end: date
    end_of_contract: date


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate's proof of concept: detected of the tests run, median minutes to detect, tests not run."""

    candidate: str
    detected: Share
    median_minutes: float | None
    not_run: int


@dataclass(frozen=True, slots=True)
class Service:
    """How a product was served over a window; `answered` of the tickets whose answer was due."""

    product: str
    answered: Share
    up: float | None
    outages: int


def tco(one: Candidate) -> float:
    """Licence + ingest + people + migration + exit over the years, in the candidate's currency."""
    return one.licence + one.ingest + one.people + one.migration + one.exit


def ballot(
    selection: Selection, criteria: Sequence[Criterion], candidates: Sequence[Candidate], scores: Iterable[Score]
) -> Ballot:
    """The latest score of each rater; what is not the selection's is counted, not used."""
    names = {c.name for c in candidates}
    judged = {c.id for c in criteria if c.basis == "scores"}
    latest: dict[tuple[str, str, str], Score] = {}
    strangers = 0
    for one in sorted(scores, key=lambda s: s.at):
        if one.candidate in names and one.criterion in judged and one.rater in selection.raters:
            latest[one.candidate, one.criterion, one.rater] = one
        else:
            strangers += 1
    groups: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for (candidate, criterion, rater), one in latest.items():
        groups[candidate, criterion][rater] = one.value
    ranges = ((candidate, criterion, choice.spread(found)) for (candidate, criterion), found in groups.items())
    opened = selection.price_opened
    return Ballot(
        {key: mean(found.values()) for key, found in groups.items()},
        len(latest),
        len(names) * len(judged) * len(set(selection.raters)),
        tuple(sorted((r for r in ranges if r[2] > APART), key=lambda r: (-r[2], r[0], r[1]))),
        sum(1 for one in latest.values() if opened is not None and one.at >= opened),
        strangers,
        sum(1 for one in latest.values() if not one.evidence.strip()),
    )


def outcome(
    selection: Selection, criteria: Sequence[Criterion], candidates: Sequence[Candidate], scores: Iterable[Score],
    rates: Rates,
) -> Outcome:  # fmt: skip
    """Must-haves, then weights, then the ranking of who is left; nothing is ranked before all raters are in."""
    costs = {c.name: money for c in candidates if (money := rates.convert(tco(c), c.currency)) is not None}
    excluded = {c.name: tuple(m for m, met in c.musts.items() if met is False) for c in candidates}
    left = [c for c in candidates if not excluded[c.name]]
    votes = ballot(selection, criteria, left, [s for s in scores if not excluded.get(s.candidate)])
    unknown = {c.name: tuple(m for m, met in c.musts.items() if met is None) for c in candidates}
    why = []
    if lacking := rates.missing(c.currency for c in candidates):
        why.append(f"no rate from {', '.join(lacking)} to {rates.to} is on file (fx_rates.yaml)")
    if not votes.complete:
        why.append(f"{votes.given} of {votes.wanted} scores are in, and scores stay private until all are")
    if not criteria:
        why.append("it has no criteria (vendor_criteria.yaml)")
    weights, values = None, tuple(c.weight for c in criteria)
    try:
        if selection.pairwise:
            weights = choice.ahp(selection.pairwise)
            values = weights.values
            if len(values) != len(criteria):
                raise ValueError(f"{len(values)} criteria are compared in pairs, {len(criteria)} are on file")
    except ValueError as error:
        why.append(str(error))
    if len(left) < 2:
        why.append(f"{len(left)} of {len(candidates)} candidates meet every must-have; two are needed to compare")
    field = ranking = None
    if not why:
        try:
            field = _field(criteria, left, values, votes, costs)
            ranking = choice.rank(field)
        except ValueError as error:
            field, why = None, [str(error)]
    return Outcome(
        selection, votes, costs, {n: m for n, m in excluded.items() if m}, {n: m for n, m in unknown.items() if m},
        weights, field, ranking, tuple(why),
    )  # fmt: skip


def _field(
    criteria: Sequence[Criterion], left: Sequence[Candidate], weights: tuple[float, ...], votes: Ballot,
    costs: Mapping[str, float],
) -> choice.Field:  # fmt: skip
    def value(one: Candidate, criterion: Criterion) -> float:
        if criterion.basis == "tco":
            return costs[one.name]
        if criterion.basis == "scores":
            return votes.means[one.name, criterion.id]
        if criterion.id not in one.measured:
            raise ValueError(f"{criterion.name} of {one.name} has not been measured (vendor_candidates.yaml)")
        return one.measured[criterion.id]

    return choice.Field(
        tuple(c.name for c in left),
        tuple(c.name for c in criteria),
        tuple(c.better for c in criteria),
        weights,
        tuple(tuple(value(one, c) for c in criteria) for one in left),
    )


def back_schedule(stages: Sequence[SelectionStage], notice: date, end: date) -> list[Step]:
    """Stages in order, the last ending on the notice day; the same for the contract's end."""
    out: list[Step] = []
    until, last = notice, end
    for stage in reversed(stages):
        start = until - timedelta(days=stage.days)
        out.append(Step(stage, start, until, last))
        until, last = start, last - timedelta(days=stage.days)
    return out[::-1]


def trials(tests: Sequence[PocTest], candidates: Iterable[str]) -> list[Trial]:
    """Each candidate's result; a test without a result for it was not run."""
    out = []
    for name in candidates:
        run = [t.results[name] for t in tests if name in t.results]
        times = [minutes for minutes in run if minutes is not None]
        detected = wilson(len(times), len(run))
        out.append(Trial(name, detected, median(times) if times else None, len(tests) - len(run)))
    return out


def alike(found: Sequence[Trial]) -> list[tuple[str, str]]:
    """Pairs whose detection rates cannot be told apart (Newcombe's interval of the difference holds zero)."""
    return [
        (a.candidate, b.candidate)
        for a, b in combinations(found, 2)
        if a.detected.n and b.detected.n and not distinguishable(a.detected, b.detected)
    ]


def service(
    contract: Contract, tickets: Iterable[VendorTicket], outages: Iterable[VendorOutage], since: datetime, now: datetime
) -> Service:
    """First answers within the promise, and the share of the window without an outage (None without a promise)."""
    due = [t for t in tickets if t.product == contract.product and since <= t.opened <= now]
    judged = [
        (t.answered - t.opened if t.answered is not None else None, timedelta(hours=t.promised_hours))
        for t in due
        if t.answered is not None or now - t.opened > timedelta(hours=t.promised_hours)
    ]
    kept = sum(1 for took, promised in judged if took is not None and took <= promised)
    spans = sorted(
        (max(o.start, since), min(o.end or now, now))
        for o in outages
        if o.product == contract.product and o.start < now and (o.end or now) > since
    )
    down, reached = timedelta(), since
    for start, stop in spans:
        down += max(stop - max(start, reached), timedelta())
        reached = max(reached, stop)
    up = None if contract.availability is None else 1 - down / (now - since)
    return Service(contract.product, wilson(kept, len(judged)), up, len(spans))


def doubts(contract: Contract, today: date, soon: int = 90, exit_days: int = 365) -> list[str]:
    """Third-party risk: what is missing, has run out or runs out within `soon` days."""
    out = []
    for name, until in (("SOC 2 report", contract.soc2_until), ("ISO 27001 certificate", contract.iso27001_until)):
        if until is not None and until < today:
            out.append(f"{name} ran out {until}")
        elif until is not None and until <= today + timedelta(days=soon):
            out.append(f"{name} runs out {until}")
    if contract.soc2_until is None and contract.iso27001_until is None:
        out.append("no SOC 2 report and no ISO 27001 certificate on file")
    if not contract.data_location:
        out.append("data location unknown")
    if contract.critical_function:
        if contract.in_dora_register is not True:
            out.append("not in the DORA register" if contract.in_dora_register is False else "DORA register unknown")
        if contract.dora_clauses != "pass":
            told = {"fail": "contract clauses (DORA Art 28–30) missing", "unknown": "contract clauses unknown"}
            out.append(told[contract.dora_clauses])
        tested = contract.exit_plan_tested
        if tested is None:
            out.append("exit plan never tested")
        elif tested < today - timedelta(days=exit_days):
            out.append(f"exit plan tested {tested}, over a year ago")
    return [*out, *(f"breach: {one}" for one in contract.breaches)]


def days_left(stages: Sequence[SelectionStage], now_in: str) -> int | None:
    """Days of the stage a selection is in, counted in full, and of those after it; None for an unknown stage."""
    names = [stage.name for stage in stages]
    return sum(stage.days for stage in stages[names.index(now_in) :]) if now_in in names else None
