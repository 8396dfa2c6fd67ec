"""The live board: one message kept fresh until the shift ends, a reply only when its colour changes."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from connectors.errors import Unavailable
from connectors.models.organisation import Person, Shift
from handlers.analysis.business import WEEKDAYS
from handlers.core.errors import NotFound, UserError
from handlers.digest import shift
from tests.handlers.commands.digests import NOBODY, NOW, Stage
from tests.handlers.commands.twins import Desk, lines, words

FIVE = timedelta(minutes=5)
START = "digest board --run numbers"


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def started(stage: Stage) -> str:
    """The board's id."""
    await stage.desk.run(START)
    await stage.desk.reply(START, apply=True)
    [entry] = await stage.soc.schedules.all()
    return entry.id


async def test_it_is_one_message_in_the_channel_that_is_replaced(stage: Stage) -> None:
    """Posted and refreshed under one key, so that the courier edits the same message each time."""
    assert "eight hours are assumed" in words(await stage.desk.run(START))
    [first] = (await stage.desk.reply(START, apply=True)).posts
    [entry] = await stage.soc.schedules.all()
    assert entry.next_at == NOW + FIVE and first.address.channel == "C1" and first.board
    again = (await stage.fire(entry.id, NOW + FIVE)).posts
    assert [(post.board, post.address) for post in again] == [(first.board, first.address)]
    assert "Live board, refreshed" in words(again[0].document) and lines(again[0].document) == []


async def test_a_reply_comes_only_when_the_colour_changes(stage: Stage) -> None:
    """Other figures change the board alone; another colour adds one reply below the board's own message."""
    board = await started(stage)
    [message] = (await stage.fire(board, NOW + FIVE)).posts
    await stage.own("r1", f"{message.report} --result sent --channel C1 --message 17.5")
    stage.figures["queue.open"] = 99.0
    assert len((await stage.fire(board, NOW + 2 * FIVE)).posts) == 1
    stage.status = "red"
    shown, reply = (await stage.fire(board, NOW + 3 * FIVE)).posts
    assert (reply.address.thread, reply.board) == ("17.5", "") and shown.board
    assert "green → red" in words(reply.document)
    assert len((await stage.fire(board, NOW + 3 * FIVE, attempt=2)).posts) == 2  # worked on again: the same
    assert len((await stage.fire(board, NOW + 4 * FIVE)).posts) == 1


async def test_it_ends_with_the_shift_and_says_so(stage: Stage) -> None:
    """The last refresh says that nothing changes any more, and no slot follows."""
    board = await started(stage)
    last = NOW + shift.ASSUMED
    [post] = (await stage.fire(board, last - FIVE)).posts
    assert "ended:" not in words(post.document)
    [post] = (await stage.fire(board, last)).posts
    assert "ended: nothing here changes any more" in words(post.document)


async def test_the_shift_ends_at_the_rosters_next_change() -> None:
    """With roster and shifts the end is the next change of shift that is not just now; else eight hours, said."""
    desk = Desk()
    end, said = await shift.shift_end(desk.soc, NOW)
    assert end == NOW + shift.ASSUMED and "assumed" in said
    names = ("early", "late", "night")
    desk.organisation.files[Person] = [
        Person(id=name, name=name, tier=1, role="analyst", zone="UTC", desk_user=name) for name in names
    ]
    desk.organisation.files[Shift] = [
        Shift(person=name, days=WEEKDAYS, start=time(start), end=time(end, 15), zone="UTC")
        for name, start, end in zip(names, (6, 14, 22), (14, 22, 6), strict=True)
    ]
    end, said = await shift.shift_end(desk.soc, NOW)
    assert end == NOW.replace(hour=14) and "roster's next change" in said
    soon, _ = await shift.shift_end(desk.soc, NOW.replace(hour=13, minute=50))
    assert soon == NOW.replace(hour=22)


async def test_a_backend_that_fails_is_said_on_the_board(stage: Stage) -> None:
    """A refresh without an answer shows that instead of old figures, and is no change of colour."""
    board = await started(stage)
    stage.error = Unavailable("Case desk", "did not answer")
    [post] = (await stage.fire(board, NOW + FIVE)).posts
    assert post.board and "Not refreshed: Case desk did not answer" in words(post.document)
    assert "queue.open" not in words(post.document)


async def test_without_rights_it_ends_visibly(stage: Stage) -> None:
    """An owner who lost the rights, or an answer the channel may no longer see, ends the board where it stands."""
    board = await started(stage)
    stage.tlp = "red"
    [post] = (await stage.fire(board, NOW + FIVE)).posts
    assert post.board and "TLP:RED" in words(post.document) and "queue.open" not in words(post.document)
    assert (await stage.held(board)).next_at is None
    stage.tlp = "amber"
    await started(stage)
    stage.desk.access, stage.desk.everybody = NOBODY, ()
    [post] = (await stage.fire(board, NOW + FIVE)).posts
    assert "This board has ended" in words(post.document)


async def test_started_again_it_is_a_new_message_and_removed_it_is_gone(stage: Stage) -> None:
    """A channel has one board: starting again replaces the old one by a new message; it can be removed."""
    board = await started(stage)
    stage.clock.advance(60)
    assert "takes its place" in words(await stage.desk.run(START))
    [post] = (await stage.desk.reply(START, apply=True)).posts
    assert (await stage.held(board)).version == 2 and post.board.endswith(str(int(NOW.timestamp()) + 60))
    assert board in words(await stage.desk.run("digest list"))
    await stage.desk.run(f"digest remove {board}", apply=True)
    with pytest.raises(NotFound):
        await stage.held(board)


async def test_it_needs_a_channel_where_something_may_stand(stage: Stage) -> None:
    """No board where nothing may be posted, nor of a line that changes something."""
    with pytest.raises(UserError, match="not in the access file"):
        await stage.desk.run(START, channel="C9")
    with pytest.raises(UserError, match="only reads"):
        await stage.desk.run("digest board --run wipe")


async def test_the_last_hour_offers_to_stay_live_in_a_channel() -> None:
    """`monitor operations --realtime` in a channel offers the board to whoever may schedule, elsewhere to nobody."""
    desk = Desk()
    offered = "digest board"
    assert offered in lines(await desk.run("monitor operations --realtime"))
    assert offered not in lines(await desk.run("monitor operations --realtime", role="analyst"))
    assert offered not in lines(await desk.run("monitor operations --realtime", channel=""))
    assert offered not in lines(await desk.run("monitor operations"))
