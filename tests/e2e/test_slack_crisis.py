"""A crisis in Slack, from the form to the timeline, over the wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from handlers.crisis.state import Crisis, after
from messages.document import Document, Paragraph
from messages.text import render
from tests.bot.stage import until
from tests.e2e import slack_room_hands as room_hands
from tests.e2e.rig import Bot, running_bot
from tests.e2e.slack_standin import Json, Slack, running

pytestmark = pytest.mark.asyncio(loop_scope="module")
TITLE = "Ransomware on file servers"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    folder: Path = tmp_path_factory.mktemp("crisis")
    async with running() as slack, running_bot(slack, folder, cases=50) as bot:
        yield bot


def words(message: Json) -> str:
    return json.dumps(message, ensure_ascii=False)


async def wait(true: Any) -> None:
    """For what takes a few deliveries to one channel: Slack's pace is one a second."""
    await until(true, 25)


async def crisis(bot: Bot, crisis_id: str = "") -> Crisis:
    """The named crisis, or the newest."""
    listed = await bot.app.core.soc.crises.port.listed()
    return await bot.app.core.soc.crises.get(crisis_id or max(listed, key=lambda one: int(one[0]))[0])


async def timeline(bot: Bot, crisis_id: str) -> list[str]:
    found, now = [], None
    async for _, event in bot.app.core.soc.crises.events(crisis_id):
        now = after(now, event)
        found.append(render(Document(title="", blocks=(Paragraph(text=event.line(now)),))).strip())
    return found


async def until_said(bot: Bot, crisis_id: str, said: str) -> str:
    """The timeline's line with these words, once it is there."""
    found: list[str] = []

    async def look() -> bool:
        found[:] = [line for line in await timeline(bot, crisis_id) if said in line]
        return bool(found)

    async with asyncio.timeout(20):
        while not await look():
            await asyncio.sleep(0.05)
    return found[0]


async def declared(bot: Bot, title: str = TITLE) -> tuple[str, str]:
    """(crisis, channel): declared by slash command, form and confirmation, with the board pinned in its room."""
    slack = bot.slack
    made, views, answers = len(slack.rooms.made), len(slack.views), len(slack.responses)
    await bot.hands.slash("crisis declare")
    await until(lambda: len(slack.views) > views)
    assert (await bot.hands.submit(slack.views[-1], {"title": title, "severity": "1", "separate": True})).status == 200
    await until(lambda: len(slack.responses) > answers)
    await bot.hands.press(slack.responses[-1], "Confirm")
    await wait(lambda: len(slack.rooms.made) > made)
    channel = list(slack.rooms.made)[-1]
    await wait(lambda: bool(slack.rooms.pins.get(channel)))
    return (await crisis(bot)).id, channel


def pinned(slack: Slack, channel: str) -> Json:
    """The message that is pinned last."""
    ts = slack.rooms.pins[channel][-1]
    return next(message for message in slack.stands(channel) if message["ts"] == ts)


async def test_from_the_form_to_the_board(bot: Bot, slack: Slack, me: str) -> None:
    """Declared by form: a private channel with its people and topic, a welcome, one pinned board that a move changes
    in place."""
    crisis_id, channel = await declared(bot)
    made = slack.rooms.made[channel]
    assert made["is_private"] and made["name"].startswith(f"crisis-{crisis_id}-") and TITLE in made["topic"]["value"]
    assert me in slack.members[channel]
    assert "may be said here" in words(slack.stands(channel)[0])
    board = pinned(slack, channel)
    assert "declared" in words(board["blocks"][0])
    await bot.hands.press(board, "Mobilise")
    await wait(lambda: any("Confirm" in words(m) for m in slack.stands(channel)))
    preview = next(m for m in slack.stands(channel) if "Confirm" in words(m))
    assert preview["thread_ts"] == board["ts"], "a room made for a crisis sees what is of the crisis's TLP"
    await bot.hands.press(preview, "Confirm")
    await wait(lambda: "mobilised" in words(pinned(slack, channel)["blocks"][0]))
    assert len(slack.rooms.pins[channel]) == 1 and pinned(slack, channel)["ts"] == board["ts"]
    boards = [m for m in slack.stands(channel) if "Timeline" in words(m) and not m.get("thread_ts")]
    assert [m["ts"] for m in boards] == [board["ts"]]


