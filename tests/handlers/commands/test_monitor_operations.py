"""`monitor operations`: worked examples through the whole command, and what it says when something is missing."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from connectors.errors import TimedOut, Unavailable
from connectors.models.alerts import RuleActivity
from connectors.models.cases import Sla
from connectors.models.organisation import (
    Absence,
    HandlingTime,
    LogSource,
    Person,
    Service,
    Shift,
    SlaPolicy,
    StaffingPolicy,
    Target,
)
from handlers.commands.monitor_operations import COMMAND
from handlers.core.errors import BadFlag, Denied
from messages.document import Actions, Bullets, Chart, Document, Heading
from tests.handlers.commands.desk import (
    NOW,
    FakeDesk,
    FakeFeed,
    FakeLedger,
    FakeOrganisation,
    ago,
    alert,
    ask,
    case,
    dangling,
    fake_soc,
    ioc,
    table,
    value,
    words,
)

H = timedelta(hours=1)
POLICIES = [
    SlaPolicy(metric="resolve", priority=p, target_minutes=m)
    for p, m in (("critical", 240), ("high", 240), ("medium", 1440), ("low", 4320))
]
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LEAVE = NOW.date() - timedelta(days=9)
HOURLY = tuple(ago(hours=h, minutes=30) for h in range(28 * 24))


def people(count: int) -> list[Any]:
    """So many persons of tier 1 on a shift that holds every hour of every day."""
    ids = [f"analyst-{n:02}" for n in range(1, count + 1)]
    persons = [Person(id=i, name=i, tier=1, role="Triage", zone="UTC") for i in ids]
    return [*persons, *(Shift(person=i, days=EVERY_DAY, start=time(0), end=time(0), zone="UTC") for i in ids)]


def calm(*more: Any, heads: int = 4) -> FakeOrganisation:
    """Every file of the organisation, with nothing alarming in it."""
    return FakeOrganisation(
        *POLICIES,
        *people(heads),
        Target(figure="queue.open", value=70, better="lower"),
        Absence(person="analyst-01", first=LEAVE, last=LEAVE, kind="leave"),
        Service(id="pay", name="Payments", owner="Owner", criticality=5, crown_jewel=True, hosts=("pay-01",)),
        LogSource(id="edr", name="Endpoint sensor", rule="impossible_travel", usual_gap_minutes=120),
        HandlingTime(type="all", match="medium", minutes=20, basis="measured"),
        StaffingPolicy(),
        *more,
    )  # fmt: skip


def feed(**more: Any) -> FakeFeed:
    """One rule that fires every hour, at half past."""
    given: dict[str, Any] = {"activity": [RuleActivity("impossible_travel", len(HOURLY), HOURLY[0], HOURLY)]} | more
    return FakeFeed(**given)


def soc_of(cases: list[Any], organisation: Any = None, **more: Any) -> Any:
    given: dict[str, Any] = {"alerts": feed(), "ledger": FakeLedger()} | more
    return fake_soc(FakeDesk(cases), organisation=organisation or calm(), **given)


async def answer(soc: Any, line: str = "monitor operations", **more: Any) -> Document:
    document = await ask(COMMAND, line, soc, **more)
    assert dangling(document) == set()
    return document


def status(document: Document) -> str:
    assert document.verdict is not None
    return document.verdict.status


def headings(document: Document) -> list[str]:
    return [block.text for block in document.blocks if isinstance(block, Heading)]


async def test_the_calm_board_is_green() -> None:
    """With every source there and nothing past a threshold the status is green and all six sections are shown."""
    document = await answer(soc_of([case("1", assignee="analyst-01")]))
    assert status(document) == "green"
    assert headings(document) == [
        "What needs you", "Queue now", "SLA", "Ageing", "Load", "Unusual", "Threats now",
    ]  # fmt: skip
    assert "Nothing passed a threshold." in words(document)


async def test_the_queue_is_counted_by_priority_owner_and_age() -> None:
    """Fixed ids hold the counts; a queue is no human owner; tests and simulations are apart."""
    cases = [
        case("1", priority="critical", created_at=ago(hours=3, minutes=59), assignee="analyst-01"),
        case("2", priority="high", created_at=ago(hours=4), assignee="@Tier1"),
        case("3", created_at=ago(hours=30)),
        case("4", priority="low", created_at=ago(days=5), assignee="analyst-02"),
        case("5", priority="low", created_at=ago(days=9), assignee="analyst-02"),
        case("6", type="test"),
    ]
    document = await answer(soc_of(cases))
    counts = {p: value(document, f"queue.open.{p}") for p in ("critical", "high", "medium", "low")}
    assert (value(document, "queue.open"), counts) == (5, {"critical": 1, "high": 1, "medium": 1, "low": 2})
    assert (value(document, "queue.unassigned"), value(document, "queue.tests")) == (2, 1)
    assert value(document, "queue.unassigned.oldest") == 4 * 3600
    ages = [value(document, f"queue.age.{b}") for b in ("0_4h", "4_24h", "1_3d", "3_7d", "7d")]
    assert ages == [1, 1, 1, 1, 1]
    assert document.figure("queue.open").cases is not None


async def test_every_open_case_has_one_promise_state() -> None:
    """Breached, at risk, paused, safe and without a promise add up to the open cases; who breached urgently is said."""
    cases = [
        case("1", priority="critical", created_at=ago(hours=9), assignee="analyst-01"),
        case("2", priority="info", created_at=ago(hours=4), assignee="analyst-01"),
        case("3", priority="low", created_at=ago(hours=1), assignee="analyst-02"),
    ]
    document = await answer(soc_of(cases))
    states = [value(document, f"queue.{s}") for s in ("breached", "at_risk", "paused", "safe", "no_sla")]
    assert sum(n or 0 for n in states) == 3
    assert value(document, "queue.no_sla") == 1
    assert value(document, "queue.breached.urgent") == 1
    assert "{queue.breached.urgent}" in words(document)


async def test_the_worked_example_of_an_sla_at_risk() -> None:
    """Domain §1: opened 08:10, SLA 4 h, now 11:25: 45 min left are within a quarter of it: at risk."""
    now = datetime(2026, 11, 22, 11, 25, tzinfo=UTC)
    risky = case("77", priority="high", created_at=datetime(2026, 11, 22, 8, 10, tzinfo=UTC), assignee="analyst-03")
    document = await answer(fake_soc(FakeDesk([risky]), feed(), organisation=calm(), now=now))
    assert (value(document, "queue.at_risk"), value(document, "queue.breached")) == (1, 0)
    assert "Case 77 (high, owner analyst-03) is at risk, 45 min left (resolve)" in words(document)
    buttons = next(b for b in document.blocks if isinstance(b, Actions)).buttons
    assert "case show 77" in [button.line for button in buttons]


async def test_a_breached_critical_case_is_red() -> None:
    """A critical or high case past its SLA is red; a low one is amber."""
    late = await answer(soc_of([case("1", priority="critical", created_at=ago(hours=5), assignee="analyst-01")]))
    assert (status(late), value(late, "queue.breached")) == ("red", 1)
    assert "Case 1 (critical, owner analyst-01) is past its SLA by 1 h (resolve)" in words(late)
    low = await answer(soc_of([case("1", priority="low", created_at=ago(days=4), assignee="analyst-01")]))
    assert status(low) == "amber"


async def test_the_desks_sla_pauses_and_decides_under_google() -> None:
    """A paused SLA is neither breached nor at risk; preset google judges by the desk's own SLA alone."""
    paused = Sla(ago(hours=1), ago(hours=2), "PAUSED")
    late = Sla(ago(hours=1), ago(hours=2), "PASSED_DUE")
    cases = [
        case("1", priority="critical", created_at=ago(hours=9), sla=paused, assignee="analyst-01"),
        case("2", priority="low", created_at=ago(hours=9), sla=late, assignee="analyst-01"),
    ]
    org = await answer(soc_of(cases))
    assert (value(org, "queue.paused"), value(org, "queue.breached")) == (1, 0)
    google = await answer(soc_of(cases), "monitor operations --preset google")
    assert (value(google, "queue.paused"), value(google, "queue.breached")) == (1, 1)


