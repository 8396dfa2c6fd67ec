"""Deliveries to the stand-in over HTTP: places, pages, boards, rooms, outsiders, what is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.courier import Ended
from bot.platform import Gone, Later, Parcel, Receipt, Undeliverable, Unsure
from bot.reporting import report
from bot.teams.delivery import TeamsDelivery
from bot.teams.references import References
from bot.teams.targets import Target
from bot.teams.web import Refusal, Web
from connectors.clock import SystemClock
from connectors.memory import MemoryState
from handlers.core.call import Address
from handlers.core.parcel import Room
from messages.document import Document, Mention, Paragraph, spans
from messages.files.model import Attachment
from tests.bot.stage import NOW
from tests.e2e.teams_hands import text
from tests.e2e.teams_rig import teams_settings
from tests.e2e.teams_signing import TENANT
from tests.e2e.teams_standin import CRISIS_CHANNEL, TEAM_CHANNEL, Fault, Teams, person

THREAD = f"{TEAM_CHANNEL};messageid=1"


def at(**more: Any) -> Address:
    base = {"platform": "teams", "tenant": TENANT, "channel": TEAM_CHANNEL, "thread": "1", "user": "user-1"}
    return Address(**{**base, "visibility": "channel", **more})


def parcel(number: int = 1, words: str = "Twelve cases", **more: Any) -> Parcel:
    document = Document(title=f"Document {number}", blocks=(Paragraph(text=spans(words)),), call="c1")
    return Parcel(**{"id": f"p{number}", "kind": "answer", "call": "c1", "address": at(), "document": document, **more})


LONG = "\n".join(f"line {number} " + "x" * 2_000 for number in range(40))


async def test_a_long_answer_is_paged(delivery: TeamsDelivery, teams: Teams) -> None:
    """What does not fit one card is several messages in their order, each saying which page it is."""
    await delivery.deliver(parcel(words=LONG), None)
    found = [text(message.card) for message in teams.of(THREAD)]
    assert len(found) > 1
    for number, page in enumerate(found, start=1):
        assert f"page {number} of {len(found)}" in page
    assert all(f"line {number} " in "".join(found) for number in range(40))


async def test_a_channel_as_a_whole_gets_a_thread(delivery: TeamsDelivery, teams: Teams) -> None:
    """Without a thread a message begins one, its further pages stand under it, and its receipt finds it again."""
    board = parcel(words=LONG, kind="post", board="b", address=at(thread=""))
    made = await delivery.deliver(board, None)
    assert made.thread == made.message
    pages = teams.of(f"{TEAM_CHANNEL};messageid={made.thread}")
    assert len(pages) == len(teams.messages) > 1
    short = board.model_copy(update={"id": "p2", "document": parcel(2).document})
    assert await delivery.deliver(short, made) == made
    assert pages[0].versions == 2


async def test_patience_between_pages_keeps_the_first(delivery: TeamsDelivery, teams: Teams) -> None:
    """After page one and a 412 for page two, the next try begins with page two."""
    long = parcel(words=LONG)
    await delivery.deliver(parcel(0), None)

    async def second_is_refused() -> None:
        while len(teams.of(THREAD)) < 2:
            await asyncio.sleep(0)
        teams.faults.append(Fault(412))

    watching = asyncio.create_task(second_is_refused())
    with pytest.raises(Later):
        await delivery.deliver(long, None)
    await watching
    await delivery.deliver(long, None)
    pages = [text(message.card) for message in teams.of(THREAD)[1:]]
    assert len(pages) == len(set(pages)) > 1


async def test_an_answer_replaces_the_working_message(delivery: TeamsDelivery, teams: Teams) -> None:
    """The message of the receipt is updated in place; one that is gone is posted anew."""
    working = await delivery.deliver(parcel(kind="working"), None)
    made = await delivery.deliver(parcel(2), working)
    assert made.message == working.message
    assert [message.versions for message in teams.of(THREAD)] == [2]
    again = await delivery.deliver(parcel(3), Receipt(channel=TEAM_CHANNEL, message="404404"))
    assert [message.id for message in teams.of(THREAD)] == [working.message, again.message]


async def test_the_pointer_takes_the_place_of_the_working_message(delivery: TeamsDelivery, teams: Teams) -> None:
    """Where an answer turns out to be private, its announcement in the channel becomes the pointer to it."""
    working = await delivery.deliver(parcel(kind="working"), None)
    await delivery.deliver(parcel(2, address=at(visibility="private")), working)
    channel = teams.of(THREAD)
    assert len(channel) == 1
    assert "personal chat" in text(channel[0].card)
    assert "Twelve" not in text(channel[0].card)
    assert "Twelve cases" in text(teams.of("a:user-1")[0].card)


async def test_a_pointer_that_must_wait_does_not_repeat_the_answer(delivery: TeamsDelivery, teams: Teams) -> None:
    """The answer stands once, however often the pointer is tried."""
    private = parcel(address=at(visibility="private"))

    async def pointer_is_refused() -> None:
        while not teams.of("a:user-1"):
            await asyncio.sleep(0)
        teams.faults.append(Fault(429))

    watching = asyncio.create_task(pointer_is_refused())
    with pytest.raises(Later):
        await delivery.deliver(private, None)
    await watching
    await delivery.deliver(private, None)
    assert (len(teams.of("a:user-1")), len(teams.of(THREAD))) == (1, 1)


async def test_errors_say_what_can_be_done(delivery: TeamsDelivery, teams: Teams) -> None:
    """502 of a post is unsure; 502 of an update is patience, because doing it twice harms nobody; 403 is gone."""
    teams.faults = [Fault(502)]
    with pytest.raises(Unsure):
        await delivery.deliver(parcel(), None)
    stands = await delivery.deliver(parcel(2), None)
    teams.faults = [Fault(504)]
    with pytest.raises(Later):
        await delivery.deliver(parcel(3), stands)
    teams.closed.add(TEAM_CHANNEL)
    with pytest.raises(Gone):
        await delivery.deliver(parcel(4, address=at(user="")), None)
    with pytest.raises(Undeliverable):
        await delivery.deliver(parcel(5, address=at(tenant="unknown")), None)


async def test_patience_grows_without_a_header(web: Web, teams: Teams) -> None:
    """429 without Retry-After is met with longer and longer waits, never the same for everybody."""
    waits = []
    for _ in range(4):
        teams.faults = [Fault(429)]
        with pytest.raises(Later) as refused:
            await web.post(teams.service_url, THREAD, {})
        waits.append(refused.value.after)
    assert 0.5 <= waits[0] <= 1.0
    assert 4.0 <= waits[3] <= 8.0


async def test_a_token_is_fetched_once(delivery: TeamsDelivery, teams: Teams) -> None:
    """However many deliveries at once: one request for a token."""
    await asyncio.gather(*(delivery.deliver(parcel(n, address=at(thread=str(n))), None) for n in range(6)))
    assert teams.tokens == 1


async def test_a_refused_token_is_replaced_once(teams: Teams) -> None:
    """A 401 of the connector asks for one new token; a login that refuses is a refusal with its code, no secret."""
    settings = teams_settings(teams, app_password=None)
    web = Web(settings, SystemClock())
    with pytest.raises(Refusal) as refused:
        await web.post(teams.service_url, THREAD, {})
    assert "AADSTS7000215" in str(refused.value)
    assert "Invalid client secret" not in str(refused.value)
    for status in (429, 503):
        teams.login_down = status
        with pytest.raises(Later):  # a login that is down has not said no: the answer waits for it
            await Web(teams_settings(teams), SystemClock()).post(teams.service_url, THREAD, {})


async def test_what_is_on_its_way_is_let_through(delivery: TeamsDelivery, web: Web, teams: Teams) -> None:
    """A delivery under way when the bot stops arrives once and is not in doubt; a later one still goes out."""
    teams.faults = [Fault(0, late=0.2)]
    sending = asyncio.create_task(delivery.deliver(parcel(), None))
    while not teams.asked:
        await asyncio.sleep(0.01)
    await web.close()
    assert (await sending).message
    await delivery.deliver(parcel(2), None)
    assert len(teams.of(THREAD)) == 2


async def test_a_lost_answer_is_unsure(teams: Teams, state: MemoryState) -> None:
    """A post whose answer does not come in time may stand; an update in the same case is simply done again."""
    clock = SystemClock()
    web = Web(teams_settings(teams), clock, seconds=0.2)
    delivery = TeamsDelivery(teams_settings(teams), web, References(state.store, clock), clock, state.store)
    teams.faults = [Fault(0, late=1.0), Fault(0), Fault(0, late=1.0)]
    with pytest.raises(Unsure):
        await delivery.deliver(parcel(), None)
    stands = await delivery.deliver(parcel(2), None)
    with pytest.raises(Later):
        await delivery.deliver(parcel(3), stands)


async def test_our_token_is_sent_to_nobody_else(web: Web, teams: Teams) -> None:
    """A service address that is not on the list is refused before anything is asked."""
    with pytest.raises(Refusal, match="not on the list"):
        await web.post("https://attacker.example/", THREAD, {})
    assert teams.asked == []


async def test_a_board_is_replaced_and_refreshed(delivery: TeamsDelivery, teams: Teams) -> None:
    """A board carries its refresh, its newest card is kept for whoever looks, and stands in place."""
    first = await delivery.deliver(parcel(kind="post", board="crisis:1", pin=True), None)
    await delivery.deliver(parcel(2, "Thirteen cases", kind="post", board="crisis:1", pin=True), first)
    (message,) = teams.of(THREAD)
    assert message.versions == 2
    assert message.card["refresh"]["action"]["data"] == {"board": "crisis:1"}
    here = Target(TENANT, teams.service_url, TEAM_CHANNEL, "1")
    kept = await delivery.boards.newest(here, "crisis:1")
    assert kept == message.card
    assert await delivery.boards.newest(Target(TENANT, teams.service_url, TEAM_CHANNEL, "2"), "crisis:1") is None


def test_the_thread_of_a_room_is_reported() -> None:
    """Whoever asked for a room hears its channel, thread and first message; a plain post has no thread to tell."""
    receipt = Receipt(channel=CRISIS_CHANNEL, message="17", thread="17")
    room = parcel(kind="post", room=Room(name="crisis-1", title="Crisis"), report="crisis room 1")
    line = report(room, Ended("sent", receipt), NOW).text
    assert f"--result sent --channel {CRISIS_CHANNEL} --thread 17 --message 17" in line
    assert "--thread" not in report(parcel(report="digest delivered d"), Ended("sent", receipt), NOW).text


async def test_without_a_channel_there_is_no_room(teams: Teams, web: Web, state: MemoryState) -> None:
    """The refusal names the setting."""
    clock = SystemClock()
    settings = teams_settings(teams, crisis_channel="")
    delivery = TeamsDelivery(settings, web, References(state.store, clock), clock, state.store)
    with pytest.raises(Undeliverable, match="TEAMS_CRISIS_CHANNEL"):
        await delivery.deliver(parcel(kind="post", room=Room(name="crisis-1", title="Crisis")), None)


@pytest.mark.parametrize(
    "outsider",
    [
        {"userRole": "guest"},
        {"userRole": "anonymous"},
        {"userPrincipalName": "x_example.org#EXT#@tenant.example"},
        {"tenantId": "other"},
    ],
)
async def test_insiders_are_among_themselves(delivery: TeamsDelivery, teams: Teams, outsider: dict[str, str]) -> None:
    """One guest on the last page of the roster, and nothing for insiders is sent."""
    inside = parcel(insiders=True)
    teams.members[TEAM_CHANNEL] = [person(f"user-{number}") for number in range(4)]
    await delivery.deliver(inside, None)
    assert len(teams.of(THREAD)) == 1
    teams.members[TEAM_CHANNEL].append(person("user-5", name="Guest 05", **outsider))
    with pytest.raises(Undeliverable, match="Guest 05"):
        await delivery.deliver(inside, None)
    assert len(teams.of(THREAD)) == 1


async def test_a_guest_gets_nothing_for_insiders_aside_either(delivery: TeamsDelivery, teams: Teams) -> None:
    """Neither in the personal chat that takes a channel's place, nor in the one an answer is sent to directly."""
    teams.members["a:user-1"] = [person("user-1", userRole="guest")]
    teams.closed.add(TEAM_CHANNEL)
    teams.members[TEAM_CHANNEL] = [person("user-2")]
    for address in (at(visibility="private"), at(visibility="direct", channel="", thread=""), at()):
        with pytest.raises(Undeliverable, match="guests"):
            await delivery.deliver(parcel(insiders=True, address=address), None)
    assert teams.messages == []


