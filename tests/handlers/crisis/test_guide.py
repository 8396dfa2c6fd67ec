"""`crisis help`: ten lines for a role first, the rest by theme, nothing forgotten and nothing that may not be typed."""

from __future__ import annotations

from typing import get_args

import pytest

from handlers.commands.crisis.guide import ANYBODY, TEN, THEMES
from handlers.core.parser import parse
from handlers.core.registry import discover
from handlers.crisis.roles import Role
from messages.document import Actions, Document, Table
from tests.handlers.crisis.room import Room, text_of

REGISTRY = discover()
VISIBLE = {one.name.removeprefix("crisis ") for one in REGISTRY.visible() if one.name.startswith("crisis ")}


def first(document: Document) -> tuple[str, list[str]]:
    """The first table's caption, and the commands it names."""
    table = next(block for block in document.blocks if isinstance(block, Table))
    lines = ["".join(getattr(span, "text", "") for span in row[0]) for row in table.rows]
    return table.caption, [parse(line, REGISTRY).command.name.removeprefix("crisis ") for line in lines]


def presses(document: Document) -> list[str]:
    return [one.line for block in document.blocks if isinstance(block, Actions) for one in block.buttons]


def test_every_command_has_one_theme() -> None:
    """A new crisis command is put under a theme: none is left out of the guide, none stands there twice."""
    themed = [name for names in THEMES.values() for name in names]
    assert sorted(themed) == sorted(VISIBLE)


@pytest.mark.parametrize("role", [*get_args(Role), ""])
def test_every_role_has_ten(role: Role) -> None:
    """Ten commands that are there, each once."""
    ten = TEN[role] if role else ANYBODY
    assert len(set(ten)) == len(ten) == 10
    assert set(ten) <= VISIBLE


async def test_the_guide_is_for_the_asker() -> None:
    """Whoever holds a role sees its lines, others what everybody needs, a named role its own; each button is a line."""
    room = Room()
    assert "crisis declare --form" in presses((await room.say("lead", "crisis help")).document)
    await room.declared()
    await room.say("lead", "crisis take commander")
    answers = {
        who: (await room.say(who, line)).document
        for who, line in (("lead", "crisis help"), ("analyst", "help crisis"), ("press", "crisis help comms"))
    }
    assert [first(document)[0] for document in answers.values()] == [
        "First, for Incident Commander", "First, for everybody who takes part", "First, for Communications lead",
    ]  # fmt: skip
    assert first(answers["lead"])[1] == list(TEN["commander"])
    assert first(answers["analyst"])[1] == list(ANYBODY)
    assert "crisis mobilise --crisis 1" in presses(answers["lead"])
    assert "crisis mobilise --crisis 1" not in presses(answers["analyst"])
    assert "crisis note --crisis 1 --form" in presses(answers["analyst"])
    for document in answers.values():
        for line in presses(document):
            assert parse(line, REGISTRY).command.name.startswith("crisis ")


async def test_nobody_is_shown_what_they_may_not_type() -> None:
    """The sponsor's lines without those that need a right the asker lacks; everything, for who asks for it all."""
    room = Room()
    await room.declared()
    shown = (await room.say("analyst", "crisis help sponsor")).document
    assert not {"approve", "reject"} & set(first(shown)[1])
    every = text_of((await room.say("manager", "crisis help --all")).document)
    assert "Confirm the time of awareness" in " ".join(every.split())
    assert "crisis declare" not in text_of((await room.say("analyst", "crisis help --all")).document)
    assert (await room.say("outsider", "crisis help")).outcome == "refused"


async def test_one_word_is_enough() -> None:
    """`crisis` alone is the guide; a slip behind it still gets what it looks like."""
    room = Room()
    assert (await room.say("lead", "crisis")).document.title == "In a crisis: what to type"
    assert "crisis declare" in text_of((await room.say("lead", "crisis declre")).document)


async def test_an_example_is_not_written_into_a_record_by_a_press() -> None:
    """The explanation of what takes effect at once offers its form and not its example."""
    room = Room()
    await room.declared()
    for name in ("crisis note", "crisis fact", "crisis task done"):
        assert presses((await room.say("lead", f"help {name}")).document) == [f"{name} --form"]
    assert "crisis status" in presses((await room.say("lead", "help crisis status")).document)
