"""`metrics detection` through its run()."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from connectors.errors import Unavailable
from connectors.models.alerts import Rule, RuleActivity
from connectors.models.organisation import LogSource, Record, Target, ThreatContext
from connectors.models.organisation.attack import AttackBundle, AttackTactic, AttackTechnique
from connectors.models.organisation.detection import (
    DataSource,
    DetectionInvestment,
    DetectionPolicy,
    PurpleResult,
    RuleKnowledge,
    TechniqueKnowledge,
    TechniqueRemap,
)
from connectors.models.threats import Recommendation, ThreatProfile
from connectors.organisation.loading import BadFile
from handlers.commands import metrics_detection
from handlers.core.errors import BadFlag, Denied
from messages.document import Document
from tests.handlers.commands.twins import NOW, Desk, ago, cases_frame, cells, lines, table, with_commands, words

LINE = "/security:metrics detection --coverage --gap-analysis --investment-roi"
EXAMPLE = (("T1059.001", 3, 3), ("T1566.001", 3, 2), ("T1078", 3, 1), ("T1486", 2, 3), ("T1003.001", 2, None),
           ("T1021.002", 1, 0))  # fmt: skip


def rule(name: str, *techniques: str, **more: Any) -> Rule:
    base: dict[str, Any] = {
        "enabled": True, "alerting": True, "severity": "high", "author": "", "revised_at": None,
    }  # fmt: skip
    return Rule(id=f"ru_{name}", name=name, techniques=techniques, **(base | more))


def profile(number: str) -> ThreatProfile:
    return ThreatProfile(number, f"Profile {number}", (), (), (), True, None, None)


def advice(profile_id: str, name: str, *techniques: str) -> Recommendation:
    return Recommendation(profile_id, name, "campaign", name, "", (), (), techniques, "")


def remap(old: str, new: str | None) -> TechniqueRemap:
    return TechniqueRemap(
        old=old, new=new, since="19", confidence="name-inferred", source="test", checked=date(2026, 1, 1)
    )


def closed(rule_name: str, reason: str, count: int, hours: float = 48, **more: Any) -> list[dict[str, Any]]:
    row = {"status": "closed", "rule": rule_name, "close_reason": reason, "created_at": ago(hours + 1),
           "closed_at": ago(hours), "updated_at": ago(hours), "first_closed_at": ago(hours)}  # fmt: skip
    return [row | {"case_id": f"{rule_name}-{reason}-{hours}-{n}"} | more for n in range(count)]


def desk(**files: Any) -> Desk:
    """The worked example as rules, knowledge and a threat that names its six techniques; every file is there."""
    made = with_commands(metrics_detection.COMMAND)
    made.alerts.rule_list = [
        *(rule(f"r-{name}", name) for name, _, score in EXAMPLE if score is not None),
        rule("untagged"),
    ]
    made.alerts.activity = [RuleActivity("r-T1078", 4, ago(3))]
    made.intel.profile_list = [profile("p1")]
    made.intel.recommended = {"p1": [advice("p1", "Threat A", *(name for name, _, _ in EXAMPLE))]}
    made.ledger.cases = cases_frame(closed("r-T1078", "NOT_MALICIOUS", 30, root_cause="False positive"))
    given: dict[type[Record], list[Any]] = {
        DetectionPolicy: [DetectionPolicy(hourly_cost=55, owner="Lead 02")],
        ThreatContext: [ThreatContext(sectors=("Banking",), regions=("Germany",))],
        DataSource: [source("edr"), source("idp")],
        LogSource: [LogSource(id="feed", name="Feed", usual_gap_minutes=60, last_event_at=ago(0.1))],
        RuleKnowledge: [known(name, score) for name, _, score in EXAMPLE if score is not None],
        TechniqueKnowledge: [
            TechniqueKnowledge(id=name, name=f"About {name}", weight=weight, data_sources=("edr",))
            for name, weight, _ in EXAMPLE
        ],
        PurpleResult: [],
        TechniqueRemap: [remap("T1562.001", "T1685"), remap("T1562.006", None)],
        Target: [Target(figure="coverage.graded", value=0.4, better="higher", amber=0.25)],
        DetectionInvestment: [tune("r-T1078")],
    }
    made.organisation.files = given | {globals()[name]: rows for name, rows in files.items()}
    return made


def known(name: str, score: int) -> RuleKnowledge:
    return RuleKnowledge(rule=f"r-{name}", evidence=score, evidence_by="Lead 02", data_sources=("edr",))


def source(name: str, feed: str = "feed") -> DataSource:
    return DataSource(
        id=name, name=f"Source {name}", log_source=feed, device_completeness=4, field_completeness=4, timeliness=4,
        consistency=4, retention=4,
    )  # fmt: skip


def tune(rule_name: str, **more: Any) -> DetectionInvestment:
    base = {"id": "inv-1", "title": "Tune it", "kind": "tuning", "owner": "Lead 02", "rule": rule_name,
            "removes_share": 0.6, "hours": 16}  # fmt: skip
    return DetectionInvestment.model_validate(base | more)


def values(document: Document) -> dict[str, Any]:
    return {figure.id: figure.value for figure in document.figures}


async def test_6_example_through_the_command() -> None:
    """The worked example: graded 34.3 %, weighted 78.6 %, binary 66.7 %, and graded stands first everywhere."""
    document = await desk().run(LINE)
    found = values(document)
    assert found["coverage.binary"] == pytest.approx(4 / 6)
    assert found["coverage.weighted"] == pytest.approx(11 / 14)
    assert found["coverage.graded"] == pytest.approx(24 / 70)
    assert (found["coverage.techniques"], found["coverage.undetected"]) == (6, 2)
    assert document.verdict is not None
    shown = [span.figure for span in document.verdict.text if span.kind == "value"]
    assert shown == ["coverage.graded", "coverage.weighted", "coverage.binary", "coverage.techniques", "rules.unmapped",
                     "rules.total"]  # fmt: skip
    strip = next(block.figures for block in document.blocks if block.kind == "kpis")
    assert strip[0] == "coverage.graded"
    assert set(strip) <= set(found)
    assert document.verdict.status == "amber"


async def test_default_is_coverage_and_unmapped_rules_always_show() -> None:
    """Without a flag the coverage section is shown; whatever is asked, rules without a technique are told."""
    for line in ("metrics detection", "metrics detection --gap-analysis", "metrics detection --investment-roi"):
        document = await desk().run(line)
        assert document.figure("rules.unmapped").value == 1
        assert "rules name no technique (untagged)" in words(document)
    document = await desk().run("metrics detection")
    assert [row[:2] for row in cells(document, "Techniques by")] == [
        ["3 good", "2"], ["2 fair", "1"], ["1 basic", "1"], ["0 forensics", "1"], ["-1 none", "1"],
    ]  # fmt: skip
    assert "Gaps" not in [block.text for block in document.blocks if block.kind == "heading"]
    assert "metrics detection --gap-analysis" in lines(document)


async def test_retired_and_unknown_ids() -> None:
    """Retired ids count as their successors and are listed; ids nobody knows are listed and not counted."""
    made = desk(PurpleResult=[PurpleResult(id="x", technique="T1562.001", at=date(2026, 9, 1), outcome="missed")])
    made.alerts.rule_list += [rule("old", "T1562.001"), rule("gone", "T1562.006"), rule("odd", "T9999")]
    made.intel.recommended["p1"].append(advice("p1", "Threat B", "T1685", "T1562.006"))
    document = await made.run("metrics detection")
    assert cells(document, "Retired technique ids (not all read") == [
        ["T1562.001", "T1685", "1", "no", "name-inferred"],
        ["T1562.006", "no successor: not counted", "1", "yes", "name-inferred"],
    ]
    assert document.figure("rules.retired_ids").value == 2
    assert document.figure("coverage.techniques").value == 7
    text = words(document)
    assert "Ids of rules that no list here knows, not counted and not checked against ATT&CK: T9999." in text
    assert "Our own files name retired technique ids: T1562.001 in purple_results.yaml (read as T1685)." in text
    fates = {row[0]: row[1] for row in cells(document, "What becomes")}
    assert fates["name only retired ids without a successor"] == "1"
    assert fates["run, on techniques out of scope"] == "1"


async def test_without_a_copy_of_attack_the_products_table_is_said() -> None:
    """Which techniques are counted is said, and that retired ids come from the table of the product."""
    text = words(await desk().run("metrics detection"))
    assert "No copy of ATT&CK is configured (attack.yaml, path): retired ids are those of the product's table" in text
    assert "Counted are the techniques of the threat profiles, not all of ATT&CK." in text


def copy(*more: AttackTechnique) -> AttackBundle:
    """A bundle with the worked example's techniques, of which T1003.001 is revoked, and one tactic."""
    own = [AttackTechnique(id=name, name=f"Official {name}", tactics=("execution",)) for name, _, _ in EXAMPLE]
    own[4] = own[4].model_copy(update={"state": "revoked", "successor": "T1555"})
    tactic = AttackTactic(id="TA0002", name="Execution", short="execution")
    return AttackBundle(file="attack.json", version="18.1", tactics=(tactic,), techniques=(*own, *more))