async def test_pins_reactions_and_edits_enter_the_timeline(bot: Bot, slack: Slack, me: str) -> None:
    """A pin and a 📝 become entries with who wrote it and when; an edit and a deletion are said; the entry stays."""
    crisis_id, channel = await declared(bot)
    first = room_hands.says(bot.hands, channel, 'Share `fs-01` is *encrypted* <!channel> -- "see" --crisis 99', "U2")
    await room_hands.pins(bot.hands, first, event_id="EvPin")
    line = await until_said(bot, crisis_id, "fs-01")
    assert "(written by U2)" in line and "--crisis 99" in line
    await room_hands.pins(bot.hands, first, event_id="EvPin")
    second = room_hands.says(bot.hands, channel, "Backups are clean", "U2")
    await room_hands.marks(bot.hands, second, reaction="eyes")
    await room_hands.marks(bot.hands, second)
    await until_said(bot, crisis_id, "Backups are clean")
    await room_hands.edits(bot.hands, first, "Share fs-01 and fs-02 are encrypted")
    assert "fs-02" in await until_said(bot, crisis_id, "was edited in the chat")
    await room_hands.deletes(bot.hands, second)
    await until_said(bot, crisis_id, "was deleted in the chat")
    lines = await timeline(bot, crisis_id)
    assert sum("Backups are clean" in line for line in lines) == 1
    assert sum("written by U2" in line for line in lines) == 2
    noted = (await crisis(bot, crisis_id)).sources
    assert set(noted) == {f"message:slack:T1:{channel}:{m['ts']}" for m in (first, second)}


async def test_other_channels_are_none_of_our_business(bot: Bot, slack: Slack) -> None:
    """A pin and a 📝 in a channel that is no crisis's room are neither recorded nor answered."""
    crisis_id, _ = await declared(bot)
    before = len(await timeline(bot, crisis_id))
    message = room_hands.says(bot.hands, "CTEAM", "lunch?", "U2")
    await room_hands.pins(bot.hands, message)
    await room_hands.marks(bot.hands, message)
    await room_hands.edits(bot.hands, message, "lunch!")
    asked = slack.counted("conversations.history")
    await bot.hands.dm("case lst")
    await wait(lambda: bool(slack.stands(bot.hands.user)))
    assert len(await timeline(bot, crisis_id)) == before and not slack.ephemerals
    assert asked == slack.counted("conversations.history") == 1  # made by the room alone


async def test_the_shortcut_adds_a_message_from_anywhere(bot: Bot, slack: Slack) -> None:
    """“Add to crisis timeline” on a message elsewhere: with several crises open it asks which, and records nothing."""
    await declared(bot)
    crisis_id, channel = await declared(bot)
    message = room_hands.says(bot.hands, channel, "Seen first at 02:10", "U2")
    await room_hands.shortcut(bot.hands, "crisis_note", message)
    await until_said(bot, crisis_id, "Seen first at 02:10")
    answers = len(slack.responses)
    elsewhere = room_hands.says(bot.hands, "CTEAM", "also here", "U2")
    await room_hands.shortcut(bot.hands, "crisis_note", elsewhere)
    await wait(lambda: any("Several crises are open" in words(r) for r in slack.responses[answers:]))
    assert not any("also here" in line for line in await timeline(bot, crisis_id))


async def test_declaring_from_a_message_takes_its_words(bot: Bot, slack: Slack) -> None:
    """The message shortcut opens the form with the message's words as the title; the global one opens it empty."""
    message = room_hands.says(bot.hands, "CTEAM", 'EDR: "mass encryption" on --severity 3', "U2")
    await room_hands.shortcut(bot.hands, "crisis_declare_message", message)
    await room_hands.shortcut(bot.hands, "crisis_declare")
    await until(lambda: len(slack.views) == 2)
    titles = [next(b for b in view["blocks"] if b.get("block_id") == "title") for view in slack.views]
    assert "mass encryption" in titles[0]["element"]["initial_value"]
    assert not titles[1]["element"].get("initial_value")


async def test_what_could_not_be_done_is_said(bot: Bot, slack: Slack, me: str) -> None:
    """People who cannot be invited are named in the room's first message; the crisis has its room all the same."""
    slack.rooms.gone.add(me)
    _, channel = await declared(bot)
    assert f"@{me} not invited: no such person here" in words(slack.stands(channel)[0])


