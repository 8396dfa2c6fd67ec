"""Evidence with its chain of custody, and what the crisis costs: both append-only, for the review and for others."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime

from handlers.core.errors import NotFound
from handlers.crisis.base import Event, Fixed, Who
from messages.document import Strong, Text, spans

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis


class Hand(Fixed):
    """One link of the chain: who gave it to whom, where it is since, who said so. `giver` "" for the first."""

    giver: str = ""
    holder: str
    place: str = ""
    at: AwareDatetime
    by: Who


class Evidence(Fixed):
    """`id` "E1" …; `digest` SHA-256 of the copy, where there is one; `hands` in order, never empty."""

    id: str
    text: str
    digest: str = ""
    hands: tuple[Hand, ...]


class Cost(Fixed):
    """Money spent or promised; `currency` ISO 4217. Sums are per currency: nothing is converted."""

    id: str
    amount: Decimal
    currency: str
    text: str
    at: AwareDatetime
    by: Who


def found_evidence(crisis: Crisis, said: str) -> Evidence:
    """The evidence with this id, in any case; NotFound lists what there is."""
    for one in crisis.evidence:
        if one.id == said.upper():
            return one
    there = ", ".join(one.id for one in crisis.evidence) or "none"
    raise NotFound(f"There is no evidence {said[:40]}.", f"There is: {there}.")


def totals(costs: tuple[Cost, ...]) -> dict[str, Decimal]:
    """Currency → sum, in the order of first use."""
    sums: dict[str, Decimal] = {}
    for one in costs:
        sums[one.currency] = sums.get(one.currency, Decimal()) + one.amount
    return sums


def _held(hand: Hand) -> str:
    place = f", {hand.place}" if hand.place else ""
    return f"{hand.giver} → {hand.holder}{place}" if hand.giver else f"{hand.holder}{place}"


class EvidenceKept(Event):
    kind: Literal["evidence kept"] = "evidence kept"
    evidence: Evidence

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis.model_copy(update={"evidence": (*crisis.evidence, self.evidence)})

    def line(self, crisis: Crisis) -> Text:
        one = self.evidence
        digest = f", SHA-256 {one.digest}" if one.digest else ""
        return spans(f"Evidence {one.id}: ", Strong(text=one.text), f" ({_held(one.hands[-1])}{digest})")


class EvidenceMoved(Event):
    kind: Literal["evidence moved"] = "evidence moved"
    evidence: str
    hand: Hand
    reason: str = ""

    def apply(self, crisis: Crisis) -> Crisis:
        old = found_evidence(crisis, self.evidence)
        new = old.model_copy(update={"hands": (*old.hands, self.hand)})
        kept = tuple(new if one.id == new.id else one for one in crisis.evidence)
        return crisis.model_copy(update={"evidence": kept})

    def line(self, crisis: Crisis) -> Text:
        because = f": {self.reason}" if self.reason else ""
        return spans(f"Evidence {self.evidence} handed over, {_held(self.hand)}{because}")


class CostNoted(Event):
    kind: Literal["cost noted"] = "cost noted"
    cost: Cost

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis.model_copy(update={"costs": (*crisis.costs, self.cost)})

    def line(self, crisis: Crisis) -> Text:
        one = self.cost
        return spans(f"Cost {one.id}: ", Strong(text=f"{one.amount:,} {one.currency}"), f" {one.text}")


EVENTS: tuple[type[Event], ...] = (EvidenceKept, EvidenceMoved, CostNoted)
"""Not told in the rooms: what is held where and what is spent is for who asks."""
