"""Controls, evidence, samples and promises: the worked examples and the edges."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connectors.models.organisation import Control, SlaPolicy
from connectors.models.organisation.assurance import ControlException, CreditBand, Evidence, VendorPromise
from handlers.analysis.adherence import Promises, adherence, by_time, credit, late, vendor_share
from handlers.analysis.evidence import Part, doubts, ended, freshness, part, readiness, slots, standing
from handlers.analysis.sampling import SIZES, conclusion, digest, draw, size, upper_limit
from tests.handlers.commands.twins import cases_frame

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def control(control_id: str = "c", **more: Any) -> Control:
    given: dict[str, Any] = {"statement": "s", "owner": "lead-01", "frequency": "monthly", "result": "pass"}
    return Control(id=control_id, **(given | more))


def evidence(first: str, last: str, at: str = "", **more: Any) -> Evidence:
    given: dict[str, Any] = {"id": "e", "control": "c", "kind": "report", "at": at or f"{last}T12:00:00Z"}
    return Evidence.model_validate(given | {"period_from": first, "period_to": last} | more)


def test_worked_example_of_readiness() -> None:
    """A(w3: 1,1,1) B(w2: 1,.5,.6) C(w3: .5,0,0) D(w1: 1,1,1) → 5.81/9 = 64.6 %; a key C without evidence blocks."""
    given = (("a", 3, 1, 1, 1), ("b", 2, 1, 0.5, 0.6), ("c", 3, 0.5, 0, 0), ("d", 1, 1, 1, 1))
    parts = [Part(control(i, weight=w, key=True), d, o, f, 0, 0) for i, w, d, o, f in given]
    assert [round(p.control.weight * p.score, 2) for p in parts] == [3, 1.36, 0.45, 1]
    found = readiness(parts)
    assert found.score == pytest.approx(5.81 / 9) and round(100 * (found.score or 0), 1) == 64.6
    assert [c.id for c in found.blocking] == ["c"]
    assert found.in_place == 2
    assert readiness([]).score is None


@pytest.mark.parametrize(
    ("last", "frequency", "value"),
    [
        (TODAY, "daily", 1.0),
        (TODAY - timedelta(days=1), "daily", 1.0),
        (TODAY - timedelta(days=2), "daily", 0.0),
        (TODAY - timedelta(days=31), "monthly", 1.0),
        (TODAY - timedelta(days=31 + 31 // 2), "monthly", 1 - 15 / 31),
        (TODAY - timedelta(days=92 + 92), "quarterly", 0.0),
        (None, "annual", 0.0),
    ],
)
def test_freshness(last: date | None, frequency: str, value: float) -> None:
    """max(0, 1 − days overdue / period)."""
    assert freshness(last, TODAY, frequency) == pytest.approx(value)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "no evidence"),
        ({"last_evidence": "2026-11-20", "result": "fail"}, "failed"),
        ({"last_evidence": "2026-10-21"}, "overdue"),
        ({"last_evidence": "2026-10-22"}, "due soon"),
        ({"last_evidence": "2026-11-04"}, "due soon"),
        ({"last_evidence": "2026-11-06"}, "in date"),
        ({"last_evidence": "2026-11-22", "frequency": "daily"}, "in date"),
        ({"last_evidence": "2026-11-20", "frequency": "daily"}, "overdue"),
        ({"last_evidence": "2026-12-22"}, "no evidence"),
    ],
)
def test_states_of_a_control(fields: dict[str, Any], state: str) -> None:
    """No evidence, failed, overdue, due within 14 days, in date: the first that fits; the future does not count."""
    one = Control.model_validate(
        {"id": "c", "statement": "s", "owner": "o", "frequency": "monthly", "result": "pass"} | fields
    )
    assert standing(one, [], [], TODAY, 14).state == state


def test_only_a_running_exception_counts() -> None:
    """An exception stands from its approval to its expiry, both days included."""
    made = [
        ControlException(id=i, control="c", reason="r", approved_by="o", approved_on=date(2026, 1, 1), expires=end)
        for i, end in (("old", TODAY - timedelta(days=1)), ("now", TODAY))
    ]
    found = standing(control(), [], made, TODAY, 14).exception
    assert found is not None and found.id == "now"
    assert standing(control(), [], made[:1], TODAY, 14).exception is None


def test_slots_of_a_period() -> None:
    """A year has twelve months, four quarters, one whole; weeks end on Sunday; ended slots alone are asked for."""
    year = (date(2026, 1, 1), date(2026, 12, 31))
    assert [len(slots(f, *year)) for f in ("daily", "monthly", "quarterly", "annual")] == [365, 12, 4, 1]
    assert slots("weekly", date(2026, 11, 19), date(2026, 11, 24)) == [
        (date(2026, 11, 19), date(2026, 11, 22)), (date(2026, 11, 23), date(2026, 11, 24)),
    ]  # fmt: skip
    assert len(ended("monthly", year, TODAY)) == 10
    assert ended("annual", year, TODAY) == [year]
    assert ended("monthly", (date(2027, 1, 1), date(2027, 2, 1)), TODAY) == []


def test_evidence_must_cover_the_whole_period() -> None:
    """Nine of ten ended months covered are 0.9 of operation, and the control is not in place."""
    months = [evidence(f"2026-{m:02}-01", f"2026-{m:02}-28") for m in range(1, 11) if m != 4]
    found = part(control(design=1, last_evidence=TODAY), months, (date(2026, 1, 1), date(2026, 12, 31)), TODAY)
    assert (found.covered, found.slots, found.operating) == (9, 10, 0.9)
    assert not found.in_place
    whole = [*months, evidence("2026-04-01", "2026-04-30")]
    full = part(control(design=1, last_evidence=TODAY), whole, (date(2026, 1, 1), date(2026, 12, 31)), TODAY)
    assert full.in_place
    failed = part(control(design=1, last_evidence=TODAY, result="fail"), whole, (date(2026, 1, 1), TODAY), TODAY)
    assert not failed.in_place


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (evidence("2026-10-01", "2026-10-31", "2027-01-05T00:00:00Z"), "dated in the future"),
        (evidence("2026-10-31", "2026-10-01"), "ends before it begins"),
        (evidence("2026-03-01", "2026-03-31", "2026-10-12T00:00:00Z"), "195 days after the period it covers"),
        (evidence("2026-10-01", "2026-10-31", kind="screenshot"), "screenshot without its query"),
        (evidence("2026-10-01", "2026-10-31", kind="export", query="q", rows=0), "an export without hash"),
        (evidence("2026-10-01", "2026-10-31", control="zz"), "“zz” is not in the controls file"),
    ],
)
def test_evidence_an_auditor_would_question(made: Evidence, why: str) -> None:
    """Evidence after the fact, of the future, without a query or without a control is told with the reason."""
    (found,) = doubts([made], [control()], date(2026, 12, 31), NOW)
    assert why in found.why


def test_good_evidence_is_not_questioned() -> None:
    """A report of the month before and a whole export raise nothing until the audit's period is over."""
    fine = [
        evidence("2026-09-01", "2026-09-30", "2026-10-02T00:00:00Z"),
        evidence("2026-10-01", "2026-10-31", kind="export", query="q", rows=0, hash="h"),
    ]
    assert doubts(fine, [control()], date(2026, 12, 31), NOW) == []
    assert "made 2 days after the audit's period" in doubts(fine, [control()], date(2026, 9, 30), NOW)[0].why


