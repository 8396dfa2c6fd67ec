"""Budget, currencies, loss and gaps against the worked examples of the domain."""

from __future__ import annotations

from datetime import date

import pytest

from connectors.models.organisation import Skill, SkillNeed
from connectors.models.organisation.money import BudgetLine, FxRate
from connectors.models.organisation.people import Course
from handlers.analysis import budget, gap_cost, loss
from handlers.analysis.currency import rates

START, BOOKED = date(2026, 1, 1), date(2026, 9, 30)
EUR = rates([], "EUR", BOOKED)


def line(name: str = "People", plan: float = 1_200_000, actual: float = 930_000, **more: object) -> BudgetLine:
    base = {"id": name, "category": name, "year": 2026, "currency": "EUR", "as_of": BOOKED}
    return BudgetLine.model_validate(base | {"plan": plan, "actual": actual} | more)


EXAMPLE = (
    ("People", 1_200_000, 930_000, 30_000, 0.0333, 1_240_000),
    ("Tools", 480_000, 372_000, 12_000, 0.0333, 496_000),
    ("Training", 60_000, 21_000, -24_000, -0.5333, 28_000),
    ("MSSP", 240_000, 186_000, 6_000, 0.0333, 248_000),
)


@pytest.mark.parametrize(("name", "plan", "actual", "variance", "share", "end"), EXAMPLE)
def test_worked_lines(  # noqa: PLR0917 - a row of the example
    name: str, plan: float, actual: float, variance: float, share: float, end: float
) -> None:
    """Nine months in, each line of the worked example has its variance and its estimate by run rate."""
    one = budget.position(line(name, plan, actual), START)
    assert one.variance == pytest.approx(variance)
    assert one.share == pytest.approx(share, abs=5e-5)
    assert one.run_rate == pytest.approx(end)


def test_worked_total() -> None:
    """The total of the example ends at 2,012k against 1,980k: +32k, +1.62 %; unit costs are 27.94, 279.44, 5,588.89."""
    told = budget.budget([line(n, p, a) for n, p, a, *_ in EXAMPLE], 2026, START, EUR).total
    assert told is not None and told.run_rate is not None and told.run_rate == pytest.approx(2_012_000)
    assert (told.plan, told.actual) == (1_980_000, 1_509_000)
    assert told.run_rate / told.plan - 1 == pytest.approx(0.0162, abs=5e-5)
    costs = [budget.unit_cost(told.actual, n) for n in (54_000, 5_400, 270)]
    assert costs == [pytest.approx(27.94, abs=5e-3), pytest.approx(279.44, abs=5e-3), pytest.approx(5588.89, abs=5e-3)]
    assert budget.unit_cost(told.actual, 0) is None


def test_estimate_by_orders() -> None:
    """Actual + commitments + remaining plan, less the commitments that the remaining plan already holds."""
    assert budget.position(line(committed=50_000), START).by_orders == pytest.approx(930_000 + 50_000 + 300_000)
    inside = budget.position(line(committed=50_000, committed_in_plan=20_000), START)
    assert inside.by_orders == pytest.approx(930_000 + 30_000 + 300_000)


def test_phasing_counts_where_it_is_given() -> None:
    """A line that is all due in January is on plan in September, not a quarter over."""
    phased = budget.position(line(actual=1_200_000, months=(1_200_000, *([0] * 11))), START)
    assert (phased.variance, phased.run_rate, phased.by_orders) == (0, 1_200_000, 1_200_000)
    late = budget.position(line(actual=0, months=(*([0] * 11), 1_200_000)), START)
    assert late.run_rate is None and late.share is None and late.by_orders == 1_200_000


@pytest.mark.parametrize("months", [(100_000,) * 11, (1.0,) * 12])
def test_bad_phasing_is_a_sentence(months: tuple[float, ...]) -> None:
    """Months that are not twelve or do not add up leave the line out, and say so."""
    told = budget.budget([line(months=months), line("Tools", 480_000, 372_000)], 2026, START, EUR)
    assert [p.name for p in told.lines] == ["Tools"]
    assert len(told.problems) == 1 and "People is left out" in told.problems[0]


@pytest.mark.parametrize(
    ("as_of", "done"),
    [(date(2025, 12, 31), 0.0), (date(2026, 1, 31), 1.0), (date(2026, 2, 14), 1.5), (date(2026, 12, 31), 12.0),
     (date(2027, 3, 1), 12.0)],
)  # fmt: skip
def test_months_done(as_of: date, done: float) -> None:
    """Whole months count one, a month in part by its days, and nothing outside the year counts."""
    assert budget.months_done(START, as_of) == pytest.approx(done)


@pytest.mark.parametrize(
    ("today", "starts", "year", "first"),
    [(date(2026, 11, 22), 1, 2026, START), (date(2026, 11, 22), 10, 2027, date(2026, 10, 1)),
     (date(2026, 9, 30), 10, 2026, date(2025, 10, 1))],
)  # fmt: skip
def test_fiscal_year(today: date, starts: int, year: int, first: date) -> None:
    """A fiscal year is named after the calendar year it ends in."""
    assert budget.fiscal_year(today, starts) == year
    assert budget.year_start(year, starts) == first


