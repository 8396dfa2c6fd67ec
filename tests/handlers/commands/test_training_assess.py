"""`training assess` through run(): the worked example, certificates, missing files, who may see names."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from connectors.errors import Unavailable
from connectors.models.organisation import Absence, BudgetLine, Person, Shift, Skill, SkillNeed, StaffingPolicy, Target
from connectors.models.organisation.attack import AttackBundle, AttackTechnique
from connectors.models.organisation.detection import TechniqueRemap
from connectors.models.organisation.people import Cert, CertDuty, Certification, Course, RoleRequirement, SkillThreat
from connectors.models.threats import Recommendation, ThreatProfile
from connectors.organisation.loading import BadFile
from handlers.commands.training_assess import COMMAND
from handlers.core.errors import Denied, UserError
from tests.handlers.commands.twins import NOW, Desk, ago, cases_frame, cells, lines, table, with_commands, words

TODAY = NOW.date()
LINE = "training assess --team-skills"
CERTS = "training assess --certification-tracking"
LEVELS = {"cloud": (3, 1, 1, 0), "malware": (3, 3, 2, 0)}


def course(skill: str, hours: float, **more: Any) -> Course:
    given: dict[str, Any] = {"id": skill, "name": f"Course on {skill}", "to_level": 3, "cost": 100, "currency": "EUR"}
    return Course(skill=skill, hours=hours, **(given | {"starts": (date(2027, 2, 1),)} | more))


def person(number: int, **more: Any) -> Person:
    given: dict[str, Any] = {"name": f"Analyst {number:02}", "tier": 2, "role": "Responder", "zone": "UTC"} | more
    return Person(id=f"p{number}", **given)


def skill(who: str, name: str, level: int, basis: Any = "manager", at: date = date(2026, 9, 30)) -> Skill:
    return Skill(person=who, skill=name, level=level, basis=basis, at=at)


def desk() -> Desk:
    """The domain's example: four people, cloud forensics 3,1,1,0 and malware analysis against level 3."""
    made = with_commands(COMMAND)
    made.organisation.files = {
        Person: [person(n) for n in range(1, 5)],
        Skill: [skill(f"p{n}", name, level) for name, row in LEVELS.items() for n, level in enumerate(row, start=1)],
        RoleRequirement: [RoleRequirement(role="Responder", skill=name, level=3) for name in LEVELS],
        Course: [course("cloud", 24), course("malware", 40)],
        SkillThreat: [SkillThreat(skill="cloud", weight=3), SkillThreat(skill="malware", weight=1)],
        TechniqueRemap: [],
        SkillNeed: [], Shift: [], Absence: [], Target: [],
        StaffingPolicy: [StaffingPolicy(training_hours=80)],
        BudgetLine: [BudgetLine(id="t", category="Training", year=2026, plan=1000, actual=300, committed=100,
                                currency="EUR", as_of=TODAY)],
        Certification: [Certification(name="Certified incident handler", body="A", aliases=("CIH",))],
        Cert: [cert("p1", 400)],
        CertDuty: [],
    }  # fmt: skip
    return made


def cert(who: str, days: int, name: str = "CIH", **more: Any) -> Cert:
    given: dict[str, Any] = {"issued": date(2024, 1, 1), "expires": TODAY + timedelta(days=days), "owner": "p1"} | more
    return Cert(person=who, name=name, **given)


async def test_worked_example() -> None:
    """Cloud 7 of 12 = 58 %, one person, priority .875: first, two people; malware .05 after it."""
    said = await desk().run(LINE)
    cloud, malware = cells(said, "Skills by training priority")
    assert cloud == ["cloud", "7 of 12 (58.3 %)", "3 of 4", "1", "—", "3.00", "0.875", "2 people",
                     "Course on cloud (24 h, 2027-Q1)"]  # fmt: skip
    assert malware[0] == "malware" and malware[6] == "0.050"
    assert "Train cloud first: 2 people, 24 h each" in words(said) and "; cloud rests on one person" in words(said)
    assert said.figure("training.gap.share").value == pytest.approx(11 / 24)
    assert said.figure("training.single.count").value == 1
    assert said.verdict is not None and said.verdict.status == "amber"


