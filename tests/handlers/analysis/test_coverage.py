"""Detection coverage (section 6): ids, rules' states, scores, shares."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.models.alerts import Rule
from connectors.models.organisation import ThreatContext
from connectors.models.organisation.detection import PurpleResult, RuleKnowledge, TechniqueKnowledge, TechniqueRemap
from connectors.models.threats import Recommendation
from connectors.organisation.files import load_file
from handlers.analysis.attack import InScope, Remap, scope
from handlers.analysis.coverage import Facts, State, coverage, derived, fate, scored, since, state, unmapped

TODAY = date(2026, 11, 22)
SINCE = since(TODAY, 180)
SHIPPED = tuple(one.record for one in load_file(Path("no folder of an organisation"), TechniqueRemap))
GONE = TechniqueRemap(old="T9998", since="20", confidence="verified", source="test", checked=TODAY)
REMAP = Remap([*SHIPPED, GONE])
PAIRS = {
    "T1562": "T1685", "T1562.001": "T1685", "T1562.002": "T1685.001", "T1562.003": "T1690", "T1562.004": "T1686",
    "T1562.006": "T1685", "T1562.007": "T1686.001", "T1562.008": "T1685.002", "T1562.009": "T1688",
    "T1562.010": "T1689", "T1562.011": "T1685.003", "T1562.012": "T1685.004", "T1562.013": "T1686.002",
    "T1070.001": "T1685.005", "T1070.002": "T1685.006", "T1656": "T1684.001", "T1672": "T1684.002",
}  # fmt: skip


def rule(name: str, *techniques: str, **more: Any) -> Rule:
    base: dict[str, Any] = {"enabled": True, "alerting": True, "severity": "high", "author": "", "revised_at": None}
    return Rule(id=f"ru_{name}", name=name, techniques=techniques, **(base | more))


def facts(*known: RuleKnowledge, silent: tuple[str, ...] = (), tp: dict[str, int] | None = None) -> Facts:
    return Facts({one.rule: one for one in known}, frozenset(silent), {} if tp is None else tp, SINCE)


def threat(
    name: str, *techniques: str, industries: tuple[str, ...] = (), regions: tuple[str, ...] = ()
) -> Recommendation:
    return Recommendation("p", name, "campaign", name, "", industries, regions, techniques, "")


def shown(
    outcome: str, at: date = date(2026, 9, 24), score: int | None = None, technique: str = "T1046"
) -> PurpleResult:
    return PurpleResult.model_validate(
        {"id": f"{technique}-{at}-{outcome}", "technique": technique, "at": at, "outcome": outcome, "score": score}
    )


TESTED = RuleKnowledge(rule="a", tested_at=date(2026, 10, 1), data_sources=("edr",))


def test_6_example() -> None:
    """The worked example: binary 4/6, weighted 11/14, graded 24/70."""
    found = coverage([(3, 3), (3, 2), (3, 1), (2, 3), (2, -1), (1, 0)])
    assert (found.covered, found.n) == (4, 6)
    assert found.binary == pytest.approx(4 / 6)
    assert found.weighted == pytest.approx(11 / 14)
    assert found.graded == pytest.approx(24 / 70)


def test_nothing_in_scope_has_no_share() -> None:
    """An empty scope has no coverage, not a coverage of zero."""
    assert coverage([]) == coverage(iter(()))
    assert (coverage([]).n, coverage([]).binary, coverage([]).graded) == (0, None, None)


@given(st.lists(st.tuples(st.floats(0.1, 3), st.integers(-1, 5)), min_size=1, max_size=40), st.data())
def test_graded_never_flatters(rows: list[tuple[float, int]], data: st.DataObject) -> None:
    """Graded is never above weighted, both are shares, and a better score never lowers any of the three."""
    found = coverage(rows)
    assert found.graded is not None
    assert found.weighted is not None
    assert 0 <= found.graded <= found.weighted + 1e-9 <= 1 + 2e-9
    at = data.draw(st.integers(0, len(rows) - 1))
    better = [(w, min(s + (n == at), 5)) for n, (w, s) in enumerate(rows)]
    after = coverage(better)
    assert after.graded is not None
    assert after.weighted is not None
    assert after.graded >= found.graded - 1e-9
    assert after.weighted >= found.weighted - 1e-9


def test_remap_as_shipped() -> None:
    """Every pair of the remap table ships with source, confidence and date, and nothing else does."""
    assert {row.old: row.new for row in SHIPPED} == PAIRS
    assert all((row.confidence == "secondary") == (row.old == "T1562.006") for row in SHIPPED)
    assert all(row.confidence != "verified" and row.source and row.status and row.checked for row in SHIPPED)
    assert next(row.alternatives for row in SHIPPED if row.old == "T1562.004") == ("T1686.003",)


def test_remap_keeps_what_it_changes() -> None:
    """Retired ids become their successors once, are listed, and those without a successor are listed as gone."""
    found = REMAP.all(["T1562.001", "T1685", "T1078", "T9998", "T1562.001"])
    assert found.ids == ("T1685", "T1078")
    assert found.moved == (("T1562.001", "T1685"),)
    assert found.gone == ("T9998",)


def test_remap_follows_chains_and_survives_circles() -> None:
    """A successor that is itself retired is followed; a circle ends without a successor instead of hanging."""

    def row(old: str, new: str) -> TechniqueRemap:
        return TechniqueRemap(old=old, new=new, since="20", confidence="verified", source="test", checked=TODAY)

    chain = Remap([row("T1001", "T1002"), row("T1002", "T1003"), row("T1005", "T1006"), row("T1006", "T1005")])
    assert chain.current("T1001") == "T1003"
    assert chain.current("T1005") is None


@pytest.mark.parametrize(
    ("changes", "known", "silent", "tp", "level", "why"),
    [
        ({"enabled": False}, TESTED, (), 3, -1, "switched off"),
        ({}, TESTED, ("edr",), 3, -1, "data source silent: edr"),
        ({"alerting": False}, TESTED, (), 3, 0, "runs without alerting"),
        ({}, TESTED.model_copy(update={"test_result": "fail"}), (), 3, 0, "failed its test of 2026-10-01"),
        ({}, None, (), 0, 1, ""),
        ({}, None, (), 9, 1, ""),
        ({}, TESTED, (), 0, 1, ""),
        ({}, TESTED, (), 1, 2, ""),
        ({}, TESTED.model_copy(update={"tested_at": date(2026, 5, 1)}), (), 9, 1, ""),
        ({}, TESTED.model_copy(update={"evidence": 4, "evidence_by": "Lead 02"}), (), 0, 4, ""),
        ({"enabled": False}, TESTED.model_copy(update={"evidence": 4}), (), 0, -1, "switched off"),
        ({"enabled": None, "alerting": None}, None, (), 0, 1, ""),
    ],
)  # fmt: skip
def test_level_of_a_rule(  # noqa: PLR0917 - a table's columns
    changes: dict[str, Any], known: RuleKnowledge | None, silent: tuple[str, ...], tp: int, level: int, why: str
) -> None:
    """Off or blind −1, unheard or failed 0, running 1, tested with a true positive 2, more by a person alone."""
    told = facts(*([known] if known else []), silent=silent, tp={"a": tp})
    found = state(rule("a", "T1046", **changes), told, REMAP)
    assert (found.level, found.why, found.live) == (level, why, level >= 1)


def states(*known: RuleKnowledge, tp: int = 1) -> list[State]:
    told = facts(*known, tp={one.rule: tp for one in known})
    return [state(rule(one.rule, "T1046"), told, REMAP) for one in known]


def test_two_independent_or_behavioural_is_good() -> None:
    """3 needs two tested rules that share no data source, or a tested behavioural one; two of one source stay 2."""
    other = TESTED.model_copy(update={"rule": "b"})
    assert derived([]) == -1
    assert derived(states(TESTED, other)) == 2
    assert derived(states(TESTED, other.model_copy(update={"data_sources": ("proxy",)}))) == 3
    assert derived(states(TESTED, other.model_copy(update={"data_sources": ()}))) == 2
    assert derived(states(TESTED.model_copy(update={"behavioural": True}))) == 3
    assert derived(states(TESTED.model_copy(update={"behavioural": True}), tp=0)) == 1


@pytest.mark.parametrize(
    ("results", "tested", "score"),
    [
        ([], None, 1),
        ([shown("missed")], None, -1),
        ([shown("logged")], None, 0),
        ([shown("detected")], None, 1),
        ([shown("detected", score=4)], None, 4),
        ([shown("missed"), shown("detected", date(2026, 10, 2), 3)], None, 3),
        ([shown("detected", score=3), shown("missed", date(2026, 10, 2))], None, -1),
        ([shown("missed")], date(2026, 10, 1), 1),
        ([shown("missed")], date(2026, 9, 1), -1),
        ([shown("missed", date(2025, 9, 1))], None, 1),
        ([shown("missed", technique="T1078")], None, 1),
    ],
)
def test_exercises_outweigh_rules(results: list[PurpleResult], tested: date | None, score: int) -> None:
    """The newest valid exercise of the technique decides, unless a rule passed a test after it."""
    known = [RuleKnowledge(rule="a", tested_at=tested)] if tested else []
    rules = [state(rule("a", "T1046"), facts(*known), REMAP)]
    found = scored([InScope("T1046", 3, ())], rules, results, REMAP, since(TODAY, 365))
    assert (found[0].score, found[0].derived) == (score, 1)
    assert bool(found[0].note) == (score != 1 or tested == date(2026, 10, 1))


def test_exact_ids_and_retired_ids() -> None:
    """A rule on a sub-technique does not cover its parent; a rule with a retired id covers its successor."""
    rules = [state(rule("a", "T1059.001"), facts(), REMAP), state(rule("b", "T1562.001"), facts(), REMAP)]
    parts = [InScope(name, 1, ()) for name in ("T1059", "T1059.001", "T1685")]
    found = scored(parts, rules, [shown("detected", score=3, technique="T1562.001")], REMAP, SINCE)
    assert [one.score for one in found] == [-1, 1, 3]


def test_every_rule_has_one_fate() -> None:
    """Each rule is in one class, and rules without a technique are told apart from those with retired ids alone."""
    inside = frozenset({"T1046"})
    made = {
        "count": rule("a", "T1046", "T9999"), "run, on techniques out of scope": rule("b", "T1078"),
        "name no technique": rule("c", enabled=False),
        "name only retired ids without a successor": rule("d", "T9998"),
        "do not count: switched off": rule("e", "T1046", enabled=False),
    }  # fmt: skip
    found = [state(one, facts(), REMAP) for one in made.values()]
    assert [fate(one, inside) for one in found] == list(made)
    assert [one.rule.name for one in unmapped(found)] == ["c"]
    blind = facts(RuleKnowledge(rule="a", data_sources=("edr",)), silent=("edr",))
    assert fate(state(made["count"], blind, REMAP), inside) == "do not count: data source silent"


def test_scope_and_weights() -> None:
    """A technique weighs what its heaviest threat does (1, +1 sector, +1 region), unless the file says otherwise."""
    context = ThreatContext(sectors=("Banking",), regions=("Germany",))
    threats = [
        threat("A", "T1046", "T1562.001", industries=("banking",), regions=("Germany",)),
        threat("B", "T1046", "T1078", "T9998", industries=("Retail",), regions=("Germany",)),
        threat("C", "T1490", "T1486"),
    ]
    known = {
        "T1486": TechniqueKnowledge(id="T1486", name="Ransom", weight=3),
        "T1490": TechniqueKnowledge(id="T1490", name="Recovery", weight=0),
    }
    found = scope(threats, context, known, REMAP)
    assert [(one.id, one.weight, one.threats) for one in found.techniques] == [
        ("T1046", 3, ("A", "B")), ("T1486", 3, ("C",)), ("T1685", 3, ("A",)), ("T1078", 2, ("B",)),
    ]  # fmt: skip
    assert found.excluded == ("T1490",)
    assert found.moved == (("T1562.001", "T1685"),)
    assert found.gone == ("T9998",)
    plain = scope(threats, None, {}, REMAP)
    assert {one.weight for one in plain.techniques} == {1}
    assert not plain.weighed
