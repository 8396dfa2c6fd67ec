"""Ranking of alternatives, weights, sensitivity, selections and proofs of concept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from connectors.models.organisation.money import (
    Candidate,
    Contract,
    Criterion,
    PocTest,
    Score,
    Selection,
    SelectionStage,
    VendorOutage,
    VendorTicket,
)
from handlers.analysis import choice, selection
from handlers.analysis.currency import rates
from tests.handlers.analysis.test_licences import TODAY, contract

FIELD = choice.Field(
    ("V1", "V2", "V3"),
    ("Coverage", "Integration", "Operations", "TCO"),
    ("higher", "higher", "higher", "lower"),
    (0.35, 0.20, 0.20, 0.25),
    ((78, 4, 3, 420_000), (70, 5, 4, 310_000), (85, 3, 3, 560_000)),
)
EUR = rates([], "EUR", TODAY)


def test_ahp_worked_example() -> None:
    """[[1,3,5],[1/3,1,2],[1/5,1/2,1]] gives .6483, .2297, .1220; λmax 3.0037, CI .00185, CR .0032: consistent."""
    told = choice.ahp([[1, 3, 5], [1 / 3, 1, 2], [1 / 5, 1 / 2, 1]])
    assert told.values == pytest.approx((0.6483, 0.2297, 0.1220), abs=5e-5)
    assert told.largest == pytest.approx(3.0037, abs=5e-5)
    assert told.index == pytest.approx(0.00185, abs=5e-6)
    assert told.ratio == pytest.approx(0.0032, abs=5e-5)
    assert told.consistent is True


def test_ahp_limits() -> None:
    """Circles are inconsistent, six criteria have no index on file, and what is not square or reciprocal is refused."""
    assert choice.ahp([[1, 9, 1 / 9], [1 / 9, 1, 9], [9, 1 / 9, 1]]).consistent is False
    assert choice.ahp([[1.0] * 6] * 6).consistent is None
    assert choice.ahp([[1.0, 4.0], [0.25, 1.0]]).values == pytest.approx((0.8, 0.2))
    with pytest.raises(ValueError, match="square"):
        choice.ahp([[1, 2]])
    with pytest.raises(ValueError, match="multiply to 1"):
        choice.ahp([[1, 3], [3, 1]])


def test_ranking_worked_example() -> None:
    """Weighted sums .4267, .65, .35, TOPSIS .490, .730, .270: the same order; V2 wins with the lowest coverage."""
    told = choice.rank(FIELD)
    assert dict(told.sums) == pytest.approx({"V1": 0.4267, "V2": 0.65, "V3": 0.35}, abs=5e-5)
    assert dict(told.closeness) == pytest.approx({"V1": 0.490, "V2": 0.730, "V3": 0.270}, abs=5e-4)
    assert told.winner == "V2" and told.agree
    assert choice.lowest_of(FIELD, told) == ["Coverage"]


def test_the_smallest_swing() -> None:
    """At the swing's weight the two are level, and just beyond it the other wins."""
    swing = choice.swings(FIELD)[0]
    assert (swing.criterion, swing.winner) == ("Coverage", "V3")
    assert swing.needed == pytest.approx(0.5)
    for weight, winner in ((0.499, "V2"), (0.501, "V3")):
        rest = (1 - weight) / 0.65
        moved = choice.Field(FIELD.names, FIELD.criteria, FIELD.better,
                             (weight, 0.2 * rest, 0.2 * rest, 0.25 * rest), FIELD.values)  # fmt: skip
        assert choice.rank(moved).winner == winner
    assert all(a.move <= b.move for a, b in pairwise(choice.swings(FIELD)))


def test_rank_reversal() -> None:
    """Min–max depends on the field: here the winner changes when a loser leaves."""
    field = choice.Field(("A", "B", "C"), ("x", "y"), ("higher", "higher"), (0.5, 0.5),
                         ((7, 7), (10, 6), (3, 1)))  # fmt: skip
    assert choice.rank(field).winner == "B"
    assert choice.reversals(field) == [("C", "A")]
    assert choice.reversals(FIELD) == []


def test_equal_values_tell_nobody_apart() -> None:
    """A criterion on which all are equal changes no order, and weights that do not sum to 1 are refused."""
    field = choice.Field(("A", "B"), ("x", "y"), ("higher", "lower"), (0.5, 0.5), ((1, 3), (1, 2)))
    assert choice.rank(field).winner == "B"
    with pytest.raises(ValueError, match=r"sum to 0\.9"):
        choice.rank(choice.Field(("A", "B"), ("x",), ("higher",), (0.9,), ((1,), (2,))))


