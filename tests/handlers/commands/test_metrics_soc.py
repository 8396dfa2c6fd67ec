"""`metrics soc`: worked examples through the whole command, and what it says when something is missing."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from math import factorial
from typing import Any

import pytest

from connectors.errors import TimedOut, Unavailable
from connectors.models.alerts import Rule
from connectors.models.cases import CaseEvent
from connectors.models.organisation import Absence, Calendar, Person, Shift, SlaPolicy, Target
from handlers.commands.metrics_soc import COMMAND
from handlers.core.errors import BadFlag, Denied, UserError
from messages import reading
from messages.document import Actions, Chart, Document
from tests.handlers.commands.desk import (
    NOW,
    FakeFeed,
    FakeLedger,
    FakeOrganisation,
    ago,
    ask,
    dangling,
    fake_soc,
    table,
    value,
    words,
)

H = timedelta(hours=1)
OCTOBER = datetime(2026, 10, 5, 8, tzinfo=UTC)
NOVEMBER = "--timeframe 2026-11-15/2026-11-22"
TARGETS = (
    Target(figure="mttr.km_median", value=12 * 3600, better="lower", amber=24 * 3600),
    Target(figure="mtta.median", value=3600, better="lower", amber=7200),
    Target(figure="sla.attainment", value=0.95, better="higher", amber=0.9),
)
POLICY = SlaPolicy(metric="resolve", priority="medium", target_minutes=600)


def closed(hours: float, opened: datetime = OCTOBER, **fields: Any) -> dict[str, Any]:
    """A case closed after so many hours, acknowledged after a tenth of them."""
    end = opened + hours * H
    return {
        "created_at": opened, "closed_at": end, "acknowledged_at": opened + hours * H / 10, "assignee": "analyst-01",
    } | fields  # fmt: skip


def soc_of(rows: list[dict[str, Any]], *records: Any, **more: Any) -> Any:
    ledger = FakeLedger(rows, more.pop("events", ()), **more.pop("facts", {}))
    return fake_soc(ledger=ledger, organisation=FakeOrganisation(*(records or (POLICY, *TARGETS))), **more)


async def answer(soc: Any, line: str = "metrics soc", **more: Any) -> Document:
    document = await ask(COMMAND, line, soc, **more)
    assert dangling(document) == set()
    return document


async def test_kaplan_meier_stands_beside_the_naive_median() -> None:
    """Domain §0.3: with four open cases the naive median is 6.5 h and the Kaplan–Meier median 10 h."""
    done = [closed(h, ago(hours=100)) for h in (2, 4, 5, 8, 10, 24)]
    waiting = [{"created_at": ago(hours=h), "assignee": "analyst-01"} for h in (8, 12, 30, 48)]
    document = await answer(soc_of(done + waiting), f"metrics soc {NOVEMBER}")
    assert value(document, "mttr.n") == 10
    assert value(document, "mttr.open") == 4
    assert value(document, "mttr.median") == pytest.approx(6.5 * 3600)
    assert value(document, "mttr.mean") == pytest.approx(53 / 6 * 3600)
    assert value(document, "mttr.km_median") == pytest.approx(10 * 3600)
    assert "case created→last close, elapsed hours, closed+open (Kaplan–Meier), n=10, 4 open" in (
        document.figure("mttr.km_median").definition
    )


async def test_quantiles_name_their_method() -> None:
    """Domain §0.3: the p90 of the ten durations is 27.6 h by type 7, and the definition says type 7."""
    document = await answer(soc_of([closed(h) for h in (0.5, 1, 1.5, 2, 3, 4, 6, 9, 20, 96)]))
    assert value(document, "mttr.p90") == pytest.approx(27.6 * 3600)
    assert value(document, "mttr.median") == pytest.approx(3.5 * 3600)
    assert "type 7" in document.figure("mttr.p90").definition


async def test_sla_counts_open_past_due_and_leaves_out_what_is_not_due() -> None:
    """46 of 50 kept is 92 % with the interval 81.2 to 96.8 %; an open case that has time is in neither."""
    rows = [closed(1, ago(hours=50)) for _ in range(46)] + [closed(11, ago(hours=50)) for _ in range(3)]
    rows += [{"created_at": ago(hours=11), "case_id": "late", "assignee": "analyst-02"}, {"created_at": ago(hours=1)}]
    document = await answer(soc_of(rows), f"metrics soc {NOVEMBER}")
    kept = document.figure("sla.attainment")
    assert (kept.value, kept.n) == (pytest.approx(0.92), 50)
    assert (round(value(document, "sla.low") or 0, 3), round(value(document, "sla.high") or 0, 3)) == (0.812, 0.968)
    assert value(document, "sla.not_due") == 1
    assert "Case late (medium, analyst-02 owns it) is 1 h past its SLA" in words(document)


async def test_a_share_below_target_within_its_interval_is_amber() -> None:
    """Below the target but with the target inside the interval is noise: amber, never red."""
    rows = [closed(1) for _ in range(18)] + [closed(11) for _ in range(2)]
    document = await answer(soc_of(rows))
    assert document.verdict is not None
    assert "sla.attainment amber" in document.verdict.rule
    assert document.verdict.status == "amber"


async def test_mix_adjustment_shows_that_both_priorities_improved() -> None:
    """Domain §0.3 (Simpson): crude +25 %, at the previous mix −12.5 %."""
    september = OCTOBER - timedelta(days=30)
    before = [closed(4, september, priority="critical")] * 50 + [closed(20, september, priority="medium")] * 50
    after = [closed(3, priority="critical")] * 20 + [closed(18, priority="medium")] * 80
    rows = [row | {"case_id": str(i)} for i, row in enumerate(before + after)]
    figure = (await answer(soc_of(rows))).figure("mttr.mix_adjusted.mean")
    assert (figure.value, figure.previous) == (pytest.approx(10.5 * 3600), pytest.approx(12 * 3600))
    assert "crude mean +25.0 %, at the previous mix -12.5 %" in figure.note


async def test_trend_uses_the_fixed_words_and_the_worked_example() -> None:
    """Domain §0.3: twelve monthly medians falling from 9.1 h to 6.5 h give S −60, Z −4.046 and “improving”."""
    medians = (9.1, 8.7, 8.9, 8.2, 8.4, 7.9, 7.6, 7.8, 7.1, 7.0, 6.8, 6.5)
    months = [datetime(2025 + (10 + i) // 12, (10 + i) % 12 + 1, 9, 8, tzinfo=UTC) for i in range(12)]
    rows = [closed(hours, month) for month, hours in zip(months, medians, strict=True) for _ in range(5)]
    document = await answer(soc_of(rows), "metrics soc --trend-analysis")
    assert value(document, "trend.mttr.s") == -60
    assert value(document, "trend.mttr.z") == pytest.approx(-4.046, abs=1e-3)
    assert value(document, "trend.mttr.p") == pytest.approx(5.2e-5, rel=0.02)
    assert value(document, "trend.mttr.slope") == pytest.approx(-0.2293 * 3600, rel=1e-3)
    assert "MTTR: improving (" in words(document)
    chart = next(b for b in document.blocks if isinstance(b, Chart) and b.shape == "line")
    assert chart.labels[0] == "2025-11"
    assert chart.labels[-1] == "2026-10"
    assert chart.series[0].values == pytest.approx(medians)


async def test_time_against_volume_is_told_without_a_cause() -> None:
    """Twelve months with 5 to 16 cases whose median rises with them: tau 1, p as by 2 of 12! orders, no "because"."""
    rows = []
    for month in range(12):
        at = datetime(2025 + (10 + month) // 12, (10 + month) % 12 + 1, 3, 8, tzinfo=UTC)
        rows += [closed(1 + month, at) for _ in range(5 + month)]
    document = await answer(soc_of(rows), "metrics soc --trend-analysis")
    figure = document.figure("trend.mttr.volume_tau")
    assert (figure.value, figure.n) == (pytest.approx(1.0), 12)
    assert f"p = {2 / factorial(12):.2g}" in figure.definition
    assert figure.window is not None
    assert (figure.window.start.year, figure.window.start.month) == (2025, 10)  # 1 November in Berlin
    assert "MTTR and cases opened: rise and fall together" in words(document)


async def test_the_running_month_is_in_no_trend() -> None:
    """The partial period is shown apart, as “to date”."""
    rows = [closed(5) for _ in range(6)] + [closed(900 / 60, ago(days=5)) for _ in range(7)]
    document = await answer(soc_of(rows), "metrics soc --trend-analysis --performance")
    assert value(document, "to_date.opened") == 7
    assert "2026-11 to date" in words(document)
    assert "2026-11" not in [row[0][0].text for row in table(document, "By period").rows if hasattr(row[0][0], "text")]
    assert value(document, "mttr.n") == 6


async def test_few_periods_claim_nothing() -> None:
    """With fewer than eight periods with a value there is no trend figure and no claim."""
    document = await answer(soc_of([closed(5) for _ in range(30)]), "metrics soc --trend-analysis")
    assert value(document, "trend.mttr.s") is None
    assert "no evidence of a trend; 1 periods have a value and 8 are needed" in words(document)


async def test_rule_revisions_annotate_the_trend() -> None:
    """Rules revised and people who joined are named under the period in which they did."""
    rule = Rule("ru_1", "noisy_rule", True, True, "low", (), "", OCTOBER)
    person = Person(id="p", name="Analyst 01", tier=1, role="x", zone="UTC", start=OCTOBER.date())
    soc = soc_of([closed(5)], POLICY, *TARGETS, person, alerts=FakeFeed(known_rules=[rule]))
    text = words(await answer(soc, "metrics soc --trend-analysis"))
    assert "2026-10: 1 rules revised, among them noisy_rule; 1 joined" in text


async def test_under_five_cases_there_is_no_statistic_and_under_twenty_no_change() -> None:
    """n < 5: no statistic, and it says so; n < 20: too few to call a change."""
    few = await answer(soc_of([closed(5)] * 4))
    assert value(few, "mttr.median") is None
    assert "fewer than 5 cases" in few.figure("mttr.median").note
    some = await answer(soc_of([closed(5)] * 19))
    assert "too few to call a change" in some.figure("mttr.median").note
    assert some.verdict is not None
    assert "Too few to call a change" in words(some)


async def test_missing_time_points_are_not_zero() -> None:
    """Without a recorded first activity MTTD has no value, and the reason is printed."""
    document = await answer(soc_of([closed(5)] * 6))
    figure = document.figure("mttd.median")
    assert figure.value is None
    assert "not computable" in figure.note
    assert "MTTD = first activity→first detection" in words(document)


async def test_tests_merged_and_backward_cases_are_left_out_and_counted() -> None:
    """Simulations, merged duplicates and negative durations are excluded, counted and the latter listed."""
    rows = [closed(5)] * 6 + [closed(1, type="test"), closed(1, merged_into="9"), closed(-2, case_id="777")]
    document = await answer(soc_of([dict(r) for r in rows]))
    assert value(document, "mttr.n") == 6
    assert value(document, "mttr.excluded") == 3
    assert "777" in words(document)


async def test_previous_period_and_last_year_stand_beside() -> None:
    """Each figure carries the period before; the medians of the same month a year ago have ids of their own."""
    rows = [closed(5)] * 6 + [closed(8, OCTOBER - timedelta(days=30))] * 6 + [closed(9, OCTOBER.replace(year=2025))] * 6
    document = await answer(soc_of([dict(r) for r in rows]))
    assert document.figure("mttr.median").previous == 8 * 3600
    assert value(document, "mttr.last_year.median") == 9 * 3600
    assert value(document, "flow.arrivals") == 6


async def test_the_ledgers_reach_limits_the_comparison() -> None:
    """A period before the ledger is complete is not compared with, and it says so."""
    soc = soc_of([closed(5)] * 6, facts={"complete_from": datetime(2026, 9, 20, tzinfo=UTC)})
    document = await answer(soc)
    assert document.figure("mttr.median").previous is None
    assert "the ledger does not reach back over 2026-09" in words(document)


async def test_closed_cohort_takes_cases_by_their_close() -> None:
    """`--cohort closed` counts what was closed in the month, wherever it was opened."""
    rows = [closed(24 * 20, OCTOBER - timedelta(days=15))] * 6 + [closed(24 * 40)] * 5
    soc = soc_of([dict(r) for r in rows])
    assert value(await answer(soc, "metrics soc --cohort closed"), "mttr.n") == 6
    assert value(await answer(soc), "mttr.n") == 5


async def test_google_preset_counts_as_its_dashboards_do() -> None:
    """Preset google: mean from the earliest event to the latest close, only cases that have both."""
    rows = [closed(h, case_id=str(h)) for h in (1, 2, 3, 4, 5)] + [{"case_id": "open", "created_at": OCTOBER}]
    events = [CaseEvent(str(h), OCTOBER - H, "CREATE_CASE") for h in (1, 2, 3, 4, 5)]
    events += [CaseEvent(str(h), OCTOBER + h * H, "CLOSE_CASE") for h in (1, 2, 3, 4, 5)]
    document = await answer(soc_of(rows, events=events), "metrics soc --preset google")
    assert value(document, "mttr.mean") == pytest.approx(4 * 3600)
    assert value(document, "mttr.n") == 5
    assert "Google SecOps definition" in document.figure("mttr.mean").definition


async def test_precision_per_rule() -> None:
    """Domain §2: 6 true and 38 false positives are a precision of 13.6 %; a legitimate action is neither."""
    rows = [closed(1, close_reason="MALICIOUS", rule="r")] * 6 + [
        closed(1, close_reason="NOT_MALICIOUS", rule="r")
    ] * 38
    document = await answer(soc_of([dict(r) for r in rows]))
    assert value(document, "fp.share") == pytest.approx(38 / 44)
    cells = ["".join(getattr(s, "text", "") for s in cell) for cell in table(document, "Precision").rows[0]]
    assert cells[:5] == ["r", "6", "38", "0", "13.6 %"]
    assert "Rule r: 38 false positives" not in words(document)


async def test_bulk_closes_are_named() -> None:
    """More than a fifth of a month's closes in one hour makes durations around it doubtful, and it is said."""
    rows = [closed(24 * day + 1) for day in range(1, 15)] + [
        closed(100 - i / 100, OCTOBER + i * H / 100) for i in range(9)
    ]
    assert "9 of 23 closes of 2026-10 fell in the hour" in words(await answer(soc_of(rows)))


