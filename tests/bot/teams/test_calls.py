"""Activities as calls: who, where, what was typed; hostile forms are no crash."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.teams import calls, words
from handlers.core.call import Call
from handlers.core.registry import discover
from tests.bot.stage import NOW
from tests.e2e.teams_hands import BOT, Hands
from tests.e2e.teams_signing import TENANT
from tests.e2e.teams_standin import TEAM_CHANNEL, Json, Teams

REGISTRY = discover()
hands = Hands(None, "", Teams("http://127.0.0.1"), "user-1")  # type: ignore[arg-type]
CHANNEL = f"{TEAM_CHANNEL};messageid=1700"


def test_a_channel_is_its_conversation_without_the_thread() -> None:
    """Tenant, channel, thread and aadObjectId; the thread is the root message."""
    call = calls.message(hands.mentioning("help", CHANNEL), {}, NOW)
    assert call is not None
    at = call.address
    assert (at.platform, at.tenant, at.channel, at.thread, at.user) == ("teams", TENANT, TEAM_CHANNEL, "1700", "user-1")
    assert (at.visibility, call.door, call.text) == ("channel", "mention", "help")
    assert (call.who.tenant, call.who.user) == (TENANT, "user-1")


def test_a_personal_chat_needs_no_mention() -> None:
    """Direct, without a thread."""
    call = calls.message(hands.activity(text="help"), {}, NOW)
    assert call is not None
    assert (call.address.visibility, call.address.thread, call.door) == ("direct", "", "dm")


def test_a_group_chat_needs_one() -> None:
    """In company only what mentions the bot is for it."""
    assert calls.message(hands.activity(conversation="19:g@thread.v2", text="help"), {}, NOW) is None
    call = calls.message(hands.mentioning("help", "19:g@thread.v2"), {}, NOW)
    assert call is not None
    assert (call.address.channel, call.address.visibility) == ("19:g@thread.v2", "channel")


def test_a_slash_command_in_company_is_answered_directly() -> None:
    """Only the sender saw the question: the answer goes to their personal chat, and nothing to the channel."""
    activity = hands.activity(conversation=CHANNEL, text="/security:metrics soc")
    activity["recipient"] = {"id": BOT, "name": "SOC Bot", "isTargeted": True}
    call = calls.message(activity, {}, NOW)
    assert call is not None
    assert (call.door, call.address.visibility, call.address.channel) == ("slash", "direct", "")


def test_bots_are_not_answered() -> None:
    """Another bot's message is no call."""
    for change in ({"from": {"id": "28:other", "aadObjectId": "x"}}, {"from": {"id": "29:x", "role": "bot"}}):
        assert calls.message({**hands.activity(text="help"), **change}, {}, NOW) is None


def test_the_same_activity_is_the_same_call() -> None:
    """By conversation and activity id: neither alone."""
    first, second = hands.activity(text="a"), hands.activity(text="b")
    assert calls.call_id(first) == calls.call_id({**first, "text": "edited"})
    assert calls.call_id(first) != calls.call_id(second)
    elsewhere = {**first, "conversation": {"id": "a:other"}}
    assert calls.call_id(first) != calls.call_id(elsewhere)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("<at>SOC Bot</at> metrics soc", "metrics soc"),
        ("<at>SOC Bot</at>&nbsp;metrics soc —performance", "&nbsp;metrics soc —performance"),
        ("metrics soc <at>SOC Bot</at>", "metrics soc"),
        ("<p><at>SOC Bot</at> metrics&nbsp;soc</p>\n<p>--performance</p>", "metrics&nbsp;soc --performance"),
        ("<at>SOC Bot</at> case comment 7 if a<b then <b>stop</b>", "case comment 7 if a<b then stop"),
        ("<at>SOC Bot</at> note &lt;at&gt;x&lt;/at&gt;", "note &lt;at&gt;x&lt;/at&gt;"),
    ],
)
def test_markup_is_taken_away_and_words_are_kept(text: str, typed: str) -> None:
    """The bot's mention and HTML go; what somebody typed stays, entities for the parser to decode."""
    activity = {**hands.mentioning("", CHANNEL), "text": text}
    assert words.line(activity, {}) == typed


