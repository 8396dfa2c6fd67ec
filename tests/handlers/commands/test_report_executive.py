"""`report executive` through run(): the bottom line, the five measures, and that nothing is named."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import TimedOut, Unavailable
from connectors.models.alerts import Alert, IocMatch, Rule
from connectors.models.organisation import (
    Ask,
    Calendar,
    Commitment,
    Person,
    Service,
    SignificantIncident,
    SlaPolicy,
    Target,
    ThreatContext,
)
from connectors.models.threats import Finding, Recommendation, ThreatProfile
from handlers.analysis.executive import two_digits
from handlers.commands.report_executive import COMMAND
from handlers.core.errors import Denied
from handlers.core.redaction import REMOVED, Redactor
from messages.document import Chart, Document
from messages.prose import quantity
from tests.handlers.commands.twins import NOW, Desk, cases_frame, cells, lines, with_commands, words

OCTOBER = datetime(2026, 10, 5, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
MONTHLY = "report executive --summary --monthly"


def closed(case_id: str, hours: float, at: datetime = OCTOBER, **more: Any) -> dict[str, Any]:
    end = at + hours * HOUR
    times = {"created_at": at, "updated_at": end, "first_closed_at": end, "closed_at": end, "status": "closed"}
    return {"case_id": case_id, "close_reason": "NOT_MALICIOUS", "acknowledged_at": at} | times | more


def forty_six_of_fifty() -> list[dict[str, Any]]:
    """Fifty cases of October under a promise of ten hours: forty-six kept."""
    return [closed(str(n), 5 if n < 46 else 20) for n in range(50)]


def service(name: str, **more: Any) -> Service:
    base: dict[str, Any] = {"id": name, "name": name, "owner": "Head of Payments", "criticality": 5}
    return Service(**(base | more))


def desk(rows: list[dict[str, Any]] | None = None) -> Desk:
    """Everything answers; October has fifty cases of which forty-six kept the promise."""
    made = with_commands(COMMAND)
    made.ledger.cases = cases_frame(forty_six_of_fifty() if rows is None else rows)
    made.organisation.files = {
        SlaPolicy: [SlaPolicy(metric="resolve", priority="medium", target_minutes=600)],
        Calendar: [],
        Target: [Target(figure="sla.attainment", value=0.95, better="higher", amber=0.9)],
        Service: [service("Payments", crown_jewel=True, hosts=("pay-core-01",))],
        SignificantIncident: [],
        Ask: [],
        Commitment: [],
        Person: [],
        ThreatContext: [ThreatContext(sectors=("Banking",), regions=("Europe",))],
    }
    return made


def keep(made: Desk, kind: Any, *records: Any) -> Desk:
    made.organisation.files[kind] = list(records)
    return made


def finding(number: int, days: float, exploitation: str = "CONFIRMED", severity: str = "critical") -> Finding:
    created = NOW - timedelta(days=days)
    resource = "//compute/instances/pay-core-01"
    return Finding(str(number), "X", resource, severity, "CVE-2026-1", 9.0, exploitation, False, created, created)


async def test_worked_example_is_amber_within_noise() -> None:
    """46 of 50 kept against 95 % is 92 % with an interval to 97 %: amber, "below target, within noise", never red."""
    said = await desk().run(MONTHLY)
    exact = said.figure("sla.attainment")
    assert exact.value == pytest.approx(0.92) and exact.n == 50 and exact.target == 0.95
    assert exact.low == pytest.approx(0.812, abs=5e-4) and exact.high == pytest.approx(0.968, abs=5e-4)
    assert said.verdict is not None and said.verdict.status == "amber"
    assert "below target, within noise" in words(said)
    assert cells(said, "Five measures")[3][4] == "▲ amber (below target, within noise; 46 of 50)"


async def test_no_incidents_is_never_said() -> None:
    """Without an incident the report says that none was detected and how much is watched."""
    made = keep(desk(), Service, service("A", crown_jewel=True), *(service(f"B{n}", monitored=n > 0) for n in range(2)))
    said = await made.run(MONTHLY)
    text = _prose(said)
    assert "No incidents detected; visibility 67 %" in text
    assert not re.search(r"\bno incidents\b(?! detected)", text, re.IGNORECASE)


def _prose(said: Document) -> str:
    """The verdict and paragraphs as people read them."""
    figures = {figure.id: figure for figure in said.figures}
    assert said.verdict is not None
    texts = [said.verdict.text, *(block.text for block in said.blocks if block.kind == "text")]
    out = []
    for text in texts:
        for span in text:
            if span.kind == "value":
                figure = figures[span.figure]
                out.append(quantity(figure.value, figure.unit, figure.currency))
            else:
                out.append(str(getattr(span, "text", "")))
        out.append("\n")
    return "".join(out)


async def test_incidents_by_severity_against_three_months() -> None:
    """October's incidents are counted by severity and compared with the mean of the three months before."""
    at = datetime(2026, 8, 10, tzinfo=UTC)
    rows = [closed(f"o{n}", 5, incident=True, priority="critical" if n < 2 else "high") for n in range(5)]
    rows += [closed(f"a{n}", 5, at, incident=True, priority="high") for n in range(6)]
    rows += [closed("t", 5, incident=True, priority="high", type="test")]
    said = await desk(rows).run(MONTHLY)
    assert said.figure("incidents.count").value == 5 and said.figure("incidents.count").previous == 2
    assert said.figure("incidents.critical").value == 2 and said.figure("incidents.high").value == 3
    assert "5 incidents detected (2 critical, 3 high)" in _prose(said)
    chart = next(block for block in said.blocks if isinstance(block, Chart))
    assert chart.labels[-1] == "2026-10" and chart.series[0].values[-1] == 5 and len(chart.labels) == 12


