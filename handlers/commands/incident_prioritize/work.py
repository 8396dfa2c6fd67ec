"""What the answer is composed from: groups in order, how firm the order is, services, findings. Pure, in a thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from math import isclose

from connectors.models.cases import Case
from connectors.models.organisation import Service
from connectors.models.organisation.risk import IncidentFacts, Prioritisation, RunningClock
from handlers.analysis import clocks, clusters
from handlers.analysis.assets import Assets
from handlers.analysis.priority import Band, Firmness, Score, Weights, firmness, higher, percentile, ranked, weights_of
from handlers.commands.compliance_monitor import crises
from handlers.commands.incident_prioritize.gather import Sources
from handlers.commands.incident_prioritize.judge import Group, Item, judged
from handlers.core import cells
from handlers.core.fetch import rows


@dataclass(frozen=True, eq=False)
class Order:
    """Groups, first things first. `problems` are sentences on what could not be taken as written."""

    groups: tuple[Group, ...]
    scores: Mapping[str, Score]
    policy: Prioritisation
    weights: Weights
    firm: Firmness
    cases: int
    left_out: int
    problems: tuple[str, ...]
    now: datetime

    def value(self, group: Group) -> float:
        return self.scores[group.key].value

    def level(self, group: Group) -> Band:
        return higher(self.scores[group.key].band, group.standing.overrides.floor)

    @property
    def rated(self) -> bool:
        """Is any rating of any group known, by people or by a service's entry?"""
        return any(len(one.of.assumed) < len(one.of.ratings) for one in self.scores.values())

    def percentile(self, group: Group) -> float:
        return percentile(self.value(group), [self.value(one) for one in self.groups])

    def of(self, band: Band) -> list[Group]:
        return [one for one in self.groups if self.level(one) == band]


def order(sources: Sources, now: datetime, zone: str) -> Order:
    """Open real cases, grouped by shared hosts and accounts, put in order."""
    policy = sources.prioritisation
    weights, problems = _weights(policy)
    cases = rows(sources.cases)
    real = [one for one in cases if one.is_open and one.type == "real"]
    told, more = _facts(rows(sources.facts), cases)
    problems += more
    counted, doubts = _clocks(sources, now, zone)
    problems += doubts
    items = _items(sources, real, told, counted)
    by_id = {one.case.id: one for one in items}
    joined = clusters.clusters({one.case.id: one.entities for one in items})
    groups = {group.key: group for group in (judged([by_id[i] for i in ids], policy, now) for ids in joined)}
    standings = [group.standing for group in groups.values()]
    first = ranked(standings, weights)
    problems += _strangers(told.values(), rows(sources.services), sources.services.ok)
    scores = {one.key: one.score(weights) for one in first}
    return Order(
        tuple(groups[one.key] for one in first), scores, policy, weights, firmness(standings, weights),
        len(real), len(cases) - len(real), tuple(problems), now,
    )  # fmt: skip


def _weights(policy: Prioritisation) -> tuple[Weights, list[str]]:
    """The policy's weights, summing to 1, and a sentence when they had to be made to."""
    given = weights_of(policy)
    total = sum(astuple(given))
    if isclose(total, 1.0, abs_tol=1e-6):
        return given, []
    told = f"prioritisation.yaml: the four weights sum to {total:g}, not to 1: "
    if total == 0:
        return weights_of(Prioritisation()), [f"{told}the product's own count instead."]
    return given.scaled((1, 1, 1, 1)), [f"{told}they count in proportion."]


def _facts(facts: Sequence[IncidentFacts], cases: Sequence[Case]) -> tuple[dict[str, IncidentFacts], list[str]]:
    """The latest facts of each case, and sentences on those that say nothing here."""
    open_ids = {one.id for one in cases}
    told = {one.case_id: one for one in sorted(facts, key=lambda one: one.assessed_at)}
    gone = sorted(told.keys() - open_ids)
    problems = []
    if len(told) < len(facts):
        problems.append(
            f"incident_facts.yaml tells of {cells.counted(len(facts) - len(told), 'case')} twice: the latest counts."
        )
    if gone:
        which = cells.names([cells.shorten(one, 30) for one in gone])
        problems.append(f"incident_facts.yaml tells of cases that are not open: {which}; they do not count here.")
    return {key: one for key, one in told.items() if key in open_ids}, problems


