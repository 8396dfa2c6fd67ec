"""`threats` through its run(), and what it is judged by."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import Unavailable
from connectors.models.alerts import IocMatch, Rule, RuleActivity
from connectors.models.organisation import ThreatContext
from connectors.models.threats import Recommendation, ThreatProfile
from handlers.analysis import landscape
from handlers.commands import threats
from handlers.core.errors import NotFound
from tests.handlers.commands.twins import Desk, ago, case, cells, table, with_commands, words


def profile(number: str, name: str = "") -> ThreatProfile:
    return ThreatProfile(number, name or f"Profile {number}", ("Energy",), ("DE",), (), True, ago(900), ago(90))


def threat(number: str, name: str, profile_id: str = "p1", **more: Any) -> Recommendation:
    base: dict[str, Any] = {"industries": ("Energy",), "regions": ("US",), "techniques": ("T1001", "T1002")}
    return Recommendation(profile_id, number, "threat-actor", name, f"About {name}", source="GTI", **(base | more))


def desk() -> Desk:
    """We are in energy, in Germany; T1001 is detected and fired."""
    made = with_commands(threats.COMMAND)
    made.intel.profile_list = [profile("p1", "Energy"), profile("p2", "Ransom")]
    made.intel.recommended = {
        "p1": [threat("t1", "Grey Heron"), threat("t2", "Blue Finch", industries=("Retail",), techniques=("T1001",))],
        "p2": [threat("t1", "Grey Heron", "p2")],
    }
    made.organisation.files[ThreatContext] = [ThreatContext(sectors=("energy",), regions=("DE",))]
    made.alerts.rule_list = [
        Rule("r1", "rule one", True, True, "HIGH", ("T1001",), "", None),
        Rule("r2", "rule two", False, False, "HIGH", ("T1002",), "", None),
    ]
    made.alerts.activity = [RuleActivity("r1", 3, ago(5))]
    made.cases.open = [case("1", title="Odd sign-in")]
    return made


async def test_each_threat_once_with_its_parts() -> None:
    """A threat of two profiles is one row; its score is 0.4 sector + 0.25·½ gap + 0.15·½ seen = 0.60."""
    document = await desk().run("threats")
    assert document.figure("profiles.count").value == 2
    assert document.figure("recommendations.count").value == 2
    assert document.figure("recommendations.top_relevance").value == pytest.approx(0.4 + 0.125 + 0.075)
    first, second = cells(document, "Recommended threats")
    assert first == [
        "Grey Heron", "threat-actor", "0.60",
        "0.40 + 0.00 + 0.12 + 0.07", "T1002", "not named", "Energy, Ransom",
    ]  # fmt: skip
    assert second[:3] == ["Blue Finch", "threat-actor", "0.15"]


async def test_status_amber_with_a_gap_and_red_when_named() -> None:
    """A threat to our sector with an undetected technique is amber, one named in a case or match is red."""
    made = desk()
    verdict = (await made.run("threats")).verdict
    assert verdict is not None
    assert verdict.status == "amber"
    made.alerts.iocs = [IocMatch("DOMAIN", "x.test", (), ("GREY  heron",), (), None, None, None)]
    verdict = (await made.run("threats")).verdict
    assert verdict is not None
    assert verdict.status == "red"


async def test_missing_input_is_never_green() -> None:
    """With all techniques detected the verdict is green; with any input missing it is unknown, and that is said."""
    made = desk()
    made.intel.recommended = {"p1": [threat("t2", "Blue Finch", techniques=("T1001",))]}
    verdict = (await made.run("threats")).verdict
    assert verdict is not None
    assert verdict.status == "green"
    for twin, method in ((made.alerts, "rules"), (made.alerts, "ioc_matches"), (made.intel, "recommendations p2")):
        twin.fails[method] = Unavailable(twin.name, "is down")
        document = await made.run("threats")
        assert document.verdict is not None
        assert document.verdict.status == "unknown"
        assert f"{twin.name} is down." in words(document)
        twin.fails.clear()


async def test_without_context_nothing_is_scored() -> None:
    """Without threat_context.yaml the threats are listed, not scored, and the top relevance is not available."""
    made = desk()
    del made.organisation.files[ThreatContext]
    document = await made.run("threats")
    assert document.figure("recommendations.top_relevance").value is None
    assert {row[2] for row in cells(document, "Recommended threats")} == {"not computed"}
    assert document.verdict is not None
    assert document.verdict.status == "unknown"


async def test_one_profile_in_full() -> None:
    """`--profile` takes an id or a name, asks for that profile's recommendations alone and shows descriptions."""
    made = desk()
    document = await made.run("threats --profile ransom")
    assert [asked for asked in made.intel.asked if asked.startswith("rec")] == ["recommendations p2"]
    assert "About Grey Heron" in words(document)
    assert len(table(document, "Profiles").rows) == 1
    assert document.figure("profiles.count").value == 2
    with pytest.raises(NotFound):
        await made.run("threats --profile nobody")


async def test_intelligence_away() -> None:
    """Without threat intelligence there is a notice, no number and nothing else is asked."""
    made = desk()
    made.intel.fails["profiles"] = Unavailable("Threat intelligence", "is down")
    document = await made.run("threats")
    assert document.figures == ()
    assert made.alerts.asked == []


async def test_all_recommendations_failed_is_not_zero() -> None:
    """When no profile's recommendations came, their count is not available."""
    made = desk()
    for number in ("p1", "p2"):
        made.intel.fails[f"recommendations {number}"] = Unavailable("Threat intelligence", "is down")
    assert (await made.run("threats")).figure("recommendations.count").value is None


@pytest.mark.parametrize(
    ("name", "texts", "found"),
    [
        ("Grey Heron", ("seen grey heron here",), True),
        ("Grey Heron", ("grey herons",), False),
        ("APT", ("apt activity",), False),
        ("a+b (c)", ("x a+b (c) y",), True),
        ("Grey Heron", None, None),
    ],
)
def test_named(name: str, texts: tuple[str, ...] | None, found: bool | None) -> None:
    """Whole words ignoring case; names under four letters are not looked for; nowhere to look is unknown."""
    assert landscape.named(name, texts) is found


def test_rules_switched_off_detect_nothing() -> None:
    """A disabled rule gives no coverage; one whose state is unknown does."""
    off = Rule("r", "n", False, None, "", ("T1",), "", None)
    unknown = Rule("r", "n", None, None, "", ("T2",), "", None)
    assert landscape.detected([off, unknown]) == {"T2"}
    assert landscape.fired([unknown], [RuleActivity("n", 0, None)]) == frozenset()