async def test_trend_of_twelve_months() -> None:
    """Monthly medians 9.1 … 6.5 h give S = −60, Z = −4.046 and "improving" with the fixed words."""
    medians = (9.1, 8.7, 8.9, 8.2, 8.4, 7.9, 7.6, 7.8, 7.1, 7.0, 6.8, 6.5)
    months = [datetime(2025, 11, 3, tzinfo=UTC), datetime(2025, 12, 3, tzinfo=UTC)]
    months += [datetime(2026, month, 3, tzinfo=UTC) for month in range(1, 11)]
    rows = [
        closed(f"{i}.{n}", hours, at)
        for i, (at, hours) in enumerate(zip(months, medians, strict=True))
        for n in range(5)
    ]
    said = await desk(rows).run(MONTHLY)
    assert said.figure("trend.mttr.s").value == -60
    window = said.figure("trend.mttr.s").window
    assert window is not None and window.end - window.start > timedelta(days=360)
    assert said.figure("trend.mttr.z").value == pytest.approx(-4.046, abs=5e-4)
    assert said.figure("trend.mttr.slope").value == pytest.approx(-0.2293 * 3600, abs=0.5)
    assert said.figure("mttr.median").value == pytest.approx(6.5 * 3600)
    assert "improving (p = 5e-05)" in _prose(said)


async def test_stable_is_never_said() -> None:
    """Without evidence the words are "no evidence of a trend", never that it is stable."""
    said = await desk().run(MONTHLY)
    assert "no evidence of a trend" in words(said) and "stable" not in words(said)


async def test_at_most_two_significant_digits() -> None:
    """Executives read two significant digits; the exact value stays in the figure and the appendix."""
    rows = [closed(str(n), 7.04 if n < 120 else 20.0) for n in range(127)]
    said = await desk(rows).run(MONTHLY)
    assert said.figure("sla.attainment").value == pytest.approx(120 / 127)
    shown = said.figure("executive.sla.attainment")
    assert shown.value == 0.94 and "Rounded to two significant digits" in shown.definition and shown.cases is None
    assert said.figure("executive.mttr.median").value == 7.0 and said.figure("executive.mttr.median").unit == "hours"
    for figure in said.figures:
        if figure.id.startswith("executive.") and figure.value:
            assert float(f"{figure.value:.1e}") == figure.value


def test_two_digits_round_halves_away_from_zero() -> None:
    """Two significant digits at any size and sign; a half goes away from zero, and nothing stays nothing."""
    given = (0, 127, 0.9231, 18_500, 168_000, 0.00125, -7.85, 99.6)
    assert [two_digits(value) for value in given] == [0, 130, 0.92, 19_000, 170_000, 0.0013, -7.9, 100]


async def test_almost_all_is_not_all() -> None:
    """A share of 199 of 200 is shown as 99 %, not rounded up to 100 %."""
    rows = [closed(str(n), 5 if n else 20) for n in range(200)]
    said = await desk(rows).run(MONTHLY)
    assert said.figure("executive.sla.attainment").value == 0.99


