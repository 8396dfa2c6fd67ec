"""Plan against actual, unit costs, scenarios, places and losses."""

from __future__ import annotations

from datetime import timedelta

from connectors.models.organisation import HandlingTime, Person, StaffingPolicy
from connectors.models.organisation.money import BudgetScenario, FxRate, Headcount, RiskScenario
from connectors.models.reading import Window
from handlers.analysis import affordable, budget, demand, loss, slices
from handlers.commands.budget_plan.work import Inputs, Plan
from handlers.core import cells
from messages.document import Block, Bullets, Context, Fact, Facts, Heading, Text, Value, spans, typed
from messages.prose import quantity

WEEKS_BACK = 12
UNITS = (
    ("budget.per_case", "A case"), ("budget.per_true_positive", "A true positive"), ("budget.per_alert", "An alert"),
    ("budget.per_endpoint", "An endpoint, a year"), ("budget.share.security", "Of the security budget"),
    ("budget.share.it", "Of the IT budget"),
)  # fmt: skip


def amount(value: float | None) -> str:
    """A rounded amount without its currency; a dash for none."""
    return cells.NONE if value is None else f"{value:,.0f}".replace("-", "−")


def signed(share: float | None) -> str:
    """+3.3 %."""
    return cells.NONE if share is None else f"{share * 100:+.1f} %".replace("-", "−")


def lines(plan: Plan) -> list[Block]:
    """Each line of the year, and the total."""
    told = plan.budget
    if told is None or told.total is None:
        return []
    rows = [_line(one) for one in (*told.lines, told.total)]
    labels = ("Category", ">Plan", ">Spent", ">Against plan to date", ">%", ">End by run rate", ">End by orders")
    out: list[Block] = [cells.table(f"Budget {told.year} in {told.currency}, booked to {told.as_of}", labels, rows)]
    small = [f"Capitalised: {amount(told.capex)} of the plan." if told.capex else "All lines are expensed."]
    if told.shared:
        small.append(f"Shared costs, the SOC's part only: {cells.names(told.shared)}.")
    small += [f"1 {r.currency} = {r.rate:g} {r.to} of {r.as_of} ({cells.shorten(r.source, 60)})." for r in _used(plan)]
    spent = () if told.total.index is None else (" Plan to date per unit spent: ", Value(figure="budget.index"), ".")
    return [*out, Context(text=spans(" ".join(small), *spent))]


def _used(plan: Plan) -> tuple[FxRate, ...]:
    return plan.rates.used([*(r.contract.currency for r in plan.renewals or ()), *plan.currencies])


def _line(one: budget.Position) -> tuple[Text, ...]:
    return cells.row(
        cells.shorten(one.name, 40), amount(one.plan), amount(one.actual), amount(one.variance), signed(one.share),
        amount(one.run_rate), amount(one.by_orders),
    )  # fmt: skip


def units(plan: Plan, held: set[str]) -> list[Block]:
    """Cost of one, as facts: never a headline."""
    told = tuple(Fact(label=label, text=spans(Value(figure=i))) for i, label in UNITS if i in held)
    if not told:
        return []
    text = "Cost of an alert falls when noise rises: read it with the true positives, never alone."
    return [Heading(text="Cost of one"), Facts(facts=told), Context(text=spans(text))]


def places(inputs: Inputs, plan: Plan) -> list[Block]:
    """Budgeted against filled places; cost at the budgeted rates."""
    rows, cost, lacking = [], 0.0, 0
    for place in inputs.rows(Headcount):
        there = affordable.filled(inputs.rows(Person), place.tier, plan.times.today) if inputs.ok(Person) else None
        price = plan.rates.convert(place.fte * place.rate, place.currency)
        cost, lacking = cost + (price or 0.0), lacking + (price is None)
        vacant = cells.NONE if there is None else f"{place.fte - there:g}".replace("-", "−")
        rows.append(
            cells.row(f"{place.tier}", cells.shorten(place.role, 50), f"{place.fte:g}",
                      None if there is None else f"{there:g}", vacant, amount(price))
        )  # fmt: skip
    if not rows:
        return []
    people = budget.of_kind(plan.budget.lines, "people") if plan.budget else None
    text = f"All places filled cost {amount(cost)} {plan.rates.to} a year at the budgeted rates"
    text += f"; the people lines plan {amount(people.plan)}." if people else "."
    text += f" {cells.counted(lacking, 'tier')} without a currency rate left out." if lacking else ""
    labels = ("Tier", "Role", ">Budgeted FTE", ">Filled", ">Vacant", f">Cost, {plan.rates.to}")
    return [cells.table("Places", labels, rows), Context(text=spans(text))]


