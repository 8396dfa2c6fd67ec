"""`incident prioritize` through its run()."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import Unavailable
from connectors.models.cases import Sla
from connectors.models.organisation import Person, Service, Shift, Skill
from connectors.models.organisation.clocks import ClockRule, IncidentTriggers, RegulatorProfile
from connectors.models.organisation.risk import (
    Affected,
    IncidentFacts,
    Prioritisation,
    Remediation,
    RunningClock,
    VulnerabilityFacts,
)
from connectors.models.threats import Finding
from connectors.organisation.files import load_file
from handlers.commands.incident_prioritize import COMMAND, NOT_SHIPPED
from handlers.core.errors import BadFlag, Denied, UserError
from messages.document import Document
from tests.handlers.commands.desk import dangling
from tests.handlers.commands.twins import (
    NOW,
    Desk,
    ago,
    case,
    cases_frame,
    cells,
    lines,
    table,
    with_commands,
    words,
)

LINE = "incident prioritize"
TABLE = [one.record for one in load_file(Path("/nowhere"), Remediation)]
ONLINE = Service(
    id="online", name="Online", owner="Owner 01", criticality=5, data_class="accounts", rto_hours=4,
    cost_per_hour=120_000, regimes=("DORA",), hosts=("srv-01", "srv-02"),
)  # fmt: skip
JEWEL = Service(id="pay", name="Payments", owner="Owner 02", criticality=5, crown_jewel=True, hosts=("pay-01",))
POLICY = Prioritisation(
    data_classes={"accounts": 5}, regimes={"DORA": 4}, rto_hours=(2, 4, 12, 24), stages={"Investigation": "probable"},
    precursor_rules=("shadow", "ransom"), rule_skills={"beacon": "forensics"}, tell_minutes={"Critical": 60},
)  # fmt: skip

RULE = ClockRule.model_validate({
    "id": "r", "regime": "Regime R", "applies_if": "always", "jurisdictions": ["EU"], "status": "in force",
    "source": "s", "evidence": "V", "checked": "2026-11-22",
    "stages": [{"name": "first", "limits": [{"amount": 72, "unit": "hours", "start": "aware_at"}]}],
})  # fmt: skip
SCOPE = RegulatorProfile.model_validate({
    "jurisdictions": ["EU"], "owner": "Legal", "checked": "2026-01-01",
    "scopes": [{"rule": "r", "applies": True, "decided_by": "Legal", "decided_on": "2026-01-01"}],
})  # fmt: skip


def triggered(hours: float, **more: Any) -> IncidentTriggers:
    """Case 1, aware so many hours ago."""
    return IncidentTriggers.model_validate({
        "id": "i1", "case_id": "1", "title": "t", "owner": "lead-01", "rules": ["r"],
        "triggers": [{"trigger": "aware_at", "at": ago(hours), "confirmed_by": "Legal"}],
    } | more)  # fmt: skip


def facts(case_id: str, **more: Any) -> IncidentFacts:
    return IncidentFacts(case_id=case_id, assessed_at=ago(1), assessed_by="Shift lead", **more)


def clock(hours: float, **more: Any) -> RunningClock:
    return RunningClock(regime="DORA", stage="initial", due_at=NOW + timedelta(hours=hours), files="Compliance", **more)


def desk(*cases: Any, told: tuple[IncidentFacts, ...] = (), **rules: str) -> Desk:
    """`rules`: c1="shadow" is the rule of case 1."""
    made = with_commands(COMMAND)
    made.cases.open = list(cases)
    made.organisation.files = {IncidentFacts: list(told), Prioritisation: [POLICY], Service: [ONLINE, JEWEL]}
    made.organisation.files |= {IncidentTriggers: [], ClockRule: [RULE], RegulatorProfile: [SCOPE]}
    made.ledger.cases = cases_frame([
        {"case_id": key[1:], "rule": rule, "created_at": ago(2), "updated_at": ago(2)} for key, rule in rules.items()
    ])  # fmt: skip
    return made


def order(document: Document) -> list[str]:
    """Cases of each group, in order."""
    return [row[1].split(":")[0] for row in cells(document, "Order")]


def status(document: Document) -> str:
    assert document.verdict is not None
    return document.verdict.status


EXAMPLE = facts("1", certainty="probable", privileged=True, functional=4, information=5, recoverability=3, regulatory=4)


async def test_worked_example() -> None:
    """4.05, probable, privileged is 66.7 High with the whole sum shown; confirming it is said to make 91 Critical."""
    document = await desk(case("1", title="x on srv-01"), told=(EXAMPLE,)).run(f"{LINE} --management-view")
    assert document.figure("priority.top_score").value == pytest.approx(66.7)
    said = words(document)
    assert "0.35·4 + 0.25·5 + 0.20·3 + 0.20·4 = 4.05" in said
    assert "= 56.7 + 10 (privileged) = 66.7 High" in said
    assert "If confirmed: 91.0 Critical." in said
    assert dangling(document) == set()


async def test_unknown_is_three_and_said() -> None:
    """A case on a machine nobody listed counts 3 of 5 in every rating, never 0, and the answer says so."""
    document = await desk(case("1", title="x on ws-0001")).run(LINE)
    assert document.figure("priority.top_score").value == pytest.approx(30)
    assert "Not known, taken as 3: functional, information, recoverability, regulatory." in words(document)
    assert "1 of 1 groups have a rating that nobody knows: it is taken as 3 of 5, not 0." in words(document)


async def test_a_service_stands_in_until_somebody_rates() -> None:
    """Criticality, data class, RTO and regimes of the service rate an incident; what people established goes before."""
    made = desk(case("1", title="x on srv-01"))
    said = words(await made.run(LINE))
    assert "0.35·5 + 0.25·5 + 0.20·4 + 0.20·4 = 4.60" in said
    assert "Nobody has rated it: its service's entry stands in." in said
    made.organisation.files[IncidentFacts] = [
        facts("1", functional=1, affected=(Affected(service="online", information=2),))
    ]
    assert "0.35·1 + 0.25·2 + 0.20·4 + 0.20·4 = 2.45" in words(await made.run(LINE))


async def test_regimes_left_out_are_unknown_and_none_is_one() -> None:
    """A service whose entry has no regimes is not rated as free of duties; one that says "none" is."""
    made = desk(case("1", title="x on pay-01"))
    assert "recoverability, regulatory." in words(await made.run(LINE))
    made.organisation.files[Service] = [Service.model_validate({**JEWEL.model_dump(), "regimes": ()})]
    assert "0.20·1 = " in words(await made.run(LINE))


async def test_cases_of_one_host_are_one_group() -> None:
    """Two cases that name one known host are one group with both ids, scored by the worse and counted once."""
    made = desk(
        case("1", title="a on srv-01", created_at=ago(5)), case("2", title="b on SRV-01"),
        case("3", title="c on srv-02"),
        told=(facts("2", certainty="confirmed", functional=5),),
    )  # fmt: skip
    document = await made.run(LINE)
    assert order(document) == ["1, 2", "3"]
    assert document.figure("priority.groups").value == 2
    cases = document.figure("priority.groups").cases
    assert cases is not None
    assert cases.count == 3


async def test_facts_join_what_no_title_shows() -> None:
    """An entity of the incident facts joins a case whose title names it."""
    made = desk(case("1", title="a"), case("2", title="b on adm-7"), told=(facts("1", entities=("adm-7",)),))
    assert order(await made.run(LINE)) == ["1, 2"]


async def test_ransomware_precursors_of_a_group_make_it_critical() -> None:
    """Two different precursor rules on one host are a set; the same rule twice or on two hosts is none."""
    two = (case("1", title="a on srv-01"), case("2", title="b on srv-01"), case("3", title="c on srv-02"))
    document = await desk(*two, c1="shadow", c2="ransom").run(LINE)
    assert cells(document, "Order")[0][1].startswith("1, 2")
    assert cells(document, "Order")[0][4].startswith("Critical")
    assert "ransomware precursors" in cells(document, "Order")[0][7]
    for made in (desk(*two, c1="shadow", c2="shadow"), desk(*two, c1="shadow", c3="ransom")):
        assert (await made.run(LINE)).figure("priority.critical").value == 0


@pytest.mark.parametrize(
    ("hours", "filed", "pinned", "words_"),
    [(3, False, True, "3 h left"), (-2, False, True, "overdue by 2 h"), (24, False, False, ""), (3, True, False, "")],
)
async def test_a_running_clock_pins(hours: float, filed: bool, pinned: bool, words_: str) -> None:
    """An unfiled clock with under 24 h left, or overdue, puts its case first at High or more, red; others do not."""
    low = facts("1", functional=1, information=1, recoverability=1, regulatory=1, clocks=(clock(hours, filed=filed),))
    made = desk(case("1", title="a"), case("2", title="b on srv-01", assignee="a1"), told=(low,))
    document = await made.run(LINE)
    assert order(document)[0] == ("1" if pinned else "2")
    assert document.figure("priority.clocks").value == (1 if pinned else 0)
    assert (status(document) == "red") is pinned
    assert words_ in words(document)
    if pinned:
        assert cells(document, "Order")[0][4].startswith("High")
        assert "(owner: Compliance)" in words(document)


async def test_a_clock_is_counted_from_its_trigger() -> None:
    """72 h from awareness 70 h ago leave 2 h: the triggers file counts, and goes before a due time in the facts."""
    made = desk(case("1", title="a"), case("2", title="b"), told=(facts("1", clocks=(clock(5),)),))
    made.organisation.files[IncidentTriggers] = [triggered(70)]
    said = words(await made.run(LINE))
    assert "Regime R first, case 1: 2 h left" in said
    assert "DORA" not in said
    made.organisation.files[IncidentTriggers] = [triggered(70, filings=[{"rule": "r", "stage": "first", "at": ago(1)}])]
    assert (await made.run(LINE)).figure("priority.clocks").value == 0


async def test_clocks_without_their_files() -> None:
    """Without the rules the due time of the facts counts; with nothing near, the number is not known, not zero."""
    made = desk(case("1", title="a"), told=(facts("1", clocks=(clock(5),)),))
    made.organisation.files[IncidentTriggers] = [triggered(70)]
    del made.organisation.files[ClockRule]
    assert "DORA initial, case 1: 5 h left" in words(await made.run(LINE))
    made.organisation.files[IncidentFacts] = []
    figure = (await made.run(LINE)).figure("priority.clocks")
    assert (figure.value, figure.note) == (None, "not known without clock_rules.yaml")


async def test_order_of_overrides() -> None:
    """Life and safety first, then the clock, then the confirmed crown jewel, then scores."""
    made = desk(
        case("1", title="a on srv-01"), case("2", title="b on pay-01"), case("3", title="c"), case("4", title="d"),
        told=(
            facts("1", certainty="confirmed", functional=5, exfiltration=True, spreading=True),
            facts("2", certainty="confirmed", functional=1), facts("3", clocks=(clock(5),)), facts("4", safety=True),
        ),
    )  # fmt: skip
    document = await made.run(LINE)
    assert order(document) == ["4", "3", "2", "1"]
    assert "Life or safety: case 4" in words(document)


async def test_a_suspected_crown_jewel_is_settled_first() -> None:
    """A crown jewel that is only suspected is not Critical, and is named as what one fact would make so."""
    document = await desk(case("1", title="beacon on pay-01", assignee="@Tier1")).run(LINE)
    assert document.figure("priority.critical").value == 0
    assert document.figure("priority.latent").value == 1
    assert "Critical if confirmed, so settle first: 1 (Payments, @Tier1)." in words(document)


@pytest.mark.parametrize(
    ("more", "value"), [({"stage": "investigation"}, 64.4), ({"incident": True}, 92.0), ({"stage": "New"}, 46.0)]
)
async def test_stage_and_incident_mark_tell_certainty(more: dict[str, Any], value: float) -> None:
    """A desk's stage counts as the policy says, its incident mark as confirmed, anything else as suspected."""
    document = await desk(case("1", title="a on srv-01", **more)).run(LINE)
    assert document.figure("priority.top_score").value == pytest.approx(value)


