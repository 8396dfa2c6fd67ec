"""`monitor operations` over the days that the bot has kept: the last whole day against its own kind."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from connectors.errors import BackendError, Unavailable
from connectors.models.reading import Reading
from connectors.models.volumes import DailyVolume
from handlers.analysis.unusual_days import latest
from handlers.commands.monitor_operations import COMMAND
from messages.document import Document
from tests.handlers.commands.desk import NOW, FakeDesk, FakeFeed, FakeLedger, ask, dangling, fake_soc, value, words

TODAY = NOW.date()


def day(back: int, total: int, kind: str = "alerts", *, truncated: bool = False) -> DailyVolume:
    return DailyVolume(kind, TODAY - timedelta(days=back), total, (), 0, NOW, truncated)


def month(last: int) -> list[DailyVolume]:
    """Twenty-eight days of 100 to 106 alerts, a third of that on weekends, the last one given."""
    found = [day(back, 100 + back % 7) for back in range(28, 1, -1)]
    quiet = [day(back, 33 + back % 7) for back in range(28, 1, -1)]
    return [q if _weekend(f.day) else f for f, q in zip(found, quiet, strict=True)] + [day(1, last)]


def _weekend(at: date) -> bool:
    return at.weekday() >= 5


class KeptLedger(FakeLedger):
    """A ledger that has kept days, or fails to say so."""

    def __init__(self, days: list[DailyVolume], error: BackendError | None = None) -> None:
        super().__init__()
        self.days, self.error = days, error

    async def volumes(self, since: datetime) -> Reading[DailyVolume]:
        if self.error is not None:
            raise self.error
        return Reading(tuple(d for d in self.days if d.day >= since.date()), "Daily snapshots", NOW)


async def board(days: list[DailyVolume], error: BackendError | None = None) -> Document:
    document = await ask(COMMAND, "monitor operations", fake_soc(FakeDesk([]), FakeFeed(), KeptLedger(days, error)))
    assert dangling(document) == set()
    return document


async def test_a_day_out_of_the_ordinary_is_told_with_its_n() -> None:
    """A day far above its own kind of days is named with count, usual range, robust z and n."""
    document = await board(month(400))
    assert value(document, "alerts.day") == 400
    alike = sum(_weekend(d.day) == _weekend(TODAY - timedelta(days=1)) for d in month(0)[:-1])
    assert ", outside the usual " in words(document)
    assert f"n = {alike} earlier {'weekend' if _weekend(TODAY - timedelta(days=1)) else 'working'} days" in words(
        document
    )
    assert "Daily snapshots" in {source.name for source in document.provenance}


@pytest.mark.parametrize(("days", "error"), [(month(400)[-13:], None), ([], Unavailable("Case ledger", "is away"))])
async def test_too_few_days_change_nothing(days: list[DailyVolume], error: BackendError | None) -> None:
    """With fewer than fourteen days, or when they cannot be read, the answer is the one without them."""
    without, document = await board([]), await board(days, error)
    assert document.blocks == without.blocks and document.provenance == without.provenance
    assert [f.id for f in document.figures] == [f.id for f in without.figures]


def test_a_weekend_is_not_judged_by_working_days() -> None:
    """A quiet Sunday among quiet weekends is usual, and the same count on a Monday is not."""
    monday = date(2026, 11, 16)
    totals = {
        monday - timedelta(days=back): 30 if _weekend(monday - timedelta(days=back)) else 100 for back in range(28)
    }
    days = [DailyVolume("alerts", at, n, (), 0, NOW) for at, n in totals.items()]
    sunday = latest([d for d in days if d.day < monday], "alerts", monday)
    assert sunday is not None and (sunday.day.weekday(), sunday.count, sunday.unusual, sunday.z) == (6, 30, False, 0.0)
    low = latest([d if d.day < monday else day(0, 30) for d in days if d.day < monday]
                 + [DailyVolume("alerts", monday, 30, (), 0, NOW)], "alerts", monday + timedelta(days=1))  # fmt: skip
    assert low is not None and low.unusual and low.z == pytest.approx(-70 / 1.4826)


def test_lower_bounds_old_days_and_other_kinds_are_not_judged() -> None:
    """A truncated total is no total, a day before yesterday's is no news, and indicators are not alerts."""
    assert latest(month(100), "iocs", TODAY) is None
    assert latest(month(100), "alerts", TODAY + timedelta(days=3)) is None
    cut = latest([*month(100)[:-1], day(1, 900, truncated=True)], "alerts", TODAY)
    assert cut is not None and cut.day == TODAY - timedelta(days=2)
