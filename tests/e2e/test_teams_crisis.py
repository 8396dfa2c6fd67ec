"""A crisis in Teams, from the mention to the receipts, over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from handlers.crisis.state import Crisis, after
from messages.document import Document, Paragraph
from messages.text import render
from tests.bot.stage import until
from tests.e2e.teams_hands import Hands, actions, text
from tests.e2e.teams_rig import Bot, running_bot
from tests.e2e.teams_standin import BOARD_CHANNEL, CRISIS_CHANNEL, Message, Teams, person, running

pytestmark = pytest.mark.asyncio(loop_scope="module")
TITLE = "Ransomware on file servers"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    folder: Path = tmp_path_factory.mktemp("crisis")
    async with running() as teams, running_bot(teams, folder, cases=50) as bot:
        yield bot


@pytest_asyncio.fixture(loop_scope="module")
async def bot(one_bot: Bot) -> AsyncIterator[Bot]:
    """The module's bot among people who have it installed; whatever was sent was a card that stands."""
    teams = one_bot.teams
    for kept in (teams.messages, teams.faults, teams.closed, teams.members):
        kept.clear()
    one_bot.hands.user = "user-1"
    teams.installed |= {"user-1", "user-2", "user-3"}
    yield one_bot
    assert teams.wrong == []


@pytest.fixture
def hands(bot: Bot) -> Hands:
    return bot.hands


@pytest.fixture
def teams(bot: Bot) -> Teams:
    return bot.teams


async def wait(true: Callable[[], bool]) -> None:
    """For what takes a few deliveries."""
    await until(true, 25)


async def crisis(bot: Bot, crisis_id: str = "") -> Crisis:
    """The named crisis, or the newest."""
    listed = await bot.app.core.soc.crises.port.listed()
    return await bot.app.core.soc.crises.get(crisis_id or max(listed, key=lambda one: int(one[0]))[0])


async def until_so(bot: Bot, crisis_id: str, true: Callable[[Crisis], bool]) -> Crisis:
    """The crisis, once it is so."""
    async with asyncio.timeout(25):
        while not true(found := await crisis(bot, crisis_id)):
            await asyncio.sleep(0.03)
    return found


async def until_said(bot: Bot, crisis_id: str, said: str) -> str:
    """The timeline's line with these words, once it is there."""
    async with asyncio.timeout(25):
        while True:
            now = None
            async for _, event in bot.app.core.soc.crises.events(crisis_id):
                now = after(now, event)
                line = render(Document(title="", blocks=(Paragraph(text=event.line(now)),))).strip()
                if said in line:
                    return line
            await asyncio.sleep(0.03)


def boards(teams: Teams, thread: str) -> list[Message]:
    return [one for one in teams.of(thread) if "refresh" in one.card]


async def declared(bot: Bot, title: str = TITLE) -> tuple[str, str]:
    """(crisis, conversation): declared by mention and confirmation, with the board in its thread."""
    hands, teams = bot.hands, bot.teams
    chat = f"a:{hands.user}"
    before = len(teams.of(chat))
    await hands.mention(f'crisis declare "{title}" --severity 1 --separate')
    preview = (await hands.until(chat, before + 1))[-1]
    assert "Declare a major incident?" in text(preview.card)
    await hands.press(preview, "Confirm")
    await wait(lambda: preview.versions == 2)
    assert "is declared" in text(preview.card)
    known = await until_so(bot, "", lambda one: one.title == title and bool(one.rooms))
    thread = f"{CRISIS_CHANNEL};messageid={known.rooms[-1].thread}"
    await wait(lambda: bool(boards(teams, thread)))
    return known.id, thread


async def typed(bot: Bot, thread: str, line: str, user: str = "") -> int:
    """A line typed in the thread with the bot mentioned."""
    channel, _, root = thread.partition(";messageid=")
    mine, bot.hands.user = bot.hands.user, user or bot.hands.user
    try:
        return await bot.hands.mention(line, channel, root)
    finally:
        bot.hands.user = mine


async def confirmed(bot: Bot, thread: str, line: str) -> Message:
    """Typed in the thread, and confirmed there."""
    before = len(bot.teams.messages)
    await typed(bot, thread, line)

    def asked() -> list[Message]:
        found = [one for one in bot.teams.messages[before:] if one.conversation == thread]
        return [one for one in found if any(action["title"] == "Confirm" for action in actions(one.card))]

    await wait(lambda: bool(asked()))
    preview = asked()[0]
    await bot.hands.press(preview, "Confirm")
    await wait(lambda: preview.versions == 2)
    return preview


