"""What a command posts beside its answer: into channels by the bot's couriers, to the asker in the answer itself."""

from __future__ import annotations

from pathlib import Path

from bot.mcp.answers import result
from bot.mcp.commands import Commands
from handlers.core.call import Address
from handlers.core.parcel import Parcel, Post
from handlers.core.pipeline import Answer
from messages.document import Document
from tests.bot.mcp.site import cored

ROOM = Address(platform="slack", tenant="T1", channel="C1", visibility="channel")
HERE = Address(platform="mcp", user="lead-01", visibility="direct")


def answer(*places: Address) -> Answer:
    posts = tuple(Post(address=place, document=Document(title=f"For {place.platform}")) for place in places)
    return Answer(Document(title="Noted", call="c1"), "answered", HERE, "crisis note", posts)


async def test_a_post_for_a_channel_waits_in_the_outbox_once(tmp_path: Path) -> None:
    """The outbox holds it under an id of the call's own, so that telling it twice posts it once; a post for the asker
    is read in the answer. With the store away the answer stands and says what did not go out.
    """
    async with cored(tmp_path) as made:
        commands = Commands(made)
        for _ in range(2):
            told = await commands._posted(answer(ROOM, HERE))
        assert (await made.state.queue.depth())[1] == 1
        waiting = [
            one for n in range(made.state.outbox.partitions) for one in await made.state.outbox.pending(n, "", 9)
        ]
        parcel = Parcel.model_validate_json(waiting[0].payload)
        assert (parcel.id, parcel.address, parcel.document.title) == ("c1:post0", ROOM, "For slack")
        shown = await result(told, made.writer, made.soc)
        assert [block.text.splitlines()[0] for block in shown.content] == ["Noted", "For mcp"]  # type: ignore[union-attr]
    late = await commands._posted(answer(ROOM))
    assert [notice.level for notice in late.document.notices] == ["error"]
    assert (await commands._posted(answer(HERE))).document.notices == ()
