"""Teams from end to end: signed activities in, checked cards out, through the whole bot."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from handlers.core.call import Address
from handlers.core.parcel import Post, outgoing, wrapped
from messages.document import Document
from tests.bot.stage import until
from tests.e2e.teams_hands import Hands, actions, text
from tests.e2e.teams_rig import Bot, running_bot
from tests.e2e.teams_signing import TENANT
from tests.e2e.teams_standin import OTHER_CHANNEL, TEAM_CHANNEL, Fault, Message, Teams, person, running

pytestmark = pytest.mark.asyncio(loop_scope="module")
_serial = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def teams_bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    """One bot for the module: starting one takes two seconds."""
    folder: Path = tmp_path_factory.mktemp("data")
    async with running() as teams, running_bot(teams, folder) as bot:
        yield bot


@pytest_asyncio.fixture(loop_scope="module")
async def hands(teams_bot: Bot) -> AsyncIterator[Hands]:
    """A person of the test's own; whatever was sent must have been a card that stands."""
    hands = teams_bot.hands
    hands.user = f"user-{next(_serial)}"
    hands.teams.messages.clear()
    hands.teams.faults.clear()
    hands.teams.closed.clear()
    yield hands
    assert hands.teams.wrong == []


@pytest.fixture
def teams(hands: Hands) -> Teams:
    return hands.teams


async def test_a_direct_message_is_answered_with_cards(hands: Hands) -> None:
    """What is typed in the personal chat is answered there, as cards without text beside them."""
    assert await hands.say("/security:metrics soc —performance") == 201
    found = await hands.until(f"a:{hands.user}")
    assert "MTTR" in text(found[0].card)
    assert "Simulated data" in text(found[0].card)


async def test_a_mention_is_answered_in_its_thread(hands: Hands) -> None:
    """A mention in a channel whose ceiling allows it is answered in the same thread, once."""
    assert await hands.mention("case&nbsp;list", root="1700000000111") == 201
    found = await hands.until(f"{TEAM_CHANNEL};messageid=1700000000111")
    assert "open cases" in text(found[0].card)


async def test_a_channel_above_its_ceiling_gets_a_pointer(hands: Hands, teams: Teams) -> None:
    """Where nobody cleared the channel, the answer goes to the personal chat and the channel reads where it is."""
    await hands.say("help")
    await hands.until(f"a:{hands.user}")
    assert await hands.mention("metrics soc", OTHER_CHANNEL, root="1700000000222") == 201
    channel = await hands.until(f"{OTHER_CHANNEL};messageid=1700000000222")
    assert "personal chat" in text(channel[0].card)
    assert "MTTR" not in text(channel[0].card)
    chat = await hands.until(f"a:{hands.user}", 2)
    assert "MTTR" in text(chat[1].card)
    assert "Post to channel" not in text([message.card for message in chat])


async def test_without_a_personal_chat_the_channel_is_told_how_to_get_one(hands: Hands) -> None:
    """An answer that is not for everybody is not shown to everybody because there is no other place for it."""
    await hands.mention("metrics soc", OTHER_CHANNEL, root="1700000000333")
    channel = await hands.until(f"{OTHER_CHANNEL};messageid=1700000000333")
    assert "add me as a personal app" in text(channel[0].card)
    assert "MTTR" not in text(channel[0].card)


async def test_a_personal_chat_is_begun_where_the_app_is_installed(hands: Hands, teams: Teams) -> None:
    """Somebody who never wrote to the bot directly gets their answer in a chat that the bot begins."""
    teams.installed.add(hands.user)
    await hands.mention("metrics soc", OTHER_CHANNEL, root="1700000000444")
    chat = await hands.until(f"a:{hands.user}")
    assert "MTTR" in text(chat[0].card)


async def test_the_same_activity_twice_is_one_call(hands: Hands) -> None:
    """A redelivered activity is answered once."""
    activity = hands.activity(text="help")
    assert [(await hands.send(activity))[0] for _ in range(3)] == [201, 201, 201]
    await hands.until(f"a:{hands.user}")
    await hands.say("help metrics soc")
    assert len(await hands.until(f"a:{hands.user}", 2)) == 2


