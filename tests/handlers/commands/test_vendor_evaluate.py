"""`vendor evaluate` through run(): ranking, dates counted back, proof of concept, and what is missing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.errors import Unreadable
from connectors.models.organisation import FILES
from connectors.models.organisation.money import (
    Candidate,
    Contract,
    Criterion,
    FinancePolicy,
    FxRate,
    PocMeasure,
    PocPlan,
    PocTest,
    RfiSection,
    Score,
    Selection,
    SelectionStage,
    VendorOutage,
    VendorTicket,
)
from handlers.commands.vendor_evaluate import COMMAND
from handlers.core.errors import BadFlag
from tests.handlers.commands.test_budget_plan import contract
from tests.handlers.commands.twins import Desk, cells, lines, table, with_commands, words

ALL = "/security:vendor evaluate --soc-tools --rfi-process --poc-planning"
GOOD: dict[str, Any] = {
    "soc2_until": date(2027, 11, 1), "data_location": "EU", "critical_function": True, "in_dora_register": True,
    "dora_clauses": "pass", "exit_plan_tested": date(2026, 6, 1), "availability": 0.99,
}  # fmt: skip
SIEM = contract("SIEM", end=date(2027, 3, 31), **GOOD)
VALUES = {"V1": (78, 4, 3, 420_000), "V2": (70, 5, 4, 310_000), "V3": (85, 3, 3, 560_000)}
IDS = ("coverage", "integration", "operations")


def scores(raters: tuple[str, ...] = ("r1", "r2")) -> list[Score]:
    return [
        Score(selection="s", candidate=name, criterion=criterion, rater=rater, value=VALUES[name][n],
              at=date(2026, 10, 1), evidence="seen")
        for name in VALUES for n, criterion in enumerate(IDS) for rater in raters
    ]  # fmt: skip


def desk(stage: str = "Award", days: int = 7, siem: Contract = SIEM) -> Desk:
    """The domain's example as a selection; the award takes seven days, notice is due in 39."""
    made = with_commands(COMMAND)
    weights = (0.35, 0.20, 0.20, 0.25)
    made.organisation.files = {
        Contract: [siem], FinancePolicy: [FinancePolicy()], FxRate: [],
        Selection: [Selection(id="s", title="New SIEM", product="SIEM", owner="lead-01", raters=("r1", "r2"),
                              stage=stage)],
        SelectionStage: [SelectionStage(name=n, days=d, gate="g") for n, d in (("POC", 30), ("Award", days))],
        Criterion: [
            *(Criterion(selection="s", id=i, name=i.capitalize(), weight=w)
              for i, w in zip(IDS, weights, strict=False)),
            Criterion(selection="s", id="tco", name="TCO", weight=0.25, better="lower", basis="tco"),
        ],
        Candidate: [Candidate(selection="s", name=n, licence=v[3], currency="EUR") for n, v in VALUES.items()],
        Score: scores(), VendorOutage: [],
        VendorTicket: [VendorTicket(id="t", product="SIEM", opened=datetime(2026, 9, 1, 8, tzinfo=UTC),
                                    answered=datetime(2026, 9, 1, 9, tzinfo=UTC), promised_hours=4, severity="high")],
        RfiSection: [RfiSection(id="x", title="Exit", asks=("exit",), source="s", confidence="unchecked",
                                checked=date(2026, 11, 22))],
        PocPlan: [PocPlan(selection="s", start=date(2026, 11, 9), fixed=date(2026, 11, 1), entry=("e",), exit=("x",),
                          kill=("k",), data_signed_off=date(2026, 11, 1), same_data=True)],
        PocTest: [PocTest(selection="s", id=f"{n}", title=f"Case {n}", gap="gap", technique="T1059",
                          results={"V1": 5.0 if n < 9 else None, "V2": 5.0 if n < 10 else None}) for n in range(12)],
        PocMeasure: [PocMeasure(selection="s", candidate="V1", false_positives_per_day=8, analyst_minutes=10)],
    }  # fmt: skip
    return made


async def test_worked_example() -> None:
    """V2 leads with .65, TOPSIS .730 in the same order, and the answer warns that it has the lowest coverage."""
    said = await desk().run("vendor evaluate")
    rows = cells(said, "Ranking")
    assert [(row[0], row[-2], row[-1]) for row in rows] == [
        ("V2", "0.650", "0.730"), ("V1", "0.427", "0.490"), ("V3", "0.350", "0.270"),
    ]  # fmt: skip
    assert "V2 wins although it is the lowest on Coverage" in words(said)
    assert "Coverage from 35 % to 50 % makes V3 win" in words(said)
    assert said.figure("selection.margin").value == pytest.approx(0.65 - 0.42667, abs=5e-5)
    assert said.verdict is not None and said.verdict.status == "green"


