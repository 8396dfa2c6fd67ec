"""Gaps of detection, returns on investment, the Navigator layer (section 6)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.models.alerts import RuleActivity
from connectors.models.organisation import LogSource
from connectors.models.organisation.detection import DataSource, DetectionInvestment, RuleKnowledge, TechniqueKnowledge
from handlers.analysis.attack import InScope
from handlers.analysis.coverage import Scored, State, state
from handlers.analysis.gaps import (
    Sight,
    gaps,
    last_fired,
    noisy,
    quality,
    silent_sources,
    single_points,
    stale,
)
from handlers.analysis.navigator import layer
from handlers.analysis.returns import Rates, tuning, worths
from tests.handlers.analysis.test_coverage import REMAP, TESTED, facts, rule

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
EXAMPLE = (("T1059.001", 3, 3), ("T1566.001", 3, 2), ("T1078", 3, 1), ("T1486", 2, 3), ("T1003.001", 2, -1),
           ("T1021.002", 1, 0))  # fmt: skip
RATES = Rates(55, "EUR", {"loud": 410}, {"loud": 12}, 20)


def scores(*rows: tuple[str, float, int]) -> list[Scored]:
    return [Scored(InScope(name, weight, ("Threat A",)), score, score, ()) for name, weight, score in rows]


def source(name: str, *quality_: int, feed: str | None = None) -> DataSource:
    dims = quality_ or (4, 4, 4, 4, 4)
    names = ("device_completeness", "field_completeness", "timeliness", "consistency", "retention")
    return DataSource.model_validate(
        {"id": name, "name": name, "log_source": feed, **dict(zip(names, dims, strict=True))}
    )


def sight(*known: TechniqueKnowledge, silent: tuple[str, ...] = ()) -> Sight:
    made = {one.id: one for one in (source("edr"), source("saas", 0, 0, 0, 0, 0), source("poor", 1, 2, 3, 2, 2))}
    return Sight({one.id: one for one in known}, made, frozenset(silent))


def technique(name: str, *sources: str, **more: object) -> TechniqueKnowledge:
    return TechniqueKnowledge.model_validate({"id": name, "name": f"About {name}", "data_sources": sources, **more})


def test_visibility_is_derived_downwards() -> None:
    """Mean quality × 4/5 rounded down; silence and absence count 0; a person's word stands; unknown is not 0."""
    assert quality(source("x", 1, 2, 3, 2, 2)) == 2
    seen = sight(technique("T1001", "edr"), technique("T1002", "edr", "saas"), technique("T1003", "edr", visibility=1),
                 technique("T1004", "elsewhere"), technique("T1005", "poor"))  # fmt: skip
    found = [seen.of(name)[0] for name in ("T1001", "T1002", "T1003", "T1004", "T1005", "T1006")]
    assert found == [3, 1, 1, None, 1, None]
    assert seen.of("T1003")[1]
    assert replace(seen, silent=frozenset({"edr"})).of("T1001") == (0, False)


def test_gaps_are_ranked() -> None:
    """Rank = weight × (target − score) × visibility/4; what cannot be seen comes after, what is unknown last."""
    known = [
        technique("T1078", visibility=4), technique("T1003.001", visibility=2), technique("T1021.002", visibility=0),
        technique("T1486", visibility=4, target=5, candidates=("LIB-1",), effort_hours=8),
    ]  # fmt: skip
    found = gaps(scores(*EXAMPLE), [], sight(*known), 3)
    assert [(gap.scored.id, gap.rank, gap.step) for gap in found] == [
        ("T1078", 6.0, "write rule"), ("T1003.001", 4.0, "write rule"), ("T1486", 4.0, "write rule"),
        ("T1021.002", 0.0, "buy data"), ("T1566.001", None, "find out"),
    ]  # fmt: skip
    assert (found[2].candidates, found[2].effort_hours) == (("LIB-1",), 8)
    assert gaps(scores(("T1078", 3, 3)), [], sight(), 3) == []


@pytest.mark.parametrize(("seen", "step"), [(0, "buy data"), (1, "improve data"), (2, "write rule"), (4, "write rule")])
def test_step_follows_visibility(seen: int, step: str) -> None:
    """Visibility 0 buys data, 1 improves it, from 2 on the rule is written."""
    assert gaps(scores(("T1078", 3, 1)), [], sight(technique("T1078", visibility=seen)), 3)[0].step == step