async def test_the_worked_example_of_load() -> None:
    """Domain §1: 9 cases an hour, 4 analysts, 20 min each: ρ 75 %, a backlog of 15 clears in 5 h; with 3 never."""
    cases = [case(str(n), assignee="analyst-01") for n in range(15)]
    ledger = FakeLedger([{"created_at": ago(minutes=5 + n)} for n in range(9)])
    four = await answer(soc_of(cases, calm(heads=4), ledger=ledger), "monitor operations --realtime")
    assert (value(four, "load.rho"), value(four, "load.heads")) == (pytest.approx(0.75), 4)
    assert value(four, "load.clearing") == pytest.approx(5.0)
    assert value(four, "flow.1h.arrivals") == 9
    three = await answer(soc_of(cases, calm(heads=3), ledger=ledger), "monitor operations --realtime")
    assert value(three, "load.rho") == pytest.approx(1.0)
    assert value(three, "load.clearing") is None
    assert "The backlog will not clear" in words(three)
    assert status(three) == "amber"


async def test_stale_cases_are_those_without_an_update() -> None:
    """A high case without an update for more than 4 h is stale; an updated one is not."""
    cases = [
        case("1", priority="high", created_at=ago(hours=3), updated_at=ago(hours=3)),
        case("2", priority="high", created_at=ago(hours=6), updated_at=ago(hours=5)),
    ]
    document = await answer(soc_of(cases))
    assert value(document, "queue.stale") == 1
    assert table(document, "Stale").total == 1


