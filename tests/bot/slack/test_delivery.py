from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.platform import Later, Parcel, Receipt, Undeliverable, Unsure
from bot.slack.calls import HOME, ORIGINAL
from bot.slack.delivery import SlackDelivery
from connectors.memory import MemoryState
from handlers.core.call import Address
from messages.document import Column, Context, Document, Paragraph, Table, spans
from messages.figures import Figure
from tests.e2e.slack_standin import Slack


def parcel(number: int = 1, kind: Any = "answer", document: Document | None = None, **address: Any) -> Parcel:
    at: dict[str, Any] = {
        "platform": "slack",
        "tenant": "T1",
        "channel": "C1",
        "user": "U1",
        "visibility": "channel",
    } | address
    shown = document or Document(title=f"Document {number}", blocks=(Paragraph(text=spans("words")),))
    return Parcel(id=f"p{number}", kind=kind, call="c1", address=Address.model_validate(at), document=shown)


def long(count: int) -> Document:
    """A document of `count` messages: Slack takes one table a message."""
    table = Table(caption="t", columns=(Column(label="a"),), rows=((spans("x"),),) * 80)
    return Document(title="Long", blocks=(table,) * count)


def ids(slack: Slack, channel: str = "C1") -> list[tuple[str, int]]:
    payloads = [message["metadata"]["event_payload"] for message in slack.stands(channel)]
    return [(payload["id"], payload["page"]) for payload in payloads]


async def test_the_receipt_names_the_first_message(delivery: SlackDelivery, slack: Slack) -> None:
    """What is posted can be replaced in place by its receipt, and is then still one message."""
    receipt = await delivery.deliver(parcel(1, "working"), None)
    assert receipt == Receipt(channel="C1", message=slack.stands("C1")[0]["ts"])
    assert await delivery.deliver(parcel(2), receipt) == receipt
    assert ids(slack) == [("p2", 0)]


async def test_working_says_the_documents_words(delivery: SlackDelivery, slack: Slack) -> None:
    """The announcement is the document's small print, without header and marks."""
    document = Document(title="Working …", blocks=(Context(text=spans("Asking the backends.")),))
    await delivery.deliver(parcel(1, "working", document), None)
    assert slack.stands("C1")[0]["text"] == "Asking the backends."


async def test_pages_come_in_order_in_one_thread(delivery: SlackDelivery, slack: Slack) -> None:
    """Further pages are further messages of the same thread, the first one in the receipt's place."""
    receipt = await delivery.deliver(parcel(1, "working", thread="1.0"), None)
    await delivery.deliver(parcel(2, document=long(3), thread="1.0"), receipt)
    assert ids(slack) == [("p2", 0), ("p2", 1), ("p2", 2)]
    assert {message["thread_ts"] for message in slack.stands("C1")} == {"1.0"}


async def test_patience_in_the_middle_repeats_no_page(delivery: SlackDelivery, slack: Slack) -> None:
    """After a 429 between two pages the first page is not posted again."""
    whole = parcel(1, document=long(2))
    slack.limit(1, 2, "chat.postMessage", spared=1)
    with pytest.raises(Later) as later:
        await delivery.deliver(whole, None)
    assert later.value.after == 2 and ids(slack) == [("p1", 0)]
    await delivery.deliver(whole, None)
    assert ids(slack) == [("p1", 0), ("p1", 1)]


async def test_another_process_finds_what_stands(
    delivery: SlackDelivery, slack: Slack, web: Any, state: MemoryState
) -> None:
    """After a crash between two pages the rest is posted, by a process that knows nothing of the first."""
    slack.scopes += ",channels:history"
    whole = parcel(1, document=long(2))
    assert await delivery.delivered(whole) is False
    await delivery.deliver(whole, None)
    slack.messages["C1"].pop()
    fresh = SlackDelivery(web, delivery._access, delivery._pace._clock, state.store)
    assert await fresh.delivered(whole) is False
    await fresh.deliver(whole, None)
    assert ids(slack) == [("p1", 0), ("p1", 1)]
    assert await fresh.delivered(whole) is True


