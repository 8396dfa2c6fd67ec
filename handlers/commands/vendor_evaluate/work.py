"""What vendors are judged from, and the judging: pure once the sources are in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.models.organisation.money import (
    Candidate,
    Contract,
    Criterion,
    FinancePolicy,
    FxRate,
    PocMeasure,
    PocPlan,
    PocTest,
    RfiSection,
    Score,
    Selection,
    SelectionStage,
    VendorOutage,
    VendorTicket,
)
from connectors.models.reading import Reading
from handlers.analysis import choice, currency, licences, selection
from handlers.core.fetch import Got, fetch
from handlers.core.soc import Soc

SERVICE_DAYS = 365
DUE: tuple[licences.State, ...] = ("renews unless ended: notice passed", "notice due")

ALWAYS: tuple[tuple[str, type[Any]], ...] = (
    ("Contracts", Contract), ("Selections", Selection), ("Criteria", Criterion), ("Candidates", Candidate),
    ("Scores", Score), ("Selection stages", SelectionStage), ("Finance policy", FinancePolicy),
    ("Currency rates", FxRate), ("Vendor tickets", VendorTicket), ("Vendor outages", VendorOutage),
)  # fmt: skip
RFI: tuple[tuple[str, type[Any]], ...] = (("Question bank", RfiSection),)
POC: tuple[tuple[str, type[Any]], ...] = (
    ("Proof of concept", PocPlan), ("Test cases", PocTest), ("Measures", PocMeasure),
)  # fmt: skip


@dataclass(frozen=True)
class Inputs:
    """Every file that was asked, by record."""

    files: dict[type[Any], Got[Reading[Any]]]

    @property
    def all(self) -> tuple[Got[Any], ...]:
        return tuple(self.files.values())

    def ok(self, record: type[Any]) -> bool:
        return record in self.files and self.files[record].ok

    def rows(self, record: type[Any]) -> tuple[Any, ...]:
        """What came, or nothing."""
        got = self.files.get(record)
        return () if got is None or got.value is None else got.value.items

    def of(self, record: type[Any], chosen: Selection) -> tuple[Any, ...]:
        """The rows of one selection."""
        return tuple(row for row in self.rows(record) if row.selection == chosen.id)


@dataclass(frozen=True, slots=True)
class Vendor:
    """A contract with its dates, its service over a year, and what is to be settled about third-party risk."""

    renewal: licences.Renewal
    service: selection.Service
    doubts: tuple[str, ...]

    @property
    def contract(self) -> Contract:
        return self.renewal.contract


@dataclass(frozen=True, slots=True)
class Race:
    """A selection: what it says now, and its days. `renewal` None: its product has no contract on file."""

    outcome: selection.Outcome
    renewal: licences.Renewal | None
    steps: tuple[selection.Step, ...]
    days_left: int | None
    """Days the stages still take; None when the stage it is in is unknown."""
    swings: tuple[choice.Swing, ...]
    lowest: tuple[str, ...]
    reversals: tuple[tuple[str, str], ...]
    rates: currency.Rates

    @property
    def chosen(self) -> Selection:
        return self.outcome.selection

    @property
    def late(self) -> int | None:
        """Days by which the award misses the notice day; 0 when it does not, None when that is unknown."""
        if self.renewal is None or self.days_left is None:
            return None
        return max(self.days_left - self.renewal.notice_days, 0)


@dataclass(frozen=True, eq=False)
class Review:
    """Everything computed."""

    today: date
    vendors: tuple[Vendor, ...]
    races: tuple[Race, ...]
    rates: currency.Rates
    problems: tuple[str, ...]


async def gather(soc: Soc, groups: list[tuple[str, type[Any]]]) -> Inputs:
    """All files at once."""
    came = await asyncio.gather(*(fetch(name, soc.organisation.read(record)) for name, record in groups))
    return Inputs(dict(zip((record for _, record in groups), came, strict=True)))


def review(inputs: Inputs, now: datetime, zone: str) -> Review:
    """The whole review. Runs in a thread."""
    today = now.astimezone(ZoneInfo(zone)).date()
    finance = inputs.rows(FinancePolicy)
    known = currency.rates(inputs.rows(FxRate), (finance[0] if finance else FinancePolicy()).currency, today)
    contracts = {c.product: c for c in inputs.rows(Contract)}
    vendors = [_vendor(inputs, c, today, now) for c in contracts.values()]
    problems: list[str] = []
    if len(contracts) < len(inputs.rows(Contract)):
        problems.append("A product stands twice in vendors.yaml: its last contract counts.")
    races = []
    for chosen in inputs.rows(Selection):
        contract = contracts.get(chosen.product)
        if contract is None and inputs.ok(Contract):
            problems.append(f"{chosen.title} names the product {chosen.product}, which vendors.yaml does not have.")
        races.append(_race(inputs, chosen, contract, known, today))
    return Review(today, tuple(sorted(vendors, key=lambda v: v.contract.end)), tuple(races), known, tuple(problems))


def _vendor(inputs: Inputs, contract: Contract, today: date, now: datetime) -> Vendor:
    since = now - timedelta(days=SERVICE_DAYS)
    tickets, outages = inputs.rows(VendorTicket), inputs.rows(VendorOutage)
    served = selection.service(contract, tickets, outages, since, now)
    if not inputs.ok(VendorOutage):
        served = replace(served, up=None)
    return Vendor(licences.renewal(contract, today), served, tuple(selection.doubts(contract, today)))


def _race(inputs: Inputs, chosen: Selection, contract: Contract | None, known: currency.Rates, today: date) -> Race:
    criteria, candidates = inputs.of(Criterion, chosen), inputs.of(Candidate, chosen)
    told = selection.outcome(chosen, criteria, candidates, inputs.of(Score, chosen), known)
    stages = inputs.rows(SelectionStage)
    renewal = licences.renewal(contract, today, chosen.negotiation_days) if contract else None
    steps = selection.back_schedule(stages, renewal.notice, renewal.contract.end) if renewal else []
    swings: list[choice.Swing] = []
    lowest: list[str] = []
    turned: list[tuple[str, str]] = []
    if told.field is not None and told.ranking is not None:
        swings = choice.swings(told.field)
        lowest = choice.lowest_of(told.field, told.ranking)
        turned = choice.reversals(told.field)
    left = selection.days_left(stages, chosen.stage)
    return Race(told, renewal, tuple(steps), left, tuple(swings), tuple(lowest), tuple(turned), known)
