"""A million cases as numpy columns, made in seconds: what `tests.bench.ledger_server` writes on the wire.

Five steps a case: created, taken by a person (a quarter never is), two changes of stage, closed. Seeded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

DAY = 86_400_000
DAYS = 750
FIRST_ID = 1000
STEPS = ("CREATE_CASE", "ASSIGNEE_CHANGE", "STAGE_CHANGE", "STAGE_CHANGE", "CLOSE_CASE")
PRIORITIES = ("PRIORITY_INFO", "PRIORITY_LOW", "PRIORITY_MEDIUM", "PRIORITY_HIGH", "PRIORITY_CRITICAL")
HOURS = (60.0, 50.0, 26.0, 6.0, 2.0)
"""Median hours to close, by priority."""

PRIORITY_CHANGE = len(STEPS)
Longs = npt.NDArray[np.int64]


@dataclass(eq=False)
class World:
    """Instants in milliseconds. `at`, `of`, `step`: the events up to `now`, oldest first, and the case of each."""

    now: int
    created: Longs
    detected: Longs
    first: Longs
    closed: Longs
    updated: Longs
    priority: npt.NDArray[np.int8]
    kind: npt.NDArray[np.int8]
    """0 a person's, 1 automatic, 2 merged."""
    at: Longs
    of: Longs
    step: npt.NDArray[np.int8]
    written: list[tuple[int, int]] = field(default_factory=list)
    """(instant, case) of the priorities changed since."""

    @property
    def opened(self) -> Any:
        return self.closed > self.now


def make(cases: int, now: int, seed: int = 7) -> World:
    """So many cases over DAYS days up to `now`."""
    draw = np.random.default_rng(seed)
    created = np.sort(draw.integers(now - DAYS * DAY, now - 60_000, cases))
    priority = draw.choice(5, cases, p=[0.05, 0.34, 0.44, 0.14, 0.03]).astype(np.int8)
    kind = draw.choice(3, cases, p=[0.74, 0.22, 0.04]).astype(np.int8)
    hours = np.array(HOURS)[priority] * draw.lognormal(0, 0.85, cases)
    took = np.where(kind == 1, draw.integers(60_000, 900_000, cases), np.minimum(hours * 3.6e6, 40 * DAY))
    closed = created + took.astype(np.int64)
    shares = np.sort(draw.random((cases, 3)), axis=1) * np.array([0.3, 0.6, 0.95])
    times = np.stack([created, *(created + (took * shares[:, n]).astype(np.int64) for n in range(3)), closed])
    times = times // 1000 * 1000
    detected = created - draw.exponential(1.2e6, cases).astype(np.int64)
    at, of = times.ravel(), np.tile(np.arange(cases), len(STEPS))
    step = np.repeat(np.arange(len(STEPS), dtype=np.int8), cases)
    happened = np.flatnonzero(at <= now)
    order = happened[np.argsort(at[happened], kind="stable")]
    updated = np.where(times <= now, times, 0).max(axis=0)
    first = detected - draw.exponential(2.4e6, cases).astype(np.int64)
    return World(now, created, detected, first, closed, updated, priority, kind, at[order], of[order], step[order])


def select(world: World, only: dict[str, int], *, opened: bool, by_update: bool) -> Any:
    """Indices of the cases that a list asks for, newest (or latest update) first. `only`: `createtime>=` and so on."""
    low = np.searchsorted(world.created, only.get("createtime>=", 0))
    high = np.searchsorted(world.created, only.get("createtime<", 1 << 62))
    found = np.arange(low, high)
    if "updatetime>=" in only:
        found = found[world.updated[found] >= only["updatetime>="]]
    if opened:
        found = found[world.opened[found]]
    return found[np.argsort(world.updated[found], kind="stable")][::-1] if by_update else found[::-1]


def events(world: World, low: int, high: int) -> tuple[list[int], list[int], list[int]]:
    """Instants, cases and steps of [low, high), oldest first."""
    part = slice(np.searchsorted(world.at, low), np.searchsorted(world.at, high))
    late = sorted(pair for pair in world.written if low <= pair[0] < high)
    return (
        world.at[part].tolist() + [at for at, _ in late],
        world.of[part].tolist() + [case for _, case in late],
        world.step[part].tolist() + [PRIORITY_CHANGE] * len(late),
    )


def write(world: World, found: list[int], at: int) -> None:
    """Priorities become high: new last updates, new events."""
    world.priority[found], world.updated[found] = PRIORITIES.index("PRIORITY_HIGH"), at
    world.written += [(at // 1000 * 1000, case) for case in found]
