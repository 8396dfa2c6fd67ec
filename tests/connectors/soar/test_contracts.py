"""The legacy SOAR passes the case desk's contract against the simulated SOC; where it cannot, it says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.clock import FixedClock
from connectors.errors import BackendError, RateLimited, Refused, Unavailable, Unreadable
from connectors.google.auth import api_key
from connectors.google.cases import ChronicleCaseDesk
from connectors.http import HttpBackend
from connectors.models.cases import Case
from connectors.ports import CaseDesk
from connectors.simulator import Fault, Simulator, SimulatorSettings, running
from connectors.simulator.soar_routes import PAGE
from connectors.soar.cases import SoarCaseDesk
from connectors.soar.ending import NotOverLegacy, ending
from tests.connectors.contracts import created, days
from tests.connectors.google.test_contracts import chronicle, instance
from tests.connectors.partial_desk import PartialCaseDeskContract

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
CLOCK = FixedClock(NOW)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with running(SimulatorSettings(now=NOW, cases=800, history_days=90)) as simulator:
        yield simulator


@pytest.fixture
def now() -> datetime:
    return NOW


def backend(sim: Simulator, key: str = "") -> HttpBackend:
    return HttpBackend("Case desk", sim.soar_url, api_key("AppKey", key or sim.soar_key), CLOCK, timeout=20, wait=0.01)


@pytest.fixture
def desk(sim: Simulator) -> CaseDesk:
    return SoarCaseDesk(backend(sim), CLOCK)


class TestSoarCaseDesk(PartialCaseDeskContract):
    """The SOAR's legacy interface."""

    error, way = NotOverLegacy, "over the SOAR's legacy interface"


def _same(case: Case) -> tuple[object, ...]:
    return (
        *(case.id, case.title, case.priority, case.status, case.stage, case.assignee, case.created_at, case.updated_at),
        *(case.environment, case.alert_count, case.important, case.incident, case.sla, case.tags, case.products),
    )


async def test_both_interfaces_tell_the_same_of_every_case(sim: Simulator) -> None:
    """Numbers for strings, CamelCase for capitals: queue and window are, field by field, those of the Chronicle API."""
    new = ChronicleCaseDesk(chronicle(sim, "Case desk"), instance(sim), CLOCK)
    old = SoarCaseDesk(backend(sim), CLOCK)
    ours, theirs = (await old.open_cases()).items, (await new.open_cases()).items
    assert {_same(case) for case in ours} == {_same(case) for case in theirs}
    window = days(NOW, 30)
    assert [_same(one) for one in await created(old, window)] == [_same(one) for one in await created(new, window)]


async def test_every_page_is_read_once_for_all_questions(sim: Simulator) -> None:
    """800 cases at 50 a page are 16 requests, and a second question within the time to live is none."""
    desk = SoarCaseDesk(backend(sim), CLOCK)
    await desk.open_cases()
    await created(desk, days(NOW, 5))
    asked = [seen for seen in sim.requests if seen.path.endswith("/cases")]
    assert len(asked) == 800 / PAGE
    assert all(seen.query["$expand"] == "tags" for seen in asked)


async def test_its_end_is_told_with_every_answer(sim: Simulator) -> None:
    """Queue, window and ping say the day and how many are left; the note alone does not make an answer a cut one."""
    desk = SoarCaseDesk(backend(sim), CLOCK)
    said = "The SOAR's legacy interface (SOAR_URL) ends on 31 March 2027, in 129 days"
    reading = await desk.open_cases()
    assert reading.notes[-1].startswith(said) and not reading.truncated
    assert [page.notes[-1].startswith(said) async for page in desk.cases(days(NOW, 3))] == [True]
    ping = await desk.ping()
    assert ping.ok and ping.detail.startswith(said)
    assert "ended on 31 March 2027" in ending(datetime(2027, 4, 1, tzinfo=UTC))