async def test_what_does_not_mention_the_bot_is_not_its_business(hands: Hands, teams: Teams) -> None:
    """In a channel, messages that do not mention the bot get no answer."""
    conversation = f"{TEAM_CHANNEL};messageid=1700000000555"
    assert (await hands.send(hands.activity(conversation=conversation, text="help")))[0] == 201
    await hands.say("help")
    await hands.until(f"a:{hands.user}")
    assert teams.of(conversation) == []


async def test_a_button_is_acknowledged_and_answered(hands: Hands) -> None:
    """Action.Execute hears at once that it is under way; the answer comes as a message."""
    await hands.say("help metrics soc")
    card = (await hands.until(f"a:{hands.user}"))[0]
    status, said = await hands.execute(card, "line", {"line": "help"})
    assert (status, said["type"]) == (200, "application/vnd.microsoft.activity.message")
    assert len(await hands.until(f"a:{hands.user}", 2)) == 2


async def test_every_button_of_an_answer_can_be_pressed(hands: Hands) -> None:
    """What a rendered card carries comes back as a call: the operations board's own button."""
    await hands.say("monitor operations")
    pages = await hands.until(f"a:{hands.user}", 2)
    page = next(message for message in pages if actions(message.card))
    label = next(one["title"] for one in actions(page.card) if one["data"].get("line"))
    assert (await hands.press(page, label))[1]["value"].startswith("Under way")
    assert len(await hands.until(f"a:{hands.user}", 3)) >= 3


async def test_a_write_is_previewed_and_its_confirmation_replaces_it(hands: Hands) -> None:
    """Confirm executes once; the preview is updated in place by the outcome."""
    await hands.say("case list")
    listed = (await hands.until(f"a:{hands.user}"))[0]
    number = re.search(r"^\d{3,5}$", text(listed.card), re.MULTILINE)
    assert number, text(listed.card)
    await hands.say(f"case comment {number[0]} Looked at it")
    preview = (await hands.until(f"a:{hands.user}", 2))[1]
    await hands.press(preview, "Confirm")
    await until(lambda: preview.versions == 2)
    assert "Confirm" not in [one["title"] for one in actions(preview.card)]
    assert len(await hands.until(f"a:{hands.user}", 2)) == 2


async def test_patience_is_kept_and_nothing_is_lost(hands: Hands, teams: Teams) -> None:
    """429 and 412 are waited out, and the answer comes once."""
    teams.faults += [Fault(429, (("Retry-After", "0.1"),)), Fault(412)]
    await hands.say("help")
    found = await hands.until(f"a:{hands.user}")
    assert len(found) == 1
    assert "sent again" not in text(found[0].card)


async def test_a_doubtful_delivery_is_repeated_with_a_mark(hands: Hands, teams: Teams) -> None:
    """After 502 nobody knows whether it stands: it is sent again, and says so."""
    teams.faults.append(Fault(502, after=True))
    await hands.say("help")
    found = await hands.until(f"a:{hands.user}", 2)
    assert "sent again" in text(found[1].card)


async def test_a_card_that_is_refused_becomes_a_sentence(hands: Hands, teams: Teams) -> None:
    """413 or 400 for a card: the reader is told that it was not shown, and which call to quote."""
    teams.faults.append(Fault(413))
    await hands.say("help")
    found = await hands.until(f"a:{hands.user}")
    assert "refused to show" in text(found[0].card)


async def test_a_closed_channel_is_answered_directly(hands: Hands, teams: Teams) -> None:
    """Where the bot may not write, the asker gets the answer in their chat, with the reason."""
    await hands.say("help")
    await hands.until(f"a:{hands.user}")
    teams.closed.add(TEAM_CHANNEL)
    await hands.mention("case list", root="1700000000666")
    chat = await hands.until(f"a:{hands.user}", 2)
    assert "cannot write to that conversation" in text(chat[1].card)


