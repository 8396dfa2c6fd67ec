"""Which severity to propose and why: criteria somebody says are met, else the signs of the case. Pure.

The table is this product's default, not a standard; people confirm or change what it proposes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from connectors.models.organisation.crisis import CrisisPolicy, Tier
from connectors.models.organisation.risk import Certainty, IncidentFacts
from handlers.core.errors import BadFlag


class Proposal(BaseModel):
    """What a preview proposed: kept, so that this is what is declared. `notices`: what could not be read."""

    model_config = ConfigDict(frozen=True)

    tier: Tier
    reason: str
    criteria: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of a case: established facts, and the desk's priority ("" not known)."""

    safety: bool = False
    spreading: bool = False
    exfiltration: bool = False
    tier0: bool = False
    precursors: bool = False
    privileged: bool = False
    certainty: Certainty | None = None
    priority: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    tier: Tier
    holds: Callable[[Signs], bool]
    words: str


TABLE: tuple[Row, ...] = (
    Row(1, lambda s: s.safety, "life or safety of people is at risk"),
    Row(1, lambda s: s.spreading, "it is spreading"),
    Row(1, lambda s: s.exfiltration and s.certainty == "confirmed", "exfiltration is confirmed"),
    Row(1, lambda s: s.tier0 and s.certainty == "confirmed", "the identity tier is compromised, confirmed"),
    Row(2, lambda s: s.tier0, "the identity tier is touched"),
    Row(2, lambda s: s.exfiltration, "exfiltration is likely"),
    Row(2, lambda s: s.precursors, "precursors of ransomware were seen"),
    Row(2, lambda s: s.privileged, "privileged accounts are involved"),
    Row(2, lambda s: s.certainty == "confirmed", "a compromise is confirmed"),
    Row(2, lambda s: s.priority == "critical", "the desk's priority is critical"),
    Row(3, lambda s: True, "a compromise is suspected, nothing more is established"),
)
"""Read from above: the first row that holds gives the severity."""


def signs_of(facts: IncidentFacts | None, priority: str) -> Signs:
    """What the organisation has established about the case, and its priority at the desk."""
    if facts is None:
        return Signs(priority=priority)
    return Signs(
        safety=facts.safety,
        spreading=facts.spreading,
        exfiltration=facts.exfiltration,
        tier0=facts.tier0_identity,
        precursors=facts.ransomware_precursors,
        privileged=facts.privileged,
        certainty=facts.certainty,
        priority=priority,
    )


def by_signs(signs: Signs) -> tuple[Tier, str]:
    """The severity, and every sign that makes it at least that."""
    first = next(row for row in TABLE if row.holds(signs))
    said = [row.words for row in TABLE if row.tier == first.tier and row.holds(signs)]
    return first.tier, "; ".join(said)


def nearest(tier: Tier, policy: CrisisPolicy) -> Tier:
    """The policy's level of this tier; where it has none, the nearest one, rather the worse."""
    return min((level.tier for level in policy.levels), key=lambda one: (abs(one - tier), one))


def coded(policy: CrisisPolicy) -> dict[str, tuple[Tier, str]]:
    """Criteria by the code people type: "1.2" is the second one of SEV1."""
    levels = sorted(policy.levels, key=lambda level: level.tier)
    return {f"{one.tier}.{n}": (one.tier, text) for one in levels for n, text in enumerate(one.criteria, start=1)}


def criteria_met(said: str, policy: CrisisPolicy) -> tuple[tuple[Tier, str], ...]:
    """ "1.2, 2.1", or words that stand in exactly one criterion. BadFlag lists the criteria for anything else."""
    known = coded(policy)
    found: list[tuple[Tier, str]] = []
    for part in (piece.strip() for piece in said.split(",")):
        hits = (
            [known[part]] if part in known else [one for one in known.values() if part.casefold() in one[1].casefold()]
        )
        if part and len(hits) != 1:
            choices = [f"{code} {text}" for code, (_, text) in known.items()]
            raise BadFlag("--criteria", f"“{part[:60]}” is {'several criteria' if hits else 'no criterion'}.", choices)
        found += hits if part else []
    return tuple(dict.fromkeys(found))
