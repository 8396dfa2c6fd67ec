"""Attempts to read what was answered to somebody else, by the id of their call."""

from __future__ import annotations

import pytest

from handlers.commands import case_list, define, export, share
from handlers.core.access import AccessFile, ChannelAccess
from handlers.core.errors import UserError
from tests.handlers.commands.twins import Desk, case, lines, with_commands


@pytest.fixture
def desk() -> Desk:
    made = with_commands(export.COMMAND, case_list.COMMAND, define.COMMAND, share.COMMAND)
    made.access = AccessFile(channels=(ChannelAccess(platform="slack", tenant="T1", channel="C1", tlp="amber"),))
    made.cases.open = [case("1", title="Beacon")]
    return made


@pytest.mark.parametrize("line", ["define {}", "export {}", "export --as csv {}", "share {}"])
async def test_an_answer_for_one_person_opens_for_that_person(desk: Desk, line: str) -> None:
    """It may rest on more of its asker's rights than its command asks for: another manager asks for it themselves."""
    answer = await desk.answer("case list")
    assert answer.address.visibility == "private"
    with pytest.raises(UserError, match=r"somebody else alone|who asked"):
        await desk.reply(line.format(answer.document.call), user="U9")
    assert (await desk.answer(line.format(answer.document.call))).outcome == "answered"


async def test_an_answer_that_all_see_opens_for_all_who_may(desk: Desk) -> None:
    """Asked in the open, or posted by its asker, its files and definitions are for whoever has the permission."""
    public = await desk.answer("case list", visibility="channel")
    assert public.address.visibility == "channel"
    assert lines(await desk.run(f"export {public.document.call}", user="U9"))
    mine = await desk.answer("case list")
    await desk.answer(f"share {mine.document.call}", door="button")
    assert lines(await desk.run(f"export {mine.document.call}", user="U9"))
    assert await desk.run(f"define {mine.document.call}", user="U9")