async def test_what_slack_does_not_tell_is_unknown(delivery: SlackDelivery, slack: Slack) -> None:
    """No scope for a channel's history, a private answer: nobody can tell. A Home tab may be published again."""
    await delivery.deliver(parcel(), None)
    assert await delivery.delivered(parcel()) is None
    assert await delivery.delivered(parcel(visibility="private")) is None
    assert await delivery.delivered(parcel(channel=HOME)) is False
    slack.break_down(1, "conversations.history")
    assert await delivery.delivered(parcel(channel="DU1", visibility="direct")) is None


async def test_a_direct_message_to_a_user_is_found(delivery: SlackDelivery, slack: Slack) -> None:
    """An answer sent to a user id is looked for in the conversation that Slack opened for it."""
    sent = parcel(channel="U1", visibility="direct")
    receipt = await delivery.deliver(sent, None)
    assert receipt.channel == "DU1"
    assert await delivery.delivered(sent) is True


async def test_a_message_that_is_gone_is_posted_anew(delivery: SlackDelivery, slack: Slack) -> None:
    """An update of a deleted message becomes a new message."""
    receipt = await delivery.deliver(parcel(1), Receipt(channel="C1", message="1.000001"))
    assert ids(slack) == [("p1", 0)] and receipt.message == slack.stands("C1")[0]["ts"]


async def test_five_uses_then_ephemeral(delivery: SlackDelivery, slack: Slack) -> None:
    """A response_url is used five times; the sixth message comes as an ephemeral one."""
    at: dict[str, Any] = {"visibility": "private", "response_url": slack.response_url("C1", "U1")}
    await delivery.deliver(parcel(1, document=long(6), **at), None)
    assert len(slack.responses) == 5 and len(slack.ephemerals) == 1
    assert slack.ephemerals[0]["user"] == "U1" and not slack.stands("C1")


async def test_an_expired_url_becomes_ephemeral(delivery: SlackDelivery, slack: Slack) -> None:
    """After 30 minutes the answer comes as an ephemeral message, and the URL is not tried again."""
    at: dict[str, Any] = {"visibility": "private", "response_url": slack.response_url("C1", "U1")}
    slack.expire_urls()
    for number in range(2):
        await delivery.deliver(parcel(number, **at), None)
    assert len(slack.ephemerals) == 2 and slack.counted("response_url") == 1


async def test_a_foreign_url_is_never_asked(delivery: SlackDelivery, slack: Slack) -> None:
    """A response_url of another host is left alone and the answer is ephemeral."""
    url = slack.response_url("C1", "U1").replace("127.0.0.1", "localhost")
    await delivery.deliver(parcel(visibility="private", response_url=url), None)
    assert len(slack.ephemerals) == 1 and slack.counted("response_url") == 0


async def test_a_private_answer_finds_its_reader(delivery: SlackDelivery, slack: Slack) -> None:
    """Where the bot cannot whisper in the channel, the answer comes directly and says why."""
    await delivery.deliver(parcel(channel="CELSEWHERE", visibility="private"), None)
    assert not slack.ephemerals and "cannot write to that channel" in json.dumps(slack.stands("U1")[0])


async def test_a_settled_preview_is_replaced(delivery: SlackDelivery, slack: Slack) -> None:
    """An answer that takes an ephemeral message's place says so to its response_url."""
    at: dict[str, Any] = {"visibility": "private", "response_url": slack.response_url("C1", "U1"), "update": ORIGINAL}
    await delivery.deliver(parcel(**at), Receipt(channel="C1", message=ORIGINAL))
    assert slack.responses[0]["replace_original"] is True and slack.counted("chat.delete") == 0