def test_attribute_test() -> None:
    """25 samples without an exception leave at most 8.8 % at 90 %; one asks for more; the limit grows."""
    assert upper_limit(25, 0) == pytest.approx(1 - 0.1 ** (1 / 25), abs=1e-9)
    assert round(100 * upper_limit(25, 0), 1) == 8.8
    assert upper_limit(25, 1) > upper_limit(25, 0)
    assert upper_limit(3, 3) == 1.0
    assert [conclusion(n).split(":")[0] for n in (0, 1, 2)] == ["no exception", "one exception", "2 exceptions"]
    for wrong in ((0, 0), (5, 6), (5, -1)):
        with pytest.raises(ValueError, match="is no test result"):
            upper_limit(*wrong)


def test_upper_limit_agrees_with_the_beta_quantile() -> None:
    """The limit is the Clopper–Pearson one, here against scipy's beta distribution."""
    from scipy.stats import beta

    for n, k in ((25, 1), (60, 2), (40, 5)):
        assert upper_limit(n, k) == pytest.approx(beta.ppf(0.9, k + 1, n - k), abs=1e-9)


def test_samples_can_be_drawn_again() -> None:
    """The same seed and population give the same sample, another seed another; all when there are too few."""
    ids = [str(n) for n in range(500)]
    assert draw(ids, 25, 7) == draw(reversed(ids), 25, 7)
    assert draw(ids, 25, 7).ids != draw(ids, 25, 8).ids
    assert len(set(draw(ids, 25, 7).ids)) == 25
    assert set(draw(ids[:3], 25, 7).ids) == {"0", "1", "2"}
    assert digest(["b", "a"]) == digest(["a", "b"]) != digest(["a"])


