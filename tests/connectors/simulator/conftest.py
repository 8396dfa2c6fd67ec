from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from connectors.simulator import Simulator, SimulatorSettings, running
from tests.connectors.simulator.client import Client

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with running(SimulatorSettings(now=NOW)) as simulator:
        yield simulator


@pytest.fixture
async def client(sim: Simulator) -> AsyncIterator[Client]:
    async with Client(sim) as opened:
        yield opened


@pytest.fixture
async def small() -> AsyncIterator[Client]:
    """A client of 2,500 cases: for what is read to the end."""
    async with running(SimulatorSettings(now=NOW, cases=2500)) as simulator, Client(simulator) as opened:
        yield opened
