"""What executives are told of a period: incidents by severity, time to contain, promises kept, exposures past due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from connectors.models.alerts import Alert, Rule
from connectors.models.organisation import Service, SlaPolicy
from connectors.models.reading import Window
from connectors.models.threats import Finding
from handlers.analysis import sla, slices
from handlers.analysis.business import BusinessHours
from handlers.analysis.definitions import ORG, MetricDefinition
from handlers.analysis.durations import extract, population
from handlers.analysis.proportions import Share, wilson
from handlers.analysis.summary import Summary, summary

MAJOR = ("critical", "high")
"""Priorities of an incident that is major."""
EXPLOITED = frozenset({"CONFIRMED", "WIDE"})
"""Exploitation states of a finding that stand in for "known exploited"."""
DEADLINE_DAYS = 14.0
"""The longest deadline that CISA's BOD 26-04 gives a known exploited vulnerability that is exposed or automatable
or has total impact (its 16-row table, CERTCC/SSVC cisa_bod_26_04 1.0.0); some have 3 days, one row has 60."""


def two_digits(value: float) -> float:
    """Two significant digits, halves away from zero: 127 → 130, 0.9231 → 0.92."""
    exact = Decimal(repr(float(value)))
    if exact == 0:
        return 0.0
    return float(exact.quantize(Decimal(1).scaleb(exact.adjusted() - 1), rounding=ROUND_HALF_UP))


def incidents(cases: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Real cases opened in the window that were declared an incident."""
    frame = population(slices.opened(cases, window)).frame
    return frame.filter(pl.col("incident") | pl.col("identified_at").is_not_null())


@dataclass(frozen=True, eq=False)
class Containment:
    """Time to contain major incidents: `recorded` of `of` have a time; seconds of each that has, shortest first."""

    summary: Summary
    recorded: int
    of: int
    seconds: tuple[float, ...]


def containment(cases: pl.DataFrame, window: Window, as_of: datetime) -> Containment:
    """Created to contained, incidents of priority critical or high opened in the window."""
    major = cases.filter(pl.col("priority").is_in(list(MAJOR)))
    found = extract(major, ORG["mttc"], window, as_of)
    done = found.frame.filter(pl.col("observed"))["seconds"].sort()
    return Containment(summary(found), done.len(), incidents(major, window).height, tuple(float(s) for s in done))


@dataclass(frozen=True, slots=True)
class Kept:
    """Promises to resolve, of cases opened in a window; `missed` are the ids of those broken."""

    attainment: sla.Attainment
    missed: tuple[str, ...]


def kept(
    cases: pl.DataFrame,
    window: Window,
    as_of: datetime,
    policies: Sequence[SlaPolicy],
    hours: Mapping[str, BusinessHours],
) -> Kept:
    """Attainment of the promise to resolve."""
    judged = sla.outcomes(slices.opened(cases, window), policies, "resolve", as_of, hours)
    return Kept(sla.attainment(judged), tuple(slices.missed_ids(judged)))


def median_of(cases: pl.DataFrame, definition: MetricDefinition, window: Window, as_of: datetime) -> Summary:
    """Summary of a duration metric of a window."""
    return summary(extract(cases, definition, window, as_of))


def watched(services: Iterable[Service], crown_jewels: bool) -> Share:
    """Share of services (of crown jewels alone) that are monitored."""
    counted = [service for service in services if service.crown_jewel or not crown_jewels]
    return wilson(sum(service.monitored for service in counted), len(counted))


@dataclass(frozen=True, slots=True)
class Exposures:
    """Critical findings: `open` in all; of the `judged` ones `past_due`; `undated` have no date to judge by."""

    open: int
    judged: int
    past_due: int
    undated: int
    oldest_days: float | None


def exposures(findings: Iterable[Finding], now: datetime, days: float | None) -> Exposures:
    """Critical findings open longer than `days`; without `days`, the exploited ones longer than `DEADLINE_DAYS`."""
    critical = [one for one in findings if one.severity.casefold() == "critical"]
    bound = [one for one in critical if days is not None or one.exploitation.upper() in EXPLOITED]
    ages = [now - one.created_at for one in bound if one.created_at is not None]
    limit = timedelta(days=DEADLINE_DAYS if days is None else days)
    late = sum(age > limit for age in ages)
    oldest = max(ages, default=None)
    return Exposures(
        len(critical), len(ages), late, len(bound) - len(ages), None if oldest is None else oldest / timedelta(days=1)
    )


def cases_by_technique(alerts: Iterable[Alert], rules: Iterable[Rule]) -> dict[str, frozenset[str]]:
    """ATT&CK id → SIEM case names with an alert whose rule names it; a rule is found by id or by name."""
    known: dict[str, tuple[str, ...]] = {}
    for rule in rules:
        known[rule.id] = known[rule.name] = rule.techniques
    found: dict[str, set[str]] = {}
    for alert in alerts:
        if alert.case_name:
            for technique in known.get(alert.rule_id) or known.get(alert.rule, ()):
                found.setdefault(technique, set()).add(alert.case_name)
    return {technique: frozenset(names) for technique, names in found.items()}