def test_people_are_named_by_their_object_id() -> None:
    """A mention becomes an account that the crisis commands understand; one that nobody knows stays a name."""
    entities = [
        {"type": "mention", "text": "<at>Lead 02</at>", "mentioned": {"id": "29:two", "name": "Lead 02"}},
        {"type": "mention", "text": "<at>Lead 03</at>", "mentioned": {"id": "29:three", "name": "Lead 03"}},
    ]
    activity = hands.mentioning("crisis role scribe <at>Lead 02</at> <at>Lead 03</at>", CHANNEL, entities=entities)
    assert words.line(activity, {"29:two": "user-2"}) == "crisis role scribe @user-2 @Lead 03"


def test_rich_text_alone_is_read() -> None:
    """Where the plain text is empty its HTML twin speaks."""
    rich = [{"contentType": "text/html", "content": "<div><at>SOC Bot</at> help</div>"}]
    assert words.line({**hands.mentioning("", CHANNEL), "text": "", "attachments": rich}, {}) in {
        "help",
        "@SOC Bot help",
    }


def pressed(data: Any, verb: str = "line", **more: Any) -> calls.Press:
    value = {"action": {"type": "Action.Execute", "verb": verb, "data": data}}
    return calls.press(hands.activity("invoke", value=value, replyToId="m1", **more), REGISTRY, NOW)


def test_a_press_is_typed_by_whoever_pressed() -> None:
    """The line comes from the card, the person and the place from the signed activity."""
    press = pressed({"line": "case show 7", "user": "somebody else", "tenant": "other"})
    assert press.call is not None
    assert (press.call.text, press.call.who.user, press.call.address.update) == ("case show 7", "user-1", "")
    settled = pressed({"line": "confirm abc"}).call
    assert settled is not None
    assert settled.address.update == "m1"


def test_a_board_is_asked_for_by_its_key() -> None:
    """The verb of a refresh is no call."""
    press = pressed({"board": "crisis:1"}, verb=calls.REFRESH)
    assert (press.call, press.board) == (None, "crisis:1")


def test_an_old_clients_submit_is_a_press_too() -> None:
    """Action.Submit: a message with a value and no text."""
    press = calls.press(hands.activity(value={"line": "help"}, replyToId="m1"), REGISTRY, NOW)
    assert press.call is not None
    assert press.call.text == "help"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
FIELDS = (
    "id",
    "text",
    "from",
    "recipient",
    "conversation",
    "channelData",
    "entities",
    "attachments",
    "value",
    "action",
)
KEYS = ("menu", "line", "command", "prefix", "switches", "board")


@given(
    st.dictionaries(st.sampled_from(FIELDS), JSON), st.dictionaries(st.sampled_from(KEYS), JSON), st.text(max_size=5)
)
def test_no_form_of_an_activity_is_a_crash(activity: Json, data: Json, verb: str) -> None:
    """Whatever a client makes of a card or a message: a call, or none."""
    found = {"type": "message", **activity}
    calls.place(found)
    said = calls.message(found, {}, NOW)
    assert said is None or (isinstance(said, Call) and said.who.platform == "teams")
    pressed = (found, *({"value": {"action": {"verb": one, "data": data}}} for one in (verb, "form")))
    assert all(isinstance(calls.press(one, REGISTRY, NOW), calls.Press) for one in pressed)


def test_mentions_that_are_never_closed_are_words() -> None:
    """Many openings without an end are read once each, and the one that is closed is still a name."""
    said = "<at>" * 6_000 + "<at>Somebody</at> metrics soc"
    assert words.line({"text": said}, {}).endswith("@Somebody metrics soc")