async def test_an_own_copy_of_attack_decides_names_tactics_and_retired_ids() -> None:
    """The bundle's version is said, its revoked ids are read as its successors, and the product's table is not used."""
    made = desk(AttackBundle=[copy(AttackTechnique(id="T1555", name="Password stores", tactics=("execution", "odd")))],
                TechniqueKnowledge=[TechniqueKnowledge(id="T9998", name="Nowhere")])  # fmt: skip
    made.alerts.rule_list += [rule("old", "T1003.001"), rule("table", "T1562.001")]
    document = await made.run(LINE)
    text = words(document)
    assert "Names, tactics and retired ids: ATT&CK 18.1, from attack.json." in text
    assert cells(document, "Retired technique ids") == [["T1003.001", "T1555", "1", "yes", "verified"]]
    assert "Ids of rules that ATT&CK 18.1 does not have, not counted: T1562.001." in text
    assert "ATT&CK 18.1 does not have: T9998 in techniques.yaml." in text
    assert cells(document, "Tactics of ATT&CK 18.1") == [["Execution", "6", "6", "5"], ["odd", "1", "1", "1"]]
    assert "T1021.002 Official T1021.002" in [row[0] for row in cells(document, "Gaps by rank")]


async def test_a_copy_of_attack_that_cannot_be_read_is_a_notice() -> None:
    """The notice names the file and what is wrong; the product's table is used, and that is said."""
    made = desk()
    made.organisation.fails["AttackBundle"] = BadFile("Organisation", "attack.json", ["attack.json: is not a STIX"])
    document = await made.run("metrics detection")
    assert "Organisation cannot use attack.json: attack.json: is not a STIX." in words(document)
    assert "The copy of ATT&CK could not be read (attack.yaml, path): retired ids are those" in words(document)
    assert document.figure("coverage.techniques").value == 6


