"""From cases and what is known around them to groups that can be put in order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf

from connectors.models.cases import Case
from connectors.models.organisation import Service
from connectors.models.organisation.risk import Affected, Certainty, IncidentFacts, Prioritisation, RunningClock
from handlers.analysis.priority import FACTOR, UNKNOWN, Impact, Overrides, Standing

NEAR_HOURS = 24.0
PARTS = ("functional", "information", "recoverability", "regulatory")


@dataclass(frozen=True, slots=True)
class Item:
    """One case with what belongs to it. `services`: those its hosts or its facts name."""

    case: Case
    entities: tuple[str, ...]
    services: tuple[Service, ...]
    facts: IncidentFacts | None
    rule: str = ""
    matches: int = 0
    clocks: tuple[RunningClock, ...] = ()


@dataclass(frozen=True, eq=False)
class Group:
    """Cases that share an entity, judged as one. `clocks`: running ones, earliest first; `basis`: of the certainty."""

    items: tuple[Item, ...]
    services: tuple[Service, ...]
    standing: Standing
    clocks: tuple[RunningClock, ...]
    signs: tuple[str, ...]
    basis: str

    @property
    def key(self) -> str:
        return self.standing.key

    @property
    def assessed(self) -> bool:
        """Has somebody recorded facts about one of its cases?"""
        return any(one.facts is not None for one in self.items)

    @property
    def jewel(self) -> bool:
        return any(one.crown_jewel for one in self.services) or any(
            one.facts is not None and one.facts.tier0_identity for one in self.items
        )

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(one.case.id for one in self.items)


def judged(items: Sequence[Item], policy: Prioritisation, now: datetime) -> Group:
    """The worst of each: certainty and signs of all cases, each service rated once."""
    order = sorted(items, key=lambda one: (one.case.created_at, one.case.id))
    services = tuple({service.id: service for one in order for service in one.services}.values())
    told = [one.facts for one in order if one.facts is not None]
    clocks = sorted((c for one in order for c in one.clocks if not c.filed), key=lambda c: c.due_at)
    certainties = [certainty(one, policy) for one in order]
    sure, basis = max(certainties, key=lambda pair: FACTOR[pair[0]])
    signs = _signs(order, policy)
    overrides = Overrides(
        safety=any(facts.safety for facts in told),
        clock=any(hours_left(clock, now) < NEAR_HOURS for clock in clocks),
        crown=any(
            found[0] == "confirmed" and (_jewel(one) or (one.facts is not None and one.facts.tier0_identity))
            for one, found in zip(order, certainties, strict=True)
        ),
        ransomware=any(facts.ransomware_precursors for facts in told)
        or len(_precursors(order, policy)) >= policy.precursor_count,
    )  # fmt: skip
    standing = Standing(
        order[0].case.id, impacts(services, told, policy), sure, len(signs), overrides,
        (due_first(order), order[0].case.id),
    )  # fmt: skip
    return Group(tuple(order), services, standing, tuple(clocks), signs, basis)


def due_first(items: Iterable[Item]) -> float:
    """Equal scores go by the desk's SLA: epoch seconds of the earliest due time, infinite when there is none."""
    return min((i.case.sla.due_at.timestamp() for i in items if i.case.sla and i.case.sla.due_at), default=inf)


def _jewel(item: Item) -> bool:
    return any(service.crown_jewel for service in item.services)


def _precursors(items: Iterable[Item], policy: Prioritisation) -> set[str]:
    return {one.rule for one in items} & set(policy.precursor_rules)


def hours_left(clock: RunningClock, now: datetime) -> float:
    """Negative when it is overdue."""
    return (clock.due_at - now).total_seconds() / 3600


def certainty(item: Item, policy: Prioritisation) -> tuple[Certainty, str]:
    """How sure, and by what: the facts, the desk's incident mark, its stage; otherwise suspected."""
    if item.facts is not None and item.facts.certainty is not None:
        return item.facts.certainty, "established"
    if item.case.incident:
        return "confirmed", "marked as incident at the desk"
    by_stage = {name.casefold(): value for name, value in policy.stages.items()}
    found = by_stage.get(item.case.stage.casefold())
    return (found, f"from stage {item.case.stage}") if found else ("suspected", "not established")


def _signs(items: Iterable[Item], policy: Prioritisation) -> tuple[str, ...]:
    by_tag = {tag.casefold(): sign for tag, sign in policy.momentum_tags.items()}
    found: set[str] = set()
    for one in items:
        found |= {by_tag[tag.casefold()] for tag in one.case.tags if tag.casefold() in by_tag}
        if one.facts is not None:
            found |= {sign for sign in ("spreading", "privileged", "exfiltration") if getattr(one.facts, sign)}
    return tuple(sorted(found))


def impacts(services: Sequence[Service], told: Sequence[IncidentFacts], policy: Prioritisation) -> tuple[Impact, ...]:
    """One impact a service (those that only the facts name too), or one for "no known service"."""
    listed = {service.id: service for service in services}
    affected = [one for facts in told for one in facts.affected]
    names = dict.fromkeys([*listed, *(one.service for one in affected)]) or {"": None}
    return tuple(
        _impact(name, listed.get(name), [one for one in affected if one.service == name], told, policy)
        for name in names
    )


def _impact(
    name: str,
    service: Service | None,
    affected: Sequence[Affected],
    told: Sequence[IncidentFacts],
    policy: Prioritisation,
) -> Impact:
    """Ratings people gave (the worst of them), else what the service's entry says, else UNKNOWN and named."""
    known = stand_in(service, policy)
    ratings: dict[str, int] = {}
    assumed: list[str] = []
    for part in PARTS:
        given = [value for one in affected if (value := getattr(one, part)) is not None]
        given = given or [value for facts in told if (value := getattr(facts, part)) is not None]
        found = max(given) if given else known.get(part)
        if found is None:
            assumed.append(part)
        ratings[part] = UNKNOWN if found is None else found
    return Impact(**ratings, service=name, assumed=tuple(assumed))


def stand_in(service: Service | None, policy: Prioritisation) -> Mapping[str, int]:
    """What a service's entry stands for until somebody has rated the incident; what it does not say is left out.

    Criticality for the function, the data class and regimes by the policy's ratings, the RTO by its edges.
    """
    if service is None:
        return {}
    found = {"functional": service.criticality}
    classes = {name.casefold(): rating for name, rating in policy.data_classes.items()}
    if service.data_class.casefold() in classes:
        found["information"] = classes[service.data_class.casefold()]
    if service.rto_hours is not None and policy.rto_hours is not None:
        found["recoverability"] = 5 - sum(service.rto_hours > edge for edge in policy.rto_hours)
    regimes = {name.casefold(): rating for name, rating in policy.regimes.items()}
    rated = [regimes[name.casefold()] for name in service.regimes if name.casefold() in regimes]
    if rated:
        found["regulatory"] = max(rated)
    elif "regimes" in service.model_fields_set and not service.regimes:
        found["regulatory"] = 1
    return found