async def test_the_exact_line_of_the_specification_works() -> None:
    """Both flags give skills and certificates; no flag gives skills alone."""
    said = await desk().run("/security:training assess --team-skills --certification-tracking")
    assert table(said, "Skills by training priority") and table(said, "Certificates by certification")
    plain = await desk().run("training assess")
    assert table(plain, "Skills by training priority") and "Certificates by" not in words(plain)


async def test_who_trains_is_named_to_managers_in_direct_messages_only() -> None:
    """The second and third are sent, not the expert; without --names, outside a DM or without the right: no names."""
    said = await desk().run(f"{LINE} --names", visibility="direct")
    assert cells(said, "Skills by training priority")[0][7] == "Analyst 02, Analyst 03"
    assert said.private
    anonymous = await desk().run(f"{LINE} --certification-tracking", visibility="direct")
    assert not anonymous.private
    assert all(name not in words(anonymous) for name in ("Analyst 0", '"p1"', '"p2"'))
    with pytest.raises(UserError, match="direct message"):
        await desk().run(f"{LINE} --names")
    with pytest.raises(Denied):
        await desk().run(f"{LINE} --names", visibility="direct", role="lead")


async def test_pseudonyms_where_they_are_wanted() -> None:
    """With the works council's setting nobody is named even then."""
    made = desk()
    made.pseudonyms = True
    assert "Analyst 0" not in words(await made.run(f"{LINE} --certification-tracking --names", visibility="direct"))


async def test_nobody_is_red() -> None:
    """A skill needed at level 3 that nobody has is red and stands first; who has left does not count."""
    made = desk()
    made.organisation.files[Person][0] = person(1, end=TODAY - timedelta(days=1))
    said = await made.run(LINE)
    assert said.verdict is not None and said.verdict.status == "red"
    assert said.figure("training.nobody.count").value == 1
    assert "Nobody works alone at: " in words(said)


async def test_all_levels_reached_is_green() -> None:
    """Green needs every level reached and nothing on one person."""
    made = desk()
    made.organisation.files[Skill] = [skill(f"p{n}", name, 3) for n in range(1, 5) for name in LEVELS]
    said = await made.run(LINE)
    assert said.verdict is not None and said.verdict.status == "green"
    assert said.figure("training.gap.share").value == 0


@pytest.mark.parametrize("record", [Person, Skill, RoleRequirement])
async def test_a_missing_file_is_named_and_never_green(record: Any) -> None:
    """Without roster, skills or profiles no gap is shown, the file is named, the colour is unknown."""
    made = desk()
    del made.organisation.files[record]
    said = await made.run(LINE)
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert record.FILE in words(said) and all(f.id != "training.gap.share" for f in said.figures)


async def test_no_course_and_no_profile_are_said() -> None:
    """A gap without a course stays in the table; a role without a profile is counted."""
    made = desk()
    made.organisation.files[Course] = [course("malware", 40)]
    made.organisation.files[Person].append(person(5, role="Clerk"))
    said = await made.run(LINE)
    assert cells(said, "Skills by training priority")[1][6:] == ["—", "—", "no course on file"]
    assert "No role profile, so no gap is known for: Clerk (1)." in words(said)


async def test_budget_that_is_left() -> None:
    """Plan less booked and committed, with what the plan takes of it this year."""
    made = desk()
    made.organisation.files[Course] = [course("cloud", 24, starts=(date(2026, 12, 1),)), course("malware", 40)]
    said = await made.run(LINE)
    assert said.figure("training.budget.left").value == 600
    assert "(60 %) is neither spent nor committed, 39 d before the year ends" in words(said)
    assert "courses of this plan that begin in 2026 take 200 EUR" in words(said)
    assert said.figure("training.cost.sum").value == pytest.approx(300)


