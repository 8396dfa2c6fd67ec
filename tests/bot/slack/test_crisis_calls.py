"""What people do with messages, as lines: words of strangers stay words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack import crisis_calls
from bot.slack.crisis_calls import MOST, Said, changed, declaring, identity, noted, words, written
from handlers.core.parser import parse
from handlers.core.registry import discover

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
REGISTRY = discover()
HOSTILE = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            ["--crisis", "9", "—message", "'", '"', "x", "<@U1|a>", "&lt;", "\n", "confirm", "--form", "“"]
        ),
        max_size=12,
    ).map(" ".join),
)


def line_of(text: str, origin: str = "pin") -> Any:
    command = REGISTRY.get("crisis noted")
    assert command is not None
    message = {"ts": "1763805600.000100", "user": "U2", "text": text}
    said = Said(identity("T1", "U1"), origin, "C1", message)
    call = noted({"team_id": "T1"}, said, "key", command, AT)
    assert (call.door, call.who.user, call.address.visibility) == ("event", "U1", "private")
    return parse(call.text, REGISTRY)


@settings(deadline=None)
@given(HOSTILE)
def test_a_messages_words_are_never_flags(text: str) -> None:
    """Whatever a pinned message says, the line is one `crisis noted` about that message in that channel."""
    parsed = line_of(text)
    args = parsed.args
    assert parsed.command.name == "crisis noted" and not parsed.form
    assert (args.crisis, args.channel, args.message, args.author) == ("", "C1", "1763805600.000100", "U2")
    assert args.at == datetime(2025, 11, 22, 10, 0, 0, 100, UTC)


def test_ordinary_words_arrive_as_they_were_written() -> None:
    """Quotes, dashes in a sentence and a shell line are kept."""
    said = 'He said "no" -- then ran `rm -rf /tmp/x` on fs-01'
    assert line_of(said).args.text == said


@settings(deadline=None)
@given(HOSTILE)
def test_a_title_from_a_message_is_only_a_title(text: str) -> None:
    """The message shortcut opens the form of `crisis declare` with nothing but the title filled in."""
    command = REGISTRY.get("crisis declare")
    assert command is not None
    body = {"user": {"id": "U1"}, "team": {"id": "T1"}, "channel": {"id": "C1"}, "message": {"text": text}}
    parsed = parse(declaring(body, command, AT).text, REGISTRY)
    assert parsed.command.name == "crisis declare" and parsed.form
    assert parsed.args.model_fields_set <= {"title"}


def test_long_messages_are_cut_with_a_word() -> None:
    """What an entry does not keep is said to be missing."""
    found = words({"text": "x" * (MOST + 1)})
    assert found.endswith("(cut here; 3,001 characters in all)") and len(found) < MOST + 60


def test_files_stand_as_their_names() -> None:
    """A screenshot without a word is an entry all the same."""
    assert words({"files": [{"name": "note.png"}, {}]}) == "[files: note.png, a file]"


@pytest.mark.parametrize(
    ("event", "found"),
    [
        ({"subtype": "message_deleted", "deleted_ts": "1.0"}, ("1.0", "deleted", "")),
        (
            {
                "subtype": "message_changed",
                "message": {"ts": "1.0", "text": "new"},
                "previous_message": {"text": "old"},
            },
            ("1.0", "edited", "new"),
        ),
        (
            {
                "subtype": "message_changed",
                "message": {"ts": "1.0", "text": "same", "reply_count": 1},
                "previous_message": {"text": "same"},
            },
            None,
        ),
        ({"subtype": "message_changed", "message": {"ts": "1.0", "subtype": "tombstone"}}, ("1.0", "deleted", "")),
        ({"subtype": "channel_topic"}, None),
        ({}, None),
    ],
)
def test_what_counts_as_a_change(event: dict[str, Any], found: tuple[str, str, str] | None) -> None:
    """Other words, or none any more; a reply below a message changes nothing of it."""
    assert changed(event) == found


@pytest.mark.parametrize("ts", ["", "x", "1e400", "9" * 40])
def test_a_time_that_is_none_is_left_out(ts: str) -> None:
    """A ts that is no instant gives no event time rather than a wrong one."""
    assert written(ts) == ""


def test_the_reaction_is_the_memo() -> None:
    """The welcome message names 📝, which Slack calls memo."""
    assert crisis_calls.NOTE == "memo"