CHOSEN = Selection(id="s", title="S", product="Tool", owner="o", raters=("r1", "r2"), price_opened=date(2026, 11, 5))
CRITERIA = (
    Criterion(selection="s", id="integration", name="Integration", weight=0.6),
    Criterion(selection="s", id="tco", name="Cost", weight=0.4, better="lower", basis="tco"),
)


def candidate(name: str, licence: float = 100, **more: object) -> Candidate:
    return Candidate.model_validate({"selection": "s", "name": name, "licence": licence, "currency": "EUR"} | more)


def score(name: str, rater: str, value: float, day: int = 1, **more: str) -> Score:
    base = {"selection": "s", "criterion": "integration", "evidence": "seen", "at": date(2026, 11, day)}
    return Score.model_validate(base | {"candidate": name, "rater": rater, "value": value} | more)


FULL = [score("A", "r1", 4), score("A", "r2", 5), score("B", "r1", 2), score("B", "r2", 5)]


def test_outcome_and_its_flags() -> None:
    """With all scores in, the raters' means are ranked; disagreement, late scores and missing evidence are flagged."""
    late = [*FULL[:3], score("B", "r2", 5, day=5, evidence=" ")]
    told = selection.outcome(CHOSEN, CRITERIA, [candidate("A"), candidate("B", 300)], late, EUR)
    assert told.ranking is not None and told.ranking.winner == "A"
    assert told.ballot.means == {("A", "integration"): 4.5, ("B", "integration"): 3.5}
    assert told.ballot.apart == (("B", "integration", 3.0),)
    assert (told.ballot.late, told.ballot.without_evidence) == (1, 1)


def test_scores_stay_private_until_all_are_in() -> None:
    """One score missing: no ranking, and the reason counts them."""
    told = selection.outcome(CHOSEN, CRITERIA, [candidate("A"), candidate("B")], FULL[:3], EUR)
    assert told.ranking is None and "3 of 4 scores are in" in told.why[0]


def test_a_correction_counts_once_and_strangers_never() -> None:
    """A rater's later score replaces the earlier; scores of others are counted, not used."""
    rows = [*FULL, score("A", "r1", 1, day=3), score("A", "r9", 5), score("A", "r1", 5, criterion="tco")]
    told = selection.outcome(CHOSEN, CRITERIA, [candidate("A"), candidate("B")], rows, EUR)
    assert told.ballot.means["A", "integration"] == 3
    assert (told.ballot.strangers, told.ballot.complete) == (2, True)


def test_must_haves_come_first() -> None:
    """Who fails a must-have is out whatever it scores; fewer than two left are not compared."""
    two = [candidate("A", musts={"EU": False}), candidate("B", musts={"EU": None})]
    told = selection.outcome(CHOSEN, CRITERIA, two, FULL, EUR)
    assert told.excluded == {"A": ("EU",)} and told.open_musts == {"B": ("EU",)}
    assert told.ranking is None and "1 of 2 candidates" in told.why[0]
    three = [*two, candidate("C")]
    rows = [*FULL, score("C", "r1", 5), score("C", "r2", 5)]
    assert selection.outcome(CHOSEN, CRITERIA, three, rows, EUR).ranking is not None


@pytest.mark.parametrize(
    ("criteria", "chosen", "candidates", "why"),
    [
        (CRITERIA, CHOSEN, [candidate("A"), candidate("B", currency="SEK")], "no rate from SEK to EUR"),
        ((), CHOSEN, [candidate("A"), candidate("B")], "no criteria"),
        (CRITERIA[:1], CHOSEN, [candidate("A"), candidate("B")], "weights sum to 0.6"),
        (CRITERIA, CHOSEN.model_copy(update={"pairwise": ((1.0,),)}), [candidate("A"), candidate("B")],
         "1 criteria are"),
        ((CRITERIA[0], CRITERIA[1].model_copy(update={"basis": "measured"})), CHOSEN, [candidate("A"), candidate("B")],
         "not been measured"),
    ],
)  # fmt: skip
def test_what_cannot_be_ranked_is_a_sentence(
    criteria: tuple[Criterion, ...], chosen: Selection, candidates: list[Candidate], why: str
) -> None:
    """A missing rate, criterion, weight or measurement gives no ranking and its reason."""
    told = selection.outcome(chosen, criteria, candidates, FULL, EUR)
    assert told.ranking is None and why in "; ".join(told.why)


