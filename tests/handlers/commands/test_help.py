"""`help` through its run(), and what is generated from the declarations."""

from __future__ import annotations

import pytest

from handlers.commands import alerts, case_comment, case_list, posture, share
from handlers.commands import help as help_command
from handlers.commands import open as open_command
from handlers.commands.help import GROUPS, overview
from handlers.core import help as told
from handlers.core.access import Permission
from handlers.core.errors import Denied, UnknownCommand
from handlers.core.parser import parse
from handlers.core.registry import discover
from messages.text import render
from tests.handlers.commands.twins import Desk, cells, lines, with_commands, words

COMMANDS = (
    help_command.COMMAND, case_list.COMMAND, case_comment.COMMAND, alerts.COMMAND, posture.COMMAND,
    open_command.COMMAND, share.COMMAND,
)  # fmt: skip


def desk() -> Desk:
    return with_commands(*COMMANDS)


def listed(document: object) -> set[str]:
    blocks = [block for block in document.blocks if block.kind == "table"]  # type: ignore[attr-defined]
    return {row[0][0].text for block in blocks for row in block.rows}


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("manager", {"help", "case list", "case comment", "alerts", "posture"}),
        ("analyst", {"help", "case list", "alerts", "posture"}),
        ("executive", {"help"}),
    ],
)
async def test_only_what_the_asker_may_run(role: str, expected: set[str]) -> None:
    """The list holds what the role allows and no hidden command."""
    assert listed(await desk().run("help", role=role)) == expected


async def test_nobody_gets_no_help() -> None:
    """Whoever has no role is refused."""
    made = desk()
    made.everybody = ()
    assert (await made.answer("help")).outcome == "refused"


async def test_buttons_run() -> None:
    """Every button of the list is a line that parses and needs nothing typed."""
    made = desk()
    buttons = lines(await made.run("help"))
    assert buttons
    assert {parse(line, made.soc.registry).line for line in buttons} == set(buttons)


async def test_one_command_in_full() -> None:
    """One command shows its usage, each argument with choices and default, its example and its notes."""
    document = await desk().run("help CASE  list")
    rows = {row[0]: row[1:] for row in cells(document, "Arguments")}
    assert rows["--priority"][1] == "critical, high, medium, low, info"
    assert rows["--sort"][2] == "priority"
    assert case_list.COMMAND.example in lines(document)
    assert case_list.COMMAND.notes[0] in words(document)
    assert told.usage(case_list.COMMAND) in words(document)


async def test_writes_say_so() -> None:
    """A command that changes something says that a preview comes first."""
    assert "preview first" in words(await desk().run("help case comment"))


async def test_first_word_lists_its_family() -> None:
    """`help case` lists the commands that begin so."""
    assert listed(await desk().run("help case")) == {"case list", "case comment"}


async def test_unknown_hidden_and_forbidden() -> None:
    """An unknown or hidden command is answered with suggestions, one the asker may not run with what is missing."""
    with pytest.raises(UnknownCommand) as caught:
        await desk().run("help alrts")
    assert caught.value.suggestions == ("alerts",)
    with pytest.raises(UnknownCommand):
        await desk().run("help share")
    with pytest.raises(Denied):
        await desk().run("help case comment", role="analyst")


def test_usage() -> None:
    """Usage shows flags, choices, words and the rest of the line as they are typed."""
    assert told.usage(case_comment.COMMAND) == "case comment <case-id> <text…>"
    assert told.usage(posture.COMMAND) == "posture [--limit 20]"
    assert "[--unassigned]" in told.usage(case_list.COMMAND)


def test_table_has_one_row_a_typed_command() -> None:
    """The README's table lists every command that is not hidden, its cells without breaking the table."""
    registry = discover()
    table = told.table(registry.visible())
    assert table.count("\n") == 2 + len(registry.visible())
    assert all(row.replace("\\|", "").count("|") == 5 for row in table.splitlines())


def test_every_example_parses() -> None:
    """Every declared example is a line that its own command reads."""
    registry = discover()
    for command in registry:
        assert parse(command.example, registry).command is command


def test_every_permission_has_a_place_in_help() -> None:
    """A command of any permission can stand in the overview."""
    assert set(GROUPS) == set(Permission)


def test_large_families_stand_in_one_row() -> None:
    """The overview names the crisis commands in one row, the first; `help crisis` lists each of them."""
    everything = discover().visible()
    family = [command for command in everything if command.name.startswith("crisis ")]
    rows = listed(overview(everything, families=True))
    assert "help crisis" in rows
    assert not {command.name for command in family} & rows
    assert f"Lists the {len(family)} commands" in render(overview(everything, families=True))
    assert {command.name for command in family} <= listed(overview(family))
