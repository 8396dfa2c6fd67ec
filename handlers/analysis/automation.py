"""What automating a piece of work would give back, in hours a month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.models.organisation.process import Automation, PlaybookRun

GUARDRAIL = {
    "read-only": "may run by itself",
    "reversible": "a person approves each action",
    "irreversible": "a person does it; prepare only",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the score rests on; a field None could not be found out. `measured` names the fields that were measured."""

    volume: float | None
    minutes: float | None
    failure: float | None
    measured: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """`hours` a month given back, `low` to `high` with the estimate's spread; `net` after running it; `payback` months
    until the build is earned back, None when it never is. `first_year`: hours after building and running.
    """

    item: Automation
    facts: Facts
    handled: float
    hours: float
    low: float
    high: float
    net: float
    payback: float | None
    first_year: float

    @property
    def guardrail(self) -> str:
        return GUARDRAIL[self.item.action]


def score_hours(volume: float, minutes: float, share: float, failure: float) -> float:
    """volume/month × min/60 × automatable share × (1 − failure)."""
    return volume * minutes / 60 * share * (1 - failure)


def facts(
    item: Automation, volumes: Mapping[str, float] | None, minutes: Mapping[str, float], runs: Iterable[PlaybookRun]
) -> Facts:
    """What the organisation says of the item, measured where it says nothing. A type without a case has volume 0."""
    mine = [run for run in runs if run.playbook == item.playbook]
    total, failed = sum(run.runs for run in mine), sum(run.failed for run in mine)
    volume = None if volumes is None else volumes.get(item.case_type, 0.0)
    found = {
        "volume": (item.volume_per_month, volume),
        "minutes": (item.minutes, minutes.get(item.case_type)),
        "failure": (item.failure, failed / total if total else None),
    }
    values = {name: measured if said is None else said for name, (said, measured) in found.items()}
    measured = tuple(name for name, (said, value) in found.items() if said is None and value is not None)
    return Facts(values["volume"], values["minutes"], values["failure"], measured)


def scored(item: Automation, told: Facts) -> Scored | None:
    """The score; None when a fact is missing: an unknown is not a zero."""
    if told.volume is None or told.minutes is None or told.failure is None:
        return None
    hours = score_hours(told.volume, told.minutes, item.share, told.failure)
    net = hours - item.run_hours_per_month
    payback = item.build_hours / net if net > 0 else None
    return Scored(
        item,
        told,
        told.volume * told.minutes / 60,
        hours,
        hours * (1 - item.spread),
        hours * (1 + item.spread),
        net,
        payback,
        12 * net - item.build_hours,
    )


def ranked(found: Iterable[Scored]) -> list[Scored]:
    """Most hours a month after running first; ties by the shorter payback, then the id."""
    return sorted(found, key=lambda s: (-s.net, s.payback if s.payback is not None else float("inf"), s.item.id))


def overfull(items: Sequence[Automation]) -> list[tuple[str, float]]:
    """Types of which more than everything would be automated: their hours are counted twice."""
    shares: dict[str, float] = defaultdict(float)
    for item in items:
        shares[item.case_type] += item.share
    return sorted((name, share) for name, share in shares.items() if share > 1 + 1e-9)