async def test_an_sla_in_business_hours_needs_its_calendar() -> None:
    """A policy whose calendar is missing is left out with a sentence; with it, nights and weekends do not count."""
    policy = SlaPolicy(metric="resolve", priority="medium", target_minutes=180, clock="business", calendar="office")
    office = Calendar(id="office", zone="Europe/Berlin", days=("mon", "tue", "wed", "thu", "fri"), start=time(9),
                      end=time(17))  # fmt: skip
    friday = datetime(2026, 10, 16, 14, 30, tzinfo=UTC)
    rows = [closed(66.75, friday)] * 5
    lost = await answer(soc_of(rows, policy, *TARGETS))
    assert value(lost, "sla.attainment") is None
    assert "its business calendar “office” is not in the organisation's files" in words(lost)
    assert value(await answer(soc_of(rows, policy, office, *TARGETS)), "sla.attainment") == 1


async def test_a_missing_ledger_is_a_notice_and_no_number() -> None:
    """When the ledger fails there is no figure at all, the status is unknown and the failure is named."""
    soc = fake_soc(ledger=FakeLedger(fail=TimedOut("Case ledger", 5)), organisation=FakeOrganisation(POLICY))
    document = await answer(soc)
    assert document.figures == ()
    assert document.verdict is not None
    assert document.verdict.status == "unknown"
    assert "timed out after 5 s" in words(document)


