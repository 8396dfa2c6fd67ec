"""Attempts to read what was answered to somebody else, by the id of their call."""

from __future__ import annotations

import pytest

from handlers.commands import case_list, define, export, share
from handlers.commands import open as open_command
from handlers.core.access import AccessFile, ChannelAccess, Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command
from handlers.core.errors import UserError
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import Document, Source
from tests.handlers.commands.twins import NOW, Desk, case, lines, with_commands


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


async def strict(args: Args, call: Authorised, soc: Soc) -> Document:
    """An answer of TLP:AMBER+STRICT whose figure has a case behind it."""
    sheet = Sheet(call, soc, Permission.CASES)
    sources = (Source(name="s", as_of=NOW),)
    sheet.add("sla.missed", "Missed", 1, "count", definition="d", sources=sources, cases=["1"])
    return Document(title="Strict", figures=await sheet.keep(), tlp="amber+strict")


STRICT = Command("strict", "Strict", Args, Permission.CASES, strict, "strict")


@pytest.mark.parametrize("line", ["strict", "export --as xlsx strict"])
async def test_the_cases_behind_a_figure_go_no_further_than_its_answer(line: str) -> None:
    """Opened in a channel whose ceiling is below the answer's TLP they are shown to whoever opens them alone."""
    made = with_commands(STRICT, open_command.COMMAND, export.COMMAND)
    made.access = AccessFile(channels=(ChannelAccess(platform="slack", tenant="T1", channel="C1", tlp="amber"),))
    asked = await made.answer(line)
    opened = await made.answer(f"open {asked.document.call}.0", visibility="channel")
    assert (opened.outcome, opened.document.tlp, opened.address.visibility) == ("answered", "amber+strict", "private")
    made.clock.advance(2 * 86_400)  # the answer itself is kept no longer than a day
    again = await made.answer(f"open {asked.document.call}.0", visibility="channel")
    assert (again.outcome, again.document.tlp, again.address.visibility) == ("answered", "amber+strict", "private")
