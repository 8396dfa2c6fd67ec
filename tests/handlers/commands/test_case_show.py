"""`case show` and `case summary` through their run()."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import Unavailable
from connectors.models.cases import CaseAlert, CaseDetail, CaseSummary, Sla, WallRecord
from handlers.commands import case_comment, case_list, case_priority, case_show, case_summary
from handlers.core.errors import BadFlag, NotFound
from handlers.core.parser import parse
from tests.handlers.commands.twins import (
    NOW,
    Desk,
    ago,
    case,
    cases_frame,
    cells,
    events_frame,
    lines,
    table,
    with_commands,
    words,
)


def desk() -> Desk:
    """Case 7: five hours old, owned after one, two alerts, one comment, SLA passed an hour ago."""
    made = with_commands(
        case_show.COMMAND, case_summary.COMMAND, case_comment.COMMAND, case_priority.COMMAND, case_list.COMMAND
    )
    alerts = tuple(CaseAlert(str(n), f"Alert {n}", "high", ago(5 - n), ago(6), "rule_a") for n in range(2))
    comments = (WallRecord(ago(2), "comment", "analyst-07", "Looking at it"),)
    one = case("7", title="Beacon", created_at=ago(5), assignee="analyst-07", sla=Sla(ago(1), None, "PASSED_DUE"))
    made.cases.hold(one, alerts=alerts, comments=comments, wall=comments)
    made.ledger.cases = cases_frame(
        [{"case_id": "7", "created_at": ago(5), "updated_at": ago(1), "acknowledged_at": ago(4), "detected_at": ago(6)}]
    )
    made.ledger.events = events_frame(
        [
            {"case_id": "7", "at": ago(5), "activity": "CREATE_CASE"},
            {"case_id": "7", "at": ago(4), "activity": "ASSIGNEE_CHANGE", "value": "analyst-07", "actor": "lead-01"},
            {"case_id": "8", "at": ago(3), "activity": "CLOSE_CASE"},
        ]
    )
    return made


async def test_times_alerts_history_and_comments() -> None:
    """Age, acknowledgement and SLA are figures in seconds; history is this case's alone, newest first."""
    document = await desk().run("case show #7")
    values = {figure.id: figure.value for figure in document.figures}
    assert values == {
        "case.age": 5 * 3600.0,
        "case.sla_left": -3600.0,
        "case.alerts": 2,
        "case.acknowledged_after": 3600.0,
    }
    assert [row[1:] for row in cells(document, "History")] == [
        ["assignee change", "analyst-07", "lead-01"],
        ["create case", "—", "—"],
    ]
    assert cells(document, "Comments")[0][1:] == ["analyst-07", "comment", "Looking at it"]
    assert [row[0] for row in cells(document, "Alerts")] == ["Alert 1", "Alert 0"]
    assert document.verdict is not None
    assert document.verdict.status == "red"


async def test_unknown_case_and_no_case() -> None:
    """A number the desk does not know is NotFound; what cannot be a number is a bad flag and is not asked for."""
    made = desk()
    with pytest.raises(NotFound, match="no case 99"):
        await made.run("case show 99")
    made.cases.asked.clear()
    for line in ("case show ../7", "case show", "case show " + "9" * 65):
        with pytest.raises(BadFlag):
            await made.run(line)
    assert made.cases.asked == []


async def test_missing_parts_are_said() -> None:
    """A part of the case that failed is a notice and no table; its count is not available rather than zero."""
    made = desk()
    one = made.cases.details["7"]
    made.cases.details["7"] = CaseDetail(one.case, None, None, one.wall, ("Alerts: Case desk is down.",))
    document = await made.run("case show 7")
    assert document.figure("case.alerts").value is None
    assert "Alerts: Case desk is down." in words(document)
    assert {b.caption for b in document.blocks if b.kind == "table"} == {"History", "Wall"}


async def test_ledger_away_leaves_the_times_out() -> None:
    """Without the ledger the case is shown without times, and that is said."""
    made = desk()
    made.ledger.fails["view"] = Unavailable("Case ledger", "is away")
    document = await made.run("case show 7")
    assert {figure.id for figure in document.figures} == {"case.age", "case.sla_left", "case.alerts"}
    assert "Case ledger is away." in words(document)


async def test_desk_away() -> None:
    """Without the desk there is a notice, the status unknown and no figure."""
    made = desk()
    made.cases.fails["case"] = Unavailable("Case desk", "is down")
    document = await made.run("case show 7")
    assert document.figures == ()
    assert document.verdict is not None
    assert document.verdict.status == "unknown"


async def test_long_walls_are_cut_aloud() -> None:
    """Fifteen records are shown of more, with the total, newest first; a long text says how much was left out."""
    made = desk()
    wall = tuple(WallRecord(NOW - timedelta(minutes=n), "note", "", f"{n} " + "x" * 600) for n in range(40))
    made.cases.hold(case("7"), wall=wall)
    shown = await made.run("case show 7")
    assert table(shown, "Wall").total == 40
    assert len(table(shown, "Wall").rows) == 15
    assert cells(shown, "Wall")[0][3].endswith("characters more)")


async def test_buttons_of_who_may_write() -> None:
    """Comment and priority forms are offered to who may write, prefilled with the case; nobody else sees them."""
    made = desk()
    line = next(line for line in lines(await made.run("case show 7", role="lead")) if line.startswith("case comment"))
    assert parse(line, made.soc.registry).form
    assert (await made.answer(line)).document.blocks[-1].inputs[0].value == "7"  # type: ignore[union-attr]
    assert not [line for line in lines(await made.run("case show 7", role="analyst")) if "--form" in line]


async def test_closed_case() -> None:
    """A closed case shows its reason and no age or SLA that still runs."""
    made = desk()
    made.cases.hold(case("7", status="closed", close_reason="MALICIOUS"))
    made.ledger.cases = made.ledger.cases.with_columns(closed_at=ago(1), closed_is_proxy=True)
    document = await made.run("case show 7")
    assert {figure.id for figure in document.figures} >= {"case.closed_after"}
    assert "case.age" not in {figure.id for figure in document.figures}
    assert "last update" in document.figure("case.closed_after").note
    assert "MALICIOUS" in words(document)


async def test_summary_is_marked_as_machine_written() -> None:
    """A finished summary is shown under a warning that an AI wrote it, with reasons and next steps."""
    made = desk()
    made.cases.summaries["7"] = CaseSummary("SUCCESSFUL", "It beacons.", ("Regular",), ("Look at host",), ago(0.1))
    document = await made.run("case summary 7")
    assert document.notices[0].text[0].text == case_summary.NOTICE  # type: ignore[union-attr]
    assert all(text in words(document) for text in ("It beacons.", "Regular", "Look at host"))
    assert document.verdict is None


@pytest.mark.parametrize("state", ["PENDING_START", "IN_PROGRESS", "ERROR", "SOMETHING_NEW"])
async def test_unfinished_summary_shows_no_text(state: str) -> None:
    """A summary in any other state shows the state and none of its text."""
    made = desk()
    made.cases.summaries["7"] = CaseSummary(state, "half a sente")
    document = await made.run("case summary 7")
    assert "half a sente" not in words(document)
    assert document.notices[0].level == "warning"


async def test_summary_of_nothing_and_of_a_failure() -> None:
    """An unknown case is NotFound; a failing SOAR is a notice with its name."""
    made = desk()
    with pytest.raises(NotFound):
        await made.run("case summary 99")
    made.cases.fails["summary"] = Unavailable("Case desk", "is down")
    assert "Case desk is down." in words(await made.run("case summary 7"))