async def test_a_form_is_offered_checked_and_run(hands: Hands) -> None:
    """A command that lacks its words comes as a form; wrong input is told at once, good input runs."""
    await hands.say("case comment")
    form = (await hands.until(f"a:{hands.user}"))[0]
    button = next(one for one in actions(form.card) if one["verb"] == "form")
    _, said = await hands.press(form, button["title"])
    assert "missing" in said["value"]
    prefix = button["data"]["prefix"]
    _, said = await hands.press(form, button["title"], **{f"{prefix}case-id": "390", f"{prefix}text": "Seen"})
    assert "Under way" in said["value"]


async def test_a_menu_with_nothing_chosen_says_so(hands: Hands) -> None:
    """A press without a choice is met with a sentence, and with no call."""
    await hands.say("help")
    card = (await hands.until(f"a:{hands.user}"))[0]
    _, said = await hands.execute(card, "line", {"menu": "open"})
    assert "Choose" in said["value"]
    for hostile in ({"menu": []}, {"menu": {}}, {"line": 7}, {}):
        assert (await hands.execute(card, "line", hostile))[0] == 200
    assert (await hands.execute(card, "form", {"command": "help", "switches": [[]], "prefix": "p"}))[0] == 200


async def test_a_board_is_refreshed_without_asking_anybody(teams_bot: Bot, hands: Hands, teams: Teams) -> None:
    """A board posted into a thread answers its refresh with its newest card; elsewhere nobody gets it."""
    await hands.say("help")
    await hands.until(f"a:{hands.user}")
    await hands.mention("case list", root="1700000000777")
    thread = f"{TEAM_CHANNEL};messageid=1700000000777"
    await hands.until(thread)
    for number, words in enumerate(("Twelve", "Thirteen")):
        at = Address(
            platform="teams", tenant=TENANT, channel=TEAM_CHANNEL, thread="1700000000777", visibility="channel"
        )
        document = Document(title=f"{words} open", tlp="green")
        post = Post(address=at, document=document, board="live", pin=True)
        await teams_bot.app.core.state.queue.post([outgoing(wrapped(post, f"{hands.user}:{number}", "c"))])
        await until(lambda words=words: any(words in text(one.card) for one in teams.of(thread)))
    (board,) = [one for one in teams.of(thread) if "open" in text(one.card) and "refresh" in one.card]
    assert board.versions == 2
    action = board.card["refresh"]["action"]
    _, said = await hands.execute(board, action["verb"], action["data"], trigger="automatic")
    assert said["value"] == board.card
    elsewhere = Message("1", f"{TEAM_CHANNEL};messageid=9", {}, {})
    _, said = await hands.execute(elsewhere, action["verb"], action["data"])
    assert said["type"] == "application/vnd.microsoft.activity.message"


async def test_a_person_is_named_by_the_roster(hands: Hands, teams: Teams) -> None:
    """Somebody mentioned who never wrote to the bot is found in the roster: the line names their object id."""
    teams.members[TEAM_CHANNEL] = [person("user-99", name="Lead 99")]
    who = {"type": "mention", "text": "<at>Lead 99</at>", "mentioned": {"id": "29:user-99", "name": "Lead 99"}}
    conversation = f"{TEAM_CHANNEL};messageid=1700000000888"
    activity = hands.mentioning("nonsense <at>Lead 99</at>", conversation, entities=[who])
    assert (await hands.send(activity))[0] == 201
    assert ("GET", f"/connector/v3/conversations/{conversation}/members/29:user-99") in teams.asked


@pytest.mark.parametrize("line", ["help", "case list", "monitor operations", "metrics soc", "help crisis", "alerts"])
async def test_every_answer_is_cards_that_stand(hands: Hands, line: str) -> None:
    """What these commands answer, pages and all, passes Microsoft's typed models in strict mode and our own rules."""
    await hands.say(line)
    found = await hands.until(f"a:{hands.user}")
    assert all(message.card["version"] == "1.5" for message in found)