async def test_from_the_mention_to_the_board(bot: Bot, teams: Teams, hands: Hands) -> None:
    """Declared by mention: a thread of the configured channel with its people called, a welcome, and one board whose
    activity stays the same while its moves change it in place.
    """
    crisis_id, thread = await declared(bot)
    welcome, called, *_ = teams.of(thread)
    assert "may be said here" in text(welcome.card)
    assert "pin" not in text(welcome.card).lower(), "a bot of Teams can pin nothing, and hears no pins"
    assert "<at>Person user-1</at>" in text(called.card)
    (board,) = boards(teams, thread)
    assert "declared" in board.card["body"][0]["text"]
    await hands.press(board, "Take command")
    await until_so(bot, crisis_id, lambda one: one.roles.holder("commander") is not None)
    await wait(lambda: "Person user-1" in text(board.card))
    await hands.press(board, "Mobilise")
    await wait(lambda: any("Confirm" in [a["title"] for a in actions(one.card)] for one in teams.of(thread)))
    preview = next(one for one in teams.of(thread) if "Confirm" in [a["title"] for a in actions(one.card)])
    await hands.press(preview, "Confirm")
    await wait(lambda: "mobilised" in board.card["body"][0]["text"])
    assert boards(teams, thread) == [board]
    assert board.versions >= 3
    action = board.card["refresh"]["action"]
    _, said = await hands.execute(board, action["verb"], action["data"], trigger="automatic")
    assert said["value"] == board.card


async def test_tasks_clocks_and_facts_in_the_thread(bot: Bot, teams: Teams) -> None:
    """What is typed in the thread is about its crisis without naming it: a task, a fact, a clock, the timeline."""
    crisis_id, thread = await declared(bot, "Payment page defaced")
    await declared(bot, "Another one beside it")
    await typed(bot, thread, "crisis task Isolate the two file servers --due 30m")
    await until_so(bot, crisis_id, lambda one: len(one.tasks) == 1)
    await typed(bot, thread, "crisis fact Two servers encrypt --source EDR")
    await until_said(bot, crisis_id, "Two servers encrypt")
    await confirmed(bot, thread, 'crisis clock start aware --at "2026-11-22T08:10Z" --said "Shift lead"')
    await until_so(bot, crisis_id, lambda one: any(duty.state == "running" for duty in one.duties.board))
    await wait(lambda: "Clock" in text(boards(teams, thread)[0].card))
    before = len(teams.of(thread))
    await typed(bot, thread, "crisis timeline")
    await wait(lambda: any("Two servers encrypt" in text(one.card) for one in teams.of(thread)[before:]))
    assert len(boards(teams, thread)) == 1


async def test_a_message_is_drafted_approved_by_others_and_delivered(bot: Bot, teams: Teams) -> None:
    """Drafted by one, approved by others, sent to a channel: refused while a guest reads along, then delivered, and
    each outcome stands in the record with the message's id.
    """
    crisis_id, thread = await declared(bot, "Message to the executives")
    teams.members[BOARD_CHANNEL] = [person("user-2"), person("user-9", userRole="guest", name="Guest 09")]
    await typed(bot, thread, 'crisis draft executive --text "Two servers are encrypted, backups are clean."')
    letter = (await until_so(bot, crisis_id, lambda one: bool(one.letters))).letter("M1")
    await typed(bot, thread, f"crisis approve M1 --hash {letter.text_hash}")
    for user in ("user-2", "user-3", "user-4", "user-5"):
        letter = (await crisis(bot, crisis_id)).letter("M1")
        if letter.missing:
            await typed(bot, thread, f"crisis approve M1 --hash {letter.text_hash}", user)
            count = len(letter.approvals)
            await until_so(bot, crisis_id, lambda one, n=count: len(one.letter("M1").approvals) > n)  # type: ignore[misc]
    assert "Person user-1" not in [one.who.name for one in (await crisis(bot, crisis_id)).letter("M1").approvals]
    for outcome in ("refused by", "delivered to"):
        await confirmed(bot, thread, f"crisis send M1 --to {BOARD_CHANNEL}")
        await until_said(bot, crisis_id, outcome)
        sent = (await crisis(bot, crisis_id)).letter("M1").deliveries[-1]
        assert ("Guest 09" in sent.reason) is (outcome == "refused by")
        teams.members[BOARD_CHANNEL] = [person("user-2")]
    (post,) = [one for one in teams.messages if one.conversation.startswith(BOARD_CHANNEL)]
    assert "backups are clean" in text(post.card)
    assert sent.message == post.id
    await wait(lambda: any("external guests read this" in text(one.card) for one in teams.of(thread)))
    await directly(bot, crisis_id, thread)


async def directly(bot: Bot, crisis_id: str, thread: str) -> None:
    """M1 to two persons: in the personal chat of the one who has the app, refused with the reason for the other."""
    bot.teams.members["a:user-3"] = [person("user-3")]
    await confirmed(bot, thread, "crisis send M1 --to @user-3,@user-8")
    await until_said(bot, crisis_id, "delivered to user-3 on teams")
    assert "the app must be installed" in await until_said(bot, crisis_id, "refused by user-8 on teams")
    chat = [one for one in bot.teams.of("a:user-3") if "backups are clean" in text(one.card)]
    assert "Approve" not in text(chat[-1].card), "the message itself, not the asking for its approval"
    message = next(d for d in (await crisis(bot, crisis_id)).letter("M1").deliveries if d.reader and d.ok).message
    assert message == chat[-1].id


