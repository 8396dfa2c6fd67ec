"""`case list` through its run()."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import TimedOut, Unavailable
from connectors.models.cases import Sla
from handlers.commands import case_list
from handlers.core.errors import BadFlag, NotFound
from tests.handlers.commands.twins import NOW, Desk, ago, case, cells, lines, table, with_commands, words


def desk(*cases: object) -> Desk:
    made = with_commands(case_list.COMMAND)
    made.cases.open = list(cases)  # type: ignore[arg-type]
    return made


def due(hours: float, state: str = "OPEN_SLA") -> Sla:
    return Sla(NOW + timedelta(hours=hours), None, state)


QUEUE = (
    case("11", priority="high", assignee="lead-01", created_at=ago(5), sla=due(3)),
    case("12", priority="low", assignee="@Tier1", created_at=ago(30), sla=due(-2)),
    case("13", priority="critical", created_at=ago(2), stage="Incident", sla=due(1)),
    case("14", priority="high", assignee="analyst-07", created_at=ago(9)),
)


async def test_counts_are_of_the_whole_queue_and_the_list_of_what_passed() -> None:
    """Queue figures ignore the filters; `cases.listed` and the rows follow them."""
    document = await desk(*QUEUE).run("case list --priority high --sort age")
    assert [document.figure(f"queue.{name}").value for name in ("open", "unassigned", "desk_sla_passed")] == [4, 2, 1]
    assert document.figure("queue.desk_sla_passed").n == 3
    assert document.figure("cases.listed").value == 2
    assert [row[0] for row in cells(document, "Open cases")] == ["14", "11"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [("age", ["12", "14", "11", "13"]), ("priority", ["13", "14", "11", "12"]), ("sla", ["12", "13", "11", "14"])],
)
async def test_order(order: str, expected: list[str]) -> None:
    """Age is oldest first, priority most urgent then oldest, SLA earliest due with undated ones last."""
    document = await desk(*QUEUE).run(f"case list --sort {order}")
    assert [row[0] for row in cells(document, "Open cases")] == expected


async def test_unassigned_means_no_person() -> None:
    """A queue (its name begins with @) is not a person."""
    document = await desk(*QUEUE).run("case list --unassigned --stage incident")
    assert [row[0] for row in cells(document, "Open cases")] == ["13"]
    document = await desk(*QUEUE).run("case list --unassigned")
    assert {row[0] for row in cells(document, "Open cases")} == {"12", "13"}


@pytest.mark.parametrize(
    ("cases", "status"),
    [
        (QUEUE, "red"),
        (QUEUE[2:3], "amber"),
        (QUEUE[:1], "green"),
        (QUEUE[3:], "unknown"),
        ((), "green"),
        ((case("1", sla=due(-1, "PAUSED")),), "green"),
    ],
)
async def test_status_follows_its_rule(cases: tuple[object, ...], status: str) -> None:
    """Red past SLA, amber urgent and unowned, unknown without any SLA, green otherwise; a paused SLA does not run."""
    verdict = (await desk(*cases).run("case list")).verdict
    assert verdict is not None
    assert verdict.status == status


async def test_what_needs_somebody_names_case_and_owner() -> None:
    """At most five bullets, most urgent first, each with the case id and the owner."""
    document = await desk(*QUEUE, *(case(f"9{n}", priority="critical") for n in range(8))).run("case list")
    bullets = next(block for block in document.blocks if block.kind == "bullets")
    said = ["".join(getattr(span, "text", "") for span in item) for item in bullets.items]
    assert len(said) == 5
    assert said[0] == "Case 13 (critical): no person owns it; owner none."


async def test_pages() -> None:
    """Twenty rows a page, the total said, a button to the next page that keeps the filters, no page past the last."""
    made = desk(*(case(str(n), stage="In review", created_at=ago(n)) for n in range(1, 46)))
    document = await made.run('case list --stage "in review" --sort age --page 2')
    assert table(document, "Open cases, page 2 of 3").total == 45
    assert len(table(document, "Open cases").rows) == 20
    following = next(line for line in lines(document) if "--page 3" in line)
    assert cells(await made.run(following), "Open cases, page 3 of 3")[-1][0] == "1"
    with pytest.raises(NotFound, match="the last one is 3"):
        await made.run("case list --page 4")


async def test_desk_away_is_said_and_counts_nothing() -> None:
    """A failing desk gives a notice with its name, no figure and the status unknown."""
    made = desk(*QUEUE)
    for failure in (Unavailable("Case desk", "is down"), TimedOut("Case desk", 8)):
        made.cases.fails["open_cases"] = failure
        document = await made.run("case list")
        assert document.figures == ()
        assert document.verdict is not None
        assert document.verdict.status == "unknown"
        assert str(failure) in words(document)


async def test_truncation_is_said() -> None:
    """A cut reading is marked on every figure and in the data-quality line."""
    made = desk(*QUEUE)
    made.cases.truncated = True
    document = await made.run("case list")
    assert all(figure.truncated for figure in document.figures)
    assert "truncated" in words(document)


async def test_no_sla_at_all_is_not_zero() -> None:
    """Without any SLA at the desk the number past it is not available rather than zero."""
    figure = (await desk(case("1")).run("case list")).figure("queue.desk_sla_passed")
    assert figure.value is None
    assert figure.note


async def test_hostile_titles_stay_data() -> None:
    """A title is shown as plain text, whole up to the stated length, and a long one says what was left out."""
    hostile = "<!channel> *bold* | [x](http://evil.example) \u202egpj.exe"
    document = await desk(case("1", title=hostile), case("2", title="a" * 500)).run("case list")
    rows = {row[0]: row[2] for row in cells(document, "Open cases")}
    assert rows["1"] == hostile
    assert rows["2"].endswith("… (380 characters more)")
    assert {span.kind for row in table(document, "Open cases").rows for cell in row for span in cell} == {"plain"}


async def test_unknown_priorities_are_counted() -> None:
    """A priority outside the known ones is kept verbatim, sorted last and counted in the data-quality line."""
    document = await desk(case("1", priority="p0"), case("2")).run("case list")
    assert [row[0] for row in cells(document, "Open cases")] == ["2", "1"]
    assert "1 case with a priority outside" in words(document)


@pytest.mark.parametrize("line", ["--priority urgent", "--sort name", "--page 0", "--page x", "--prio high"])
async def test_bad_flags(line: str) -> None:
    """A wrong flag or value is refused before any backend is asked, with what it can be."""
    made = desk(*QUEUE)
    with pytest.raises(BadFlag):
        await made.run(f"case list {line}")
    assert made.cases.asked == []


async def test_only_who_may_read_cases() -> None:
    """An executive, who has no cases.read, is refused by the pipeline and the desk is not asked."""
    made = desk(*QUEUE)
    made.everybody = ("executive",)
    assert (await made.answer("case list")).outcome == "refused"
    assert made.cases.asked == []
