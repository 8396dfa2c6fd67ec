"""What the budget is computed from, and the computation: pure once the sources are in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.models.organisation import (
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
from connectors.models.reading import Reading, Window
from connectors.ports import LedgerView
from handlers.analysis import budget, currency, licences, volumes
from handlers.analysis.business import local_instant
from handlers.core.fetch import Got, fetch
from handlers.core.soc import Soc

LEDGER_SECONDS = 20.0
Rows = Got[Reading[Any]]


@dataclass(frozen=True)
class Inputs:
    """Every source that was asked, by record; `ledger` None where nothing needs it."""

    files: dict[type[Any], Rows]
    ledger: Got[LedgerView] | None

    @property
    def all(self) -> tuple[Got[Any], ...]:
        return (*([self.ledger] if self.ledger else []), *self.files.values())

    def ok(self, record: type[Any]) -> bool:
        return record in self.files and self.files[record].ok

    def rows(self, record: type[Any]) -> tuple[Any, ...]:
        """What came, or nothing."""
        got = self.files.get(record)
        return () if got is None or got.value is None else got.value.items

    @property
    def finance(self) -> FinancePolicy:
        """The organisation's, or the defaults of the record."""
        kept = self.rows(FinancePolicy)
        return kept[0] if kept else FinancePolicy()


ALWAYS: tuple[tuple[str, type[Any]], ...] = (
    ("Budget", BudgetLine), ("Finance policy", FinancePolicy), ("Currency rates", FxRate), ("Contracts", Contract),
)  # fmt: skip
OPERATIONS: tuple[tuple[str, type[Any]], ...] = (
    ("Headcount", Headcount), ("Budget scenarios", BudgetScenario), ("Risk scenarios", RiskScenario),
    ("Roster", Person), ("Staffing policy", StaffingPolicy), ("Handling times", HandlingTime),
)  # fmt: skip
TOOLS: tuple[tuple[str, type[Any]], ...] = (("Licence usage", LicenceUsage),)
TRAINING: tuple[tuple[str, type[Any]], ...] = (
    ("Roster", Person), ("Skills", Skill), ("Skill needs", SkillNeed), ("Courses", Course), ("Certifications", Cert),
    ("Significant incidents", SignificantIncident),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Times:
    """`today` is local. `since` and `until`: instants at which the fiscal year began and will end."""

    now: datetime
    today: date
    year: int
    start: date
    since: datetime
    until: datetime
    zone: str

    @property
    def window(self) -> Window:
        """The fiscal year."""
        return Window(self.since, self.until)


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything every section needs; None where an input is missing."""

    times: Times
    finance: FinancePolicy
    rates: currency.Rates
    budget: budget.Budget | None
    renewals: tuple[licences.Renewal, ...] | None
    uses: tuple[licences.Use, ...]
    volumes: volumes.Volumes | None
    window: Window | None
    """What the volumes were counted over: the booked part of the year."""
    currencies: tuple[str, ...]
    """Currencies of the budget's lines."""
    problems: tuple[str, ...]

    @property
    def due(self) -> tuple[licences.Renewal, ...]:
        """Auto-renewing contracts whose notice day has passed or comes within 30 days, soonest end first."""
        return tuple(r for r in self.renewals or () if r.state in ("renews unless ended: notice passed", "notice due"))

    @property
    def expired(self) -> tuple[licences.Renewal, ...]:
        return tuple(r for r in self.renewals or () if r.state == "expired")


async def gather(soc: Soc, groups: list[tuple[str, type[Any]]], since: datetime | None) -> Inputs:
    """The files of the sections asked for and, where one needs it, the ledger; all at once."""
    wanted = {record: name for name, record in groups}
    ledger = fetch("Case ledger", soc.ledger.view(since), LEDGER_SECONDS) if since is not None else None
    asked = (fetch(name, soc.organisation.read(record)) for record, name in wanted.items())
    if ledger is None:
        return Inputs(dict(zip(wanted, await asyncio.gather(*asked), strict=True)), None)
    view, *came = await asyncio.gather(ledger, *asked)
    return Inputs(dict(zip(wanted, came, strict=True)), view)


def times(now: datetime, zone: str, starts: int) -> Times:
    """The fiscal year that contains now."""
    tz = ZoneInfo(zone)
    today = now.astimezone(tz).date()
    year = budget.fiscal_year(today, starts)
    start = budget.year_start(year, starts)
    after = budget.year_start(year + 1, starts)
    return Times(now, today, year, start, local_instant(start, time(0), tz), local_instant(after, time(0), tz), zone)


def plan(inputs: Inputs, when: Times) -> Plan:
    """The whole plan. Runs in a thread."""
    finance = inputs.finance
    known = currency.rates(inputs.rows(FxRate), finance.currency, when.today)
    told = None
    problems: list[str] = []
    if inputs.ok(BudgetLine):
        told = budget.budget(inputs.rows(BudgetLine), when.year, when.start, known)
        problems += told.problems
        problems += _staleness(told, finance, when)
    contracts = inputs.rows(Contract)
    renewals = tuple(sorted((licences.renewal(c, when.today) for c in contracts), key=lambda r: r.contract.end))
    if lacking := known.missing(c.currency for c in contracts):
        problems.append(
            f"Contracts in {', '.join(lacking)} have no rate to {known.to} (fx_rates.yaml): not in sums of money."
        )
    uses = tuple(u for r in renewals if r.state != "expired" and (u := licences.use(r.contract)) is not None)
    problems += _rates(known, inputs, finance, when)
    window, counted = _volumes(inputs, told, when)
    return Plan(
        when,
        finance,
        known,
        told,
        renewals if inputs.ok(Contract) else None,
        uses,
        counted,
        window,
        tuple(line.currency for line in inputs.rows(BudgetLine)),
        tuple(problems),
    )


def _staleness(told: budget.Budget, finance: FinancePolicy, when: Times) -> list[str]:
    if not told.lines and not told.problems:
        return [f"budget.yaml has no line for the fiscal year {when.year}."]
    if told.as_of is not None and (when.today - told.as_of).days > finance.booked_days:
        age = (when.today - told.as_of).days
        return [f"The oldest line is booked until {told.as_of}, {age} days ago: what came since is missing."]
    return []


def _rates(known: currency.Rates, inputs: Inputs, finance: FinancePolicy, when: Times) -> list[str]:
    used = known.used([r.currency for record in (BudgetLine, Contract) for r in inputs.rows(record)])
    old = [r for r in used if (when.today - r.as_of).days > finance.rate_days]
    return [f"The rate of {r.currency} is of {r.as_of}, {(when.today - r.as_of).days} days ago." for r in old]


def _volumes(inputs: Inputs, told: budget.Budget | None, when: Times) -> tuple[Window | None, volumes.Volumes | None]:
    """Work over the booked part of the year, so that money and work are of the same months."""
    if inputs.ledger is None or inputs.ledger.value is None or told is None or told.as_of is None:
        return None, None
    end = local_instant(told.as_of + timedelta(days=1), time(0), ZoneInfo(when.zone))
    if end <= when.since:
        return None, None
    window = Window(when.since, end)
    return window, volumes.volumes(inputs.ledger.value.cases, window)
