"""What training costs, what it closed, what is due, and what the gaps would cost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from connectors.models.organisation import Person, SignificantIncident, Skill, SkillNeed
from connectors.models.organisation.money import BudgetLine, FinancePolicy
from connectors.models.organisation.people import Cert, Course
from handlers.analysis import budget, gap_cost
from handlers.commands.budget_plan.sections import amount
from handlers.commands.budget_plan.work import Inputs, Plan
from handlers.core import cells
from handlers.core.book import Book
from handlers.core.sheet import Sheet
from messages.document import Block, Context, Fact, Facts, Heading, Mono, Text, Value, spans

RENEWAL_DAYS = 180
INCIDENT_DAYS = 365


def heads(inputs: Inputs, on: date) -> int:
    """People employed on a day."""
    return sum(1 for p in inputs.rows(Person) if (p.start or date.min) <= on <= (p.end or date.max))


def add_all(sheet: Sheet, inputs: Inputs, plan: Plan) -> None:
    """Spend a head, spend a gap closed, renewals due, cost of the open gaps."""

    def book(*records: type[Any]) -> Book:
        return Book(sheet, [inputs.files[record].source for record in records if inputs.ok(record)], None, ())

    _spend(book(BudgetLine, Person, Skill, SkillNeed), inputs, plan)
    if inputs.ok(Cert):
        _certificates(book(Cert), inputs, plan)
    if all(inputs.ok(record) for record in (Skill, SkillNeed, Course)):
        _gaps(book(SkillNeed, Skill, Course), inputs, plan)
    _against(book(SignificantIncident), book(FinancePolicy), inputs, plan)


def _spend(book: Book, inputs: Inputs, plan: Plan) -> None:
    money = {"currency": plan.rates.to}
    spent = budget.of_kind(plan.budget.lines, "training") if plan.budget else None
    if spent is not None and inputs.ok(Person):
        people = heads(inputs, plan.times.today)
        book.add("training.per_head", "Training a head", budget.unit_cost(spent.actual, people), "money",
                 "Booked on training lines this fiscal year over the people employed today.", n=people,
                 statistic="mean", note="" if people else "nobody is employed today", **money)  # fmt: skip
    if inputs.ok(Skill) and inputs.ok(SkillNeed):
        done = gap_cost.closed(inputs.rows(SkillNeed), inputs.rows(Skill), plan.times.start, plan.times.today)
        book.add("training.closed", "Skill gaps closed", done, "count",
                 "Person-skills that reached the level a skill need asks for, this fiscal year, by assessments.",
                 note="" if done is not None else "nobody was assessed twice on a skill that is needed")  # fmt: skip
        if spent is not None:
            each = budget.unit_cost(spent.actual, done)
            book.add("training.per_gap", "Training a gap closed", each, "money",
                     "Booked on training lines over the skill gaps closed, this fiscal year.", n=done or None,
                     statistic="mean", note="" if each is not None else "no gap is known to be closed",
                     **money)  # fmt: skip


def _certificates(book: Book, inputs: Inputs, plan: Plan) -> None:
    money = {"currency": plan.rates.to}
    due = renewals(inputs, plan)
    costs = [plan.rates.convert(c.renewal_cost, c.currency) for c in due if c.renewal_cost is not None]
    known = [cost for cost in costs if cost is not None]
    book.add("training.renewals", "Certificates to renew", len(due), "count",
             f"Certificates that ran out or expire within {RENEWAL_DAYS} days.",
             n=len(inputs.rows(Cert)))  # fmt: skip
    book.add("training.renewals.cost", "Cost of renewing them", sum(known) if known or not due else None, "money",
             "Renewal cost of these certificates where it is on file.", n=len(known), statistic="sum",
             note="" if known or not due else "no renewal cost is on file", **money)  # fmt: skip


def _gaps(book: Book, inputs: Inputs, plan: Plan) -> None:
    found = open_gaps(inputs, plan)
    known = [g.cost for g in found if g.cost is not None]
    book.add("training.gaps.cost", "Cost to close the open gaps", sum(known) if known or not found else None, "money",
             f"For each skill that fewer than {gap_cost.WANTED} people master, the cheapest course that leads there, "
             "for each person lacking.", n=len(known), statistic="sum",
             note="" if known or not found else "no course on file leads there", currency=plan.rates.to)  # fmt: skip


def _against(book: Book, finance: Book, inputs: Inputs, plan: Plan) -> None:
    """What not closing them may cost."""
    costs = incident_costs(inputs, plan)
    if inputs.ok(SignificantIncident):
        mean = sum(costs) / len(costs) if costs else None
        book.add("training.incident.mean", "A significant incident", mean, "money",
                 f"Mean cost of significant incidents of the last {INCIDENT_DAYS} days whose cost is on file.",
                 n=len(costs), statistic="mean", note="" if costs else "no incident has a cost on file",
                 currency=plan.rates.to)  # fmt: skip
    if inputs.ok(FinancePolicy) and plan.finance.cost_of_leaver is not None:
        finance.add("training.leaver", "To replace one person", plan.finance.cost_of_leaver, "money",
                 f"From the finance file: {plan.finance.cost_of_leaver_basis or 'no basis given'}.",
                 statistic="assumption", currency=plan.finance.currency)  # fmt: skip


def open_gaps(inputs: Inputs, plan: Plan) -> list[gap_cost.Gap]:
    """Skills that hang on one person or none."""
    return gap_cost.gaps(inputs.rows(SkillNeed), inputs.rows(Skill), inputs.rows(Course), plan.rates)


def incident_costs(inputs: Inputs, plan: Plan) -> list[float]:
    """Costs of a year's significant incidents in the reporting currency."""
    since = plan.times.today - timedelta(days=INCIDENT_DAYS)
    rows = [i for i in inputs.rows(SignificantIncident) if i.cost is not None and i.occurred >= since]
    found = (plan.rates.convert(i.cost, i.currency) for i in rows)
    return [cost for cost in found if cost is not None]