async def test_equal_scores_go_by_the_desk_sla() -> None:
    """Of equal scores, the case that the desk's SLA has due first comes first; one without comes last."""
    made = desk(
        case("1", title="a"), case("2", title="b", sla=Sla(NOW + timedelta(hours=2), None, "OPEN_SLA")),
        case("3", title="c", sla=Sla(NOW + timedelta(hours=1), None, "OPEN_SLA")),
    )  # fmt: skip
    assert order(await made.run(LINE)) == ["3", "2", "1"]


async def test_tests_are_left_out_and_counted() -> None:
    """Test and simulated cases are not put in order, and it is said how many."""
    document = await desk(case("1"), case("2", type="test")).run(LINE)
    assert order(document) == ["1"]
    assert "1 test or simulated case left out." in words(document)


async def test_desk_priority_that_is_too_low() -> None:
    """A case whose desk priority is below its band is named, and a button offers the change."""
    made = desk(case("1", title="a on srv-01", priority="low", incident=True, assignee="a1"))
    document = await made.run(LINE)
    assert "1 (low at the desk, Critical here)" in words(document)
    assert "case priority 1 critical" in lines(document)
    assert "Tell Owner 01 about case 1: Critical, Online; policy: 1 h (owner: a1)." in words(document)


async def test_business_impact() -> None:
    """By service: owner to call, hours past the RTO, their cost, records of the worst case, clocks; one sum."""
    told = facts(
        "1", affected=(Affected(service="online", down_since=ago(13.5), restored_at=ago(13.5 - 17 / 3), records=380),),
        clocks=(clock(30),),
    )  # fmt: skip
    again = facts("2", affected=(Affected(service="online", down_since=ago(13), restored_at=ago(9), records=200),))
    made = desk(case("1", title="a on srv-01"), case("2", title="b on srv-01"), told=(told, again))
    document = await made.run(f"{LINE} --business-impact")
    row = cells(document, "By business service")[0]
    assert row == [
        "Online",
        "Owner 01",
        "Medium",
        "1, 2",
        "was down 5 h 40 min, 1 h 40 min past RTO",
        "200,000 EUR",
        "380",
        "DORA",
    ]
    assert document.figure("impact.downtime_cost").value == pytest.approx(200_000)
    assert document.figure("impact.records").value == 380
    assert dangling(document) == set()


