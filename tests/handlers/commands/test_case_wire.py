"""The direct looks and writes over HTTP: real connectors, the simulated SOC's wire formats, injected faults."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from connectors.clock import FixedClock
from connectors.google.alerts import ChronicleAlertFeed
from connectors.google.auth import api_key, bearer
from connectors.google.cases import ChronicleCaseDesk
from connectors.google.gti import GtiThreatIntel
from connectors.google.scc import SccCloudPosture
from connectors.google.wire import Instance
from connectors.http import HttpBackend
from connectors.ledger import MemoryCaseLedger
from connectors.simulator import Fault, Simulator, SimulatorSettings, running
from handlers.commands import (
    alerts,
    case_comment,
    case_list,
    case_priority,
    case_show,
    case_summary,
    iocs,
    posture,
    threats,
)
from handlers.core.registry import Registry
from tests.handlers.commands.twins import Desk, cells, lines, words

MODULES = (case_list, case_show, case_comment, case_priority, case_summary, alerts, iocs, threats, posture)
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with running(SimulatorSettings(now=NOW, cases=400, history_days=60)) as simulator:
        yield simulator


@pytest.fixture
def desk(sim: Simulator) -> Desk:
    """A desk whose ports are the real connectors on the simulator."""
    clock = FixedClock(NOW)
    instance = Instance(sim.project_id, sim.customer_id, sim.region)

    def backend(name: str) -> HttpBackend:
        return HttpBackend(name, sim.chronicle_url, bearer(sim.token), clock, timeout=20)

    cases = ChronicleCaseDesk(backend("Case desk"), instance, clock, ttl=0, summary_pause=0.001)
    made = Desk(clock=clock, registry=Registry(module.COMMAND for module in MODULES))
    made.cases = cases  # type: ignore[assignment]
    made.alerts = ChronicleAlertFeed(backend("SIEM"), instance, clock, pause=0.001)  # type: ignore[assignment]
    intel = HttpBackend("GTI", sim.gti_url, api_key("x-apikey", sim.gti_key), clock)
    made.intel = GtiThreatIntel(intel, clock)  # type: ignore[assignment]
    scc = HttpBackend("SCC", sim.scc_url, bearer(sim.token), clock)
    made.posture = SccCloudPosture(scc, sim.project_id, clock)  # type: ignore[assignment]
    made.ledger = MemoryCaseLedger(cases, clock, horizon_days=65)  # type: ignore[assignment]
    return made


async def first_open(desk: Desk) -> str:
    return (await desk.soc.cases.open_cases()).items[0].id


async def test_list_and_show(desk: Desk) -> None:
    """The listed cases are the desk's open ones, and each opens with alerts, history and wall."""
    listed = await desk.run("case list --sort age")
    total = len((await desk.soc.cases.open_cases()).items)
    assert listed.figure("queue.open").value == total > 0
    document = await desk.run(f"case show {cells(listed, 'Open cases')[0][0]}")
    assert {"Alerts", "History", "Wall"} <= {b.caption for b in document.blocks if b.kind == "table"}
    assert document.notices == ()


async def test_comment_reaches_the_desk_once(desk: Desk) -> None:
    """A confirmed comment stands on the case word for word; the same press delivered again adds no second one."""
    case_id = await first_open(desk)
    preview = await desk.answer(f"case comment {case_id} Bridge <b> & “evidence” &amp;lt;kept&amp;gt;")
    confirm = lines(preview.document)[0]
    for attempt in (1, 2):
        done = await desk.answer(confirm, attempt, id="press-1")
        assert done.document.title == "Comment written"
    comments = (await desk.soc.cases.case(case_id)).comments or ()
    mine = [record.text for record in comments if "Bridge" in record.text]
    assert mine == ['Bridge <b> & "evidence" &lt;kept&gt;\n\n— Person U1, through the SOC manager bot']


async def test_priority_reaches_the_desk(desk: Desk) -> None:
    """A confirmed priority is the case's priority afterwards."""
    case = (await desk.soc.cases.open_cases()).items[0]
    wanted = "low" if case.priority != "low" else "high"
    done = await desk.answer(lines((await desk.answer(f"case priority {case.id} {wanted}")).document)[0])
    assert done.document.title == "Priority changed"
    assert (await desk.soc.cases.case(case.id)).case.priority == wanted


async def test_cut_answer_to_a_comment_is_not_repeated(desk: Desk, sim: Simulator) -> None:
    """When the desk's answer is lost, the comment is looked for and never sent twice."""
    case_id = await first_open(desk)
    confirm = lines((await desk.answer(f"case comment {case_id} once only")).document)[0]
    sim.faults.add(Fault("chronicle", "comments", body="empty", times=1, method="POST"))
    done = await desk.answer(confirm)
    comments = (await desk.soc.cases.case(case_id)).comments or ()
    assert sum("once only" in record.text for record in comments) <= 1
    written = any("once only" in record.text for record in comments)
    assert done.document.title == ("Comment written" if written else "Not confirmed")


LOOKS = {
    "alerts --hours 72": "alerts.total",
    "iocs --hours 168": "ioc.matches",
    "threats": "profiles.count",
    "posture": "findings.count",
}


@pytest.mark.parametrize(("line", "figure"), LOOKS.items())
async def test_looks(desk: Desk, line: str, figure: str) -> None:
    """Each look counts what the backend has."""
    value = (await desk.run(line)).figure(figure).value
    assert value is not None
    assert value > 0


@pytest.mark.parametrize("line", LOOKS)
async def test_looks_that_fail(desk: Desk, sim: Simulator, line: str) -> None:
    """With the backend answering 503 a look shows no number, the status unknown, and says who failed."""
    sim.faults.add(Fault("*", "", status=503))
    document = await desk.run(line)
    assert document.figures == ()
    assert document.verdict is not None
    assert document.verdict.status == "unknown"
    assert document.notices


async def test_summary(desk: Desk) -> None:
    """The SOAR's summary is polled until it is there, and unknown cases are told apart from failures."""
    document = await desk.run(f"case summary {await first_open(desk)}")
    assert "not a confirmed fact" in words(document)
    assert (await desk.answer("case summary 999999")).outcome == "refused"