async def test_missing_policies_leave_the_sla_out_and_never_green() -> None:
    """Without SLA policies and targets durations are shown, the SLA has no value, and the status is unknown."""
    document = await answer(fake_soc(ledger=FakeLedger([closed(5)] * 6)))
    assert value(document, "mttr.median") == 5 * 3600
    assert value(document, "sla.attainment") is None
    assert document.verdict is not None
    assert document.verdict.status == "unknown"
    assert "sla.yaml" in words(document)


async def test_an_empty_period_has_counts_of_zero_and_no_durations() -> None:
    """No case in the period: counts are zero because they were counted, durations have no value."""
    document = await answer(soc_of([]))
    assert value(document, "flow.arrivals") == 0
    assert value(document, "mttr.median") is None
    assert value(document, "fp.share") is None


async def test_a_truncated_ledger_is_said() -> None:
    """A cut ledger marks its figures and is announced."""
    document = await answer(soc_of([closed(5)] * 6, facts={"truncated": True}))
    assert document.figure("mttr.n").truncated
    assert "truncated" in words(document)


async def test_failing_annotations_do_not_take_the_trend_away() -> None:
    """When the SIEM does not answer, the trend stands without annotations and a notice says why."""
    soc = soc_of([closed(5)] * 6, alerts=FakeFeed(fail=Unavailable("SIEM", "is away")))
    document = await answer(soc, "metrics soc --trend-analysis")
    assert "SIEM is away" in words(document)
    assert value(document, "trend.mttr.n") == 1


