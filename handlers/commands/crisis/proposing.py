"""The severity a declaration proposes: said, by criteria, by what is known of the case, or the middle one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.models.organisation.crisis import CrisisPolicy
from connectors.models.organisation.risk import IncidentFacts
from handlers.core.cases import DESK, detail
from handlers.core.fetch import Got, fetch, rows
from handlers.core.soc import Soc
from handlers.crisis.base import Refused
from handlers.crisis.severity import Proposal, Signs, by_signs, criteria_met, nearest, signs_of

if TYPE_CHECKING:
    from handlers.commands.crisis.declare import DeclareArgs

DESK_SECONDS = 4.0
"""A declaration waits no longer for the desk."""


async def proposed(args: DeclareArgs, policy: CrisisPolicy, soc: Soc) -> Proposal:
    """Refused: a milder severity than the criteria that are met, without a reason; NotFound: the desk has no such
    case; BadFlag: no such criterion."""
    met = criteria_met(args.criteria, policy) if args.criteria else ()
    worst = min((tier for tier, _ in met), default=None)
    words = tuple(text for _, text in met)
    if args.severity:
        tier = int(args.severity)
        if worst is not None and tier > worst and not args.reason:
            raise Refused(f"“{words[0]}” makes it SEV{worst}: a milder severity needs its reason.", "--reason TEXT")
        return Proposal(tier=tier, reason=args.reason or "; ".join(words) or "as declared", criteria=words)
    if worst is not None:
        return Proposal(tier=worst, reason=f"met: {'; '.join(words)}", criteria=words)
    if not args.case:
        tiers = sorted(level.tier for level in policy.levels)
        none = "proposed: nobody has said yet which criterion is met"
        return Proposal(tier=tiers[len(tiers) // 2], reason=args.reason or none)
    signs, notices = await _signs(args.case, soc)
    tier, why = by_signs(signs)
    if notices and signs == Signs():
        why = "proposed: nothing of the case could be read"
        tier = 2
    return Proposal(tier=nearest(tier, policy), reason=f"case {args.case}: {why}", notices=notices)


async def _signs(case: str, soc: Soc) -> tuple[Signs, tuple[str, ...]]:
    """What is known of the case, and what could not be read."""
    desk = await fetch(DESK, detail(soc, case), DESK_SECONDS)
    facts = await fetch("Incident facts", soc.organisation.read(IncidentFacts))
    established = next((one for one in rows(facts) if one.case_id == case), None)
    notices = lacks(desk, facts)
    if notices:
        notices = (*notices, "The severity rests on what could be read; change it with --severity or --criteria.")
    return signs_of(established, desk.value.case.priority if desk.value else ""), notices


def lacks(*asked: Got[Any]) -> tuple[str, ...]:
    """The sentences of what did not answer."""
    return tuple(got.source.note for got in asked if not got.ok)
