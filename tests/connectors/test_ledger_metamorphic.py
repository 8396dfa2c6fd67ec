"""What must not change when the same history is told in another way, and what must change by how much."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median as plain_median
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.clock import FixedClock
from connectors.ledger import ParquetCaseLedger
from connectors.memory.store import MemoryStore
from connectors.models.reading import Window
from connectors.ports import LedgerView
from handlers.analysis.definitions import definition
from handlers.analysis.durations import Durations, extract
from handlers.analysis.summary import summary
from tests.connectors.test_ledger import NOW, ScriptedDesk
from tests.ledger_views import events_of

SPAN = Window(NOW - timedelta(days=60), NOW + timedelta(seconds=1))


def populate(desk: ScriptedDesk, copies: int = 1, seed: int = 5) -> dict[str, float]:
    """300 cases over 60 days with log-normal handling (median about 40 h); the true hours to close by number."""
    rng = random.Random(seed)
    true: dict[str, float] = {}
    for k in range(300):
        age, took = rng.uniform(0.1, 1440), rng.lognormvariate(3.7, 1.0)
        for copy in range(copies):
            number = f"{copy}-{k}"
            true[number] = took
            closed = took < age
            desk.put(number, age=age, status="closed" if closed else "opened")
            steps = [(age, "CREATE_CASE", "@Tier1"), (age - min(took, age) / 3, "ASSIGNEE_CHANGE", "analyst-07")]
            desk.tell(number, *steps, *([(age - took, "CLOSE_CASE", "CLOSED")] if closed else []))
    return true


async def view_of(desk: ScriptedDesk, folder: Path) -> LedgerView:
    ledger = ParquetCaseLedger(desk, desk.clock, MemoryStore(desk.clock), folder, "t", horizon_days=100)
    try:
        await ledger.view(NOW)
        await ledger.filled()
        return await ledger.view(NOW - timedelta(days=100))
    finally:
        await ledger.close()


def mttr(view: LedgerView, at: datetime = NOW, span: Window = SPAN) -> Durations:
    return extract(view.cases, definition("mttr"), span, at)


def numbers(view: LedgerView) -> tuple[Any, ...]:
    """Every statistic of the answer that rests on durations."""
    return summary(mttr(view)), summary(extract(view.cases, definition("mtta"), SPAN, NOW))


@pytest.fixture
def desk() -> ScriptedDesk:
    made = ScriptedDesk(FixedClock(NOW))
    populate(made)
    return made


async def test_the_order_of_rows_changes_nothing(desk: ScriptedDesk, tmp_path: Path) -> None:
    """Pages may come in any order."""
    before = numbers(await view_of(desk, tmp_path / "a"))
    cases = list(desk.held.items())
    random.Random(1).shuffle(cases)
    random.Random(2).shuffle(desk.events)
    desk.held = dict(cases)
    assert numbers(await view_of(desk, tmp_path / "b")) == before


async def test_events_told_twice_change_nothing(desk: ScriptedDesk, tmp_path: Path) -> None:
    """An overlap of two slices is no second close, and no reopening."""
    before = await view_of(desk, tmp_path / "a")
    desk.events += list(desk.events)
    after = await view_of(desk, tmp_path / "b")
    assert numbers(after) == numbers(before)
    assert events_of(after).height == events_of(before).height
    assert after.cases["reopened"].sum() == before.cases["reopened"].sum() == 0


async def test_another_time_zone_changes_nothing(desk: ScriptedDesk, tmp_path: Path) -> None:
    """The same instants told with another offset are the same instants."""
    before = numbers(await view_of(desk, tmp_path / "a"))
    tokyo = ZoneInfo("Asia/Tokyo")
    desk.held = {
        name: replace(case, created_at=case.created_at.astimezone(tokyo), updated_at=case.updated_at.astimezone(tokyo))
        for name, case in desk.held.items()
    }
    desk.events = [replace(event, at=event.at.astimezone(tokyo)) for event in desk.events]
    after = await view_of(desk, tmp_path / "b")
    assert numbers(after) == before
    assert after.cases["created_at"].min() is not None and str(after.cases.schema["created_at"]).endswith("'UTC')")


async def test_twice_the_volume_is_twice_the_count(tmp_path: Path) -> None:
    """Every case told as two cases doubles the counts and leaves medians and means where they are."""
    found = []
    for copies in (1, 2):
        desk = ScriptedDesk(FixedClock(NOW))
        populate(desk, copies)
        found.append(summary(mttr(await view_of(desk, tmp_path / str(copies)))))
    one, two = found
    assert (two.n, two.open, two.finished) == (2 * one.n, 2 * one.open, 2 * one.finished)
    assert two.median == pytest.approx(one.median) and two.mean == pytest.approx(one.mean)
    assert two.km_median == pytest.approx(one.km_median)


async def test_negative_durations_are_listed_and_not_averaged(desk: ScriptedDesk, tmp_path: Path) -> None:
    """A close before its case is a clock that was off: named, in no mean."""
    before = mttr(await view_of(desk, tmp_path / "a"))
    for k in range(3):
        desk.put(f"off-{k}", age=100 + k, status="closed")
        desk.tell(f"off-{k}", (100 + k, "CREATE_CASE", "@Tier1"), (150, "CLOSE_CASE", ""))
    after = mttr(await view_of(desk, tmp_path / "b"))
    assert after.negative_ids == ("off-0", "off-1", "off-2")
    assert (summary(after).n, summary(after).mean) == (summary(before).n, summary(before).mean)
    assert after.excluded == before.excluded + 3


async def test_a_frozen_history_is_estimated_better_by_kaplan_meier(tmp_path: Path) -> None:
    """Frozen at random dates, slow cases are still open: the naive median is too low, Kaplan–Meier is nearer."""
    desk = ScriptedDesk(FixedClock(NOW))
    true = populate(desk, seed=11)
    view = await view_of(desk, tmp_path)
    rng = random.Random(3)
    nearer, naive_error, km_error = 0, 0.0, 0.0
    for _ in range(12):
        at = NOW - timedelta(hours=rng.uniform(0, 1100))
        span = Window(at - timedelta(days=6), at)
        known = [case.id for case in desk.held.values() if span.holds(case.created_at)]
        truth = plain_median(true[number] for number in known) * 3600
        told = summary(mttr(view, at, span))
        assert told.median is not None and told.open > 0
        estimate = told.km_median if told.km_median is not None else told.km_beyond
        assert estimate is not None
        nearer += abs(estimate - truth) <= abs(told.median - truth)
        naive_error += abs(told.median - truth)
        km_error += abs(estimate - truth)
    assert nearer >= 10 and km_error < naive_error / 2
