"""Renewal days, use, waste, overlap and forecast of licences; people that a budget pays."""

from __future__ import annotations

from datetime import date

import pytest

from connectors.models.organisation import Person, StaffingPolicy
from connectors.models.organisation.money import Contract, LicenceUsage
from handlers.analysis import affordable, licences
from handlers.analysis.demand import Arrivals

TODAY = date(2026, 11, 22)


def contract(**more: object) -> Contract:
    base: dict[str, object] = {
        "vendor": "v", "product": "Tool", "capabilities": ("detection",), "start": date(2024, 4, 1),
        "end": date(2027, 3, 31), "notice_days": 90, "auto_renew": True, "price": 1000, "currency": "EUR",
        "metric": "seats", "entitled": 100, "used_p95": 50, "owner": "lead-01",
    }  # fmt: skip
    return Contract.model_validate(base | more)


def test_renewal_calendar() -> None:
    """End 31 March 2027 with 90 days of notice: notice 31 December 2026, negotiation from 2 October 2026."""
    told = licences.renewal(contract(), TODAY)
    assert (told.notice, told.negotiate) == (date(2026, 12, 31), date(2026, 10, 2))
    assert (told.state, told.within) == ("running", 180)


@pytest.mark.parametrize(
    ("end", "notice", "auto", "state"),
    [
        (date(2026, 11, 21), 30, True, "expired"),
        (date(2026, 11, 21), 30, False, "expired"),
        (date(2026, 11, 22), 0, True, "notice due"),
        (date(2026, 12, 20), 30, True, "renews unless ended: notice passed"),
        (date(2026, 12, 22), 30, True, "notice due"),
        (date(2027, 1, 21), 30, True, "notice due"),
        (date(2027, 1, 22), 30, True, "running"),
        (date(2026, 12, 20), 30, False, "running"),
    ],
)
def test_states(end: date, notice: int, auto: bool, state: str) -> None:
    """Every state, to the day: the last day still counts, and only what renews itself has a notice trap."""
    assert licences.renewal(contract(end=end, notice_days=notice, auto_renew=auto), TODAY).state == state


@pytest.mark.parametrize(("days", "within"), [(0, 30), (30, 30), (31, 60), (60, 60), (90, 90), (180, 180), (181, None)])
def test_horizons(days: int, within: int | None) -> None:
    """A contract stands in the smallest of 30, 60, 90 and 180 days that holds its end."""
    end = date.fromordinal(TODAY.toordinal() + days)
    assert licences.renewal(contract(end=end), TODAY).within == within


@pytest.mark.parametrize(
    ("used", "waste", "risk", "true_up"),
    [
        (50, 450.0, False, 0.0),
        (90, 10.0, False, 0.0),
        (91, 0.0, True, 0.0),
        (100, 0.0, True, 0.0),
        (120, 0.0, True, 200.0),
    ],
)
def test_use(used: float, waste: float, risk: bool, true_up: float) -> None:
    """Waste is (entitled − 1.1 × peak) × unit price; above 90 % is a risk; above the entitlement costs a true-up."""
    told = licences.use(contract(used_p95=used))
    assert told is not None
    assert (told.waste, told.true_up) == pytest.approx((waste, true_up))
    assert told.at_risk is risk


def test_use_needs_both_numbers() -> None:
    """Without entitlement or use there is no utilisation, not one of 0."""
    assert licences.use(contract(used_p95=None)) is None
    assert licences.use(contract(entitled=None)) is None


def test_unit_price_and_overage() -> None:
    """The price of a unit before and now, and an overage price of its own."""
    told = licences.use(contract(price_before=900, used_p95=110, overage_price=30))
    assert told is not None and (told.unit_before, told.unit_price) == (9, 10)
    assert told.true_up == pytest.approx(300)


def months(values: list[float]) -> list[LicenceUsage]:
    first = 2025 * 12 + 10
    days = [date((first + n) // 12, (first + n) % 12 + 1, 1)
            for n in range(len(values))]  # fmt: skip
    return [LicenceUsage(product="Tool", month=day, used_p95=v) for day, v in zip(days, values, strict=True)]


def test_forecast() -> None:
    """A peak of 74 that rises by 2 a month is at 90 % in 8 months and full in 13; noise forecasts nothing."""
    told = licences.forecast(contract(), months([float(52 + 2 * n) for n in range(12)]), TODAY)
    assert told is not None and told.real and told.slope == pytest.approx(2)
    assert (told.to_risk, told.to_full) == (8, 13)
    flat = licences.forecast(contract(), months([50.0, 51, 50, 49, 50, 51, 49, 50, 50]), TODAY)
    assert flat is not None and not flat.real and flat.to_full is None
    few = licences.forecast(contract(), months([50.0, 60, 70]), TODAY)
    assert few is not None and few.slope is None
    assert licences.forecast(contract(product="Other"), months([1.0]), TODAY) is None


def test_overlap_and_candidates() -> None:
    """A capability in two products is an overlap; who offers nothing of its own, or is half idle, is looked at."""
    one = contract(product="A", capabilities=("sandbox", "mail"), used_p95=95)
    two = contract(product="B", capabilities=("sandbox",), used_p95=95)
    three = contract(product="C", capabilities=("mail", "archive"), used_p95=20)
    assert licences.overlap([one, two, three]) == {"mail": ("A", "C"), "sandbox": ("A", "B")}
    found = {c.product: why for c, why in licences.candidates([one, two, three])}
    assert set(found) == {"A", "B", "C"}
    assert "all of its" in found["B"] and "20 % used" in found["C"]
    assert licences.candidates([one]) == []


def came(per_hour: float = 1.0) -> Arrivals:
    return Arrivals(tuple(per_hour + (hour == 10) for hour in range(168)), 168, 1.0, None)


def test_people_that_a_budget_pays() -> None:
    """One seat round the clock takes FTE-per-seat people; less leaves hours empty, which answer nothing in time."""
    policy = StaffingPolicy(
        leave_hours=0, holiday_hours=0, sick_hours=0, training_hours=0, contract_hours_per_year=2080
    )
    one_seat = 8760 / 2080
    assert set(affordable.heads(came(), one_seat + 1e-6, policy)) == {1}
    fewer = affordable.service(came(), 10, one_seat - 1, policy)
    enough = affordable.service(came(), 10, one_seat + 1e-6, policy)
    assert fewer.in_time is not None and enough.in_time is not None and fewer.in_time < enough.in_time
    assert affordable.heads(came(), one_seat - 1, policy)[10] == 1
    assert affordable.service(came(), 10, -5, policy).in_time == 0


def test_seats_are_filled_by_tiers_one_to_three() -> None:
    """Leads fill no seat, and who has left or not begun does not count."""

    def person(tier: int, **more: object) -> Person:
        return Person.model_validate(
            {"id": f"p{tier}{more}", "name": "A", "tier": tier, "role": "r", "zone": "UTC"} | more
        )

    people = [
        person(1),
        person(4),
        person(2, fte=0.8),
        person(3, end=date(2026, 11, 21)),
        person(3, start=date(2027, 1, 1)),
    ]
    assert affordable.seated(people, TODAY) == pytest.approx(1.8)