async def test_dates_counted_back() -> None:
    """Notice 31 December 2026, negotiation from 2 October; the award is counted back from notice and contract end."""
    said = await desk().run("vendor evaluate --soc-tools --rfi-process")
    assert cells(said, "Vendors")[0][1:4] == ["2027-03-31", "2026-12-31", "2026-10-02"]
    poc, award = cells(said, "Way to the award")
    assert award[:5] == ["Award (now)", "7", "2026-12-24", "2026-12-31", "2027-03-31"]
    assert poc[2:4] == ["2026-11-24", "2026-12-24"]
    assert said.figure("selection.days_to_notice").value == 39
    assert "in time for the notice day" in words(said)


@pytest.mark.parametrize(
    ("stage", "days", "siem", "status"),
    [
        ("Award", 39, SIEM, "green"),
        ("Award", 40, SIEM, "red"),
        ("Award", 40, SIEM.model_copy(update={"auto_renew": False}), "green"),
        ("POC", 9, SIEM, "green"),
        ("POC", 10, SIEM, "red"),
        ("Nowhere", 7, SIEM, "unknown"),
        ("Award", 7, SIEM.model_copy(update={"end": date(2026, 11, 21)}), "red"),
        ("Award", 7, SIEM.model_copy(update={"notice_days": 110}), "amber"),
        ("Award", 7, SIEM.model_copy(update={"dora_clauses": "unknown"}), "amber"),
        ("Award", 7, SIEM.model_copy(update={"dora_clauses": "unknown", "critical_function": False}), "green"),
        ("Award", 7, SIEM.model_copy(update={"product": "Other"}), "unknown"),
    ],
)
async def test_the_rule(stage: str, days: int, siem: Contract, status: str) -> None:
    """Each clause of the rule, at its edge."""
    said = await desk(stage, days, siem).run("vendor evaluate")
    assert said.verdict is not None and said.verdict.status == status


async def test_scores_stay_private_until_all_are_in() -> None:
    """With one rater missing no score, mean or disagreement is shown, only how many are in; the colour is amber."""
    made = desk()
    made.organisation.files[Score] = [*scores(("r1",)), scores(("r2",))[0]]
    said = await made.run("vendor evaluate")
    assert "10 of 18 scores are in, and scores stay private until all are" in words(said)
    assert not any(block.kind == "table" and block.caption.startswith("Ranking") for block in said.blocks)
    assert said.verdict is not None and said.verdict.status == "amber"
    assert said.figure("selection.margin").value is None
    assert "r1" not in words(said) and "r2" not in words(said)


async def test_currency_without_a_rate() -> None:
    """A candidate priced in a currency without a rate stops the ranking and names currency and file."""
    made = desk()
    first, *rest = made.organisation.files[Candidate]
    made.organisation.files[Candidate] = [first.model_copy(update={"currency": "SEK"}), *rest]
    said = await made.run("vendor evaluate")
    assert "no rate from SEK to EUR is on file (fx_rates.yaml)" in words(said)
    assert said.verdict is not None and said.verdict.status == "amber"


async def test_expired_contract_is_a_sentence() -> None:
    """A contract that ran out is told with its days and its owner."""
    said = await desk(siem=SIEM.model_copy(update={"end": date(2026, 11, 2)})).run("vendor evaluate")
    assert "SIEM ran out 20 days ago: renew or remove it (owner: lead-01)." in words(said)


async def test_proof_of_concept() -> None:
    """Nine and ten of twelve carry their intervals and cannot be told apart; a test missed by all is named."""
    said = await desk().run("vendor evaluate --poc-planning")
    first, second = cells(said, "Measured")
    assert first[:4] == ["V1", "9 of 12, 75 %", "46.8 to 91.1 %", "5 min"]
    assert second[1] == "10 of 12, 83.3 %" and second[4] == "—"
    assert "V1 and V2 cannot be told apart on detection." in words(said)
    assert "Missed by all: Case 10 (gap)." in words(said) and "day 14 of 30" in words(said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fixed": None}, "criteria were fixed never"),
        ({"fixed": date(2026, 11, 10)}, "criteria were fixed on 2026-11-10, after the start"),
        ({"data_signed_off": None}, "Data protection had not signed off"),
        ({"data_signed_off": date(2026, 11, 10)}, "Data protection had not signed off"),
        ({"kill": ()}, "There are no kill criteria"),
        ({"same_data": False}, "same data"),
    ],
)
async def test_readiness(change: dict[str, Any], said: str) -> None:
    """What was not settled before the start is a sentence; a plan in order has none."""
    made = desk()
    assert said not in words(await made.run("vendor evaluate --poc-planning"))
    [plan] = made.organisation.files[PocPlan]
    made.organisation.files[PocPlan] = [plan.model_copy(update=change)]
    assert said in words(await made.run("vendor evaluate --poc-planning"))


async def test_number_of_test_cases() -> None:
    """Fewer than eight or more than twelve test cases, or one without a gap, are told."""
    made = desk()
    made.organisation.files[PocTest] = made.organisation.files[PocTest][:7]
    assert "7 test cases: 8 to 12 are usual" in words(await made.run("vendor evaluate --poc-planning"))


NEEDED = (Contract, Selection, SelectionStage, VendorTicket, VendorOutage)


