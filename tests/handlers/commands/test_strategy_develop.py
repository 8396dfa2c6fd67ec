"""`strategy develop` through run(): the worked example, circles, missing files, tools, hostile titles."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from connectors.errors import TimedOut
from connectors.models.organisation import Contract, Control, Person, Skill, SkillNeed, Target
from connectors.models.organisation.detection import PurpleResult
from connectors.models.organisation.strategy import (
    Initiative,
    MaturityScore,
    QuarterCapacity,
    StrategyPolicy,
    ToolLifecycle,
)
from handlers.commands.strategy_develop import COMMAND
from handlers.core.errors import BadFlag, Denied
from messages.document import Document
from tests.handlers.commands.twins import Desk, cells, lines, table, with_commands, words

AT = date(2026, 10, 1)
PROVEN = "review of October"


def item(name: str, value: float | None, effort: float, *deps: str, **more: Any) -> Initiative:
    given = {"id": name, "title": f"Initiative {name}", "theme": "tune", "owner": "m", "deps": deps} | more
    return Initiative(value=value, effort=effort, **given)


def example() -> list[Initiative]:
    return [item("A", 8, 3), item("B", 6, 2, "A"), item("C", 9, 3), item("D", 5, 5, "A"), item("E", 7, 2, "B")]


def desk(*items: Initiative) -> Desk:
    """The domain's example with four quarters of five, and maturity 2.0, 2.5, 1.5, 3.0, 2.0 against 3."""
    made = with_commands(COMMAND)
    marks: dict[Any, float] = {"business": 2.0, "people": 2.5, "process": 1.5, "technology": 3.0, "services": 2.0}
    made.organisation.files = {
        Initiative: list(items) or example(),
        MaturityScore: [
            MaturityScore(domain=name, aspect="a", score=score, target=3, evidence=PROVEN, at=AT)
            for name, score in marks.items()
        ],
        QuarterCapacity: [QuarterCapacity(quarter=f"2027-Q{n}", effort=5) for n in range(1, 5)],
        StrategyPolicy: [StrategyPolicy()],
        ToolLifecycle: [tool("Box", date(2026, 11, 21)), tool("Gate", date(2029, 1, 1))],
        Contract: [contract("Box", "sandbox"), contract("Gate", "sandbox")],
        Control: [],
        Skill: [],
        SkillNeed: [],
        Person: [],
        Target: [],
        PurpleResult: [],
    }
    return made


def tool(name: str, ends: date | None, **more: Any) -> ToolLifecycle:
    given: dict[str, Any] = {"business_value": 2, "technical_quality": 2, "api": "no", "data_out": "none", "at": AT}
    return ToolLifecycle(tool=name, support_ends=ends, **(given | more))


def contract(product: str, *capabilities: str, end: date = date(2027, 12, 31)) -> Contract:
    return Contract(
        vendor="v", product=product, capabilities=capabilities, start=date(2026, 1, 1), end=end,
        notice_days=30, auto_renew=False, price=1, currency="EUR", metric="m", entitled=10, used_p95=4, owner="m",
    )  # fmt: skip


def order(said: Document) -> list[str]:
    return [row[1].removeprefix("Initiative ") for row in cells(said, "Initiatives in order")]


async def test_worked_example() -> None:
    """C, A, B, E, D; maturity 2.2 in all; the largest gap is process with 1.5, and technology is the usual mistake."""
    said = await desk().run("strategy develop --soc-roadmap")
    assert order(said) == ["C", "A", "B", "E", "D"]
    rows = cells(said, "Initiatives in order")
    assert rows[1][4] == "8 / 3 = 2.67, chain 3.00"
    assert [row[2] for row in rows] == [
        "now · 2027-Q1", "now · 2027-Q1 to 2027-Q2", "next · 2027-Q2", "next · 2027-Q2", "next · 2027-Q3",
    ]  # fmt: skip
    assert [row[5] for row in rows] == ["1 to 4", "1 to 2", "2 to 3", "3 to 4", "5"]
    assert said.figure("maturity.score").value == pytest.approx(2.2)
    assert said.figure("maturity.gap.max").value == pytest.approx(1.5)
    assert said.figure("roadmap.critical.effort").value == 8
    assert said.figure("roadmap.load.share").value == pytest.approx(0.75)
    assert "spending more on technology, the usual mistake, does not close it" in words(said)
    assert said.verdict is not None and said.verdict.status == "green"