async def test_threat_profiles_weigh_skills() -> None:
    """Without an own weight techniques of recommendations weigh; a profile that fails is a notice and weight 1."""
    made = desk()
    made.organisation.files[SkillThreat] = [SkillThreat(skill="cloud", techniques=("T1530",))]
    made.intel.profile_list = [ThreatProfile("1", "P", (), (), (), True, None, ago(1))]
    made.intel.recommended["1"] = [Recommendation("1", "r", "report", "R", "", (), (), ("T1530",), "GTI")]
    assert cells(await made.run(LINE), "Skills by training priority")[0][5] == "3.00"
    made.intel.fails["recommendations 1"] = Unavailable("GTI", "is away")
    said = await made.run(LINE)
    assert cells(said, "Skills by training priority")[0][5] == "1.00"
    assert "Threat profiles are unknown" in words(said)


async def test_recommendations_of_several_profiles_are_told_together() -> None:
    """The small print counts the rows of all profiles, not of the first."""
    made = desk()
    made.intel.name = "GTI recommendations"
    made.intel.profile_list = [ThreatProfile(n, "P", (), (), (), True, None, ago(1)) for n in ("1", "2")]
    for n in ("1", "2"):
        rows = [Recommendation(n, f"r{n}{i}", "report", "R", "", (), (), ("T1530",), "GTI") for i in range(3)]
        made.intel.recommended[n] = rows
    made.intel.total = None
    said = await made.run(LINE)
    small = [block for block in said.blocks if block.kind == "context"][-1]
    told = "".join(span.text if span.kind == "plain" else "" for span in small.text)
    assert "GTI recommendations as of  (8 rows)" in told  # 2 profiles and 2 × 3 recommendations under one name


async def test_self_against_evidence() -> None:
    """A self-assessment two levels above the evidence is told by skill, and by person only where named."""
    made = desk()
    old = date(2026, 5, 1)
    made.organisation.files[Skill] += [skill("p4", "cloud", 3, "self", old), skill("p4", "cloud", 1, "evidence", old)]
    assert "1 self-assessment more than a level from the evidence: cloud" in words(await made.run(LINE))
    named = words(await made.run(f"{LINE} --names", visibility="direct"))
    assert "Analyst 04, cloud: said 3, the evidence shows 1." in named


async def test_decay() -> None:
    """With --decay what was assessed 18 months ago is a level lower, and how many is said."""
    made = desk()
    made.organisation.files[Skill][0] = skill("p1", "cloud", 3, at=date(2025, 5, 22))
    said = await made.run("training assess --decay")
    assert said.figure("training.nobody.count").value == 1
    assert "Decay: 1 assessment lowered" in words(said)


async def test_decay_knows_practice() -> None:
    """Who handled such a case lately keeps the level; without the ledger that is said and the files' days count."""
    made = desk()
    made.organisation.files[Skill][0] = skill("p1", "cloud", 3, at=date(2025, 5, 22))
    made.organisation.files[SkillThreat] = [SkillThreat(skill="cloud", case_words=("bucket",))]
    row = {"case_id": "1", "title": "Public Bucket", "assignee": "p1", "created_at": ago(24), "updated_at": ago(20)}
    made.ledger.cases = cases_frame([row])
    assert "Decay: 0 assessments lowered" in words(await made.run("training assess --decay"))
    made.ledger.fails["view"] = Unavailable("Case ledger", "is away")
    said = words(await made.run("training assess --decay"))
    assert "Decay: 1 assessment lowered" in said and "practice is unknown" in said


async def test_retired_techniques_are_told() -> None:
    """Ids that ATT&CK has retired are named with what stands for them, or as left out."""
    made = desk()
    told: dict[str, Any] = {"since": "19", "confidence": "name-inferred", "source": "s", "checked": TODAY}
    made.organisation.files[TechniqueRemap] = [
        TechniqueRemap(old="T1562", new="T1685", **told), TechniqueRemap(old="T1656", **told),
    ]  # fmt: skip
    made.organisation.files[SkillThreat] = [SkillThreat(skill="cloud", techniques=("T1562", "T1656"))]
    said = words(await made.run(LINE))
    assert "counted as their successors: T1562 (now T1685)" in said and "without a successor, left out: T1656" in said