async def test_an_id_that_only_threat_intelligence_has_is_said_to_count() -> None:
    """A bundle older than the threat profiles lacks ids that are in scope all the same; it is not said of them that
    they do not count."""
    old = AttackBundle(file="attack.json", version="9.0", techniques=(AttackTechnique(id="T1078", name="Accounts"),))
    made = desk(AttackBundle=[old])
    made.alerts.rule_list.append(rule("strange", "T9998"))
    text = words(await made.run(LINE))
    assert "Ids of rules that ATT&CK 9.0 does not have, not counted: T9998." in text
    said = "counted because the threat profiles name them: T1021.002, T1059.001, T1486, T1566.001."
    assert f"Ids of rules that ATT&CK 9.0 does not have, {said}" in text


async def test_platforms_in_use_narrow_the_scope() -> None:
    """A technique on none of the platforms in use is left out and named; without a bundle platforms do nothing."""
    policy = DetectionPolicy(hourly_cost=55, owner="Lead 02", platforms=("windows", "Linux"))
    own = copy()
    where = {"T1078": ("Windows", "IaaS"), "T1486": ("PRE",), "T1021.002": ("macOS",), "T1059.001": ("Linux",)}
    techniques = tuple(one.model_copy(update={"platforms": where.get(one.id, ())}) for one in own.techniques)
    made = desk(DetectionPolicy=[policy], AttackBundle=[own.model_copy(update={"techniques": techniques})])
    document = await made.run(LINE)
    assert "Left out, on none of our platforms (windows, Linux): T1021.002, T1486." in words(document)
    # Left: T1059.001 (weight 3, score 3), T1566.001 (3, 2), T1078 (3, 1), T1555 for T1003.001 (2, -1).
    assert document.figure("coverage.techniques").value == 4
    assert document.figure("coverage.graded").value == pytest.approx((3 * 3 + 3 * 2 + 3 * 1) / (5 * 11))
    assert document.figure("coverage.binary").value == pytest.approx(3 / 4)
    bare = await desk(DetectionPolicy=[policy]).run(LINE)
    assert bare.figure("coverage.techniques").value == 6
    assert "which only a copy of ATT&CK can apply" in words(bare)


