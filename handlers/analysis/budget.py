"""Plan against actual, and where the year ends: phased variance, two estimates at completion, unit costs.

Estimate at completion (EAC) by run rate = actual / share of the plan that was due; by commitments = actual + orders not
yet booked + plan of the remaining months (less the orders that this plan already holds).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from connectors.models.organisation.money import BudgetLine
from handlers.analysis.currency import Rates


@dataclass(frozen=True, slots=True)
class Position:
    """A line or a sum of lines, in one currency. `due`: the plan up to the last booked day."""

    name: str
    kind: str
    plan: float
    due: float
    actual: float
    committed: float
    run_rate: float | None
    """Estimate at completion by run rate; None when nothing was due yet."""
    by_orders: float
    """Estimate at completion by commitments."""

    @property
    def variance(self) -> float:
        return self.actual - self.due

    @property
    def share(self) -> float | None:
        """Variance over what was due."""
        return self.variance / self.due if self.due else None

    @property
    def index(self) -> float | None:
        """What was due for each unit spent: above 1 under plan (like a cost performance index)."""
        return self.due / self.actual if self.actual else None

    @property
    def worst(self) -> float:
        """The larger of the two estimates."""
        return max(self.by_orders, self.run_rate if self.run_rate is not None else self.by_orders)

    @property
    def over(self) -> float | None:
        """The larger estimate over the plan, as a share of the plan."""
        return self.worst / self.plan - 1 if self.plan else None


@dataclass(frozen=True, slots=True)
class Budget:
    """`lines` in the order of the file; `total` of those that could be converted; `problems` in sentences."""

    year: int
    currency: str
    start: date
    as_of: date | None
    """The last booked day of the line that is furthest behind; `until` of the one furthest ahead."""
    until: date | None
    lines: tuple[Position, ...]
    total: Position | None
    problems: tuple[str, ...]
    unconverted: tuple[str, ...]
    """Currencies without a rate."""
    capex: float
    """Plan that is capitalised."""
    shared: tuple[str, ...]
    """Categories whose cost is shared with another budget."""


def fiscal_year(today: date, starts: int) -> int:
    """The year that contains a day, named after the calendar year it ends in."""
    return today.year + (1 if starts > 1 and today.month >= starts else 0)


def year_start(year: int, starts: int) -> date:
    """First day of a fiscal year."""
    return date(year if starts == 1 else year - 1, starts, 1)


def months_done(start: date, as_of: date) -> float:
    """Fiscal months booked by the end of a day, 0 to 12; a month in part counts by its days."""
    whole = (as_of.year - start.year) * 12 + as_of.month - start.month
    part = as_of.day / monthrange(as_of.year, as_of.month)[1]
    return min(max(whole + part, 0.0), 12.0)


def due(line: BudgetLine, done: float) -> float:
    """Plan of the months done: by month where the line says so, otherwise in twelfths.

    Raises ValueError when the months are not twelve or do not add up to the plan.
    """
    if not line.months:
        return line.plan * done / 12
    if len(line.months) != 12:
        raise ValueError(f"budget line {line.id} phases {len(line.months)} months, 12 are needed")
    if abs(sum(line.months) - line.plan) > max(1.0, abs(line.plan) * 1e-4):
        raise ValueError(f"budget line {line.id}: its months add up to {sum(line.months):,.0f}, not {line.plan:,.0f}")
    whole = int(done)
    part = (done - whole) * line.months[whole] if whole < 12 else 0.0
    return sum(line.months[:whole]) + part


def position(line: BudgetLine, start: date) -> Position:
    """One line in its own currency. Raises ValueError as `due` does."""
    planned = due(line, months_done(start, line.as_of))
    share = planned / line.plan if line.plan else 0.0
    orders = line.committed - min(line.committed_in_plan, line.committed)
    return Position(
        line.category,
        line.kind,
        line.plan,
        planned,
        line.actual,
        line.committed,
        line.actual / share if share > 0 else None,
        line.actual + orders + line.plan - planned,
    )


def budget(lines: Sequence[BudgetLine], year: int, start: date, rates: Rates) -> Budget:
    """All lines of a fiscal year in the reporting currency; a line that cannot be used is a sentence."""
    mine = [line for line in lines if line.year == year]
    found: list[Position] = []
    problems: list[str] = []
    for line in mine:
        factor = rates.convert(1.0, line.currency)
        if factor is None:
            problems.append(
                f"{line.category} is in {line.currency} and no rate to {rates.to} is on file (fx_rates.yaml): "
                f"{line.actual:,.0f} {line.currency} spent is not in the total."
            )
            continue
        if line.as_of < start:
            problems.append(f"{line.category} is booked until {line.as_of} only, before the year began: left out.")
            continue
        try:
            found.append(_scaled(position(line, start), factor))
        except ValueError as error:
            problems.append(f"{line.category} is left out: {error}.")
    convertible = {line.id: rates.convert(1.0, line.currency) or 0.0 for line in mine}
    return Budget(
        year, rates.to, start, min((line.as_of for line in mine), default=None),
        max((line.as_of for line in mine), default=None), tuple(found), total(found),
        tuple(problems), rates.missing(line.currency for line in mine),
        sum(line.plan * convertible[line.id] for line in mine if line.nature == "capex"),
        tuple(f"{line.category} ({line.shared_with})" for line in mine if line.shared_with),
    )  # fmt: skip


def _scaled(one: Position, factor: float) -> Position:
    run = None if one.run_rate is None else one.run_rate * factor
    return replace(
        one, plan=one.plan * factor, due=one.due * factor, actual=one.actual * factor,
        committed=one.committed * factor, run_rate=run, by_orders=one.by_orders * factor,
    )  # fmt: skip


def total(lines: Sequence[Position], name: str = "Total", kind: str = "") -> Position | None:
    """The sum; a line without a run rate counts with its estimate by commitments. None for no line."""
    if not lines:
        return None
    run = sum(p.by_orders if p.run_rate is None else p.run_rate for p in lines)
    return Position(
        name, kind, sum(p.plan for p in lines), sum(p.due for p in lines), sum(p.actual for p in lines),
        sum(p.committed for p in lines), run, sum(p.by_orders for p in lines),
    )  # fmt: skip


def of_kind(lines: Iterable[Position], kind: str) -> Position | None:
    """The sum of a kind; None when no line has it."""
    return total([p for p in lines if p.kind == kind], kind.capitalize(), kind)


def unit_cost(spent: float, units: int | None) -> float | None:
    """Cost of one; None without any."""
    return spent / units if units else None


@dataclass(frozen=True, slots=True)
class NextYear:
    """Next year's plan under a scenario, with inflation where it is given; `change` against this year's plan."""

    name: str
    change: float
    amount: float
    real: float | None
    """What it buys in this year's prices; None without inflation."""


def next_year(plan: float, name: str, change: float, inflation: float | None) -> NextYear:
    """A changed nominal budget and its worth in today's prices."""
    amount = plan * (1 + change)
    return NextYear(name, change, amount, None if inflation is None else amount / (1 + inflation))