def scenarios(inputs: Inputs, plan: Plan) -> list[Block]:
    """Less, the same, more: the money, what it buys, and what becomes of service."""
    total = plan.budget.total if plan.budget else None
    kept = inputs.rows(BudgetScenario)
    if total is None or not kept:
        return []
    work = _work(inputs, plan)
    rows, items = [], []
    for one in kept:
        money = budget.next_year(total.plan, one.name, one.change, plan.finance.inflation)
        served = None
        if work is not None:
            came, minutes, policy, people = work
            served = affordable.service(came, minutes, people + one.fte, policy)
        rows.append(
            cells.row(
                cells.shorten(one.name, 40), amount(money.amount), amount(money.real),
                None if served is None else f"{served.fte:g}",
                None if served is None or served.in_time is None else quantity(served.in_time, "share"),
                None if served is None else f"{served.short_hours}",
            )
        )  # fmt: skip
        if one.measures:
            items.append(
                spans(f"{cells.shorten(one.name, 40)}: {'; '.join(cells.shorten(m, 120) for m in one.measures)}.")
            )
    labels = (
        "Next year",
        f">{plan.rates.to}",
        ">In today's prices",
        ">FTE in seats",
        ">Answered in time",
        ">Hours short",
    )
    out: list[Block] = [cells.table("Scenarios", labels, rows)]
    return [*out, *([Bullets(items=tuple(items))] if items else []), Context(text=typed(_assumed(inputs, plan, work)))]


Work = tuple[demand.Arrivals, float, StaffingPolicy, float]


def _work(inputs: Inputs, plan: Plan) -> Work | None:
    """Arrivals, hands-on minutes and people, when all that service needs is there."""
    view = inputs.ledger.value if inputs.ledger else None
    policy = inputs.rows(StaffingPolicy)
    if view is None or not inputs.ok(Person) or not policy:
        return None
    end = plan.times.now.replace(minute=0, second=0, microsecond=0)
    window = Window(end - timedelta(weeks=WEEKS_BACK), end)
    came = demand.arrivals(view.cases, window, plan.times.zone)
    each = demand.handling(
        slices.opened(view.cases, window), inputs.rows(HandlingTime), policy[0].default_handling_minutes
    )
    return came, each.minutes, policy[0], affordable.seated(inputs.rows(Person), plan.times.today)


def _assumed(inputs: Inputs, plan: Plan, work: Work | None) -> str:
    finance = plan.finance
    text = "No inflation is on file (finance.yaml): amounts are nominal."
    if finance.inflation is not None:
        text = (
            f"Inflation {quantity(finance.inflation, 'share')} a year: {cells.shorten(finance.inflation_basis, 120)}."
        )
    if work is None:
        return f"{text} Service needs the case ledger, roster and staffing policy: left out."
    policy = work[2]
    rough = "" if inputs.ok(HandlingTime) else " Handling times are the assumed ones."
    return (
        f"{text} Answered in time: Erlang C within {policy.service_minutes:g} min on the last {WEEKS_BACK} weeks' "
        f"arrivals, people of tiers 1 to 3 spread over the week at best (`resources plan` has the real roster). Hours "
        f"short: of 168, below {policy.min_on_shift} on shift.{rough}"
    )


def losses(inputs: Inputs, plan: Plan) -> list[Block]:
    """Annual loss, return on the measure, and the simulated year."""
    rows, notes, dry = [], [], []
    for one in inputs.rows(RiskScenario):
        told = loss.rosi(one.aro, one.sle, one.mitigation, one.cost)
        year = None
        if one.frequency is not None and one.loss is not None:
            try:
                year = loss.simulate(one.frequency, one.loss, one.threshold)
            except ValueError as error:
                notes.append(f"{cells.shorten(one.name, 60)} is not simulated: {error}.")
        simulated = (amount(year.mean), amount(year.p50), amount(year.p90)) if year else (None, None, None)
        beyond = None
        if year is not None and year.beyond is not None:
            beyond = f"{quantity(round(year.beyond, 3), 'share')} over {amount(year.threshold)}"
        if year is not None and year.p50 == 0:
            dry.append(cells.shorten(one.name, 60))
        rows.append(
            cells.row(cells.shorten(one.name, 60), f"{amount(told.ale)} {one.currency}", signed(told.value),
                      *simulated, beyond)
        )  # fmt: skip
        price = f"{amount(one.cost)} {one.currency} a year"
        notes.append(f"{cells.shorten(one.measure, 90)} at {price}; {cells.shorten(one.basis, 90)}.")
    if not rows:
        return []
    text = (
        "ALE = times a year × loss each time; ROSI = (ALE × mitigation − cost) / cost, easily manipulated as ENISA "
        f"(2012) itself warns. Simulated: {loss.DRAWS:,} years, Poisson × PERT, seed {loss.SEED}. "
    )
    median = f"The median year of {cells.names(dry)} is 0: most years nothing. " if dry else ""
    labels = ("Loss", ">ALE", ">ROSI", ">Mean year", ">P50", ">P90", ">Chance")
    return [cells.table("Risk in money", labels, rows), Context(text=spans(median + text + " ".join(notes)))]