async def test_what_may_be_too_low_is_unknown_and_not_red() -> None:
    """Without rule_knowledge.yaml scores and tests are not known: the verdict is unknown, the stale rules at most."""
    made = desk(Target=[Target(figure="coverage.graded", value=0.9, better="higher", amber=0.8)])
    red = await made.run(LINE)
    assert red.verdict is not None and red.verdict.status == "red"
    assert red.figure("rules.stale").note == ""
    del made.organisation.files[RuleKnowledge]
    document = await made.run(LINE)
    assert document.verdict is not None and document.verdict.status == "unknown"
    assert "tests are not known, at most this" in document.figure("rules.stale").note
    assert "which passed a test is not known (rule_knowledge.yaml)" in words(document)


async def test_no_noise_is_said_of_so_many_rules() -> None:
    """0 hours is a count over the rules with judged cases, never over none."""
    made = desk()
    made.ledger.cases = cases_frame(closed("r-T1078", "NOT_MALICIOUS", 2, root_cause="False positive"))
    noise = (await made.run("metrics detection --gap-analysis")).figure("rules.noise_hours")
    assert (noise.value, noise.n, noise.note) == (0, 1, "none of 1 rules with judged cases is so noisy")


@pytest.mark.parametrize(
    ("target", "weights", "status"),
    [
        ((0.3, 0.2), 1, "green"), ((0.3, 0.2), 3, "amber"), ((0.5, 0.3), 1, "amber"), ((0.8, 0.5), 3, "red"),
        (None, 1, "unknown"),
    ],
)  # fmt: skip
async def test_status(target: tuple[float, float] | None, weights: int, status: str) -> None:
    """Red beyond the amber edge, amber below target or with an undetected heavy technique, unknown without a target."""
    rows = [Target(figure="coverage.graded", value=target[0], better="higher", amber=target[1])] if target else []
    heavy = [TechniqueKnowledge(id=name, name=name, weight=weights) for name, _, _ in EXAMPLE]
    document = await desk(Target=rows, TechniqueKnowledge=heavy).run("metrics detection")
    assert document.verdict is not None
    assert document.verdict.status == status


@pytest.mark.parametrize("flags", ["--coverage", "--gap-analysis", "--investment-roi"])
@pytest.mark.parametrize(
    "record",
    [DetectionPolicy, ThreatContext, DataSource, LogSource, RuleKnowledge, TechniqueKnowledge, PurpleResult,
     TechniqueRemap, Target],
)  # fmt: skip
async def test_a_missing_file_is_named(record: Any, flags: str) -> None:
    """A missing file is a notice that names it, the rest is answered, and the verdict is not green."""
    made = desk()
    del made.organisation.files[record]
    document = await made.run(f"metrics detection {flags}")
    assert f"have no {record.FILE}" in " ".join(s.text for n in document.notices for s in n.text if s.kind == "plain")
    assert document.figure("coverage.graded").value is not None
    assert document.verdict is not None
    assert document.verdict.status != "green"


