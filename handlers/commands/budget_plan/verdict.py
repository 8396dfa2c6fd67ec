"""Where the year ends, in words and a colour by a written rule."""

from __future__ import annotations

from connectors.models.organisation.money import BudgetLine, Contract, FinancePolicy
from handlers.analysis import budget
from handlers.commands.budget_plan.work import Inputs, Plan
from handlers.core import cells
from handlers.core.sheet import Sheet
from messages.document import Span, Status, Text, Value, Verdict, spans
from messages.prose import quantity


def rule(finance: FinancePolicy) -> str:
    """The rule with the tolerances it was used with."""

    def share(value: float) -> str:
        return quantity(value, "share")

    return (
        f"The larger estimate of the year's end counts. red: over plan by more than {share(finance.red_over)}, or a "
        f"contract ran out; unknown: an input or a currency rate is missing or old, a line is left out or booked over "
        f"{finance.booked_days} days ago; amber: over plan by more than {share(finance.amber_over)}, training "
        f"{share(finance.underspend)} or more under its plan to date, a notice day passed or within 30 days on a "
        "contract that renews itself, a licence used above 90 %; otherwise green"
    )


def verdict(inputs: Inputs, plan: Plan, sheet: Sheet) -> Verdict:
    """RULE as code."""
    return Verdict(text=_text(plan, sheet), status=_status(inputs, plan), rule=rule(plan.finance))


def under_trained(plan: Plan) -> bool:
    """Training so far under plan that it is a red flag."""
    training = budget.of_kind(plan.budget.lines, "training") if plan.budget else None
    return training is not None and training.share is not None and training.share <= -plan.finance.underspend


def _text(plan: Plan, sheet: Sheet) -> Text:
    told = plan.budget
    if told is None or told.total is None:
        return spans("No budget verdict: no line of this fiscal year could be used. What could be computed is below.")
    parts: list[str | Span] = [
        f"Fiscal year {told.year} ends at ", Value(figure="budget.eac.orders"), " by orders or ",
        Value(figure="budget.eac.run_rate"), " by run rate, against a plan of ", Value(figure="budget.plan"), ".",
    ]  # fmt: skip
    if under_trained(plan) and "budget.training.variance" in sheet:
        parts += [" Training stands at ", Value(figure="budget.training.variance"),
                  " of its plan to date: a red flag, not a saving."]  # fmt: skip
    if told.unconverted:
        parts.append(f" Amounts in {cells.names(told.unconverted)} are not in these sums.")
    return spans(*parts)


def _status(inputs: Inputs, plan: Plan) -> Status:
    total = plan.budget.total if plan.budget else None
    over = total.over if total else None
    if plan.expired or (over is not None and over > plan.finance.red_over):
        return "red"
    needed = all(inputs.ok(record) for record in (BudgetLine, Contract, FinancePolicy))
    if not needed or over is None or plan.problems:
        return "unknown"
    near = any(use.at_risk for use in plan.uses)
    if over > plan.finance.amber_over or under_trained(plan) or plan.due or near:
        return "amber"
    return "green"