async def test_the_own_copy_of_attack_goes_before_the_products_table() -> None:
    """The bundle decides what is retired, on both sides; a bundle that cannot be read is named and the table counts."""
    made = desk()
    table_row: dict[str, Any] = {"since": "19", "confidence": "name-inferred", "source": "s", "checked": TODAY}
    made.organisation.files[TechniqueRemap] = [TechniqueRemap(old="T1530", new="T9999", **table_row)]
    own = AttackBundle(
        file="attack.json", version="42.1",
        techniques=(AttackTechnique(id="T1530", name="A"), AttackTechnique(id="T1537", name="B"),
                    AttackTechnique(id="T1000", name="C", state="revoked", successor="T1530")),
    )  # fmt: skip
    made.organisation.files[AttackBundle] = [own]
    made.organisation.files[SkillThreat] = [
        SkillThreat(skill="cloud", techniques=("T1000", "T7777")), SkillThreat(skill="malware", techniques=("T1537",)),
    ]  # fmt: skip
    made.intel.profile_list = [ThreatProfile("1", "P", (), (), (), True, None, ago(1))]
    made.intel.recommended["1"] = [Recommendation("1", "r", "report", "R", "", (), (), ("T1530",), "GTI")]
    said = await made.run(LINE)
    assert {row[0]: row[5] for row in cells(said, "Skills by training priority")} == {
        "cloud": "3.00",
        "malware": "1.00",
    }
    assert "retired by ATT&CK 42.1, counted as their successors: T1000 (now T1530)." in words(said)
    assert "ATT&CK 42.1 does not have techniques that skill_threats.yaml names: T7777." in words(said)
    made.organisation.fails["AttackBundle"] = BadFile("Organisation", "attack.json", ["attack.json: is not a STIX"])
    fallen = await made.run(LINE)
    assert "Organisation cannot use attack.json" in words(fallen)
    assert {row[5] for row in cells(fallen, "Skills by training priority")} == {"1.00"}


async def test_missing_courses_are_no_empty_plan() -> None:
    """Without courses.yaml places, hours and cost are not known: never 0 places of 0."""
    made = desk()
    del made.organisation.files[Course]
    said = await made.run(LINE)
    places = said.figure("training.places.count")
    assert (places.value, places.n, places.note) == (None, None, "courses.yaml could not be read")
    assert not {"training.hours.sum", "training.cost.sum"} & {one.id for one in said.figures}
    assert "which course helps is not known" in words(said) and "No plan: courses.yaml could not be read." in words(
        said
    )
    assert {row[8] for row in cells(said, "Skills by training priority")} == {"not known"}


async def test_without_known_names_no_duty_is_called_unmet() -> None:
    """A renewal under another spelling and a duty cannot be judged without the names: unknown, not red."""
    made = desk()
    made.organisation.files[Cert] = [cert("p1", -10, "CIH"), cert("p1", 400, "Certified incident handler")]
    made.organisation.files[CertDuty] = [
        CertDuty(id="d", statement="Trained", source="PCI DSS", any_of=("C.I.H.",), people=1, owner="p1")
    ]
    known = await made.run(CERTS)
    assert known.verdict is not None and known.verdict.status == "green"
    del made.organisation.files[Certification]
    said = await made.run(CERTS)
    assert said.verdict is not None and said.verdict.status == "unknown"
    duty = said.figure("certs.duty.unmet.count")
    assert duty.value is None and "certification_names.yaml could not be read" in duty.note
    assert "another spelling" in said.figure("certs.expired.count").note
    assert "Duties are not judged" in words(said) and "0 of 1 certified people" not in words(said)