def test_cost_over_the_years() -> None:
    """Licence + ingest + people + migration + exit."""
    assert selection.tco(candidate("A", 1, ingest=2, people=4, migration=8, exit=16)) == 31


def test_back_schedule() -> None:
    """Stages end one on the other's start, the last on the notice day and on the contract's end."""
    stages = [SelectionStage(name=n, days=d, gate="g") for n, d in (("POC", 30), ("Award", 7))]
    poc, award = selection.back_schedule(stages, date(2026, 12, 31), date(2027, 3, 31))
    assert (award.start, award.end, award.end_of_contract) == (
        date(2026, 12, 24),
        date(2026, 12, 31),
        date(2027, 3, 31),
    )
    assert (poc.start, poc.end) == (date(2026, 11, 24), date(2026, 12, 24))
    assert selection.days_left(stages, "POC") == 37
    assert selection.days_left(stages, "Dreaming") is None


def test_nine_and_ten_of_twelve_are_alike() -> None:
    """9/12 detected is 75 % (46.8–91.1 %): 9 and 10 of 12 cannot be told apart, 1 and 12 can; untried is not missed."""

    def case(n: int) -> PocTest:
        found = {"A": 5.0 if n < 9 else None, "B": 5.0 if n < 10 else None, "C": 5.0 if n < 1 else None}
        return PocTest(selection="s", id=str(n), title="t", gap="g", results=found | ({"D": 1.0} if n == 0 else {}))

    tests = [case(n) for n in range(12)]
    a, b, c, d = selection.trials(tests, ["A", "B", "C", "D"])
    assert (a.detected.low, a.detected.high) == pytest.approx((0.468, 0.911), abs=5e-4)
    assert selection.alike([a, b]) == [("A", "B")]
    assert selection.alike([b, c]) == []
    assert (d.detected.n, d.not_run) == (1, 11)


NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_service() -> None:
    """Overdue tickets are missed, ones not yet due are not judged, and overlapping outages count once."""

    def ticket(name: str, hours_ago: float, took: float | None) -> VendorTicket:
        opened = NOW - timedelta(hours=hours_ago)
        answered = None if took is None else opened + timedelta(hours=took)
        return VendorTicket(
            id=name, product="Tool", opened=opened, answered=answered, promised_hours=4, severity="high"
        )

    tickets = [ticket("kept", 90, 4), ticket("late", 90, 5), ticket("overdue", 9, None), ticket("waiting", 1, None)]
    since = NOW - timedelta(hours=100)
    outages = [VendorOutage(product="Tool", start=since + timedelta(hours=a), end=since + timedelta(hours=b))
               for a, b in ((10, 14), (12, 15))]  # fmt: skip
    outages.append(VendorOutage(product="Tool", start=NOW - timedelta(hours=5)))
    told = selection.service(contract(availability=0.99), tickets, outages, since, NOW)
    assert (told.answered.successes, told.answered.n) == (1, 3)
    assert told.up == pytest.approx(0.90)
    assert selection.service(contract(), [], [], since, NOW).up is None


GOOD = {
    "soc2_until": date(2027, 11, 1), "data_location": "EU", "critical_function": True, "in_dora_register": True,
    "dora_clauses": "pass", "exit_plan_tested": date(2026, 6, 1),
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"soc2_until": date(2026, 11, 21)}, ["SOC 2 report ran out 2026-11-21"]),
        ({"soc2_until": date(2027, 2, 20)}, ["SOC 2 report runs out 2027-02-20"]),
        ({"soc2_until": date(2027, 2, 21)}, []),
        ({"soc2_until": None}, ["no SOC 2 report and no ISO 27001 certificate on file"]),
        ({"data_location": ""}, ["data location unknown"]),
        ({"in_dora_register": None}, ["DORA register unknown"]),
        ({"in_dora_register": False}, ["not in the DORA register"]),
        ({"dora_clauses": "fail"}, ["contract clauses (DORA Art 28–30) missing"]),
        ({"exit_plan_tested": None}, ["exit plan never tested"]),
        ({"exit_plan_tested": date(2025, 11, 21)}, ["exit plan tested 2025-11-21, over a year ago"]),
        ({"in_dora_register": False, "dora_clauses": "unknown", "critical_function": False}, []),
        ({"breaches": ("2025: mail archive",)}, ["breach: 2025: mail archive"]),
    ],
)
def test_third_party_doubts(change: dict[str, object], said: list[str]) -> None:
    """Each missing or outdated fact is one sentence; register, clauses and exit plan matter for critical functions."""
    vendor: Contract = contract(**(GOOD | change))
    assert selection.doubts(vendor, TODAY) == said
