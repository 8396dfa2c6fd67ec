"""`compliance monitor` through run(): clocks, controls, promises, readiness, and what happens without inputs."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import TimedOut
from connectors.models.organisation import Calendar, Control, SlaPolicy, Target
from connectors.models.organisation.assurance import (
    AssurancePolicy,
    AuditPlan,
    BreachCause,
    ControlException,
    CreditBand,
    Evidence,
    Obligation,
    Retention,
    VendorPromise,
)
from connectors.models.organisation.clocks import ClockRule, IncidentTriggers, RegulatorProfile
from connectors.models.organisation.risk import IncidentFacts
from handlers.commands.compliance_monitor import COMMAND
from handlers.core.errors import BadFlag, UserError
from tests.handlers.commands.desk import dangling
from tests.handlers.commands.twins import Desk, cases_frame, cells, lines, with_commands, words

DAY = date(2026, 11, 22)
GDPR = ClockRule.model_validate({
    "id": "gdpr", "regime": "GDPR Art 33/34", "jurisdictions": ["EU"], "applies_if": "controller", "evidence": "S",
    "source": "Art 33", "checked": "2026-11-22",
    "stages": [{"name": "supervisory authority", "limits": [{"start": "aware_at", "amount": 72}]}],
})  # fmt: skip
PENDING = ClockRule.model_validate({
    "id": "circia", "regime": "CIRCIA", "jurisdictions": ["US"], "applies_if": "72 h", "evidence": "S", "source": "s",
    "checked": "2026-10-05", "status": "pending",
})  # fmt: skip


def profile(applies: bool = True, decided: bool = True) -> RegulatorProfile:
    scope = {"rule": "gdpr", "applies": applies, "decided_by": "Legal counsel", "decided_on": "2026-01-05",
             "files": "Data protection officer", "form": ["contact", "consequences"]}  # fmt: skip
    return RegulatorProfile.model_validate({
        "jurisdictions": ["EU"], "owner": "Legal counsel", "checked": "2026-01-05",
        "scopes": [scope] if decided else [],
    })  # fmt: skip


def incident(aware: str = "2026-11-22T07:00:00Z", **more: Any) -> IncidentTriggers:
    given: dict[str, Any] = {
        "id": "inc-1", "title": "t", "owner": "lead-01", "jurisdictions": ["EU"], "form": ["contact"],
        "triggers": [{"trigger": "aware_at", "at": aware, "confirmed_by": "Data protection officer"}],
    }  # fmt: skip
    return IncidentTriggers.model_validate(given | more)


def control(control_id: str, **more: Any) -> Control:
    given: dict[str, Any] = {"statement": f"Statement of {control_id}", "owner": "lead-01", "frequency": "annual",
                             "result": "pass", "design": 1, "last_evidence": DAY - timedelta(days=20)}  # fmt: skip
    return Control(id=control_id, **(given | more))


def evidence(control_id: str) -> Evidence:
    return Evidence(
        id=f"e-{control_id}", control=control_id, at=datetime.fromisoformat("2026-11-02T12:00:00Z"),
        period_from=date(2026, 10, 1), period_to=date(2026, 10, 31), kind="report",
    )  # fmt: skip


def closed(case_id: str, minutes: float, **more: Any) -> dict[str, Any]:
    """A medium case of 5 October closed after so many minutes."""
    created = datetime.fromisoformat("2026-10-05T08:00:00Z")
    done = created + timedelta(minutes=minutes)
    return {"case_id": case_id, "created_at": created, "updated_at": done, "closed_at": done, "first_closed_at": done,
            "acknowledged_at": created, "status": "closed"} | more  # fmt: skip


def desk() -> Desk:
    """Everything in order: two controls with evidence, a running clock, 50 cases all kept."""
    made = with_commands(COMMAND)
    made.ledger.cases = cases_frame([closed(str(n), 30) for n in range(50)])
    made.organisation.files = {
        Control: [control("a", key=True), control("b")],
        Evidence: [evidence("a"), evidence("b")],
        ControlException: [],
        Obligation: [],
        Retention: [],
        AssurancePolicy: [AssurancePolicy()],
        IncidentFacts: [],
        ClockRule: [GDPR, PENDING],
        RegulatorProfile: [profile()],
        IncidentTriggers: [incident()],
        AuditPlan: [AuditPlan(id="p", framework="soc2", title="SOC 2", period_from=date(2026, 1, 1), owner="lead-01",
                              period_to=date(2026, 12, 31), fieldwork=date(2027, 1, 18), auditor="Auditor", seed=1)],
        Target: [],
        SlaPolicy: [SlaPolicy(metric="resolve", priority="medium", target_minutes=60, target_share=0.95)],
        Calendar: [],
        BreachCause: [],
        VendorPromise: [],
    }  # fmt: skip
    return made


async def test_all_in_order_is_green_and_never_says_compliant() -> None:
    """With everything in place the answer is green, says "in place for n of N", and never that anybody complies."""
    said = await desk().run("compliance monitor --operational --sla-adherence --audit-readiness")
    assert said.verdict is not None and said.verdict.status == "green"
    assert said.figure("evidence.in_place").value == 2 and said.figure("evidence.in_place").n == 2
    assert said.figure("clocks.next").value == 70 * 3600
    text = words(said).lower()
    assert "compliant" not in text
    assert "of 2 controls" in text
    assert dangling(said) == set()


async def test_no_flag_is_the_operational_view() -> None:
    """Without a flag clocks and controls are shown, promises and readiness are one press away."""
    said = await desk().run("compliance monitor")
    row = cells(said, "Regulatory clocks")[0]
    assert row[0] == "2 d 22 h" and row[3] == "running" and row[5] == "Data protection officer"
    assert row[6] == "form lacks consequences"
    assert "in force, Art 33, secondary sources agree, checked 2026-11-22" in words(said)
    assert "“aware” confirmed by Data protection officer" in words(said)
    assert "compliance monitor --sla-adherence" in lines(said)


@pytest.mark.parametrize(
    ("checked", "words_of"),
    [("2025-11-22", "checked 2025-11-22."), ("2025-11-21", "checked 2025-11-21, over a year ago"),
     (None, "never checked")],
)  # fmt: skip
async def test_a_rule_says_when_it_was_last_looked_up(checked: str | None, words_of: str) -> None:
    """A rule last checked more than a year ago is marked beside its source, one that never was says so; law or not."""
    day = date.fromisoformat(checked) if checked else None
    made = desk()
    rules = [one.model_copy(update={"checked": day}) for one in (GDPR, PENDING)]
    made.organisation.files[ClockRule] = rules
    said = await made.run("compliance monitor --operational")
    assert f"secondary sources agree, {words_of.removesuffix('.')}" in words(said)
    assert cells(said, "Not law today")[0][2] == words_of.removesuffix(".").removeprefix("checked ")


async def test_an_overdue_clock_is_red() -> None:
    """A clock past its deadline is red and stands first, with who files."""
    made = desk()
    made.organisation.files[IncidentTriggers] = [incident("2026-11-19T08:59:59Z")]
    said = await made.run("compliance monitor")
    assert said.verdict is not None and said.verdict.status == "red"
    assert said.figure("clocks.overdue").value == 1
    assert "1 regulatory clock overdue, first GDPR Art 33/34: supervisory authority (inc-1)" in words(said)


@pytest.mark.parametrize(
    ("aware", "decided", "state"),
    [
        ("2026-11-20T09:00:00Z", True, "running"),
        ("2026-11-19T12:00:00Z", True, "due-soon"),
        ("2026-11-20", True, "anchor-missing"),
        ("2026-11-20T09:00:00Z", False, "scope-not-declared"),
    ],
)
async def test_states_colour_the_answer(aware: str, decided: bool, state: str) -> None:
    """Running is no alarm; due soon, a missing time and an undecided scope are amber, and none of them is red."""
    made = desk()
    made.organisation.files[IncidentTriggers] = [incident(aware)]
    made.organisation.files[RegulatorProfile] = [profile(decided=decided)]
    said = await made.run("compliance monitor")
    assert cells(said, "Regulatory clocks")[0][3] == state
    assert said.verdict is not None and said.verdict.status == ("green" if state == "running" else "amber")
    if state == "scope-not-declared":
        assert "ask legal whether it applies" in words(said) and "(owner Legal counsel)" in words(said)


async def test_a_missing_profile_declares_nothing() -> None:
    """Without the profile file no clock runs, a notice names the file, and the colour is unknown."""
    made = desk()
    del made.organisation.files[RegulatorProfile]
    said = await made.run("compliance monitor")
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert any("regulator_profile.yaml" in words_of for words_of in map(str, said.notices))
    assert cells(said, "Regulatory clocks")[0][3] == "scope-not-declared"


async def test_without_a_profile_no_clock_is_said_not_to_run() -> None:
    """Which clocks run is not known then: no zero, no n of 0, and no "no clock is running"."""
    made = desk()
    del made.organisation.files[RegulatorProfile]
    said = await made.run("compliance monitor")
    for state in ("overdue", "due_soon", "running", "not_started", "anchor_missing", "filed_late", "next"):
        figure = said.figure(f"clocks.{state}")
        assert (figure.value, figure.n) == (None, None)
        assert figure.note == "regulator_profile.yaml could not be read: which rules apply is not known"
    assert said.figure("clocks.scope_not_declared").value == 1
    assert "Which regulatory clocks run is not known without regulator_profile.yaml." in words(said)
    assert "clock with a deadline is running" not in words(said)


@pytest.mark.parametrize(
    ("record", "flag", "told"),
    [
        (ClockRule, "operational", "Regulatory clocks: not known, clock_rules.yaml could not be read."),
        (Control, "operational", "Controls: not known, controls.yaml could not be read."),
        (SlaPolicy, "sla-adherence", "SLA: not known, sla.yaml could not be read."),
        (Evidence, "audit-readiness", "Audit readiness: not known, evidence.yaml could not be read."),
    ],
)
async def test_a_section_that_was_asked_for_says_why_it_is_not_there(record: Any, flag: str, told: str) -> None:
    """It is never just missing: the file it lacks is named in its place."""
    made = desk()
    del made.organisation.files[record]
    assert told in words(await made.run(f"compliance monitor --{flag}"))


def noted(case: str, due: str, **more: Any) -> IncidentFacts:
    clock = {"regime": "DORA Art 19", "stage": "initial", "due_at": due, "files": "Head of Compliance"} | more
    return IncidentFacts.model_validate({
        "case_id": case, "assessed_at": "2026-11-22T08:00:00Z", "assessed_by": "Lead", "clocks": [clock],
    })  # fmt: skip


async def test_a_clock_noted_at_a_case_is_not_missed() -> None:
    """It is the next deadline when it is, is shown apart, needs its trigger written, and is red when it is over."""
    made = desk()
    made.organisation.files[IncidentFacts] = [noted("7", "2026-11-22T12:10:00Z")]
    said = await made.run("compliance monitor")
    assert said.verdict is not None and said.verdict.status == "amber"
    assert said.figure("clocks.next").value == pytest.approx(3 * 3600 + 600)
    assert "Next regulatory deadline: DORA Art 19: initial (case 7, noted in incident_facts.yaml) by " in words(said)
    assert cells(said, "Noted in incident_facts.yaml")[0][:3] == ["3 h 10 min", "DORA Art 19: initial", "case 7"]
    assert "write its trigger into incident_triggers.yaml (files: Head of Compliance)." in words(said)
    made.organisation.files[IncidentFacts] = [noted("7", "2026-11-22T08:50:00Z")]
    red = await made.run("compliance monitor")
    assert red.verdict is not None and red.verdict.status == "red"
    assert red.figure("clocks.next").value == -600


@pytest.mark.parametrize("more", [{"filed": True}, {"case": "in triggers"}])
async def test_a_noted_clock_that_is_filed_or_counted_is_not_shown_twice(more: dict[str, Any]) -> None:
    """What is filed is over; a case of incident_triggers.yaml is counted from there alone."""
    made = desk()
    if "case" in more:
        made.organisation.files[IncidentTriggers] = [incident(case_id="7")]
    made.organisation.files[IncidentFacts] = [noted("7", "2026-11-22T12:10:00Z", filed="filed" in more)]
    said = await made.run("compliance monitor --operational")
    assert "noted in incident_facts.yaml" not in words(said)
    assert said.verdict is not None and said.verdict.status == "green"


async def test_without_evidence_no_control_is_said_to_have_none() -> None:
    """A key control without a day of its own is not red because evidence.yaml is missing."""
    made = desk()
    made.organisation.files[Control].append(control("c", key=True, last_evidence=None))
    red = await made.run("compliance monitor")
    assert red.verdict is not None and red.verdict.status == "red"
    del made.organisation.files[Evidence]
    said = await made.run("compliance monitor")
    assert said.verdict is not None and said.verdict.status == "unknown"
    none = said.figure("controls.no_evidence")
    assert none.value is None and "evidence.yaml could not be read" in none.note
    assert "Key control c has no evidence" not in words(said)


async def test_attainment_stands_beside_the_period_before() -> None:
    """50 of 50 in October beside 3 of 4 in September; a ledger that begins later compares with nothing."""
    made = desk()
    made.ledger.cases = cases_frame([
        *(closed(str(n), 30) for n in range(50)),
        *(moved(closed(f"s{n}", 30 if n else 100_000), 30) for n in range(4)),
        *(moved(closed(f"o{n}", 30), 30 * 23 + n) for n in (0, 15)),
    ])  # fmt: skip
    figure = (await made.run("compliance monitor --sla-adherence")).figure("sla.attainment")
    assert (figure.value, figure.n, figure.previous) == (1.0, 50, pytest.approx(3 / 4))
    first = (await made.run("compliance monitor --timeframe 2024-11")).figure("sla.attainment")
    assert (first.value, first.n, first.previous) == (1.0, 1, None)


def moved(row: dict[str, Any], days: int) -> dict[str, Any]:
    """The same case so many days earlier."""
    return {key: value - timedelta(days=days) if isinstance(value, datetime) else value for key, value in row.items()}


async def test_a_missing_audit_plan_is_no_claim() -> None:
    """Whether an audit is planned is not known without the file."""
    made = desk()
    made.organisation.files.pop(AuditPlan, None)
    assert "Which audit is planned is not known: readiness is of the last 365 days." in words(
        await made.run("compliance monitor")
    )
    made.organisation.files[AuditPlan] = []
    assert "No audit is planned: readiness is of the last 365 days." in words(await made.run("compliance monitor"))


async def test_rules_that_are_not_law_are_listed_only() -> None:
    """A pending rule is shown with its status and the day it was checked, and no clock of it runs."""
    said = await desk().run("compliance monitor --operational")
    assert cells(said, "Not law today")[0][:3] == ["CIRCIA", "pending", "2026-10-05"]
    assert len(cells(said, "Regulatory clocks")) == 1


async def test_a_key_control_without_evidence_is_not_ready() -> None:
    """A key control without evidence is red and blocks the audit whatever the mean says."""
    made = desk()
    made.organisation.files[Control].append(control("c", key=True, last_evidence=None, weight=0.01))
    said = await made.run("compliance monitor --audit-readiness")
    assert said.verdict is not None and said.verdict.status == "red"
    assert said.figure("readiness.blocking").value == 1
    score = said.figure("readiness.score").value
    assert score is not None and score > 0.99
    assert "Not ready for an audit: 1 key control blocks" in words(said)


async def test_expired_exceptions_and_short_logs() -> None:
    """An expired exception is red; an overdue test and a log kept too short are told with their owners."""
    made = desk()
    gone = ControlException(id="x1", control="a", reason="r", approved_by="Head of Security",
                            approved_on=date(2026, 1, 1), expires=date(2026, 11, 21))  # fmt: skip
    made.organisation.files[ControlException] = [gone]
    made.organisation.files[Obligation] = [
        Obligation(id="o", title="Restore test", kind="test", due=date(2026, 11, 1), owner="lead-02")
    ]
    made.organisation.files[Retention] = [
        Retention(id="r", name="VPN", required_days=365, kept_days=90, basis="policy", owner="o")
    ]
    said = await made.run("compliance monitor --operational")
    assert said.verdict is not None and said.verdict.status == "red"
    assert "Exception x1 for a expired on 2026-11-21 (approved by Head of Security)." in words(said)
    assert "Test overdue since 2026-11-01: Restore test (owner lead-02)." in words(said)
    assert cells(said, "Log sources kept too short")[0][1] == "90 of 365 d"
    made.organisation.files[ControlException] = [gone.model_copy(update={"expires": DAY})]
    again = await made.run("compliance monitor")
    assert again.verdict is not None and again.verdict.status == "amber"


async def test_46_of_50_with_causes_and_vendors() -> None:
    """46 of 50 are 92 % (81.2–96.8 %), below 95 % within noise; breaches carry their cause, vendors their credit."""
    made = desk()
    made.ledger.cases = cases_frame([closed(str(n), 30 if n < 46 else 90) for n in range(50)])
    made.organisation.files[BreachCause] = [
        BreachCause(case_id="49", metric="resolve", cause="third party", paused_minutes=20),
        BreachCause(case_id="777", metric="resolve", cause="queue"),
    ]
    made.organisation.files[VendorPromise] = [VendorPromise(
        vendor="V", product="Retainer", metric="First answer", period_from=date(2026, 10, 1), fee=1000,
        period_to=date(2026, 10, 31), target_share=0.95, met=46, missed=4,
        credits=(CreditBand(below=0.95, credit=0.05),),
    )]  # fmt: skip
    said = await made.run("compliance monitor --sla-adherence")
    kept = said.figure("sla.attainment")
    assert (kept.value, round(kept.low or 0, 3), round(kept.high or 0, 3)) == (0.92, 0.812, 0.968)
    assert cells(said, "Promises")[0][4:] == ["92 % (81.2 %–96.8 %)", "95 %", "below target, within noise"]
    rows = {row[0]: row[4:] for row in cells(said, "Broken promises")}
    assert rows["49"] == ["third party", "20 min"] and rows["48"] == ["not coded", "—"]
    assert "Causes: not coded 3, third party 1. 1 coded cause of cases that are not in this list." in words(said)
    assert cells(said, "Vendors")[0][3:] == ["92 % (81.2 %–96.8 %)", "95 %", "below target, within noise", "50 EUR"]
    assert kept.cases is not None and kept.cases.count == 4


async def test_reopened_cases_follow_the_policy() -> None:
    """A case kept at first close and reopened counts as kept, or as missed when the policy says so."""
    made = desk()
    first = datetime.fromisoformat("2026-10-05T08:30:00Z")
    made.ledger.cases = cases_frame([closed("1", 300, reopened=1, first_closed_at=first)])
    assert (await made.run("compliance monitor")).figure("sla.attainment").value == 1.0
    made.organisation.files[AssurancePolicy] = [AssurancePolicy(reopened_counts_as_missed=True)]
    said = await made.run("compliance monitor --sla-adherence")
    assert said.figure("sla.attainment").value == 0.0
    assert "counted as missed by policy" in words(said)


@pytest.mark.parametrize(
    "record",
    [Control, Evidence, ControlException, Obligation, Retention, ClockRule, IncidentTriggers, IncidentFacts, SlaPolicy],
)
async def test_a_missing_file_is_a_notice_and_never_green(record: Any) -> None:
    """Each missing file is named in a notice, its figures are left out, and the colour is unknown."""
    made = desk()
    del made.organisation.files[record]
    said = await made.run("compliance monitor --operational --sla-adherence --audit-readiness")
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert any(record.FILE in str(notice) for notice in said.notices)
    assert dangling(said) == set()


async def test_a_silent_ledger_is_no_zero() -> None:
    """Without the ledger there is no SLA figure, a notice, and no green."""
    made = desk()
    made.ledger.fails["view"] = TimedOut("Case ledger", 18)
    said = await made.run("compliance monitor --sla-adherence")
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert not [figure.id for figure in said.figures if figure.id.startswith("sla.")]
    assert "timed out after 18 s" in words(said)


async def test_what_does_not_fit_is_told() -> None:
    """An unknown rule, an exception for an unknown control and a jurisdiction without a rule are sentences."""
    made = desk()
    made.organisation.files[IncidentTriggers] = [incident(rules=["gdpr", "gdprr"], jurisdictions=["EU", "BR"])]
    made.organisation.files[ControlException] = [ControlException(
        id="x9", control="zz", reason="r", approved_by="o", approved_on=DAY, expires=DAY)]  # fmt: skip
    said = await made.run("compliance monitor")
    told = " ".join(str(notice) for notice in said.notices)
    for part in ("there is no rule “gdprr”", "jurisdiction “BR”; ask legal", "Exception x9 is for the control “zz”"):
        assert part in told


async def test_hostile_words_stay_words() -> None:
    """What files say is data: a title with markup reaches the document unchanged as plain text."""
    made = desk()
    made.organisation.files[Control] = [control("a", key=True, result="fail", statement="<!channel> *now* | x")]
    assert "<!channel> *now* | x" in words(await made.run("compliance monitor"))


async def test_bad_timeframes_and_flags() -> None:
    """A timeframe that is none names what it can be; an unknown flag is refused."""
    with pytest.raises(BadFlag):
        await desk().run("compliance monitor --timeframe sometime")
    with pytest.raises(UserError):
        await desk().run("compliance monitor --sla-adherance")


async def test_who_may_ask() -> None:
    """Managers, executives and auditors may read it; an analyst may not."""
    for role, outcome in (("manager", "answered"), ("auditor", "answered"), ("analyst", "refused")):
        made = desk()
        made.everybody = (role,)
        assert (await made.answer("security:compliance monitor --operational")).outcome == outcome
