"""What does not fit together in the files about money and vendors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isclose

from connectors.models.organisation.money import (
    BudgetLine,
    Candidate,
    Contract,
    Criterion,
    FinancePolicy,
    FxRate,
    LicenceUsage,
    PocMeasure,
    PocPlan,
    PocTest,
    RiskScenario,
    Score,
    Selection,
    VendorOutage,
    VendorTicket,
)
from connectors.models.organisation.record import Record
from connectors.organisation.folder import Folder, at

OF_SELECTION = (Criterion, Candidate, Score, PocPlan, PocTest, PocMeasure)
OF_PRODUCT = (LicenceUsage, Selection, VendorTicket, VendorOutage)
PRICED = (BudgetLine, Contract, Candidate, RiskScenario)


def phases(found: Folder) -> Iterator[str]:
    """Twelve months that add up to the plan; orders inside the plan are orders."""
    for one in found.of(BudgetLine):
        line = one.record
        if line.months and len(line.months) != 12:
            yield f"{at(BudgetLine, one)}: months has {len(line.months)} values, 12 are needed"
        elif line.months and abs(sum(line.months) - line.plan) > max(1.0, abs(line.plan) * 1e-4):
            yield f"{at(BudgetLine, one)}: the months add up to {sum(line.months):g}, the plan is {line.plan:g}"
        if line.committed_in_plan > line.committed:
            yield f"{at(BudgetLine, one)}: committed_in_plan {line.committed_in_plan:g} is more than committed"


def currencies(found: Folder) -> Iterator[str]:
    """Every amount can be told in the reporting currency."""
    if not found.readable(FinancePolicy):
        return
    to = found.of(FinancePolicy)[0].record.currency
    known = {to} | {r.record.currency for r in found.of(FxRate) if r.record.to == to}
    known |= {r.record.to for r in found.of(FxRate) if r.record.currency == to}
    for record in PRICED:
        for one in found.any_of(record):
            if one.record.currency not in known:
                yield f"{at(record, one)}: no rate from {one.record.currency} to {to} is in {FxRate.FILE}"


def products(found: Folder) -> Iterator[str]:
    """Products that other files name have a contract; one product has one."""
    if not found.readable(Contract):
        return
    seen: dict[str, int] = {}
    for one in found.of(Contract):
        if one.record.product in seen:
            told = f"{at(Contract, one)}: product {one.record.product!r}"
            yield f"{told} stands already on line {seen[one.record.product]}"
        seen.setdefault(one.record.product, one.line)
    for record in OF_PRODUCT:
        for other in found.any_of(record):
            if other.record.product not in seen:
                yield f"{at(record, other)}: product {other.record.product!r} is not in {Contract.FILE}"


def selections(found: Folder) -> Iterator[str]:
    """Criteria, candidates, scores and tests belong to a selection; weights sum to 1."""
    if not found.readable(Selection):
        return
    known = {one.record.id for one in found.of(Selection)}
    for record in OF_SELECTION:
        for one in found.any_of(record):
            if one.record.selection not in known:
                yield f"{at(record, one)}: selection {one.record.selection!r} is not in {Selection.FILE}"
    for one in found.of(Selection):
        mine = [c.record for c in found.of(Criterion) if c.record.selection == one.record.id]
        total = sum(c.weight for c in mine)
        if mine and not one.record.pairwise and not isclose(total, 1.0, abs_tol=1e-6):
            yield f"{at(Selection, one)}: the weights of its criteria sum to {total:g}, not to 1"
        if one.record.pairwise and len(one.record.pairwise) != len(mine):
            yield f"{at(Selection, one)}: {len(one.record.pairwise)} rows of pairwise for {len(mine)} criteria"


def scores(found: Folder) -> Iterator[str]:
    """Scores name a candidate, a scored criterion and a rater of their selection."""
    raters = {one.record.id: set(one.record.raters) for one in found.of(Selection)}
    names = {(c.record.selection, c.record.name) for c in found.of(Candidate)}
    judged = {(c.record.selection, c.record.id) for c in found.of(Criterion) if c.record.basis == "scores"}
    for one in found.of(Score):
        score = one.record
        if score.selection in raters and score.rater not in raters[score.selection]:
            yield f"{at(Score, one)}: {score.rater!r} is no rater of {score.selection}"
        if found.readable(Candidate) and (score.selection, score.candidate) not in names:
            yield f"{at(Score, one)}: candidate {score.candidate!r} is not in {Candidate.FILE}"
        if found.readable(Criterion) and (score.selection, score.criterion) not in judged:
            yield f"{at(Score, one)}: criterion {score.criterion!r} is not one that is scored"


def results(found: Folder) -> Iterator[str]:
    """Test results and measures are of candidates."""
    names = {(c.record.selection, c.record.name) for c in found.of(Candidate)}
    if not found.readable(Candidate):
        return
    for one in found.of(PocTest):
        for name in one.record.results:
            if (one.record.selection, name) not in names:
                yield f"{at(PocTest, one)}: candidate {name!r} is not in {Candidate.FILE}"
    for other in found.of(PocMeasure):
        if (other.record.selection, other.record.candidate) not in names:
            yield f"{at(PocMeasure, other)}: candidate {other.record.candidate!r} is not in {Candidate.FILE}"


def ranges(found: Folder) -> Iterator[str]:
    """Three values from lowest to highest; spans in time end after they begin."""
    for one in found.of(RiskScenario):
        for field in ("frequency", "loss"):
            given = getattr(one.record, field)
            if given is not None and not 0 <= given[0] <= given[1] <= given[2]:
                yield f"{at(RiskScenario, one)}: {field} must go from lowest to highest and not below 0"
    pairs: tuple[tuple[type[Record], str, str], ...] = (
        (VendorOutage, "start", "end"),
        (VendorTicket, "opened", "answered"),
    )
    for record, first, last in pairs:
        for other in found.any_of(record):
            begin, end = getattr(other.record, first), getattr(other.record, last)
            if end is not None and end < begin:
                yield f"{at(record, other)}: {last} is before {first}"


RULES: tuple[Callable[[Folder], Iterator[str]], ...] = (
    phases,
    currencies,
    products,
    selections,
    scores,
    results,
    ranges,
)