async def test_two_currencies_are_not_summed() -> None:
    """Costs in two currencies have no sum without a rate, and the figure says so; the rows keep their own."""
    told = (
        facts("1", affected=(Affected(service="online", down_since=ago(6)),)),
        facts("2", affected=(Affected(service="pay", down_since=ago(6)),)),
    )
    made = desk(case("1", title="a on srv-01"), case("2", title="b on pay-01"), told=told)
    pay = JEWEL.model_copy(update={"currency": "USD", "rto_hours": 1.0, "cost_per_hour": 10.0})
    made.organisation.files[Service] = [ONLINE, pay]
    document = await made.run(f"{LINE} --business-impact")
    figure = document.figure("impact.downtime_cost")
    assert (figure.value, figure.currency) == (None, None)
    assert figure.note == "costs are in EUR, USD and no rate is given: not summed"
    assert {row[5] for row in cells(document, "By business")} == {"240,000 EUR", "50 USD"}


async def test_an_outage_without_rto_is_not_free() -> None:
    """What has no RTO or no cost an hour is "not known", not zero, and the sum says that it is at least that."""
    told = facts("1", affected=(Affected(service="pay", down_since=ago(6)),))
    document = await desk(case("1", title="a"), told=(told,)).run(f"{LINE} --business-impact")
    assert cells(document, "By business")[0][5] == "not known"
    figure = document.figure("impact.downtime_cost")
    assert figure.value is None
    assert figure.note == "no outage has both an RTO and a cost an hour"