async def test_a_cut_is_said(sim: Simulator) -> None:
    """More pages than are read make the queue and the window truncated, with the reason."""
    desk = SoarCaseDesk(backend(sim), CLOCK, max_pages=3)
    reading = await desk.open_cases()
    assert reading.truncated and "Stopped after 3 pages of Case desk; more exist." in reading.notes


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("soar", status=500), Unavailable),
        (Fault("soar", status=429, retry_after=600), RateLimited),
        (Fault("soar", status=410), Refused),
        (Fault("soar", body="malformed"), Unreadable),
        (Fault("soar", body="html"), Unreadable),
        (Fault("soar", body="empty"), Unreadable),
        (Fault("soar", body="truncated"), Unavailable),
    ],
    ids=["500", "429", "410", "malformed", "html", "empty", "truncated"],
)
async def test_a_lasting_fault_is_an_error(sim: Simulator, fault: Fault, error: type[BackendError]) -> None:
    """What stays broken is an error of its own kind on every question, never an empty queue; the ping says it."""
    sim.faults.add(fault)
    desk = SoarCaseDesk(backend(sim), CLOCK)
    for ask in (desk.open_cases(), desk.case("1000"), desk.summary("1000")):
        with pytest.raises(error):
            await ask
    assert not (await desk.ping()).ok


async def test_a_wrong_key_is_a_refusal(sim: Simulator) -> None:
    """An AppKey that is not taken is named as such, without being shown."""
    with pytest.raises(Refused) as caught:
        await SoarCaseDesk(backend(sim, "hunter2"), CLOCK).open_cases()
    assert caught.value.status == 401 and "hunter2" not in str(caught.value)


async def test_a_comment_whose_answer_was_lost_is_found_or_not_confirmed(sim: Simulator) -> None:
    """It is sent once; the case is read again, and what is found there decides."""
    desk = SoarCaseDesk(backend(sim), CLOCK)
    sim.faults.add(Fault("soar", path="/comments", method="POST", body="truncated", times=1))
    written = await desk.comment("1000", "seen once")
    assert written.confirmed and written.detail == "confirmed by reading the case again"
    sim.faults.add(Fault("soar", path="/comments", method="POST", status=503, times=1))
    lost = await desk.comment("1000", "never written")
    assert not lost.confirmed and lost.detail.endswith("and the comment is not on the case")
    posted = [seen for seen in sim.requests if seen.method == "POST"]
    assert len(posted) == 2
    texts = [line.text for line in (await desk.case("1000")).comments or ()]
    assert texts.count("seen once") == 1 and "never written" not in texts


async def test_a_priority_whose_answer_was_lost_is_read_back(sim: Simulator) -> None:
    """What the case shows afterwards decides; a priority that nobody knows is refused before anything is sent."""
    desk = SoarCaseDesk(backend(sim), CLOCK)
    sim.faults.add(Fault("soar", method="PATCH", body="truncated", times=1))
    assert (await desk.change_priority("1000", "critical")).detail == "confirmed by reading the case again"
    sim.faults.add(Fault("soar", method="PATCH", status=503, times=1))
    assert "the case still shows critical" in (await desk.change_priority("1000", "low")).detail
    with pytest.raises(Refused):
        await desk.change_priority("1000", "urgent")


async def test_a_part_that_failed_is_named(sim: Simulator) -> None:
    """Comments that cannot be read are none that can be shown, and the case still is."""
    sim.faults.add(Fault("soar", path="/comments", status=500))
    detail = await SoarCaseDesk(backend(sim), CLOCK).case("1000")
    assert detail.comments is None and detail.alerts is not None
    assert any(notice.startswith("Comments: Case desk failed") for notice in detail.notices)


async def test_a_window_in_the_past_is_cut_out_here(sim: Simulator) -> None:
    """What lies outside the window is not in it, whatever the list gives."""
    desk = SoarCaseDesk(backend(sim), CLOCK)
    window = days(NOW - timedelta(days=20), 10)
    assert all(window.holds(case.created_at) for case in await created(desk, window))