async def test_a_roster_that_cannot_be_read_is_no_clearance(delivery: TeamsDelivery, teams: Teams) -> None:
    """Without an answer about who reads along, nothing for insiders is sent."""
    teams.members[TEAM_CHANNEL] = []
    with pytest.raises(Undeliverable, match="who reads"):
        await delivery.deliver(parcel(insiders=True), None)


async def test_a_file_is_a_link_to_one_person(delivery: TeamsDelivery, teams: Teams) -> None:
    """The link goes to the asker's chat; the channel reads only that there is something."""
    document = parcel().document
    file = Attachment(name="Figures.csv", format="csv", document=document)
    await delivery.hand_over(parcel(file=file), b"a,b\n1,2\n")
    chat, channel = teams.of("a:user-1"), teams.of(THREAD)
    assert "Save Figures.csv" in text(chat[0].card)
    assert "https://bot.example/teams/files/" in str(chat[0].card)
    assert "Figures" not in text(channel[0].card)


async def test_without_a_public_address_a_file_is_words(teams: Teams, web: Web, state: MemoryState) -> None:
    """The asker is told which setting is missing instead of getting a link that leads nowhere."""
    clock = SystemClock()
    settings = teams_settings(teams, public_url="")
    delivery = TeamsDelivery(settings, web, References(state.store, clock), clock, state.store)
    file = Attachment(name="Figures.csv", format="csv", document=parcel().document)
    await delivery.hand_over(parcel(file=file), b"a,b\n")
    assert "TEAMS_PUBLIC_URL" in text(teams.of(THREAD)[0].card)