async def test_silence_is_told() -> None:
    """A log source without events for more than three times its usual gap is named and makes the board amber."""
    quiet = LogSource(id="badge", name="Badge readers", usual_gap_minutes=60, last_event_at=ago(hours=4))
    document = await answer(soc_of([], calm(quiet)))
    assert value(document, "rules.silent") == 1
    assert "Silent: log source Badge readers, nothing for 4 h (usual gap 1 h)" in words(document)
    assert status(document) == "amber"


async def test_a_busy_rule_that_stops_is_silent() -> None:
    """A rule that fired hourly and then stopped for ten hours is silent by its own history."""
    stopped = tuple(at for at in HOURLY if at < ago(hours=10))
    both = [RuleActivity("impossible_travel", 9, HOURLY[0], HOURLY), RuleActivity("old", 9, stopped[0], stopped)]
    document = await answer(soc_of([], alerts=feed(activity=both)))
    assert "Silent: old, nothing for 10 h 30 min" in words(document)


async def test_a_silent_feed_and_its_rule_are_one_silence() -> None:
    """A log source told by its rule is named once, although the rule has fallen silent too."""
    stopped = tuple(at for at in HOURLY if at < ago(hours=10))
    document = await answer(
        soc_of([], alerts=feed(activity=[RuleActivity("impossible_travel", 9, stopped[0], stopped)]))
    )
    assert value(document, "rules.silent") == 1
    assert "Silent: log source Endpoint sensor" in words(document)


async def test_a_noisy_hour_is_unusual() -> None:
    """A rule with thirty detections in an hour that usually has one is out of the ordinary."""
    burst = (*(ago(minutes=m) for m in range(1, 31)), *HOURLY[1:])
    document = await answer(soc_of([], alerts=feed(activity=[RuleActivity("impossible_travel", 9, burst[0], burst)])))
    assert value(document, "rules.unusual") == 1
    assert "impossible_travel: 30 in the last hour" in words(document)


async def test_critical_alerts_without_a_case_are_named() -> None:
    """A critical alert that no case took is counted, and red once it is more than fifteen minutes old."""
    taken = alert("a1", severity="critical", case_name="cases/1")
    orphan = alert("a2", severity="critical", created_at=ago(minutes=16), hosts=("pay-01",))
    document = await answer(soc_of([], alerts=feed(items=[taken, orphan, alert("a3")])))
    assert (value(document, "alerts.uncased_critical"), value(document, "alerts.total")) == (1, 3)
    assert status(document) == "red"
    young = alert("a4", severity="critical", created_at=ago(minutes=5))
    assert status(await answer(soc_of([], alerts=feed(items=[young])))) == "green"


async def test_indicators_are_tied_to_jewels_and_open_cases() -> None:
    """A match on a crown jewel's host names the service; one on a machine of an open case names the case."""
    matches = [ioc("bad.example", assets=("PAY-01",)), ioc("worse.example", assets=("ws-0007",)), ioc("x.example")]
    document = await answer(
        soc_of([case("9", title="LSASS access on ws-0007", assignee="analyst-01")], alerts=feed(matches=matches))
    )
    assert [value(document, f"ioc.{k}") for k in ("matches", "crown_jewels", "open_cases")] == [3, 1, 1]
    assert "DOMAIN bad.example on PAY-01: Payments" in words(document)
    assert "named in open case 9" in words(document)