@pytest.mark.parametrize("frame", ["soonish", "2026-13", "2026-11-02/2026-11-01", "2027-01", "0001-01-01", "9999"])
async def test_bad_timeframes_are_the_askers_error(frame: str) -> None:
    """A timeframe that is none, reversed, or in the future raises BadFlag with what it can be."""
    with pytest.raises(BadFlag):
        await ask(COMMAND, f"metrics soc --timeframe {frame}", soc_of([]))


@pytest.mark.parametrize("kind", ["hourly", "daily", "weekly", "monthly", "quarterly", "yearly", "2026-Q3", "2026-W40"])
async def test_every_kind_of_period_answers(kind: str) -> None:
    """Each calendar kind and ISO name gives an answer whose button asks the same again."""
    document = await answer(soc_of([closed(5)] * 6), f"metrics soc --timeframe {kind} --trend-analysis")
    buttons = next(b for b in document.blocks if isinstance(b, Actions)).buttons
    assert buttons[0].line == f"metrics soc --timeframe {kind} --preset org --trend-analysis"


async def test_persons_are_a_direct_message_to_a_manager() -> None:
    """`--person` is refused in a channel and privately beside one, and to roles without the permission."""
    soc = soc_of([closed(5)] * 6)
    for visibility in ("channel", "private"):
        with pytest.raises(UserError, match="direct message"):
            await ask(COMMAND, "metrics soc --person", soc, visibility=visibility)
    with pytest.raises(Denied):
        await ask(COMMAND, "metrics soc --person", soc, role="lead", visibility="direct")
    with pytest.raises(Denied):
        await ask(COMMAND, "metrics soc", soc, role="analyst")


