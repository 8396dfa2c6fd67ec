"""Fiscal quarters of a year that may start in any month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connectors.models.reading import Window
from handlers.analysis.budget import fiscal_year
from handlers.analysis.business import local_instant


@dataclass(frozen=True, slots=True)
class Quarter:
    """`first` and `last` local days, both included; `year` is named after the calendar year the fiscal year ends in."""

    year: int
    number: int
    first: date
    last: date
    window: Window

    @property
    def label(self) -> str:
        return f"FY{self.year} Q{self.number} ({self.first:%Y-%m-%d} to {self.last:%Y-%m-%d})"


def last_complete_quarter(now: datetime, zone: str, starts: int) -> Quarter:
    """The newest fiscal quarter that has ended: starting in February, on 22 November 2026 it is August to October."""
    today = now.astimezone(ZoneInfo(zone)).date()
    into = (today.month - starts) % 3
    end = _month(today.replace(day=1), -into)
    return quarter_from(_month(end, -3), zone, starts)


def quarter_from(first: date, zone: str, starts: int) -> Quarter:
    """The quarter that begins on a day, the first of a month."""
    end, tz = _month(first, 3), ZoneInfo(zone)
    number = (first.month - starts) % 12 // 3 + 1
    window = Window(local_instant(first, time(0), tz), local_instant(end, time(0), tz))
    return Quarter(fiscal_year(first, starts), number, first, end - timedelta(days=1), window)


def following(quarter: Quarter, zone: str, starts: int) -> Quarter:
    """The quarter after."""
    return quarter_from(quarter.last + timedelta(days=1), zone, starts)


def _month(first: date, count: int) -> date:
    months = first.year * 12 + first.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)