async def test_a_channel_that_nobody_listed_gets_no_message(bot: Bot, teams: Teams, hands: Hands) -> None:
    """A room of a crisis may see what is of its TLP though nobody listed its channel; another thread there may not."""
    crisis_id, thread = await declared(bot, "In a thread of its own")
    await typed(bot, thread, f"crisis status --crisis {crisis_id}")
    await wait(lambda: sum("In a thread of its own" in text(one.card) for one in teams.of(thread)) >= 3)
    elsewhere = f"{CRISIS_CHANNEL};messageid=1600000000001"
    await typed(bot, elsewhere, f"crisis status --crisis {crisis_id}")
    await wait(lambda: bool(teams.of(elsewhere)))
    assert "In a thread of its own" not in text([one.card for one in teams.of(elsewhere)])
    assert any("In a thread of its own" in text(one.card) for one in teams.of(f"a:{hands.user}"))


async def test_a_closed_channel_leaves_a_crisis_without_a_room(bot: Bot, teams: Teams, hands: Hands) -> None:
    """The app is taken out of the channel: the board cannot be delivered, whoever declared is told, the crisis goes
    on in their chat.
    """
    crisis_id, _ = await declared(bot, "Its channel closes")
    teams.closed.add(CRISIS_CHANNEL)
    await hands.say(f"crisis note The channel is gone --crisis {crisis_id}")
    found = await until_so(bot, crisis_id, lambda one: not one.rooms)
    assert "BotNotInConversationRoster" in found.room_problem
    await wait(lambda: any("has no room" in text(one.card) for one in teams.of(f"a:{hands.user}")))


async def test_a_board_that_is_gone_stands_again(bot: Bot, teams: Teams) -> None:
    """Somebody deleted the board's message: the next change posts another one, which is then the one replaced."""
    crisis_id, thread = await declared(bot, "Its board goes")
    teams.messages.remove(boards(teams, thread)[0])
    await typed(bot, thread, "crisis note first")
    await wait(lambda: len(boards(teams, thread)) == 1)
    (new,) = boards(teams, thread)
    before = new.versions
    await typed(bot, thread, "crisis note second")
    await until_said(bot, crisis_id, "second")
    await wait(lambda: new.versions > before)
    assert boards(teams, thread) == [new]


async def test_a_room_whose_confirmation_was_lost(bot: Bot, teams: Teams, hands: Hands) -> None:
    """The thread stands and the answer to us was lost: Teams cannot be asked, so a second thread is made. That one is
    the crisis's room and says so first; the first holds nothing of the crisis and says that it is not used.
    """
    await hands.mention('crisis declare "Its room is doubtful" --severity 2 --separate')
    preview = (await hands.until(f"a:{hands.user}"))[-1]
    channel = "/connector/v3/conversations"
    teams.lose.append(("POST", channel))
    await hands.press(preview, "Confirm")
    known = await until_so(bot, "", lambda one: one.title == "Its room is doubtful" and bool(one.rooms))
    room = f"{CRISIS_CHANNEL};messageid={known.rooms[0].thread}"
    await wait(lambda: bool(boards(teams, room)))
    (left,) = [one for one in teams.messages if "being made ready" in text(one.card) and one.conversation != room]
    assert "it is not used" in text(left.card)
    assert "doubtful" not in str(left.activity)
    (welcome,) = [one for one in teams.messages if "may be said here" in text(one.card)]
    assert welcome.conversation == room
    assert text(welcome.card).startswith("(this is the room;")


async def test_a_guest_who_is_there_before_the_room(bot: Bot, teams: Teams, hands: Hands) -> None:
    """A crisis is declared while a guest is in the channel: its thread opens with who they are, neither title nor board
    stands there; whoever declared takes command, admits them by the button, and the board comes.
    """
    guest = person("user-9", name="Guest 09", userPrincipalName="guest_example.org#EXT#@tenant.example")
    teams.members[CRISIS_CHANNEL] = [person("user-1"), person("user-2"), guest]
    await hands.mention('crisis declare "Beside a guest" --severity 1 --separate')
    await hands.press((await hands.until(f"a:{hands.user}"))[-1], "Confirm")
    known = await until_so(bot, "", lambda one: one.title == "Beside a guest" and bool(one.guests))
    thread = f"{CRISIS_CHANNEL};messageid={known.rooms[0].thread}"
    await typed(bot, thread, "crisis take commander")
    await until_so(bot, known.id, lambda one: one.roles.holder("commander") is not None)
    await wait(lambda: any("Admit Guest 09" in text(one.card) for one in teams.of(f"a:{hands.user}")))
    await wait(lambda: any("is in this crisis's room" in text(one.card) for one in teams.of(thread)))
    assert "a guest account" in text(teams.of(thread)[0].card)
    assert boards(teams, thread) == []
    assert "Beside a guest" not in str([one.activity for one in teams.of(thread)])
    asked = next(one for one in teams.of(f"a:{hands.user}") if "Admit Guest 09" in text(one.card))
    await hands.press(asked, "Admit Guest 09")
    await wait(lambda: bool(boards(teams, thread)))
    assert "Beside a guest" in text(boards(teams, thread)[0].card)