async def test_flow_has_a_bar_for_every_two_hours() -> None:
    """Opened and closed per two hours of the last day: twelve bars, within what platforms draw."""
    ledger = FakeLedger([{"created_at": ago(hours=3), "closed_at": ago(hours=1, minutes=30)}])
    document = await answer(soc_of([], ledger=ledger))
    chart = next(b for b in document.blocks if isinstance(b, Chart) and b.title.startswith("Opened"))
    assert len(chart.labels) == 12
    assert [sum(v or 0 for v in series.values) for series in chart.series] == [1, 1]
    assert chart.labels[-1] == "08:00"
    assert value(document, "flow.24h.net") == 0


async def test_realtime_looks_at_sixty_minutes_and_says_how_it_refreshes() -> None:
    """The window is the last 60 minutes, and Refresh types the same line."""
    old = alert("a1", created_at=ago(hours=2))
    document = await answer(soc_of([], alerts=feed(items=[old, alert("a2")])), "monitor operations --realtime")
    assert value(document, "alerts.total") == 1
    assert "Refreshed when you press Refresh" in words(document)
    buttons = next(b for b in document.blocks if isinstance(b, Actions)).buttons
    assert (buttons[0].label, buttons[0].line) == ("Refresh", "monitor operations --realtime")


async def test_kpis_stand_against_the_four_weeks_before() -> None:
    """The strip has its six figures with the baseline as previous, and asks the SIEM nothing."""
    week = [
        {"created_at": ago(days=3), "closed_at": ago(days=3) + 2 * H, "acknowledged_at": ago(days=3) + H,
         "close_reason": "NOT_MALICIOUS" if n % 2 else "MALICIOUS"}
        for n in range(6)
    ]  # fmt: skip
    base = [
        {"created_at": ago(days=20), "closed_at": ago(days=20) + 8 * H, "acknowledged_at": ago(days=20) + 3 * H}
    ] * 6
    siem = feed()
    rows = [row | {"case_id": str(n)} for n, row in enumerate([*week, *base])]
    document = await answer(soc_of([case("1")], alerts=siem, ledger=FakeLedger(rows)), "monitor operations --kpis")
    assert (value(document, "mtta.median"), document.figure("mtta.median").previous) == (3600, 3 * 3600)
    assert (value(document, "mttr.km_median"), document.figure("mttr.km_median").previous) == (2 * 3600, 8 * 3600)
    assert value(document, "fp.share") == 0.5
    assert value(document, "kpi.backlog") == 1
    assert headings(document) == ["What needs you", "KPIs"]
    assert siem.asked == []


async def test_a_failing_case_desk_is_a_notice_and_no_zero() -> None:
    """Without the queue there is no queue figure, the status is unknown and never green, the rest is shown."""
    soc = fake_soc(FakeDesk(fail=TimedOut("Case desk", 5)), feed(), FakeLedger(), calm())
    document = await answer(soc)
    assert status(document) == "unknown"
    assert not [f for f in document.figures if f.id.startswith("queue.")]
    assert "Case desk did not answer (timed out after 5 s)" in words(document)
    assert value(document, "alerts.total") == 0


@pytest.mark.parametrize("lost", ["alerts", "rule_activity", "ioc_matches"])
async def test_a_failing_siem_part_is_named_and_has_no_value(lost: str) -> None:
    """What a failed part feeds has no value; green is impossible where the rule needs it."""
    siem = feed(fail=Unavailable("SIEM", "is away"), fail_only=frozenset({lost}))
    document = await answer(soc_of([], alerts=siem))
    figure = {"alerts": "alerts.total", "rule_activity": "rules.unusual", "ioc_matches": "ioc.matches"}[lost]
    assert value(document, figure) is None
    assert document.figure(figure).note
    assert "SIEM is away." in words(document)
    assert status(document) == ("green" if lost == "ioc_matches" else "unknown")
    assert ("Alerts without a case are unknown" in words(document)) == (lost == "alerts")