async def test_certificates() -> None:
    """Expired, 30, 90, 180 days and points behind by the worked example; an expired one is red."""
    made = desk()
    pace = {"cycle_start": date(2025, 3, 22), "expires": date(2028, 3, 22), "cpe_needed": 120, "cpe_earned": 40}
    made.organisation.files[Cert] = [
        cert("p1", -1, renewal_cost=100), cert("p2", 0, renewal_cost=50), cert("p3", 90), cert("p4", 180),
        cert("p4", 0, "Other", **pace), cert("gone", 5),
    ]  # fmt: skip
    said = await made.run(CERTS)
    value = {figure.id: figure.value for figure in said.figures}
    assert [value[f"certs.{name}.count"] for name in ("expired", "due_30", "due_90", "due_180", "behind")] == [1] * 5
    assert value["certs.renewal.cost"] == 150
    assert "1 behind" not in words(said) and " behind with points, 27 in all" in words(said)
    assert said.verdict is not None and said.verdict.status == "red"
    assert "“Other”" in words(said) and "1 certificate of people who are not in the roster" in words(said)
    named = await made.run(f"{CERTS} --names", visibility="direct")
    assert "40 of 120 (0.33 at 0.56 of the cycle, behind by 27)" in words(named)


async def test_the_holders_own_day() -> None:
    """At eleven UTC it is tomorrow in Kiritimati: what ends today is over there and nowhere west of it."""
    made = desk()
    made.clock.at = NOW.replace(hour=11)
    made.organisation.files[Person][0] = person(1, zone="Pacific/Kiritimati")
    made.organisation.files[Cert] = [cert("p1", 0), cert("p2", 0)]
    value = {figure.id: figure.value for figure in (await made.run(CERTS)).figures}
    assert (value["certs.expired.count"], value["certs.due_30.count"]) == (1, 1)


async def test_duties() -> None:
    """A duty with too few valid holders is red and names its source; spellings of one certification count together."""
    made = desk()
    made.organisation.files[CertDuty] = [
        CertDuty(
            id="d", statement="Trained responders", source="PCI DSS 12.10.4", any_of=("C.I.H.",), people=2, owner="p1"
        )
    ]
    said = await made.run(CERTS)
    assert said.figure("certs.duty.unmet.count").value == 1
    assert "Trained responders (PCI DSS 12.10.4): 1 of 2 certified people (owner: Responder)." in words(said)
    made.organisation.files[Cert].append(cert("p2", 400, "certified incident-handler"))
    green = await made.run(CERTS)
    assert green.verdict is not None and green.verdict.status == "green"


@pytest.mark.parametrize("record", [Cert, Certification, CertDuty])
async def test_missing_certificate_files(record: Any) -> None:
    """Each missing file is named and the colour is unknown; the others are still shown."""
    made = desk()
    del made.organisation.files[record]
    said = await made.run(CERTS)
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert record.FILE in words(said)
    assert any(f.id == "certs.expired.count" for f in said.figures) == (record is not Cert)


async def test_certificates_alone_ask_no_threat_intelligence() -> None:
    """Tracking certificates needs no threat profiles and says nothing about skills."""
    made = desk()
    said = await made.run(CERTS)
    assert made.intel.asked == [] and "Team skills" not in words(said).replace('"label":"Team skills"', "")


async def test_currencies_are_not_added() -> None:
    """Courses in two currencies have no sum, and that is said with both."""
    made = desk()
    made.organisation.files[Course] = [course("cloud", 24), course("malware", 40, currency="USD")]
    said = await made.run(LINE)
    assert all(figure.id != "training.cost.sum" for figure in said.figures)
    assert "not added: 200 EUR, 100 USD" in words(said)


async def test_hostile_names_stay_data() -> None:
    """A skill's name is text whatever it holds."""
    made = desk()
    name = "<!channel> *x* | y"
    made.organisation.files[RoleRequirement] = [RoleRequirement(role="Responder", skill=name, level=3)]
    assert cells(await made.run(LINE), "Skills by training priority")[0][0] == name


async def test_permission_and_buttons() -> None:
    """It needs staffing.read, and every button's line is one that parses."""
    made = desk()
    made.everybody = ("lead",)
    assert COMMAND.needs.value in words((await made.answer(LINE)).document)
    said = await desk().run(LINE)
    assert [line for line in lines(said) if line.startswith("training")] == [
        LINE, CERTS, "training assess --decay",
    ]  # fmt: skip
