"""`incident prioritize` where files or ratings are missing, and what it says of vulnerabilities that are overdue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.models.organisation import Absence, Person, Service, Shift, Skill
from connectors.models.organisation.clocks import ClockRule, IncidentTriggers, RegulatorProfile
from connectors.models.organisation.risk import (
    CoordinatorRow,
    IncidentFacts,
    Prioritisation,
    Remediation,
    VulnerabilityFacts,
)
from connectors.organisation.files import load_file
from messages.text import render
from tests.handlers.commands.test_incident_prioritize import LINE, TABLE, desk, facts, finding
from tests.handlers.commands.twins import NOW, Desk, case, cells, lines, words
from tests.handlers.crisis.clock_room import confirmed, shipped
from tests.handlers.crisis.room import Room

COORDINATOR = [one.record for one in load_file(Path("/nowhere"), CoordinatorRow)]
ALL = f"{LINE} --management-view --business-impact"
FILES = (IncidentFacts, Prioritisation, Service, IncidentTriggers, ClockRule, RegulatorProfile)


def bare() -> Desk:
    made = desk(*(case(f"{n}", title="phish") for n in range(1, 6)))
    for record in FILES:
        del made.organisation.files[record]
    return made


@pytest.mark.parametrize("record", FILES)
async def test_none_found_without_a_file_is_not_known_to_be_none(record: type[Any]) -> None:
    """Critical, near clocks and the rest: none counted without a file has no value and names the file."""
    made = desk(case("1", title="phish"))
    whole = await made.run(ALL)
    assert whole.figure("priority.critical").value == 0
    del made.organisation.files[record]
    document = await made.run(ALL)
    critical = document.figure("priority.critical")
    assert (critical.value, critical.note) == (None, f"not known without {record.FILE}")
    said = "none known to be Critical and none known to be High of 1 group, counted without "
    assert said + record.FILE in " ".join(render(document).split())
    assert [one.id for one in document.figures if one.n == 0] == []


async def test_what_is_found_without_a_file_keeps_its_number() -> None:
    """A case the desk marks as incident is High by what is known; the figure says what it was counted without."""
    made = desk(case("1", title="phish", incident=True))
    del made.organisation.files[Service]
    high = (await made.run(LINE)).figure("priority.high")
    assert (high.value, high.note) == (1, "counted without services.yaml")


async def test_an_empty_folder_claims_nothing() -> None:
    """No impact table, no firmness of an order that nothing rates, no service that stands in, no n of 0."""
    document = await bare().run(ALL)
    text = words(document)
    firm = document.figure("priority.stable")
    assert (firm.value, firm.n, firm.note) == (None, None, "no rating is known, so no weight can move the order")
    assert "How firm the order is cannot be said" in text
    assert "Nobody has rated it: no service of it is known." in text
    assert "No impact by service: services.yaml could not be read." in text
    assert "touch no service" not in text
    for name in ("impact.records", "impact.downtime_cost"):
        figure = document.figure(name)
        assert (figure.value, figure.n) == (None, None)
        assert figure.note == "incident_facts.yaml and services.yaml could not be read"


async def test_outages_are_not_known_without_facts() -> None:
    """A service that is touched has no "none recorded" where nothing could be read."""
    made = desk(case("1", title="a on srv-01"))
    assert cells(await made.run(ALL), "By business service")[0][4:6] == ["none recorded", "—"]
    del made.organisation.files[IncidentFacts]
    assert cells(await made.run(ALL), "By business service")[0][4:6] == ["not known", "not known"]


async def test_nobody_on_shift_is_a_word() -> None:
    """With names asked for, an empty shift reads "nobody", not a dash."""
    made = desk(case("1"), told=(facts("1", skills=("forensics",)),))
    made.organisation.files |= {Person: [], Shift: [], Absence: [], Skill: []}
    document = await made.run(f"{LINE} --names", visibility="direct")
    assert cells(document, "Who can take")[0][:3] == ["case 1", "forensics", "nobody"]


def overdue(*days: float) -> Desk:
    """A calm desk with one finding each so many days old, each due within three."""
    made = desk(case("1", title="a on srv-01", assignee="a1"), told=(facts("1", certainty="suspected"),))
    made.posture.finding_list = [finding(f"CVE-2026-000{n}", age) for n, age in enumerate(days)]
    inputs = {"kev": True, "exposed": True, "automatable": True, "technical_impact": "total",
              "checked": "2026-11-20", "source": "Owner 03"}  # fmt: skip
    made.organisation.files |= {
        Remediation: TABLE, CoordinatorRow: COORDINATOR,
        VulnerabilityFacts: [
            VulnerabilityFacts.model_validate(inputs | {"cve": f"CVE-2026-000{n}"}) for n in range(len(days))
        ],
    }  # fmt: skip
    return made


async def test_an_overdue_vulnerability_needs_somebody() -> None:
    """Past its due day it colours the verdict and is named with its service's owner; without the flag it is not."""
    document = await overdue(9, 5, 1).run(f"{LINE} --vulnerabilities")
    assert document.verdict is not None and document.verdict.status == "amber"
    told = "Vulnerability overdue: CVE-2026-0000 on Online since 2026-11-16, and 1 more (owner: Owner 01)."
    assert told in words(document)
    assert cells(document, "Findings by due day")[0][6:8] == ["attend to act", "9 · ? · ?"]
    assert f"{LINE} --vulnerabilities" in lines(document)
    calm = await overdue(1).run(f"{LINE} --vulnerabilities")
    assert calm.verdict is not None and calm.verdict.status != "amber"
    without = await overdue(9, 5).run(LINE)
    assert without.verdict is not None and without.verdict.status != "amber"