async def test_costs_need_a_permission() -> None:
    """A lead sees services and owners, and is told that costs are left out."""
    told = facts("1", affected=(Affected(service="online", down_since=ago(6)),))
    document = await desk(case("1", title="a"), told=(told,)).run(f"{LINE} --business-impact", role="lead")
    assert "impact.downtime_cost" not in {figure.id for figure in document.figures}
    assert "they need the permission reports.read" in words(document)
    assert "240,000" not in words(document)


async def test_who_can_take_it() -> None:
    """Needed skills come from the facts, else from the rule; counts by default, names in a direct message only."""
    made = desk(case("1", title="a on srv-01"), c1="beacon")
    made.organisation.files |= {
        Person: [Person(id="a1", name="Analyst 01", tier=1, role="Analyst", zone="UTC", desk_user="a1")],
        Shift: [
            Shift.model_validate({"person": "a1", "days": ("sun",), "start": "08:00", "end": "16:00", "zone": "UTC"})
        ],
        Skill: [Skill(person="a1", skill="forensics", level=3, basis="manager", at=date(2026, 9, 1))],
    }
    row = cells(await made.run(f"{LINE} --business-impact"), "Who can take")[0]
    assert row[:3] == ["case 1", "forensics", "1"]
    named = await made.run(f"{LINE} --names", visibility="direct")
    assert named.private
    assert cells(named, "Who can take")[0][2] == "Analyst 01"
    with pytest.raises(UserError, match="direct message"):
        await made.run(f"{LINE} --names")
    with pytest.raises(Denied):
        await made.run(f"{LINE} --names", role="lead", visibility="direct")


