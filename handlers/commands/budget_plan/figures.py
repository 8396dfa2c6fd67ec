"""The budget's figures, each with its definition."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.analysis import budget, licences
from handlers.commands.budget_plan.work import Plan
from handlers.core.book import Book

RUN_RATE = (
    "What was booked over the share of the plan that was due by then (phased by month where the line is, otherwise in "
    "twelfths); a line with nothing due yet counts with its estimate by orders"
)
BY_ORDERS = (
    "Booked + ordered and not booked + plan of the remaining months, less the orders which that plan already holds"
)


def add_budget(book: Book, plan: Plan) -> None:
    """Totals of the year, and training by itself."""
    told = plan.budget
    if told is None or told.total is None:
        return
    one, money, n = told.total, {"currency": told.currency, "n": len(told.lines)}, len(told.lines)
    year = f"fiscal year {told.year}, all lines that could be converted to {told.currency} (n)"
    book.add("budget.plan", "Plan of the year", one.plan, "money", f"Plan, {year}.", statistic="sum", **money)
    book.add("budget.actual", "Spent", one.actual, "money", f"Booked until {told.as_of}, {year}.", statistic="sum",
             **money)  # fmt: skip
    book.add("budget.due", "Plan to date", one.due, "money",
             f"Plan due by each line's last booked day, phased where the line is, {year}.", statistic="sum",
             **money)  # fmt: skip
    book.add("budget.variance", "Spent less plan to date", one.variance, "money",
             f"Booked less what was due by each line's last booked day, {year}; above 0 is over.", statistic="sum",
             target=0, better="lower", **money)  # fmt: skip
    book.add("budget.variance.share", "Over plan to date", one.share, "share",
             f"Booked less due, over due, {year}.", statistic="share", n=n,
             note="" if one.share is not None else "nothing was due yet")  # fmt: skip
    book.add("budget.index", "Plan to date per unit spent", one.index, "ratio",
             f"What was due over what was booked, {year}: below 1 is faster than planned (like a CPI).",
             statistic="ratio", n=n, note="" if one.index is not None else "nothing is booked yet")  # fmt: skip
    book.add("budget.eac.run_rate", "Year's end by run rate", one.run_rate, "money", f"{RUN_RATE}; {year}.",
             statistic="sum", target=one.plan, better="lower", **money)  # fmt: skip
    book.add("budget.eac.orders", "Year's end by orders", one.by_orders, "money", f"{BY_ORDERS}; {year}.",
             statistic="sum", target=one.plan, better="lower", **money)  # fmt: skip
    book.add("budget.over", "Year's end over plan", one.over, "share",
             "The larger of the two estimates over the plan, less 1.", statistic="share", n=n,
             note="" if one.over is not None else "the plan is 0")  # fmt: skip
    training = budget.of_kind(told.lines, "training")
    if training is not None:
        book.add("budget.training.variance", "Training against plan to date", training.share, "share",
                 "Booked less due, over due, of the training lines: training not bought is a red flag, not a saving.",
                 statistic="share", n=sum(line.kind == "training" for line in told.lines),
                 note="" if training.share is not None else "nothing was due yet")  # fmt: skip


def add_units(book: Book, work: Book, plan: Plan) -> None:
    """Cost of one, never a headline: an alert gets cheaper when noise rises. `work` has the ledger as a source."""
    told = plan.budget
    if told is None or told.total is None:
        return
    spent, finance = told.total.actual, plan.finance
    uneven = (
        ""
        if told.as_of == told.until
        else f"lines are booked until {told.as_of} to {told.until}, work is counted to the first"
    )
    if plan.volumes is not None:
        counts = plan.volumes
        for name, label, number, what in (
            ("alert", "Cost of an alert", counts.alerts, "alerts grouped into cases"),
            ("case", "Cost of a case", counts.cases, "real cases opened"),
            ("true_positive", "Cost of a true positive", counts.true_positives,
             "cases opened and closed as malicious; fully loaded, all other work included"),
        ):  # fmt: skip
            told_cost = budget.unit_cost(spent, number)
            work.over(plan.window).add(
                f"budget.per_{name}", label, told_cost, "money", f"Booked over the {what} in the booked months.",
                statistic="mean", n=number, currency=told.currency,
                note=uneven if told_cost is not None else "there was none",
            )  # fmt: skip
    if finance.endpoints:
        book.add("budget.per_endpoint", "Cost of an endpoint", told.total.plan / finance.endpoints, "money",
                 "Plan of the year over the endpoints of the finance file.", n=finance.endpoints, statistic="mean",
                 currency=told.currency)  # fmt: skip
    for name, label, whole in (
        ("it", "Share of the IT budget", finance.it_budget),
        ("security", "Share of the security budget", finance.security_budget),
    ):
        if whole:
            book.add(f"budget.share.{name}", label, told.total.plan / whole, "share",
                     f"SOC's plan of the year over {whole:,.0f} {told.currency} of the finance file.",
                     statistic="share")  # fmt: skip


def in_reporting(plan: Plan, uses: Sequence[licences.Use], name: str) -> float:
    """Sum of an amount of the contracts that can be converted."""
    found = (plan.rates.convert(getattr(one, name), one.contract.currency) for one in uses)
    return sum(amount for amount in found if amount is not None)


def add_licences(book: Book, plan: Plan) -> None:
    """Waste, risk and exposure over all licences with a known use, and contracts that ask for action."""
    if plan.renewals is None:
        return
    money = {"currency": plan.rates.to, "n": len(plan.uses)}
    none = "" if plan.uses else "no contract says what is entitled and used"
    waste, exposure = (in_reporting(plan, plan.uses, name) if plan.uses else None for name in ("waste", "true_up"))
    risky = sum(1 for use in plan.uses if use.at_risk) if plan.uses else None
    over = "licences with known entitlement and use, contracts that ran out left out"
    book.add("licence.waste", "Licences paid and not used", waste,
             "money", f"(Entitled − {licences.HEADROOM:g} × peak use) × price of a unit, a year, over {over}.",
             statistic="sum", better="lower", note=none, **money)  # fmt: skip
    book.add("licence.at_risk", "Licences near their limit", risky,
             "count", f"Peak use (95th percentile) above {licences.OVERAGE_RISK * 100:.0f} % of what is entitled, of "
             f"{over}.",
             n=len(plan.uses), target=0, better="lower", note=none)  # fmt: skip
    book.add("licence.true_up", "True-up exposure", exposure,
             "money", f"Peak use above what is entitled × the contract's overage price (the unit price where none is "
             f"given), a year, over {over}.", statistic="sum", better="lower", note=none, **money)  # fmt: skip
    book.add("contract.notice.passed", "Notice days passed or near", len(plan.due), "count",
             "Contracts that renew unless ended and whose notice day (end − notice days) has passed or comes within "
             f"{licences.HORIZONS[0]} days.", n=len(plan.renewals), target=0, better="lower")  # fmt: skip
    book.add("contract.expired", "Contracts that ran out", len(plan.expired), "count",
             "Contracts whose last day lies in the past.", n=len(plan.renewals), target=0, better="lower")  # fmt: skip
