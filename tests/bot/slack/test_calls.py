from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.slack import calls

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SLASH = {
    "team_id": "T1",
    "user_id": "U1",
    "user_name": "lead",
    "channel_id": "C1",
    "command": "/security",
    "text": "metrics soc",
    "trigger_id": "1.2.3",
    "response_url": "https://hooks.slack.com/commands/T1/1/x",
}


def event(kind: str = "app_mention", body: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    said = {"type": kind, "user": "U1", "text": "<@UBOT> help", "ts": "10.1", "channel": "C1", "channel_type": "im"}
    return {"team_id": "T1", "event_id": "Ev1", "event": said | more} | (body or {})


def pressed(container: dict[str, Any] | None = None, line: str = "case list", **more: Any) -> dict[str, Any]:
    action = {"action_id": "line:0", "type": "button", "value": line, "action_ts": "5.1"}
    body = {
        "team": {"id": "T1"},
        "user": {"id": "U1", "team_id": "T1", "username": "lead"},
        "trigger_id": "9.9",
        "response_url": "https://hooks.slack.com/actions/T1/1/x",
        "container": container or {"type": "view", "view_id": "V1"},
        "actions": [action],
    }
    return body | more


def test_the_same_delivery_is_the_same_call() -> None:
    """An id comes from Slack's delivery id alone: short, safe in keys, another for another delivery."""
    one, two = calls.slash(SLASH, "/security", AT), calls.slash({**SLASH, "text": "other"}, "/security", AT)
    other = calls.slash({**SLASH, "trigger_id": "1.2.4"}, "/security", AT)
    assert one.id == two.id != other.id
    assert len(one.id) == 21 and one.id.startswith("S") and one.id.isalnum()


def test_a_slash_command_is_private() -> None:
    """A slash command is answered to whoever typed it, through its response_url."""
    call = calls.slash(SLASH, "/security", AT)
    assert (call.text, call.door, call.who.tenant, call.who.user) == ("metrics soc", "slash", "T1", "U1")
    assert call.address.visibility == "private" and call.address.response_url == SLASH["response_url"]
    assert "hooks" not in repr(call)


@pytest.mark.parametrize(
    ("command", "text"),
    [("/security", "x"), ("/security-metrics", "metrics x"), ("/security-metrics-soc", "metrics soc x"), ("/soc", "x")],
)
def test_aliases(command: str, text: str) -> None:
    """What stands behind the registered command's name is typed first; an unknown name adds nothing."""
    assert calls.slash({**SLASH, "command": command, "text": "x"}, "/security", AT).text == text


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("<@UBOT> metrics soc", "metrics soc"),
        ("<@UBOT|bot>: metrics soc", "metrics soc"),
        ("hello <@UBOT> case show 1", "case show 1"),
        ("case show 1 <@UBOT>", "case show 1"),
        ("<@UBOT>", ""),
        ("<@UBOT> ask <@UBOT> and <@U2>", "ask <@UBOT> and <@U2>"),
    ],
)
def test_the_bots_own_mention_is_no_word(said: str, line: str) -> None:
    """The line is what follows the first mention of the bot, or stands before it when nothing follows."""
    call = calls.mention(event(text=said), "UBOT", AT)
    assert call is not None and call.text == line


def test_a_mention_is_answered_in_its_thread() -> None:
    """The thread is the one the mention stands in, or begins at the mention."""
    outside, inside = calls.mention(event(), "UBOT", AT), calls.mention(event(thread_ts="9.0"), "UBOT", AT)
    assert outside and (outside.address.thread, outside.address.visibility) == ("10.1", "channel")
    assert inside and inside.address.thread == "9.0"


def test_an_author_of_another_organisation_is_not_ours() -> None:
    """In a shared channel the author's own workspace is the tenant, so that no right of ours applies."""
    call = calls.mention(event(body={"is_ext_shared_channel": True}, user_team="T9"), "UBOT", AT)
    assert call and (call.who.tenant, call.address.tenant) == ("T9", "T1")


def test_in_a_shared_channel_nobody_is_ours_unless_slack_says_so() -> None:
    """An author without a team, in a channel shared with another organisation, is not taken for one of ours."""
    call = calls.mention(event(body={"is_ext_shared_channel": True}), "UBOT", AT)
    assert call and call.who.tenant == ""


def test_a_mention_of_many_halves_is_read_at_once() -> None:
    """Whoever writes in a channel cannot hold the bot up with one message."""
    started = time.perf_counter()
    calls.mention(event(text="<@UBOT|" * 6_000), "UBOT", AT)
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize("more", [{"bot_id": "B1"}, {"user": ""}, {"edited": {}}, {"subtype": "message_deleted"}])
def test_nobody_asked(more: dict[str, Any]) -> None:
    """Bots, edits and messages without an author are no calls."""
    assert calls.direct(event("message", **more), "UBOT", AT) is None


def test_a_button_answers_where_it_stood() -> None:
    """Ephemeral: privately. Channel: in the thread of its message. Direct message: there. Home: directly."""
    private = calls.press(pressed({"type": "message", "channel_id": "C1", "is_ephemeral": True}), AT)
    assert private and private.address.visibility == "private" and private.address.response_url
    public = calls.press(pressed({"type": "message", "channel_id": "C1", "message_ts": "7.1"}), AT)
    assert public and (public.address.visibility, public.address.thread) == ("channel", "7.1")
    direct = calls.press(pressed({"type": "message", "channel_id": "D1", "message_ts": "7.1"}), AT)
    assert direct and (direct.address.visibility, direct.address.thread) == ("direct", "")
    at_home = calls.press(pressed(), AT)
    assert at_home and (at_home.address.visibility, at_home.address.channel) == ("direct", "U1")


def test_a_settled_preview_is_replaced_only_for_its_owner() -> None:
    """After confirm or cancel the preview gives way, except in a channel, where anybody can press."""
    private = calls.press(pressed({"channel_id": "C1", "is_ephemeral": True}, "confirm x"), AT)
    direct = calls.press(pressed({"channel_id": "D1", "message_ts": "7.1"}, "cancel x"), AT)
    public = calls.press(pressed({"channel_id": "C1", "message_ts": "7.1"}, "confirm x"), AT)
    assert private and private.address.update == calls.ORIGINAL
    assert direct and direct.address.update == "7.1"
    assert public and public.address.update == ""


def test_a_menu_types_its_options_value() -> None:
    """A choice in the "open" menu is the line of the option; a link button types nothing."""
    option = {"action_id": "open", "type": "static_select", "selected_option": {"value": "open s1"}, "action_ts": "1"}
    chosen = calls.press(pressed(actions=[option]), AT)
    assert chosen and chosen.text == "open s1"
    assert calls.press(pressed(actions=[{"action_id": "abc", "type": "button", "action_ts": "1"}]), AT) is None


def test_two_presses_are_two_calls() -> None:
    """A press is told from the next by its action's instant."""
    first = calls.press(pressed(), AT)
    again = pressed()
    again["actions"][0]["action_ts"] = "5.2"
    second = calls.press(again, AT)
    assert first and second and first.id != second.id


def test_home_is_direct() -> None:
    """Home asks for the board, for the one person; other tabs ask for nothing."""
    call = calls.home(event("app_home_opened", tab="home"), AT)
    assert call and (call.address.channel, call.address.visibility, call.door) == (calls.HOME, "direct", "home")
    assert calls.home(event("app_home_opened", tab="messages"), AT) is None
