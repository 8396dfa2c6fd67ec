"""`budget plan` through run(): the worked example, what is missing, what ran out, who may see it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import NotConfigured, TimedOut
from connectors.models.organisation import (
    FILES,
    HandlingTime,
    Person,
    SignificantIncident,
    Skill,
    SkillNeed,
    StaffingPolicy,
)
from connectors.models.organisation.money import (
    BudgetLine,
    BudgetScenario,
    Contract,
    FinancePolicy,
    FxRate,
    Headcount,
    LicenceUsage,
    RiskScenario,
)
from connectors.models.organisation.people import Cert, Course
from handlers.commands.budget_plan import COMMAND
from handlers.core.errors import BadFlag
from tests.handlers.analysis.test_budget import EXAMPLE
from tests.handlers.commands.twins import Desk, cases_frame, cells, lines, with_commands, words

ALL = "/security:budget plan --soc-operations --tools-license --training"
BOOKED = date(2026, 10, 31)


def contract(product: str = "EDR", **more: Any) -> Contract:
    base: dict[str, Any] = {
        "vendor": "v", "product": product, "capabilities": (product,), "start": date(2025, 1, 1),
        "end": date(2028, 3, 31), "notice_days": 90, "auto_renew": True, "price": 1000, "currency": "EUR",
        "metric": "seats", "entitled": 100, "used_p95": 80, "owner": "lead-01",
    }  # fmt: skip
    return Contract.model_validate(base | more)


def line(name: str, plan: float, actual: float, **more: Any) -> BudgetLine:
    base = {"id": name, "category": name, "year": 2026, "currency": "EUR", "as_of": BOOKED}
    base["kind"] = "training" if name == "Training" else "other"
    return BudgetLine.model_validate(base | {"plan": plan, "actual": actual} | more)


def desk(*rows: BudgetLine, contracts: tuple[Contract, ...] = (contract(),)) -> Desk:
    """Everything on plan unless rows say otherwise; three cases this year, one of them malicious."""
    made = with_commands(COMMAND)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    one = {"created_at": at, "updated_at": at, "alert_count": 2}
    made.ledger.cases = cases_frame([
        one | {"case_id": "1", "status": "closed", "closed_at": at, "close_reason": "MALICIOUS"},
        one | {"case_id": "2"}, one | {"case_id": "3", "type": "test"},
        one | {"case_id": "4", "created_at": at + timedelta(days=250)},
    ])  # fmt: skip
    made.organisation.files = {
        BudgetLine: list(rows) or [line("People", 1200, 1000), line("Training", 60, 50)],
        FinancePolicy: [FinancePolicy(inflation=0.02, inflation_basis="test", endpoints=100, cost_of_leaver=500)],
        FxRate: [FxRate(currency="USD", to="EUR", rate=0.5, as_of=BOOKED, source="test")],
        Contract: list(contracts),
        Headcount: [Headcount(tier=1, role="Analyst", fte=3, rate=100, currency="EUR")],
        BudgetScenario: [BudgetScenario(id="less", name="Less", change=-0.1, fte=-1, measures=("No exercise",))],
        RiskScenario: [RiskScenario(id="r", name="Ransomware", aro=0.4, sle=850_000, mitigation=0.6, measure="Cover",
                                    cost=120_000, currency="EUR", frequency=(0.1, 0.4, 1.5),
                                    loss=(100_000, 600_000, 5_000_000), threshold=1_000_000, basis="workshop")],
        Person: [Person(id=f"p{n}", name="A", tier=1, role="r", zone="UTC") for n in range(2)],
        StaffingPolicy: [StaffingPolicy()], HandlingTime: [], LicenceUsage: [],
        Skill: [Skill(person="p0", skill="cloud", level=3, basis="manager", at=date(2026, 2, 1))],
        SkillNeed: [SkillNeed(skill="cloud", level=3)],
        Course: [Course(id="c", name="Cloud", skill="cloud", to_level=3, hours=8, cost=900, currency="EUR")],
        Cert: [Cert(person="p0", name="GXX", issued=date(2024, 1, 1), expires=date(2026, 12, 1), renewal_cost=80,
                    owner="lead-01")],
        SignificantIncident: [SignificantIncident(id="i", occurred=date(2026, 8, 1), title="t", severity="high",
                                                  effect="e", status="s", cost=700)],
    }  # fmt: skip
    return made


async def test_worked_example() -> None:
    """Nine months in, the example ends at 2,012k by run rate against 1,980k, with training 53.3 % under its plan."""
    rows = [line(n, p, a, as_of=date(2026, 9, 30)) for n, p, a, *_ in EXAMPLE]
    said = await desk(*rows).run("budget plan")
    value = {figure.id: figure.value for figure in said.figures}
    assert value["budget.eac.run_rate"] == pytest.approx(2_012_000)
    assert value["budget.plan"] == 1_980_000 and value["budget.actual"] == 1_509_000
    assert value["budget.training.variance"] == pytest.approx(-0.5333, abs=5e-5)
    table = cells(said, "Budget 2026")
    assert table[0] == ["People", "1,200,000", "930,000", "30,000", "+3.3 %", "1,240,000", "1,230,000"]
    assert table[2][3:6] == ["−24,000", "−53.3 %", "28,000"]
    assert table[-1][0] == "Total" and table[-1][5] == "2,012,000"
    assert "red flag, not a saving" in words(said)


async def test_the_line_of_the_specification() -> None:
    """The line as written answers every section, with cost of one, ROSI of 70 % and a median year of 0."""
    said = await desk().run(ALL)
    value = {figure.id: figure.value for figure in said.figures}
    assert value["budget.per_case"] == pytest.approx(1050 / 2)
    assert value["budget.per_alert"] == pytest.approx(1050 / 4)
    assert value["budget.per_true_positive"] == pytest.approx(1050)
    assert value["budget.per_endpoint"] == pytest.approx(12.6)
    [risk] = cells(said, "Risk in money")
    assert risk[1:3] == ["340,000 EUR", "+70.0 %"] and risk[4] == "0"
    assert "most years nothing" in words(said)
    assert cells(said, "Places")[0][2:5] == ["3", "2", "1"]
    assert cells(said, "Scenarios")[0][1:4] == ["1,134", "1,112", "1"]
    assert value["training.gaps.cost"] == 900 and value["training.renewals.cost"] == 80
    assert value["training.incident.mean"] == 700 and value["training.leaver"] == 500
    assert cells(said, "Use of licences")[0][:3] == ["EDR", "seats", "80 %"]
    assert said.tlp == "amber+strict" and said.notices == ()


async def test_the_default_is_short() -> None:
    """Without a flag: verdict, six headline figures at most, what needs you and one table; nothing else is asked."""
    made = desk()
    said = await made.run("budget plan")
    assert [block.kind for block in said.blocks if block.kind in {"kpis", "table", "heading"}] == ["kpis", "table"]
    assert made.ledger.asked == []
    assert said.verdict is not None and said.verdict.status == "green"


@pytest.mark.parametrize(
    ("rows", "contracts", "status"),
    [
        ((line("A", 1200, 1000),), (contract(),), "green"),
        ((line("A", 1200, 1021),), (contract(),), "amber"),
        ((line("A", 1200, 1055),), (contract(),), "red"),
        ((line("A", 1200, 1000), line("Training", 60, 38)), (contract(),), "green"),
        ((line("A", 1200, 1000), line("Training", 60, 37)), (contract(),), "amber"),
        ((line("A", 1200, 1000),), (contract(used_p95=91),), "amber"),
        ((line("A", 1200, 1000),), (contract(end=date(2026, 12, 31)),), "amber"),
        ((line("A", 1200, 1000),), (contract(end=date(2026, 12, 31), auto_renew=False),), "green"),
        ((line("A", 1200, 1000),), (contract(end=date(2026, 11, 21)),), "red"),
        ((line("A", 1200, 1000, currency="SEK"),), (contract(),), "unknown"),
        ((line("A", 1200, 1000), line("B", 1, 1, currency="SEK")), (contract(),), "unknown"),
        ((line("A", 1200, 1055), line("B", 1, 1, currency="SEK")), (contract(),), "red"),
        ((line("A", 1200, 700, as_of=date(2026, 7, 31)),), (contract(),), "unknown"),
        ((line("A", 1200, 1000, year=2025),), (contract(),), "unknown"),
        ((line("A", 1200, 1000, months=(1, 2)),), (contract(),), "unknown"),
        ((line("A", 1200, 1000),), (contract(currency="SEK"),), "unknown"),
    ],
)  # fmt: skip
async def test_the_rule(rows: tuple[BudgetLine, ...], contracts: tuple[Contract, ...], status: str) -> None:
    """Each clause of the rule, at its edge."""
    said = await desk(*rows, contracts=contracts).run("budget plan")
    assert said.verdict is not None and said.verdict.status == status


async def test_expired_contract_is_a_sentence() -> None:
    """A contract that ran out is told with its days and owner, and its licence is in no sum."""
    said = await desk(contracts=(contract(end=date(2026, 11, 2)),)).run("budget plan --tools-license")
    assert "EDR: ran out 20 days ago: used without a contract, or to be removed (owner: lead-01)." in words(said)
    assert cells(said, "Renewals within")[0][2] == "ran out"
    assert said.figure("licence.waste").value is None


async def test_currency_without_a_rate_is_a_sentence() -> None:
    """The sentence names category, currency and file; the amount is in no total and the reader is told so."""
    said = await desk(line("A", 1200, 1000), line("Cloud", 99, 77, currency="SEK")).run("budget plan")
    notices = " ".join(str(notice.text) for notice in said.notices)
    assert "Cloud is in SEK and no rate to EUR is on file (fx_rates.yaml): 77 SEK spent" in notices
    assert said.figure("budget.actual").value == 1000
    assert "Amounts in SEK are not in these sums" in words(said)


async def test_rates_are_shown_with_their_day() -> None:
    """A converted amount shows the rate and its date; a rate older than a month is said to be old."""
    made = desk(line("A", 1200, 1000, currency="USD"))
    said = await made.run("budget plan")
    assert said.figure("budget.plan").value == 600
    assert "1 USD = 0.5 EUR of 2026-10-31" in words(said)
    made.organisation.files[FxRate] = [FxRate(currency="USD", to="EUR", rate=0.5, as_of=date(2026, 9, 1), source="x")]
    assert "The rate of USD is of 2026-09-01, 82 days ago" in words(await made.run("budget plan"))


NEEDED = (BudgetLine, FinancePolicy, Contract)


@pytest.mark.parametrize("record", sorted(desk().organisation.files, key=str))
async def test_a_missing_file_names_itself(record: type) -> None:
    """Each missing file is a notice that names it; nothing turns to zero and nothing needed is green."""
    made = desk()
    del made.organisation.files[record]
    said = await made.run(ALL)
    assert FILES[record] in " ".join(str(notice.text) for notice in said.notices)
    assert said.verdict is not None
    assert said.verdict.status == ("unknown" if record in NEEDED else "green")
    told = {figure.id: figure for figure in said.figures}
    assert all(figure.value is not None or figure.note for figure in told.values())
    if record is BudgetLine:
        assert not any(name.startswith("budget.") for name in told)


@pytest.mark.parametrize(
    ("record", "what"),
    [(BudgetLine, "Budget"), (BudgetLine, "Cost of one"), (BudgetScenario, "Scenarios"), (Headcount, "Places"),
     (RiskScenario, "Risk in money"), (Contract, "Tools and licences")],
)  # fmt: skip
async def test_a_section_that_was_asked_for_says_why_it_is_not_there(record: type[Any], what: str) -> None:
    """It is never just missing, nor a heading over nothing: the file it lacks is named in its place."""
    made = desk()
    del made.organisation.files[record]
    assert f"{what}: not known, {record.FILE} could not be read." in words(await made.run(ALL))


async def test_without_a_finance_policy_the_year_is_assumed() -> None:
    """Fiscal year, currency and tolerances are the bot's then, and that is said."""
    made = desk()
    del made.organisation.files[FinancePolicy]
    said = words(await made.run("budget plan"))
    assert "No finance policy could be read, so assumed: a fiscal year by the calendar, EUR" in said