async def test_the_exact_line_of_the_specification_works() -> None:
    """Both flags give the roadmap and the tools in one answer."""
    said = await desk().run("/security:strategy develop --soc-roadmap --technology-modernization")
    assert table(said, "Initiatives in order") and table(said, "Tools by end of support")
    assert said.verdict is not None and said.verdict.status == "red"


async def test_no_flag_is_the_roadmap_and_technology_alone_is_not() -> None:
    """Without a flag the roadmap is shown and no tool is asked for; technology alone shows tools only."""
    made = desk()
    said = await made.run("strategy develop")
    assert order(said) and "ToolLifecycle" not in made.organisation.asked
    alone = await made.run("strategy develop --technology-modernization")
    assert "Initiatives in order" not in words(alone)


async def test_a_circle_is_named_and_nothing_is_guessed() -> None:
    """Initiatives that wait for one another: red, the circle in order, no sequence and no figure of it."""
    said = await desk(item("a", 1, 1, "b"), item("b", 1, 1, "a"), item("c", 1, 1)).run("strategy develop")
    told = words(said)
    assert said.verdict is not None and said.verdict.status == "red"
    assert "a → b → a" in told or "b → a → b" in told
    assert "Initiatives in order" not in told and all(f.id != "roadmap.items.count" for f in said.figures)
    assert any(notice.level == "error" for notice in said.notices)
    assert said.figure("maturity.score").value == pytest.approx(2.2)


async def test_nothing_is_silently_dropped() -> None:
    """Blocked, worthless, dropped and too late ones are told with their reason; done ones free what waited."""
    said = await desk(
        item("done", 1, 1, status="done"), item("free", 1, 1, "done"), item("lost", 1, 1, "zz"),
        item("after", 1, 1, "lost"), item("worth", None, 1), item("off", 1, 1, status="dropped", why_not="too dear"),
        item("on_off", 1, 1, "off"), item("huge", 1, 99),
    ).run("strategy develop")  # fmt: skip
    told = words(said)
    assert order(said) == ["free", "huge"]
    for sentence in (
        "Initiative lost: waits for zz, which initiatives.yaml does not hold.", "Initiative after: waits for lost.",
        "Initiative worth: has neither value nor maturity points to close.", "Initiative off: dropped, too dear.",
        "Initiative on_off: waits for off, which was dropped.", "Initiative huge: ends beyond the quarters",
    ):  # fmt: skip
        assert sentence in told
    assert said.figure("roadmap.items.count").value == 1
    assert said.verdict is not None and said.verdict.status == "amber"


async def test_twice_the_same_id_is_said() -> None:
    """Of two initiatives with one id the first is planned, and that is said."""
    said = await desk(item("a", 1, 1), item("a", 5, 1, title="Other")).run("strategy develop")
    assert order(said) == ["a"] and "stand twice in initiatives.yaml" in words(said)


async def test_values_from_maturity_points() -> None:
    """Points closed times the domain's weight times what a point is worth."""
    made = desk(item("a", None, 2, closes={"process": 0.5, "people": 0.1}))
    made.organisation.files[StrategyPolicy] = [StrategyPolicy(weights={"process": 2}, point_value=10)]
    assert cells(await made.run("strategy develop"), "Initiatives in order")[0][4] == "11 / 2 = 5.50"