def _strangers(told: object, services: Sequence[Service], readable: bool) -> list[str]:
    """Services that the facts name and that nobody listed."""
    known = {one.id for one in services}
    named = {a.service for facts in told for a in facts.affected}  # type: ignore[attr-defined]
    unknown = sorted(named - known)
    if not unknown or not readable:
        return []
    which = cells.names([cells.shorten(one, 40) for one in unknown])
    return [f"incident_facts.yaml names services that services.yaml does not have: {which}."]


def _clocks(sources: Sources, now: datetime, zone: str) -> tuple[dict[str, tuple[RunningClock, ...]], list[str]]:
    """Running clocks by case, from the triggers on file and in crises; a case that stands there has no others."""
    if not (sources.triggers.ok and sources.rules.ok and sources.profile.ok):
        return {}, []
    known = {one.case_id for one in rows(sources.triggers) if one.case_id and not one.closed}
    mine = [one for one in rows(sources.triggers) if one.case_id in known]
    profile, chats = next(iter(rows(sources.profile)), None), [one for one in rows(sources.crises) if one.case]
    there = crises.elsewhere(mine, chats)
    mine = [one for one in mine if one.id not in there]
    try:
        board = clocks.board(mine, rows(sources.rules), profile, now, zone)
    except ValueError as error:
        return {}, [f"Regulatory clocks could not be counted from incident_triggers.yaml: {error}."]
    board = crises.joined(board, crises.boards(chats, rows(sources.rules), profile, now, zone))
    out: dict[str, tuple[RunningClock, ...]] = {case: () for case in (*known, *(one.case for one in chats)) if case}
    for one in board.of("running", "due-soon", "overdue"):
        if one.due is not None and one.stage is not None and one.incident.case_id:
            running = RunningClock(
                regime=one.rule.regime,
                stage=one.stage.name,
                due_at=one.due.at,
                files=(one.scope.files if one.scope else "") or one.incident.owner,
            )
            out[one.incident.case_id] = (*out.get(one.incident.case_id, ()), running)
    return out, []


def _items(
    sources: Sources,
    cases: Sequence[Case],
    told: Mapping[str, IncidentFacts],
    counted: Mapping[str, tuple[RunningClock, ...]],
) -> list[Item]:
    services = rows(sources.services)
    assets, by_id = Assets(services), {one.id: one for one in services}
    matches = rows(sources.iocs)
    view = rows(sources.alerts)
    kept = [*(one.hosts for one in services), *(facts.entities for facts in told.values())]
    heard = [*(alert.hosts for alert in (view[0].alerts if view else ())), *(match.assets for match in matches)]
    known = frozenset(clusters.plain(host) for hosts in kept for host in hosts) - {""}
    known |= {name for hosts in heard for host in hosts if clusters.telling(name := clusters.plain(host))}
    seen: dict[str, int] = {}
    for match in matches:
        for asset in {clusters.plain(asset) for asset in match.assets}:
            seen[asset] = seen.get(asset, 0) + 1
    view_of = sources.ledger.value
    rules = clusters.rules_of(view_of.cases, [one.id for one in cases]) if view_of is not None else {}
    out = []
    for case in cases:
        facts = told.get(case.id)
        extra = [clusters.plain(one) for one in facts.entities] if facts else []
        entities = tuple(dict.fromkeys((*clusters.named_in(case.title, known), *extra)))
        named = [by_id[a.service] for a in facts.affected if a.service in by_id] if facts else []
        touched = {one.id: one for one in (*named, *assets.touched(entities))}
        hits = sum(seen.get(one, 0) for one in entities)
        running = counted.get(case.id, facts.clocks if facts else ())
        out.append(Item(case, entities, tuple(touched.values()), facts, rules.get(case.id, ""), hits, running))
    return out