def test_related_rules_are_counted_not_credited() -> None:
    """Live rules on parent or sibling are told beside the gap and do not close it."""
    rules = [state(rule("a", "T1078"), facts(), REMAP), state(rule("b", "T1078.001", enabled=False), facts(), REMAP)]
    assert [gap.related for gap in gaps(scores(("T1078.004", 3, -1)), rules, sight(), 3)] == [1]


def test_silent_only_without_any_sign_of_life() -> None:
    """A source is silent when its feed is and no rule resting on it fired since; without any sign it is not judged."""
    feeds = {
        "f": LogSource(id="f", name="F", rule="probe", usual_gap_minutes=60),
        "g": LogSource(id="g", name="G", usual_gap_minutes=60, last_event_at=NOW - timedelta(days=3)),
    }
    sources = [source("a", feed="f"), source("b", feed="g"), source("c"), source("d", feed="missing")]
    old, fresh = NOW - timedelta(days=2), NOW - timedelta(minutes=10)
    assert silent_sources(sources, feeds, {"probe": old}, {}, NOW) == {"a", "b"}
    assert silent_sources(sources, feeds, {"probe": fresh}, {}, NOW) == {"b"}
    assert silent_sources(sources, feeds, {"probe": old, "other": fresh}, {"a": ["other"]}, NOW) == {"b"}
    assert silent_sources(sources, feeds, {}, {}, NOW) == {"b"}


def test_stale_needs_neither_firing_nor_test() -> None:
    """A running rule is stale without a firing and without a passed test in 180 days; one that is off is not listed."""
    tested = facts(RuleKnowledge(rule="tested", tested_at=date(2026, 10, 1)),
                   RuleKnowledge(rule="failed", tested_at=date(2026, 10, 1), test_result="fail"))  # fmt: skip
    names = ("fires", "tested", "failed", "quiet", "old", "by_id")
    rules = [state(rule(name, "T1046"), tested, REMAP) for name in names]
    rules.append(state(rule("off", "T1046", enabled=False), tested, REMAP))
    activity = [RuleActivity("fires", 2, NOW - timedelta(days=179)), RuleActivity("old", 2, NOW - timedelta(days=181)),
                RuleActivity("ru_by_id", 1, NOW)]  # fmt: skip
    assert [one.rule.name for one in stale(rules, last_fired(activity), NOW, 180)] == ["failed", "quiet", "old"]


def test_single_points() -> None:
    """A detected technique hangs on one data source when every live rule needs it; unrecorded ones are not judged."""

    def live(name: str, *sources: str) -> State:
        return state(rule(name, "T1046"), facts(RuleKnowledge(rule=name, data_sources=sources)), REMAP)

    def one(name: str, *rules: State, score: int = 1) -> Scored:
        return Scored(InScope(name, 1, ()), score, score, rules)

    found, unknown = single_points([
        one("T1001", live("a", "edr")), one("T1002", live("a", "edr"), live("b", "edr", "proxy")),
        one("T1003", live("a", "edr"), live("b", "proxy")), one("T1004", live("a", "edr"), live("b")),
        one("T1005", live("a", "edr"), score=-1), one("T1006"),
    ])  # fmt: skip
    assert [(row.scored.id, row.data_source) for row in found] == [("T1001", "edr"), ("T1002", "edr")]
    assert [row.id for row in unknown] == ["T1004"]


def test_noisy_rules_by_hours() -> None:
    """Rules at or above the threshold, dearest first, with the rule's own minutes where they are known."""
    found = noisy([("a", 10, 12), ("b", 9, 9), ("c", 40, 50)], 1, 10, {"a": 60}, 12)
    assert [(one.rule, one.hours) for one in found] == [("a", 10.0), ("c", 8.0)]


def test_6_tuning_example() -> None:
    """410 × 12 min = 82 h; × €55 = €4,510 a month; €880 that remove 60 % pay back in 0.33 months."""
    found = tuning(410, 12, 55, 16, 0.6)
    assert (found.hours_per_month, found.cost_per_month, found.one_off) == (82, 4510, 880)
    assert found.saved_per_month == pytest.approx(2706)
    assert found.payback_months == pytest.approx(880 / 2706)
    assert found.payback_months == pytest.approx(0.33, abs=0.005)
    assert tuning(1, 1, 55, 16, 0.1, run_per_year=5000).payback_months is None


def plan(number: str, **more: object) -> DetectionInvestment:
    base = {"id": number, "title": number, "kind": "rules", "owner": "Lead 02", "hours": 10}
    return DetectionInvestment.model_validate(base | more)