def finding(cve: str | None, days: float) -> Finding:
    return Finding(
        f"f-{cve}", "V", "//compute.example/instances/srv-01", "HIGH", cve, 9.0, "WIDE", False, ago(24 * days), None
    )


async def test_vulnerabilities_by_due_day() -> None:
    """Two days of three are not overdue, four are; unknown inputs give a range; CVEs without inputs are counted."""
    made = desk(case("1"))
    made.posture.finding_list = [finding(f"CVE-2026-000{n}", n) for n in (1, 2, 4)] + [finding(None, 9)]
    made.organisation.files |= {
        Remediation: TABLE,
        VulnerabilityFacts: [
            VulnerabilityFacts.model_validate(
                {"cve": f"CVE-2026-000{n}", "kev": True, "exposed": True, "automatable": True,
                 "technical_impact": "total", "checked": "2026-11-20", "source": "Owner 03"}
            )
            for n in (2, 4)
        ],
    }  # fmt: skip
    document = await made.run(f"{LINE} --vulnerabilities")
    rows = cells(document, "Findings by due day")
    assert [(row[0][-1], row[4]) for row in rows] == [("4", "2026-11-21, overdue"), ("2", "2026-11-23")]
    assert document.figure("vulnerabilities.overdue").value == 1
    assert document.figure("vulnerabilities.unjudged").value == 2
    made.organisation.files[Remediation] = TABLE[:-1]
    assert "No due days: the remediation table has 15 of 16 combinations" in words(
        await made.run(f"{LINE} --vulnerabilities")
    )
    with pytest.raises(Denied):
        await made.run(f"{LINE} --vulnerabilities", role="executive")


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (Prioritisation, "No policy: the product's weights count"),
        (IncidentFacts, "No incident facts: nothing is assessed"),
        (Service, "No services: what nobody rated counts as 3 of 5"),
    ],
)
async def test_a_missing_file(gone: type[Any], said: str) -> None:
    """A missing file is named and its effect told; what rests on it is not a zero, and nothing turns green."""
    made = desk(case("1", title="a on srv-01", assignee="a1"))
    del made.organisation.files[gone]
    document = await made.run(f"{LINE} --management-view --business-impact")
    assert gone.FILE in words(document)
    assert said in words(document)
    assert status(document) != "green"
    if gone is IncidentFacts:
        assert document.figure("priority.clocks").value is None
    if gone is Service:
        assert document.figure("impact.services").value is None


async def test_the_desk_away() -> None:
    """Without cases there is no order, no figure and no colour but unknown."""
    made = desk(case("1"))
    made.cases.fails["open_cases"] = Unavailable("Case desk", "is down")
    document = await made.run(LINE)
    assert document.figures == ()
    assert status(document) == "unknown"
    assert "Case desk is down." in words(document)