async def test_persons_are_shown_with_their_case_mix_and_never_ranked() -> None:
    """By name with the share of urgent cases; under five cases no time; the document is private."""
    rows = [closed(9, assignee="b-2", priority="high")] * 6 + [closed(1, assignee="a-1")] * 2
    roster = Person(id="x", name="Analyst 02", tier=1, role="x", zone="UTC", desk_user="b-2")
    document = await answer(
        soc_of([dict(r) for r in rows], POLICY, *TARGETS, roster), "metrics soc --person", visibility="direct"
    )
    cells = [["".join(getattr(s, "text", "") for s in c) for c in row] for row in table(document, "Cases closed").rows]
    assert [row[0] for row in cells] == ["Analyst 02", "a-1"]
    assert cells[0][2:4] == ["100 %", "9 h"]
    assert cells[1][3] == "too few"
    assert document.private
    assert "case mix" in words(document)


async def test_pseudonyms_hide_names_and_stay_the_same() -> None:
    """With the works-council setting no id or name appears, and the same person keeps the same pseudonym."""
    soc = soc_of([closed(9)] * 6, pseudonyms=True)
    first = await answer(soc, "metrics soc --person", visibility="direct")
    again = await answer(soc, "metrics soc --person", visibility="direct")
    assert "Person " in words(first)
    assert table(first, "Cases closed") == table(again, "Cases closed")
    by_person = table(first, "Cases closed").model_dump_json()
    assert "analyst-01" not in by_person


