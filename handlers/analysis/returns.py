"""What an investment in detection would bring against what it costs: expected loss covered, or hours saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.models.organisation.detection import DetectionInvestment
from handlers.analysis.attack import Remap
from handlers.analysis.coverage import Scored, of


@dataclass(frozen=True, slots=True)
class Tuning:
    """What false positives of a rule cost a month, and when tuning has paid for itself (None: never)."""

    hours_per_month: float
    cost_per_month: float
    one_off: float
    saved_per_month: float
    payback_months: float | None


def tuning(  # noqa: PLR0917 - a formula's terms
    per_month: float,
    minutes: float,
    hourly: float,
    hours: float,
    share: float,
    price: float = 0,
    run_per_year: float = 0,
) -> Tuning:
    """410 a month × 12 min × 55 an hour = 4,510 a month; 16 h that remove 60 % pay back in 880/2,706 = 0.33 months."""
    spent = per_month * minutes / 60
    saved = spent * hourly * share
    one_off = hours * hourly + price
    net = saved - run_per_year / 12
    return Tuning(spent, spent * hourly, one_off, saved, one_off / net if net > 0 else None)


@dataclass(frozen=True, slots=True)
class Worth:
    """An investment judged. `ratio` = first year's benefit over first year's cost; None with `why`."""

    plan: DetectionInvestment
    delta: float | None
    benefit: float | None
    cost: float | None
    ratio: float | None
    payback_months: float | None
    why: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rates:
    """`per_month` and `minutes`: false positives and minutes each, by rule; None when the history did not answer."""

    hourly: float | None
    currency: str
    per_month: Mapping[str, float] | None
    minutes: Mapping[str, float]
    default_minutes: float


def worths(
    plans: Iterable[DetectionInvestment], techniques: Sequence[Scored], rates: Rates, remap: Remap
) -> list[Worth]:
    """Every investment, best ratio first; those that cannot be computed after, each with the reason."""
    found = [_worth(plan, techniques, rates, remap) for plan in plans]
    return sorted(found, key=lambda one: (one.ratio is None, -(one.ratio or 0), one.plan.id))


def _worth(plan: DetectionInvestment, techniques: Sequence[Scored], rates: Rates, remap: Remap) -> Worth:
    nothing = Worth(plan, None, None, None, None, None)
    if plan.currency != rates.currency:
        return replace(nothing, why=f"priced in {plan.currency}, and there is no rate to {rates.currency}")
    if plan.hours and rates.hourly is None:
        return replace(nothing, why="attack.yaml has no hourly_cost")
    one_off = plan.hours * (rates.hourly or 0) + plan.price
    nothing = replace(nothing, cost=one_off + plan.run_per_year)
    if plan.kind == "tuning":
        return _tuned(plan, rates, nothing)
    return _raised(plan, techniques, remap, nothing)


def _tuned(plan: DetectionInvestment, rates: Rates, nothing: Worth) -> Worth:
    if plan.rule is None or plan.removes_share is None:
        return replace(nothing, why="tuning needs a rule and removes_share")
    if rates.hourly is None:
        return replace(nothing, why="attack.yaml has no hourly_cost")
    if rates.per_month is None:
        return replace(nothing, why="the case history did not answer")
    if plan.rule not in rates.per_month:
        return replace(nothing, why=f"no case of rule {plan.rule} was judged in the window")
    found = tuning(
        rates.per_month[plan.rule], rates.minutes.get(plan.rule, rates.default_minutes), rates.hourly, plan.hours,
        plan.removes_share, plan.price, plan.run_per_year,
    )  # fmt: skip
    benefit = found.saved_per_month * 12
    return replace(nothing, benefit=benefit, ratio=_ratio(benefit, nothing.cost), payback_months=found.payback_months)


def _raised(plan: DetectionInvestment, techniques: Sequence[Scored], remap: Remap, nothing: Worth) -> Worth:
    """Benefit: rise of graded coverage × the scenario's annual loss expectancy."""
    aims: dict[str, int] = {}
    notes: list[str] = []
    known = {one.id for one in techniques}
    for aim in plan.raises:
        current = remap.current(aim.technique)
        if current is None or current not in known:
            notes.append(f"{aim.technique} is {'retired' if current is None else 'not in scope'} and adds nothing")
            continue
        if current != aim.technique:
            notes.append(f"{aim.technique} is read as {current}")
        aims[current] = max(aim.to, aims.get(current, aim.to))
    before = of(techniques).graded
    after = of(replace(one, score=max(one.score, aims.get(one.id, one.score))) for one in techniques).graded
    said = tuple(notes)
    if before is None or after is None:
        return replace(nothing, why="no technique is in scope", notes=said)
    delta = after - before
    if plan.ale is None:
        return replace(nothing, delta=delta, why="no annual loss expectancy (ale) is given", notes=said)
    benefit = delta * plan.ale
    saved, run = benefit / 12, plan.run_per_year / 12
    cost = nothing.cost or 0
    payback = (cost - plan.run_per_year) / (saved - run) if saved > run else None
    return replace(
        nothing, delta=delta, benefit=benefit, ratio=_ratio(benefit, nothing.cost), payback_months=payback, notes=said,
        why="" if cost else "no cost is given",
    )  # fmt: skip


def _ratio(benefit: float, cost: float | None) -> float | None:
    return benefit / cost if cost else None
