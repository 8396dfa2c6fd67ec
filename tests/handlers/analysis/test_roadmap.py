"""Order of initiatives, maturity, tools: the worked examples and the rules around them."""

from __future__ import annotations

from datetime import date
from itertools import pairwise, product
from typing import Any

import pytest

from connectors.models.organisation import Contract
from connectors.models.organisation.strategy import Initiative, MaturityScore, ToolLifecycle
from handlers.analysis import lifecycle, maturity, roadmap
from handlers.analysis.roadmap import Cycle, Task, critical_path, find_cycle, horizon, sensitivity, sequence

EXAMPLE = (
    Task("A", 8, 3),
    Task("B", 6, 2, ("A",)),
    Task("C", 9, 3),
    Task("D", 5, 5, ("A",)),
    Task("E", 7, 2, ("B",)),
)


def test_worked_example() -> None:
    """A+B+E = 3.0 ties with C = 3.0 and C's own ratio is better: C 0–3, A 3–6, B 6–8, E 8–10, D 10–15."""
    found = sequence(EXAMPLE)
    assert [(one.id, one.start, one.end) for one in found] == [
        ("C", 0, 3), ("A", 3, 6), ("B", 6, 8), ("E", 8, 10), ("D", 10, 15),
    ]  # fmt: skip
    assert {one.id: one.chain for one in found}["A"] == pytest.approx(3.0)
    assert max(EXAMPLE, key=lambda task: task.ratio).id == "E"


def test_critical_path() -> None:
    """The chain with most effort is A then D, 8; A, B, E is 7."""
    assert critical_path(EXAMPLE) == (("A", "D"), 8)


def test_cycle_is_named() -> None:
    """Tasks that wait for one another are an error that names them in order, each waiting for the next."""
    with pytest.raises(Cycle) as error:
        sequence([Task("a", 1, 1, ("c",)), Task("b", 1, 1, ("a",)), Task("c", 1, 1, ("b",)), Task("d", 1, 1)])
    path = error.value.path
    assert path[0] == path[-1] and set(path) == {"a", "b", "c"}
    waits = {"a": "c", "b": "a", "c": "b"}
    assert all(waits[one] == other for one, other in pairwise(path))


def test_a_task_that_waits_for_itself() -> None:
    """The smallest cycle is one task."""
    assert find_cycle({"a": ("a",)}) == ("a", "a")
    assert find_cycle({"a": ("b",), "b": ()}) is None


def test_unknown_dependency() -> None:
    """A dependency that is not among the tasks is an error, not ignored."""
    with pytest.raises(ValueError, match="zz"):
        sequence([Task("a", 1, 1, ("zz",))])


def test_capacity_lays_tasks_into_quarters() -> None:
    """Quarters of 6, 4 and 5: the example ends exactly with the third; with 4 in the last, D is beyond."""
    quarters = horizon([("2027-Q2", 4), ("2027-Q1", 6), ("2027-Q3", 5)])
    found = {one.id: one for one in sequence(EXAMPLE, quarters)}
    assert found["A"].quarters == ("2027-Q1",)
    assert found["B"].quarters == ("2027-Q2",)
    assert found["D"].quarters == ("2027-Q3",) and found["D"].fits
    assert [roadmap.when(found[name], quarters) for name in "CBD"] == ["now", "next", "next"]
    short = horizon([("2027-Q1", 6), ("2027-Q2", 4), ("2027-Q3", 4)])
    last = {one.id: one for one in sequence(EXAMPLE, short)}["D"]
    assert not last.fits and roadmap.when(last, short) == "beyond"


def test_start_date_waits_for_its_quarter() -> None:
    """What may not start yet waits for the first quarter on or after its day, and effort until then stays unused."""
    quarters = horizon([("2027-Q1", 3), ("2027-Q2", 3), ("2027-Q3", 3)])
    tasks = [Task("late", 99, 1, (), date(2027, 3, 15)), Task("soon", 1, 1)]
    assert [(one.id, one.start) for one in sequence(tasks, quarters)] == [("soon", 0), ("late", 3)]


def test_running_comes_first() -> None:
    """What has begun is finished before something better begins."""
    assert [one.id for one in sequence([Task("new", 9, 1), Task("old", 1, 3, running=True)])] == ["old", "new"]


def test_sensitivity_shows_who_changes_place() -> None:
    """With C tied, a fifth more or less moves C between first and fourth; D is last whatever happens to it."""
    found = sensitivity(EXAMPLE)
    assert found["C"] == (1, 4)
    assert found["A"] == (1, 2)
    assert found["D"] == (5, 5)


