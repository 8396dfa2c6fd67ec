"""The Google connectors pass the ports' contracts against the simulated SOC, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.clock import FixedClock
from connectors.errors import BackendError, RateLimited, Refused, Unavailable, Unreadable
from connectors.google.alerts import ChronicleAlertFeed
from connectors.google.auth import api_key, bearer
from connectors.google.cases import ChronicleCaseDesk
from connectors.google.gti import GtiThreatIntel
from connectors.google.scc import SccCloudPosture
from connectors.google.wire import Instance
from connectors.http import HttpBackend
from connectors.ledger import MemoryCaseLedger
from connectors.models.reading import Window
from connectors.ports import AlertFeed, CaseDesk, CaseLedger, CloudPosture, ThreatIntel
from connectors.simulator import Fault, Simulator, SimulatorSettings, running
from tests.connectors.contracts import (
    AlertFeedContract,
    CaseDeskContract,
    CaseLedgerContract,
    CloudPostureContract,
    ThreatIntelContract,
)

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
CLOCK = FixedClock(NOW)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with running(SimulatorSettings(now=NOW, cases=800, history_days=90)) as simulator:
        yield simulator


@pytest.fixture
def now() -> datetime:
    return NOW


def chronicle(sim: Simulator, name: str) -> HttpBackend:
    return HttpBackend(name, sim.chronicle_url, bearer(sim.token), CLOCK, timeout=20)


def instance(sim: Simulator) -> Instance:
    return Instance(sim.project_id, sim.customer_id, sim.region)


@pytest.fixture
def desk(sim: Simulator) -> CaseDesk:
    return ChronicleCaseDesk(chronicle(sim, "Case desk"), instance(sim), CLOCK, page_size=50, summary_pause=0.001)


@pytest.fixture
def feed(sim: Simulator) -> AlertFeed:
    return ChronicleAlertFeed(chronicle(sim, "SIEM"), instance(sim), CLOCK, pause=0.001)


@pytest.fixture
def intel(sim: Simulator) -> ThreatIntel:
    return GtiThreatIntel(HttpBackend("GTI", sim.gti_url, api_key("x-apikey", sim.gti_key), CLOCK), CLOCK)


@pytest.fixture
def posture(sim: Simulator) -> CloudPosture:
    return SccCloudPosture(HttpBackend("SCC", sim.scc_url, bearer(sim.token), CLOCK), sim.project_id, CLOCK)


@pytest.fixture
def ledger(desk: CaseDesk) -> CaseLedger:
    return MemoryCaseLedger(desk, CLOCK, horizon_days=95)


class TestChronicleCaseDesk(CaseDeskContract):
    """Chronicle's cases."""


class TestChronicleAlertFeed(AlertFeedContract):
    """Chronicle's alerts."""


class TestGtiThreatIntel(ThreatIntelContract):
    """Google Threat Intelligence."""


class TestSccCloudPosture(CloudPostureContract):
    """Security Command Center."""


class TestMemoryCaseLedger(CaseLedgerContract):
    """The ledger in memory over Chronicle's cases."""


async def test_a_passing_fault_is_outlived(sim: Simulator, desk: CaseDesk) -> None:
    """One 503 and one 429 with a short Retry-After cost nothing but a moment."""
    sim.faults.add(Fault("chronicle", path="/cases", status=503, times=1))
    sim.faults.add(Fault("chronicle", path="/cases", status=429, retry_after=0, times=1))
    assert (await desk.open_cases()).items


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("chronicle", status=500), Unavailable),
        (Fault("chronicle", status=429, retry_after=600), RateLimited),
        (Fault("chronicle", body="malformed"), Unreadable),
        (Fault("chronicle", body="html"), Unreadable),
        (Fault("chronicle", body="empty"), Unreadable),
        (Fault("chronicle", body="truncated"), Unavailable),
    ],
    ids=["500", "429", "malformed", "html", "empty", "truncated"],
)
async def test_a_lasting_fault_is_an_error(
    sim: Simulator, desk: CaseDesk, feed: AlertFeed, fault: Fault, error: type[BackendError]
) -> None:
    """What stays broken is an error of its own kind on every read, never an empty answer."""
    sim.faults.add(fault)
    window = Window(NOW - timedelta(days=1), NOW)
    for ask in (desk.open_cases(), desk.case("1000"), feed.alerts(window), feed.rules(), feed.rule_activity(window)):
        with pytest.raises(error):
            await ask


async def test_hidden_data_is_noticed(sim: Simulator, feed: AlertFeed) -> None:
    """A SIEM that gives fewer alerts or matches than it counts yields truncated readings."""
    sim.faults.add(Fault("chronicle", more_data=2))
    window = Window(NOW - timedelta(days=20), NOW)
    assert (await feed.alerts(window)).truncated
    assert (await feed.ioc_matches(window)).truncated


async def test_a_wrong_token_is_a_refusal(sim: Simulator) -> None:
    """Credentials that the backend refuses are named as such, without being shown."""
    backend = HttpBackend("Case desk", sim.chronicle_url, bearer("wrong-token"), CLOCK)
    with pytest.raises(Refused) as caught:
        await ChronicleCaseDesk(backend, instance(sim), CLOCK).open_cases()
    assert caught.value.status == 401 and "wrong-token" not in str(caught.value)


async def test_a_skewed_clock_shows_in_the_ping(sim: Simulator, desk: CaseDesk) -> None:
    """A backend whose clock is an hour off is up, with a sentence about it."""
    assert (await desk.ping()).detail == ""
    sim.faults.add(Fault("chronicle", clock_skew=3600))
    ping = await desk.ping()
    assert ping.ok and "3600 s ahead of ours" in ping.detail


async def test_history_cut_without_a_word_is_said_to_be_cut(desk: CaseDesk, sim: Simulator) -> None:
    """Against a desk that caps its history silently the ledger is marked truncated and says why; else it is not."""
    since = NOW - timedelta(days=30)
    assert not (await MemoryCaseLedger(desk, CLOCK, horizon_days=95).view(since)).facts.truncated
    sim.faults.add(Fault(backend="chronicle", path="dashboardQueries", more_data=20))
    cut = await MemoryCaseLedger(desk, CLOCK, horizon_days=95).view(since)
    assert cut.facts.truncated
    assert any("the history has gaps" in note for note in cut.facts.notes)
