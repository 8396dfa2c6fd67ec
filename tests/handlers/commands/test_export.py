"""`export`: an answer as a file."""

from __future__ import annotations

import json

import pytest

from connectors.errors import Unavailable
from handlers.commands import case_list, case_priority, define, export, metrics_detection, share
from handlers.commands.export import behind
from handlers.core import kept
from handlers.core.access import AccessFile, ChannelAccess, Permission, Tlp
from handlers.core.errors import BadFlag, Denied, NotFound, UnknownCommand, UserError
from messages.document import Document
from messages.files.model import Attachment
from tests.handlers.commands.twins import Desk, case, lines, with_commands, words


def desk(ceiling: Tlp | None = None) -> Desk:
    made = with_commands(export.COMMAND, case_list.COMMAND, define.COMMAND, share.COMMAND, case_priority.COMMAND)
    channels = (ChannelAccess(platform="slack", tenant="T1", channel="C1", tlp=ceiling),) if ceiling else ()
    made.access = AccessFile(channels=channels)
    made.cases.open = [case("1", title="Beacon", assignee="lead-01"), case("2", title="=cmd()")]
    return made


async def one(made: Desk, line: str, **more: str) -> Attachment:
    (file,) = (await made.reply(line, **more)).files  # type: ignore[arg-type]
    return file


async def test_from_the_button_to_the_file() -> None:
    """ "Files" under an answer offers the kinds of its command; a press makes the file of exactly that answer."""
    made = desk()
    answer = await made.answer("case list")
    button = next(line for line in lines(answer.document) if line.startswith("export"))
    offered = await made.answer(button)
    assert [line.split()[2] for line in lines(offered.document)] == ["csv", "xlsx"]
    made.cases.open = []
    pressed = await made.answer(lines(offered.document)[1])
    (file,) = pressed.files
    assert file.document == answer.document
    assert file.name in words(pressed.document) and "TLP:AMBER" in words(pressed.document)
    assert not pressed.document.figures


async def test_a_line_is_answered_first() -> None:
    """A typed line becomes a workbook unless `--as` says otherwise, before it or behind it."""
    made = desk()
    assert (await one(made, "export case list")).format == "xlsx"
    for line in ("export --as csv case list --priority high", "export case list --priority high --as csv"):
        file = await one(made, line)
        assert file.format == "csv" and file.document.call and file.document.figures
    with pytest.raises(BadFlag):
        await made.reply("export --as docx case list")
    with pytest.raises(UnknownCommand):
        await made.reply("export no such thing")


@pytest.mark.parametrize(
    "line", ["share S1", "case priority 1 high", "export case list", "define x1", "case list --form"]
)
async def test_only_reads_are_answered_this_way(line: str) -> None:
    """A write, a button's own line, a form and an export of an export are refused, and nothing is done."""
    made = desk()
    with pytest.raises(UserError, match="gives no answer that could be a file"):
        await made.reply(f"export {line}")
    assert made.cases.asked == []


async def test_the_lines_own_permission_is_asked() -> None:
    """Whoever may not run the line may not export it, nor a kept answer of it."""
    made = desk()
    made.everybody = ("auditor",)
    with pytest.raises(Denied):
        await made.reply("export case list")
    await kept.keep(made.store, "x", Permission.POSTURE, Document(title="Kept", call="c1"))
    for line in ("export c1", "export --as csv c1"):
        with pytest.raises(Denied):
            await made.reply(line)


async def test_persons_answers_are_for_their_asker() -> None:
    """A person-level answer becomes a file for nobody but its asker, who is told what it is."""
    made = desk()
    private = Document(title="Kept", call="c1", private=True)
    await kept.keep(made.store, "slack:T1:U1", Permission.CASES, private)
    with pytest.raises(UserError, match="about persons"):
        await made.reply("export --as csv c1", user="U2")
    reply = await made.reply("export --as csv c1")
    assert reply.document.private and reply.files[0].document.private
    assert "not for passing on" in words(reply.document)


async def test_an_answer_no_longer_kept() -> None:
    """After its day the person is told to ask again."""
    with pytest.raises(NotFound, match="no longer kept"):
        await desk().reply("export S0123")