def score(domain: Any, value: float, **more: Any) -> MaturityScore:
    given: dict[str, Any] = {
        "aspect": "a",
        "target": 3,
        "importance": 2,
        "evidence": "e",
        "at": date(2026, 10, 1),
    } | more
    return MaturityScore(domain=domain, score=value, **given)


EXAMPLE_SCORES = {"business": 2.0, "people": 2.5, "process": 1.5, "technology": 3.0, "services": 2.0}


def test_maturity_example() -> None:
    """2.0, 2.5, 1.5, 3.0 and 2.0 with equal weights are 2.2; the largest gap to 3 is Process with 1.5."""
    found = maturity.assess(score(name, value) for name, value in EXAMPLE_SCORES.items())
    assert maturity.overall(found, {}) == pytest.approx(2.2)
    worst = maturity.largest_gap(found)
    assert worst is not None and (worst.domain, worst.gap) == ("process", 1.5)


def test_importance_weighs_aspects() -> None:
    """An aspect of importance 4 counts four times one of 1, one of 0 not at all."""
    rows = [score("people", 4, importance=4), score("people", 1, importance=1), score("people", 5, importance=0)]
    assert maturity.assess(rows)[0].score == pytest.approx(17 / 5)
    assert maturity.assess([score("people", 4, importance=0)]) == []
    assert maturity.overall([], {}) is None


def test_scores_need_evidence_from_three_on() -> None:
    """Without evidence 3 counts as 2 in the proven score and is named; 2.9 counts as it is."""
    found = maturity.assess([score("process", 3, evidence="", aspect="x"), score("process", 2.9, evidence="")])[0]
    assert found.unproven == ("x",)
    assert [found.score, found.proven] == pytest.approx([2.95, 2.45])


def initiative(**more: Any) -> Initiative:
    given: dict[str, Any] = {"id": "i", "title": "t", "theme": "run", "owner": "o", "effort": 4}
    return Initiative(**(given | more))


def test_value_from_gaps_closed() -> None:
    """Points on file win; else they are weight times points closed; with neither there is no value."""
    weights: dict[Any, float] = {"process": 3}
    assert maturity.value_of(initiative(value=5, closes={"process": 1}), weights) == 5
    assert maturity.value_of(initiative(closes={"process": 0.5, "people": 1}), weights) == 2.5
    assert maturity.value_of(initiative(), weights) is None
    assert maturity.effort_by_domain([initiative(closes={"process": 3, "people": 1})]) == {"process": 3, "people": 1}


@pytest.mark.parametrize(("value", "quality"), list(product(range(1, 6), range(1, 6))))
def test_time_quadrants(value: int, quality: int) -> None:
    """High is 3 or more: both high invest, value alone migrate, quality alone tolerate, neither eliminate."""
    table = {(True, True): "invest", (True, False): "migrate", (False, True): "tolerate", (False, False): "eliminate"}
    assert lifecycle.quadrant(value, quality) == table[value in {3, 4, 5}, quality in {3, 4, 5}]


def contract(product_name: str, capabilities: tuple[str, ...], **more: Any) -> Contract:
    given: dict[str, Any] = {"vendor": "v", "start": date(2026, 1, 1), "end": date(2026, 12, 31), "notice_days": 30}
    given |= {"auto_renew": False, "price": 1, "currency": "EUR", "metric": "m", "owner": "o"}
    return Contract(product=product_name, capabilities=capabilities, **(given | more))


def test_tools_with_overlap_use_and_support() -> None:
    """Overlap counts running contracts only; use needs an entitlement; support that ended yesterday is over."""
    today = date(2026, 11, 22)
    rows = [
        ToolLifecycle(tool="Box", support_ends=date(2026, 11, 21), business_value=4, technical_quality=2, api="no",
                      data_out="none", at=today),
        ToolLifecycle(tool="Gate", support_ends=today, business_value=4, technical_quality=4, api="yes",
                      data_out="open format", at=today),
    ]  # fmt: skip
    old = contract("Old", ("Sandbox",), end=date(2026, 6, 30))
    kept = [contract("Box", ("sandbox", "x"), entitled=200, used_p95=50), contract("Gate", ("Sandbox ",)), old]
    box, gate = lifecycle.tools(rows, kept, today)
    assert (box.time, box.used, box.unsupported) == ("migrate", 0.25, True)
    assert (gate.time, gate.used, gate.unsupported, gate.ending) == ("invest", None, False, True)
    assert box.overlap == (("sandbox", ("Gate",)),)