async def test_money_has_its_year_and_its_lines() -> None:
    """Each sum of the budget says of how many lines it is and over which fiscal year, here from 1 February."""
    made = desk(line("People", 1200, 1000, year=2027), line("Training", 60, 50, year=2027))
    made.organisation.files[FinancePolicy] = [FinancePolicy(year_starts=2)]
    said = await made.run("budget plan")
    for name in ("budget.plan", "budget.eac.orders", "budget.eac.run_rate", "budget.variance", "budget.over"):
        figure = said.figure(name)
        assert figure.n == 2
        assert figure.window is not None
        assert (figure.window.start, figure.window.end) == (
            datetime(2026, 2, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC),
        )  # fmt: skip
    assert said.figure("budget.training.variance").n == 1


async def test_no_figure_of_training_counts_over_none() -> None:
    """No gap closed has no cost of one and no n of 0; a course that is not known is not "none on file"."""
    made = desk()
    made.organisation.files[Skill] = []
    whole = await made.run("budget plan --training")
    assert [one.id for one in whole.figures if one.n == 0 and one.value is None] == []
    del made.organisation.files[Course]
    assert "no course on file" not in words(await made.run("budget plan --training"))


async def test_ledger_away() -> None:
    """Without the ledger there is no cost of a case and no service in the scenarios, and the rest stands."""
    made = desk()
    made.ledger.fails["view"] = TimedOut("Case ledger", 20)
    said = await made.run(ALL)
    assert "Case ledger did not answer" in words(said)
    assert not any(figure.id == "budget.per_case" for figure in said.figures)
    assert cells(said, "Scenarios")[0][3:] == ["—", "—", "—"]
    assert said.figure("budget.per_endpoint").value is not None


