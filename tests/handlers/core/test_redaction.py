"""Redaction: what it takes out, and that nobody can make it slow."""

from __future__ import annotations

import time

import pytest

from handlers.core.redaction import REMOVED, Redactor

GONE = REMOVED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("beacon to evil.example.com now", f"beacon to {GONE} now"),
        ("to evil[.]example[.]com, evil(dot)example(dot)com", f"to {GONE}, {GONE}"),
        ("..evil.com and a..evil.com", f"..{GONE} and a..{GONE}"),
        ("a_b-c.example.co.uk.", f"{GONE}."),
        ("mail jo.doe+x@mail.example.com; x[@]y[.]example", f"mail {GONE}; {GONE}"),
        ("10.1.2.3 and 10[.]1[.]2[.]3/24", f"{GONE} and {GONE}"),
        ("fe80::1:2 2001:db8:0:0:1:2:3:4", f"{GONE} {GONE}"),
        (r"\\srv01\share\x c:\temp\a.exe", f"{GONE} {GONE}"),
        ("hxxps://evil.example/a?b", GONE),
        ("on foo-ws-12 and ws-berlin-07", f"on foo-{GONE} and {GONE}"),
        ("roster.yaml and 1.5 times", "roster.yaml and 1.5 times"),
    ],
)
def test_indicators_go(text: str, expected: str) -> None:
    """Domains, addresses, mail, machines and paths are taken out, defanged ones too; words and file names stay."""
    assert Redactor(()).known(text) == expected


def test_host_names_of_many_parts_go_whole() -> None:
    """Also one of more parts than anybody would type."""
    assert Redactor(()).free("on " + "-".join(["edge"] * 20) + "-042 today") == f"on {GONE} today"


PIECES = ("a", "a-", "a.", "a_", "a:", "a@", "a[.]", "-a.", "ab-", "ws-", "1.", "0", "\\\\", "xoxb-", "a.b1.", "..")


@pytest.mark.parametrize("piece", PIECES)
def test_no_title_makes_it_slow(piece: str) -> None:
    """Titles are written by attackers: twenty thousand characters of one take no noticeable time."""
    started = time.perf_counter()
    Redactor(("Lead 02",)).free(piece * (20_000 // len(piece)))
    assert time.perf_counter() - started < 2