def test_usual_sample_sizes() -> None:
    """Annual 1, quarterly 2, monthly 2–5, weekly 5–15, daily 20–40, many a day 25–60; key controls the upper end."""
    assert [SIZES[f] for f in ("annual", "quarterly", "monthly", "weekly", "daily", "continuous")] == [
        (1, 1), (2, 2), (2, 5), (5, 15), (20, 40), (25, 60),
    ]  # fmt: skip
    assert (size("monthly", True), size("monthly", False)) == (5, 2)


POLICY = (SlaPolicy(metric="resolve", priority="medium", target_minutes=60),)


def case(minutes: float | None, **more: Any) -> dict[str, Any]:
    """A case of five hours ago closed after so many minutes; None: still open."""
    created = NOW - timedelta(hours=5)
    row: dict[str, Any] = {"created_at": created, "updated_at": created} | more
    if minutes is not None:
        closed = created + timedelta(minutes=minutes)
        row |= {"closed_at": closed, "status": "closed", "acknowledged_at": created}
        row.setdefault("first_closed_at", closed)
    return row


def test_46_of_50() -> None:
    """46 of 50 kept are 92 % (81.2 to 96.8 %), for a vendor and for cases alike."""
    rows = [case(30 if n < 46 else 120, case_id=str(n)) for n in range(50)]
    found = adherence(cases_frame(rows), Promises(POLICY, {}, NOW), "resolve").total.share
    promised = VendorPromise(
        vendor="v", product="p", metric="m", period_from=TODAY, period_to=TODAY, target_share=0.95, met=46, missed=4,
        fee=1000, credits=(CreditBand(below=0.95, credit=0.05), CreditBand(below=0.9, credit=0.1)),
    )  # fmt: skip
    for share in (found, vendor_share(promised)):
        assert (share.value, round(share.low, 3), round(share.high, 3)) == (0.92, 0.812, 0.968)
    assert credit(promised) == 50.0
    assert credit(promised.model_copy(update={"met": 30})) == 100.0
    assert credit(promised.model_copy(update={"met": 500})) == 0.0
    assert credit(promised.model_copy(update={"fee": None})) is None


def test_attainment_by_time() -> None:
    """One case 10 min late of 100 min spent in all: 90 % by time, 50 % by count."""
    rows = [case(30, case_id="1"), case(70, case_id="2")]
    found = adherence(cases_frame(rows), Promises(POLICY, {}, NOW), "resolve")
    assert found.by_time == pytest.approx(0.9) and found.total.share.value == 0.5
    assert [(row.case_id, row.over) for row in late(found.judged)] == [("2", 600.0)]
    assert by_time(found.judged.clear()) is None


def test_reopened_counts_as_missed_only_if_the_policy_says() -> None:
    """Closed in time, reopened and closed late: kept, unless the policy counts it as missed."""
    first = NOW - timedelta(hours=5) + timedelta(minutes=30)
    rows = [case(120, case_id="again", reopened=1, first_closed_at=first), case(30, case_id="plain")]
    kept = adherence(cases_frame(rows), Promises(POLICY, {}, NOW), "resolve")
    strict = adherence(cases_frame(rows), Promises(POLICY, {}, NOW, reopened_missed=True), "resolve")
    assert (kept.total.met, kept.total.missed, kept.reopened_kept) == (2, 0, ("again",))
    assert (strict.total.met, strict.total.missed, strict.reopened_kept) == (1, 1, ("again",))
    assert kept.judged.height == strict.judged.height == 2


def test_at_risk_are_those_with_little_time_left() -> None:
    """An open case within the promise's margin is at risk; one past it is late, one with time is neither."""
    policy = (SlaPolicy(metric="resolve", priority="medium", target_minutes=320),)
    rows = [case(None, case_id="risk"), case(None, case_id="fine", created_at=NOW - timedelta(hours=1)),
            case(None, case_id="late", created_at=NOW - timedelta(hours=9))]  # fmt: skip
    found = adherence(cases_frame(rows), Promises(policy, {}, NOW), "resolve")
    assert found.at_risk == ("risk",)
    assert [(row.case_id, row.open) for row in late(found.judged)] == [("late", True)]