async def test_a_mention_of_nobody_keeps_no_board_from_anybody(delivery: TeamsDelivery, teams: Teams) -> None:
    """Teams refuses a message that mentions somebody it does not know: the names stand as words, then and in the copy
    that a refresh is answered from.
    """
    teams.strangers.add("garbage")
    people = (
        Mention(platform="teams", user="garbage", name="Ghost *01*"),
        Mention(platform="teams", user="u2", name="Lead 02"),
    )
    document = Document(title="Board", blocks=(Paragraph(text=spans("Held by ", people[0], " and ", people[1])),))
    board = parcel(kind="post", board="crisis:1").model_copy(update={"document": document})
    made = await delivery.deliver(board, None)
    assert await delivery.deliver(board.model_copy(update={"id": "p2"}), made) == made
    (message,) = teams.of(THREAD)
    assert "Held by Ghost 01 and Lead 02" in text(message.card)
    assert message.versions == 2
    kept = await delivery.boards.newest(Target(TENANT, teams.service_url, TEAM_CHANNEL, "1"), "crisis:1")
    assert kept == message.card
    assert "refresh" in message.card


async def test_a_card_that_teams_does_not_take_is_a_sentence(delivery: TeamsDelivery, teams: Teams) -> None:
    """400 with nobody mentioned: what was refused is said, with the call to quote."""
    teams.faults = [Fault(400)]
    await delivery.deliver(parcel(), None)
    (message,) = teams.of(THREAD)
    assert "Teams refused to show this answer (Injected). Quote c1" in text(message.card)
