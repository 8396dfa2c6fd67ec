"""Contracts and licences: renewal days, use against entitlement, waste, overage, overlap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from statistics import median
from typing import Literal

from connectors.models.organisation.money import Contract, LicenceUsage
from handlers.analysis.trend import MIN_PERIODS, trend

HEADROOM = 1.1
"""Units kept above the peak (95th percentile) before the rest counts as waste."""
OVERAGE_RISK = 0.9
HORIZONS = (30, 60, 90, 180)
FORECAST_MONTHS = 24
IDLE = 0.5
"""Below this use an overlapping tool is a candidate for consolidation."""

State = Literal["expired", "renews unless ended: notice passed", "notice due", "running"]


@dataclass(frozen=True, slots=True)
class Renewal:
    """`notice`: the last day to give notice, end − notice days. `within`: the smallest horizon it ends in, if any."""

    contract: Contract
    notice: date
    days: int
    """Days until it ends, negative when it has."""
    notice_days: int
    """Days until notice, negative when it has passed."""
    state: State
    within: int | None
    negotiate: date


@dataclass(frozen=True, slots=True)
class Use:
    """Yearly amounts in the contract's currency. `share` of the entitlement used at the peak."""

    contract: Contract
    share: float
    unit_price: float
    unit_before: float | None
    waste: float
    at_risk: bool
    true_up: float
    """Cost a year of the units above the entitlement."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The peak in the months to come by its trend; months until 90 % and 100 % of the entitlement, None if not near."""

    product: str
    n: int
    slope: float | None
    low: float | None
    high: float | None
    to_risk: int | None
    to_full: int | None
    real: bool
    """The trend is there (p < .05); otherwise no forecast is made."""


def renewal(contract: Contract, today: date, negotiation_days: int = 90) -> Renewal:
    """Dates of a contract; notice must be given on the notice day at the latest."""
    notice = contract.end - timedelta(days=contract.notice_days)
    days, left = (contract.end - today).days, (notice - today).days
    state: State = "running"
    if days < 0:
        state = "expired"
    elif contract.auto_renew and left < 0:
        state = "renews unless ended: notice passed"
    elif contract.auto_renew and left <= HORIZONS[0]:
        state = "notice due"
    within = next((h for h in HORIZONS if 0 <= days <= h), None)
    return Renewal(contract, notice, days, left, state, within, notice - timedelta(days=negotiation_days))


def use(contract: Contract) -> Use | None:
    """Use of a licence; None without entitlement or use."""
    if not contract.entitled or contract.used_p95 is None:
        return None
    unit = contract.price / contract.entitled
    before = None
    if contract.price_before is not None:
        before = contract.price_before / (contract.entitled_before or contract.entitled)
    share = contract.used_p95 / contract.entitled
    excess = max(contract.used_p95 - contract.entitled, 0.0)
    return Use(
        contract,
        share,
        unit,
        before,
        max(contract.entitled - HEADROOM * contract.used_p95, 0.0) * unit,
        share > OVERAGE_RISK,
        excess * (contract.overage_price if contract.overage_price is not None else unit),
    )


def forecast(contract: Contract, rows: Iterable[LicenceUsage], today: date) -> Forecast | None:
    """Theil–Sen on complete months; None without months. Needs eight months and p < .05 to say anything ahead."""
    this = today.replace(day=1)
    seen = {row.month.replace(day=1): row.used_p95 for row in rows if row.product == contract.product}
    past = sorted(month for month in seen if month < this)
    if not past:
        return None
    values = [seen.get(month) for month in _months(past[0], past[-1])]
    found = trend(values, "lower")
    if not found.enough or found.slope is None or found.p is None or len(past) < MIN_PERIODS:
        return Forecast(contract.product, len(past), None, None, None, None, None, False)
    real = found.p < 0.05
    level = found.slope * (len(values) - 1) + median(v - found.slope * i for i, v in enumerate(values) if v is not None)
    ahead = [_until(level, found.slope, (contract.entitled or 0) * edge) for edge in (OVERAGE_RISK, 1.0)]
    to_risk, to_full = ahead if real and contract.entitled else (None, None)
    return Forecast(contract.product, len(past), found.slope, found.slope_low, found.slope_high, to_risk, to_full, real)


def _months(first: date, last: date) -> list[date]:
    out = [first]
    while out[-1] < last:
        out.append((out[-1].replace(day=28) + timedelta(days=4)).replace(day=1))
    return out


def _until(level: float, slope: float, edge: float) -> int | None:
    if level >= edge:
        return 0
    months = ceil((edge - level) / slope) if slope > 0 else None
    return months if months is not None and months <= FORECAST_MONTHS else None


def overlap(contracts: Sequence[Contract]) -> dict[str, tuple[str, ...]]:
    """Capabilities that more than one product has, with the products."""
    owners: dict[str, list[str]] = defaultdict(list)
    for contract in contracts:
        for capability in dict.fromkeys(contract.capabilities):
            owners[capability].append(contract.product)
    return {name: tuple(found) for name, found in sorted(owners.items()) if len(found) > 1}


def candidates(contracts: Sequence[Contract]) -> list[tuple[Contract, str]]:
    """Products that could go: all capabilities are elsewhere as well, or some are and less than half is used."""
    shared = overlap(contracts)
    out = []
    for contract in contracts:
        common = [c for c in contract.capabilities if c in shared]
        told = use(contract)
        if common and len(common) == len(contract.capabilities):
            out.append((contract, "all of its capabilities are in other products"))
        elif common and told is not None and told.share < IDLE:
            out.append((contract, f"{', '.join(common)} also elsewhere, {told.share * 100:.0f} % used"))
    return out