@pytest.mark.parametrize(("ceiling", "where"), [("amber", "channel"), ("green", "private"), (None, "private")])
async def test_a_file_goes_where_its_answer_may(ceiling: Tlp | None, where: str) -> None:
    """In a channel the file's address is the channel only when the ceiling allows the answer there."""
    answer = await desk(ceiling).answer("export case list", visibility="channel")
    assert answer.files and answer.address.visibility == where


async def test_cases_behind_figures_are_sheets() -> None:
    """A workbook has a sheet a figure with cases: titles of those open now, ids of the others."""
    made = desk()
    answer = await made.answer("case list")
    figure = next(figure for figure in answer.document.figures if figure.cases)
    made.cases.open = made.cases.open[:1]
    file = await one(made, f"export --as xlsx {answer.document.call}")
    sheet = next(sheet for sheet in file.sheets if sheet.name == figure.label)
    assert sheet.columns == behind.TITLED
    assert {row[0]: row[1] for row in sheet.rows} == {"1": "Beacon", "2": "not open now"}
    assert (await one(made, f"export --as csv {answer.document.call}")).sheets == ()


async def test_without_the_desk_there_are_ids_and_the_reason() -> None:
    """With the desk away, or not to be seen by this person, the sheet has ids alone and says why."""
    made = desk()
    answer = await made.answer("case list")
    line = f"export --as xlsx {answer.document.call}"
    made.cases.fails["open_cases"] = Unavailable("Case desk", "is down")
    for sheet in (await one(made, line)).sheets:
        assert sheet.columns == ("Case",) and "Case desk is down" in sheet.note
    await kept.keep(made.store, "x", Permission.METRICS, answer.document.model_copy(update={"call": "c9"}), shown=True)
    sheets = (await one(made, "export --as xlsx c9", role="executive")).sheets
    assert sheets and all("Not included" in sheet.note and not sheet.rows for sheet in sheets)


async def test_snapshots_that_are_gone_are_said() -> None:
    """A figure whose cases are no longer kept has a sheet that says so."""
    made = desk()
    answer = await made.answer("case list")
    for figure in answer.document.figures:
        if figure.cases:
            await made.store.delete(f"snap:{figure.cases.snapshot}")
    sheets = (await one(made, f"export --as xlsx {answer.document.call}")).sheets
    assert sheets and all("no longer kept" in sheet.note for sheet in sheets)


async def test_rows_beyond_the_limit_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sheets stop at the limit of rows, and say of how many."""
    monkeypatch.setattr(behind, "ROWS", 1)
    sheets = (await one(desk(), "export case list")).sheets
    assert sum(len(sheet.rows) for sheet in sheets) == 1
    assert "1 of 2 are in this sheet." in " ".join(sheet.note for sheet in sheets)


async def test_a_layer_is_kept_with_its_answer() -> None:
    """Coverage has a Navigator layer 4.5 of what was shown; other answers have none and say where one is."""
    made = Desk()
    layer = json.dumps({"versions": {"layer": "4.5"}})
    await kept.keep(made.store, "x", Permission.METRICS, Document(title="C", call="c1"), layer=layer, shown=True)
    assert "export --as layer c1" in lines(await made.run("export c1"))
    assert (await one(made, "export --as layer c1")).raw == layer
    await kept.keep(made.store, "x", Permission.METRICS, Document(title="C", call="c2"), shown=True)
    with pytest.raises(UserError, match="no ATT&CK Navigator layer"):
        await made.reply("export --as layer c2")


async def test_reports_offer_papers() -> None:
    """An executive report offers PDF, PPTX and HTML beside the tables."""
    made = Desk()
    await kept.keep(
        made.store, "x", Permission.REPORTS, Document(title="R", call="c1"), command="report executive", shown=True
    )
    kinds = [line.split()[2] for line in lines(await made.run("export c1"))]
    assert kinds == ["csv", "xlsx", "pdf", "pptx", "html"]


async def test_what_the_answer_lacks_is_said_again() -> None:
    """Notices of the answer stand beside its file."""
    made = desk()
    made.cases.fails["open_cases"] = Unavailable("Case desk", "is down")
    answer = await made.answer("export case list")
    assert "Case desk is down" in words(answer.document)


def test_coverage_still_declares_nothing_of_files() -> None:
    """The layer is offered by the answer that has one, not by its command."""
    assert "layer" not in metrics_detection.COMMAND.files
