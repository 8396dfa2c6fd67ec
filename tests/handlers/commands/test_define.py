"""`define`: the definitions behind an answer."""

from __future__ import annotations

import pytest

from handlers.commands import case_list, define
from handlers.core import kept
from handlers.core.access import Permission
from handlers.core.errors import Denied, NotFound, UserError
from messages.document import Document
from tests.handlers.commands.twins import Desk, case, with_commands, words


def desk() -> Desk:
    made = with_commands(define.COMMAND, case_list.COMMAND)
    made.cases.open = [case("1", title="Beacon")]
    return made


async def test_every_figure_of_an_answer_is_defined() -> None:
    """The definitions of an answer name each of its figures with its definition and source."""
    made = desk()
    answer = (await made.answer("case list")).document
    told = words((await made.answer(f"define {answer.call}")).document)
    assert answer.figures
    for figure in answer.figures:
        assert figure.label in told
        assert figure.definition.rstrip(".") in told


async def test_the_answers_permission_is_asked_again() -> None:
    """Whoever may not run the command may not read its figures either."""
    made = desk()
    await kept.keep(made.store, "x", Permission.POSTURE, Document(title="Kept", call="c1"))
    made.everybody = ("auditor",)
    with pytest.raises(Denied):
        await made.reply("define c1")


async def test_persons_figures_are_for_their_asker() -> None:
    """A person-level answer is defined for nobody but whoever asked for it."""
    made = desk()
    await kept.keep(made.store, "somebody-else", Permission.CASES, Document(title="Kept", call="c1", private=True))
    with pytest.raises(UserError, match="about persons"):
        await made.reply("define c1")


async def test_an_answer_no_longer_kept() -> None:
    """After its day the person is told to ask again."""
    with pytest.raises(NotFound, match="no longer kept"):
        await desk().reply("define nothing")
