"""Escapes: what is shown is the word, what is obeyed is nothing."""

import time
from collections.abc import Callable

import pytest

from messages.escape import card_text, clean, markdown, mrkdwn, one_line, safe_url


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x1b[31mb\x1b[0m\x1b]0;title\x07c", "abc"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\u200bb\ufeffc\u00add", "abcd"),
        ("a\0b\x7fc\td", "abc d"),
        ("a\r\nb\u2028c", "a\nb\nc"),
        ("\ud800", "\ufffd"),
        ("\U000e0041hidden", "hidden"),
        ("Zürich 漢字 😀", "Zürich 漢字 😀"),
    ],
)
def test_clean_takes_what_nobody_sees(text: str, expected: str) -> None:
    """Control, ANSI, direction, zero-width and tag characters go; everything visible stays."""
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"),
        ("*bold* _it_ ~no~ `code`", "∗bold∗ ˍitˍ ∼no∼ ˋcodeˋ"),
        ("svc_backup_01 2*3", "svc_backup_01 2*3"),
        ("> quoted", "› quoted"),
    ],
)
def test_mrkdwn_is_shown_not_obeyed(text: str, expected: str) -> None:
    """No special survives in mrkdwn; a host name's own characters do."""
    assert mrkdwn(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[x](http://e)", "\\[x\\](http://e)"),
        ("<at>Lead 02</at>", "\\<at\\>Lead 02\\</at\\>"),
        ("# h\n- a\n1. b\n+ c", "\\# h\n\\- a\n1\\. b\n\\+ c"),
        ("*a* _b_ `c` \\", "\\*a\\* \\_b\\_ \\`c\\` \\\\"),
        ("{{DATE(x)}}", "\\{\\{DATE(x)\\}\\}"),
        ("10.0.0.1 db-01", "10.0.0.1 db-01"),
    ],
)
def test_markdown_is_shown_not_obeyed(text: str, expected: str) -> None:
    """No link, list, heading, mention or macro survives in a card's markdown."""
    assert markdown(text) == expected


def test_a_text_run_expands_no_macro_of_a_stranger() -> None:
    """`{{DATE(…)}}` in an alert's title stays words."""
    assert "{{" not in card_text("{{{DATE(2026-01-01T00:00:00Z)}}")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//e.example",
        "http://",
        "http://[",
        "ftp://e",
        "",
        "https://e/\u202ex",
        "https://e/" + "x" * 3000,
    ],
)
def test_only_web_addresses_are_links(url: str) -> None:
    """Anything but a plain http(s) address is shown as words."""
    assert safe_url(url) is None


def test_an_address_is_encoded_once() -> None:
    """Blanks and brackets are encoded, what is encoded already stays."""
    assert safe_url("https://e.example/a b|c?q=%20<x>") == "https://e.example/a%20b%7Cc?q=%20%3Cx%3E"


def test_one_line_is_one_line() -> None:
    """Line breaks and runs of blanks are one blank."""
    assert one_line("  a\n\n b\t c ") == "a b c"


@pytest.mark.parametrize("escape", [markdown, mrkdwn, card_text, one_line, clean, safe_url])
@pytest.mark.parametrize("piece", ["\n", " ", "\n ", "_", "a_", "* ", "1", "1.", ">", "{", "\x1b]", "a"])
def test_no_text_makes_an_escape_slow(escape: Callable[[str], object], piece: str) -> None:
    """Who writes an alert's title cannot hold the bot up: twenty thousand characters take no noticeable time."""
    started = time.perf_counter()
    escape(piece * (20_000 // len(piece)) + "x")
    assert time.perf_counter() - started < 2