async def test_time_to_contain_from_the_ledger_needs_five() -> None:
    """Five contained major incidents give a median; medium ones do not count."""
    rows = [
        closed(str(n), 30, incident=True, priority="high", identified_at=OCTOBER, contained_at=OCTOBER + n * HOUR)
        for n in range(1, 6)
    ]
    rows.append(closed("m", 30, incident=True, identified_at=OCTOBER, contained_at=OCTOBER + 20 * HOUR))
    said = await desk(rows).run(MONTHLY)
    assert said.figure("contain.major.median").value == 3 * 3600
    assert said.figure("contain.major.max").value == 5 * 3600


async def test_time_to_contain_falls_back_to_the_incident_file() -> None:
    """Without times in the ledger the file of significant incidents gives the longest, and below five no median."""
    made = keep(desk(), SignificantIncident, incident("a", contained_hours=3.4), incident("b", contained_hours=1.2))
    said = await made.run(MONTHLY)
    assert said.figure("contain.major.median").value is None
    assert said.figure("contain.major.max").value == pytest.approx(3.4 * 3600)
    assert "file of significant incidents; recorded for 2 of 2" in said.figure("contain.major.max").definition


def incident(incident_id: str, **more: Any) -> SignificantIncident:
    base: dict[str, Any] = {
        "occurred": date(2026, 10, 6), "title": "Overload attack", "severity": "high", "effect": "Slow for an hour",
        "status": "Closed", "lesson": "Start sooner",
    }  # fmt: skip
    return SignificantIncident(id=incident_id, **(base | more))


async def test_exposures_past_the_deadline() -> None:
    """Known exploited critical findings older than 14 days are past due; without exploitation none has a deadline."""
    made = desk()
    made.posture.finding_list = [
        finding(1, 15), finding(2, 13), finding(3, 90, "NO_KNOWN"), finding(4, 90, "WIDE"),
        finding(5, 90, severity="high"),
    ]  # fmt: skip
    said = await made.run(MONTHLY)
    assert said.figure("exposures.critical").value == 4
    assert said.figure("exposures.past_due").value == 2 and said.figure("exposures.past_due").n == 3
    assert said.verdict is not None and said.verdict.status == "red"
    own = keep(made, Target, Target(figure="exposures.deadline_days", value=30, better="lower"))
    again = await own.run(MONTHLY)
    assert again.figure("exposures.past_due").value == 2 and again.figure("exposures.past_due").n == 4


async def test_decisions_and_commitments() -> None:
    """Asks come with options, cost, date and the owner's role; a late commitment makes the report amber."""
    made = desk([closed(str(n), 5) for n in range(30)])
    keep(made, Person, Person(id="lead-07", name="Erika Beispiel", tier=4, role="Shift lead", zone="UTC"))
    keep(made, Ask, Ask(id="a", title="Nights", options=("Hire", "Buy"), recommendation="Hire", cost=168_000,
                        decide_by=date(2026, 12, 11), owner="lead-07"))  # fmt: skip
    said = await made.run(MONTHLY)
    assert cells(said, "Decisions")[0] == ["Nights", "Hire; Buy", "Hire", "170,000 EUR", "2026-12-11", "Shift lead"]
    assert said.verdict is not None and said.verdict.status == "green"
    assert "1 decision is asked of you, the first by 2026-12-11" in _prose(said)
    keep(made, Commitment, Commitment(id="c", promised=date(2026, 9, 1), due=date(2026, 11, 1), title="Scan",
                                      owner="nobody", status="late"))  # fmt: skip
    late = await made.run(MONTHLY)
    assert late.verdict is not None and late.verdict.status == "amber"
    assert cells(late, "Commitments")[0] == ["Scan", "2026-11-01 (past)", "late", "—", "on file"]


HOSTILE = (
    "pay-core-01", "PAY-CORE-02", "wks-4711", "DESKTOP-AB12C", "srv-db-03.intern.example", "203.0.113.7",
    "203[.]0[.]113[.]9", "2001:db8::dead:beef", "evil-domain.example", "evil[.]example[.]org", "hxxps://evil.example/x",
    "d41d8cd98f00b204e9800998ecf8427e", "a" * 64, "mallory@evil.example", "Erika Beispiel", "Beispiel", "lead-07",
    r"\\fileserver\geheim", "ev\u200bil.exa\u200bmple",
)  # fmt: skip