@pytest.mark.parametrize("record", sorted(desk().organisation.files, key=str))
async def test_a_missing_file_names_itself(record: type) -> None:
    """Each missing file is a notice that names it, and nothing that the rule needs is green without it."""
    made = desk()
    del made.organisation.files[record]
    said = await made.run(ALL)
    assert FILES[record] in " ".join(str(notice.text) for notice in said.notices)
    assert said.verdict is not None
    assert said.verdict.status != "green" or record not in (*NEEDED, Criterion, Candidate, Score)
    if record is VendorOutage:
        assert cells(said, "Vendors")[0][5] == "not known"


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (Contract, "Vendors: not known, vendors.yaml could not be read."),
        (Selection, "Ranking, RFI process, Proof of concept: not known, selections.yaml could not be read."),
        (SelectionStage, "RFI process: not known, selection_stages.yaml could not be read."),
        (PocPlan, "Proof of concept: not known, poc_plan.yaml could not be read."),
        (PocTest, "Test cases and results: not known, poc_tests.yaml could not be read."),
    ],
)
async def test_a_section_that_was_asked_for_says_why_it_is_not_there(record: type, told: str) -> None:
    """It is never just missing, and a file that is missing is not "0 test cases"."""
    made = desk()
    del made.organisation.files[record]
    said = words(await made.run(ALL))
    assert told in said
    assert "0 test cases" not in said


async def test_measures_and_tickets_that_are_missing_are_not_a_dash() -> None:
    """A dash is "nothing to judge"; a file that could not be read is "not known"."""
    made = desk()
    for record in (PocMeasure, VendorTicket):
        del made.organisation.files[record]
    said = await made.run(ALL)
    assert {row[4] for row in cells(said, "Measured")} == {"not known"}
    assert cells(said, "Vendors")[0][4] == "not known"


async def test_the_scoring_sheet_has_a_column_a_candidate() -> None:
    """The question bank is the sheet in which answers are scored; a button makes the file."""
    said = await desk().run("vendor evaluate --rfi-process")
    assert [one.label for one in table(said, "Question bank").columns][2:] == ["V1", "V2", "V3"]
    assert "export --as xlsx vendor evaluate --rfi-process" in lines(said)


async def test_a_question_bank_nobody_compared_says_so() -> None:
    """Sections say how sure they are in words; without a date they were never checked."""
    made = desk()
    (one,) = made.organisation.files[RfiSection]
    told = {"confidence": "K", "status": "draft: not compared with a standard", "checked": None}
    made.organisation.files[RfiSection] = [one.model_copy(update=told)]
    said = words(await made.run("vendor evaluate --rfi-process"))
    assert "s, confidence K, draft: not compared with a standard, never checked." in said


async def test_a_broken_file_is_a_notice() -> None:
    """A file that cannot be read is told as such; the vendors stand without it."""
    made = desk()
    made.organisation.fails["Score"] = Unreadable("Organisation", "vendor_scores.yaml line 3, field value: x")
    said = await made.run("vendor evaluate")
    assert "vendor_scores.yaml line 3" in words(said)
    assert len(table(said, "Vendors").rows) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [({}, True), ({"end": date(2028, 3, 31)}, False), ({"notice_days": 140}, False),
     ({"notice_days": 140, "auto_renew": False}, True)],
)  # fmt: skip
async def test_negotiation_position(change: dict[str, Any], told: bool) -> None:
    """From 90 days before notice, price, its change, use, cap and service are told, unless it is renewed already."""
    siem = SIEM.model_copy(update={"price_before": 800, "rise_cap": 0.05} | change)
    said = words(await desk(siem=siem).run("vendor evaluate"))
    wanted = "To negotiate now, SIEM: 1,000 EUR a year, price of one +25.0 % on the term before, 80 % of what is"
    assert (wanted in said) is told
    assert ("a rise is capped at 5 %, 0 of 1 tickets answered late" in said) is told


async def test_no_selection_running() -> None:
    """Without a selection the contracts are judged alone."""
    made = desk()
    made.organisation.files[Selection] = []
    said = await made.run(ALL)
    assert "No selection is running." in words(said)
    assert said.verdict is not None and said.verdict.status == "green"


async def test_permission_and_flags() -> None:
    """Only who may see money gets an answer, and a wrong flag is told."""
    made = desk()
    made.everybody = ("lead",)
    answer = await made.answer("vendor evaluate")
    assert answer.outcome == "refused" and "money.read" in words(answer.document)
    with pytest.raises(BadFlag):
        await desk().run("vendor evaluate --poc")


async def test_hostile_names_stay_data_and_buttons_work() -> None:
    """Names from files are text, and every button of this command is a line it answers."""
    made = desk(siem=SIEM.model_copy(update={"vendor": "<!here>", "breaches": ("<!channel> *x*",)}))
    said = await made.run(ALL)
    assert "breach: <!channel> *x*" in cells(said, "Vendors")[0][6]
    own = [text for text in lines(said) if text.startswith("vendor evaluate")]
    assert len(own) == 3
    for text in own:
        assert (await made.run(text)).title == "SOC vendors"