async def test_decisions_money_and_work_in_progress_need_the_manager() -> None:
    """A decision past its day is red; what is planned without funding and too much at once are told."""
    running = [item(f"r{n}", 1, 1, status="running") for n in range(4)]
    late = item("x", 1, 1, decision="Buy or build", decide_by=date(2026, 11, 21), cost=700)
    said = await desk(*running, late).run("strategy develop")
    told = words(said)
    assert said.verdict is not None and said.verdict.status == "red"
    assert "late, it was due 2026-11-21" in told
    assert "Planned without funding: Initiative x (700 EUR)" in told
    assert "4 initiatives run at once, 3 are allowed" in told
    assert said.figure("roadmap.unfunded.sum").value == 700


async def test_currencies_are_not_added() -> None:
    """Costs in two currencies have no sum."""
    said = await desk(item("a", 1, 1, cost=1), item("b", 1, 1, cost=1, currency="USD")).run("strategy develop")
    assert all(figure.id != "roadmap.cost.sum" for figure in said.figures)
    assert "not added" in words(said)


@pytest.mark.parametrize("record", [Initiative, MaturityScore, QuarterCapacity])
async def test_a_missing_file_is_named_and_never_green(record: Any) -> None:
    """Without initiatives, maturity or capacity the rest is answered, the file is named and the colour is unknown."""
    made = desk()
    del made.organisation.files[record]
    said = await made.run("strategy develop")
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert record.FILE in words(said) and said.notices
    assert (record is Initiative) == ("Initiatives in order" not in words(said))


async def test_a_failing_source_is_a_notice_and_no_zero() -> None:
    """Tools that time out: a notice, no figure of theirs, unknown instead of green."""
    made = desk()
    made.organisation.fails["ToolLifecycle"] = TimedOut("Organisation", 5)
    said = await made.run("strategy develop --technology-modernization")
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert all(not figure.id.startswith("tools.") for figure in said.figures) and said.notices


async def test_tools() -> None:
    """Support that ended yesterday is over; overlap, use and a migration that comes too late are told."""
    made = desk()
    made.organisation.files[ToolLifecycle] = [
        tool("Box", date(2026, 11, 21), replaced_by="Gate", needs_first=("D",), parallel_months=1, parallel_cost=50),
        tool("Gate", date(2027, 5, 1), business_value=4, technical_quality=4),
        tool("Loose", None),
    ]
    said = await made.run("strategy develop --technology-modernization")
    box, gate, loose = cells(said, "Tools by end of support")
    assert box[1:4] == ["eliminate (2, 2)", "2026-11-21 (over)", "40 %"]
    assert (
        box[5] == "sandbox: Gate"
        and box[8] == "Gate once D in 2027-Q3, after support"
        and box[9] == "50 EUR (1 months)"
    )
    assert gate[1] == "invest (4, 4)"
    assert loose[2:4] == ["no date on file", "no contract"]
    assert (said.figure("tools.unsupported.count").value, said.figure("tools.ending.count").value) == (1, 1)
    assert "Tools without a contract in vendors.yaml: Loose" in words(said)


async def test_an_expired_contract_is_said() -> None:
    """A tool whose contract has ended is named with the day; what it shares with others no longer counts."""
    made = desk()
    made.organisation.files[Contract][0] = contract("Box", "sandbox", end=date(2026, 11, 21))
    said = await made.run("strategy develop --technology-modernization")
    assert "The contract of a tool has ended, so what it entitles to is old: Box (2026-11-21)." in words(said)
    assert said.figure("tools.overlap.count").value == 0


async def test_scores_without_evidence() -> None:
    """A score of 3 without evidence counts as 2 in the proven column and keeps the answer from green."""
    made = desk()
    made.organisation.files[MaturityScore] = [
        MaturityScore(domain="people", aspect="Training", score=3, target=3, at=AT)
    ]
    said = await made.run("strategy develop --details")
    assert said.verdict is not None and said.verdict.status == "amber"
    assert cells(said, "Maturity by domain")[0][4] == "2.0"
    assert cells(said, "Maturity by aspect")[0][5] == "missing"
    assert "Give evidence or lower the score: Training" in words(said)