async def test_nothing_is_named() -> None:
    """No host name, person or indicator survives in any word of the document, whatever file or backend it came from."""
    made = desk()
    bad = " and ".join(HOSTILE)
    keep(made, Person, Person(id="lead-07", name="Erika Beispiel", tier=4, role=f"Lead {bad}", zone="UTC"))
    keep(made, Service, service("Payments", crown_jewel=True, hosts=("pay-core-01", "pay-core-02")))
    keep(made, SignificantIncident, incident("i", title=bad, effect=bad, status=bad, lesson=bad))
    keep(made, Ask, Ask(id="a", title=bad, options=(bad,), recommendation=bad, decide_by=date(2026, 12, 1),
                        owner="lead-07"))  # fmt: skip
    keep(made, Commitment, Commitment(id="c", promised=date(2026, 9, 1), due=date(2026, 12, 1), title=bad, note=bad,
                                      owner="lead-07", status="on track"))  # fmt: skip
    made.alerts.iocs = [IocMatch("domain", "evil-domain.example", (), (), ("wks-4711",), None, None, None)]
    made.intel.profile_list = [_profile("Profile 203.0.113.7")]
    made.intel.recommended = {"p": [_recommended("x", f"Actor {bad}")]}
    made.posture.fails["findings"] = Unavailable("Cloud posture", "at https://scc.intern.example refused 203.0.113.7")
    said = await made.run("report executive --monthly --threat-landscape")
    text = words(said)
    for word in HOSTILE:
        assert word.casefold() not in text.casefold(), word
    assert "evil.example" not in text and REMOVED in text
    assert "removed" in words(said) and said.tlp == "amber"


async def test_clean_reports_lose_nothing() -> None:
    """A report without a name keeps every word, and says that nothing was removed."""
    made = keep(desk(), SignificantIncident, incident("inc-2026-10", title="Overload attack on CVE-2026-1234 (ask-03)"))
    keep(made, Ask, Ask(id="ask-03", title="Nights", options=("Buy",), recommendation="Buy", owner="x",
                        decide_by=date(2026, 12, 1)))  # fmt: skip
    said = await made.run(MONTHLY)
    assert REMOVED not in words(said) and "CVE-2026-1234 (ask-03)" in words(said)
    assert "Redacted: 0 names or indicators removed." in words(said)


async def test_unknown_names_are_said() -> None:
    """Without the roster people's names cannot be known, and the report asks to be read through."""
    made = desk()
    made.organisation.fails["Person"] = Unavailable("Organisation files", "could not be read")
    assert "read it through before it leaves the house" in words(await made.run(MONTHLY))


def test_invisible_characters_hide_nothing() -> None:
    """A name split by invisible or written in full-width characters is still found."""
    redact = Redactor(["evil.example"])
    assert redact.known("see ｅｖｉｌ．ｅｘａｍｐｌｅ and ev\u200bil.example") == f"see {REMOVED} and {REMOVED}"
    assert redact.count == 2


def _profile(name: str) -> ThreatProfile:
    return ThreatProfile("p", name, ("Banking",), ("Europe",), (), True, NOW, NOW)


def _recommended(one: str, name: str, techniques: tuple[str, ...] = ()) -> Recommendation:
    return Recommendation("p", one, "threat-actor", name, "", ("Banking",), ("Europe",), techniques, "GTI", NOW)


async def test_threat_landscape_says_what_was_seen() -> None:
    """Each threat has its relevance, whether its name matched an indicator, and how many cases used its techniques."""
    made = desk()
    made.intel.profile_list = [_profile("EU finance")]
    made.intel.recommended = {"p": [_recommended("x", "Sandfish", ("T1059.001",)), _recommended("y", "Quiet One")]}
    made.alerts.rule_list = [Rule("r1", "Script", True, True, "high", ("T1059.001",), "", None)]
    made.alerts.items = [
        Alert(str(n), "Script", "r1", "high", "", "NEW", "", OCTOBER + n * HOUR, case_name=f"case-{n % 2}")
        for n in range(4)
    ]
    made.alerts.iocs = [IocMatch("domain", "bad.example", (), ("Sandfish",), (), None, None, None)]
    said = await made.run("report executive --monthly --threat-landscape")
    first = cells(said, "Most relevant threats")[0]
    assert first[0] == "Sandfish" and first[2] == "0.75"
    assert first[3] == "named, 1 indicator match; 2 cases with its techniques"
    assert said.figure("threats.seen").value == 1
    assert "known exploited vulnerabilities (KEV)" in words(said)


async def test_threats_need_their_permission() -> None:
    """Who may not read threats is refused the landscape and shown a report without it."""
    made = desk()
    made.intel.profile_list = [_profile("EU finance")]
    with pytest.raises(Denied):
        await made.run("report executive --threat-landscape", role="auditor")
    said = await made.run(MONTHLY, role="auditor")
    assert "may not read threat intelligence" in words(said) and "EU finance" not in words(said)
    made.everybody = ("analyst",)
    assert (await made.answer(MONTHLY)).document.title == "Not done"