def renewals(inputs: Inputs, plan: Plan) -> list[Cert]:
    """Certificates that ran out or expire within half a year, soonest first."""
    until = plan.times.today + timedelta(days=RENEWAL_DAYS)
    return sorted((c for c in inputs.rows(Cert) if c.expires and c.expires <= until), key=lambda c: (c.expires, c.name))


FACTS = (
    ("training.per_head", "Spent a head"), ("training.closed", "Gaps closed this year"),
    ("training.per_gap", "Spent a gap closed"), ("training.renewals", "Certificates to renew"),
    ("training.renewals.cost", "Cost of renewing them"), ("training.gaps.cost", "To close the open gaps"),
    ("training.incident.mean", "Against: a significant incident"), ("training.leaver", "Against: replacing one person"),
)  # fmt: skip


def blocks(inputs: Inputs, plan: Plan, held: set[str]) -> list[Block]:
    """The section of --training; no person is named."""
    told = tuple(Fact(label=label, text=spans(Value(figure=i))) for i, label in FACTS if i in held)
    out: list[Block] = [Facts(facts=told)] if told else []
    rows: list[tuple[Text, ...]] = []
    without = "no course on file" if inputs.ok(Course) else "not known"
    if inputs.ok(Skill) and inputs.ok(SkillNeed):
        rows = [
            cells.row(cells.shorten(g.skill, 40), f"{g.weight:g}", f"{g.have}", f"{g.lacking}",
                      cells.shorten(g.course, 60) if g.course else without, amount(g.cost))
            for g in open_gaps(inputs, plan)
        ]  # fmt: skip
    labels = ("Skill", ">Weight", ">Master it", ">Lacking", "Cheapest course", f">Cost, {plan.rates.to}")
    out += [cells.table(f"Skills that fewer than {gap_cost.WANTED} master", labels, rows)] if rows else []
    due = renewals(inputs, plan)
    if due:
        names = cells.names([f"{cells.shorten(c.name, 40)} {c.expires}" for c in due])
        out.append(
            Context(
                text=spans(
                    f"Certificates to renew: {names}. Who holds them: ",
                    Mono(text="training assess"),
                    ", in a direct message.",
                )
            )
        )
    return [Heading(text="Training"), *out] if out else []
