"""Values that end by the given clock's monotonic reading."""

from __future__ import annotations

from connectors.ports import Clock

SWEEP = 1_000
"""Writes between two clean-ups of what has expired."""


class Expiring:
    """Key -> (value, end)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[str, tuple[str, float]] = {}
        self._writes = 0

    def put(self, key: str, value: str, ttl: float) -> None:
        self._held[key] = (value, self._clock.monotonic() + ttl)
        self._writes += 1
        if self._writes % SWEEP == 0:
            now = self._clock.monotonic()
            self._held = {kept: pair for kept, pair in self._held.items() if pair[1] > now}

    def get(self, key: str) -> str | None:
        found = self._held.get(key)
        return found[0] if found is not None and found[1] > self._clock.monotonic() else None

    def drop(self, key: str) -> None:
        self._held.pop(key, None)