async def test_a_room_whose_confirmation_was_lost_is_found(
    bot: Bot, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The channel that was made, and its first message, while the answers to us were lost: one channel, one message."""
    monkeypatch.setattr("bot.courier._pause", lambda attempt: 0.0)
    slack.hang_up(1, "conversations.create")
    slack.hang_up(1, "chat.postMessage")
    _, channel = await declared(bot)
    assert list(slack.rooms.made) == [channel]
    assert sum("may be said here" in words(message) for message in slack.stands(channel)) == 1


async def test_a_name_that_others_took_is_a_refusal_with_a_way_on(bot: Bot, slack: Slack, me: str) -> None:
    """A channel of that name made by somebody else is left alone: whoever declared is told, and gets another room."""
    number = int((await crisis(bot)).id) + 1
    policy = (await crisis(bot)).policy
    slug = policy.code_names[(number - 1) % len(policy.code_names)].lower().replace(" ", "-")
    taken = slack.rooms.add(f"crisis-{number}-{slug}", "U2")
    await bot.hands.slash('crisis declare "Payment page defaced" --severity 2')
    await until(lambda: len(slack.responses) >= 1)
    await bot.hands.press(slack.responses[-1], "Confirm")
    await wait(lambda: any("has no room" in words(m) for m in slack.stands(me)))
    told = next(m for m in slack.stands(me) if "has no room" in words(m))
    assert "not one I made" in words(told)
    await bot.hands.press(told, "Make a new room")
    await wait(lambda: len(slack.rooms.made) == 2)
    channel = list(slack.rooms.made)[-1]
    assert slack.rooms.made[channel]["name"].endswith("-2")
    await wait(lambda: bool(slack.rooms.pins.get(channel)))
    assert not slack.stands(taken) and not (await crisis(bot, str(number))).room_problem


async def test_an_archived_room_is_noticed(bot: Bot, slack: Slack, me: str) -> None:
    """The channel is archived: the crisis has no room, whoever declared is told, and everything goes on elsewhere."""
    crisis_id, channel = await declared(bot)
    await room_hands.archives(bot.hands, channel)
    await until_said(bot, crisis_id, "the channel was archived")
    await wait(lambda: any("has no room" in words(m) for m in slack.stands(me)))
    assert not (await crisis(bot, crisis_id)).rooms


async def test_a_deleted_room_is_noticed_by_its_board(bot: Bot, slack: Slack, me: str) -> None:
    """No event said so: the board that cannot be delivered says it, once."""
    crisis_id, channel = await declared(bot)
    del slack.members[channel], slack.rooms.made[channel]
    answers = len(slack.responses)
    await bot.hands.slash(f"crisis mobilise --crisis {crisis_id}")
    await wait(lambda: any("Confirm" in words(r) for r in slack.responses[answers:]))
    await bot.hands.press(next(r for r in slack.responses[answers:] if "Confirm" in words(r)), "Confirm")
    await until_said(bot, crisis_id, "No room on slack")
    await wait(lambda: any("has no room" in words(m) for m in slack.stands(me)))
    assert not (await crisis(bot, crisis_id)).rooms


async def test_a_board_that_was_deleted_stands_again(bot: Bot, slack: Slack) -> None:
    """Somebody deletes the board's message: the next change posts and pins a new one, and replaces that from then."""
    crisis_id, channel = await declared(bot)
    old = pinned(slack, channel)
    slack.messages[channel].remove(old)
    message = room_hands.says(bot.hands, channel, "first", "U2")
    await room_hands.pins(bot.hands, message)
    await wait(lambda: len(slack.rooms.pins[channel]) == 2)
    new = pinned(slack, channel)
    await room_hands.pins(bot.hands, room_hands.says(bot.hands, channel, "second", "U2"))
    await until_said(bot, crisis_id, "second")
    await wait(lambda: slack.counted("chat.update") >= 1)
    assert pinned(slack, channel)["ts"] == new["ts"] != old["ts"]


async def test_a_commander_who_left_is_no_commander(bot: Bot, slack: Slack, me: str) -> None:
    """Whoever takes a role is brought into the room; a deactivated account holds none any more, others keep theirs."""
    crisis_id, channel = await declared(bot)
    await bot.hands.slash("crisis take commander", channel=channel)
    await until_said(bot, crisis_id, "Incident Commander")
    await bot.hands.slash("crisis take operations", user="U3", channel=channel)
    await until_said(bot, crisis_id, "Operations lead")
    await wait(lambda: "U3" in slack.members[channel])
    await room_hands.leaves(bot.hands, "U2")
    await room_hands.leaves(bot.hands, me)
    line = await until_said(bot, crisis_id, "vacant")
    assert "left the workspace" in line
    assert set((await crisis(bot, crisis_id)).roles.held) == {"operations"}


async def test_a_guest_in_the_channel_refuses_a_message_with_all_approvals(bot: Bot, slack: Slack) -> None:
    """Drafted by one, approved by others, sent to a channel in which a guest reads along: refused, told in the room,
    and sent once the guest has left; to persons directly: to one of ours, not to the guest.
    """
    crisis_id, channel = await declared(bot)
    slack.members["CBOARD"] = {slack.bot_user, "U2", "U9"}
    slack.rooms.people["U9"] = {"is_ultra_restricted": True}
    where = {"channel": channel}
    await bot.hands.slash('crisis draft executive --text "Two servers are encrypted, backups are clean."', **where)
    await until_said(bot, crisis_id, "Message M1")
    for user in ("U2", "U3", "U4", "U5"):
        letter = (await crisis(bot, crisis_id)).letter("M1")
        if letter.missing:
            before = len(letter.approvals)
            await bot.hands.slash(f"crisis approve M1 --hash {letter.text_hash}", user=user, **where)
            await until_approved(bot, crisis_id, before + 1)
    for outcome in ("refused by", "delivered to"):
        await sent_to(bot, "CBOARD", **where)
        await until_said(bot, crisis_id, outcome)
        sent = (await crisis(bot, crisis_id)).letter("M1").deliveries[-1]
        assert ("@U9" in sent.reason) is (outcome == "refused by")
        slack.members["CBOARD"].discard("U9")
    (post,) = slack.stands("CBOARD")
    assert "backups are clean" in words(post) and sent.message == post["ts"]
    await wait(lambda: any("external guests read this channel" in words(m) for m in slack.stands(channel)))
    await sent_to(bot, "@U3,@U9", **where)
    await until_said(bot, crisis_id, "delivered to U3 on slack")
    await until_said(bot, crisis_id, "refused by U9 on slack")
    letters = [m for m in slack.stands("U3") if "backups are clean" in words(m) and "Approve" not in words(m)]
    assert len(letters) == 1
    assert not any("backups are clean" in words(m) for m in slack.stands("U9"))


async def sent_to(bot: Bot, to: str, **where: Any) -> None:
    """M1, previewed and confirmed."""
    answers = len(bot.slack.responses)
    await bot.hands.slash(f"crisis send M1 --to {to}", **where)
    await wait(lambda: any("Confirm" in words(r) for r in bot.slack.responses[answers:]))
    await bot.hands.press(next(r for r in bot.slack.responses[answers:] if "Confirm" in words(r)), "Confirm")


async def until_approved(bot: Bot, crisis_id: str, count: int) -> None:
    async with asyncio.timeout(20):
        while len((await crisis(bot, crisis_id)).letter("M1").approvals) < count:
            await asyncio.sleep(0.05)


async def test_a_guest_who_joins_the_room_mutes_it_until_the_commander_speaks(bot: Bot, slack: Slack, me: str) -> None:
    """Flagged in the room in words for anybody, the commander written to with the button; no fact is posted before
    they press it, and all of them after.
    """
    crisis_id, channel = await declared(bot)
    await bot.hands.slash("crisis take commander", channel=channel)
    await until_said(bot, crisis_id, "is Incident Commander")
    slack.rooms.people["U8"] = {"is_restricted": True, "real_name": "Guest 08"}
    slack.members[channel].add("U8")
    direct = len(slack.stands(me))
    await bot.hands.tell({"type": "member_joined_channel", "user": "U8", "channel": channel, "channel_type": "G"})
    assert "a guest account" in await until_said(bot, crisis_id, "Guest 08")
    await wait(lambda: any("is in this crisis's room" in words(one) for one in slack.stands(channel)))
    await wait(lambda: len(slack.stands(me)) > direct)
    await bot.hands.slash("crisis fact The backups are encrypted, too --source EDR", channel=channel)
    await until_said(bot, crisis_id, "The backups are encrypted")
    asked = next(one for one in slack.stands(me)[direct:] if "Admit Guest 08" in words(one))
    await bot.hands.press(asked, "Admit Guest 08")
    await until_said(bot, crisis_id, "admitted to the room")
    await wait(lambda: any("admitted to the room" in words(one) for one in slack.stands(channel)))
    assert not any("The backups are encrypted" in words(one) for one in slack.stands(channel))
    await bot.hands.slash("crisis note The backups are clean after all", channel=channel)
    await bot.hands.slash("crisis fact The backups are clean --source restore", channel=channel)
    await wait(lambda: any("The backups are clean" in words(one) for one in slack.stands(channel)))