@pytest.mark.parametrize("away", ["ledger", "posture", "services", "policies"])
async def test_one_source_away_is_a_notice_and_never_green(away: str) -> None:
    """A source that fails is named, its measure has no value, and the report is unknown where it was green."""
    made = desk([closed(str(n), 5) for n in range(30)])
    green = await made.run(MONTHLY)
    assert green.verdict is not None and green.verdict.status == "green"
    match away:
        case "ledger":
            made.ledger.fails["view"] = TimedOut("Case ledger", 5.0)
        case "posture":
            made.posture.fails["findings"] = TimedOut("Cloud posture", 5.0)
        case "services":
            made.organisation.fails["Service"] = Unavailable("Organisation files", "could not be read")
        case _:
            made.organisation.fails["SlaPolicy"] = Unavailable("Organisation files", "could not be read")
    said = await made.run(MONTHLY)
    assert said.verdict is not None and said.verdict.status == "unknown"
    figure = {"ledger": "incidents.count", "posture": "exposures.past_due", "services": "coverage.crown_jewels",
              "policies": "sla.attainment"}[away]  # fmt: skip
    assert said.figure(figure).value is None and said.figure(figure).note
    assert any("sources answered" in str(notice.text) for notice in said.notices)


async def test_empty_everything_answers() -> None:
    """Without a case, a service or a file's row the report still has all parts and no invented number."""
    made = desk([])
    made.organisation.files[Service] = []
    said = await made.run(MONTHLY)
    assert said.figure("incidents.count").value == 0
    assert said.figure("sla.attainment").value is None and said.figure("coverage.crown_jewels").value is None
    assert said.verdict is not None and said.verdict.status == "unknown"
    heads = [block.text[0] for block in said.blocks if block.kind == "heading"]
    assert heads == list("234567")


async def test_truncated_source_is_named() -> None:
    """A truncated source is named and its figures carry the mark."""
    made = desk()
    made.ledger.truncated = True
    said = await made.run(MONTHLY)
    assert "Truncated: Case ledger" in words(said)
    assert said.figure("incidents.count").truncated and said.figure("executive.incidents.count").truncated


async def test_draft_mark_and_windows() -> None:
    """--privileged marks the draft; without --monthly the window is the last thirty days."""
    said = await desk().run("report executive --privileged")
    assert said.title.startswith("Draft – privileged?")
    window = said.figure("incidents.count").window
    assert window is not None and window.end == NOW and window.start == NOW - timedelta(days=30)
    month = (await desk().run(MONTHLY)).figure("incidents.count").window
    assert month is not None and (month.start, month.end) == (
        datetime(2026, 10, 1, tzinfo=UTC),
        datetime(2026, 11, 1, tzinfo=UTC),
    )
    assert all(line.startswith("report executive --summary") for line in lines(said))


async def test_opening_a_figure_asks_for_cases() -> None:
    """The cases behind a figure open only for who may read cases, since titles are not redacted."""
    made = desk([closed(str(n), 5, incident=True, priority="high") for n in range(3)])
    said = await made.run(MONTHLY, role="executive")
    behind = said.figure("incidents.count").cases
    assert behind is not None and behind.count == 3
    kept = await made.store.get(f"snap:{behind.snapshot}")
    assert kept is not None and '"needs": "cases.read"' in kept


async def test_a_missing_file_is_not_read_as_none() -> None:
    """Without asks, commitments and promises the bottom line says what is not known; no n of zero, no zero months."""
    made = desk()
    for kind in (Ask, Commitment, SlaPolicy):
        del made.organisation.files[kind]
    said = await made.run(MONTHLY)
    assert said.verdict is not None
    text = said.verdict.model_dump_json()
    assert "No decision is asked" not in text
    assert "not known (asks.yaml); how commitments stand is not known (commitments.yaml)." in text
    kept, months = said.figure("sla.attainment"), said.figure("trend.sla.n")
    assert (kept.value, kept.n, kept.note) == (None, None, "sla.yaml could not be read")
    assert months.value is None and months.note


async def test_the_bottom_line_names_what_is_off_target() -> None:
    """Red by exposures alone: the sentence says which measure it is."""
    made = desk([closed(str(n), 5) for n in range(50)])
    made.posture.finding_list = [finding(1, 90.0)]
    said = await made.run(MONTHLY)
    assert said.verdict is not None and said.verdict.status == "red"
    assert "; off target: critical exposures past deadline." in said.verdict.model_dump_json()