async def test_the_anonymous_distribution_names_nobody() -> None:
    """In a channel workload is a distribution: Gini, variation, busiest share, no ids."""
    rows = [closed(1, assignee=f"analyst-{p}") for p, n in enumerate((40, 22, 20, 18, 10)) for _ in range(n)]
    document = await answer(soc_of(rows), visibility="channel")
    assert value(document, "workload.gini") == pytest.approx(0.233, abs=1e-3)
    assert "analyst-" not in words(document)
    assert not document.private


async def test_cases_per_rostered_hour_and_long_runs() -> None:
    """Closed cases over hours on shift; a person rostered every day has worked more than six on end; no names."""
    person = Person(id="p-1", name="Analyst 01", tier=1, role="x", zone="UTC")
    week: Any = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    shift = Shift(person="p-1", days=week, start=time(8), end=time(16), zone="UTC")
    away = Absence(person="p-2", first=OCTOBER.date(), last=OCTOBER.date(), kind="leave")
    document = await answer(soc_of([closed(5)] * 31, POLICY, *TARGETS, person, shift, away))
    assert value(document, "workload.cases_per_hour") == pytest.approx(31 / (31 * 8))
    assert (value(document, "workload.long_runs"), document.figure("workload.long_runs").n) == (1, 1)
    assert value(await answer(soc_of([closed(5)] * 6)), "workload.cases_per_hour") is None


async def test_hostile_titles_stay_data() -> None:
    """A title with markup is kept as it is, in text."""
    title = "<!channel> *a* | b <at>x</at>"
    rows = [{"created_at": ago(hours=90), "title": title, "assignee": "analyst-01"}]
    document = await answer(soc_of(rows), f"metrics soc {NOVEMBER}")
    assert title in words(document)


async def test_the_answer_is_the_same_twice() -> None:
    """The same data at the same instant gives the same document."""
    soc = soc_of([closed(h) for h in (1, 2, 3, 4, 5, 6)])
    assert await answer(soc) == await answer(soc)
    assert soc.clock.now() == NOW


async def test_without_promises_there_is_no_sla_figure_but_the_reason() -> None:
    """No sla.yaml, or one without the promise: no count of zero, no n of zero, and a notice names the file."""
    rows = [closed(5)] * 6
    lost = await answer(fake_soc(ledger=FakeLedger(rows)))
    none = await answer(soc_of(rows, *TARGETS))
    half = await answer(soc_of(rows, POLICY, *TARGETS))
    for document, metrics in ((lost, ("sla", "sla.acknowledge")), (none, ("sla", "sla.acknowledge")),
                              (half, ("sla.acknowledge",))):  # fmt: skip
        said = " ".join(reading.words(notice.text, document) for notice in document.notices)
        assert "sla.yaml" in said
        for metric in metrics:
            found = [f for f in document.figures if f.id.rpartition(".")[0] == metric]
            assert [(f.id, f.value, f.n) for f in found] == [(f"{metric}.attainment", None, None)]
            assert "sla.yaml" in found[0].note
    assert value(half, "sla.met") == 6


async def test_a_point_that_is_never_recorded_gives_no_count_of_zero() -> None:
    """Containment is recorded for none of six incidents: no n of zero, no open of zero; how many is said."""
    document = await answer(soc_of([closed(5, incident=True)] * 6))
    assert [(value(document, f"mttc.{name}"), document.figure(f"mttc.{name}").n) for name in ("n", "open")] == [
        (None, None),
        (None, None),
    ]
    assert "recorded for none of 6 cases" in document.figure("mttc.open").note


async def test_under_five_cases_the_list_is_shown() -> None:
    """Domain §0.3: below n = 5 show the list, no statistic; a case still open says so."""
    rows = [closed(5, case_id="c-2", priority="critical"), *[closed(1)] * 6]
    rows.append({"created_at": OCTOBER, "case_id": "c-1", "priority": "critical", "assignee": "analyst-01"})
    text = words(await answer(soc_of(rows)))
    assert "MTTR, critical: case c-2 5 h, case c-1 48 d 1 h and open." in text