def rate(currency: str = "USD", to: str = "EUR", value: float = 0.9, day: int = 1) -> FxRate:
    return FxRate(currency=currency, to=to, rate=value, as_of=date(2026, 9, day), source="test")


def test_rates() -> None:
    """The latest rate that is not of tomorrow counts, the other way round is inverted, and an unknown one is None."""
    known = rates([rate(day=2, value=0.8), rate(), rate(day=29, value=9), rate("EUR", "GBP", 0.5)], "EUR",
                  date(2026, 9, 3))  # fmt: skip
    assert known.convert(10, "USD") == pytest.approx(8)
    assert known.convert(10, "GBP") == pytest.approx(20)
    assert known.convert(10, "EUR") == 10
    assert known.convert(10, "SEK") is None and known.missing(["SEK", "EUR", "USD"]) == ("SEK",)


def test_currency_without_a_rate_is_left_out_and_said() -> None:
    """A line that cannot be converted is no part of the total, and a sentence names it, its currency and the file."""
    told = budget.budget([line(), line("Tools", 480_000, 372_000, currency="SEK")], 2026, START, EUR)
    assert told.total is not None and told.total.actual == 930_000
    assert told.unconverted == ("SEK",)
    assert "Tools is in SEK" in told.problems[0] and "fx_rates.yaml" in told.problems[0]


def test_rosi() -> None:
    """ALE .4 × 850k = 340k, 60 % of it 204k, cost 120k: a return of 70 %."""
    told = loss.rosi(0.4, 850_000, 0.6, 120_000)
    assert (told.ale, told.saved) == pytest.approx((340_000, 204_000))
    assert told.value == pytest.approx(0.70)
    with pytest.raises(ValueError, match="cost"):
        loss.rosi(1, 1, 1, 0)


def test_simulated_year() -> None:
    """The example's mean is near the analytic 666,667, its median 0, P90 about 2.26 M and P(>1 M) about 25.8 %.

    The example's own generator is not known, so its figures are matched within the error of 100,000 draws.
    """
    told = loss.simulate((0.1, 0.4, 1.5), (100_000, 600_000, 5_000_000), 1_000_000)
    assert loss.pert_mean(0.1, 0.4, 1.5) == pytest.approx(0.5333, abs=5e-5)
    assert told.analytic == pytest.approx(666_667, abs=1)
    assert told.mean == pytest.approx(told.analytic, abs=4 * 3_800)
    assert told.mean == pytest.approx(660_665, abs=4 * 3_800)
    assert told.p50 == 0
    assert told.p90 == pytest.approx(2_260_000, rel=0.02)
    assert told.beyond == pytest.approx(0.258, abs=0.006)
    assert told == loss.simulate((0.1, 0.4, 1.5), (100_000, 600_000, 5_000_000), 1_000_000)


@pytest.mark.parametrize("frequency", [(1.0, 0.4, 1.5), (-1.0, 0.4, 1.5), (0.1, 2.0, 1.5), (0.1, 0.4)])
def test_values_out_of_order(frequency: tuple[float, ...]) -> None:
    """Values that do not rise from lowest to highest are refused."""
    with pytest.raises(ValueError, match="frequency"):
        loss.simulate(frequency, (1, 2, 3), None)


def test_certain_values_are_exact() -> None:
    """A range of one value needs no drawing: with certain loss the mean is events × loss."""
    told = loss.simulate((1, 1, 1), (10, 10, 10), None, draws=20_000)
    assert told.mean == pytest.approx(10, abs=0.3) and told.beyond is None


def skill(person: str, level: int, at: date) -> Skill:
    return Skill(person=person, skill="cloud", level=level, basis="manager", at=at)


def test_gaps_closed_and_open() -> None:
    """A gap is closed when a later assessment reaches the need; without a second one nothing is claimed."""
    needs = [SkillNeed(skill="cloud", level=3)]
    once = [skill("a", 3, date(2026, 2, 1))]
    twice = [skill("a", 2, date(2025, 6, 1)), *once, skill("b", 1, date(2026, 2, 1))]
    assert gap_cost.closed(needs, once, START, BOOKED) is None
    assert gap_cost.closed(needs, twice, START, BOOKED) == 1
    course = Course(id="c", name="Cloud", skill="cloud", to_level=3, hours=8, cost=900, currency="EUR")
    weak = course.model_copy(update={"to_level": 2, "cost": 1})
    [gap] = gap_cost.gaps(needs, twice, [course, weak], EUR)
    assert (gap.have, gap.lacking, gap.cost) == (1, 1, 900)
    assert gap_cost.gaps(needs, twice, [weak], EUR)[0].cost is None