async def test_backends_away() -> None:
    """Without rules or without threats there is no coverage and no zero; without the ledger scores say they are low."""
    made = desk()
    made.alerts.fails["rules"] = Unavailable("SIEM", "is down")
    document = await made.run(LINE)
    assert not [figure for figure in values(document) if figure.startswith(("coverage.", "gaps.", "rules.total"))]
    assert document.verdict is not None
    assert document.verdict.status == "unknown"
    made = desk()
    made.intel.fails["profiles"] = Unavailable("Threat intelligence", "is down")
    document = await made.run(LINE)
    assert "coverage.graded" not in values(document)
    assert document.figure("rules.unmapped").value == 1
    made = desk()
    made.ledger.fails["view"] = Unavailable("Case ledger", "is down")
    document = await made.run(LINE)
    assert document.figure("rules.noise_hours").value is None
    assert "True positives are not known" in words(document)
    assert "the case history did not answer" in words(document)
    assert document.verdict is not None
    assert document.verdict.status == "unknown"
    made = desk()
    made.alerts.fails["rule_activity"] = Unavailable("SIEM", "is down")
    document = await made.run(LINE)
    assert document.figure("rules.stale").value is None
    assert "Stale rules are not known" in words(document)


async def test_truncated_sources_are_said() -> None:
    """A truncated source marks the figures, is said, and never gives a green or amber verdict."""
    made = desk()
    made.alerts.truncated = True
    document = await made.run(LINE)
    assert document.figure("coverage.graded").truncated
    assert document.figure("rules.stale").value is None
    assert document.verdict is not None
    assert document.verdict.status == "unknown"
    assert "truncated" in words(document)


async def test_nothing_recommended() -> None:
    """Profiles that recommend nothing give no coverage, said so, instead of a share of nothing."""
    made = desk()
    made.intel.recommended = {}
    document = await made.run(LINE)
    assert "recommend nothing that names a technique" in words(document)
    assert "coverage.graded" not in values(document)


async def test_silent_data_source_takes_its_rules_out() -> None:
    """Rules on a silent data source are not coverage, and the silence is among what needs somebody."""
    made = desk()
    made.organisation.files[LogSource] = [
        LogSource(id="feed", name="Feed", usual_gap_minutes=60, last_event_at=NOW - timedelta(days=9))
    ]
    made.alerts.activity = []
    document = await made.run("metrics detection")
    assert document.figure("coverage.graded").value == 0
    assert "Data source silent: Source edr, Source idp; 5 rules on it cannot see" in words(document)


async def test_gap_analysis() -> None:
    """Gaps are ranked with visibility and step; stale rules, noise and single data sources are told."""
    document = await desk().run("metrics detection --gap-analysis")
    rows = cells(document, "Gaps by rank")
    assert [(row[0].split()[0], row[2], row[3], row[7]) for row in rows] == [
        ("T1003.001", "-1 → 3", "3 good: write rule", "6"), ("T1078", "1 → 3", "3 good: write rule", "4.5"),
        ("T1021.002", "0 → 3", "3 good: write rule", "2.25"), ("T1566.001", "2 → 3", "3 good: write rule", "2.25"),
    ]  # fmt: skip
    assert document.figure("gaps.count").value == 4
    assert document.figure("rules.stale").value == 5
    assert document.figure("rules.noise_hours").value == pytest.approx(10)
    assert cells(document, "Noisy rules") == [["r-T1078", "30", "30", "20 min", "10 h"]]
    behind = document.figure("rules.noise_hours").cases
    assert behind is not None
    assert behind.count == 30
    assert cells(document, "Techniques on one data source")[0][:2] == ["Source edr", "4"]


async def test_noise_counts_what_people_handled() -> None:
    """Automatic closes and closes before the window cost nobody's time this month."""
    made = desk()
    false: dict[str, Any] = {"root_cause": "False positive"}
    made.ledger.cases = cases_frame([
        *closed("a", "NOT_MALICIOUS", 12, **false), *closed("b", "NOT_MALICIOUS", 12, auto_closed=True, **false),
        *closed("c", "NOT_MALICIOUS", 12, hours=24 * 40, **false),
    ])  # fmt: skip
    document = await made.run("metrics detection --gap-analysis")
    assert [row[0] for row in cells(document, "Noisy rules")] == ["a"]


