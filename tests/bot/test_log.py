"""Logs hold neither message bodies nor secrets."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from bot.log import scrub

SECRETS = [
    "xoxb-123-abcDEF",
    "xoxe.xoxp-1-abcDEF",
    "xapp-1-A1-abcDEF",
    "https://hooks.slack.com/commands/T1/abcDEF",
    "Bearer abcDEF.123",
    "ya29.a0-abcDEF_1",
    "eyJhbGciOi.eyJzdWIi.abcDEF",
    "redis://:abcDEF@host:6379/0",
    "https://user:abcDEF@host/path",
    "https://host/path?a=b&key=abcDEF",
    "-----BEGIN PRIVATE KEY-----\nabcDEF\n-----END PRIVATE KEY-----",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_what_looks_like_a_secret_is_covered_however_deep(secret: str) -> None:
    """A secret in a text, a list, a mapping or an exception does not survive, and the words around it do."""
    said = f"before {secret} after"
    event = scrub(None, "", {"event": said, "deep": {"list": [said, (said,)]}, "error": ValueError(said), "n": 3})
    assert "abcDEF" not in json.dumps(event)
    assert event["event"].startswith("before ")
    assert event["n"] == 3


def test_message_bodies_are_left_out_by_their_key() -> None:
    """Keys that carry what people wrote are replaced at any depth, in any case."""
    event = scrub(None, "", {"text": "hello", "request": {"Payload": "hello", "door": "slash"}})
    assert event == {"text": "[left out]", "request": {"Payload": "[left out]", "door": "slash"}}


def test_our_own_lines_and_other_libraries_lines_are_json_without_secrets() -> None:
    """Both ways into the log, traces included, go through the same cover; standard output stays empty."""
    code = """
import logging, structlog
from bot.log import configure
configure("info")
try:
    raise RuntimeError("token xoxb-1-abcDEF")
except RuntimeError:
    structlog.get_logger().exception("bug")
    logging.getLogger("other").exception("Authorization: Bearer %s", "abcDEF")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"].split(":")[0] for line in lines] == ["bug", "Authorization"]
    assert all("RuntimeError" in line["exception"] for line in lines)
    assert "abcDEF" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("piece", ["a", "a-", "a.", "eyJ", "eyJ-", "a://", "xoxb-", "-----BEGIN ", "bearer  ", "?key="])
def test_no_text_makes_a_log_line_slow(piece: str) -> None:
    """What a backend answers may stand in a log line, however long and however odd."""
    started = time.perf_counter()
    scrub(None, "", {"event": "x", "reason": piece * (40_000 // len(piece))})
    assert time.perf_counter() - started < 2


def test_no_text_commands_the_terminal_or_turns_a_line_round() -> None:
    """Escape sequences, direction marks and odd line ends of what a backend says do not reach whoever reads the log."""
    said = scrub(None, "", {"event": "x", "reason": "a\x1b[2J\x1b]0;title\x07b\u202ec\u2028d\x9be\r\nf\tg"})["reason"]
    assert said == "a?[2J?]0;title?b?c?d?e?\nf\tg".replace("?", "\ufffd")