def test_benefit_is_rise_times_expected_loss() -> None:
    """T1003.001 from −1 to 3 at weight 2 adds 6/70; × 700,000 = 60,000 against 550 + 5,000 + 1,000."""
    made = plan("i", raises=[{"technique": "T1003.001", "to": 3}], price=5000, run_per_year=1000, ale=700_000)
    found = worths([made], scores(*EXAMPLE), RATES, REMAP)[0]
    assert found.delta == pytest.approx(6 / 70)
    assert found.benefit == pytest.approx(60_000)
    assert found.cost == 6550
    assert found.ratio == pytest.approx(60_000 / 6550)
    assert found.payback_months == pytest.approx(5550 / (60_000 / 12 - 1000 / 12))


def test_investments_that_cannot_be_computed_say_why() -> None:
    """Another currency, no expected loss, no hourly cost, an unknown rule: listed last, each with the reason."""
    raised = {"raises": [{"technique": "T1003.001", "to": 3}]}
    tune = {"kind": "tuning", "rule": "loud", "removes_share": 0.6, "hours": 16}
    plans = [
        plan("a", currency="USD", ale=1, **raised), plan("b", **raised), plan("c", **(tune | {"rule": "gone"})),
        plan("d", **tune), plan("e", ale=1, raises=[{"technique": "T9999", "to": 3}]), plan("f", kind="tuning"),
    ]  # fmt: skip
    found = worths(plans, scores(*EXAMPLE), RATES, REMAP)
    assert [one.plan.id for one in found] == ["d", "e", "a", "b", "c", "f"]
    assert found[0].ratio == pytest.approx(2706 * 12 / 880)
    assert (found[1].benefit, found[1].notes) == (0, ("T9999 is not in scope and adds nothing",))
    assert [one.why for one in found[2:]] == [
        "priced in USD, and there is no rate to EUR", "no annual loss expectancy (ale) is given",
        "no case of rule gone was judged in the window", "tuning needs a rule and removes_share",
    ]  # fmt: skip
    assert found[3].delta == pytest.approx(6 / 70)
    unknown = worths([plan("d", **tune)], [], replace(RATES, hourly=None), REMAP)[0]
    assert (unknown.ratio, unknown.why) == (None, "attack.yaml has no hourly_cost")
    away = worths([plan("d", **tune)], [], replace(RATES, per_month=None), REMAP)[0]
    assert (away.benefit, away.why) == (None, "the case history did not answer")


def test_retired_ids_of_investments_are_read_as_successors() -> None:
    """A retired id raises its successor and that is said; one without a successor adds nothing and that is said."""
    made = plan("i", ale=100, raises=[{"technique": "T1562.001", "to": 5}, {"technique": "T9998", "to": 5}])
    found = worths([made], scores(("T1685", 1, 0)), RATES, REMAP)[0]
    assert found.delta == 1
    assert found.notes == ("T1562.001 is read as T1685", "T9998 is retired and adds nothing")


def test_navigator_layer_has_what_the_format_requires() -> None:
    """Layer 4.5: name, domain, versions, techniques, a gradient of two colours or more, a legend; plain JSON."""
    rules = (state(rule("<b>rule</b>", "T1078"), facts(TESTED), REMAP),)
    one = Scored(InScope("T1078", 3, ("Threat A",)), 2, 2, rules, "detected")
    made = json.loads(json.dumps(layer("Coverage", [one, *scores(*EXAMPLE[:2])], "19.1", {"T1078": "Accounts"})))
    assert (made["name"], made["domain"]) == ("Coverage", "enterprise-attack")
    assert made["versions"] == {"attack": "19", "navigator": "4.9.0", "layer": "4.5"}
    first = made["techniques"][0]
    assert {"techniqueID", "score", "comment", "enabled", "color", "metadata"} == set(first)
    assert (first["techniqueID"], first["score"], first["comment"]) == ("T1078", 2, "Accounts; detected")
    assert {"name": "rules", "value": "<b>rule</b>"} in first["metadata"]
    assert all({"name", "value"} == set(item) and item["value"] for item in first["metadata"])
    assert len(made["gradient"]["colors"]) >= 2
    assert (made["gradient"]["minValue"], made["gradient"]["maxValue"]) == (-1, 5)
    assert len(made["legendItems"]) == 7
    assert len({row["techniqueID"] for row in made["techniques"]}) == 3