async def test_telemetry_away() -> None:
    """Without the SIEM and the ledger the order stands and what is lacking is said."""
    made = desk(case("1", title="a on srv-01", assignee="a1"), told=(facts("1", certainty="suspected", functional=1),))
    assert status(await made.run(LINE)) == "green"
    made.alerts.fails = {"alerts": Unavailable("SIEM", "is down"), "ioc_matches": Unavailable("SIEM", "is down")}
    made.ledger.fails["view"] = Unavailable("Case ledger", "is down")
    document = await made.run(LINE)
    assert order(document) == ["1"]
    assert "SIEM is down." in words(document)
    assert "ransomware precursors, are not known" in words(document)
    assert status(document) == "unknown"


async def test_truncated_cases_and_no_cases() -> None:
    """A part of the cases is said to be a part and is never green; no case at all is a sentence."""
    made = desk(case("1", title="a on srv-01", assignee="a1"), told=(facts("1", functional=1),))
    made.cases.truncated = True
    document = await made.run(LINE)
    assert "only part of the open cases" in words(document)
    assert status(document) == "unknown"
    empty = await desk().run(LINE)
    assert "No open case." in words(empty)
    assert empty.figure("priority.top_score").note == "no open case"


async def test_facts_that_fit_nothing_are_said() -> None:
    """Facts on a closed case, twice told facts and unknown services are named; an unknown service's rating counts."""
    older = IncidentFacts(case_id="1", assessed_at=ago(9), assessed_by="Shift lead", functional=1)
    stranger = facts("1", affected=(Affected(service="ghost", functional=5, information=5),))
    made = desk(case("1", title="a"), told=(older, stranger, facts("77")))
    said = words(await made.run(LINE))
    assert "tells of cases that are not open: 77" in said
    assert "tells of 1 case twice: the latest counts" in said
    assert "services that services.yaml does not have: ghost" in said
    assert "0.35·5 + 0.25·5 + 0.20·3 + 0.20·3 = 4.20" in said


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ((0.7, 0.5, 0.4, 0.4), "sum to 2, not to 1: they count in proportion."),
        ((0, 0, 0, 0), "sum to 0, not to 1: the product's own count instead."),
    ],
)
async def test_weights_that_do_not_sum_to_one(weights: tuple[float, ...], said: str) -> None:
    """Wrong weights are told and used in proportion, so that the worked example still comes out."""
    names = ("weight_functional", "weight_information", "weight_recoverability", "weight_regulatory")
    made = desk(case("1"), told=(EXAMPLE,))
    made.organisation.files[Prioritisation] = [POLICY.model_copy(update=dict(zip(names, weights, strict=True)))]
    document = await made.run(LINE)
    assert said in words(document)
    assert document.figure("priority.top_score").value == pytest.approx(66.7)


async def test_hostile_titles_stay_data() -> None:
    """A title cannot join cases by inventing hosts, nor grow without end."""
    bad = "<!channel> srv-99 *x* " + "long " * 100
    document = await desk(case("1", title=bad), case("2", title=bad)).run(LINE)
    assert order(document) == ["1", "2"]
    assert "<!channel> srv-99 *x*" in cells(document, "Order")[0][1]
    assert max(len(row[1]) for row in cells(document, "Order")) < 110


async def test_limit_and_flags() -> None:
    """The limit cuts the list and not the counts, and is said; wrong limits and flags are refused."""
    made = desk(*(case(str(n), title="a") for n in range(12)))
    document = await made.run(f"{LINE} --limit 3")
    assert len(table(document, "Order").rows) == 3
    assert table(document, "Order").total == document.figure("priority.groups").value == 12
    for flags in ("--limit 0", "--limit 51", "--management"):
        with pytest.raises(BadFlag):
            await made.run(f"{LINE} {flags}")


async def test_line_of_the_specification() -> None:
    """The specified line works as written, firmness is told above three groups, and what is not shipped is said."""
    made = desk(*(case(str(n), title=f"a on srv-0{n}") for n in range(1, 5)))
    document = await made.run("/security:incident prioritize --management-view --business-impact")
    assert document.figure("priority.stable").value == 1
    assert document.figure("priority.stable").n == 78
    assert NOT_SHIPPED in COMMAND.notes
