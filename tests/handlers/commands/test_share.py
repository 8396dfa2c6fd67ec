"""`share`: an answer goes to the channel."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.commands import case_list, share
from handlers.core import kept
from handlers.core.access import AccessFile, ChannelAccess, Permission, Tlp
from handlers.core.errors import Conflict, NotFound, UserError
from messages.document import Actions, Button, Document
from tests.handlers.commands.twins import Desk, case, lines, with_commands, words


def desk(ceiling: Tlp | None = "amber") -> Desk:
    made = with_commands(share.COMMAND, case_list.COMMAND)
    channels = (ChannelAccess(platform="slack", tenant="T1", channel="C1", tlp=ceiling),) if ceiling else ()
    made.access = AccessFile(channels=channels)
    made.cases.open = [case("1", title="Beacon")]
    return made


async def keep(made: Desk, **more: Any) -> None:
    """Keep an answer of call-x as the pipeline does."""
    buttons = (Button(label="Go", line="case list"), Button(label="Post", line="share call-x"))
    document = Document(
        title="Kept", call="call-x", blocks=(Actions(buttons=buttons), Actions(buttons=buttons[1:])), **more
    )
    await kept.keep(made.store, "slack:T1:U1", Permission.CASES, document)


async def test_from_the_button_to_the_channel() -> None:
    """The button under a private answer posts that answer for all in the same channel and thread, without itself."""
    made = desk()
    answer = await made.answer("case list", thread="t1")
    line = next(line for line in lines(answer.document) if line.startswith("share"))
    posted = await made.answer(line, thread="t1", response_url="https://example.test/once", door="button")
    (post,) = posted.posts
    assert (post.address.channel, post.address.thread, post.address.visibility) == ("C1", "t1", "channel")
    assert post.address.response_url == ""
    assert "Beacon" in words(post.document)
    assert "Posted by Person U1" in words(post.document)
    assert line not in lines(post.document)
    assert posted.address.visibility == "private"


async def test_personal_buttons_are_left_out() -> None:
    """Buttons that only the asker could press are not posted; a row left empty goes too."""
    made = desk()
    await keep(made)
    reply = await made.reply("share call-x")
    assert lines(reply.posts[0].document) == ["case list"]
    assert [block.kind for block in reply.posts[0].document.blocks] == ["actions", "context"]


@pytest.mark.parametrize(
    ("tlp", "ceiling", "goes"),
    [("green", "amber", True), ("amber", "amber", True), ("red", "amber", False), ("green", None, False)],
)
async def test_ceiling(tlp: Tlp, ceiling: Tlp | None, goes: bool) -> None:
    """An answer is posted when its TLP fits the channel's ceiling; a channel nobody listed gets nothing."""
    made = desk(ceiling)
    await keep(made, tlp=tlp)
    if goes:
        assert len((await made.reply("share call-x")).posts) == 1
        return
    with pytest.raises(UserError, match="AMBER" if ceiling else "not in the access file"):
        await made.reply("share call-x")


async def test_persons_and_direct_messages_are_not_posted() -> None:
    """A person-level answer is never posted, and in a direct message there is no channel to post to."""
    made = desk()
    await keep(made, private=True)
    with pytest.raises(UserError, match="about persons"):
        await made.reply("share call-x")
    with pytest.raises(UserError, match="no channel"):
        await made.reply("share call-x", visibility="direct")


async def test_only_the_asker() -> None:
    """Another person cannot post it, nor can an analyst, nor anybody after it is gone."""
    made = desk()
    await keep(made)
    with pytest.raises(UserError, match="Only the person who asked"):
        await made.reply("share call-x", user="U2")
    with pytest.raises(NotFound):
        await made.reply("share call-y")
    made.everybody = ("analyst",)
    assert (await made.answer("share call-x")).outcome == "refused"


async def test_posted_once() -> None:
    """A second press is a Conflict; the same press delivered again is not."""
    made = desk()
    await keep(made)
    for _ in range(2):
        assert len((await made.reply("share call-x", id="press-1")).posts) == 1
    with pytest.raises(Conflict):
        await made.reply("share call-x", id="press-2")