async def test_what_will_never_work_is_undeliverable(delivery: SlackDelivery, slack: Slack) -> None:
    """A revoked token, a missing scope: trying again will not help, and the reason holds no token."""
    slack.revoked = True
    with pytest.raises(Undeliverable) as error:
        await delivery.deliver(parcel(), None)
    assert "token_revoked" in str(error.value) and "xoxb" not in str(error.value)
    slack.revoked, slack.scopes = False, "commands"
    with pytest.raises(Undeliverable):
        await delivery.deliver(parcel(), None)


async def test_an_archived_channel_is_answered_directly(delivery: SlackDelivery, slack: Slack) -> None:
    """What a channel no longer takes goes to whoever asked; a direct message has nowhere else to go."""
    await delivery.deliver(parcel(channel="CGONE"), None)
    assert len(slack.stands("U1")) == 1


async def test_a_lost_connection_is_unsure(delivery: SlackDelivery, slack: Slack) -> None:
    """Lost after the post: unsure, and a repeat says that it is one."""
    slack.hang_up(1, "chat.postMessage")
    with pytest.raises(Unsure):
        await delivery.deliver(parcel(), None)
    await delivery.deliver(parcel().model_copy(update={"sent_before": True}), None)
    assert ["sent again" in message["text"] for message in slack.stands("C1")] == [False, True]


async def test_only_boards_with_figures_are_kept(delivery: SlackDelivery, slack: Slack, state: MemoryState) -> None:
    """A failure or a person-level board is published but never shown to somebody else."""
    at: dict[str, Any] = {"channel": HOME, "visibility": "direct"}
    known: dict[str, Any] = {
        "definition": "open cases",
        "sources": ("Case desk",),
        "as_of": datetime(2026, 1, 1, tzinfo=UTC),
    }
    figure = Figure(id="queue.open", label="Open", value=7.0, unit="count", **known)
    await delivery.deliver(parcel(1, **at), None)
    private = Document(title="Board", figures=(figure,), private=True)
    await delivery.deliver(parcel(2, document=private, **at), None)
    assert await state.store.get("slackhome:manager") is None
    await delivery.deliver(parcel(3, document=private.model_copy(update={"private": False}), **at), None)
    assert json.loads(await state.store.get("slackhome:manager") or "{}") == slack.homes["U1"]


async def test_home_announces_nothing(delivery: SlackDelivery, slack: Slack) -> None:
    """The Home tab keeps its board until the next one is ready."""
    assert await delivery.deliver(parcel(1, "working", channel=HOME), None) == Receipt()
    assert not slack.homes


async def test_ping(delivery: SlackDelivery, slack: Slack) -> None:
    """Health is auth.test, remembered for a minute; a revoked token is told."""
    assert (await delivery.ping()).ok and (await delivery.ping()).ok
    assert slack.counted("auth.test") == 1
    delivery._web.forget("test")
    slack.revoked = True
    answer = await delivery.ping()
    assert not answer.ok and "token_revoked" in answer.detail


async def test_an_announcement_never_holds_up_its_answer(delivery: SlackDelivery, slack: Slack) -> None:
    """A "working" message that Slack delays or refuses is left out, not tried again."""
    slack.limit(1, 60)
    assert await delivery.deliver(parcel(1, "working"), None) == Receipt()
    slack.break_down(1)
    assert await delivery.deliver(parcel(2, "working", channel="DU1", visibility="direct"), None) == Receipt(
        channel="DU1"
    )
    slack.hang_up(1, "response_url")
    at: dict[str, Any] = {"visibility": "private", "response_url": slack.response_url("C1", "U1")}
    assert await delivery.deliver(parcel(3, "working", **at), None) == Receipt()
    assert slack.counted("chat.postMessage") == 2 and not slack.stands("C1")


async def test_an_announcement_is_found_again(delivery: SlackDelivery, slack: Slack) -> None:
    """One whose confirmation was lost is found, so that the answer still takes its place."""
    slack.hang_up(1, "chat.postMessage")
    receipt = await delivery.deliver(parcel(1, "working", channel="DU1", visibility="direct"), None)
    assert receipt == Receipt(channel="DU1", message=slack.stands("U1")[0]["ts"])