async def test_exercises_are_shown() -> None:
    """What an exercise changed is a row with its reason; one too old or out of scope is named as not counted."""
    shown = [
        PurpleResult(id="p-1", technique="T1486", at=date(2026, 9, 1), outcome="missed"),
        PurpleResult(id="p-2", technique="T1486", at=date(2024, 9, 1), outcome="missed"),
        PurpleResult(id="p-3", technique="T1490", at=date(2026, 9, 1), outcome="detected"),
    ]
    document = await desk(PurpleResult=shown).run(LINE)
    assert cells(document, "Scores that exercises") == [
        ["T1486", "3 good", "-1 none", "missed in the exercise of 2026-09-01"]
    ]
    assert "Exercises not counted: p-2 (of 2024-09-01, too old), p-3 (T1490 is not in scope)." in words(document)
    assert "Rules run, but the last exercise was not detected: T1486" in words(document)


async def test_investments() -> None:
    """30 false positives × 20 min × 55 × 60 % × 12 against 880: ratio 4.5; another currency is named, not ranked."""
    made = desk(DetectionInvestment=[tune("r-T1078"), tune("r-T1078", id="inv-2", currency="USD")])
    document = await made.run("metrics detection --investment-roi")
    assert document.figure("investments.best_ratio").value == pytest.approx(30 * 20 / 60 * 55 * 0.6 * 12 / 880)
    assert cells(document, "Investments by")[0][3:7] == ["3,960 EUR", "880 EUR", "4.5", "2.7 months"]
    assert "inv-2 Tune it is not ranked: priced in USD, and there is no rate to EUR." in words(document)
    assert table(document, "Investments by").total is None
    del made.organisation.files[DetectionInvestment]
    document = await made.run("metrics detection --investment-roi")
    assert "have no detection_investments.yaml" in words(document)
    assert "investments.best_ratio" not in values(document)


async def test_order_of_sources_changes_nothing() -> None:
    """Rules, threats and cases in another order give the same answer, word for word."""
    made = desk()
    made.alerts.rule_list += [rule("b", "T1486"), rule("a", "T1003.001", enabled=False), rule("c", "T1562.001")]
    made.intel.recommended["p1"].append(advice("p1", "Threat B", "T1486", "T1685"))
    first = await made.run(LINE, id="same")
    made.alerts.rule_list.reverse()
    made.intel.recommended["p1"].reverse()
    made.ledger.cases = made.ledger.cases.reverse()
    made.organisation.files[TechniqueKnowledge].reverse()
    assert await made.run(LINE, id="same") == first


async def test_short_ledger_is_said() -> None:
    """When the ledger does not reach back as far as tests count, earlier true positives are said to be unknown."""
    made = desk(DetectionPolicy=[DetectionPolicy(stale_days=900)])
    assert "earlier true positives are not known" in words(await made.run(LINE))
    assert "earlier true positives are not known" not in words(await desk().run(LINE))


async def test_permissions_and_flags() -> None:
    """Money needs the permission for reports beside metrics; an unknown flag is refused with what there is."""
    assert (await desk().run("metrics detection", role="lead")).verdict is not None
    with pytest.raises(Denied):
        await desk().run("metrics detection --investment-roi", role="lead")
    assert (await desk().run("metrics detection --investment-roi", role="executive")).verdict is not None
    with pytest.raises(BadFlag):
        await desk().run("metrics detection --gaps")


async def test_unknown_switches_are_not_green() -> None:
    """When the SIEM does not say which rules run they count as running, that is said, and the verdict is unknown."""
    made = desk(Target=[Target(figure="coverage.graded", value=0.01, better="higher")])
    made.alerts.rule_list = [rule("r-T1078", "T1078", enabled=None, alerting=None)]
    document = await made.run("metrics detection")
    assert "The SIEM does not say of 1 rule whether they run: counted as running." in words(document)
    assert document.verdict is not None
    assert document.verdict.status == "unknown"


async def test_hostile_names_stay_data() -> None:
    """Names of rules and threats are shown as text, shortened with what was left out, never as links or mentions."""
    made = desk()
    name = "<!channel> [click](http://evil.example) " + "long " * 60
    made.alerts.rule_list.append(rule(name))
    made.intel.recommended["p1"].append(advice("p1", name, "T1003.001"))
    document = await made.run(LINE)
    assert "characters more" in words(document)
    kinds = {
        span.kind for block in document.blocks if block.kind == "table" for row in block.rows for c in row for span in c
    }
    assert kinds == {"plain"}
