"""The one place that reads the machine's clock; everything else is given a `Clock`."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """Wall clock in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class AnchoredClock:
    """A clock that stood at `anchor` when it was made and has ticked since: the simulated SOC's."""

    def __init__(self, anchor: datetime) -> None:
        self._anchor = anchor.astimezone(UTC)
        self._started = time.monotonic()

    def now(self) -> datetime:
        return self._anchor + timedelta(seconds=time.monotonic() - self._started)

    def monotonic(self) -> float:
        return time.monotonic()


class FixedClock:
    """A clock that moves only when told: for tests and golden files."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)
        self.ticks = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.ticks

    def advance(self, seconds: float) -> None:
        """Move both readings forward by `seconds`."""
        self.at += timedelta(seconds=seconds)
        self.ticks += seconds