async def test_nothing_answers() -> None:
    """With no file at all the verdict is unknown and says so."""
    made = desk()
    for record in list(made.organisation.files):
        made.organisation.fails[record.__name__] = NotConfigured("Organisation", "files are not set up")
    said = await made.run(ALL)
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert "No budget verdict" in words(said) and said.figures[:1] == ()


async def test_no_case_is_no_price() -> None:
    """Without cases a cost of one is not available and says why, never 0 or infinite."""
    made = desk()
    made.ledger.cases = cases_frame()
    told = (await made.run("budget plan --soc-operations")).figure("budget.per_case")
    assert told.value is None and told.note == "there was none"


async def test_lines_booked_to_different_days() -> None:
    """Work is counted to the line furthest behind, and the cost of one says that others are ahead."""
    made = desk(line("A", 1200, 1000), line("B", 120, 110, as_of=date(2026, 11, 10)))
    told = (await made.run("budget plan --soc-operations")).figure("budget.per_case")
    assert told.note == "lines are booked until 2026-10-31 to 2026-11-10, work is counted to the first"
    assert told.window is not None and told.window.end == datetime(2026, 11, 1, tzinfo=UTC)


async def test_bad_ranges_are_told() -> None:
    """A loss whose values do not rise is not simulated and says so; its ALE stands."""
    made = desk()
    [one] = made.organisation.files[RiskScenario]
    made.organisation.files[RiskScenario] = [one.model_copy(update={"loss": (9.0, 2.0, 1.0)})]
    said = await made.run("budget plan --soc-operations")
    assert "Ransomware is not simulated" in words(said)
    assert cells(said, "Risk in money")[0][3] == "—"


