"""Daily snapshots: one row a kind and day, taken once, told as what they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors.clock import FixedClock
from connectors.errors import Unavailable
from connectors.ledger.snapshots import BACK, Snapshots
from connectors.memory.store import MemoryStore
from connectors.models.alerts import Alert, AlertView, IocMatch, Rule, RuleActivity
from connectors.models.reading import Ping, Reading, Window

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
YESTERDAY = date(2026, 11, 21)


class Feed:
    """A SIEM that counts 40 alerts a day and lists three of them, and 5 indicator matches."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, date]] = []
        self.away = False

    def _ask(self, kind: str, window: Window) -> None:
        self.asked.append((kind, window.start.date()))
        assert window.seconds == 86_400
        if self.away:
            raise Unavailable("SIEM", "failed (HTTP 500)")

    async def ping(self) -> Ping:
        return Ping("SIEM", True)

    async def alerts(self, window: Window, limit: int = 1000, closed: bool = True) -> Reading[AlertView]:
        self._ask("alerts", window)
        severities = ("HIGH", "HIGH", "low")
        seen = tuple(Alert(str(k), "r", "ru", name, "", "OPEN", "", window.start) for k, name in enumerate(severities))
        return Reading((AlertView(seen, 40, 40, ()),), "SIEM", NOW, window, truncated=True)

    async def ioc_matches(self, window: Window, limit: int = 1000) -> Reading[IocMatch]:
        self._ask("iocs", window)
        seen = tuple(IocMatch("domain", f"d{k}.example", (), (), (), None, None, None) for k in range(5))
        return Reading(seen, "SIEM", NOW, window, truncated=True)

    async def rules(self) -> Reading[Rule]:
        raise NotImplementedError

    async def rule_activity(self, window: Window) -> Reading[RuleActivity]:
        raise NotImplementedError


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


async def test_days_that_are_over_are_taken_once(tmp_path: Path, clock: FixedClock) -> None:
    """The last days are counted, never today, and a second look the same day asks for nothing."""
    feed, store = Feed(), MemoryStore(clock)
    kept = Snapshots(tmp_path, store, clock, feed)
    assert await kept.take() == 2 * BACK
    assert {day for _, day in feed.asked} == {YESTERDAY - timedelta(days=back) for back in range(BACK)}
    feed.asked.clear()
    assert (await kept.take(), feed.asked) == (0, [])
    clock.advance(86_400)
    assert await Snapshots(tmp_path, store, clock, feed).take() == 2


async def test_replicas_take_a_day_once(tmp_path: Path, clock: FixedClock) -> None:
    """What one replica has claimed another leaves alone, whether or not it can see the file yet."""
    feed, store = Feed(), MemoryStore(clock)
    assert await Snapshots(tmp_path / "a", store, clock, feed).take() == 2 * BACK
    assert await Snapshots(tmp_path / "b", store, clock, feed).take() == 0


async def test_what_was_counted_is_told(tmp_path: Path, clock: FixedClock) -> None:
    """The total is the SIEM's; severities say of how many; a cut list without a total is a lower bound."""
    kept = Snapshots(tmp_path, MemoryStore(clock), clock, Feed())
    await kept.take()
    reading = await kept.volumes(NOW - timedelta(days=2))
    alerts = [item for item in reading.items if item.kind == "alerts"]
    assert [item.day for item in alerts] == [YESTERDAY - timedelta(days=1), YESTERDAY]
    last = alerts[-1]
    assert (last.total, last.by_severity, last.counted, last.truncated) == (40, (("high", 2), ("low", 1)), 3, False)
    (ioc,) = [item for item in reading.items if item.kind == "iocs" and item.day == YESTERDAY]
    assert (ioc.total, ioc.truncated, reading.truncated) == (5, True, True)


async def test_a_siem_that_is_away_is_a_note_and_no_zero(tmp_path: Path, clock: FixedClock) -> None:
    """A day that could not be counted has no row, and is taken when the SIEM is back."""
    feed = Feed()
    kept = Snapshots(tmp_path, MemoryStore(clock), clock, feed)
    feed.away = True
    assert await kept.take() == 0
    reading = await kept.volumes(NOW - timedelta(days=9))
    assert reading.items == ()
    assert reading.notes == ("Daily alerts: SIEM failed (HTTP 500).", "Daily iocs: SIEM failed (HTTP 500).")
    feed.away = False
    assert await kept.take() == 2 * BACK
    assert (await kept.volumes(NOW)).notes == ()