async def test_without_policies_the_desks_own_sla_is_used_and_said() -> None:
    """SLA policies missing: the desk's SLA judges, a notice says so, and the status is not green."""
    soc = soc_of([case("1", sla=Sla(ago(hours=-9), None, "OPEN_SLA"), assignee="analyst-01")], FakeOrganisation())
    document = await answer(soc)
    assert "judged by the case desk's own SLA" in words(document)
    assert value(document, "queue.safe") == 1
    assert status(document) == "unknown"
    assert value(document, "load.rho") is None


async def test_without_log_sources_or_absences_nothing_is_called_quiet_or_present() -> None:
    """A missing list of feeds is never green; counts that rest on a missing file say so."""
    held = calm()._records
    files = FakeOrganisation(*(one for kind in held for one in held[kind] if kind not in (LogSource, Absence)))
    document = await answer(soc_of([case("1", assignee="analyst-01")], files))
    assert status(document) == "unknown"
    assert value(document, "rules.silent") == 0
    assert "log_sources.yaml is missing" in document.figure("rules.silent").note
    assert "absences.yaml is missing" in document.figure("load.heads").note
    assert "absences" not in document.figure("load.heads").definition


async def test_kpis_without_promises_have_no_sla() -> None:
    """Without sla.yaml the share kept has no value and no n of zero, and its note names the file."""
    files = FakeOrganisation(*people(2))
    document = await answer(soc_of([case("1", assignee="analyst-01")], files), "monitor operations --kpis")
    kept = document.figure("sla.attainment")
    assert (kept.value, kept.n) == (None, None)
    assert "sla.yaml" in kept.note


async def test_a_lost_ledger_leaves_flow_and_kpis_without_value() -> None:
    """Flow has no value without the ledger, and the KPI section says why it is empty."""
    soc = soc_of([case("1", assignee="analyst-01")], ledger=FakeLedger(fail=Unavailable("Case ledger", "is away")))
    document = await answer(soc, "monitor operations --kpis --soc-dashboard")
    assert value(document, "flow.1h.arrivals") is None
    assert "No KPIs: the case ledger is missing." in words(document)
    assert status(document) == "unknown"


async def test_a_cut_queue_is_said_and_never_green() -> None:
    """A truncated queue marks its figures, is announced, and cannot be green."""
    soc = fake_soc(FakeDesk([case("1", assignee="analyst-01")], total=9, truncated=True), feed(), FakeLedger(), calm())
    document = await answer(soc)
    assert document.figure("queue.open").truncated
    assert "Chronicle cases is cut" in words(document)
    assert status(document) == "unknown"


async def test_no_alerts_shows_the_feeds_age() -> None:
    """Zero alerts may be a broken feed: the age of the newest one is shown, or that none is known."""
    assert value(await answer(soc_of([])), "alerts.feed_age") == 1800
    silent = await answer(soc_of([], alerts=FakeFeed()))
    assert value(silent, "alerts.feed_age") is None
    assert "the feed may be broken" in silent.figure("alerts.feed_age").note


async def test_at_most_five_things_need_somebody() -> None:
    """However bad it is, five lines are shown, urgent cases first."""
    cases = [case(str(n), priority="critical", created_at=ago(hours=9 + n)) for n in range(30)]
    quiet = LogSource(id="badge", name="Badge readers", usual_gap_minutes=60, last_event_at=ago(hours=4))
    orphans = [alert(f"a{n}", severity="critical") for n in range(9)]
    document = await answer(soc_of(cases, calm(quiet), alerts=feed(items=orphans)))
    first = next(b for b in document.blocks if isinstance(b, Bullets))
    assert len(first.items) <= 5
    assert table(document, "Breached").total == 30
    assert len(table(document, "Breached").rows) == 10


async def test_hostile_titles_stay_data() -> None:
    """A title with markup is text in a table, whatever it says."""
    title = "<!channel> [x](http://evil.example) | \u202egpj"
    document = await answer(soc_of([case("1", title=title, priority="critical", created_at=ago(hours=5))]))
    assert title in words(document)


async def test_flags_and_permissions() -> None:
    """Unknown flags and presets are the asker's error; an executive may not see operations."""
    for line in ("monitor operations --dashboard", "monitor operations --preset mine"):
        with pytest.raises(BadFlag):
            await ask(COMMAND, line, soc_of([]))
    with pytest.raises(Denied):
        await ask(COMMAND, "monitor operations", soc_of([]), role="executive")
    assert status(await answer(soc_of([]), role="analyst")) == "green"