@pytest.mark.parametrize("asked", [ALL, f"{LINE} --vulnerabilities", f"{LINE} --business-impact"])
async def test_refresh_asks_the_same_again(asked: str) -> None:
    """The button repeats the line with its flags."""
    document = await overdue(9).run(asked)
    buttons = [one for block in document.blocks if block.kind == "actions" for one in block.buttons]
    assert [one.line for one in buttons if one.label == "Refresh"] == [asked]


async def test_a_clock_confirmed_in_a_crisis_pins_its_case() -> None:
    """What was confirmed in the crisis's room goes before the files; who may not see crises is not told."""
    room = Room()
    room.clock.at = NOW
    await room.do("lead", 'crisis declare "Ransomware" --severity 1 --case 1')
    await room.do("counsel", 'crisis clock scope gdpr applies --said "Legal counsel"')
    await confirmed(room, "aware", "2026-11-19T20:00Z")
    made = desk(case("2", title="b", incident=True), case("1", title="a"))
    made.organisation.files[ClockRule] = [one for one in await shipped(ClockRule) if one.id == "gdpr"]  # type: ignore[union-attr]
    assert (await made.run(LINE)).figure("priority.clocks").value == 0
    made.crises = room.store
    document = await made.run(LINE)
    assert document.figure("priority.clocks").value == 1
    assert "case 1: 11 h left" in " ".join(render(document).split())
    assert document.tlp == (await room.crisis()).tlp
    assert (await made.run(LINE, role="auditor")).figure("priority.clocks").value == 0


async def test_the_ssvc_decision_of_a_finding() -> None:
    """Facts go before the finding's activity; what is not known gives a range; a broken table is "not known"."""
    made = overdue(1)
    stated = {
        "cve": "CVE-2026-0000", "kev": False, "exposed": False, "automatable": False, "technical_impact": "total",
        "exploitation": "active", "mission": "medium", "epss": 0.03, "checked": "2026-11-20", "source": "s",
    }  # fmt: skip
    made.organisation.files[VulnerabilityFacts] = [VulnerabilityFacts.model_validate(stated)]
    row = cells(await made.run(f"{LINE} --vulnerabilities"), "Findings by due day")[0]
    assert row[6:8] == ["attend", "9 · ? · 0.03"]
    made.organisation.files[CoordinatorRow] = COORDINATOR[:-1]
    row = cells(await made.run(f"{LINE} --vulnerabilities"), "Findings by due day")[0]
    assert row[6] == "not known"