async def test_open_gaps() -> None:
    """A failed control and a skill on one person that no live initiative names are told; named ones are not."""
    made = desk(item("a", 1, 1, gap_refs=("control:c1",)), item("b", 1, 1, gap_refs=("control:c2",), status="dropped"))
    made.organisation.files[Control] = [
        Control(id=name, statement="s", owner="o", frequency="daily", result="fail") for name in ("c1", "c2")
    ]
    made.organisation.files[Skill] = [Skill(person="p", skill="cloud", level=3, basis="manager", at=AT)]
    made.organisation.files[SkillNeed] = [SkillNeed(skill="cloud", level=3)]
    assert "Gaps that no initiative closes: control:c2, skill:cloud " in words(await made.run("strategy develop"))


async def test_techniques_an_exercise_missed_are_gaps() -> None:
    """The newest exercise counts: missed and in no live initiative, it is a gap; a missing file is said."""
    made = desk(item("A", 8, 3, gap_refs=("technique:T1048",)))
    results = (("T1190", 1, "missed"), ("T1048", 1, "missed"), ("T1003", 1, "missed"), ("T1003", 2, "detected"))
    made.organisation.files[PurpleResult] = [
        PurpleResult(id=f"{name}-{month}", technique=name, at=date(2026, month, 1), outcome=outcome)
        for name, month, outcome in results
    ]
    said = words(await made.run("strategy develop"))
    assert "Gaps that no initiative closes: technique:T1190 (owner: SOC manager)." in said
    assert "known in part" not in said
    del made.organisation.files[PurpleResult]
    told = "Gaps that no initiative closes are known in part: purple_results.yaml could not be read."
    assert told in words(await made.run("strategy develop"))


async def test_without_contracts_use_and_overlap_are_not_known() -> None:
    """A missing vendors.yaml is neither "no contract" nor 0 overlapping capabilities."""
    made = desk()
    whole = (await made.run("strategy develop --technology-modernization")).figure("tools.overlap.count")
    assert (whole.value, whole.n) == (1, 2)
    del made.organisation.files[Contract]
    said = await made.run("strategy develop --technology-modernization")
    overlap = said.figure("tools.overlap.count")
    assert (overlap.value, overlap.n, overlap.note) == (None, None, "vendors.yaml could not be read")
    assert {(row[3], row[5]) for row in cells(said, "Tools by end of support")} == {("not known", "not known")}


async def test_the_gantt_and_past_quarters() -> None:
    """Details show each initiative by quarter; quarters that are over are left out and that is said."""
    made = desk()
    made.organisation.files[QuarterCapacity] += [QuarterCapacity(quarter="2026-Q3", effort=50)]
    said = await made.run("strategy develop --details")
    assert [row[:3] for row in cells(said, "Initiatives by quarter")][:2] == [
        ["Initiative C", "■", "—"], ["Initiative A", "■", "■"],
    ]  # fmt: skip
    assert "quarters before 2026-Q4 are left out (1)" in words(said)


async def test_hostile_titles_stay_data() -> None:
    """A title is text whatever it holds."""
    title = "<!channel> *x* | y"
    said = await desk(item("a", 1, 1, title=title)).run("strategy develop")
    assert cells(said, "Initiatives in order")[0][1] == title


async def test_permission_and_flags() -> None:
    """It needs reports.read, and an unknown flag is told."""
    assert COMMAND.needs.value == "reports.read"
    with pytest.raises(BadFlag):
        await desk().run("strategy develop --roadmap")
    made = desk()
    made.everybody = ("analyst",)
    denied = await made.answer("strategy develop")
    assert Denied(COMMAND.needs.value, "").permission in words(denied.document)


async def test_buttons_are_lines_that_parse() -> None:
    """Every button's line is a line of this command."""
    made = desk()
    for line in lines(await made.run("strategy develop")):
        assert await made.run(line)