async def test_money_is_for_managers() -> None:
    """Leads, analysts, executives and auditors are denied by default; managers are not."""
    made = desk()
    for role in ("lead", "analyst", "executive", "auditor"):
        made.everybody = (role,)
        answer = await made.answer("budget plan")
        assert answer.outcome == "refused" and "money.read" in words(answer.document), role
    made.everybody = ("manager",)
    assert (await made.answer("budget plan")).outcome == "answered"


async def test_unknown_flag() -> None:
    """A wrong flag is told with the nearest right one."""
    with pytest.raises(BadFlag, match="tools-licens"):
        await desk().run("budget plan --tools-licenses")


async def test_hostile_names_stay_data() -> None:
    """Names from files are spans of text, and nobody's name of the roster is in the answer."""
    made = desk(line("<!channel> *A* |", 1200, 1000))
    said = await made.run(ALL)
    assert cells(said, "Budget 2026")[0][0] == "<!channel> *A* |"
    assert "p0" not in words(said)


async def test_buttons_work() -> None:
    """Every button of the answer to this command holds a line that it answers itself."""
    made = desk()
    said = await made.run("budget plan")
    for text in lines(said):
        if text.startswith("budget plan"):
            assert (await made.run(text)).verdict is not None
    assert len(lines(said)) == 4
